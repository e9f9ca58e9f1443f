/* bp_automaton_walk(): the states of many segments side by side, against one byte after another;
 * bp_state_numbers_walk(): their numbers. */
#include <stdlib.h>
#include <string.h>

#include "encode/automaton.h"
#include "support.h"

#define UNTOUCHED UINT32_MAX

static void random_vocab(struct vocab *v, uint64_t *rng, struct slice alphabet)
{
	unsigned char piece[20];
	size_t n = t_below(rng, 300), k, i;

	t_vocab_init(v);
	for (; n > 0; n--) {
		k = 2 + t_below(rng, sizeof(piece) - 1);
		for (i = 0; i < k; i++)
			piece[i] = alphabet.p[t_below(rng, alphabet.n)];
		t_vocab_add(v, (struct slice){ piece, k }, 1);
	}
	t_vocab_sort(v);
}

static void init(struct automaton *a, const struct vocab *v)
{
	bp_error err;

	T_OK(bp_automaton_init(a, v->piece, v->n, &err) == BP_OK, "%s", err.msg);
}

static void random_text(uint64_t *rng, struct slice alphabet, size_t n, struct buf *out)
{
	for (out->len = 0; n > 0; n--)
		assert_true(bp_buf_byte(out, alphabet.p[t_below(rng, alphabet.n)]));
}

/* The numbers of the states of a text: with packed slots, unless the automaton is said to be too
 * large. */
static void check_numbers(const struct automaton *a, const unsigned char *text,
			  const uint32_t *length, size_t n, const uint32_t *state, bool packs)
{
	size_t bytes = 0, i, single = packs ? a->n_pieces + 1 : (size_t)1 << 18;
	struct state_numbers s;
	uint64_t *reached;
	uint32_t *number, right;

	for (i = 0; i < n; i++)
		bytes += length[i];
	reached = bp_array(bytes + 1, sizeof(*reached));
	number = bp_array(bytes + 1, sizeof(*number));
	assert_non_null(reached);
	assert_non_null(number);
	number[bytes] = UNTOUCHED;
	assert_true(bp_state_numbers_init(&s, a, (uint32_t)single));
	assert_true((s.packed != NULL) == packs);
	bp_state_numbers_walk(&s, text, length, n, reached, number);
	for (i = 0; i < bytes; i++) {
		right = bp_automaton_is_single_byte(a, state[i], text[i]) ?
			(uint32_t)single + text[i] : a->longest[state[i]];
		T_OK(number[i] == right, "byte %zu: number %u is not %u", i, number[i], right);
	}
	assert_true(number[bytes] == UNTOUCHED);
	bp_state_numbers_release(&s);
	free(reached);
	free(number);
}

static void check(const struct automaton *a, const unsigned char *text, const uint32_t *length,
		  size_t n)
{
	size_t bytes = 0, at = 0, i, end;
	uint32_t *state, s;

	for (i = 0; i < n; i++)
		bytes += length[i];
	state = bp_array(bytes + 1, sizeof(*state));
	assert_non_null(state);
	for (i = 0; i <= bytes; i++)
		state[i] = UNTOUCHED;
	bp_automaton_walk(a, text, length, n, state);
	for (i = 0; i < n; i++)
		for (s = 0, end = at + length[i]; at < end; at++) {
			s = bp_automaton_next(a, s, text[at]);
			T_OK(state[at] < a->n_slots, "byte %zu of segment %zu: no state", at, i);
			T_OK(a->longest[state[at]] == a->longest[s],
			     "byte %zu of segment %zu of %zu: another piece", at, i, n);
			T_OK(state[at] == s, "byte %zu of segment %zu: another state", at, i);
		}
	assert_true(state[bytes] == UNTOUCHED);
	check_numbers(a, text, length, n, state, true);
	check_numbers(a, text, length, n, state, false);
	free(state);
}

/* Cut the text into n segments of random lengths, some empty, and walk. */
static void check_cut(const struct automaton *a, uint64_t *rng, const struct buf *text, size_t n)
{
	uint32_t *length = bp_array(n, sizeof(*length));
	size_t i, left = text->len, k;

	assert_non_null(length);
	for (i = 0; i < n; i++) {
		k = BP_MIN(left, 4 * text->len / n + 1);
		k = t_below(rng, 3) == 0 ? 0 : t_below(rng, k + 1);
		length[i] = (uint32_t)k;
		left -= k;
	}
	if (n > 0)
		length[t_below(rng, n)] += (uint32_t)left;
	check(a, text->data, length, n);
	free(length);
}

