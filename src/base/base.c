/* Errors, growing memory, buffers, and orders and hashes of byte strings. */
#include "base/base.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/host.h"

#ifdef BP_LINT
#undef bp_fail
#undef bp_fail_at
#undef bp_fail_memory
#undef bp_fail_errno
#endif

/* All messages pass here: bytes that somebody else chose are in them. */
static void set_message(bp_error *err, const char *raw)
{
	bp_printable(raw, strlen(raw), err->msg, sizeof(err->msg));
}

bp_status bp_fail(bp_error *err, bp_status code, const char *fmt, ...)
{
	char raw[sizeof(err->msg)];
	va_list args;

	if (err == NULL)
		return code;
	err->code = code;
	err->pos = 0;
	va_start(args, fmt);
	vsnprintf(raw, sizeof(raw), fmt, args);
	va_end(args);
	set_message(err, raw);
	return code;
}

bp_status bp_fail_at(bp_error *err, const char *name, uint64_t pos, const char *fmt, ...)
{
	char raw[sizeof(err->msg)];
	va_list args;
	int n;

	if (err == NULL)
		return BP_EFORMAT;
	err->code = BP_EFORMAT;
	err->pos = pos;
	n = snprintf(raw, sizeof(raw), "%s: byte %llu: ", name, (unsigned long long)pos);
	va_start(args, fmt);
	if (n >= 0 && (size_t)n < sizeof(raw))
		vsnprintf(raw + n, sizeof(raw) - (size_t)n, fmt, args);
	va_end(args);
	set_message(err, n >= 0 ? raw : "");
	return BP_EFORMAT;
}

bp_status bp_check_line(bp_status st, const char *file, size_t line, bp_error *err)
{
	/* bp_fail() does not write err->msg before the new message is complete. */
	return st != BP_ERANGE || file == NULL ? st :
	       bp_fail(err, BP_EFORMAT, "%s: line %zu: %s", file, line,
		       err != NULL ? err->msg : "");
}

bool bp_must_stop(void)
{
	return bp_caught_signal() != 0;
}

bp_status bp_interrupted(bp_error *err)
{
	return bp_must_stop() ? bp_fail(err, BP_EINTR, "interrupted") : BP_OK;
}

/* One message for all allocations: a size or a name would not help the user. */
bp_status bp_fail_memory(bp_error *err)
{
	bp_status st = bp_interrupted(err);

	return st != BP_OK ? st : bp_fail(err, BP_ENOMEM, "out of memory");
}

bp_status bp_fail_errno(bp_error *err, const char *name)
{
	int reason = bp_stream_error();

	/* bp_catch_signals() has signals interrupt calls: an interrupted call is no fault of a
	 * file. */
	if (reason == EINTR)
		return bp_fail(err, BP_EINTR, "interrupted");
	if (reason == ENOMEM)
		return bp_fail(err, BP_ENOMEM, "%s: out of memory", name);
	return bp_fail(err, BP_EIO, "%s: %s", name[0] != '\0' ? name : "''", strerror(reason));
}

void *bp_array(size_t n, size_t size)
{
	if (size != 0 && n > SIZE_MAX / size)
		return NULL;
	return malloc(BP_MAX(n * size, 1));
}

/* Windows has no aligned memory that free() takes.  The alignment only saves time. */
static void *allocate_aligned(size_t alignment, size_t n)
{
#if defined(_WIN32)
	(void)alignment;
	return malloc(n);
#else
	return aligned_alloc(alignment, n);
#endif
}

void *bp_array_large(size_t n)
{
	const size_t page = BP_HOST_BIG_PAGE, line = 64;
	void *p;

	/* No host has so much memory; sanitizers abort on a request that they call impossible. */
	if (n >= SIZE_MAX / 2)
		return NULL;
	if (n < page)
		return allocate_aligned(line, BP_MAX((n + line - 1) / line * line, line));
	p = allocate_aligned(page, (n + page - 1) / page * page);
	/*
	 * A last page that is used by less than half stays in small pages: it would waste memory.
	 */
	if (p != NULL)
		bp_host_big_pages(p, (n + page / 2) / page * page);
	return p;
}

bool bp_grow(void *array, size_t *cap, size_t need, size_t size)
{
	void *old, *new;
	size_t want;

	if (need <= *cap && *cap > 0)
		return true;
	/* Doubling must not overflow; then only the requested room is tried. */
	want = *cap > SIZE_MAX / 2 ? need : BP_MAX(need, *cap * 2);
	want = BP_MAX(want, 16);
	if (want > SIZE_MAX / size)
		return false;
	/* Pointers to different types may differ in representation: copy, do not cast. */
	memcpy(&old, array, sizeof(old));
	new = realloc(old, want * size);
	if (new == NULL)
		return false;
	memcpy(array, &new, sizeof(new));
	*cap = want;
	/* lint: memleak: the caller has it now */
	return true;
}

bool bp_buf_reserve(struct buf *b, size_t more)
{
	return more <= SIZE_MAX - b->len && BP_GROW(b->data, b->cap, BP_MAX(b->len + more, 1));
}

bool bp_buf_append(struct buf *b, const void *data, size_t n)
{
	if (!bp_buf_reserve(b, n))
		return false;
	bp_copy(b->data + b->len, data, n);
	b->len += n;
	return true;
}

bool bp_buf_byte(struct buf *b, unsigned char c)
{
	return bp_buf_append(b, &c, 1);
}

void bp_buf_release(struct buf *b)
{
	free(b->data);
	*b = (struct buf){ 0 };
}

int bp_slice_compare(struct slice a, struct slice b)
{
	size_t n = BP_MIN(a.n, b.n);
	int d = n > 0 ? memcmp(a.p, b.p, n) : 0;

	return d != 0 ? d : (a.n > b.n) - (a.n < b.n);
}

int bp_slice_compare_length(struct slice a, struct slice b)
{
	return a.n != b.n ? (a.n < b.n ? -1 : 1) : bp_slice_compare(a, b);
}

/* A pointer to a struct, converted, points to its first member (C11 6.7.2.1). */
int bp_by_bytes(const void *a, const void *b)
{
	const struct slice *x = a, *y = b;

	return bp_slice_compare(*x, *y);
}

int bp_by_length(const void *a, const void *b)
{
	const struct slice *x = a, *y = b;

	return bp_slice_compare_length(*x, *y);
}

uint64_t bp_count_byte(struct slice s, unsigned char c)
{
	const unsigned char *end, *p = s.p;
	uint64_t n = 0;

	if (s.n == 0)	/* s.p may be NULL, and memchr() requires a pointer */
		return 0;
	end = p + s.n;
	for (; p < end && (p = memchr(p, c, (size_t)(end - p))) != NULL; p++)
		n++;
	return n;
}

/* Up to seven bytes as a little-endian number: the order of a hash table's entries, and so the
 * output, must not depend on the machine. */
static uint64_t load_tail(const unsigned char *p, size_t n)
{
	uint64_t x = 0;

	while (n-- > 0)
		x = x << 8 | p[n];
	return x;
}

/* Words of eight bytes and a tail, each mixed into the state; the length is part of the state, so
 * that trailing NULs change the hash. */
uint64_t bp_hash(const void *data, size_t n)
{
	const unsigned char *p = data;
	uint64_t h = n * BP_GOLDEN;

	for (; n >= 8; p += 8, n -= 8)
		h = bp_mix(h ^ bp_load64(p));
	return bp_mix(h ^ load_tail(p, n));
}
