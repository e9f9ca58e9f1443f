#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "encode/encoder.h"
#include "model/model.h"
#include "model/model_file.h"
#include "text/utf8.h"

struct slice t_string(const char *s)
{
	return (struct slice){ (const unsigned char *)s, strlen(s) };
}

void t_check(bool ok, const char *file, int line, const char *fmt, ...)
{
	char reason[400];
	va_list args;

	if (ok)
		return;
	va_start(args, fmt);
	vsnprintf(reason, sizeof(reason), fmt, args);
	va_end(args);
	print_error("# %s\n", reason);
	_fail(file, line);
}

void t_same(struct slice a, struct slice b, const char *file, int line)
{
	size_t i = 0;

	while (i < a.n && i < b.n && a.p[i] == b.p[i])
		i++;
	t_check(a.n == b.n && i == a.n, file, line,
		"%zu and %zu bytes that differ from byte %zu on", a.n, b.n, i);
}

/* Steele, Lea and Flood's SplitMix64. */
uint64_t t_next(uint64_t *rng)
{
	return bp_mix(*rng += 0x9e3779b97f4a7c15u);
}

size_t t_below(uint64_t *rng, size_t n)
{
	return (size_t)(t_next(rng) % n);
}

void t_append(struct buf *b, struct slice s)
{
	assert_true(bp_buf_append(b, s.p, s.n));
}

void t_append_code(struct buf *b, uint32_t code)
{
	unsigned char u[4];
	size_t k = bp_utf8_encode(code, u);

	t_append(b, (struct slice){ u, k });
}

struct slice t_slice(const struct buf *b)
{
	return (struct slice){ b->data, b->len };
}

void t_malformed(uint64_t *rng, struct buf *out)
{
	static const struct slice bad[] = {
		S_INIT("\x80"),
		S_INIT("\xBF\xBF"),
		S_INIT("\xC0\x80"),		/* overlong */
		S_INIT("\xE0\x9F\xBF"),
		S_INIT("\xF0\x8F\xBF\xBF"),
		S_INIT("\xED\xA0\x80"),		/* surrogates */
		S_INIT("\xED\xBF\xBF"),
		S_INIT("\xF4\x90\x80\x80"),	/* above U+10FFFF */
		S_INIT("\xCC"),			/* truncated */
		S_INIT("\xE1\x84"),
		S_INIT("\xF0\x9D\x85"),
		S_INIT("\xF5"),
		S_INIT("\xFF")
	};
	size_t i = t_below(rng, sizeof(bad) / sizeof(bad[0]) + 2);
	unsigned char c = (unsigned char)(0x80 + t_below(rng, 0x80));

	t_append(out, i < sizeof(bad) / sizeof(bad[0]) ? bad[i] : (struct slice){ &c, 1 });
}

static uint32_t random_code(uint64_t *rng)
{
	uint32_t c;

	do
		c = (uint32_t)t_below(rng, 0x110000);
	while (c >= 0xD800 && c < 0xE000);
	return c;
}

static uint32_t one_of(uint64_t *rng, const uint32_t *code, size_t n)
{
	return code[t_below(rng, n)];
}
#define ONE_OF(rng, code) one_of((rng), (code), sizeof(code) / sizeof((code)[0]))

static uint32_t random_mark(uint64_t *rng)
{
	static const uint32_t mark[] = {
		0x300, 0x301, 0x302, 0x304, 0x307, 0x308, 0x316, 0x31B, 0x323, 0x327, 0x328,
		0x32E, 0x334, 0x338, 0x340, 0x342, 0x343, 0x344, 0x345, 0x5B0, 0x5BC, 0x64B,
		0x653, 0x93C, 0x94D, 0xE38, 0xF71, 0xF72, 0xF73, 0xF81, 0x1DC0, 0x20D2, 0x302A,
		0x3099, 0x309A, 0x1D165, 0x1D16D, 0x110BA, 0x1E94A
	};

	return ONE_OF(rng, mark);
}

static uint32_t random_hangul(uint64_t *rng)
{
	switch (t_below(rng, 5)) {
	case 0:
		return (uint32_t)(0x1100 + t_below(rng, 20));
	case 1:
		return (uint32_t)(0x1160 + t_below(rng, 24));
	case 2:
		return (uint32_t)(0x11A7 + t_below(rng, 30));
	case 3:
		return (uint32_t)(0xAC00 + 28 * t_below(rng, 399));
	default:
		return (uint32_t)(0xAC00 + t_below(rng, 11172));
	}
}

