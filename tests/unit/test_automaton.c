/* automaton.h: all pieces that end at each byte, longest first, against search one by one. */
#include <stdlib.h>
#include <string.h>

#include "encode/automaton.h"
#include "support.h"

/* A sorted vocabulary, and the lengths that occur in it. */
struct naive {
	struct vocab v;
	size_t *length, n_lengths, cap;
};

static void naive_init(struct naive *o, const struct vocab *v)
{
	size_t i;

	*o = (struct naive){ 0 };
	for (i = 0; i < v->n; i++)
		t_vocab_add(&o->v, v->piece[i], i);	/* for a count the number in 'v' */
	t_vocab_sort(&o->v);
	assert_int_equal(o->v.n, v->n);
	for (i = 0; i < o->v.n; i++)
		if (i == 0 || o->v.piece[i].n != o->v.piece[i - 1].n) {
			assert_true(BP_GROW(o->length, o->cap, o->n_lengths + 1));
			o->length[o->n_lengths++] = o->v.piece[i].n;
		}
}

static void naive_release(struct naive *o)
{
	t_vocab_release(&o->v);
	free(o->length);
}

/* The piece with the bytes of s, as an index in the vocabulary of the automaton. */
static uint32_t naive_find(const struct naive *o, struct slice s)
{
	size_t found = t_vocab_find(&o->v, s);

	return found == SIZE_MAX ? BP_NO_PIECE : (uint32_t)o->v.count[found];
}

/* At each byte of the text the automaton gives exactly the pieces that end there. */
static void check_text(const struct automaton *a, const struct naive *o, struct slice text)
{
	uint32_t state = 0, p, want;
	size_t i, k;

	for (i = 1; i <= text.n; i++) {
		state = bp_automaton_next(a, state, text.p[i - 1]);
		assert_true(state < a->n_slots);
		p = a->longest[state];
		for (k = o->n_lengths; k-- > 0; ) {
			if (o->length[k] > i)
				continue;
			want = naive_find(o, (struct slice){ text.p + i - o->length[k],
							     o->length[k] });
			if (want == BP_NO_PIECE)
				continue;
			T_OK(p == want, "at byte %zu piece %u comes where piece %u of %zu bytes "
			     "has to", i, (unsigned)p, (unsigned)want, o->length[k]);
			p = a->shorter[p];
		}
		T_OK(p == BP_NO_PIECE, "at byte %zu piece %u comes that does not end there", i,
		     (unsigned)p);
	}
}

static void check_find(const struct automaton *a, const struct naive *o, const struct vocab *v,
		       uint64_t *rng)
{
	struct buf s = { 0 };
	size_t i, tries;

	for (i = 0; i < v->n; i++)
		T_OK(bp_automaton_find(a, v->piece[i], v->piece) == i, "piece %zu is not found", i);
	assert_true(bp_automaton_find(a, (struct slice){ 0 }, v->piece) == BP_NO_PIECE);
	for (tries = 0; tries < 2000; tries++) {
		s.len = 0;
		i = t_below(rng, v->n);
		t_append(&s, v->piece[i]);
		if (t_below(rng, 2) == 0)	/* longer, or shorter, or with another byte */
			t_append(&s, v->piece[t_below(rng, v->n)]);
		else if (s.len > 1 && t_below(rng, 2) == 0)
			s.len = 1 + t_below(rng, s.len);
		else
			s.data[t_below(rng, s.len)] = (unsigned char)t_next(rng);
		assert_true(bp_automaton_find(a, t_slice(&s), v->piece) ==
			    naive_find(o, t_slice(&s)));
	}
	bp_buf_release(&s);
}

/* Pieces, parts of them and random bytes out of 'alphabet', one after another. */
static void make_text(uint64_t *rng, const struct vocab *v, struct slice alphabet, size_t n,
		      struct buf *out)
{
	struct slice s;
	unsigned char c;

	for (out->len = 0; out->len < n; ) {
		s = v->piece[t_below(rng, v->n)];
		c = alphabet.p[t_below(rng, alphabet.n)];
		switch (t_below(rng, 4)) {
		case 0:
			t_append(out, s);
			break;
		case 1:
			t_append(out, (struct slice){ s.p, 1 + t_below(rng, s.n) });
			break;
		case 2:
			c = (unsigned char)t_next(rng);
			t_append(out, (struct slice){ &c, 1 });
			break;
		default:
			t_append(out, (struct slice){ &c, 1 });
		}
	}
}

