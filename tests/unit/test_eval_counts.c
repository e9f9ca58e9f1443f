/* eval_counts.h: texts counted in parts, against each text counted as a whole. */
#include <string.h>

#include "api/eval_counts.h"
#include "support.h"

enum { PIECES = 5, TEXTS = 3000, PER_PART = 7 };

static struct slice piece[PIECES] = {
	S_INIT("a"), S_INIT("bb"), S_INIT("ccc"), S_INIT("\xC3\xA9"),
	S_INIT("0123456789012345678901")
};
static const struct model model = { .piece = piece, .n_pieces = PIECES };

/* Tokens of texts go to one of two tallies, in parts that end anywhere; 'want' has them whole. */
static void count(struct eval_counts t[3], bp_eval_report *want, bp_eval_spread *spread)
{
	struct text_sum now = { 0 }, whole;
	struct text_sums sums = { 0 };
	uint32_t token;
	uint64_t rng = 9;
	size_t i, k, n;
	int of = 0;

	for (i = 0; i < TEXTS; i++) {
		whole = (struct text_sum){ 0 };
		for (n = t_below(&rng, 6), k = 0; k < n; k++) {
			token = (uint32_t)t_below(&rng, PIECES);
			bp_eval_counts_tokens(&t[of], &token, 1, &sums);
			want->tokens++;
			want->bytes += piece[token].n;
			spread->count[token + BP_FIRST_PIECE]++;
			whole.tokens++;
			whole.bytes += piece[token].n;
			if (t_below(&rng, PER_PART) == 0) {
				bp_eval_add_chunk(&t[2], &sums, &now);
				sums = (struct text_sums){ 0 };
				of = !of;
			}
		}
		bp_eval_counts_text(&t[of], &sums);
		if (n > 0)
			spread->texts[BP_MIN(4 * whole.bytes / whole.tokens, BP_RATIOS - 1)]++;
	}
	bp_eval_add_chunk(&t[2], &sums, &now);
}

static void parts_add_up_to_the_whole(void **state)
{
	uint64_t counts[PIECES + BP_FIRST_PIECE] = { 0 }, got_counts[PIECES + BP_FIRST_PIECE];
	bp_eval_report want = { 0 }, got;
	bp_eval_spread spread = { .count = counts }, got_spread = { .count = got_counts };
	struct eval_counts t[3];
	int i;

	(void)state;
	for (i = 0; i < 3; i++)
		assert_true(bp_eval_counts_init(&t[i], &model, &got_spread));
	count(t, &want, &spread);
	bp_eval_counts_report(t, 3, &got, 0, &got_spread);
	assert_int_equal(got.texts, TEXTS);
	assert_int_equal(got.tokens, want.tokens);
	assert_int_equal(got.bytes, want.bytes);
	assert_int_equal(got.byte_tokens, counts[BP_FIRST_PIECE]);
	assert_int_equal(got.characters, want.bytes - counts[BP_FIRST_PIECE + 3]);
	assert_int_equal(got.vocab_used, PIECES);
	assert_memory_equal(got_counts, counts, sizeof(counts));
	assert_memory_equal(got_spread.texts, spread.texts, sizeof(spread.texts));
	assert_true(spread.texts[BP_RATIOS - 1] > 0);
	for (i = 0; i < 3; i++)
		bp_eval_counts_release(&t[i]);
}

static void a_text_without_end_mark_counts(void **state)
{
	static const uint32_t token[2] = { 1, 2 };
	uint64_t counts[PIECES + BP_FIRST_PIECE];
	bp_eval_spread spread = { .count = counts };
	struct text_sum now = { 0 };
	struct text_sums sums = { 0 };
	bp_eval_report got;
	struct eval_counts t;

	(void)state;
	assert_true(bp_eval_counts_init(&t, &model, &spread));
	bp_eval_counts_tokens(&t, token, 2, &sums);
	bp_eval_add_chunk(&t, &sums, &now);
	bp_eval_counts_end(&t, &now);
	bp_eval_counts_report(&t, 1, &got, 0, &spread);
	assert_int_equal(got.texts, 1);
	assert_int_equal(spread.texts[10], 1);	/* five bytes, two tokens */
	assert_int_equal(now.tokens, 0);
	bp_eval_counts_release(&t);
}

