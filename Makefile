# bytepiece: "make help" lists the targets.

CFLAGS ?= -O2 -g
PREFIX ?= /usr/local
BUILD  ?= build

# Ours, whatever the user's CFLAGS are.
# Sums are rounded where they are written, on every machine; files may have over 2 GB on all.
STD    = -std=c11 -ffp-contract=off -D_FILE_OFFSET_BITS=64 -Iinclude -Isrc
# One set of objects for both libraries; what the public headers declare is visible, and no more.
SHARE  = -fPIC -fvisibility=hidden
WARN   = -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wundef -Wvla -Wcast-qual \
	 -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wwrite-strings
LIBS   = -lm -pthread
SAN    = -O1 -g -Werror -fno-omit-frame-pointer -fno-sanitize-recover=all -fsanitize
ifeq ($(C11),1)
STD   += -DBP_C11
endif

# x86 of 32 bits counts with 80 bits if it is not told otherwise, which src/base/log.c refuses.
ifneq ($(shell $(CC) $(CPPFLAGS) $(CFLAGS) -dM -E -x c /dev/null 2>/dev/null | grep -w __i386__),)
STD   += -msse2 -mfpmath=sse
endif

ROOMS  = base io text model export counts encode train train/published api

# The part of the version before the first dot changes when programs have to be built anew.
VERSION := $(shell sed -n 's/^\#define BP_VERSION "\(.*\)"/\1/p' include/bytepiece.h)
SO       = libbytepiece.so
SONAME   = $(SO).$(firstword $(subst ., ,$(VERSION)))
SOFILE   = $(SO).$(VERSION)
ifeq ($(shell uname -s),Darwin)
SOFLAGS  = -dynamiclib -Wl,-install_name,$(PREFIX)/lib/$(SONAME)
else
SOFLAGS  = -shared -Wl,-soname,$(SONAME)
endif

# For programs of another machine: with EMU='qemu-s390x -L /usr/s390x-linux-gnu' each becomes a
# script that starts it so, beside it with .elf at its end.
EMU    =
define started
@$(if $(EMU),mv $@ $@.elf && printf '#!/bin/sh\nexec %s "%s" "$$@"\n' \
	'$(EMU)' "$$(pwd)/$@.elf" > $@ && chmod +x $@)
endef

