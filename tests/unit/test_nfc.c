/* nfc.h: Normalization Form C of any bytes, at once and in parts. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support.h"
#include "text/nfc.h"
#include "text/unicode.h"
#include "text/utf8.h"

enum { MALFORMED = 0x110000, LAST_CODE = 0x10FFFF };

/* The normal form, in memory of its own. */
static void nfc(struct slice s, struct buf *out)
{
	struct buf scratch = { 0 };
	struct slice t;

	assert_true(bp_nfc(s, &scratch, &t));
	out->len = 0;
	t_append(out, t);
	bp_buf_release(&scratch);
}

#define IS_NFC(from, to) is_nfc((from), (to), __FILE__, __LINE__)
static void is_nfc(struct slice from, struct slice to, const char *file, int line)
{
	struct buf out = { 0 };

	nfc(from, &out);
	t_same(t_slice(&out), to, file, line);
	bp_buf_release(&out);
}

/* Unicode's own test: a field of hexadecimal code points, each set of them to UTF-8. */
static const char *read_field(const char *at, struct buf *out)
{
	unsigned long code;
	char *end;

	out->len = 0;
	while (*at != ';') {
		code = strtoul(at, &end, 16);
		T_OK(end != at && code <= LAST_CODE, "no field of code points: %.40s", at);
		t_append_code(out, (uint32_t)code);
		at = end + strspn(end, " ");
	}
	return at + 1;
}

/* c2 == NFC(c1) == NFC(c2) == NFC(c3), c4 == NFC(c4) == NFC(c5). */
static void check_line(const char *line, struct buf column[5])
{
	int i;

	for (i = 0; i < 5; i++)
		line = read_field(line, &column[i]);
	for (i = 0; i < 3; i++)
		IS_NFC(t_slice(&column[i]), t_slice(&column[1]));
	for (i = 3; i < 5; i++)
		IS_NFC(t_slice(&column[i]), t_slice(&column[3]));
}

/* Every code point that part 1 does not list is its own normal form. */
static void check_unlisted(const bool *listed)
{
	unsigned char u[4];
	uint32_t c;
	size_t k;

	for (c = 0; c <= LAST_CODE; c++) {
		if (listed[c] || (c >= 0xD800 && c < 0xE000))
			continue;
		k = bp_utf8_encode(c, u);
		IS_NFC(((struct slice){ u, k }), ((struct slice){ u, k }));
	}
}

static size_t check_file(FILE *f, bool *listed)
{
	struct buf column[5] = { { 0 } };
	char line[4096];
	size_t n = 0;
	int part = -1, i;

	while (fgets(line, sizeof(line), f) != NULL) {
		if (strncmp(line, "@Part", 5) == 0)
			part = atoi(line + 5);
		if (line[0] == '#' || line[0] == '@' || line[0] == '\n')
			continue;
		check_line(line, column);
		if (part == 1)
			listed[bp_utf8_decode(column[0].data, column[0].len)] = true;
		n++;
	}
	for (i = 0; i < 5; i++)
		bp_buf_release(&column[i]);
	return n;
}

static void unicodes_own_test_passes(void **state)
{
	const char *path = getenv("BP_NORMALIZATION_TEST");
	FILE *f = path != NULL ? fopen(path, "r") : NULL;
	bool *listed;
	size_t n;

	(void)state;
	if (f == NULL) {
		printf("# skipped: BP_NORMALIZATION_TEST does not name Unicode's "
		       "NormalizationTest.txt\n");
		skip();
	}
	listed = calloc(LAST_CODE + 1, sizeof(*listed));
	assert_non_null(listed);
	n = check_file(f, listed);
	fclose(f);
	T_OK(n > 18000, "%s has only %zu lines", path, n);
	check_unlisted(listed);
	free(listed);
}

/* The algorithm of the standard (D109, D117) word for word, in quadratic time. */
struct codes {
	uint32_t *code;
	size_t n, cap;
};

static void push(struct codes *c, uint32_t code)
{
	assert_true(BP_GROW(c->code, c->cap, c->n + 1));
	c->code[c->n++] = code;
}