static void random_segments_give_the_states_of_a_plain_walk(void **state)
{
	static const struct slice alphabet[] = {
		S_INIT("a"), S_INIT("ab"), S_INIT("abc"), S_INIT("\0\xFF"),
		S_INIT("abcdefghijklmnopqrstuvwxyz")
	};
	struct buf text = { 0 };
	struct automaton a;
	uint64_t rng = 1;
	struct vocab v;
	size_t i, k;

	for (i = 0; i < 60; i++) {
		random_vocab(&v, &rng, alphabet[i % 5]);
		init(&a, &v);
		for (k = 0; k < 40; k++) {
			random_text(&rng, alphabet[i % 5], t_below(&rng, 400), &text);
			check_cut(&a, &rng, &text, 1 + t_below(&rng, k % 2 == 0 ? 12 : 100));
		}
		bp_automaton_release(&a);
		t_vocab_release(&v);
	}
	bp_buf_release(&text);
	(void)state;
}

static void mixed_text_gives_the_states_of_a_plain_walk(void **state)
{
	struct buf text = { 0 };
	struct automaton a;
	uint64_t rng = 2;
	struct vocab v;
	size_t i;

	t_vocab_init(&v);
	t_vocab_add_mixed(&v, &rng, 2000, 30);
	t_vocab_sort(&v);
	init(&a, &v);
	for (i = 0; i < 50; i++) {
		text.len = 0;
		t_mixed_text(&rng, 1000, &text);
		check_cut(&a, &rng, &text, 1 + t_below(&rng, 60));
	}
	bp_automaton_release(&a);
	t_vocab_release(&v);
	bp_buf_release(&text);
	(void)state;
}

/* All ways to cut 0 to 6 bytes into up to five segments, and few bytes into many segments. */
static void few_bytes_and_few_segments_are_walked(void **state)
{
	struct buf text = { 0 };
	struct automaton a;
	uint32_t length[40];
	uint64_t rng = 3;
	struct vocab v;
	size_t n, code, i, k;

	random_vocab(&v, &rng, S("ab"));
	init(&a, &v);
	for (n = 0; n <= 5; n++)
		for (code = 0; code < (size_t)1 << 2 * n; code++) {
			for (i = 0; i < n; i++)
				length[i] = (uint32_t)(code >> 2 * i & 3);
			random_text(&rng, S("ab"), 3 * n, &text);
			check(&a, text.data, length, n);
		}
	for (k = 0; k < 500; k++) {
		for (n = t_below(&rng, 41), i = 0; i < n; i++)
			length[i] = (uint32_t)(t_below(&rng, 8) == 0);
		random_text(&rng, S("ab"), 40, &text);
		check(&a, text.data, length, n);
	}
	bp_automaton_release(&a);
	t_vocab_release(&v);
	bp_buf_release(&text);
	(void)state;
}

static void one_long_segment_among_short_ones_is_walked(void **state)
{
	enum { LONG = 100000 };
	struct buf text = { 0 };
	struct automaton a;
	uint32_t length[20];
	uint64_t rng = 4;
	struct vocab v;
	size_t at, i, n;

	random_vocab(&v, &rng, S("abc"));
	init(&a, &v);
	random_text(&rng, S("abc"), LONG + 100, &text);
	for (n = 1; n <= 20; n += n < 3 ? 1 : 6)
		for (at = 0; at < n; at++) {
			for (i = 0; i < n; i++)
				length[i] = i == at ? LONG : (uint32_t)t_below(&rng, 5);
			check(&a, text.data, length, n);
		}
	bp_automaton_release(&a);
	t_vocab_release(&v);
	bp_buf_release(&text);
	(void)state;
}

/* Each length that is walked in a way of its own; in text of one letter no walk fails.  The text
 * ends where its memory does. */
static void text_of_each_length_is_walked(void **state)
{
	static const struct slice alphabet[] = { S_INIT("a"), S_INIT("ab"), S_INIT("abcdefgh") };
	unsigned char *exact;
	struct buf text = { 0 };
	struct automaton a;
	uint32_t length;
	uint64_t rng = 5;
	struct vocab v;
	size_t i;

	for (i = 0; i < 3; i++) {
		random_vocab(&v, &rng, alphabet[i]);
		init(&a, &v);
		for (length = 1; length <= 300; length++) {
			random_text(&rng, alphabet[i], length, &text);
			exact = malloc(length);
			assert_non_null(exact);
			memcpy(exact, text.data, length);
			check(&a, exact, &length, 1);
			free(exact);
		}
		bp_automaton_release(&a);
		t_vocab_release(&v);
	}
	bp_buf_release(&text);
	(void)state;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_segments_give_the_states_of_a_plain_walk),
		cmocka_unit_test(mixed_text_gives_the_states_of_a_plain_walk),
		cmocka_unit_test(few_bytes_and_few_segments_are_walked),
		cmocka_unit_test(one_long_segment_among_short_ones_is_walked),
		cmocka_unit_test(text_of_each_length_is_walked)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
