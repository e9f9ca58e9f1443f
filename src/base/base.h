/*
 * base.h - errors, memory, byte strings, bits and hashes: the definitions that every file needs.
 *
 * A struct slice borrows bytes, a struct buf owns them.  A struct of all zero bytes is valid and
 * empty, and may be released.  No function here has state: all may be called from any
 * thread.
 */
#ifndef BP_BASE_H
#define BP_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "bytepiece.h"

#if defined(__GNUC__)
#define BP_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
/* The empty asm statement keeps a function that only prefetches: gcc deletes calls of functions
 * without an effect, and a prefetch is none for it. */
#define BP_PREFETCH(p) do { __builtin_prefetch(p); __asm__ volatile(""); } while (0)
/* For a function that is faster if the compiler does not inline it. */
#define BP_NOINLINE __attribute__((noinline))
/* For one that is to be specialised for constant arguments. */
#define BP_INLINE static inline __attribute__((always_inline))
#else
#define BP_PRINTF(fmt, args)
#define BP_NOINLINE
#define BP_INLINE static inline
#define BP_PREFETCH(p) ((void)(p))
#endif

/*
 * Without a branch, for conditions that the processor cannot predict: 1 if i, which is less than
 * 2^31, is 0, else 0; and c ? a : b, where c is 0 or 1.  clang makes a branch of a comparison even
 * if its result is used as a number.
 */
static inline uint32_t bp_is_zero(uint32_t i)
{
#if defined(__clang__)
	return (i - 1) >> 31;
#else
	return i == 0;
#endif
}

static inline uint64_t bp_select(uint32_t c, uint64_t a, uint64_t b)
{
#if defined(__clang__)
	return b ^ ((a ^ b) & (0 - (uint64_t)c));
#else
	return c != 0 ? a : b;
#endif
}

#define BP_MIN(a, b) ((a) < (b) ? (a) : (b))
#define BP_MAX(a, b) ((a) > (b) ? (a) : (b))

struct slice {
	const unsigned char *p;
	size_t n;
};

enum { BP_NO_MARK = -1 };	/* in place of the byte that ends texts: they have no end mark */

struct buf {
	unsigned char *data;
	size_t len, cap;
};

/*
 * The slice of n bytes at p, and of all bytes of a buffer.  NULL with n = 0, as callers of the
 * library and empty buffers have it, becomes the empty string: so offsets can be added to every
 * slice that is made here, and memory functions can be called with it, which C does not define for
 * NULL, not even for an offset or length of 0.
 */
static inline struct slice bp_slice(const void *p, size_t n)
{
	static const unsigned char empty[1];

	return (struct slice){ p != NULL ? p : empty, n };
}

static inline struct slice bp_buf_slice(const struct buf *b)
{
	return bp_slice(b->data, b->len);
}

/* The bytes of a string, without its NUL. */
static inline struct slice bp_string(const char *s)
{
	return bp_slice(s, strlen(s));
}

/* True if the bytes are those of a string. */
static inline bool bp_slice_is(struct slice a, const char *s)
{
	return a.n == strlen(s) && memcmp(a.p, s, a.n) == 0;
}

/* Fill in *err (unless it is NULL) and return 'code': "return bp_fail(...)" ends a function. */
bp_status bp_fail(bp_error *err, bp_status code, const char *fmt, ...) BP_PRINTF(3, 4);
/* Fail with BP_EFORMAT; the message begins with the name of the file and the byte offset of the
 * fault. */
bp_status bp_fail_at(bp_error *err, const char *name, uint64_t pos, const char *fmt, ...)
	BP_PRINTF(4, 5);
/*
 * Return the status of a check of bytes that come from a line of a file, or with 'file' NULL from
 * an argument.  A failure with BP_ERANGE, a wrong argument, is one of the file: BP_EFORMAT, and the
 * message names file and line.
 */
bp_status bp_check_line(bp_status st, const char *file, size_t line, bp_error *err);
/*
 * Fail because a function returned false or NULL: memory is out, or a signal has ended its work
 * early (see below).  BP_ENOMEM or BP_EINTR.
 */
bp_status bp_fail_memory(bp_error *err);
/*
 * Signals.  Every loop that can run for long asks whether a signal was caught (host.h): at least
 * once for some thousand bytes or some hundred entries.  bp_interrupted() returns BP_OK, or fails
 * with BP_EINTR.  Functions without an error ask bp_must_stop(), and then return false as if memory
 * were out; bp_fail_memory() tells the two cases apart.
 */
bp_status bp_interrupted(bp_error *err);
bool bp_must_stop(void);
/* The question at every 1024th step only; 'i' is the number of the step. */
static inline bool bp_must_stop_at(uint64_t i)
{
	return (i & 1023) == 0 && bp_must_stop();
}
/* Fail after an input or output call: "name: reason", with the status and the reason of errno. */
bp_status bp_fail_errno(bp_error *err, const char *name);
/* For analysers that see one file at a time ("make lint"): the functions never return BP_OK. */
#ifdef BP_LINT
#define bp_fail(err, code, ...) (bp_fail(err, code, __VA_ARGS__), (code))
#define bp_fail_at(err, name, pos, ...) (bp_fail_at(err, name, pos, __VA_ARGS__), BP_EFORMAT)
#define bp_fail_memory(err) (bp_fail_memory(err), BP_ENOMEM)
#define bp_fail_errno(err, name) (bp_fail_errno(err, name), BP_EIO)
#endif

/* Memory for n elements, uninitialised, for free(); not NULL for n = 0.  NULL if the product
 * overflows or memory is out. */
void *bp_array(size_t n, size_t size);

/* Memory for n bytes that the caller will use soon, aligned to a cache line, for free().  If the
 * host has large pages, the first use of the memory costs a fraction of the time. */