static unsigned ccc(uint32_t code)
{
	return code >= MALFORMED ? 0 : bp_unicode_class(code).ccc;
}

static void naive_decompose(struct slice s, struct codes *c)
{
	uint32_t part[4];
	size_t i, j, k, n;

	for (i = 0; i < s.n; i += k) {
		k = bp_utf8_length(s.p + i, s.n - i);
		if (k == 0) {
			push(c, MALFORMED + (uint32_t)s.p[i]);
			k = 1;
			continue;
		}
		n = bp_unicode_decompose(bp_utf8_decode(s.p + i, k), part);
		for (j = 0; j < n; j++)
			push(c, part[j]);
	}
}

static void naive_reorder(struct codes *c)
{
	uint32_t t;
	size_t i, k;

	for (i = 1; i < c->n; i++)
		for (k = i; k > 0 && ccc(c->code[k]) != 0 &&
			    ccc(c->code[k - 1]) > ccc(c->code[k]); k--) {
			t = c->code[k];
			c->code[k] = c->code[k - 1];
			c->code[k - 1] = t;
		}
}

/* The last starter before i that nothing blocks it from, or SIZE_MAX. */
static size_t naive_starter(const struct codes *c, size_t i)
{
	size_t l = i, k;

	while (l-- > 0 && ccc(c->code[l]) != 0)
		;
	if (l == SIZE_MAX)
		return l;
	for (k = l + 1; k < i; k++)
		if (ccc(c->code[k]) == 0 || ccc(c->code[k]) >= ccc(c->code[i]))
			return SIZE_MAX;
	return l;
}

static void naive_compose(struct codes *c)
{
	uint32_t joined;
	size_t i = 1, l;

	while (i < c->n) {
		l = naive_starter(c, i);
		if (l == SIZE_MAX || c->code[l] >= MALFORMED || c->code[i] >= MALFORMED ||
		    (joined = bp_unicode_compose(c->code[l], c->code[i])) == 0) {
			i++;
			continue;
		}
		c->code[l] = joined;
		memmove(c->code + i, c->code + i + 1, (c->n - i - 1) * sizeof(*c->code));
		c->n--;
	}
}

static void naive_nfc(struct slice s, struct buf *out)
{
	struct codes c = { 0 };
	unsigned char byte;
	size_t i;

	naive_decompose(s, &c);
	naive_reorder(&c);
	naive_compose(&c);
	out->len = 0;
	for (i = 0; i < c.n; i++) {
		byte = (unsigned char)(c.code[i] - MALFORMED);
		if (c.code[i] >= MALFORMED)
			t_append(out, (struct slice){ &byte, 1 });
		else
			t_append_code(out, c.code[i]);
	}
	free(c.code);
}

/* The ranges of bp_nfc_changes() for a text, as "from-to " in the text. */
static void changes_of(struct slice s, char *text, size_t room)
{
	struct nfc_changes c = { 0 };
	struct buf scratch = { 0 };
	struct slice out;
	size_t i, done = 0, at = 0, n = 0;

	assert_true(bp_nfc_changes(s, &scratch, &out, &c));
	if (room > 0)
		text[0] = '\0';
	for (i = 0; i < c.n; i++) {
		/* Text between changes is copied. */
		assert_true(c.change[i].from >= done && c.change[i].normal_from >= at);
		T_SAME(((struct slice){ s.p + done, c.change[i].from - done }),
		       ((struct slice){ out.p + at, c.change[i].normal_from - at }));
		done = c.change[i].to;
		at = c.change[i].normal_to;
		if (room > 0)
			n += (size_t)snprintf(text + n, room - n, "%zu-%zu ", c.change[i].from,
					      c.change[i].to);
	}
	T_SAME(((struct slice){ s.p + done, s.n - done }),
	       ((struct slice){ out.p + at, out.n - at }));
	free(c.change);
	bp_buf_release(&scratch);
}

