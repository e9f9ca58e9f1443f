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

/* Longer runs of marks, which no real text has, are sorted by counting to stay linear. */
enum { LONG_RUN = 32 };

/*
 * The cluster's border and what follows it up to the next one: within it everything may interact,
 * beyond it nothing.  Almost all are short, so that the stack has room for them.
 */
enum { SMALL_CLUSTER = 128 };

/* Is the unit at s[0..n) unable to change with what stands before it?  Sets its length. */
static bool is_border(const unsigned char *s, size_t n, size_t *len)
{
	size_t k = bp_utf8_length(s, n);

	*len = k > 0 ? k : 1;
	return k == 0 || !(bp_unicode_class(bp_utf8_decode(s, k)).flags & BP_NOT_BORDER);
}

/* The first byte from i on that is not ASCII: eight at a time as long as that goes. */
static size_t skip_ascii(struct slice s, size_t i)
{
	uint64_t w;

	for (; s.n - i >= sizeof(w); i += sizeof(w)) {
		memcpy(&w, s.p + i, sizeof(w));
		if ((w & 0x8080808080808080u) != 0)
			break;
	}
	while (i < s.n && s.p[i] < 0x80)
		i++;
	return i;
}

/* The first place from i on where no well-formed border of three bytes begins, or near the end. */
static size_t skip_three_bytes(struct slice s, size_t i)
{
	uint32_t w, before;

	for (; s.n - i >= sizeof(w); i += 3) {
		w = bp_load32(s.p + i);
		before = (w & 0x0F) << 6 | (w >> 8 & 0x3F);
		if ((w & 0xC0C0F0) != 0x8080E0 || (bp_not_border_3[before] >> (w >> 16 & 0x3F) & 1) != 0)
			break;
	}
	return i;
}

/*
 * How many bytes of s[0..n), n > 0, of which the first is not ASCII, are a unit that is a border, or
 * the two malformed ones of which the first looks like the first of a character; 0 if it begins
 * with no border.
 */
static inline size_t border_bytes(const unsigned char *s, size_t n)
{
	unsigned second;
	size_t k;

	if (s[0] < 0xC0)	/* part of the character before, or malformed */
		return 1;
	if (n < 2 || s[0] >= 0xE0)
		return is_border(s, n, &k) ? k : 0;
	second = s[1] ^ 0x80u;
	if (second >= 0x40)
		return 1;
	return bp_not_border_2[s[0] & 0x1F] >> second & 1 ? 0 : 2;
}

/* Where the unit starts that ends before 'end', and not before 'from', where one starts. */
static size_t unit_before(struct slice s, size_t from, size_t end)
{
	size_t i = end;

	while (i > from && bp_utf8_tail(s.p[--i]))
		;
	/* Tails after a character's end are units of their own. */
	return i < end && i + bp_utf8_unit(s.p + i, end - i) < end ? end - 1 : i;
}

/*
 * Is the text normal up to and with the character at s[i..i + k), which is no border?  That is the
 * quick check of the standard's annex: it does not change by itself, and is in order behind the one
 * that ends before it, which is of class *ccc; else of class 0.
 */
static bool in_order(struct slice s, size_t i, size_t k, unsigned char *ccc)
{
	struct unicode_class class = bp_unicode_class(bp_utf8_decode(s.p + i, k));
	bool ok = (class.flags & BP_MAY_CHANGE) == 0 && *ccc <= class.ccc;

	*ccc = class.ccc;
	return ok;
}

/*
 * Offset of the first unit at or after 'from' with which the text may not be normal, or s.n; *before
 * is where the border before it starts.
 */
static size_t next_suspect(struct slice s, size_t from, size_t *before)
{
	size_t i = from, k, last = from, mark_end = from;
	unsigned char ccc = 0;

	while (i < s.n) {
		if (s.p[i] < 0x80) {
			i = skip_ascii(s, i);
			continue;
		}
		if (s.p[i] >= 0xE0 && (k = skip_three_bytes(s, i)) > i) {
			i = k;
			continue;
		}
		if ((k = border_bytes(s.p + i, s.n - i)) == 0) {
			k = bp_utf8_length(s.p + i, s.n - i);
			ccc = i == mark_end ? ccc : 0;
			if (!in_order(s, i, k, &ccc)) {
				for (last = i; last > from; ) {
					last = unit_before(s, from, last);
					if (is_border(s.p + last, s.n - last, &k))
						break;
				}
				break;
			}
			mark_end = i + k;
		}
		i += k;
	}
	*before = last;
	return i;
}

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