void *bp_array_large(size_t n);

/*
 * BP_GROW(p, cap, need): make room for at least 'need' elements in the array 'p' of room 'cap';
 * update both.  The room at least doubles, so that repeated growth takes linear time.  False if
 * memory is out; then neither has changed.  True: p is not NULL, even if 'need' is 0.  Evaluates
 * 'cap' and 'need' twice: where there is room, a call would cost more than the question.  bp_grow()
 * is for the macro only.
 */
#ifdef BP_LINT	/* analysers do not know that an array with room is not NULL */
#define BP_GROW(p, cap, need) bp_grow(&(p), &(cap), need, sizeof(*(p)))
#else
#define BP_GROW(p, cap, need) \
	(bp_has_room(need, cap) || bp_grow(&(p), &(cap), need, sizeof(*(p))))
#endif
static inline bool bp_has_room(size_t need, size_t cap)
{
	return need <= cap && cap > 0;
}
bool bp_grow(void *array, size_t *cap, size_t need, size_t size);

/* The address of element i of an array, which is NULL if it has no elements: then i is 0, and C
 * does not define even p + 0.  Evaluates both arguments twice. */
#define BP_AT(p, i) ((i) > 0 ? (p) + (i) : (p))

/* memcpy() and memmove() that allow NULL for 0 bytes. */
static inline void bp_copy(void *to, const void *from, size_t n)
{
	if (n > 0)
		memcpy(to, from, n);
}

static inline void bp_move(void *to, const void *from, size_t n)
{
	if (n > 0)
		memmove(to, from, n);
}

/* Functions on a buffer return false if memory is out; then the buffer has not changed.  After
 * bp_buf_reserve() succeeds, b->data is not NULL, even if 'more' is 0. */
bool bp_buf_reserve(struct buf *b, size_t more);
bool bp_buf_append(struct buf *b, const void *data, size_t n);
bool bp_buf_byte(struct buf *b, unsigned char c);
static inline bool bp_buf_string(struct buf *b, const char *s)
{
	return bp_buf_append(b, s, strlen(s));
}
/* The bytes of a buffer from one offset to another. */
static inline struct slice bp_buf_part(const struct buf *b, size_t from, size_t to)
{
	return bp_slice(BP_AT(b->data, from), to - from);
}
/* Remove the first n bytes. */
static inline void bp_buf_drop(struct buf *b, size_t n)
{
	b->len -= n;
	bp_move(b->data, BP_AT(b->data, n), b->len);
}
void bp_buf_release(struct buf *b);

/*
 * Two orders of byte strings; the result is < 0, 0 or > 0 as of memcmp().  By bytes: as in a
 * dictionary, a prefix before a longer string.  By length: shorter strings first, strings of equal
 * length by bytes; it is the order of the ids in a trained model.
 */
int bp_slice_compare(struct slice a, struct slice b);
int bp_slice_compare_length(struct slice a, struct slice b);
/* The two orders for qsort() and bsearch() of struct slice, or of a struct that begins with one. */
int bp_by_bytes(const void *a, const void *b);
int bp_by_length(const void *a, const void *b);

/* The number of occurrences of a byte. */
uint64_t bp_count_byte(struct slice s, unsigned char c);

/* Load a little-endian number of eight bytes.  The copy is one load; compilers make one load of the
 * sum of shifts only in some contexts. */
static inline uint64_t bp_load64(const unsigned char *p)
{
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	uint64_t x;

	memcpy(&x, p, sizeof(x));
	return x;
#else
	return (uint64_t)p[0] | (uint64_t)p[1] << 8 | (uint64_t)p[2] << 16 |
	       (uint64_t)p[3] << 24 | (uint64_t)p[4] << 32 | (uint64_t)p[5] << 40 |
	       (uint64_t)p[6] << 48 | (uint64_t)p[7] << 56;
#endif
}

/* Index of the lowest bit that is set in w; w is not 0. */
static inline unsigned bp_lowest_bit(uint64_t w)
{
#if defined(__GNUC__)
	return (unsigned)__builtin_ctzll(w);
#else
	unsigned i = 0, half;

	for (half = 32; half > 0; half /= 2)
		if ((w << (64 - half)) == 0) {
			w >>= half;
			i += half;
		}
	return i;
#endif
}

/* Number of bits that are set in w. */
static inline unsigned bp_count_bits(uint64_t w)
{
	unsigned n = 0;

	for (; w != 0; w &= w - 1)
		n++;
	return n;
}

/* x * y: the lower 64 bits, and in *high the upper ones. */
static inline uint64_t bp_multiply(uint64_t x, uint64_t y, uint64_t *high)
{
#if defined(__SIZEOF_INT128__)
	__extension__ typedef unsigned __int128 wide;
	wide product = (wide)x * y;

	*high = (uint64_t)(product >> 64);
	return (uint64_t)product;
#else
	uint64_t x0 = x & 0xFFFFFFFF, x1 = x >> 32, y0 = y & 0xFFFFFFFF, y1 = y >> 32;
	uint64_t low = x0 * y0, middle = x1 * y0 + (low >> 32), other = x0 * y1;

	other += middle & 0xFFFFFFFF;
	*high = x1 * y1 + (middle >> 32) + (other >> 32);
	return other << 32 | (low & 0xFFFFFFFF);
#endif
}

/* 64-bit hash of a byte string; the result does not depend on the machine. */
uint64_t bp_hash(const void *data, size_t n);

#define BP_GOLDEN 0x9e3779b97f4a7c15u	/* 2^64 over the golden ratio, odd: for hashes */
/* Spread the entropy of a 64-bit key over all bits (a bijection; Stafford's "mix 13"). */
static inline uint64_t bp_mix(uint64_t x)
{
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
	return x ^ (x >> 31);
}

#endif
