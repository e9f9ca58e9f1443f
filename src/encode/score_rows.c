#include "encode/score_rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
	ROOM = 1 << 25,		/* for the score of the longest piece's bytes, in units */
	LEAST_SCALE = 1024,	/* under this too much would be left to double precision */
	CACHE_LINE = 64
};

/* An array of rows, which do not cross cache lines. */
static void *new_rows(size_t n)
{
	size_t size = BP_ROW * sizeof(int32_t);

	if (n > (SIZE_MAX - CACHE_LINE) / size)
		return NULL;
	return aligned_alloc(CACHE_LINE, (n * size + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE);
}

static int32_t in_units(const struct score_rows *r, double score, int code)
{
	return (int32_t)(score * r->scale - 0.5) * (1 << BP_ROW_CODE_BITS) + code;
}

static double lowest_score(const struct unigram *u)
{
	double low = -1;
	size_t i;

	for (i = 0; i < u->a.n_pieces; i++)
		if (u->piece[i].len > 0)
			low = fmin(low, u->piece[i].score);
	return low;
}

/* Add the piece p, if it is short enough, to the row of another or of itself. */
static void add_piece(struct score_rows *r, const struct unigram_piece *piece, uint32_t of, uint32_t p)
{
	uint32_t len = piece[p].len;

	if (len > BP_ROW)
		return;
	r->score[of][len - 1] = in_units(r, piece[p].score, (int)len - 1);
	r->piece[of][len - 1] = p;
}

/* A row is that of the next shorter piece, which is there already as a rule, and the piece itself. */
static void fill(struct score_rows *r, const struct unigram_piece *piece, uint32_t of)
{
	uint32_t shorter = piece[of].shorter, p;
	int k;

	if (shorter < of) {
		memcpy(r->score[of], r->score[shorter], sizeof(r->score[of]));
		memcpy(r->piece[of], r->piece[shorter], sizeof(r->piece[of]));
	} else {
		for (k = 0; k < BP_ROW; k++)
			r->score[of][k] = BP_ROW_NONE;
		for (p = shorter; p != BP_NO_PIECE; p = piece[p].shorter)
			add_piece(r, piece, of, p);
	}
	add_piece(r, piece, of, of);
	if (piece[of].len <= BP_ROW)
		return;
	r->long_score[of] = in_units(r, piece[of].score, BP_ROW_LONG);
	r->score[of][0] = (r->score[of][0] & ~BP_ROW_CODE) | BP_ROW_ONE_LONG;
}

bool bp_score_rows_init(struct score_rows *r, const struct unigram *u)
{
	size_t n = u->a.n_pieces, i;
	int k;

	*r = (struct score_rows){ .scale = floor(ROOM / (-lowest_score(u) *
						   (double)BP_MAX(u->max_len, 20u))) };
	if (!(r->scale >= LEAST_SCALE) || u->max_len > UINT8_MAX)
		return true;
	r->score = new_rows(n + 1);
	r->piece = new_rows(n);
	r->long_score = bp_array(n, sizeof(*r->long_score));
	if (r->score == NULL || r->piece == NULL || r->long_score == NULL) {
		bp_score_rows_release(r);
		return false;
	}
	r->n = n;
	for (i = 0; i < n; i++)
		if (u->piece[i].len > 0)
			fill(r, u->piece, (uint32_t)i);
	for (k = 1; k < BP_ROW; k++)
		r->score[n][k] = BP_ROW_NONE;
	r->score[n][0] = 0;
	return true;
}

void bp_score_rows_release(struct score_rows *r)
{
	free(r->score);
	free(r->piece);
	free(r->long_score);
	*r = (struct score_rows){ 0 };
}