LIB   := $(patsubst src/%.c,$(BUILD)/%.o,$(wildcard $(ROOMS:%=src/%/*.c)))
CLI   := $(patsubst src/%.c,$(BUILD)/%.o,$(wildcard src/cli/*.c))
TESTS := $(patsubst tests/unit/%.c,$(BUILD)/tests/%,$(wildcard tests/unit/test_*.c))
HELP_O = $(BUILD)/tests/support.o
FUZZ  := $(patsubst tests/fuzz/%.c,$(BUILD)/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))
ifeq ($(shell uname -s),Linux)
FAULTS = $(BUILD)/tests/fail.so $(BUILD)/tests/sweep
else
TESTS := $(filter-out %/test_faults %/test_memory,$(TESTS))
endif

# Real text and the reference's results; tests that need them are skipped where they are absent.
# With BP_QUICK=1 in the environment the largest texts are left out.
BP_SHARED ?= ../shared
UNICODE   ?= /usr/share/unicode

# Folders below PREFIX, and what goes there beside program and libraries.
MAN    = share/man/man1/bytepiece.1
BASH   = share/bash-completion/completions/bytepiece
ZSH    = share/zsh/site-functions/_bytepiece
FISH   = share/fish/vendor_completions.d/bytepiece.fish
PC     = lib/pkgconfig/bytepiece.pc
PAGES  = $(addprefix $(BUILD)/,$(MAN) $(BASH) $(ZSH) $(FISH))

## all: the libraries and the program
all: $(BUILD)/libbytepiece.a $(BUILD)/$(SO) $(BUILD)/bytepiece

# The Makefile is in it for the flags: objects of other ones cannot make the shared library.
$(BUILD)/%.o: src/%.c Makefile
	@mkdir -p $(@D)
	$(CC) $(STD) $(SHARE) $(WARN) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/libbytepiece.a: $(LIB)
	rm -f $@
	$(AR) rcs $@ $(LIB)

$(BUILD)/$(SOFILE): $(LIB)
	$(CC) $(CFLAGS) $(LDFLAGS) $(SOFLAGS) -o $@ $^ $(LIBS)

$(BUILD)/$(SONAME): $(BUILD)/$(SOFILE)
	ln -sf $(SOFILE) $@

$(BUILD)/$(SO): $(BUILD)/$(SONAME)
	ln -sf $(SONAME) $@

$(BUILD)/bytepiece: $(CLI) $(BUILD)/libbytepiece.a
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)
	$(started)

# From the tables of options, so that they are never behind.
$(BUILD)/$(MAN): FORM = --man
$(BUILD)/$(BASH): FORM = --bash
$(BUILD)/$(ZSH): FORM = --zsh
$(BUILD)/$(FISH): FORM = --fish
$(PAGES): $(BUILD)/bytepiece
	@mkdir -p $(@D)
	$(BUILD)/bytepiece help $(FORM) > $@.new
	mv $@.new $@

## demo: train on the text in data/ and the sources, encode, decode, compare, show some lines
demo: all
	@sh tests/demo.sh $(BUILD)/bytepiece $(BUILD)/demo

## setup: install cmocka, which the tests need, if it is missing
setup:
	@CC="$(CC)" sh tests/setup.sh

## check: all tests (cmocka has to be installed: "make setup check" does both)
check: all $(TESTS) $(FUZZ) $(BUILD)/fuzz/seal $(FAULTS) $(BUILD)/tests/example
	@BP_SHARED='$(BP_SHARED)' BUILD='$(BUILD)' UNICODE='$(UNICODE)' C11='$(C11)' sh tests/run.sh $(TESTS)

$(BUILD)/tests/%.o: tests/unit/%.c
	@mkdir -p $(@D)
	$(CC) $(STD) $(WARN) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

# Between the library and the C library's memory; other linkers than GNU's and LLVM's cannot.
$(BUILD)/tests/test_faults $(BUILD)/tests/test_memory: LDFLAGS += -Wl,--wrap=malloc,--wrap=calloc \
	-Wl,--wrap=realloc,--wrap=aligned_alloc
$(BUILD)/tests/test_faults: LDFLAGS += -Wl,--wrap=strdup,--wrap=free

$(BUILD)/tests/test_%: $(BUILD)/tests/test_%.o $(HELP_O) $(BUILD)/libbytepiece.a
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -lcmocka $(LIBS)
	$(started)

# Calls that fail: a library to be preloaded, where that can be had, and what runs commands with it.
$(BUILD)/tests/fail.so: tests/faults/fail.c
	@mkdir -p $(@D)
	$(CC) -std=c11 $(WARN) $(CPPFLAGS) $(CFLAGS) -fPIC -shared -o $@ $<

$(BUILD)/tests/sweep: tests/faults/sweep.c
	@mkdir -p $(@D)
	$(CC) -std=c11 $(WARN) $(CPPFLAGS) $(CFLAGS) -o $@ $<

# The example of the README, as a reader would take it from there.
$(BUILD)/tests/example.c: README.md
	@mkdir -p $(@D)
	awk '/^```c$$/ { on = 1; next } /^```/ { on = 0 } on' README.md > $@

$(BUILD)/tests/example: $(BUILD)/tests/example.c $(BUILD)/libbytepiece.a
	$(CC) $(STD) $(WARN) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)
	$(started)

## machines: the tests on other machines, and their files beside ours: x86 of 32 bits (m32), S/390
## (s390x), which has the highest byte first, ARM of 64 bits (arm64), and another C library (musl)
machines: m32 s390x arm64 musl

m32 s390x arm64 musl: all
	BUILD=build-$@ BP_SHARED='$(BP_SHARED)' sh tests/machines/run.sh $@ $(BUILD)/bytepiece

## faults: every call of every command failing once, and signals at every call; takes half an hour
faults: all $(FAULTS)
	@BP_FAULTS=all ONLY=faults $(MAKE) check

# Fuzz targets, by themselves or with what calls them with made-up inputs.
CALLS  = $(BUILD)/fuzz/replay.o
FUZZ_O = $(BUILD)/fuzz/support.o

$(BUILD)/fuzz/%.o: tests/fuzz/%.c
	@mkdir -p $(@D)
	$(CC) $(STD) $(WARN) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

# The program but for its messages, and with a function in place of main().
$(BUILD)/fuzz/main.o: src/cli/main.c
	@mkdir -p $(@D)
	$(CC) $(STD) $(WARN) $(CPPFLAGS) $(CFLAGS) -Dmain=bp_main -Wno-missing-prototypes -c -o $@ $<

$(BUILD)/fuzz/fuzz_options: $(BUILD)/fuzz/main.o $(filter-out %/main.o %/msg.o,$(CLI))
$(BUILD)/fuzz/fuzz_%: $(BUILD)/fuzz/fuzz_%.o $(FUZZ_O) $(filter %.o,$(CALLS)) $(BUILD)/libbytepiece.a
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(filter %.o,$^) $(BUILD)/libbytepiece.a \
		$(filter -%,$(CALLS)) $(LIBS)
	$(started)

FUZZ_CC      ?= clang
FUZZ_SECONDS ?= 60

## fuzz: look for inputs that break something, FUZZ_SECONDS=60 for each target (needs clang)
fuzz:
	$(MAKE) fuzz-targets BUILD=build-$@ CC='$(FUZZ_CC)' CALLS=-fsanitize=fuzzer \
		CFLAGS='$(SAN)=address,undefined,fuzzer-no-link -fno-sanitize-coverage=trace-cmp'
	@BUILD=build-$@ FUZZ_SECONDS='$(FUZZ_SECONDS)' FUZZ_JOBS='$(FUZZ_JOBS)' \
		sh tests/fuzz/run.sh $(notdir $(FUZZ))

fuzz-targets: all $(FUZZ)

$(BUILD)/fuzz/seal: $(BUILD)/fuzz/seal.o $(FUZZ_O) $(BUILD)/libbytepiece.a
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)
	$(started)

## asan: all tests under the address and undefined-behaviour sanitizers
asan:
	BP_QUICK=1 $(MAKE) check FAULTS= BUILD=build-$@ CFLAGS='$(SAN)=address,undefined'

# What goes through several threads.
THREADED  = test_(parallel|counter|merge|runs|seeds|lm|sample|decode_files)$$
THREADED += |/(threads|parts|damaged)[.]sh
THREADED := $(subst $(empty) ,,$(THREADED))

## tsan: tests of what uses threads under their sanitizer, over the shim that it needs for C11's
tsan:
	BP_QUICK=1 ONLY='$(THREADED)' $(MAKE) check FAULTS= FUZZ= BUILD=build-$@ CFLAGS='$(SAN)=thread' \
		CPPFLAGS='-isystem tests/shim'

## lint: what clang-tidy, cppcheck and gcc -fanalyzer find, as far as they are installed;
## LINT_TOOLS="cppcheck gcc" is these two only
lint:
	@sh tests/lint.sh $(LINT_TOOLS)

## coverage: which lines of src/ the tests run (gcov, short form of the tests); fails below 90 percent
coverage:
	find build-$@ -name '*.gcda' -delete 2>/dev/null || :
	BP_QUICK=1 $(MAKE) check BUILD=build-$@ CFLAGS='-O1 -g --coverage -fprofile-update=atomic'
	@sh tests/coverage.sh build-$@

## bench: our figures beside those of the tokenizers that are installed
bench: all
	@BP_SHARED='$(BP_SHARED)' sh tests/bench/encode.sh $(BUILD)/bytepiece
	@BP_SHARED='$(BP_SHARED)' sh tests/bench/train.sh $(BUILD)/bytepiece

## exports: compare exported models in the libraries they are for, which it gets from PyPI
exports: all
	test -x $(BUILD)/exports/bin/python || python3 -m venv $(BUILD)/exports
	$(BUILD)/exports/bin/pip install -q sentencepiece tokenizers transformers
	@BYTEPIECE="$$(cd $(BUILD) && pwd)/bytepiece" BP_SHARED='$(BP_SHARED)' BUILD='$(BUILD)' \
		sh tests/golden/exports.sh

## cluster: train and encode under GNU parallel and Apache Spark, which it gets from PyPI
cluster: all
	test -x $(BUILD)/cluster/bin/python || python3 -m venv $(BUILD)/cluster
	$(BUILD)/cluster/bin/pip install -q 'pyspark<5' || echo 'pyspark could not be installed'
	@BYTEPIECE="$$(cd $(BUILD) && pwd)/bytepiece" BP_SHARED='$(BP_SHARED)' \
		BUILD="$$(cd $(BUILD) && pwd)" sh tests/cluster/test.sh

## unicode: make the Unicode tables again from the database in UNICODE=/usr/share/unicode
unicode:
	@mkdir -p $(BUILD)
	$(CC) -std=c11 $(WARN) $(CFLAGS) -o $(BUILD)/unicode_tables src/text/gen/unicode_tables.c
	$(BUILD)/unicode_tables $(UNICODE) > $(BUILD)/unicode_tables.inc
	mv $(BUILD)/unicode_tables.inc src/text/unicode_tables.inc

## logarithms: make the table again that logarithms are added up from
logarithms:
	@mkdir -p $(BUILD)
	$(CC) -std=c11 $(WARN) $(CFLAGS) -o $(BUILD)/log_table src/base/gen/log_table.c -lm
	$(BUILD)/log_table > $(BUILD)/log_table.inc
	mv $(BUILD)/log_table.inc src/base/log_table.inc

INTO   = $(DESTDIR)$(PREFIX)

## install: program, libraries, headers and manual under DESTDIR and PREFIX=/usr/local
install: all $(PAGES)
	install -d $(addprefix $(INTO)/,bin lib include) \
		$(dir $(addprefix $(INTO)/,$(MAN) $(BASH) $(ZSH) $(FISH) $(PC)))
	install -m 755 $(BUILD)/bytepiece $(INTO)/bin
	install -m 644 $(BUILD)/libbytepiece.a $(INTO)/lib
	install -m 755 $(BUILD)/$(SOFILE) $(INTO)/lib
	ln -sf $(SOFILE) $(INTO)/lib/$(SONAME)
	ln -sf $(SONAME) $(INTO)/lib/$(SO)
	install -m 644 include/bytepiece.h include/bytepiece_files.h $(INTO)/include
	for f in $(MAN) $(BASH) $(ZSH) $(FISH); do install -m 644 $(BUILD)/$$f $(INTO)/$$f || exit 1; done
	printf '%s\n' 'prefix=$(PREFIX)' 'Name: bytepiece' 'Version: $(VERSION)' \
		'Description: Byte-level Unigram tokenizer: train, encode, decode' \
		'Cflags: -I$${prefix}/include' 'Libs: -L$${prefix}/lib -lbytepiece' \
		'Libs.private: $(LIBS)' > $(INTO)/$(PC)
	chmod 644 $(INTO)/$(PC)

## uninstall: remove what install put there
uninstall:
	rm -f $(addprefix $(INTO)/,bin/bytepiece lib/libbytepiece.a \
		lib/$(SO) lib/$(SONAME) lib/$(SOFILE) include/bytepiece.h \
		include/bytepiece_files.h $(MAN) $(BASH) $(ZSH) $(FISH) $(PC))

## clean: remove everything that was built
clean:
	rm -rf build build-*

## help: this list
help:
	@sed -n 's/^## //p' Makefile

.PHONY: all demo setup check faults fuzz fuzz-targets cluster machines m32 s390x arm64 musl asan tsan
.PHONY: bench lint coverage exports unicode logarithms install uninstall clean help
.SECONDARY:
-include $(LIB:.o=.d) $(CLI:.o=.d) $(TESTS:=.d) $(HELP_O:.o=.d) $(FUZZ:=.d) $(FUZZ_O:.o=.d)