static void random_text_is_normalised_as_by_the_standards_words(void **state)
{
	struct buf text = { 0 }, want = { 0 };
	uint64_t rng = 2;
	size_t i;

	(void)state;
	for (i = 0; i < 30000; i++) {
		text.len = 0;
		t_mixed_text(&rng, 1 + t_below(&rng, i % 100 == 0 ? 300 : 24), &text);
		naive_nfc(t_slice(&text), &want);
		IS_NFC(t_slice(&text), t_slice(&want));
		changes_of(t_slice(&text), NULL, 0);
	}
	bp_buf_release(&text);
	bp_buf_release(&want);
}

/* At offsets around the blocks of the quick check; behind a mark of high class. */
static void no_character_is_passed_over(void **state)
{
	struct buf text = { 0 }, want = { 0 };
	uint32_t c, i;

	(void)state;
	for (c = 0x80; c <= LAST_CODE; c += c == 0xD7FF ? 0x801 : 1) {
		if (!(bp_unicode_class(c).flags & BP_NOT_BOUNDARY))
			continue;
		for (text.len = 0, i = 50 + c % 90; i > 0; i--)
			t_append(&text, i % 7 == 0 ? S("\xE4\xB8\xAD") : S("x"));
		t_append_code(&text, c % 2 == 0 ? 0x345 : 'e');
		t_append_code(&text, c);
		t_append(&text, c % 3 == 0 ? S("to the next block and the one behind it") : S(""));
		naive_nfc(t_slice(&text), &want);
		IS_NFC(t_slice(&text), t_slice(&want));
	}
	bp_buf_release(&text);
	bp_buf_release(&want);
}

static void what_is_normal_stays_where_it_is(void **state)
{
	static const struct slice text =
		S_INIT("plain, \xC3\xA9t\xC3\xA9, \xE4\xB8\xAD\n\0\xFF\xCC");
	struct buf scratch = { 0 };
	struct slice out = { 0 };

	(void)state;
	assert_true(bp_nfc(text, &scratch, &out));
	assert_ptr_equal(out.p, text.p);
	assert_int_equal(out.n, text.n);
	assert_true(bp_nfc((struct slice){ 0 }, &scratch, &out));
	assert_int_equal(out.n, 0);
	bp_buf_release(&scratch);
}

static void changes_leave_out_what_stands_beside_them(void **state)
{
	static const struct {
		struct slice text;
		const char *changes;
	} t[] = {
		{ S_INIT("a\xE2\x84\xAB""b"), "1-4 " },		/* singletons: U+212B */
		{ S_INIT("x\xEF\xA4\x80"), "1-4 " },			/* U+F900 */
		{ S_INIT("\xE2\x84\xAB\xE2\x84\xAA"), "0-3 3-6 " },	/* two: U+212B, U+212A */
		{ S_INIT("x\xE0\xA5\x98y"), "1-4 " },			/* exclusion: U+0958 */
		{ S_INIT("q\xCD\x80z"), "1-3 " },			/* a mark's: U+0340 */
		{ S_INIT("a\xCD\x80z"), "0-3 " },			/* joins the letter */
		{ S_INIT("e\xCC\x81 e\xCC\x81"), "0-3 4-7 " },
		{ S_INIT("xe\xCC\x81\xCC\xA3"), "1-6 " },		/* reordered */
		{ S_INIT("q\xCC\x81\xCC\xA3"), "1-5 " },		/* reordered; no composite */
		{ S_INIT("q\xCC\x81"), "" },				/* may change; does not */
	};
	char text[64];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		changes_of(t[i].text, text, sizeof(text));
		assert_string_equal(text, t[i].changes);
	}
}

static void scratch_may_be_used_again(void **state)
{
	struct buf scratch = { 0 };
	struct slice out = { 0 };

	(void)state;
	assert_true(bp_nfc(S("long: e\xCC\x81 e\xCC\x81 e\xCC\x81"), &scratch, &out));
	T_SAME(out, S("long: \xC3\xA9 \xC3\xA9 \xC3\xA9"));
	assert_true(bp_nfc(S("e\xCC\x81"), &scratch, &out));
	T_SAME(out, S("\xC3\xA9"));
	bp_buf_release(&scratch);
}