/* Characters that normalisation changes, and pairs of starters that it joins. */
static uint32_t random_special(uint64_t *rng)
{
	static const uint32_t special[] = {
		0xC5, 0xE9, 0x1D5, 0x390, 0x3B9, 0x958, 0x9C7, 0x9BE, 0x9D7, 0xB47, 0xB56, 0xCC6,
		0xCC2, 0xCD5, 0xDD9, 0xDCF, 0x1025, 0x102E, 0x1B05, 0x1B35, 0x1E69, 0x1E9B, 0x1F82,
		0x1FBE, 0x2126, 0x212A, 0x212B, 0x2ADC, 0x304B, 0xF900, 0xFB1D, 0xFB2C, 0x11131,
		0x11127, 0x11347, 0x1133E, 0x114B9, 0x114BA, 0x1D15E, 0x1D160, 0x1D1BC, 0x2F800
	};

	return ONE_OF(rng, special);
}

static uint32_t random_other(uint64_t *rng)
{
	static const uint32_t digit[] = { '0', '7', 0x660, 0x966, 0xFF11, 0x1D7CE, 0xB2 };
	static const uint32_t blank[] = { '\n', '\n', '\n', 0, ' ', '\r', 0x85, 0x2028, 0xFEFF };

	return t_below(rng, 2) == 0 ? ONE_OF(rng, digit) : ONE_OF(rng, blank);
}

void t_mixed_text(uint64_t *rng, size_t units, struct buf *out)
{
	for (; units > 0; units--) {
		switch (t_below(rng, 12)) {
		case 0:
		case 1:
		case 2:
			t_append_code(out, (uint32_t)(0x20 + t_below(rng, 0x5F)));
			break;
		case 3:
		case 4:
		case 5:
			t_append_code(out, random_mark(rng));
			break;
		case 6:
			t_append_code(out, random_hangul(rng));
			break;
		case 7:
		case 8:
			t_append_code(out, random_special(rng));
			break;
		case 9:
			t_append_code(out, random_other(rng));
			break;
		case 10:
			t_append_code(out, random_code(rng));
			break;
		default:
			t_malformed(rng, out);
		}
	}
}

void t_letters(uint64_t *rng, struct slice alphabet, size_t n, struct buf *out)
{
	for (; n > 0; n--)
		assert_true(bp_buf_byte(out, alphabet.p[t_below(rng, alphabet.n)]));
}

void t_periodic(struct slice unit, size_t n, struct buf *out)
{
	size_t i;

	for (i = 0; i < n; i++)
		assert_true(bp_buf_byte(out, unit.p[i % unit.n]));
}

/* Each word is the one before with the one before that behind it. */
void t_fibonacci(size_t n, struct buf *out)
{
	size_t start = out->len, last = 1, length = 2, i, next;

	t_append(out, S("ab"));
	while (length < n) {
		next = BP_MIN(last, n - length);
		for (i = 0; i < next; i++)
			assert_true(bp_buf_byte(out, out->data[start + i]));
		last = length;
		length += next;
	}
	out->len = start + n;
}

void t_vocab_init(struct vocab *v)
{
	unsigned char c = 0;

	*v = (struct vocab){ 0 };
	do
		t_vocab_add(v, (struct slice){ &c, 1 }, 1);
	while (c++ < 255);
}

void t_vocab_add(struct vocab *v, struct slice s, uint64_t count)
{
	unsigned char *copy = malloc(s.n);

	assert_true(s.n > 0);
	assert_non_null(copy);
	assert_true(BP_GROW(v->piece, v->cap, v->n + 1));
	assert_true(BP_GROW(v->count, v->cap_count, v->n + 1));
	memcpy(copy, s.p, s.n);
	v->piece[v->n] = (struct slice){ copy, s.n };
	v->count[v->n++] = count;
}

struct row {
	struct slice piece;
	uint64_t count;
	size_t old;
};

static int by_length_and_bytes(struct slice a, struct slice b)
{
	return a.n != b.n ? (a.n < b.n ? -1 : 1) : memcmp(a.p, b.p, a.n);
}

static int compare_rows(const void *a, const void *b)
{
	const struct row *x = a, *y = b;
	int d = by_length_and_bytes(x->piece, y->piece);

	return d != 0 ? d : (x->old > y->old) - (x->old < y->old);
}

