/*
 * The quick check of the annex passes over text that is normal, which nearly all text is.  At the
 * first character that may not be normal, normalize() goes back to the normalisation boundary
 * before it and forward to the next one, brings the cluster between them into normal form by the
 * three steps of the standard (decompose, reorder, compose), and continues behind the cluster.
 *
 * "Boundary" in this file: a unit (utf8.h) that cannot interact with the text before it: of
 * combining class 0 and with NFC_Quick_Check=Yes; malformed bytes are boundaries, too.
 */
#include "text/nfc.h"

#include <stdlib.h>
#include <string.h>

#include "base/endian.h"
#include "text/unicode.h"
#include "text/utf8.h"

/* A character of a cluster; malformed bytes are MALFORMED + byte, of combining class 0. */
struct mark {
	uint32_t code;
	unsigned char ccc;
};

enum { MALFORMED = 0x110000 };

/* Longer runs of marks are sorted by counting.  No real text has them, but insertion sort would
 * take quadratic time on a hostile one. */
enum { LONG_RUN = 32 };

/*
 * A cluster is a boundary and the units after it up to the next boundary.  Normalisation acts
 * inside a cluster only.  Nearly all clusters are short enough for an array on the stack.
 */
enum { SMALL_CLUSTER = 128 };

/* True if the unit at s[0..n) is a boundary.  Sets *len to its length. */
static bool is_boundary(const unsigned char *s, size_t n, size_t *len)
{
	size_t k = bp_utf8_length(s, n);

	*len = k > 0 ? k : 1;
	return k == 0 || !(bp_unicode_class(bp_utf8_decode(s, k)).flags & BP_NOT_BOUNDARY);
}

/* True if the character of three bytes in the low bits of w is a boundary. */
static inline bool is_boundary_3(uint32_t w)
{
	return (bp_not_boundary_3[(w & 0x0F) << 6 | (w >> 8 & 0x3F)] >> (w >> 16 & 0x3F) & 1) == 0;
}

enum {
	BLOCK = 64,	/* bytes looked at together */
	BEYOND = 3	/* bytes behind a block that its last character may have */
};

/*
 * Bits for the bytes of a block at which a character may begin that is no boundary: all lead bytes
 * but C2 to CB, D0, D1 and E4 to E9, the leads of U+0080 to U+02FF, U+0400 to U+047F and U+4000 to
 * U+9FFF.  No early exit in the loops, and arithmetic of bytes, so that compilers use vectors.
 */
static uint64_t lead_bytes(const unsigned char *p)
{
	unsigned char found[BLOCK];
	uint64_t mask = 0, any = 0;
	int i;

	for (i = 0; i < BLOCK; i += 8)
		any |= bp_load64(p + i);
	if ((any & UINT64_C(0x8080808080808080)) == 0)
		return 0;
	for (i = 0; i < BLOCK; i++)
		found[i] = (p[i] > 0xCB) & ((unsigned char)(p[i] - 0xD0) > 1) &
			   ((unsigned char)(p[i] - 0xE4) > 5);
	/* The product gathers the lowest bits of eight bytes in the highest byte. */
	for (i = 0; i < BLOCK; i += 8)
		mask |= (bp_load64(found + i) * UINT64_C(0x0102040810204080) >> 56) << i;
	return mask;
}

/* The class of the last character that is no boundary, and the offset of its end. */
struct last_mark {
	size_t end;
	unsigned char ccc;
};

/*
 * The quick check of the annex for a character from offset 'at' to 'end': true if it is a boundary,
 * or if the text up to its end is normal, given that the text before it is.  Then composition must
 * not be able to change it, and its combining class must not be lower than that of a mark directly
 * before it; *m is set to it.
 */
static bool in_order(uint32_t code, size_t at, size_t end, struct last_mark *m)
{
	struct unicode_class class = bp_unicode_class(code);

	if (!(class.flags & BP_NOT_BOUNDARY))
		return true;
	if ((class.flags & BP_MAY_CHANGE) != 0 || (at == m->end && m->ccc > class.ccc))
		return false;
	*m = (struct last_mark){ end, class.ccc };
	return true;
}

/*
 * The quick check for a unit that begins with a lead byte; it has offset 'at' in the text.  Four
 * bytes can be read.  The tables have bits for malformed units of two or three bytes, too.
 */
