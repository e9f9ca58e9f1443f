/*
 * fuzz.h - what the fuzz targets share.
 *
 * A target is a file fuzz_NAME.c with the function below, which does something with any bytes and
 * aborts if what comes of it is wrong.  "make fuzz" links it with clang's libFuzzer, "make check"
 * with replay.c, which calls it with each file in seeds/NAME.
 */
#ifndef BP_FUZZ_H
#define BP_FUZZ_H

#include "base/base.h"
#include "bytepiece_files.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Abort, saying where, unless it is true. */
#define FUZZ_CHECK(ok) ((ok) ? (void)0 : fuzz_fail(__FILE__, __LINE__, #ok))
_Noreturn void fuzz_fail(const char *file, int line, const char *what);

/* Take what an input begins with: a byte, 0 where there is none; n bytes, or fewer. */
unsigned fuzz_byte(struct slice *in);
struct slice fuzz_part(struct slice *in, size_t n);
/* Two bytes tell how many bytes of the input follow. */
struct slice fuzz_block(struct slice *in);

struct slice fuzz_slice(const struct buf *b);
bool fuzz_same(struct slice a, struct slice b);
void fuzz_append(struct buf *b, struct slice s);
/* A NUL-terminated copy, for free(). */
char *fuzz_string(struct slice s);

/* Distinct pieces sorted by length and bytes, the 256 single bytes among them; in 'bytes'. */
struct fuzz_vocab {
	struct slice *piece;
	uint64_t *count;
	size_t n;
	struct buf bytes;
};
/*
 * From an input: a byte for how many pieces, for each a length (255: 200 more than the next byte
 * says) and its bytes, which may be letters of a small alphabet; then for each piece of those, and
 * some single bytes, what power of two its count is.
 */
void fuzz_vocab_init(struct fuzz_vocab *v, struct slice *in);
void fuzz_vocab_release(struct fuzz_vocab *v);
/* The index of a piece, or SIZE_MAX. */
size_t fuzz_vocab_find(const struct fuzz_vocab *v, struct slice s);
/* For bp_free(): a model of it, loaded from JSON; with ids in their order, or mixed and with special
 * tokens between. */
enum fuzz_ids { FUZZ_ORDERED, FUZZ_MIXED };
bp_model *fuzz_vocab_model(const struct fuzz_vocab *v, bp_normalize normalize, enum fuzz_ids ids);

/* Give such a model one of the rules of newlines, by any number. */
void fuzz_set_newlines(bp_model *m, size_t number);

/*
 * The model with further special tokens, from an input: a byte for how many, up to 31, and for each
 * a byte for its length and half a byte for each part of its name, which is a letter, a mark or a
 * name of those that every model has; names that are not allowed are left out.  Frees m.
 */
bp_model *fuzz_with_names(bp_model *m, struct slice *in);

/* One of the formats whose texts come back, by any number: those that can be decoded, and with
 * 'json' BP_FORMAT_JSON. */
bp_format fuzz_format(unsigned number, bool json);

/* Models that are there from the first call to the end, of different kinds, by any number: all
 * normalisations and rules of newlines, with long pieces and none, repetitive ones, control bytes in pieces. */
enum { FUZZ_MODELS = 8 };
const bp_model *fuzz_model(unsigned number);

/*
 * Append the text that the rest of an input stands for, at most 'most' bytes: each byte is itself,
 * but for three that no UTF-8 has: F8 repeats the last bytes, (the low half of the next byte + 1)
 * of them, 2 to the power of its high half times; F9 is a piece of the model, if there is one; FA
 * is the next byte, whatever it is.
 */
void fuzz_text(struct slice in, const bp_model *m, size_t most, struct buf *out);

/* Ids of a text at once, for free(); decoded they have to give its normal form, or it fails. */
uint32_t *fuzz_encode(const bp_model *m, struct slice text, size_t *n);
/* The text in the model's normal form; *scratch to be released. */
struct slice fuzz_normal(const bp_model *m, struct slice text, struct buf *scratch);
/* Fails unless the ids stand for these bytes. */
void fuzz_check_ids(const bp_model *m, const uint32_t *ids, size_t n, struct slice normal);

/* Make the checksums of a binary model, or of binary counts, right. */
void fuzz_seal(struct buf *file);

/* The path of a file of this name in a folder of the process's own, below $TMPDIR. */
const char *fuzz_path(const char *name);
void fuzz_write(const char *path, struct slice content);
/* The content of a file that has to be there; appended. */
void fuzz_read(const char *path, struct buf *out);

#endif
