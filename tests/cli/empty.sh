# Inputs with nothing in them, in every command, format and mode: empty files, newlines only, models
# without special tokens, empty lists, counts of no text.  The results are checked where they say
# something; above all, builds with sanitizers must find no arithmetic on NULL and no division by 0.
. tests/cli/lib.sh

# FACT STATUS: the last run ended with this exit, and no sanitizer complained.
ended()
{
	if grep -qE 'runtime error|Sanitizer' "$T/err"; then not_ok "$1" "a sanitizer complains"
	elif [ "$status" != "$2" ]; then not_ok "$1" "the exit is not $2"
	else ok "$1"; fi
}

printf '90 dGhl the\n100 dGg= th\n' | sed 's/ \([^ ]*\)$/ "\1"/' | sort -k1,1nr | model >"$T/m"
run edit -m "$T/m" -o "$T/s" --special '<sep>' --special '_'
ended "special tokens are added" 0
run convert -f binary -o "$T/b" "$T/m"
ended "the model is written in binary form" 0
: >"$T/empty"
printf '\n' >"$T/newline"
printf '\n\n\n' >"$T/newlines"
printf '\0' >"$T/nul"
inputs='empty newline newlines nul'

for m in m s b; do
	for i in $inputs; do
		for mode in '' -z --whole; do
			for f in $(formats encode); do
				for o in '' --specials '--bos --eos' '--sample 0.5' --flush -j1; do
					case "$f $o" in 'json --sample'*) continue ;; esac
					run encode -q -m "$T/$m" -f $f $mode $o -o "$T/o" "$T/$i"
					[ "$status" = 0 ] && ! [ -s "$T/err" ] && continue
					ended "encode $m -f $f $mode $o $i" 0
				done
				case $f in ids | u16 | u32) ;; *) continue ;; esac
				run encode -q -m "$T/$m" -f $f $mode -o "$T/ids" "$T/$i"
				run decode -q -m "$T/$m" -f $f $mode -o "$T/o" "$T/ids"
				[ "$status" = 0 ] && { [ "$f" != ids ] || cmp -s "$T/o" "$T/$i"; } &&
					continue
				ended "decode $m -f $f $mode $i" 0
				[ "$f" != ids ] || same "decode $m $mode $i" "$T/o" "$T/$i"
			done
			for o in --open '--nbest 3'; do
				run encode -q -m "$T/$m" $mode $o -o "$T/o" "$T/$i"
				[ "$status" = 0 ] || ended "encode $m $mode $o $i" 0
			done
			for o in '' --plot '-f json' --quality; do
				run eval -q -m "$T/$m" $mode $o "$T/$i"
				[ "$status" = 0 ] || ended "eval $m $mode $o $i" 0
			done
			for o in '-f text' '-f html' '--nbest 2' '--sample 0.5'; do
				run view -q -m "$T/$m" $mode $o "$T/$i"
				[ "$status" = 0 ] || ended "view $m $mode $o $i" 0
			done
		done
	done
done
ok "encode, decode, eval and view of inputs without text: all formats and modes"

for i in $inputs; do
	for mode in '' -z --whole; do
		for o in '' --reference "--extend $T/s" "--reference --extend $T/s" "--piece ab" \
			"--special <x>" "--across-spaces words" "--min-count 1 --isolate-digits"; do
			rm -f "$T/o"
			run train -q --allow-empty $mode $o --vocab-size 300 -o "$T/o" "$T/$i"
			ended "train $mode $o $i" 0
			run inspect --vocab "$T/o"
			ended "the model of train $mode $o $i loads" 0
			run count -q --allow-empty $mode $o -o "$T/c" "$T/$i"
			ended "count $mode $o $i" 0
			run merge -q -f text -o "$T/ct" "$T/c"
			ended "merge of the counts, as text" 0
			rm -f "$T/next"
			run build -q --vocab-size 300 -o "$T/o2" --next "$T/next" "$T/ct"
			ended "build of the counts" 0
			if [ -e "$T/next" ]; then
				run count -q --allow-empty $mode --plan "$T/next" -o "$T/c" "$T/$i"
				ended "count of the next step" 0
				run build -q --vocab-size 300 --plan "$T/next" -o "$T/o2" \
					--next "$T/next2" "$T/c"
				ended "build of the next step" 0
			fi
			same "parts give the model of one run" "$T/o" "$T/o2"
		done
	done
done

# A text without a token adds nothing to a model that it extends.
for f in json binary; do
	run train -q -f $f --allow-empty --extend "$T/m" --vocab-size 300 -o "$T/o" "$T/empty"
	run convert -f tsv -o "$T/o.tsv" "$T/o"
	run convert -f tsv -o "$T/m.tsv" "$T/m"
	same "an extended model keeps its counts if the text is empty, -f $f" "$T/o.tsv" "$T/m.tsv"
done

for i in $inputs; do
	[ "$i" = empty ] && wanted=0 || wanted=1
	run edit -q -o "$T/o" "$T/$i"
	ended "edit, a list of $i" $wanted
	run edit -q --prune -o "$T/o" "$T/$i"
	ended "edit --prune, a list of $i" $wanted
	run merge -q --force -o "$T/o" "$T/$i"
	ended "merge of $i is refused" 1
	run build -q --vocab-size 300 -o "$T/o" --next "$T/next" "$T/$i"
	ended "build of $i is refused" 1
	run inspect "$T/$i"
	ended "inspect of $i is refused" 1
	for f in $(formats convert); do
		run convert -f $f -o "$T/o" "$T/$i"
		ended "convert -f $f of $i is refused" 1
	done
done
run edit -q -o "$T/o" "$T/empty"
ended "a model of single bytes alone" 0
for f in $(formats convert); do
	for m in o m s b; do
		run convert -q -f $f -o "$T/x" "$T/$m"
		ended "convert -f $f of $m" 0
	done
done
run inspect --piece '' "$T/m"
ended "inspect of an empty piece" 1

# A file of counts with an old piece that no model can hold.
counts=${BP_SHARED:-../shared}/cases/trust/D9-counts
if [ -r "$counts" ]; then
	cp "$T/m" "$T/o"
	run build --vocab-size 400 -o "$T/o" --next "$T/next" "$counts"
	fails "build refuses an old piece of 70,000 bytes, and names the file" 1 'D9-counts'
	run merge --force -o "$T/o" "$counts"
	fails "merge refuses it too" 1 'D9-counts'
	same "the old file stays" "$T/m" "$T/o"
else
	skip "an old piece of 70,000 bytes in counts" "$counts is not there"
fi
finish