static inline bool passes(const unsigned char *p, size_t at, struct last_mark *m)
{
	const uint32_t w = bp_load32(p);
	size_t k = 3;

	if ((w & 0xF0) == 0xE0) {
		if ((w & 0xC0C000) != 0x808000 || is_boundary_3(w))
			return true;
	} else if ((w & 0xE0) == 0xC0) {
		k = 2;
		if ((w & 0xC000) != 0x8000 ||
		    (bp_not_boundary_2[w & 0x1F] >> (w >> 8 & 0x3F) & 1) == 0)
			return true;
	} else if ((k = bp_utf8_length(p, BEYOND + 1)) == 0) {
		return true;
	}
	return in_order(bp_utf8_decode(p, k), at, at + k, m);
}

/* Offset of the unit that ends at 'end'; a unit starts at 'from' < end. */
static size_t unit_before(struct slice s, size_t from, size_t end)
{
	size_t i = end;

	while (i > from && bp_utf8_tail(s.p[--i]))
		;
	/* Tail bytes after the end of a character are units of their own. */
	return i < end && i + bp_utf8_unit(s.p + i, end - i) < end ? end - 1 : i;
}

/* The start of the last boundary in s[from..end), or 'from'. */
static size_t boundary_before(struct slice s, size_t from, size_t end)
{
	size_t i = end, k;

	while (i > from) {
		i = unit_before(s, from, i);
		if (is_boundary(s.p + i, s.n - i, &k))
			break;
	}
	return i;
}

/* Offset of the first unit at or after 'from' that fails the quick check, or s.n. */
static size_t next_suspect(struct slice s, size_t from)
{
	unsigned char end[BLOCK + BEYOND];
	struct last_mark m = { from, 0 };
	const unsigned char *p;
	uint64_t mask;
	size_t i;

	for (i = from; i < s.n; i += BLOCK) {
		p = s.p + i;
		if (s.n - i < sizeof(end)) {	/* zeros stand for the bytes behind the text */
			memset(end, 0, sizeof(end));
			p = memcpy(end, p, s.n - i);
		}
		for (mask = lead_bytes(p); mask != 0; mask &= mask - 1)
			if (!passes(p + bp_lowest_bit(mask), i + bp_lowest_bit(mask), &m))
				return i + bp_lowest_bit(mask);
	}
	return s.n;
}

/* Canonical decomposition into out[], which has room for two elements for each byte. */
static size_t decompose(struct slice s, struct mark *out)
{
	uint32_t part[4];
	size_t i, k, n, m = 0;

	for (i = 0; i < s.n; i += k) {
		k = bp_utf8_length(s.p + i, s.n - i);
		if (k == 0) {
			out[m++] = (struct mark){ .code = MALFORMED + (uint32_t)s.p[i] };
			k = 1;
			continue;
		}
		n = bp_unicode_decompose(bp_utf8_decode(s.p + i, k), part);
		for (size_t j = 0; j < n; j++, m++)
			out[m] = (struct mark){ part[j], bp_unicode_class(part[j]).ccc };
	}
	return m;
}

static void insertion_sort(struct mark *run, size_t n)
{
	struct mark t;
	size_t i, j;

	for (i = 1; i < n; i++) {
		t = run[i];
		for (j = i; j > 0 && run[j - 1].ccc > t.ccc; j--)
			run[j] = run[j - 1];
		run[j] = t;
	}
}

static bool counting_sort(struct mark *run, size_t n)
{
	size_t at[256] = { 0 }, sum = 0, i, k;
	struct mark *copy = bp_array(n, sizeof(*copy));

	if (copy == NULL)
		return false;
	memcpy(copy, run, n * sizeof(*copy));
	for (i = 0; i < n; i++)
		at[run[i].ccc]++;
	for (i = 0; i < 256; i++) {
		k = at[i];
		at[i] = sum;
		sum += k;
	}
	for (i = 0; i < n; i++)
		run[at[copy[i].ccc]++] = copy[i];
	free(copy);
	return true;
}

/* Canonical ordering: sort each run of marks by class.  Both sorts are stable, as the standard
 * requires. */
static bool reorder(struct mark *c, size_t n)
{
	size_t i, from;

	for (i = 0; i < n; i++) {
		if (c[i].ccc == 0)
			continue;
		for (from = i; i < n && c[i].ccc != 0; i++)
			;
		if (i - from <= LONG_RUN)
			insertion_sort(c + from, i - from);
		else if (!counting_sort(c + from, i - from))
			return false;
	}
	return true;
}

