#include "encode/fast_search.h"

#include <math.h>
#include <stdlib.h>

enum {
	LOOK = 64,		/* bytes: with fewer 'widest' is nearer to the truth, at more cost */
	AHEAD = 16		/* bytes between the request for a piece of memory and its use */
};

bool bp_fast_search_init(struct fast_search *b, const struct vocabulary *u, const struct score_rows *rows)
{
	*b = (struct fast_search){ .rows = rows, .kernel = bp_kernel_choose() };
	return bp_viterbi_init(&b->exact, u);
}

void bp_fast_search_release(struct fast_search *b)
{
	bp_viterbi_release(&b->exact);
	bp_suffixes_release(&b->suffixes);
	bp_buf_release(&b->undecided);
	free(b->path.piece);
	free(b->gap);
	free(b->row);
	free(b->state);
	free(b->score);
	free(b->last);
	*b = (struct fast_search){ 0 };
}

void bp_fast_search_borrow(struct fast_search *b, const struct vocabulary *u, const struct score_rows *rows,
		     struct fast_search_scratch *scratch, uint32_t *path)
{
	*b = (struct fast_search){
		.rows = rows, .kernel = bp_kernel_choose(), .exact.u = u, .row = scratch->row,
		.state = scratch->state, .cap_state = BP_FAST_SEARCH_SMALL,
		.last = scratch->last, .score = scratch->score,
		.path = { path, 0, BP_FAST_SEARCH_SMALL },
		.cap_row = BP_FAST_SEARCH_SMALL, .cap_last = BP_FAST_SEARCH_SMALL,
		.cap_score = BP_FAST_SEARCH_SMALL + 1
	};
	bp_suffixes_borrow(&b->suffixes, BP_FAST_SEARCH_SMALL, scratch->suffixes, scratch->long_len);
}

/* Is there a border before a byte: does no piece cross that place? */
static inline bool is_border(const struct fast_search *b, size_t at)
{
	return bp_automaton_is_single_byte(&b->exact.u->a, b->state[at], b->text[at]);
}

/*
 * Is there one in LOOK bytes?  The states of single bytes are those that the root leads to, 256 in a
 * row.  All are looked at, which compilers do several at a time.
 */
static bool has_border(const struct fast_search *b, size_t at)
{
	const uint32_t first = (uint32_t)(b->exact.u->a.slot[0] >> BP_SLOT_BASE);
	const uint32_t *state = b->state + at;
	uint32_t any = 0;
	int i;

	for (i = 0; i < LOOK; i++)
		any |= (state[i] ^ first) - 256;
	return any >> 31 != 0;
}

/* From states to rows; how far borders can be apart is seen from whether LOOK bytes have any. */
static void find_rows(struct fast_search *b)
{
	const uint32_t *longest = b->exact.u->a.longest, *state = b->state;
	uint32_t *row = b->row;
	size_t i, from = 0, n = b->n;

	for (i = 0; i + 4 <= n; i += 4) {
		row[i] = longest[state[i]];
		row[i + 1] = longest[state[i + 1]];
		row[i + 2] = longest[state[i + 2]];
		row[i + 3] = longest[state[i + 3]];
	}
	for (; i < n; i++)
		row[i] = longest[state[i]];
	b->widest = 0;
	for (i = 0; i + LOOK <= n; i += LOOK) {
		if (!has_border(b, i))
			continue;
		b->widest = BP_MAX(b->widest, i + LOOK - from);
		from = i;
	}
	b->widest = BP_MAX(b->widest, n - from);
}

bool bp_fast_search_load(struct fast_search *b, const unsigned char *text, const uint32_t *length,
		   size_t n_segments)
{
	size_t i;

	b->text = text;
	for (b->n = 0, i = 0; i < n_segments; i++)
		b->n += length[i];
	if (!BP_GROW(b->row, b->cap_row, b->n) ||
	    !BP_GROW(b->state, b->cap_state, b->n) ||
	    !bp_suffixes_reserve(&b->suffixes, b->n))
		return false;
	bp_automaton_walk(&b->exact.u->a, text, length, n_segments, b->state);
	find_rows(b);
	return true;
}