/* Segments of random lengths, many of them empty, one behind the other: as if each came alone. */
static void check_walk(const struct automaton *a, struct slice text, uint64_t *rng)
{
	static const size_t longest[] = { 1, 2, 9, 300, SIZE_MAX };
	uint32_t *length = bp_array(2 * text.n + 2, sizeof(*length)), at;
	uint32_t *state = bp_array(text.n, sizeof(*state));
	size_t most = longest[t_below(rng, 5)], n = 0, i, k, from;

	assert_true(length != NULL && state != NULL);
	for (i = 0; i < text.n && n < 2 * text.n; i += length[n++]) {
		k = most == SIZE_MAX ? text.n : t_below(rng, most + 1);
		length[n] = (uint32_t)BP_MIN(k, text.n - i);
	}
	length[n++] = 0;
	bp_automaton_walk(a, text.p, length, n, state);
	for (i = from = 0; i < n; from += length[i++])
		for (k = at = 0; k < length[i]; k++) {
			at = bp_automaton_next(a, at, text.p[from + k]);
			T_OK(state[from + k] == at, "byte %zu of segment %zu of %zu leads to %u, "
			     "not %u", k, i, n, (unsigned)state[from + k], (unsigned)at);
		}
	free(length);
	free(state);
}

/* States without children go on as another one does, and plain slots have that one instead. */
static void check_plain_slots(const struct automaton *a)
{
	uint64_t *slot = bp_automaton_stored_slots(a), other;
	size_t i, leaves = 0, c;

	assert_non_null(slot);
	for (i = 0; i < a->n_slots; i++) {
		if ((a->slot[i] & BP_SLOT_LEAF) == 0) {
			assert_true(slot[i] == a->slot[i]);
			continue;
		}
		leaves++;
		other = a->slot[slot[i] >> BP_SLOT_FAIL];
		assert_true(slot[i] >> (BP_SLOT_BASE - 1) == 0 && (other & BP_SLOT_LEAF) == 0);
		assert_true(((a->slot[i] ^ other) & ~(BP_SLOT_LEAF | BP_SLOT_LABEL_MASK)) == 0);
		assert_true((slot[i] & BP_SLOT_LABEL_MASK) == (a->slot[i] & BP_SLOT_LABEL_MASK));
		for (c = 0; c < 256; c++)
			assert_int_equal(bp_automaton_child(a, (uint32_t)i, (unsigned char)c), 0);
	}
	assert_true(leaves > 0);
	bp_automaton_link_leaves(slot, a->n_slots);
	assert_memory_equal(slot, a->slot, a->n_slots * sizeof(*slot));
	free(slot);
}

static void check_vocab(const struct vocab *v, struct slice alphabet, size_t n_text, uint64_t *rng)
{
	struct automaton a = { 0 };
	struct naive o;
	struct buf text = { 0 };
	bp_error err;
	size_t i;

	naive_init(&o, v);
	T_OK(bp_automaton_init(&a, v->piece, v->n, &err) == BP_OK, "%s", err.msg);
	assert_int_equal(a.n_pieces, v->n);
	make_text(rng, v, alphabet, n_text, &text);
	check_text(&a, &o, t_slice(&text));
	for (i = 0; i < 5; i++) {
		check_walk(&a, t_slice(&text), rng);
		check_walk(&a, (struct slice){ text.data, t_below(rng, 20) }, rng);
	}
	check_find(&a, &o, v, rng);
	check_plain_slots(&a);
	bp_automaton_release(&a);
	naive_release(&o);
	bp_buf_release(&text);
}

/* n random pieces of up to 'max' bytes. */
static void add_random(struct vocab *v, uint64_t *rng, struct slice alphabet, size_t n, size_t max)
{
	unsigned char piece[256];
	size_t k, i;

	assert_true(max <= sizeof(piece));
	for (; n > 0; n--) {
		k = 1 + t_below(rng, max);
		for (i = 0; i < k; i++)
			piece[i] = alphabet.p[t_below(rng, alphabet.n)];
		t_vocab_add(v, (struct slice){ piece, k }, 1);
	}
}

/* All suffixes of one random string, and of each a few parts. */
static void add_nested(struct vocab *v, uint64_t *rng, struct slice alphabet, size_t length)
{
	unsigned char s[256];
	size_t i;

	assert_true(length <= sizeof(s));
	for (i = 0; i < length; i++)
		s[i] = alphabet.p[t_below(rng, alphabet.n)];
	for (i = 0; i < length; i++) {
		t_vocab_add(v, (struct slice){ s + i, length - i }, 1);
		t_vocab_add(v, (struct slice){ s + i, 1 + t_below(rng, length - i) }, 1);
	}
}