/* Canonical composition, in place: a mark joins the last starter, unless a mark between them has
 * the mark's class or a higher one. */
static size_t compose(struct mark *c, size_t n)
{
	size_t i, m = 0, starter = SIZE_MAX;
	uint32_t joined;
	int last = -1;	/* class of the last mark kept after the starter; -1: none was kept */

	for (i = 0; i < n; i++) {
		if (starter != SIZE_MAX && last < c[i].ccc && c[starter].code < MALFORMED &&
		    c[i].code < MALFORMED &&
		    (joined = bp_unicode_compose(c[starter].code, c[i].code)) != 0) {
			c[starter].code = joined;
			continue;
		}
		if (c[i].ccc == 0) {
			starter = m;
			last = -1;
		} else {
			last = c[i].ccc;
		}
		c[m++] = c[i];
	}
	return m;
}

/*
 * True if the unit at s[0..n) does not interact with the text before it: a boundary, or a character
 * that decomposes to others, the first of them a boundary (singletons as U+212B, exclusions as
 * U+0958).  Slower than is_boundary(), so it is used inside of clusters only.
 */
static bool begins_apart(const unsigned char *s, size_t n, size_t *len)
{
	uint32_t part[4];

	if (is_boundary(s, n, len))
		return true;
	if (bp_unicode_decompose(bp_utf8_decode(s, *len), part) == 1 &&
	    part[0] == bp_utf8_decode(s, *len))
		return false;
	return !(bp_unicode_class(part[0]).flags & BP_NOT_BOUNDARY);
}

/* Append the normal form of a cluster. */
static bool append_cluster(struct slice s, struct buf *out)
{
	struct mark small[SMALL_CLUSTER], *c = small;
	unsigned char u[4];
	size_t i, n;
	bool ok;

	/* Two bytes give at most three characters (U+01D5), three at most four (U+1F82). */
	if (s.n > SMALL_CLUSTER / 2 &&
	    (s.n > SIZE_MAX / 2 || (c = bp_array(2 * s.n, sizeof(*c))) == NULL))
		return false;
	n = decompose(s, c);
	ok = !bp_must_stop_at(n) && reorder(c, n);
	if (ok)
		n = compose(c, n);
	for (i = 0; i < n && ok; i++)
		ok = bp_must_stop_at(i + 1) ? false : c[i].code >= MALFORMED
			? bp_buf_byte(out, (unsigned char)(c[i].code - MALFORMED))
			: bp_buf_append(out, u, bp_utf8_encode(c[i].code, u));
	if (c != small)
		free(c);
	return ok;
}

/* The offset behind the units that a[0..n) and b[0..m) both begin with. */
static size_t common_start(const unsigned char *a, size_t n, const unsigned char *b, size_t m)
{
	size_t i, k;

	for (i = 0; i < n && i < m; i += k) {
		k = bp_utf8_unit(a + i, n - i);
		if (k > m - i || memcmp(a + i, b + i, k) != 0 || bp_utf8_unit(b + i, m - i) != k)
			break;
	}
	return i;
}

/* Narrow a change to the units that differ: equal units at its start and its end are unchanged text
 * with offsets of its own.  False if nothing differs. */
static bool narrow_change(struct slice s, struct slice normal, struct nfc_change *c)
{
	size_t same = common_start(s.p + c->from, c->to - c->from, normal.p + c->normal_from,
				   c->normal_to - c->normal_from), k, j;

	c->from += same;
	c->normal_from += same;
	while (c->from < c->to && c->normal_from < c->normal_to) {
		k = unit_before(s, c->from, c->to);
		j = unit_before(normal, c->normal_from, c->normal_to);
		if (c->to - k != c->normal_to - j ||
		    memcmp(s.p + k, normal.p + j, c->to - k) != 0)
			break;
		c->to = k;
		c->normal_to = j;
	}
	return c->from < c->to || c->normal_from < c->normal_to;
}

/* Append the normal form of the cluster s[from..to) to 'scratch', and the change to *c unless c is
 * NULL. */
static bool change_cluster(struct slice s, size_t from, size_t to, struct buf *scratch,
		   struct nfc_changes *c)
{
	size_t before = scratch->len;