void bp_fast_search_mark(struct fast_search *b, size_t at)
{
	b->row[at] = bp_score_rows_mark(b->rows);
	b->state[at] = bp_automaton_child(&b->exact.u->a, 0, b->text[at]);	/* a border */
}

size_t bp_fast_search_last_border(const struct fast_search *b)
{
	size_t at = b->n;

	while (at > 0 && (--at == 0 || !is_border(b, at)))
		;
	return at;
}

/* A border near the middle of n bytes that the kernel can use, or 0. */
static size_t find_middle(const struct fast_search *b, size_t n)
{
	size_t middle = n / 2 / BP_ROW * BP_ROW, least = n / 4;

	while (middle > least && !is_border(b, middle))
		middle -= BP_ROW;
	return middle > least ? middle : 0;
}

void bp_fast_search_search(struct fast_search *b, size_t n)
{
	if (n > 0)
		b->kernel(b->rows, b->exact.u, b->row, n, find_middle(b, n), &b->suffixes);
}

/* The first border behind a place. */
static size_t border_after(const struct fast_search *b, size_t at)
{
	for (at++; at < b->n && !is_border(b, at); at++)
		;
	return at;
}

/* If a segment starts behind 'known' and not behind the path's end, start anew from there. */
static void forget_segments(struct fast_search *b, size_t at)
{
	const struct vocabulary_piece *piece = b->exact.u->piece;
	size_t start = at, i = b->path.n;

	while (start > b->known.at && (b->text[start - 1] != '\n' || b->text[start] == '\n'))
		start--;
	if (start == b->known.at)
		return;
	b->known.at = start;
	for (; at > start; at -= piece[b->path.piece[i]].len)
		i--;
	b->known.n_pieces = i;
	b->known.sum = 0;
}

/* The exact score at the end of the path, which is the place 'at': added up as the reference does. */
static double score_at(struct fast_search *b, size_t at)
{
	const struct vocabulary_piece *piece = b->exact.u->piece;

	if (at < b->n)
		forget_segments(b, at);
	for (; b->known.n_pieces < b->path.n; b->known.n_pieces++) {
		b->known.sum += piece[b->path.piece[b->known.n_pieces]].score;
		b->known.at += piece[b->path.piece[b->known.n_pieces]].len;
	}
	return b->known.sum;
}

double bp_fast_search_score(struct fast_search *b)
{
	const struct vocabulary_piece *piece = b->exact.u->piece;
	size_t at = b->known.at, i;

	for (i = b->known.n_pieces; i < b->path.n; i++)
		at += piece[b->path.piece[i]].len;
	return score_at(b, at);
}

/*
 * Find in double precision, from a place with the score up to there, the last piece of the best path
 * to each of the n bytes behind it.
 */
static void search_exactly(struct fast_search *b, size_t from, size_t n, double score)
{
	const struct vocabulary_piece *piece = b->exact.u->piece;
	const uint32_t *row = b->row + from;
	uint32_t p;
	size_t i;

	b->score[0] = score;
	for (i = 0; i < n; i++) {
		if (i + AHEAD < n)
			BP_PREFETCH(&piece[row[i + AHEAD]]);
		for (p = row[i]; piece[p].len > i + 1; )
			p = piece[p].shorter;	/* begins before the place */
		b->last[i] = bp_viterbi_step(piece, p, &b->score[i + 1]);
	}
}

/* Append the best path between two places, found in double precision. */
static bool append_exactly(struct fast_search *b, size_t from, size_t to)
{
	const struct vocabulary_piece *piece = b->exact.u->piece;
	size_t n = to - from, k = 0, at;
	uint32_t *path;

	if (!BP_GROW(b->score, b->cap_score, n + 1) ||
	    !BP_GROW(b->last, b->cap_last, n))
		return false;
	search_exactly(b, from, n, score_at(b, from));
	for (at = n; at > 0; at -= piece[b->last[at - 1]].len)
		k++;
	b->path.n += k;
	for (path = b->path.piece + b->path.n, at = n; at > 0; at -= piece[*path].len)
		*--path = b->last[at - 1];
	return true;
}

