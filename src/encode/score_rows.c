#include "encode/score_rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
	ROOM = 1 << 25,		/* for the score of the longest piece's bytes, in units */
	LEAST_SCALE = 1024	/* under this too much would be left to double precision */
};

/* Rows do not cross cache lines. */
static struct score_row *new_rows(size_t n)
{
	if (n > SIZE_MAX / sizeof(struct score_row))
		return NULL;
	return bp_array_large(n * sizeof(struct score_row));
}

static int32_t in_units(const struct score_rows *r, double score, int code)
{
	return (int32_t)(score * r->scale - 0.5) * (1 << BP_ROW_CODE_BITS) + code;
}

static double lowest_score(const struct vocabulary *u)
{
	double low = -1;
	size_t i;

	for (i = 0; i < u->a.n_pieces; i++)
		if (u->piece[i].len > 0)
			low = fmin(low, u->piece[i].score);
	return low;
}

/* Add the piece p, if it is short enough, to the row of another or of itself. */
static void add_piece(struct score_rows *r, const struct vocabulary_piece *piece, uint32_t of, uint32_t p)
{
	uint32_t len = piece[p].len;

	if (len > BP_ROW)
		return;
	r->row[of].score[len - 1] = in_units(r, piece[p].score, (int)len - 1);
	r->row[of].piece[len - 1] = p;
}

/* A row's scores are those of the next shorter piece, which is there already as a rule, and its own. */
static void fill_scores(struct score_rows *r, const struct vocabulary_piece *piece, uint32_t of)
{
	uint32_t shorter = piece[of].shorter, p;
	int k;

	if (shorter < of) {
		r->row[of] = r->row[shorter];
	} else {
		for (k = 0; k < BP_ROW; k++)
			r->row[of].score[k] = BP_ROW_NONE;
		for (p = shorter; p != BP_NO_PIECE; p = piece[p].shorter)
			add_piece(r, piece, of, p);
	}
	add_piece(r, piece, of, of);
}

static void fill_more(struct score_rows *r, const struct vocabulary_piece *piece, uint32_t of)
{
	struct score_row *row = &r->row[of];
	uint32_t p = of;
	int k;

	row->score[0] = (row->score[0] & ~BP_ROW_CODE) | BP_ROW_ONE_LONG;
	row->more = (struct long_pieces){ .len = { 0 } };
	for (k = 0; k < BP_ROW_MORE && piece[p].len > BP_ROW; k++, p = piece[p].shorter) {
		row->more.score[k] = in_units(r, piece[p].score, BP_ROW_LONG);
		row->more.len[k] = (uint8_t)piece[p].len;
	}
	row->more.next = p;
}

bool bp_score_rows_init(struct score_rows *r, const struct vocabulary *u)
{
	size_t n = u->a.n_pieces, i;
	int k;

	*r = (struct score_rows){ .scale = floor(ROOM / (-lowest_score(u) *
						   (double)BP_MAX(u->max_len, 20u))) };
	if (!(r->scale >= LEAST_SCALE) || u->max_len > UINT8_MAX)
		return true;
	r->row = new_rows(n + 1);
	if (r->row == NULL)
		return false;
	r->n = n;
	for (i = 0; i < n; i++) {
		if (u->piece[i].len > 0)
			fill_scores(r, u->piece, (uint32_t)i);
		if (u->piece[i].len > BP_ROW)
			fill_more(r, u->piece, (uint32_t)i);
	}
	for (k = 1; k < BP_ROW; k++)
		r->row[n].score[k] = BP_ROW_NONE;
	r->row[n].score[0] = 0;
	return true;
}

void bp_score_rows_release(struct score_rows *r)
{
	free(r->row);
	*r = (struct score_rows){ 0 };
}