/* The Unicode Standard, 3.12: syllable = SBase + (l * VCount + v) * TCount + t. */
static void hangul_is_composed_by_arithmetic(void **state)
{
	struct buf jamo = { 0 }, want = { 0 };
	uint32_t l, v, t;

	(void)state;
	for (l = 0; l < 19; l++)
		for (v = 0; v < 21; v++)
			for (t = 0; t < 28; t++) {
				jamo.len = want.len = 0;
				t_append_code(&jamo, 0x1100 + l);
				t_append_code(&jamo, 0x1161 + v);
				if (t > 0)
					t_append_code(&jamo, 0x11A7 + t);
				t_append_code(&want, 0xAC00 + (l * 21 + v) * 28 + t);
				IS_NFC(t_slice(&jamo), t_slice(&want));
				IS_NFC(t_slice(&want), t_slice(&want));
			}
	bp_buf_release(&jamo);
	bp_buf_release(&want);
}

static void jamo_beside_the_modern_ones_are_not_composed(void **state)
{
	(void)state;
	/* U+11A7 is no final consonant; U+1113, U+1176 and U+11C3 are outside the ranges. */
	IS_NFC(S("\xEA\xB0\x80\xE1\x86\xA7"), S("\xEA\xB0\x80\xE1\x86\xA7"));
	IS_NFC(S("\xE1\x84\x93\xE1\x85\xA1"), S("\xE1\x84\x93\xE1\x85\xA1"));
	IS_NFC(S("\xE1\x84\x80\xE1\x85\xB6"), S("\xE1\x84\x80\xE1\x85\xB6"));
	IS_NFC(S("\xEA\xB0\x80\xE1\x87\x83"), S("\xEA\xB0\x80\xE1\x87\x83"));
	/* A syllable that has its final consonant takes no other. */
	IS_NFC(S("\xEA\xB0\x81\xE1\x86\xA8"), S("\xEA\xB0\x81\xE1\x86\xA8"));
	/* A mark between blocks. */
	IS_NFC(S("\xE1\x84\x80\xCC\x81\xE1\x85\xA1"), S("\xE1\x84\x80\xCC\x81\xE1\x85\xA1"));
}

static void malformed_bytes_stay_and_block_composition(void **state)
{
	(void)state;
	IS_NFC(S("e\x80\xCC\x81"), S("e\x80\xCC\x81"));
	IS_NFC(S("e\xFF\xCC\x81"), S("e\xFF\xCC\x81"));
	IS_NFC(S("e\xCC\xCC\x81"), S("e\xCC\xCC\x81"));
	IS_NFC(S("e\xED\xA0\x80\xCC\x81"), S("e\xED\xA0\x80\xCC\x81"));
	IS_NFC(S("e\xC0\x80\xCC\x81"), S("e\xC0\x80\xCC\x81"));
	/* The marks on each side are put in order, but none crosses. */
	IS_NFC(S("q\xCC\x81\xCC\xA3\xFF\xCC\x81\xCC\xA3"),
	       S("q\xCC\xA3\xCC\x81\xFF\xCC\xA3\xCC\x81"));
	IS_NFC(S("q\xCC\x81\xFF\xCC\xA3"), S("q\xCC\x81\xFF\xCC\xA3"));
	/* The truncated beginning of a mark at the end. */
	IS_NFC(S("e\xCC"), S("e\xCC"));
	IS_NFC(S("e\xCC\x81\xCC"), S("\xC3\xA9\xCC"));
	/* Four tails and a mark: the last tail is a unit by itself. */
	IS_NFC(S("\xF0\x90\x80\x80\x80\xCC\x81"), S("\xF0\x90\x80\x80\x80\xCC\x81"));
	IS_NFC(S("\xC3\xA9\x80\xCC\xA3"), S("\xC3\xA9\x80\xCC\xA3"));
}

