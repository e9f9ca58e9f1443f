# bytepiece: "make help" lists the targets.

CFLAGS ?= -O2 -g
PREFIX ?= /usr/local
BUILD  ?= build

# Ours, whatever the user's CFLAGS are.
STD    = -std=c11 -Iinclude -Isrc
WARN   = -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wundef -Wvla -Wcast-qual \
	 -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wwrite-strings
LIBS   = -lm -pthread
SAN    = -O1 -g -Werror -fno-omit-frame-pointer -fno-sanitize-recover=all -fsanitize
ifeq ($(C11),1)
STD   += -DBP_C11
endif

ROOMS  = base io text model export counts encode train lib
LIB   := $(patsubst src/%.c,$(BUILD)/%.o,$(wildcard $(ROOMS:%=src/%/*.c)))
CLI   := $(patsubst src/%.c,$(BUILD)/%.o,$(wildcard src/cli/*.c))
TESTS := $(patsubst tests/unit/%.c,$(BUILD)/tests/%,$(wildcard tests/unit/test_*.c))
HELP_O = $(BUILD)/tests/support.o

# Real text and the reference's results; tests that need them are skipped where they are absent.
# With BP_QUICK=1 in the environment the largest texts are left out.
BP_SHARED ?= ../shared
UNICODE   ?= /usr/share/unicode

## all: the library and the program
all: $(BUILD)/libbytepiece.a $(BUILD)/bytepiece

$(BUILD)/%.o: src/%.c
	@mkdir -p $(@D)
	$(CC) $(STD) $(WARN) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/libbytepiece.a: $(LIB)
	rm -f $@
	$(AR) rcs $@ $(LIB)

$(BUILD)/bytepiece: $(CLI) $(BUILD)/libbytepiece.a
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

## demo: train on the text in data/ and the sources, encode, decode, compare, show some lines
demo: all
	@sh tests/demo.sh $(BUILD)/bytepiece $(BUILD)/demo

## setup: install cmocka, which the tests need, if it is missing
setup:
	@CC="$(CC)" sh tests/setup.sh

## check: all tests (cmocka has to be installed: "make setup check" does both)
check: all $(TESTS) $(BUILD)/tests/example
	@BP_SHARED='$(BP_SHARED)' BUILD='$(BUILD)' UNICODE='$(UNICODE)' C11='$(C11)' sh tests/run.sh $(TESTS)

$(BUILD)/tests/%.o: tests/unit/%.c
	@mkdir -p $(@D)
	$(CC) $(STD) $(WARN) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/tests/test_%: $(BUILD)/tests/test_%.o $(HELP_O) $(BUILD)/libbytepiece.a
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -lcmocka $(LIBS)

# The example of the README, as a reader would take it from there.
$(BUILD)/tests/example.c: README.md
	@mkdir -p $(@D)
	awk '/^```c$$/ { on = 1; next } /^```/ { on = 0 } on' README.md > $@

$(BUILD)/tests/example: $(BUILD)/tests/example.c $(BUILD)/libbytepiece.a
	$(CC) $(STD) $(WARN) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

## asan: all tests under the address and undefined-behaviour sanitizers
asan:
	BP_QUICK=1 $(MAKE) check BUILD=build-$@ CFLAGS='$(SAN)=address,undefined'

## tsan: all tests under the thread sanitizer, over the shim that it needs for C11's threads
tsan:
	BP_QUICK=1 $(MAKE) check BUILD=build-$@ CFLAGS='$(SAN)=thread' CPPFLAGS='-isystem tests/shim'

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

## unicode: make the Unicode tables again from the database in UNICODE=/usr/share/unicode
unicode:
	@mkdir -p $(BUILD)
	$(CC) -std=c11 $(WARN) $(CFLAGS) -o $(BUILD)/unicode_tables src/text/gen/unicode_tables.c
	$(BUILD)/unicode_tables $(UNICODE) > $(BUILD)/unicode_tables.inc
	mv $(BUILD)/unicode_tables.inc src/text/unicode_tables.inc

## install: program, library and headers under DESTDIR and PREFIX=/usr/local
install: all
	install -d $(addprefix $(DESTDIR)$(PREFIX)/,bin lib include)
	install -m 755 $(BUILD)/bytepiece $(DESTDIR)$(PREFIX)/bin
	install -m 644 $(BUILD)/libbytepiece.a $(DESTDIR)$(PREFIX)/lib
	install -m 644 include/bytepiece.h include/bytepiece_files.h $(DESTDIR)$(PREFIX)/include

## uninstall: remove what install put there
uninstall:
	rm -f $(addprefix $(DESTDIR)$(PREFIX)/,bin/bytepiece lib/libbytepiece.a \
		include/bytepiece.h include/bytepiece_files.h)

## clean: remove everything that was built
clean:
	rm -rf build build-*

## help: this list
help:
	@sed -n 's/^## //p' Makefile

.PHONY: all demo setup check asan tsan bench exports unicode install uninstall clean help
.SECONDARY:
-include $(LIB:.o=.d) $(CLI:.o=.d) $(TESTS:=.d) $(HELP_O:.o=.d)
