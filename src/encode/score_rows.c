/*
 * Rows of scores.  The row of a piece is the row of its longest proper suffix among the pieces,
 * and its own score: so the rows are made in the order of the pieces, each by a copy and one
 * addition.
 */
#include "encode/score_rows.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>

enum {
	/*
	 * Units that a path through the bytes of the longest piece may cost.  With the code in the
	 * low bits that is 2^29, half the distance from 0 to BP_ROW_NONE.  It bounds how far scores
	 * of neighbouring positions differ, so that sums neither overflow nor reach "no path".
	 */
	RANGE = 1 << 25,
	/* A kernel may look for low scores only at every eighth position.  Paths of eight bytes
	 * fall by at most 8/20 of the range, which keeps them above BP_ROW_NONE / 2. */
	LEAST_LENGTH = 20,
	/* Units per 1 of log-probability.  With fewer, rounding leaves more of the text to the
	 * search in double precision than the kernel saves. */
	LEAST_SCALE = 1024,
	BLOCK = 4096	/* rows between questions for signals */
};

/* At the beginning of a cache line, so that no row lies in two. */
static struct score_row *new_rows(size_t n)
{
	if (n > SIZE_MAX / sizeof(struct score_row))
		return NULL;
	return bp_array_large(n * sizeof(struct score_row));
}

/* The score, which is not above 0, in the nearest units, and the code in the low bits. */
static int32_t in_units(const struct score_rows *r, double score, int code)
{
	/* Not bp_integer(): the scale keeps the product from -RANGE to 0, and rows make up much of
	 * the start. */
	return (int32_t)(score * r->scale - 0.5) * (1 << BP_ROW_CODE_BITS) + code;
}

static double lowest_piece_score(const struct vocabulary *u)
{
	double low = -1;
	size_t i;

	for (i = 0; i < u->a.n_pieces; i++)
		if (u->piece[i].len > 0)
			low = fmin(low, u->piece[i].score);
	return low;
}

/* Enter the score of piece p, if it is short enough, in the row of piece 'of'. */
static void enter_score(struct score_rows *r, const struct vocabulary_piece *piece, uint32_t of,
			uint32_t p)
{
	uint32_t len = piece[p].len;

	if (len > BP_ROW)
		return;
	r->row[of].score[len - 1] = in_units(r, piece[p].score, (int)len - 1);
	r->row[of].piece[len - 1] = p;
}

/* Copy the row of the next shorter piece if it is made already, which it is if pieces go by
 * length. */
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
			enter_score(r, piece, of, p);
	}
	enter_score(r, piece, of, of);
}

/* In the row of a long piece, a list of long pieces takes the place of the numbers of the short
 * ones. */
static void fill_long_pieces(struct score_rows *r, const struct vocabulary_piece *piece,
			     uint32_t of)
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

static void fill_mark(struct score_row *row)
{
	int k;

	row->score[0] = 0;
	for (k = 1; k < BP_ROW; k++)
		row->score[k] = BP_ROW_NONE;
}

bool bp_score_rows_init(struct score_rows *r, const struct vocabulary *u)
{
	double length = (double)BP_MAX(u->max_len, (uint32_t)LEAST_LENGTH);
	size_t n = u->a.n_pieces, i, end;

	*r = (struct score_rows){ .scale = floor((double)RANGE /
						 (-lowest_piece_score(u) * length)) };
	if (!(r->scale >= (double)LEAST_SCALE) || u->max_len > UINT8_MAX)
		return true;
	r->row = new_rows(n + 1 + 256);
	if (r->row == NULL || n > UINT32_MAX / 2 ||
	    !bp_state_numbers_init(&r->states, &u->a, (uint32_t)n + 1)) {
		bp_score_rows_release(r);
		return false;
	}
	r->n = r->first_long = n;
	for (i = 0; i < n && !bp_must_stop(); i = end)
		for (end = BP_MIN(n, i + BLOCK); i < end; i++) {
			if (u->piece[i].len > 0)
				fill_scores(r, u->piece, (uint32_t)i);
			if (u->piece[i].len <= BP_ROW)
				continue;
			fill_long_pieces(r, u->piece, (uint32_t)i);
			r->first_long = BP_MIN(r->first_long, i);
		}
	if (i < n) {
		bp_score_rows_release(r);
		return false;
	}
	fill_mark(&r->row[n]);
	for (i = 0; i < 256; i++)
		r->row[n + 1 + i] =
			r->row[u->a.longest[bp_automaton_child(&u->a, 0, (unsigned char)i)]];
	return true;
}

void bp_score_rows_release(struct score_rows *r)
{
	free(r->row);
	bp_state_numbers_release(&r->states);
	*r = (struct score_rows){ 0 };
}

/*
 * Bytes searched in double precision in about the time that making the rows of a large model
 * takes: so whatever the amount of text, both together take at most twice the time of the better
 * choice.
 */
enum { WORTH_IT = 64 * 1024 };

struct rows_on_demand {
	struct score_rows rows;	/* written by the thread that set MAKING, read once READY is set */
	atomic_size_t bytes;	/* searched without rows, by all threads */
	atomic_int step;
};
enum { NO_ROWS, MAKING, READY };

struct rows_on_demand *bp_rows_on_demand_new(void)
{
	struct rows_on_demand *d = malloc(sizeof(*d));

	if (d == NULL)
		return NULL;
	d->rows = (struct score_rows){ 0 };
	atomic_init(&d->bytes, 0);
	atomic_init(&d->step, NO_ROWS);
	return d;
}

void bp_rows_on_demand_free(struct rows_on_demand *d)
{
	if (d != NULL)
		bp_score_rows_release(&d->rows);
	free(d);
}

const struct score_rows *bp_rows_on_demand(struct rows_on_demand *d, const struct vocabulary *u,
					   size_t n)
{
	int step = atomic_load_explicit(&d->step, memory_order_acquire);
	size_t before;

	if (step == READY)
		return &d->rows;
	if (step == MAKING)
		return NULL;
	before = atomic_fetch_add_explicit(&d->bytes, n, memory_order_relaxed);
	if (n < WORTH_IT && before < WORTH_IT)
		return NULL;
	if (!atomic_compare_exchange_strong(&d->step, &step, MAKING))
		return NULL;
	/* Without memory the search goes on in double precision; a later call tries again. */
	step = bp_score_rows_init(&d->rows, u) ? READY : NO_ROWS;
	atomic_store_explicit(&d->step, step, memory_order_release);
	return step == READY ? &d->rows : NULL;
}
