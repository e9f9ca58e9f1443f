/*
 * em_round.h: the counts are those of the exact search, and the pieces that are kept are those that
 * the losses of all uses say, however few were computed.  em_fill.c: a vocabulary that is short is
 * filled.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "support.h"
#include "base/number.h"
#include "train/em_round.h"

enum { N_BLOCKS = 150, BLOCK = 400, N_PIECES = 600, LONGEST = 12 };

struct world {
	struct sample sample;
	struct sample_block block[N_BLOCKS];
	uint32_t length[N_BLOCKS][BLOCK];
	unsigned char text[N_BLOCKS][BLOCK], piece[N_PIECES][LONGEST];
	struct piece_rules rules;
	struct required required;
	struct workspace ws;
	bp_input in;
	struct em e;
};

/* Words of a few letters, so that pieces compete; a word is in some blocks alone. */
static void random_block(struct world *w, size_t i, uint64_t *rng)
{
	struct sample_block *b = &w->block[i];
	size_t at = 0, n, k;
	uint64_t word;

	*b = (struct sample_block){ .bytes = w->text[i], .length = w->length[i] };
	while (at + 40 < BLOCK) {
		for (n = at; at < n + 20 + t_below(rng, 15); ) {
			word = t_below(rng, 40) + (t_below(rng, 4) == 0 ? 40 * (i / 10) : 0);
			for (k = 0; k < 2 + word % 3; k++)
				w->text[i][at++] = (unsigned char)("abcd"[(word * 7 + k * k) % 4]);
		}
		w->text[i][at++] = '\n';
		b->length[b->n++] = (uint32_t)(at - n);
	}
	b->n_bytes = at;
	w->sample.bytes += at;
}

static bool is_piece(const struct em *e, struct slice s)
{
	size_t i;

	for (i = 0; i < e->n; i++)
		if (bp_slice_compare(e->piece[i].key, s) == 0)
			return true;
	return false;
}

/* The single bytes, and strings of the text. */
static void world_init(struct world *w, uint64_t seed, unsigned threads)
{
	static unsigned char byte[256];
	uint64_t rng = seed;
	struct slice s;
	size_t i, at;

	memset(w, 0, sizeof(*w));
	for (i = 0; i < N_BLOCKS; i++)
		random_block(w, i, &rng);
	w->sample.block = w->block;
	w->sample.n = N_BLOCKS;
	w->rules.min_count = 2;
	w->rules.max_length = LONGEST;
	w->in.threads = threads;
	w->e = (struct em){ .sample = &w->sample, .rules = &w->rules, .required = &w->required,
			    .in = &w->in, .ws = &w->ws, .n_fixed = 256, .n_workers = threads };
	for (i = 0; i < 256; i++) {
		byte[i] = (unsigned char)i;
		assert_true(bp_em_add(&w->e, (struct slice){ &byte[i], 1 }, 1));
	}
	for (i = 0; i < N_PIECES; i++) {
		s.n = 2 + t_below(&rng, LONGEST - 1);
		at = t_below(&rng, BLOCK - 100);
		memcpy(w->piece[i], &w->text[t_below(&rng, N_BLOCKS)][at], s.n);
		s.p = w->piece[i];
		if (memchr(s.p, '\n', s.n) == NULL && !is_piece(&w->e, s))
			assert_true(bp_em_add(&w->e, s, 1 + t_below(&rng, 1000)));
	}
}

static void world_release(struct world *w)
{
	free(w->e.piece);
	free(w->e.spare);
}

/* The sums of all uses, one segment after another. */
struct sums {
	uint64_t count, loss, groups;
};

static void add_segment(const struct em_round *r, struct slice s, uint64_t group,
			struct sums *sums)
{
	struct loss_use use[BLOCK];
	uint32_t state[BLOCK], length = (uint32_t)s.n;
	struct loss l = { 0 };
	struct viterbi v;
	size_t i, at = 0;

	assert_true(bp_viterbi_init(&v, &r->u) && bp_viterbi_feed(&v, s) && bp_viterbi_end(&v));
	bp_automaton_walk(&r->u.a, s.p, &length, 1, state);
	for (i = 0; i < v.path.n; at += r->u.piece[v.path.piece[i++]].len)
		use[i] = (struct loss_use){ v.path.piece[i], at, 0 };
	assert_true(bp_loss_of_uses(&l, &r->u, state, s.n, use, v.path.n));
	for (i = 0; i < v.path.n; i++) {
		sums[use[i].piece].count++;
		sums[use[i].piece].groups |= group;
		if (use[i].loss < INFINITY)
			sums[use[i].piece].loss += bp_integer(use[i].loss * 65536, UINT64_MAX);
	}
	bp_viterbi_release(&v);
	bp_loss_release(&l);
}