static void random_bytes_without_characters_are_unchanged(void **state)
{
	struct buf text = { 0 };
	uint64_t rng = 3;
	size_t i, n;

	(void)state;
	for (i = 0; i < 2000; i++) {
		text.len = 0;
		for (n = t_below(&rng, 200); n > 0; n--)
			assert_true(bp_buf_byte(&text, (unsigned char)(0x80 + t_below(&rng, 64))));
		IS_NFC(t_slice(&text), t_slice(&text));
	}
	bp_buf_release(&text);
}

static void normalising_twice_is_normalising_once(void **state)
{
	struct buf text = { 0 }, once = { 0 };
	uint64_t rng = 4;
	size_t i;

	(void)state;
	for (i = 0; i < 20000; i++) {
		text.len = 0;
		t_mixed_text(&rng, t_below(&rng, 60), &text);
		nfc(t_slice(&text), &once);
		IS_NFC(t_slice(&once), t_slice(&once));
	}
	bp_buf_release(&text);
	bp_buf_release(&once);
}

static void normal_form_is_at_most_three_times_as_long(void **state)
{
	struct buf text = { 0 }, out = { 0 };
	unsigned char u[4];
	uint64_t rng = 5;
	uint32_t c;
	size_t k, most = 0;

	(void)state;
	for (c = 0; c <= LAST_CODE; c++) {
		if (c >= 0xD800 && c < 0xE000)
			continue;
		k = bp_utf8_encode(c, u);
		nfc((struct slice){ u, k }, &out);
		T_OK(out.len <= 3 * k, "U+%04X grows from %zu to %zu bytes", (unsigned)c, k,
		     out.len);
		most = BP_MAX(most, out.len / k);
	}
	assert_int_equal(most, 3);	/* U+1D160, so the bound is not idle */
	for (k = 0; k < 20000; k++) {
		text.len = 0;
		t_mixed_text(&rng, t_below(&rng, 12), &text);
		nfc(t_slice(&text), &out);
		assert_true(out.len <= 3 * text.len);
	}
	bp_buf_release(&text);
	bp_buf_release(&out);
}

/* Marks of several classes; the index within a class tells whether the order is stable. */
static const struct {
	unsigned class;
	uint32_t code;
} many_marks[] = {
	{ 230, 0x30D }, { 220, 0x316 }, { 230, 0x30E }, { 1, 0x334 }, { 240, 0x345 },
	{ 220, 0x317 }, { 202, 0x327 }, { 1, 0x335 }, { 230, 0x310 }, { 202, 0x328 },
	{ 232, 0x315 }, { 1, 0x336 }, { 216, 0x31B }, { 220, 0x318 }
};
enum { N_MARKS = sizeof(many_marks) / sizeof(many_marks[0]) };

static void sorted_marks(const unsigned char *which, size_t n, struct buf *out)
{
	unsigned class;
	size_t i;

	for (class = 1; class < 255; class++) {
		for (i = 0; i < N_MARKS && many_marks[i].class != class; i++)
			;
		if (i == N_MARKS)
			continue;
		for (i = 0; i < n; i++)
			if (many_marks[which[i]].class == class)
				t_append_code(out, many_marks[which[i]].code);
	}
}

/* A run of n marks after 'before' is put in stable order of their classes. */
static void check_run(uint64_t *rng, const char *before, size_t n)
{
	struct buf text = { 0 }, want = { 0 };
	unsigned char *which = malloc(n);
	size_t i;

	assert_non_null(which);
	t_append(&text, t_string(before));
	t_append(&want, t_slice(&text));
	for (i = 0; i < n; i++) {
		which[i] = (unsigned char)t_below(rng, N_MARKS);
		t_append_code(&text, many_marks[which[i]].code);
	}
	sorted_marks(which, n, &want);
	IS_NFC(t_slice(&text), t_slice(&want));
	free(which);
	bp_buf_release(&text);
	bp_buf_release(&want);
}