static void free_piece(struct slice s)
{
	unsigned char *p;

	/* Borrowed to all but us: take the const off without a cast. */
	memcpy(&p, &s.p, sizeof(p));
	free(p);
}

void t_vocab_sort(struct vocab *v)
{
	struct row *row = bp_array(v->n, sizeof(*row));
	size_t i, n = 0;

	assert_non_null(row);
	for (i = 0; i < v->n; i++)
		row[i] = (struct row){ v->piece[i], v->count[i], i };
	qsort(row, v->n, sizeof(*row), compare_rows);
	for (i = 0; i < v->n; i++) {
		if (n > 0 && by_length_and_bytes(v->piece[n - 1], row[i].piece) == 0) {
			free_piece(row[i].piece);
			continue;
		}
		v->piece[n] = row[i].piece;
		v->count[n++] = row[i].count;
	}
	v->n = n;
	free(row);
}

void t_vocab_shuffle(struct vocab *v, uint64_t *rng)
{
	struct slice s;
	uint64_t c;
	size_t i, k;

	for (i = v->n; i > 1; i--) {
		k = t_below(rng, i);
		s = v->piece[i - 1];
		c = v->count[i - 1];
		v->piece[i - 1] = v->piece[k];
		v->count[i - 1] = v->count[k];
		v->piece[k] = s;
		v->count[k] = c;
	}
}