/* Each byte decides by itself and the one before whether a word begins, wherever parts end. */
static void words_are_counted_over_parts(void **state)
{
	static const char bytes[] = "aaa\xC3\xA9\x80\xFF\x01\0 \t\n\v\f\r";
	unsigned char text[1000];
	uint64_t rng = 5, want;
	size_t i, n, end;
	struct eval_counts t;
	int round;

	(void)state;
	for (round = 0; round < 200; round++) {
		for (want = i = 0; i < sizeof(text); i++) {
			text[i] = (unsigned char)bytes[t_below(&rng, sizeof(bytes) - 1)];
			want += strchr(" \t\n\v\f\r\xFF", text[i]) == NULL || text[i] == 0
				? i == 0 || (text[i - 1] != 0 &&
					     strchr(" \t\n\v\f\r\xFF", text[i - 1]) != NULL) : 0;
		}
		t = (struct eval_counts){ .model = &model };
		for (i = 0; i < sizeof(text); i = end) {
			n = t_below(&rng, 3) == 0 ? t_below(&rng, 300) : t_below(&rng, 3);
			end = i + n < sizeof(text) ? i + n : sizeof(text);
			bp_eval_counts_words(&t, (struct slice){ text + i, end - i },
					     i == 0 ? ' ' : text[i - 1], 0xFF);
		}
		assert_int_equal(t.words, want);
	}
}

/* Two tallies take blocks in any order; the union of the parts is that of each use by itself. */
static void parts_do_not_depend_on_the_order_of_blocks(void **state)
{
	enum { MOST = 700 };
	uint64_t counts[PIECES + BP_FIRST_PIECE], parts[PIECES + BP_FIRST_PIECE];
	uint64_t want[PIECES], rng = 3, blocks, index;
	bp_eval_spread spread = { .count = counts, .parts = parts };
	struct text_sums sums = { 0 };
	struct eval_counts t[2];
	bp_eval_report got;
	unsigned scale;
	uint32_t token;
	size_t i;

	(void)state;
	for (blocks = 1; blocks < MOST; blocks += 1 + t_below(&rng, 20)) {
		memset(parts, 0, sizeof(parts));
		memset(want, 0, sizeof(want));
		spread.blocks = 0;
		for (scale = 0; (blocks - 1) >> scale >= BP_EVAL_PARTS; scale++)
			;
		for (i = 0; i < 2; i++)
			assert_true(bp_eval_counts_init(&t[i], &model, &spread));
		for (i = 0; i < 2 * blocks; i++) {
			index = i == 0 ? blocks - 1 : t_below(&rng, (unsigned)blocks);
			token = (uint32_t)t_below(&rng, PIECES);
			want[token] |= (uint64_t)1 << (index >> scale);
			bp_eval_counts_block(&t[i % 2], index);
			bp_eval_counts_tokens(&t[i % 2], &token, 1, &sums);
		}
		bp_eval_counts_report(t, 2, &got, blocks, &spread);
		assert_memory_equal(parts + BP_FIRST_PIECE, want, sizeof(want));
		assert_int_equal(spread.blocks, blocks);
		assert_int_equal(bp_eval_parts(blocks), ((blocks - 1) >> scale) + 1);
		for (i = 0; i < 2; i++)
			bp_eval_counts_release(&t[i]);
	}
}

/* A second call joins the parts of the first one. */
static void parts_are_added_to_earlier_ones(void **state)
{
	uint64_t counts[PIECES + BP_FIRST_PIECE], parts[PIECES + BP_FIRST_PIECE] = { 0 };
	bp_eval_spread spread = { .count = counts, .parts = parts, .blocks = 64 };
	static const uint32_t token = 1;
	struct text_sums sums = { 0 };
	struct eval_counts t;
	bp_eval_report got;

	(void)state;
	parts[BP_FIRST_PIECE] = 1 | (uint64_t)1 << 63;
	assert_true(bp_eval_counts_init(&t, &model, &spread));
	bp_eval_counts_block(&t, 64);
	bp_eval_counts_tokens(&t, &token, 1, &sums);
	bp_eval_counts_report(&t, 1, &got, 65, &spread);
	assert_true(parts[BP_FIRST_PIECE] == (1 | (uint64_t)1 << 31));
	assert_true(parts[BP_FIRST_PIECE + 1] == (uint64_t)1 << 32);
	assert_int_equal(bp_eval_parts_of(&spread, BP_FIRST_PIECE), 2);
	bp_eval_counts_release(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parts_add_up_to_the_whole),
		cmocka_unit_test(a_text_without_end_mark_counts),
		cmocka_unit_test(words_are_counted_over_parts),
		cmocka_unit_test(parts_do_not_depend_on_the_order_of_blocks),
		cmocka_unit_test(parts_are_added_to_earlier_ones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
