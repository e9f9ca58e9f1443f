# The targets of developers and the test programs, for the Makefile, which includes this file.

TESTS := $(patsubst tests/unit/%.c,$(BUILD)/tests/%,$(wildcard tests/unit/test_*.c))
HELP_O = $(BUILD)/tests/support.o
FUZZ  := $(patsubst tests/fuzz/%.c,$(BUILD)/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))
ifneq ($(findstring linux,$(TARGET))$(filter Linux,$(TARGET)),)
FAULTS = $(BUILD)/tests/fail.so $(BUILD)/tests/sweep
else
TESTS := $(filter-out %/test_faults %/test_memory %/test_interrupt,$(TESTS))
endif

# Real text and the reference's results; tests that need them are skipped where they are absent.
BP_SHARED ?= ../shared
UNICODE   ?= /usr/share/unicode

SAN    = -O1 -g -Werror -fno-omit-frame-pointer -fno-sanitize-recover=all -fsanitize
# "undefined" alone leaves out what IEEE arithmetic defines and a program rarely means.
UB     = undefined,float-cast-overflow,float-divide-by-zero
# A build with other flags has a folder of its own.
APART  = --no-print-directory BUILD=build-$@

##
## Targets for developers:
## machines:  the tests as x86 of 32 bits (m32), on S/390 (s390x), which stores the highest byte
##            first, on ARM of 64 bits (arm64), and with another C library (musl)
machines: m32 s390x arm64 musl

m32 s390x arm64 musl: all
	$(Q)BUILD=build-$@ BP_SHARED='$(BP_SHARED)' sh tests/machines/run.sh $@ $(BUILD)/bytepiece

## ports:     builds for macOS, Windows, FreeBSD and static Linux with zig cc (from PyPI, into ~/.cache),
##            and the tests of the programs that run here, Windows under wine
## dist:      archives of the source and of a program for each of these systems, in build-dist/archives
ports dist: all $(PAGES)
ports:
	$(Q)BUILD=build-$@ BP_SHARED='$(BP_SHARED)' sh tests/machines/ports.sh $(BUILD)/bytepiece $(BUILD)

dist:
	$(Q)BUILD=build-$@ sh tests/machines/dist.sh $(BUILD)

## faults:    let every call of every command fail once, and send signals at every call (half an hour)
faults: all $(FAULTS)
	$(Q)BP_FAULTS=all ONLY=faults $(MAKE) --no-print-directory check; \
		status=$$?; sh tests/faults/totals.sh $(BUILD)/check.log; exit $$status

## fuzz:      search for inputs that break something, FUZZ_SECONDS=60 for each target (needs clang);
##            ONLY=RE selects targets
FUZZ_CC      ?= clang
FUZZ_SECONDS ?= 60
CHOSEN = $(shell printf '%s\n' $(notdir $(FUZZ)) | grep -E -e '$(or $(ONLY),.)')
fuzz:
	$(Q)$(MAKE) $(APART) all $(CHOSEN:%=build-$@/fuzz/%) CC='$(FUZZ_CC)' CALLS=-fsanitize=fuzzer \
		CFLAGS='$(SAN)=address,$(UB),fuzzer-no-link -fno-sanitize-coverage=trace-cmp'
	@BUILD=build-$@ FUZZ_SECONDS='$(FUZZ_SECONDS)' FUZZ_JOBS='$(FUZZ_JOBS)' \
		sh tests/fuzz/run.sh $(CHOSEN)

## asan:      all tests with the address and undefined-behaviour sanitizers
asan:
	$(Q)BP_QUICK=1 $(MAKE) $(APART) check FAULTS= CFLAGS='$(SAN)=address,$(UB)'

## tsan:      the tests of threaded code with the thread sanitizer
# The sanitizer does not know C11's threads: src/base/threads_posix.h takes their place.
THREADED  = test_(parallel|counter|merge|sorted_runs|seeds|lm|sample|decode_files)$$
THREADED += |/(threads|parts|damaged)[.]sh
THREADED := $(subst $(empty) ,,$(THREADED))
tsan:
	$(Q)BP_QUICK=1 ONLY='$(or $(ONLY),$(THREADED))' $(MAKE) $(APART) check FAULTS= FUZZ= CFLAGS='$(SAN)=thread' \
		CPPFLAGS=-DBP_POSIX_THREADS

## lint:      clang-tidy, cppcheck and gcc -fanalyzer, as far as they are installed;
##            LINT_TOOLS="cppcheck gcc" selects
lint:
	@sh tests/lint.sh $(LINT_TOOLS)