static void runs_of_marks_come_in_stable_canonical_order(void **state)
{
	uint64_t rng = 6;
	size_t n, i;

	(void)state;
	for (i = 0; i < N_MARKS; i++)
		assert_int_equal(bp_unicode_class(many_marks[i].code).ccc, many_marks[i].class);
	for (n = 1; n < 300; n++) {
		check_run(&rng, "", n);
		check_run(&rng, "\xE4\xB8\xAD", n);
		check_run(&rng, "\xFF", n);
	}
}

/* What takes square time takes hours here. */
static void a_million_marks_take_linear_time(void **state)
{
	double start = t_seconds();
	uint64_t rng = 7;

	(void)state;
	check_run(&rng, "\xE4\xB8\xAD", 1000000);
	assert_true(t_seconds() - start < T_LINEAR);
}

/* A million of one character. */
static void check_long(uint32_t code)
{
	double start = t_seconds();
	struct buf text = { 0 }, out = { 0 };
	size_t i;

	t_append(&text, S("A"));
	for (i = 0; i < 1000000; i++)
		t_append_code(&text, code);
	nfc(t_slice(&text), &out);
	assert_true(out.len > 0 && out.len <= 3 * text.len);
	T_OK(t_seconds() - start < T_LINEAR, "U+%04X takes more than linear time", (unsigned)code);
	bp_buf_release(&text);
	bp_buf_release(&out);
}

static void long_runs_of_starters_take_linear_time(void **state)
{
	static const uint32_t code[] = { 0x1161, 0x11A8, 0x1100, 0xAC00, 0x9BE, 0x1D160, 0x344,
					 0x958, 0xFF41 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(code) / sizeof(code[0]); i++)
		check_long(code[i]);
}

/* Normalise 'text' in parts, cut where bp_nfc_boundary() allows. */
static void nfc_in_parts(uint64_t *rng, struct slice text, size_t part, struct buf *out)
{
	struct buf waiting = { 0 }, scratch = { 0 };
	struct slice piece;
	size_t n, border;

	out->len = 0;
	while (text.n > 0) {
		n = 1 + t_below(rng, part);
		n = BP_MIN(n, text.n);
		t_append(&waiting, (struct slice){ text.p, n });
		text.p += n;
		text.n -= n;
		border = bp_nfc_boundary(t_slice(&waiting), 0, true);
		assert_true(border == 0 || border < waiting.len);
		assert_true(bp_nfc((struct slice){ waiting.data, border }, &scratch, &piece));
		t_append(out, piece);
		waiting.len -= border;
		memmove(waiting.data, waiting.data + border, waiting.len);
	}
	assert_true(bp_nfc(t_slice(&waiting), &scratch, &piece));
	t_append(out, piece);
	bp_buf_release(&waiting);
	bp_buf_release(&scratch);
}

static void parts_give_what_the_whole_gives(void **state)
{
	static const size_t part[] = { 1, 2, 5, 30, 1000 };
	struct buf text = { 0 }, whole = { 0 }, parts = { 0 };
	uint64_t rng = 8;
	size_t i;

	(void)state;
	for (i = 0; i < 20000; i++) {
		text.len = 0;
		t_mixed_text(&rng, t_below(&rng, 60), &text);
		nfc(t_slice(&text), &whole);
		nfc_in_parts(&rng, t_slice(&text), part[i % 5], &parts);
		T_SAME(t_slice(&parts), t_slice(&whole));
	}
	bp_buf_release(&text);
	bp_buf_release(&whole);
	bp_buf_release(&parts);
}

/* Where the units of 's' start: is_start[i] for each i up to s.n. */
static void mark_units(struct slice s, bool *is_start)
{
	size_t i;

	memset(is_start, 0, (s.n + 1) * sizeof(*is_start));
	for (i = 0; i < s.n; i += bp_utf8_unit(s.p + i, s.n - i))
		is_start[i] = true;
}

