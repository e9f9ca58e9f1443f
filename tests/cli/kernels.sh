# BP_KERNEL names the kernel of the search: every kernel gives equal ids, and an unknown name is refused.
. tests/cli/lib.sh

unset BP_KERNEL
cd "$T/w" || exit 1
cat "$ROOT"/data/*.txt >text
tr '\n' ' ' <text >line		# longer than a chunk
printf 'a short text, of which the model indexes a subset\n' >short
"$BP" train -q --vocab-size 3000 -o m text || not_ok "a model can be made"
"$BP" convert -q -f binary -o m.bin m || not_ok "its binary form can be made"

# KERNEL ARGUMENTS...: run the program with this kernel.
run_with()
{
	BP_KERNEL=$1
	export BP_KERNEL
	shift
	run "$@"
	unset BP_KERNEL
}

# Rows made at once, and on demand.
for m in m m.bin; do
	for f in ids json; do
		run encode -q -m $m -f $f -o want text line
		run_with c11 encode -q -m $m -f $f -o got text line
		check "encode -m $m -f $f with BP_KERNEL=c11: exit 0" [ "$status" = 0 ]
		same "encode -m $m -f $f gives the same with BP_KERNEL=c11" got want
	done
	for input in short text; do
		run_with fastest encode -q -m $m -o refused $input
		fails "encode -m $m $input refuses an unknown BP_KERNEL" 2 \
			'BP_KERNEL=fastest: no kernel of this name .*available:.* c11$'
		check "encode -m $m $input with an unknown BP_KERNEL writes no file" [ ! -e refused ]
	done
done
run encode -q -m m short
mv "$T/out" want
run_with '' encode -q -m m short
same "an empty BP_KERNEL is as none" "$T/out" want
run_with avx512vbmi_or_so inspect m
fails "inspect refuses an unknown BP_KERNEL, as every command that loads a model" 1 'BP_KERNEL='
finish