## coverage:  the lines of src/ that the tests run (gcov); fails below 90 percent
coverage:
	$(Q)find build-$@ -name '*.gcda' -delete 2>/dev/null || :
	$(Q)BP_QUICK=1 $(MAKE) $(APART) check CFLAGS='-O1 -g --coverage -fprofile-update=atomic'
	@sh tests/coverage.sh build-$@

## bench:     speed and memory, beside those of other tokenizers that are installed
bench: all
	@BP_SHARED='$(BP_SHARED)' sh tests/bench/encode.sh $(BUILD)/bytepiece
	@BP_SHARED='$(BP_SHARED)' sh tests/bench/train.sh $(BUILD)/bytepiece
	@BP_SHARED='$(BP_SHARED)' PYTHON='$(PYTHON)' sh tests/bench/python.sh $(BUILD)/bytepiece

## bench-vocabulary: bytes per token of unseen text, beside other trainers (about an hour)
bench-vocabulary: all
	@BP_SHARED='$(BP_SHARED)' sh tests/bench/vocabulary.sh $(BUILD)/bytepiece

## bench-model: bits per byte of a small language model over the ids, beside other trainers
bench-model: all $(BUILD)/tests/bits
	@BP_SHARED='$(BP_SHARED)' sh tests/bench/bits.sh $(BUILD)/bytepiece

# The versions of transformers beside the newest: they differ in how they read a folder.
TRANSFORMERS = 4.44.2 4.57.1
## compilers: instructions of encode and decode, built by gcc and by clang (needs valgrind)
compilers:
	@BP_SHARED='$(BP_SHARED)' sh tests/bench/compilers.sh $(BUILD)/by

## exports:   exported models and token files in the libraries they are for (from PyPI and npm)
exports: all
	$(Q)for v in '' $(TRANSFORMERS:%=-%); do test -x $(BUILD)/exports$$v/bin/python || \
		python3 -m venv $(BUILD)/exports$$v || exit 1; done
	$(Q)$(BUILD)/exports/bin/pip install -q sentencepiece tokenizers transformers numpy datasets \
		jinja2 gguf
	$(Q)for v in $(TRANSFORMERS); do \
		$(BUILD)/exports-$$v/bin/pip install -q transformers==$$v jinja2 || exit 1; done
	@BYTEPIECE="$$(cd $(BUILD) && pwd)/bytepiece" BP_SHARED='$(BP_SHARED)' BUILD='$(BUILD)' \
		sh tests/golden/exports.sh
	@BYTEPIECE="$$(cd $(BUILD) && pwd)/bytepiece" BP_SHARED='$(BP_SHARED)' BUILD='$(BUILD)' \
		CC='$(CC)' BP_FETCH=1 sh tests/golden/llama.sh
	@BYTEPIECE="$$(cd $(BUILD) && pwd)/bytepiece" BUILD='$(BUILD)' sh tests/golden/recipes.sh

## python:    the tests of the Python module, installed from a wheel into a fresh environment
python: all wheel
	@BUILD='$(BUILD)' WHEEL="$$(echo "$$PWD"/$(BUILD)/wheel/*.whl)" PYTHON='$(PYTHON)' CC='$(CC)' \
		sh tests/python/run.sh

## cluster:   train and encode with GNU parallel and Apache Spark (installs Spark from PyPI)
cluster: all
	$(Q)test -x $(BUILD)/cluster/bin/python || python3 -m venv $(BUILD)/cluster
	$(Q)$(BUILD)/cluster/bin/pip install -q 'pyspark<5' || echo 'pyspark could not be installed'
	@BYTEPIECE="$$(cd $(BUILD) && pwd)/bytepiece" BP_SHARED='$(BP_SHARED)' \
		BUILD="$$(cd $(BUILD) && pwd)" sh tests/cluster/test.sh

## unicode:   generate the Unicode tables from the database in UNICODE=/usr/share/unicode
unicode:
	@mkdir -p $(BUILD)
	$(Q)$(CC) -std=c11 $(WARN) $(CFLAGS) -o $(BUILD)/unicode_tables src/text/gen/unicode_tables.c
	$(Q)$(BUILD)/unicode_tables $(UNICODE) > $(BUILD)/unicode_tables.inc
	$(Q)mv $(BUILD)/unicode_tables.inc src/text/unicode_tables.inc

## logarithms: generate the table of src/base/log.c
logarithms:
	@mkdir -p $(BUILD)
	$(Q)$(CC) -std=c11 $(WARN) $(CFLAGS) -o $(BUILD)/log_table src/base/gen/log_table.c -lm
	$(Q)$(BUILD)/log_table > $(BUILD)/log_table.inc
	$(Q)mv $(BUILD)/log_table.inc src/base/log_table.inc

# From here on: how the test programs are built.