	if (!append_cluster((struct slice){ s.p + from, to - from }, scratch))
		return false;
	if (c == NULL)
		return true;
	if (!BP_GROW(c->change, c->cap, c->n + 1))
		return false;
	c->change[c->n] = (struct nfc_change){ from, to, before, scratch->len };
	c->n += c->wide || narrow_change(s, bp_buf_slice(scratch), &c->change[c->n]);
	return true;
}

/* Append the normal form of a text, and set *changes; nothing if it has no suspect. */
static bool append_changed(struct slice s, struct buf *scratch, struct nfc_changes *c,
			   bool *changes)
{
	size_t done = 0, i = 0, from, to, k;

	while ((to = next_suspect(s, done)) < s.n) {
		/* The cluster begins at the suspect itself if that does not interact. */
		from = begins_apart(s.p + to, s.n - to, &k) ? to : boundary_before(s, done, to);
		if (bp_must_stop_at(++i) || !bp_buf_append(scratch, s.p + done, from - done))
			return false;
		do
			is_boundary(s.p + to, s.n - to, &k), to += k;
		while (to < s.n && !begins_apart(s.p + to, s.n - to, &k));
		if (!change_cluster(s, from, to, scratch, c))
			return false;
		done = to;
	}
	*changes = done > 0;
	return done == 0 || bp_buf_append(scratch, s.p + done, s.n - done);
}

static bool normalize_text(struct slice s, struct buf *scratch, struct slice *out,
			   struct nfc_changes *c)
{
	bool changes;

	scratch->len = 0;
	if (!append_changed(s, scratch, c, &changes))
		return false;
	*out = changes ? bp_buf_slice(scratch) : s;
	return true;
}

bool bp_is_nfc(struct slice s)
{
	return next_suspect(s, 0) == s.n;
}

bool bp_nfc_begins_apart(struct slice s)
{
	size_t k;

	return s.n == 0 || s.p[0] < 0x80 || (!bp_utf8_tail(s.p[0]) && is_boundary(s.p, s.n, &k));
}

bool bp_nfc_append(struct slice s, struct buf *out)
{
	bool changes;

	return append_changed(s, out, NULL, &changes) && (changes || bp_buf_append(out, s.p, s.n));
}

bool bp_nfc(struct slice s, struct buf *scratch, struct slice *out)
{
	return normalize_text(s, scratch, out, NULL);
}

bool bp_nfc_changes(struct slice s, struct buf *scratch, struct slice *out, struct nfc_changes *c)
{
	c->n = 0;
	return normalize_text(s, scratch, out, c);
}

/* True if a boundary certainly starts at i, whatever follows s. */
static bool certain_border(struct slice s, size_t i, bool nfc)
{
	size_t n = s.n - i, k;

	if (s.p[i] < 0x80)
		return true;
	/* No character has four tail bytes: a fourth one in a row is malformed, and a boundary. */
	if (bp_utf8_tail(s.p[i]))
		return i >= 3 && bp_utf8_tail(s.p[i - 1]) && bp_utf8_tail(s.p[i - 2]) &&
		       bp_utf8_tail(s.p[i - 3]);
	if (!nfc)
		return true;
	/* Fewer than four bytes that are no character may become one with the bytes that follow. */
	return (n >= 4 || bp_utf8_length(s.p + i, n) > 0) && is_boundary(s.p + i, n, &k);
}

size_t bp_nfc_boundary(struct slice s, size_t from, bool nfc)
{
	size_t i;

	for (i = s.n; i-- > from + 1; )
		if (certain_border(s, i, nfc))
			return i;
	return 0;
}

enum bp_rest bp_nfc_rest(struct slice rest)
{
	uint32_t part[4], code;
	size_t k;

	if (rest.n == 0)
		return BP_REST_STANDS;
	if (bp_utf8_length(rest.p, rest.n) != rest.n || !is_boundary(rest.p, rest.n, &k))
		return BP_REST_MAY_CHANGE;
	/*
	 * A mark that follows joins the letter of a composite only if its class is lower than that
	 * of a mark in the composite; then the composite is made of other parts, but stays a
	 * composite.
	 */
	code = bp_utf8_decode(rest.p, rest.n);
	if (bp_unicode_decompose(code, part) > 1 || bp_unicode_composes(code))
		return BP_REST_MAY_JOIN;
	return BP_REST_STANDS;
}
