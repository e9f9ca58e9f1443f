# bytepiece: "make help" lists the targets and the settings.

CFLAGS ?= -O2 -g
PREFIX ?= /usr/local
BUILD  ?= build
PYTHON ?= python3
STRIP  ?= strip

# Paths below PREFIX and below BUILD.
VERSION := $(shell sed -n 's/^\#define BP_VERSION "\(.*\)"/\1/p' include/bytepiece.h)
MAN      = share/man/man1/bytepiece.1
BASH     = share/bash-completion/completions/bytepiece
ZSH      = share/zsh/site-functions/_bytepiece
FISH     = share/fish/vendor_completions.d/bytepiece.fish
# Where fish reads completions for every user without XDG_DATA_DIRS: Debian's fish does not look
# below /usr/local, but in /etc.  On such a system they are linked there, too.
FISH_ETC = "$(DESTDIR)/etc/fish"
NO_ETC = [ "$(PREFIX)" != /usr/local ] || [ ! -d $(FISH_ETC) ]
PC       = lib/pkgconfig/bytepiece.pc
PAGES    = $(addprefix $(BUILD)/,$(MAN) $(BASH) $(ZSH) $(FISH))
# Quoted, because folders may have blanks in their names.
INTO     = "$(DESTDIR)$(PREFIX)"

## all:       build the program and the libraries (the default)
all:

## demo:      train on the text in data/ and the sources, encode, decode, compare
demo: all
	@sh tests/demo.sh $(PROGRAM) $(BUILD)/demo

## setup:     install cmocka, which the tests need, if it is missing
setup:
	@CC="$(CC)" sh tests/setup.sh

## check:     run all tests: about 2 to 4 minutes on two processors
check: all test-programs
	@BP_SHARED='$(BP_SHARED)' BUILD='$(BUILD)' UNICODE='$(UNICODE)' C11='$(C11)' sh tests/run.sh $(TESTS)

## install:   copy program, libraries, headers, manual page and completions below PREFIX
install: all $(PAGES)
	$(Q)for d in bin lib include $(dir $(MAN) $(BASH) $(ZSH) $(FISH) $(PC)); do \
		install -d $(INTO)/$$d || exit 1; done
	$(Q)install -m 755 $(PROGRAM) $(INTO)/bin
	$(Q)install -m 644 $(BUILD)/libbytepiece.a $(INTO)/lib
	$(Q)install -m 755 $(BUILD)/$(SOFILE) $(INTO)/$(SODIR)
	$(call install_links,$(INTO)/lib)
	$(Q)install -m 644 include/bytepiece.h include/bytepiece_files.h $(INTO)/include
	$(Q)for f in $(MAN) $(BASH) $(ZSH) $(FISH); do \
		install -m 644 $(BUILD)/$$f $(INTO)/$$f || exit 1; done
	$(Q)$(NO_ETC) || { install -d $(FISH_ETC)/completions && \
		ln -sf "$(PREFIX)/$(FISH)" $(FISH_ETC)/completions/bytepiece.fish; }
	$(Q)printf '%s\n' 'prefix=$(PREFIX)' 'Name: bytepiece' 'Version: $(VERSION)' \
		'Description: Byte-level Unigram tokenizer: train, encode, decode' \
		'Cflags: -I$${prefix}/include' 'Libs: -L$${prefix}/lib -lbytepiece' \
		'Libs.private: $(LIBS)' > $(INTO)/$(PC)
	$(Q)chmod 644 $(INTO)/$(PC)

## uninstall: remove the files that install copied
uninstall:
	$(Q)for f in bin/bytepiece$(EXE) lib/libbytepiece.a lib/$(SO) lib/$(SONAME) \
		$(SODIR)/$(SOFILE) include/bytepiece.h include/bytepiece_files.h \
		$(MAN) $(BASH) $(ZSH) $(FISH) $(PC); do rm -f $(INTO)/$$f || exit 1; done
	$(Q)$(NO_ETC) || rm -f $(FISH_ETC)/completions/bytepiece.fish