static void add_all(const struct em_round *r, struct sums *sums)
{
	const struct sample_block *b;
	size_t i, k, at;

	for (i = 0; i < r->e->sample->n; i++) {
		b = &r->e->sample->block[i];
		for (k = at = 0; k < b->n; at += b->length[k++])
			add_segment(r, (struct slice){ b->bytes + at, b->length[k] },
				    (uint64_t)1 << (i * 48 / r->e->sample->n), sums);
	}
}

/* The worth as em_prune.c defines it; no piece of this test is one character. */
static double worth(const struct sums *s)
{
	double df = bp_count_bits(s->groups);

	return df <= 3 ? -1 / ((double)s->count + 1) : (double)s->loss * (df - 3) / df;
}

/* Each piece that is kept is worth as much as each one that is dropped. */
static void check_kept(const struct em *e, const struct sums *sums, const bool *keep, size_t size)
{
	double least = INFINITY, most = -INFINITY;
	size_t i, n = 0, n_allowed = 256;

	for (i = 0; i < 256; i++)
		assert_true(keep[i]);
	for (i = 0; i < e->n; i++) {
		n += keep[i];
		if (i < 256)
			continue;
		n_allowed += sums[i].count >= 2;
		if (keep[i]) {
			assert_true(sums[i].count >= 2);
			least = fmin(least, worth(&sums[i]));
		} else if (sums[i].count >= 2) {
			most = fmax(most, worth(&sums[i]));
		}
	}
	T_OK(n == BP_MIN(size, n_allowed), "%zu pieces kept, not %zu", n, size);
	T_OK(least >= most, "one of worth %g is kept, one of worth %g is not", least, most);
}

static void the_pieces_kept_are_the_most_worthy(void **state)
{
	static const size_t drop[] = { 1, 5, 40, 100, 200, 250 };
	struct world *w = malloc(sizeof(*w));
	struct sums *sums;
	bool *keep;
	bp_error err;
	size_t i, k;

	assert_non_null(w);
	for (i = 0; i < 18; i++) {
		struct em_round r = { .e = &w->e };

		world_init(w, 1 + i / 3, 1 + (unsigned)(i % 3));
		sums = calloc(w->e.n, sizeof(*sums));
		keep = calloc(w->e.n, sizeof(*keep));
		T_OK(bp_em_count(&r, true, &err) == BP_OK, "%s", err.msg);
		add_all(&r, sums);
		for (k = 0; k < w->e.n; k++)
			T_OK(w->e.piece[k].count == sums[k].count, "piece %zu: %d uses, not %d", k,
			     (int)w->e.piece[k].count, (int)sums[k].count);
		k = w->e.n - drop[i / 3];
		T_OK(bp_em_select(&r, k, keep, &err) == BP_OK, "%s", err.msg);
		check_kept(&w->e, sums, keep, k);
		bp_em_round_release(&r);
		free(sums);
		free(keep);
		world_release(w);
	}
	free(w);
	(void)state;
}

static void a_short_vocabulary_is_filled_by_count(void **state)
{
	struct world *w = malloc(sizeof(*w));
	bp_error err;
	size_t n;

	assert_non_null(w);
	world_init(w, 1, 1);
	n = w->e.n;
	w->e.n_spare = w->e.cap_spare = 3;
	w->e.spare = bp_array(3, sizeof(*w->e.spare));
	assert_non_null(w->e.spare);
	w->e.spare[0] = w->e.piece[n - 1];	/* a piece already */
	w->e.spare[1] = (struct row){ S("xyxyxyxyx"), 7 };
	w->e.spare[2] = (struct row){ S("xyxyxy"), 2 };
	w->e.size = n + 1;
	T_OK(bp_em_fill(&w->e, &err) == BP_OK, "%s", err.msg);
	assert_int_equal(w->e.n, n + 1);
	T_SAME(w->e.piece[n].key, S("xyxyxyxyx"));
	w->e.size = n + 10;
	T_OK(bp_em_fill(&w->e, &err) == BP_OK, "%s", err.msg);
	/* Strings of 7 and 8 bytes that begin the longer one; a shorter one is a seed itself. */
	assert_int_equal(w->e.n, n + 4);
	T_SAME(w->e.piece[n + 1].key, S("xyxyxy"));
	T_SAME(w->e.piece[n + 2].key, S("xyxyxyx"));
	T_SAME(w->e.piece[n + 3].key, S("xyxyxyxy"));
	assert_int_equal(w->e.piece[n + 3].count, 7);
	world_release(w);
	free(w);
	(void)state;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_pieces_kept_are_the_most_worthy),
		cmocka_unit_test(a_short_vocabulary_is_filled_by_count)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