static const struct slice alphabets[] = {
	S_INIT("a"), S_INIT("ab"), S_INIT("\0\xFF"), S_INIT("\0\x01\xFE\xFF"), S_INIT("abc"),
	S_INIT("\x80\xBF\xC3\xE4")
};
enum { N_ALPHABETS = sizeof(alphabets) / sizeof(alphabets[0]) };

static void random_pieces_are_all_found_where_they_end(void **state)
{
	struct vocab v;
	struct slice alphabet;
	uint64_t rng = 1;
	size_t i;

	(void)state;
	for (i = 0; i < 300; i++) {
		alphabet = alphabets[i % N_ALPHABETS];
		t_vocab_init(&v);
		add_random(&v, &rng, alphabet, t_below(&rng, 200), 1 + t_below(&rng, 12));
		t_vocab_sort(&v);
		if (i % 2 == 0)
			t_vocab_shuffle(&v, &rng);
		check_vocab(&v, alphabet, 600, &rng);
		t_vocab_release(&v);
	}
}

static void nested_suffixes_are_all_found_where_they_end(void **state)
{
	struct vocab v;
	struct slice alphabet;
	uint64_t rng = 2;
	size_t i, k;

	(void)state;
	for (i = 0; i < 60; i++) {
		alphabet = alphabets[i % N_ALPHABETS];
		t_vocab_init(&v);
		for (k = 0; k < 4; k++)
			add_nested(&v, &rng, alphabet, 1 + t_below(&rng, i % 3 == 0 ? 255 : 20));
		t_vocab_sort(&v);
		t_vocab_shuffle(&v, &rng);
		check_vocab(&v, alphabet, 1500, &rng);
		t_vocab_release(&v);
	}
}

static void long_pieces_are_found_where_they_end(void **state)
{
	struct vocab v;
	uint64_t rng = 3;
	size_t i;

	(void)state;
	for (i = 0; i < N_ALPHABETS; i++) {
		t_vocab_init(&v);
		add_random(&v, &rng, alphabets[i], 300, 255);
		t_vocab_sort(&v);
		t_vocab_shuffle(&v, &rng);
		check_vocab(&v, alphabets[i], 20000, &rng);
		t_vocab_release(&v);
	}
}

static void single_bytes_alone_are_a_vocabulary(void **state)
{
	struct vocab v;
	uint64_t rng = 4;

	(void)state;
	t_vocab_init(&v);
	check_vocab(&v, S("ab"), 1000, &rng);
	t_vocab_shuffle(&v, &rng);
	check_vocab(&v, S("ab"), 1000, &rng);
	t_vocab_release(&v);
}

/* Every pair of bytes: states with 256 children, and no room beside them. */
static void all_pairs_of_bytes_are_found(void **state)
{
	struct vocab v;
	unsigned char pair[2];
	uint64_t rng = 5;
	size_t i;

	(void)state;
	t_vocab_init(&v);
	for (i = 0; i < 65536; i++) {
		pair[0] = (unsigned char)(i >> 8);
		pair[1] = (unsigned char)i;
		t_vocab_add(&v, (struct slice){ pair, 2 }, 1);
	}
	check_vocab(&v, S("ab"), 100000, &rng);
	t_vocab_release(&v);
}

static void a_hundred_thousand_pieces_are_found_where_they_end(void **state)
{
	struct buf all = { 0 };
	struct vocab v;
	uint64_t rng = 6;
	unsigned c;

	(void)state;
	for (c = 0; c < 256; c++)
		assert_true(bp_buf_byte(&all, (unsigned char)c));
	t_vocab_init(&v);
	add_random(&v, &rng, S("etaoin shrdlu"), 80000, 9);
	add_random(&v, &rng, t_slice(&all), 40000, 6);
	add_random(&v, &rng, S("\xE4\xB8\xAD\xBF\x80"), 30000, 12);
	t_vocab_sort(&v);
	assert_true(v.n > 100000);
	t_vocab_shuffle(&v, &rng);
	check_vocab(&v, S("etaoin \xE4\xB8\xAD"), 100000, &rng);
	t_vocab_release(&v);
	bp_buf_release(&all);
}