## wheel:     a package of the Python module and the library in BUILD/wheel, for pip install
wheel: all
	$(Q)rm -rf $(BUILD)/wheel && mkdir -p $(BUILD)/wheel
	$(Q)$(STRIP) -o $(BUILD)/wheel.so $(BUILD)/$(SOFILE)
	$(Q)$(PYTHON) src/python/wheel.py $(VERSION) $(BUILD)/wheel.so $(BUILD)/wheel $(WHEEL_TAG)

## clean:     remove everything that was built
clean:
	$(Q)rm -rf build build-*

## help:      print this list
help:
	@sed -n 's/^##$$//p; s/^## //p' Makefile tests/tests.mk

##
## Settings, such as "make check ONLY=test_base":
## V=1            print whole commands in place of lines such as "CC encode/kernel.c"
## BUILD=DIR      folder for everything that is built (default build)
## PREFIX=DIR     install below DIR (default /usr/local), with DESTDIR before it
## CC, AR, CFLAGS, CPPFLAGS, LDFLAGS: as usual (default CFLAGS: -O2 -g); CC may be a compiler for
##                another system: CC='zig cc -target x86_64-windows-gnu' AR='zig ar'
## HELPER=FILE    a bytepiece that runs here and writes the pages to install (default: the one built)
## PYTHON=NAME    the interpreter (default python3)
## C11=1          use C11 alone, without POSIX
## ONLY=RE        run the tests with names that match, as grep -E does: test_base, cli/, nfc
## JOBS=N         run N tests at a time (default: the number of processors)
## BP_QUICK=1     leave out the largest texts
## BP_SHARED=DIR  folder of real text and results of the reference (default ../shared)

# From here on: how the program and the libraries are built.

# Flags that do not depend on the user's CFLAGS.  -ffp-contract=off: sums are rounded in the order
# in which the source writes them, so that models are equal on all machines.  The other one is for
# files of over 2 GB on machines of 32 bits.
STD    = -std=c11 -ffp-contract=off -D_FILE_OFFSET_BITS=64 -Iinclude -Isrc
# The static and the shared library are made of one set of objects; the shared one exports the
# symbols that the public headers declare, and no others.
SHARE  = -fPIC -fvisibility=hidden
WARN   = -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wundef -Wvla -Wcast-qual \
	 -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wwrite-strings
# A frame of the library or the program: far below the 64 KB of stack that a call may take.
STACK  = -Wframe-larger-than=32768
LIBS   = -lm -pthread
ifeq ($(C11),1)
STD   += -DBP_C11
endif

# x86 of 32 bits computes with 80 bits by default, which src/base/log.c refuses.
ifneq ($(shell $(CC) $(CPPFLAGS) $(CFLAGS) -dM -E -x c /dev/null 2>/dev/null | grep -w __i386__),)
STD   += -msse2 -mfpmath=sse
endif

# The system that the compiler builds for, such as x86_64-linux-gnu or arm64-apple-darwin23.
TARGET := $(shell $(CC) $(CPPFLAGS) $(CFLAGS) -dumpmachine 2>/dev/null || uname -s)

# The shared library: SOFILE is the file, SO the name that a linker looks for, and SONAME the one that
# programs bound to it look for.  They run with every library of that name: the number before the
# version's first dot changes with each incompatible change of the library.
MAJOR  = $(firstword $(subst ., ,$(VERSION)))
EXE    =
SODIR  = lib
ifneq ($(findstring darwin,$(TARGET))$(findstring macos,$(TARGET))$(filter Darwin,$(TARGET)),)
SO     = libbytepiece.dylib
SONAME = libbytepiece.$(MAJOR).dylib
SOFILE = libbytepiece.$(VERSION).dylib
SOFLAGS = -dynamiclib -Wl,-install_name,$(PREFIX)/lib/$(SONAME)
else ifneq ($(filter %mingw32 %windows-gnu,$(TARGET)),)
# A DLL is looked for in the folder of the program; the linker takes an import library in its place.
EXE    = .exe
SODIR  = bin
SO     = libbytepiece.dll.a
SONAME = libbytepiece-$(MAJOR).dll
SOFILE = $(SONAME)
SOFLAGS = -shared -Wl,--out-implib,$(BUILD)/$(SO)
else
SO     = libbytepiece.so
SONAME = $(SO).$(MAJOR)
SOFILE = $(SO).$(VERSION)
SOFLAGS = -shared -Wl,-soname,$(SONAME)
endif
PROGRAM = $(BUILD)/bytepiece$(EXE)
HELPER  = $(PROGRAM)