/* Canonical ordering: each run of marks by class, those of one class in their old order. */
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

/* Canonical composition, in place: a mark joins the last starter unless a mark of its class or a
 * higher one stands between them. */
static size_t compose(struct mark *c, size_t n)
{
	size_t i, m = 0, starter = SIZE_MAX;
	uint32_t joined;
	int last = -1;	/* class of what was kept since the starter; -1: nothing */

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
	ok = reorder(c, n);
	if (ok)
		n = compose(c, n);
	for (i = 0; i < n && ok; i++)
		ok = c[i].code >= MALFORMED
			? bp_buf_byte(out, (unsigned char)(c[i].code - MALFORMED))
			: bp_buf_append(out, u, bp_utf8_encode(c[i].code, u));
	if (c != small)
		free(c);
	return ok;
}

/* Bring s[from..to), a cluster, into normal form; note the change if that is asked for. */
static bool change(struct slice s, size_t from, size_t to, struct buf *scratch,
		   struct nfc_changes *c)
{
	size_t before = scratch->len;

	if (!append_cluster((struct slice){ s.p + from, to - from }, scratch))
		return false;
	if (c == NULL)
		return true;
	if (!BP_GROW(c->change, c->cap, c->n + 1))
		return false;
	c->change[c->n++] = (struct nfc_change){ from, to, before, scratch->len };
	return true;
}

static bool normalize(struct slice s, struct buf *scratch, struct slice *out, struct nfc_changes *c)
{
	size_t done = 0, from, to, k;

	*out = s;
	scratch->len = 0;
	while ((to = next_suspect(s, done, &from)) < s.n) {
		if (!bp_buf_append(scratch, s.p + done, from - done))
			return false;
		do
			is_border(s.p + to, s.n - to, &k), to += k;
		while (to < s.n && !is_border(s.p + to, s.n - to, &k));
		if (!change(s, from, to, scratch, c))
			return false;
		done = to;
	}
	if (done == 0)
		return true;
	if (!bp_buf_append(scratch, s.p + done, s.n - done))
		return false;
	*out = (struct slice){ scratch->data, scratch->len };
	return true;
}

bool bp_nfc(struct slice s, struct buf *scratch, struct slice *out)
{
	return normalize(s, scratch, out, NULL);
}

bool bp_nfc_changes(struct slice s, struct buf *scratch, struct slice *out, struct nfc_changes *c)
{
	c->n = 0;
	return normalize(s, scratch, out, c);
}

/* Is it certain, with nothing known of what follows, that a unit that is a border starts at i? */
static bool certain_border(struct slice s, size_t i, bool nfc)
{
	size_t n = s.n - i, k;

	if (s.p[i] < 0x80)
		return true;
	if (bp_utf8_tail(s.p[i]))	/* a fourth tail in a row is malformed */
		return i >= 3 && bp_utf8_tail(s.p[i - 1]) && bp_utf8_tail(s.p[i - 2]) &&
		       bp_utf8_tail(s.p[i - 3]);
	if (!nfc)
		return true;
	/* With fewer bytes than a character can have, this may be the beginning of one. */
	return (n >= 4 || bp_utf8_length(s.p + i, n) > 0) && is_border(s.p + i, n, &k);
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
	if (bp_utf8_length(rest.p, rest.n) != rest.n || !is_border(rest.p, rest.n, &k))
		return BP_REST_MAY_CHANGE;
	/* A mark that is added comes between a letter and a mark it has joined only if its class is
	 * lower; then it joins the letter itself, or does not stop the other.  So what is composed
	 * stays so, if not of the same parts. */
	code = bp_utf8_decode(rest.p, rest.n);
	if (bp_unicode_decompose(code, part) > 1 || bp_unicode_composes(code))
		return BP_REST_MAY_JOIN;
	return BP_REST_STANDS;
}
