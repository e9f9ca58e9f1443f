/*
 * Search with a vocabulary of the input: all kernels that can run here agree; the search with each
 * kernel, the exact search with the subset for the text, and the public call give the result of
 * plain dynamic programming.
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

#include "encode/encoder.h"
#include "encode/vocabulary.h"
#include "text/cut.h"

/* Lengths of texts, in bytes; they may exceed the length of the input.  Few texts are long. */
enum { LONG = 20000, SHORT = 2000 };

/* The best path of a segment in the reference's order, over the vocabulary itself. */
static size_t plain(const bp_model *m, const struct fuzz_vocab *v, struct slice s, uint32_t *out)
{
	double *score = bp_array(s.n + 1, sizeof(*score)), now;
	uint32_t *last = bp_array(s.n + 1, sizeof(*last)), p;
	size_t longest = v->piece[v->n - 1].n, end, k, i, n = 0;
	bool any;

	FUZZ_CHECK(score != NULL && last != NULL);
	score[0] = 0;
	for (end = 1; end <= s.n; end++) {
		any = false;
		for (k = BP_MIN(end, longest); k > 0; k--) {
			i = fuzz_vocab_find(v, (struct slice){ s.p + end - k, k });
			if (i == SIZE_MAX)
				continue;
			p = (uint32_t)i;
			now = score[end - k] + bp_piece_log_probability(m, p + BP_FIRST_PIECE);
			if (!any || now > score[end]) {
				score[end] = now;
				last[end] = p;
			}
			any = true;
		}
	}
	for (end = s.n; end > 0; end -= v->piece[last[end]].n)
		n++;
	for (end = s.n, i = n; end > 0; end -= v->piece[last[end]].n)
		out[--i] = last[end];
	free(score);
	free(last);
	return n;
}

static void check_search(const bp_model *m, bp_kernel *kernel, struct slice text,
			 const uint32_t *want, size_t n)
{
	struct encoder e = { .n_newlines = 0 };

	FUZZ_CHECK(bp_encoder_init(&e, m));
	e.search.kernel = kernel;
	FUZZ_CHECK(bp_encoder_normal_text(&e, text));
	FUZZ_CHECK(bp_encoder_path(&e)->n == n);
	FUZZ_CHECK(n == 0 || memcmp(bp_encoder_path(&e)->piece, want, n * sizeof(*want)) == 0);
	bp_encoder_release(&e);
}

/* The subset for the text gives the best path. */
static void check_subset(const bp_model *m, struct slice text, const uint32_t *want, size_t n)
{
	const struct cut_rules segments = { .newlines = m->model.newlines };
	struct viterbi v = { .path.n = 0 };
	struct vocabulary u;
	uint32_t *entry;
	size_t at = 0, i;

	FUZZ_CHECK(bp_vocabulary_subset(&u, &entry, &m->model, text, NULL) == BP_OK);
	FUZZ_CHECK(entry != NULL);
	FUZZ_CHECK(bp_viterbi_init(&v, &u));
	while (at < text.n)
		FUZZ_CHECK(bp_viterbi_feed(&v, bp_cut(&segments, text, &at)) && bp_viterbi_end(&v));
	FUZZ_CHECK(v.path.n == n);
	for (i = 0; i < n; i++)
		FUZZ_CHECK(entry[v.path.piece[i]] == want[i]);
	bp_viterbi_release(&v);
	bp_vocabulary_release(&u);
	free(entry);
}

/* Equal codes and lengths, and equal differences of best and second. */
static void check_suffixes(const struct suffixes *a, const struct suffixes *b, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		FUZZ_CHECK((a->best[i] & BP_ROW_CODE) == (b->best[i] & BP_ROW_CODE));
		FUZZ_CHECK((a->best[i] & BP_ROW_CODE) != BP_ROW_LONG ||
			   a->long_len[i] == b->long_len[i]);
		FUZZ_CHECK(a->second[i] <= BP_ROW_NONE / 2 ? b->second[i] <= BP_ROW_NONE / 2 :
			   a->best[i] - a->second[i] == b->best[i] - b->second[i]);
	}
}

/* All kernels that can run here agree with the first of the list. */
static void check_kernels(const bp_model *m, struct slice s)
{
	const struct kernel_entry *k;
	bp_kernel *first = NULL;
	const struct vocabulary *u = &m->vocabulary;
	struct suffixes a = { 0 }, b = { 0 };
	struct score_rows rows = { .n = 0 };
	uint32_t *row = bp_array(s.n, sizeof(*row)), length = (uint32_t)s.n;
	size_t i, middle = 0;

	FUZZ_CHECK(row != NULL && bp_score_rows_init(&rows, u));
	if (rows.n > 0 && s.n > 0) {
		FUZZ_CHECK(bp_suffixes_reserve(&a, s.n) && bp_suffixes_reserve(&b, s.n));
		bp_automaton_walk(&u->a, s.p, &length, 1, row);
		for (i = 0; i < s.n; i++) {
			if (i % BP_ROW == 0 && 2 * middle < s.n &&
			    bp_automaton_is_single_byte(&u->a, row[i], s.p[i]))
				middle = i;
			row[i] = u->a.longest[row[i]];
		}
		for (k = bp_kernels; k->name != NULL; k++) {
			if (k->find() == NULL)
				continue;
			if (first == NULL)
				(first = k->find())(&rows, u, row, s.n, middle, &a);
			k->find()(&rows, u, row, s.n, middle, &b);
			check_suffixes(&a, &b, s.n);
		}
	}
	bp_suffixes_release(&a);
	bp_suffixes_release(&b);
	bp_score_rows_release(&rows);
	free(row);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cut_rules segments = { .newlines = BP_NEWLINES_END };
	struct slice in = { data, size }, words = fuzz_block(&in), text;
	struct buf b = { 0 };
	struct fuzz_vocab v;
	const struct kernel_entry *kernel;
	bp_model *m;
	uint32_t *want, *ids;
	size_t n = 0, at = 0, k;

	fuzz_vocab_init(&v, &words);
	m = fuzz_vocab_model(&v, BP_NORMALIZE_NONE, FUZZ_ORDERED);
	fuzz_set_newlines(m, size);
	segments.newlines = m->model.newlines;
	fuzz_text(in, m, size % 8 == 0 ? LONG : SHORT, &b);
	text = fuzz_slice(&b);
	want = bp_array(text.n + 1, sizeof(*want));
	FUZZ_CHECK(want != NULL);
	while (at < text.n)
		n += plain(m, &v, bp_cut(&segments, text, &at), want + n);
	for (kernel = bp_kernels; kernel->name != NULL; kernel++)
		if (kernel->find() != NULL)
			check_search(m, kernel->find(), text, want, n);
	check_subset(m, text, want, n);
	check_kernels(m, text);
	ids = fuzz_encode(m, text, &k);
	FUZZ_CHECK(k == n);
	for (k = 0; k < n; k++)
		FUZZ_CHECK(ids[k] == want[k] + BP_FIRST_PIECE);
	free(ids);
	free(want);
	bp_free(m);
	bp_buf_release(&b);
	fuzz_vocab_release(&v);
	return 0;
}