static void a_border_of_units_is_one_whatever_follows(void **state)
{
	bool is_start[400];
	struct buf text = { 0 };
	uint64_t rng = 9;
	size_t i, n, from, border;

	(void)state;
	for (i = 0; i < 5000; i++) {
		text.len = 0;
		t_mixed_text(&rng, 1 + t_below(&rng, 30), &text);
		assert_true(text.len < 400);
		mark_units(t_slice(&text), is_start);
		for (n = 0; n <= text.len; n++) {
			from = n > 0 ? t_below(&rng, n) : 0;
			border = bp_nfc_boundary((struct slice){ text.data, n }, from, false);
			assert_true(border == 0 || (border > from && border < n));
			assert_true(border == 0 || is_start[border]);
		}
	}
	bp_buf_release(&text);
}

/*
 * In complete characters the border is before the last of them that nothing can change.  (Where
 * the text ends in malformed bytes an earlier border may be found: the next test bounds that.)
 */
static void the_border_found_is_the_largest(void **state)
{
	struct buf text = { 0 };
	uint32_t c;
	uint64_t rng = 10;
	size_t i, last, last_start, from;

	(void)state;
	for (i = 0; i < 20000; i++) {
		text.len = last = last_start = 0;
		while (text.len < 1 + i % 30) {
			c = (uint32_t)(t_below(&rng, 2) == 0 ? 0x300 + t_below(&rng, 0x70) :
				       t_below(&rng, 2) == 0 ? 0x20 + t_below(&rng, 0x5F) :
				       0x1F300 + t_below(&rng, 0x100));
			last_start = text.len;
			if (!(bp_unicode_class(c).flags & BP_NOT_BOUNDARY))
				last = text.len;
			t_append_code(&text, c);
		}
		assert_int_equal(bp_nfc_boundary(t_slice(&text), 0, true), last);
		assert_int_equal(bp_nfc_boundary(t_slice(&text), 0, false), last_start);
		from = t_below(&rng, text.len);
		assert_int_equal(bp_nfc_boundary(t_slice(&text), from, true),
				 last > from ? last : 0);
	}
	bp_buf_release(&text);
}

/* Else what comes in parts would pile up: in malformed bytes a border is never far. */
static void malformed_text_has_a_border_near_its_end(void **state)
{
	struct buf text = { 0 };
	uint64_t rng = 11;
	size_t i, n;

	(void)state;
	for (i = 0; i < 5000; i++) {
		text.len = 0;
		for (n = 12 + t_below(&rng, 50); n > 0; n--)
			assert_true(bp_buf_byte(&text, (unsigned char)(t_below(&rng, 8) == 0
				? 0xF8 + t_below(&rng, 8) : 0x80 + t_below(&rng, 64))));
		assert_true(bp_nfc_boundary(t_slice(&text), 0, false) + 8 > text.len);
		assert_true(bp_nfc_boundary(t_slice(&text), 0, true) + 8 > text.len);
	}
	bp_buf_release(&text);
}

/* Tables by the bytes of UTF-8 agree with those by character. */
static void bytes_tell_where_to_look(void **state)
{
	bool is_not_border, want;
	unsigned flags;
	uint32_t c;

	(void)state;
	for (c = 0; c <= LAST_CODE; c++) {
		if (c >= 0xD800 && c < 0xE000)
			continue;
		flags = bp_unicode_class(c).flags;
		T_OK(bp_unicode_class(c).ccc == 0 || flags & BP_NOT_BOUNDARY,
		     "U+%04X is a mark and a border", (unsigned)c);
	}
	for (c = 0; c < 0x10000; c++) {
		want = (bp_unicode_class(c).flags & BP_NOT_BOUNDARY) != 0;
		is_not_border = c < 0x800 && bp_not_boundary_2[c / 64] >> c % 64 & 1;
		T_OK(is_not_border == (want && c >= 0x80 && c < 0x800), "U+%04X in two bytes",
		     (unsigned)c);
		is_not_border = bp_not_boundary_3[c / 64] >> c % 64 & 1;
		T_OK(is_not_border == (want && c >= 0x800), "U+%04X in three bytes", (unsigned)c);
	}
}

