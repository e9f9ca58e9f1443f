# A small stack: every command under the limit of a thread's stack that the README tells, which
# holds for the threads that the program starts as well.
. tests/cli/lib.sh
small=96	# KB: the 64 of the README, and room for the arguments and the C library

if is_sanitized; then
	skip "every command with a stack of $small KB" "sanitizers make frames larger"
	finish
elif ! (ulimit -s $small && sh -c :) 2>/dev/null; then
	skip "every command with a stack of $small KB" "the system has no such limit"
	finish
fi
# All that runs from here on has the limit.
ulimit -s $small

awk 'BEGIN { for (i = 0; i < 4000; i++) printf "line %d of some words, and 12%d others\n", i, i % 7 }' \
	>"$T/text"
printf 'words\t5\nword\t3\nsome words\t2\n' >"$T/list"
while read -r name arguments; do
	rm -f "$T/o"
	eval "run $arguments"
	check "$name ends well with a stack of $small KB" [ "$status" = 0 ]
done <<'END'
train train -q -j3 --vocab-size 600 -o "$T/m" "$T/text"
reference train -q -j3 --reference --vocab-size 600 -o "$T/r" "$T/text"
memory train -q -j3 --memory 64M --vocab-size 600 -o "$T/o" "$T/text"
extend train -q -j3 --extend "$T/m" --vocab-size 700 -o "$T/o" "$T/text"
resume train -q -j3 --resume "$T/folder" --vocab-size 700 -o "$T/o" "$T/text"
count count -q -j3 -o "$T/c" "$T/text"
merge merge -q -f text -o "$T/ct" "$T/c" "$T/c"
build build -q --vocab-size 600 -o "$T/o" "$T/c"
ngrams count -q -j3 --reference -o "$T/cr" "$T/text"
plan build -q --vocab-size 600 -o "$T/o" --next "$T/next" "$T/cr"
candidates count -q -j3 --plan "$T/next" -o "$T/c2" "$T/text"
special edit -q -m "$T/m" --special '<x>' --piece 'new piece' -o "$T/s"
list edit -q --prune -o "$T/o" "$T/list"
encode encode -q -j3 -m "$T/m" -o "$T/ids" "$T/text"
decode decode -q -m "$T/m" -o "$T/o" "$T/ids"
specials encode -q -j3 --specials -m "$T/s" -f pieces -o "$T/o" "$T/text"
json encode -q -j3 -m "$T/m" -f json -o "$T/o" "$T/text"
whole encode -q -j3 --whole -m "$T/m" -f u16 -o "$T/o" "$T/text"
sample encode -q -j3 --sample 0.3 -m "$T/m" -o "$T/o" "$T/text"
viterbi encode -q -j3 --sample 0.3 --sampler viterbi -m "$T/m" -o "$T/o" "$T/text"
nbest encode -q -j3 --nbest 5 -m "$T/m" -o "$T/o" "$T/text"
open encode -q -j3 --open -m "$T/m" -o "$T/o" "$T/text"
eval eval -q -j3 --plot -m "$T/m" "$T/text"
view view -q -m "$T/m" "$T/text"
page view -q -f html -m "$T/m" "$T/text"
inspect inspect --vocab "$T/m"
piece inspect --piece s "$T/m"
binary convert -f binary -o "$T/b" "$T/m"
back convert -f json -o "$T/o" "$T/b"
sentencepiece convert -q -f sentencepiece -o "$T/o" "$T/m"
huggingface convert -q -f huggingface -o "$T/o" "$T/m"
tsv convert -f tsv -o "$T/o" "$T/m"
help help train
manual help --man
completions help --bash
END
finish