test-programs: $(TESTS) $(FUZZ) $(BUILD)/fuzz/seal $(FAULTS) $(BUILD)/tests/example $(BUILD)/tests/bits

$(BUILD)/tests/%.o: tests/unit/%.c
	@mkdir -p $(@D)
	$(call say,CC $<)
	$(Q)$(CC) $(STD) $(WARN) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

# These two stand between the library and the C library's memory functions, which needs a linker
# that knows --wrap: GNU's or LLVM's.
$(BUILD)/tests/test_faults $(BUILD)/tests/test_memory: LDFLAGS += -Wl,--wrap=malloc,--wrap=calloc \
	-Wl,--wrap=realloc,--wrap=aligned_alloc
$(BUILD)/tests/test_faults: LDFLAGS += -Wl,--wrap=strdup,--wrap=free
# So does this one, before the function that says whether a signal was caught.
$(BUILD)/tests/test_interrupt: LDFLAGS += -Wl,--wrap=bp_caught_signal

$(BUILD)/tests/test_%: $(BUILD)/tests/test_%.o $(HELP_O) $(BUILD)/libbytepiece.a
	$(call say,LINK tests/test_$*)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -lcmocka $(LIBS)
	$(started)

# A library that lets calls fail, for LD_PRELOAD, and the program that runs commands with it.
$(BUILD)/tests/fail.so: tests/faults/fail.c
	@mkdir -p $(@D)
	$(call say,LINK tests/fail.so)
	$(Q)$(CC) -std=c11 $(WARN) $(CPPFLAGS) $(CFLAGS) -fPIC -shared -o $@ $<

$(BUILD)/tests/sweep: tests/faults/sweep.c
	@mkdir -p $(@D)
	$(call say,LINK tests/sweep)
	$(Q)$(CC) -std=c11 $(WARN) $(CPPFLAGS) $(CFLAGS) -o $@ $<

$(BUILD)/tests/bits: tests/bench/bits.c
	@mkdir -p $(@D)
	$(call say,LINK tests/bits)
	$(Q)$(CC) -std=c11 $(WARN) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $< -lm
	$(started)

# The example of the README, copied from it and built as its reader would build it.
$(BUILD)/tests/example.c: README.md
	@mkdir -p $(@D)
	$(Q)awk '/^```c$$/ { on = 1; next } /^```/ { on = 0 } on' README.md > $@

$(BUILD)/tests/example: $(BUILD)/tests/example.c $(BUILD)/libbytepiece.a
	$(call say,LINK tests/example)
	$(Q)$(CC) $(STD) $(WARN) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)
	$(started)

# Fuzz targets.  CALLS calls them with inputs: a program of ours that replays files, or a flag that
# links libFuzzer.
CALLS  = $(BUILD)/fuzz/replay.o
FUZZ_O = $(BUILD)/fuzz/support.o

$(BUILD)/fuzz/%.o: tests/fuzz/%.c
	@mkdir -p $(@D)
	$(call say,CC $<)
	$(Q)$(CC) $(STD) $(WARN) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

# The targets of the command line have the table of commands, main() under another name, and
# messages that are not printed.
$(BUILD)/fuzz/main.o: src/cli/main.c
	@mkdir -p $(@D)
	$(call say,CC $< -Dmain=bp_main)
	$(Q)$(CC) $(STD) $(WARN) $(CPPFLAGS) $(CFLAGS) -Dmain=bp_main -Wno-missing-prototypes -MMD -MP \
		-c -o $@ $<

$(BUILD)/fuzz/fuzz_options $(BUILD)/fuzz/fuzz_commands: $(BUILD)/fuzz/main.o \
		$(BUILD)/fuzz/messages.o $(filter-out %/main.o %/msg.o,$(CLI))
$(BUILD)/fuzz/fuzz_%: $(BUILD)/fuzz/fuzz_%.o $(FUZZ_O) $(filter %.o,$(CALLS)) $(BUILD)/libbytepiece.a
	$(call say,LINK fuzz/fuzz_$*)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(filter %.o,$^) $(BUILD)/libbytepiece.a \
		$(filter -%,$(CALLS)) $(LIBS)
	$(started)

$(BUILD)/fuzz/seal: $(BUILD)/fuzz/seal.o $(FUZZ_O) $(BUILD)/libbytepiece.a
	$(call say,LINK fuzz/seal)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)
	$(started)

.PHONY: faults fuzz test-programs cluster machines m32 s390x arm64 musl ports dist asan tsan
.PHONY: bench bench-model bench-vocabulary compilers lint coverage exports python unicode logarithms
-include $(TESTS:=.d) $(HELP_O:.o=.d) $(FUZZ:=.d) $(FUZZ_O:.o=.d) $(BUILD)/fuzz/main.d $(BUILD)/fuzz/messages.d