/* A composite is found from its decomposition: all parts but the last, composed, and the last. */
static void what_composes_begins_a_composite(void **state)
{
	unsigned char *begins = calloc(LAST_CODE + 1, 1);
	uint32_t c, part[4], first;
	size_t n, i;

	(void)state;
	assert_non_null(begins);
	for (c = 0; c <= LAST_CODE; c++) {
		if ((n = bp_unicode_decompose(c, part)) < 2)
			continue;
		for (first = part[0], i = 1; i + 1 < n && first != 0; i++)
			first = bp_unicode_compose(first, part[i]);
		if (first != 0 && bp_unicode_compose(first, part[n - 1]) == c)
			begins[first] = 1;
	}
	for (c = 0; c <= LAST_CODE; c++)
		T_OK(bp_unicode_composes(c) == begins[c], "U+%04X", (unsigned)c);
	free(begins);
}

static void the_rest_of_a_text_stands_or_not(void **state)
{
	(void)state;
	assert_int_equal(bp_nfc_rest(S("")), BP_REST_STANDS);
	assert_int_equal(bp_nfc_rest(S("\n")), BP_REST_STANDS);
	assert_int_equal(bp_nfc_rest(S(".")), BP_REST_STANDS);
	assert_int_equal(bp_nfc_rest(S("\xE4\xB8\xAD")), BP_REST_STANDS);	/* an ideograph */
	assert_int_equal(bp_nfc_rest(S("\xEA\xB0\x81")), BP_REST_MAY_JOIN);	/* of Hangul */
	assert_int_equal(bp_nfc_rest(S("e")), BP_REST_MAY_JOIN);
	assert_int_equal(bp_nfc_rest(S("<")), BP_REST_MAY_JOIN);
	assert_int_equal(bp_nfc_rest(S("\xC3\xA9")), BP_REST_MAY_JOIN);
	assert_int_equal(bp_nfc_rest(S("\xEA\xB0\x80")), BP_REST_MAY_JOIN);
	assert_int_equal(bp_nfc_rest(S("e\xCC\x81")), BP_REST_MAY_CHANGE);
	assert_int_equal(bp_nfc_rest(S("\xCC\x81")), BP_REST_MAY_CHANGE);	/* a mark */
	assert_int_equal(bp_nfc_rest(S("\xE1\x85\xA1")), BP_REST_MAY_CHANGE);	/* a vowel of Hangul */
	assert_int_equal(bp_nfc_rest(S("\xE4\xB8")), BP_REST_MAY_CHANGE);	/* not at its end */
	assert_int_equal(bp_nfc_rest(S("..")), BP_REST_MAY_CHANGE);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(unicodes_own_test_passes),
		cmocka_unit_test(random_text_is_normalised_as_by_the_standards_words),
		cmocka_unit_test(no_character_is_passed_over),
		cmocka_unit_test(what_is_normal_stays_where_it_is),
		cmocka_unit_test(changes_leave_out_what_stands_beside_them),
		cmocka_unit_test(scratch_may_be_used_again),
		cmocka_unit_test(hangul_is_composed_by_arithmetic),
		cmocka_unit_test(jamo_beside_the_modern_ones_are_not_composed),
		cmocka_unit_test(malformed_bytes_stay_and_block_composition),
		cmocka_unit_test(random_bytes_without_characters_are_unchanged),
		cmocka_unit_test(normalising_twice_is_normalising_once),
		cmocka_unit_test(normal_form_is_at_most_three_times_as_long),
		cmocka_unit_test(runs_of_marks_come_in_stable_canonical_order),
		cmocka_unit_test(a_million_marks_take_linear_time),
		cmocka_unit_test(long_runs_of_starters_take_linear_time),
		cmocka_unit_test(parts_give_what_the_whole_gives),
		cmocka_unit_test(a_border_of_units_is_one_whatever_follows),
		cmocka_unit_test(the_border_found_is_the_largest),
		cmocka_unit_test(malformed_text_has_a_border_near_its_end),
		cmocka_unit_test(bytes_tell_where_to_look),
		cmocka_unit_test(what_composes_begins_a_composite),
		cmocka_unit_test(the_rest_of_a_text_stands_or_not)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