size_t t_vocab_find(const struct vocab *v, struct slice s)
{
	size_t lo = 0, hi = v->n, mid;
	int d;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		d = by_length_and_bytes(v->piece[mid], s);
		if (d == 0)
			return mid;
		if (d < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return SIZE_MAX;
}

void t_vocab_release(struct vocab *v)
{
	size_t i;

	for (i = 0; i < v->n; i++)
		free_piece(v->piece[i]);
	free(v->piece);
	free(v->count);
	*v = (struct vocab){ 0 };
}

void t_vocab_add_mixed(struct vocab *v, uint64_t *rng, size_t n, size_t max)
{
	struct buf text = { 0 };
	size_t at, k;

	t_mixed_text(rng, 4 * max + 8, &text);
	for (; n > 0; n--) {
		if (t_below(rng, 8) == 0) {
			text.len = 0;
			t_mixed_text(rng, 4 * max + 8, &text);
		}
		k = 1 + t_below(rng, max);
		at = t_below(rng, text.len - k);
		t_vocab_add(v, (struct slice){ text.data + at, k }, 1 + t_below(rng, 1000));
	}
	bp_buf_release(&text);
}

void t_vocab_add_parts(struct vocab *v, uint64_t *rng, struct slice text, size_t n, size_t max)
{
	size_t k;

	for (; n > 0; n--) {
		k = 1 + t_below(rng, BP_MIN(max, text.n));
		t_vocab_add(v, (struct slice){ text.p + t_below(rng, text.n - k + 1), k }, 1);
	}
}

static uint64_t random_count(uint64_t *rng, enum t_counts how, uint64_t share)
{
	switch (how) {
	case T_POWERS:
		return (uint64_t)1 << t_below(rng, 40);
	case T_NEAR:
		return 1000000 + t_below(rng, 50);
	case T_RANDOM:
		return 1 + t_below(rng, 1000000);
	case T_FULL:
	case T_LOW_BYTES:
		return 1 + t_next(rng) % share;
	default:
		return 1;
	}
}

void t_vocab_count(struct vocab *v, uint64_t *rng, enum t_counts how)
{
	uint64_t sum = 0, share;
	size_t i;

	t_vocab_sort(v);
	share = INT64_MAX / v->n;
	for (i = 0; i < v->n; i++) {
		v->count[i] = random_count(rng, how, share);
		if (how == T_LOW_BYTES && v->piece[i].n == 1)
			v->count[i] = 1;
		sum += v->count[i];
	}
	if (how == T_ONE_HUGE)
		v->count[t_below(rng, v->n)] = (uint64_t)1 << 62;
	if (how == T_FULL || how == T_LOW_BYTES)	/* to the longest one, if there is one */
		v->count[v->n - 1] += INT64_MAX - sum;
}

void t_vocab_json(struct vocab *v, bp_normalize normalize, struct buf *out)
{
	struct model m = { 0 };

	t_vocab_sort(v);
	assert_int_equal(bp_model_init(&m, v->piece, v->count, v->n, normalize, NULL), BP_OK);
	assert_int_equal(bp_model_to_json(&m, out, NULL), BP_OK);
	bp_model_release(&m);
}

bp_model *t_vocab_model(struct vocab *v, bp_normalize normalize)
{
	struct buf json = { 0 };
	bp_error err = { 0 };
	bp_model *m;

	t_vocab_json(v, normalize, &json);
	m = bp_load_memory(json.data, json.len, "toy", &err);
	T_OK(m != NULL, "%s", err.msg);
	bp_buf_release(&json);
	return m;
}

bp_model *t_with_newlines(bp_model *m, uint64_t number)
{
	m->model.newlines = m->vocabulary.newlines = (bp_newlines)(number % BP_NEWLINES_DEFAULT);
	return m;
}

bp_status t_model_init(struct model *m, const struct slice *piece, const uint64_t *count, size_t n,
		       bp_normalize normalize, bp_error *err)
{
	struct row *row = bp_array(n, sizeof(*row));
	struct slice *sorted = bp_array(n, sizeof(*sorted));
	uint64_t *counts = bp_array(n, sizeof(*counts));
	size_t i, k = 0, n_pieces;
	bp_status st;

	assert_non_null(row);
	assert_non_null(sorted);
	assert_non_null(counts);
	for (i = 0; i < n; i++)
		if (count[i] > 0)
			row[k++] = (struct row){ piece[i], count[i], i };
	n_pieces = k;
	for (i = 0; i < n; i++)
		if (count[i] == 0)
			row[k++] = (struct row){ piece[i], 0, i };
	qsort(row, n_pieces, sizeof(*row), compare_rows);
	for (i = 0; i < n; i++) {
		sorted[i] = row[i].piece;
		counts[i] = row[i].count;
	}
	st = bp_model_init(m, sorted, counts, n, normalize, err);
	free(row);
	free(sorted);
	free(counts);
	return st;
}

bp_model *t_vocab_prepare(const struct vocab *v, bp_normalize normalize)
{
	bp_model *m = calloc(1, sizeof(*m));
	bp_error err = { 0 };

	assert_non_null(m);
	T_OK(t_model_init(&m->model, v->piece, v->count, v->n, normalize, &err) == BP_OK &&
	     bp_model_prepare(m, "toy", &err) == BP_OK, "%s", err.msg);
	return m;
}

void t_file_make(struct t_file *f, struct slice content)
{
	const char *folder = getenv("TMPDIR");
	FILE *out = NULL;
	int i, n;

	if (folder == NULL || folder[0] == '\0')
		folder = "/tmp";
	for (i = 0; i < 10000 && out == NULL; i++) {
		n = snprintf(f->path, sizeof(f->path), "%s/bytepiece-test-%d", folder, i);
		assert_in_range(n, 1, sizeof(f->path) - 1);
		out = fopen(f->path, "wbx");
	}
	T_OK(out != NULL, "no file can be made in %s", folder);
	if (content.n > 0)
		assert_int_equal(fwrite(content.p, 1, content.n, out), content.n);
	assert_int_equal(fclose(out), 0);
}

void t_file_remove(struct t_file *f)
{
	assert_int_equal(remove(f->path), 0);
}

double t_seconds(void)
{
	return (double)clock() / CLOCKS_PER_SEC;
}

size_t t_segment_length(struct slice s)
{
	const unsigned char *newline = memchr(s.p, '\n', s.n);
	size_t n = newline != NULL ? (size_t)(newline - s.p) : s.n;

	while (n < s.n && s.p[n] == '\n')
		n++;
	return n;
}

void t_list_add(struct t_list *l, const uint32_t *piece, size_t n)
{
	assert_true(BP_GROW(l->piece, l->cap, l->n + n + 1));
	while (n-- > 0)
		l->piece[l->n++] = *piece++;
}

bool t_list_add_text(void *list, const uint32_t *piece, size_t n, bool ended)
{
	struct t_list *l = list;

	t_list_add(l, piece, n);
	l->piece[l->n++] = ended ? T_AT_MARK : T_AT_END;
	return true;
}

void t_list_same(const struct t_list *got, const struct t_list *want, const char *way)
{
	size_t i;

	for (i = 0; i < got->n && i < want->n; i++)
		T_OK(got->piece[i] == want->piece[i], "%s: piece %zu of %zu is %d, not %d", way, i,
		     want->n, (int)got->piece[i], (int)want->piece[i]);
	T_OK(got->n == want->n, "%s: %zu pieces, not %zu", way, got->n, want->n);
}