all: $(BUILD)/libbytepiece.a $(BUILD)/$(SO) $(PROGRAM)

# A line such as "CC encode/kernel.c" for each command, none with -s; the whole command with V=1.
Q      = $(if $(V),,@)
SILENT = $(findstring s,$(filter-out --%,$(firstword -$(MAKEFLAGS))))
say    = @$(if $(V)$(SILENT),:,echo '$(1)')

# For programs of another machine: with EMU='qemu-s390x -L /usr/s390x-linux-gnu' each program
# becomes a script that starts it under EMU; the program itself is beside it, as NAME.elf.
EMU    =
define started
@$(if $(EMU),mv $@ $@.elf && printf '#!/bin/sh\nexec %s "%s" "$$@"\n' \
	'$(EMU)' "$$(pwd)/$@.elf" > $@ && chmod +x $@)
endef

ROOMS  = base io text model export counts encode train train/published api
LIB   := $(patsubst src/%.c,$(BUILD)/%.o,$(wildcard $(ROOMS:%=src/%/*.c)))
CLI   := $(patsubst src/%.c,$(BUILD)/%.o,$(wildcard src/cli/*.c))

# Objects depend on the Makefile for its flags: objects built with other flags than SHARE cannot be
# linked to the shared library.
$(BUILD)/%.o: src/%.c Makefile
	@mkdir -p $(@D)
	$(call say,CC $*.c)
	$(Q)$(CC) $(STD) $(SHARE) $(WARN) $(STACK) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/libbytepiece.a: $(LIB)
	$(call say,AR libbytepiece.a)
	$(Q)rm -f $@
	$(Q)$(AR) rcs $@ $(LIB)

$(BUILD)/$(SOFILE): $(LIB)
	$(call say,LINK $(SOFILE))
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $(SOFLAGS) -o $@ $^ $(LIBS)

ifeq ($(SOFILE),$(SONAME))
$(BUILD)/$(SO): $(BUILD)/$(SOFILE)
install_links = $(Q)install -m 644 $(BUILD)/$(SO) $1
else
$(BUILD)/$(SONAME): $(BUILD)/$(SOFILE)
	$(Q)ln -sf $(SOFILE) $@

$(BUILD)/$(SO): $(BUILD)/$(SONAME)
	$(Q)ln -sf $(SONAME) $@
install_links = $(Q)ln -sf $(SOFILE) $1/$(SONAME) && ln -sf $(SONAME) $1/$(SO)
endif

$(PROGRAM): $(CLI) $(BUILD)/libbytepiece.a
	$(call say,LINK bytepiece)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)
	$(started)

# The program writes them from its tables of options, so they always agree with it.
$(BUILD)/$(MAN): FORM = --man
$(BUILD)/$(BASH): FORM = --bash
$(BUILD)/$(ZSH): FORM = --zsh
$(BUILD)/$(FISH): FORM = --fish
$(PAGES): $(HELPER)
	@mkdir -p $(@D)
	$(call say,HELP $(FORM))
	$(Q)$(HELPER) help $(FORM) > $@.new
	$(Q)mv $@.new $@

.PHONY: all demo setup check wheel install uninstall clean help
.SECONDARY:
-include $(LIB:.o=.d) $(CLI:.o=.d)
include tests/tests.mk