static bool leave_gap(struct fast_search *b, size_t from, size_t to)
{
	if (!BP_GROW(b->gap, b->cap_gap, b->n_gaps + 1) ||
	    !bp_buf_append(&b->undecided, b->text + from, to - from))
		return false;
	b->gap[b->n_gaps++] = (struct fast_search_gap){ b->path.n, to - from };
	return true;
}

/*
 * Paths apart for n bytes: the largest difference of their scores, as the kernel gives them, at
 * which rounding may have decided.  A piece is rounded by at most half a unit, and a sum of doubles
 * by half of its last bit; 'most' is the largest magnitude of such a sum.
 */
static int32_t tolerance(const struct fast_search *b, size_t n, double most)
{
	const double units = 2 + (double)n * (1 + most * 0x1p-51 * b->rows->scale);
	const double wide = units * (1 << BP_ROW_CODE_BITS), limit = 1 << 29;

	_Static_assert(BP_ROW_NONE == -(1 << 30), "the limit is half of what stands for no path");
	return (int32_t)(wide < limit ? wide : limit);
}

/* The piece of 'len' bytes, longer than a row, that piece p ends with or is. */
static uint32_t long_piece(const struct fast_search *b, uint32_t p, size_t len)
{
	const struct vocabulary_piece *piece = b->exact.u->piece;

	if (b->rows->row[p].more.len[0] == len)
		return p;
	while (piece[p].len != len)
		p = piece[p].shorter;
	return p;
}

/* Append pieces that are certain, from *at on; stop at 'to', or where one leads by 'near' or less. */
static void append_certain(struct fast_search *b, size_t *at, size_t to, int32_t near)
{
	/* Copies: as far as the compiler can tell, a piece that is written may change the others. */
	const struct score_row *rows = b->rows->row, *row;
	const int32_t *best = b->suffixes.best, *second = b->suffixes.second;
	const uint32_t *number = b->row;
	uint32_t *path = b->path.piece + b->path.n;
	size_t i = *at, len;
	int code;

	for (; i < to && best[i] - second[i] > near; path++) {
		code = best[i] & BP_ROW_CODE;
		if (code != BP_ROW_LONG) {
			len = (size_t)(code & (BP_ROW - 1)) + 1;
			i += len;
			row = &rows[number[i - 1]];
			while (bp_score_row_is_long(row))
				row = &rows[row->more.next];
			*path = row->piece[len - 1];
		} else {
			len = b->suffixes.long_len[i];
			i += len;
			*path = long_piece(b, number[i - 1], len);
		}
	}
	b->path.n = (size_t)(path - b->path.piece);
	*at = i;
}

/* Append the best path between two places, the sum of its scores being 'most' or less; what is not
 * certain is found, or left open, by decide(). */
static bool append_path(struct fast_search *b, size_t from, size_t to, double most,
			bool decide(struct fast_search *b, size_t from, size_t to))
{
	int32_t near = tolerance(b, b->widest, most), nearer;
	size_t at = from, end = from;

	if (!bp_path_reserve(&b->path, to - from))
		return false;
	for (append_certain(b, &at, to, near); at < to; append_certain(b, &at, to, near)) {
		if (at >= end)	/* else it is that still: no byte is looked at twice */
			end = BP_MIN(border_after(b, at), to);
		nearer = tolerance(b, end - at, most);
		if (b->suffixes.best[at] - b->suffixes.second[at] > nearer)
			append_certain(b, &at, at + 1, nearer);
		else if (!decide(b, at, end))
			return false;
		else
			at = end;
	}
	return true;
}

bool bp_fast_search_path(struct fast_search *b, size_t from, size_t to, double sum)
{
	double most = fabs(sum) + (double)(to - from) * BP_FAST_SEARCH_MOST;

	if (from == to)
		return true;
	b->known = (struct fast_search_sum){ sum, from, b->path.n };
	return append_path(b, from, to, most, append_exactly);
}

bool bp_fast_search_path_open(struct fast_search *b, size_t from, size_t to, double most)
{
	return from == to || append_path(b, from, to, most, leave_gap);
}
