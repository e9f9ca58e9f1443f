/*
 * support.h - what the unit tests share: random numbers, byte strings, toy vocabularies, files.
 *
 * Everything random comes from a fixed seed, so that a test that fails once fails always.
 */
#ifndef BP_TEST_SUPPORT_H
#define BP_TEST_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/base.h"
#include "model/model.h"

/* A slice of a string literal, without its NUL; and the same to initialise a static one with. */
#define S(literal) ((struct slice)S_INIT(literal))
#define S_INIT(literal) { (const unsigned char *)(literal), sizeof(literal) - 1 }

/* The same for a string known only at run time. */
struct slice t_string(const char *s);

/* Fail the test with a formatted reason unless 'ok'; for loops, where a line number says little. */
#define T_OK(ok, ...) t_check((ok), __FILE__, __LINE__, __VA_ARGS__)
void t_check(bool ok, const char *file, int line, const char *fmt, ...) BP_PRINTF(4, 5);

/* Same length and bytes. */
#define T_SAME(a, b) t_same((a), (b), __FILE__, __LINE__)
void t_same(struct slice a, struct slice b, const char *file, int line);

/* Random numbers: the state is a number, any number is a good seed. */
uint64_t t_next(uint64_t *rng);
size_t t_below(uint64_t *rng, size_t n);	/* from 0 to n - 1 */

/* Append or fail. */
void t_append(struct buf *b, struct slice s);
void t_append_code(struct buf *b, uint32_t code);
struct slice t_slice(const struct buf *b);

/*
 * Append 'units' characters and malformed bytes that are hard on normalisation, cutting and
 * search: letters, composed and not, marks in any order, Hangul, digits, newlines, NULs, random
 * code points, bytes that are no UTF-8.
 */
void t_mixed_text(uint64_t *rng, size_t units, struct buf *out);
/* Append one piece of malformed UTF-8, of 1 to 4 bytes. */
void t_malformed(uint64_t *rng, struct buf *out);

/* Append n bytes: letters of an alphabet; a unit again and again; a Fibonacci word of a and b. */
void t_letters(uint64_t *rng, struct slice alphabet, size_t n, struct buf *out);
void t_periodic(struct slice unit, size_t n, struct buf *out);
void t_fibonacci(size_t n, struct buf *out);

/* Distinct pieces, each in memory of its own, with counts. */
struct vocab {
	struct slice *piece;
	uint64_t *count;
	size_t n, cap, cap_count;
};

/* Start with the 256 single bytes, in order, each of count 1. */
void t_vocab_init(struct vocab *v);
void t_vocab_add(struct vocab *v, struct slice s, uint64_t count);	/* s is copied */
/* Sort by length and bytes, as in a model, and drop the second and later of equal pieces. */
void t_vocab_sort(struct vocab *v);
/* Put the pieces in a random order. */
void t_vocab_shuffle(struct vocab *v, uint64_t *rng);
/* The index of a piece in a sorted vocabulary, or SIZE_MAX. */
size_t t_vocab_find(const struct vocab *v, struct slice s);
void t_vocab_release(struct vocab *v);

/* Add 'n' pieces of up to 'max' bytes cut out of random mixed text; equal ones are possible. */
void t_vocab_add_mixed(struct vocab *v, uint64_t *rng, size_t n, size_t max);

/* Add 'n' pieces of up to 'max' bytes cut out of a text; equal ones are possible. */
void t_vocab_add_parts(struct vocab *v, uint64_t *rng, struct slice text, size_t n, size_t max);

/*
 * Sort, and count anew: all the same; powers of two; about a million; any up to a million; one
 * of 2^62 and the rest 1; random ones with a sum of 2^63 - 1, with single bytes among them or all
 * single bytes 1.
 */
enum t_counts {
	T_EQUAL, T_POWERS, T_NEAR, T_RANDOM, T_ONE_HUGE, T_FULL, T_LOW_BYTES, T_COUNTS
};
void t_vocab_count(struct vocab *v, uint64_t *rng, enum t_counts how);

/* The model file of a vocabulary, which is sorted by this, appended to 'out'. */
void t_vocab_json(struct vocab *v, bp_normalize normalize, struct buf *out);
/* A model ready to encode with, for bp_free(). */
bp_model *t_vocab_model(struct vocab *v, bp_normalize normalize);
/* Give such a model one of the rules of newlines, by any number; returns the model. */
bp_model *t_with_newlines(bp_model *m, uint64_t number);
/* As bp_model_init(), for entries in any order: pieces go by length and bytes, special tokens (count
 * 0) behind them in the order given. */
bp_status t_model_init(struct model *m, const struct slice *piece, const uint64_t *count, size_t n,
		       bp_normalize normalize, bp_error *err);
/* A model without a model file between, for large vocabularies. */
bp_model *t_vocab_prepare(const struct vocab *v, bp_normalize normalize);

/* How many bytes the first segment has of a text that is not empty. */
size_t t_segment_length(struct slice s);

/* Pieces of texts, with what each ends in: its mark, or the end of the input. */
enum { T_AT_MARK = -1, T_AT_END = -2 };
struct t_list {
	int64_t *piece;		/* for free() */
	size_t n, cap;
};
void t_list_add(struct t_list *l, const uint32_t *piece, size_t n);
/* As bp_encoded() of encode/encoder.h, for a list. */
bool t_list_add_text(void *list, const uint32_t *piece, size_t n, bool ended);
/* Fail, with what the way is called, unless both are the same. */
void t_list_same(const struct t_list *got, const struct t_list *want, const char *way);

/* A new file in $TMPDIR (else /tmp), to be removed with t_file_remove(). */
struct t_file {
	char path[1024];
};
void t_file_make(struct t_file *f, struct slice content);
void t_file_remove(struct t_file *f);

/*
 * Processor seconds since an arbitrary point, and more of them than linear time ever takes in these
 * tests, under valgrind too; square time takes far longer.
 */
double t_seconds(void);
enum { T_LINEAR = 200 };

#endif
