/* encoder.h: many texts at a time are encoded as each text alone. */
#include <stdlib.h>
#include <string.h>

#include "encode/encoder.h"
#include "support.h"

struct collected {
	uint32_t *piece;
	size_t n, cap, texts, at_end;	/* at_end: texts that had no end mark */
	uint32_t *bound;		/* n after each text */
	size_t cap_bound;
};

static bool collect(void *ctx, const uint32_t *piece, size_t n, bool ended)
{
	struct collected *c = ctx;

	assert_true(BP_GROW(c->piece, c->cap, c->n + n + 1));
	assert_true(BP_GROW(c->bound, c->cap_bound, c->texts + 1));
	if (n > 0)
		memcpy(c->piece + c->n, piece, n * sizeof(*piece));
	c->n += n;
	c->bound[c->texts++] = (uint32_t)c->n;
	c->at_end += !ended;
	return true;
}

static void release(struct collected *c)
{
	free(c->piece);
	free(c->bound);
	*c = (struct collected){ 0 };
}

/* Encode them by bp_encoder_text(), one text after the other. */
static void one_by_one(const bp_model *m, struct slice s, int mark, struct collected *c)
{
	const unsigned char *end;
	struct encoder e;
	size_t n;

	assert_true(bp_encoder_init(&e, m));
	for (; s.n > 0; s.p += n, s.n -= n) {
		end = mark == BP_NO_MARK ? NULL : memchr(s.p, mark, s.n);
		n = end != NULL ? (size_t)(end - s.p) : s.n;
		bp_encoder_path(&e)->n = 0;
		assert_true(bp_encoder_text(&e, (struct slice){ s.p, n }));
		collect(c, bp_encoder_path(&e)->piece, bp_encoder_path(&e)->n, end != NULL);
		n += end != NULL;
	}
	bp_encoder_release(&e);
}

static void compare(const bp_model *m, struct encoder *e, struct slice s, int mark)
{
	struct collected all = { 0 }, each = { 0 };

	assert_true(bp_encoder_texts(e, s, mark, collect, &all));
	one_by_one(m, s, mark, &each);
	assert_int_equal(all.texts, each.texts);
	assert_int_equal(all.at_end, each.at_end);
	assert_int_equal(all.n, each.n);
	if (all.n > 0)
		assert_memory_equal(all.piece, each.piece, all.n * sizeof(*all.piece));
	if (all.texts > 0)
		assert_memory_equal(all.bound, each.bound, all.texts * sizeof(*all.bound));
	release(&all);
	release(&each);
}

static bp_model *make_model(uint64_t *rng, bp_normalize normalize)
{
	struct vocab v;
	bp_model *m;

	t_vocab_init(&v);
	t_vocab_add_mixed(&v, rng, 400, 9);
	t_vocab_add(&v, S("a\nb"), 1000000);
	t_vocab_add(&v, S("\n\n"), 1000);
	m = t_with_newlines(t_vocab_model(&v, normalize), *rng >> 32);
	t_vocab_release(&v);
	return m;
}

static void texts_together_give_what_each_gives_alone(void **state)
{
	static const int mark[] = { '\n', '\0', BP_NO_MARK };
	static const size_t length[] = { 0, 1, 2, 5, 50, 1000, 20000 };
	struct buf text = { 0 };
	struct encoder e;
	uint64_t rng = 7;
	bp_model *m;
	size_t i, k, round;

	(void)state;
	for (round = 0; round < 8; round++) {
		m = make_model(&rng, round % 2 ? BP_NORMALIZE_NFC : BP_NORMALIZE_NONE);
		assert_true(bp_encoder_init(&e, m));
		for (i = 0; i < sizeof(length) / sizeof(length[0]); i++)
			for (k = 0; k < 3; k++) {
				text.len = 0;
				t_mixed_text(&rng, length[i], &text);
				compare(m, &e, t_slice(&text), mark[k]);
			}
		bp_encoder_release(&e);
		bp_free(m);
	}
	bp_buf_release(&text);
}

static void a_text_longer_than_a_batch_is_encoded_whole(void **state)
{
	struct buf text = { 0 };
	struct encoder e;
	uint64_t rng = 11;
	bp_model *m = make_model(&rng, BP_NORMALIZE_NFC);
	size_t i;

	(void)state;
	for (i = 0; i < 100000; i++)
		t_append(&text, i % 30000 == 29999 ? S("\n") : i % 7 ? S("ab") : S(" "));
	assert_true(bp_encoder_init(&e, m));
	compare(m, &e, t_slice(&text), '\n');
	compare(m, &e, t_slice(&text), '\0');
	compare(m, &e, t_slice(&text), BP_NO_MARK);
	bp_encoder_release(&e);
	bp_free(m);
	bp_buf_release(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_together_give_what_each_gives_alone),
		cmocka_unit_test(a_text_longer_than_a_batch_is_encoded_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