static void the_longest_piece_of_all_is_found(void **state)
{
	enum { LONG = 65535 };
	unsigned char *s = malloc(LONG + 1);
	struct slice piece[258];
	struct automaton a = { 0 };
	struct vocab v;
	uint32_t at = 0;
	size_t i;

	(void)state;
	assert_non_null(s);
	memset(s, 'a', LONG + 1);
	t_vocab_init(&v);
	memcpy(piece, v.piece, 256 * sizeof(piece[0]));
	piece[256] = (struct slice){ s, LONG };
	piece[257] = (struct slice){ s, 300 };
	assert_int_equal(bp_automaton_init(&a, piece, 258, NULL), BP_OK);
	for (i = 1; i <= 2 * LONG; i++) {
		at = bp_automaton_next(&a, at, 'a');
		T_OK(a.longest[at] == (i < 300 ? 'a' : i < LONG ? 257u : 256u), "at %zu", i);
	}
	assert_int_equal(a.shorter[256], 257);
	assert_int_equal(a.shorter[257], 'a');
	assert_true(bp_automaton_find(&a, (struct slice){ s, LONG }, piece) == 256);
	assert_true(bp_automaton_find(&a, (struct slice){ s, LONG - 1 }, piece) == BP_NO_PIECE);
	assert_true(bp_automaton_find(&a, (struct slice){ s, LONG + 1 }, piece) == BP_NO_PIECE);
	at = bp_automaton_next(&a, at, 'b');
	assert_int_equal(a.longest[at], 'b');
	bp_automaton_release(&a);
	t_vocab_release(&v);
	free(s);
}

/* Sorting compares eight bytes first, padded with zeros. */
static void pieces_alike_in_eight_bytes_are_told_apart(void **state)
{
	static const struct slice like[] = {
		S_INIT("a\0"), S_INIT("a\0\0\0\0\0\0"), S_INIT("a\0\0\0\0\0\0\0"),
		S_INIT("a\0\0\0\0\0\0\0\0"), S_INIT("a\0\0\0\0\0\0\0\0b"), S_INIT("\0\0"),
		S_INIT("a\0\0\0\0\0\0\0c"), S_INIT("a\0\0\0\0\0\0\1"), S_INIT("\0\0\0\0\0\0\0\0\0")
	};
	struct vocab v;
	uint64_t rng = 7;
	size_t i, k;

	(void)state;
	for (i = 0; i < 20; i++) {
		t_vocab_init(&v);
		for (k = 0; k < sizeof(like) / sizeof(like[0]); k++)
			t_vocab_add(&v, like[k], 1);
		t_vocab_shuffle(&v, &rng);
		check_vocab(&v, S("a\0\0\0\0bc\1"), 3000, &rng);
		t_vocab_release(&v);
	}
}

static void equal_pieces_are_refused(void **state)
{
	static const struct slice twice[] = { S_INIT("a"), S_INIT("\0"), S_INIT("ab"),
					      S_INIT("abcdefgh"), S_INIT("abcdefghijk") };
	struct automaton a = { 0 };
	struct vocab v;
	bp_error err;
	uint64_t rng = 8;
	size_t i, k;

	(void)state;
	for (i = 0; i < sizeof(twice) / sizeof(twice[0]); i++) {
		t_vocab_init(&v);
		for (k = 0; k < sizeof(twice) / sizeof(twice[0]); k++)
			if (twice[k].n > 1)
				t_vocab_add(&v, twice[k], 1);
		t_vocab_add(&v, twice[i], 1);
		for (k = 0; k < 3; k++) {
			assert_int_equal(bp_automaton_init(&a, v.piece, v.n, &err), BP_EFORMAT);
			assert_null(a.slot);
			t_vocab_shuffle(&v, &rng);
		}
		t_vocab_release(&v);
	}
}

static void release_leaves_an_empty_automaton(void **state)
{
	struct automaton a = { 0 };
	struct vocab v;

	(void)state;
	bp_automaton_release(&a);
	t_vocab_init(&v);
	assert_int_equal(bp_automaton_init(&a, v.piece, v.n, NULL), BP_OK);
	bp_automaton_release(&a);
	assert_null(a.slot);
	assert_null(a.longest);
	assert_null(a.shorter);
	bp_automaton_release(&a);
	t_vocab_release(&v);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_pieces_are_all_found_where_they_end),
		cmocka_unit_test(nested_suffixes_are_all_found_where_they_end),
		cmocka_unit_test(long_pieces_are_found_where_they_end),
		cmocka_unit_test(single_bytes_alone_are_a_vocabulary),
		cmocka_unit_test(all_pairs_of_bytes_are_found),
		cmocka_unit_test(a_hundred_thousand_pieces_are_found_where_they_end),
		cmocka_unit_test(the_longest_piece_of_all_is_found),
		cmocka_unit_test(pieces_alike_in_eight_bytes_are_told_apart),
		cmocka_unit_test(equal_pieces_are_refused),
		cmocka_unit_test(release_leaves_an_empty_automaton)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
