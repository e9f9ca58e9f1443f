/* The header has the argument for correctness; its steps are named here by number. */
#include "encode/fast_search.h"

#include <math.h>
#include <stdlib.h>

#include "base/number.h"
#include "text/cut.h"

enum {
	LOOK = 64,	/* bytes that find_widest() looks at together; fewer: closer but slower */
	AHEAD = 16,	/* bytes between a prefetch and its use */
	BLOCK = 4096	/* bytes between questions for signals */
};

bool bp_fast_search_init(struct fast_search *f, const struct vocabulary *u,
			 const struct score_rows *rows, bp_kernel *kernel)
{
	*f = (struct fast_search){ .rows = rows, .kernel = kernel };
	return bp_viterbi_init(&f->exact, u);
}

void bp_fast_search_release(struct fast_search *f)
{
	bp_viterbi_release(&f->exact);
	bp_suffixes_release(&f->suffixes);
	bp_buf_release(&f->undecided);
	free(f->path.piece);
	free(f->gap);
	free(f->row);
	free(f->reached);
	free(f->score);
	free(f->last);
	*f = (struct fast_search){ 0 };
}

void bp_fast_search_borrow(struct fast_search *f, const struct vocabulary *u,
			   const struct score_rows *rows, bp_kernel *kernel,
			   struct fast_search_scratch *scratch, uint32_t *path)
{
	/* What such a search does not read stays unset: to clear it all is 3 % of a short call. */
	f->rows = rows;
	f->kernel = kernel;
	f->exact.u = u;
	f->path = (struct path){ path, 0, BP_FAST_SEARCH_SMALL };
	f->row = scratch->row;
	f->reached = scratch->reached;
	f->last = scratch->last;
	f->score = scratch->score;
	f->cap_row = f->cap_reached = f->cap_last = BP_FAST_SEARCH_SMALL;
	f->cap_score = BP_FAST_SEARCH_SMALL + 1;
	f->is_dense = false;
	bp_suffixes_borrow(&f->suffixes, BP_FAST_SEARCH_SMALL, scratch->suffixes,
			   scratch->long_len);
}

static inline bool is_cut_point(const struct fast_search *f, size_t at)
{
	return bp_score_rows_is_cut(f->rows, f->row[at]);
}

/* The number of cut points before LOOK bytes.  No branch: so compilers use vectors. */
static uint32_t count_cut_points(const struct fast_search *f, size_t at)
{
	const uint32_t mark = bp_score_rows_mark(f->rows), *row = f->row + at;
	uint32_t n = 0;
	int i;

	for (i = 0; i < LOOK; i++)
		n += (mark - 1 - row[i]) >> 31;	/* bp_score_rows_is_cut() */
	return n;
}

/*
 * Set 'widest' and is_dense.  A block of LOOK bytes that has a cut point somewhere bounds the
 * distance by the bytes from the beginning of the last block that has one to the end of this block.
 */
static void find_widest(struct fast_search *f)
{
	size_t i, from = 0, n = f->n, cuts, all = 0;

	f->widest = 0;
	for (i = 0; i + LOOK <= n; i += LOOK) {
		cuts = count_cut_points(f, i);
		all += cuts;
		if (cuts == 0)
			continue;
		f->widest = BP_MAX(f->widest, i + LOOK - from);
		from = i;
	}
	f->widest = BP_MAX(f->widest, n - from);
	f->is_dense = 3 * all > i;
}

bool bp_fast_search_load(struct fast_search *f, const unsigned char *text, const uint32_t *length,
		   size_t n_segments)
{
	size_t i;

	f->text = text;
	for (f->n = 0, i = 0; i < n_segments; i++)
		f->n += length[i];
	if (bp_must_stop() || !BP_GROW(f->row, f->cap_row, f->n) ||
	    !BP_GROW(f->reached, f->cap_reached, f->n) ||
	    !bp_suffixes_reserve(&f->suffixes, f->n))
		return false;
	bp_state_numbers_walk(&f->rows->states, text, length, n_segments, f->reached, f->row);
	find_widest(f);
	return true;
}

void bp_fast_search_mark(struct fast_search *f, size_t at)
{
	f->row[at] = bp_score_rows_mark(f->rows);
}

size_t bp_fast_search_last_cut(const struct fast_search *f)
{
	size_t at = f->n;

	while (at > 0 && (--at == 0 || !is_cut_point(f, at)))
		;
	return at;
}

/* A cut point near the middle of n bytes for the kernel, so a multiple of BP_ROW; or 0.  It gains
 * less the more the halves differ, so the search ends at a quarter. */
static size_t find_middle(const struct fast_search *f, size_t n)
{
	size_t middle = n / 2 / BP_ROW * BP_ROW, least = n / 4;

	while (middle > least && !is_cut_point(f, middle))
		middle -= BP_ROW;
	return middle > least ? middle : 0;
}

void bp_fast_search_run(struct fast_search *f, size_t n)
{
	if (n > 0)
		f->kernel(f->rows, f->exact.u, f->row, n, find_middle(f, n), &f->suffixes);
}

/* The first cut point behind a position. */
static size_t cut_after(const struct fast_search *f, size_t at)
{
	for (at++; at < f->n && !is_cut_point(f, at); at++)
		;
	return at;
}

/*
 * The reference's sum starts from 0 in each segment.  If one starts in (known.at, at], where 'at'
 * is the position of the path's end, restart 'known' at the last start.
 */
static void forget_segments(struct fast_search *f, size_t at)
{
	const struct vocabulary_piece *piece = f->exact.u->piece;
	const bp_newlines rule = f->exact.u->newlines;
	size_t start = at, i = f->path.n;

	while (start > f->known.at && !bp_segment_ends(rule, f->text[start - 1], f->text[start]))
		start--;
	if (start == f->known.at)
		return;
	f->known.at = start;
	for (; at > start; at -= piece[f->path.piece[i]].len)
		i--;
	f->known.n_pieces = i;
	f->known.sum = 0;
}

/* Step 4: the exact score at the end of the path, at position 'at', added in the reference's
 * order. */
static double score_at(struct fast_search *f, size_t at)
{
	const struct vocabulary_piece *piece = f->exact.u->piece;

	if (at < f->n)
		forget_segments(f, at);
	for (; f->known.n_pieces < f->path.n; f->known.n_pieces++) {
		f->known.sum += piece[f->path.piece[f->known.n_pieces]].score;
		f->known.at += piece[f->path.piece[f->known.n_pieces]].len;
	}
	return f->known.sum;
}

double bp_fast_search_score(struct fast_search *f)
{
	const struct vocabulary_piece *piece = f->exact.u->piece;
	size_t at = f->known.at, i;

	for (i = f->known.n_pieces; i < f->path.n; i++)
		at += piece[f->path.piece[i]].len;
	return score_at(f, at);
}

/*
 * Step 4: find in double precision the last piece of the best path to each of the n bytes behind
 * position 'from', where the score is 'score'.
 */
static bool search_exactly(struct fast_search *f, size_t from, size_t n, double score)
{
	const struct vocabulary_piece *piece = f->exact.u->piece;
	const struct score_rows *rows = f->rows;
	const uint32_t *row = f->row + from;
	uint32_t p;
	size_t i, end;

	f->score[0] = score;
	for (i = 0; i < n; ) {
		if (i > 0 && bp_must_stop())
			return false;
		for (end = BP_MIN(n, i + BLOCK); i < end; i++) {
			if (i + AHEAD < n)
				BP_PREFETCH(&piece[bp_score_rows_piece(rows, row[i + AHEAD])]);
			for (p = bp_score_rows_piece(rows, row[i]); piece[p].len > i + 1; )
				p = piece[p].shorter;	/* it begins before 'from' */
			f->last[i] = bp_viterbi_step(piece, p, &f->score[i + 1]);
		}
	}
	return true;
}

/* Append the best path between two positions, found in double precision. */
static bool append_exactly(struct fast_search *f, size_t from, size_t to)
{
	const struct vocabulary_piece *piece = f->exact.u->piece;
	size_t n = to - from, k = 0, at;
	uint32_t *path;

	if (!BP_GROW(f->score, f->cap_score, n + 1) ||
	    !BP_GROW(f->last, f->cap_last, n) ||
	    !search_exactly(f, from, n, score_at(f, from)))
		return false;
	for (at = n; at > 0; at -= piece[f->last[at - 1]].len)
		k++;
	f->path.n += k;
	for (path = BP_AT(f->path.piece, f->path.n), at = n; at > 0; at -= piece[*path].len)
		*--path = f->last[at - 1];
	return true;
}

/* In place of append_exactly() where the sum at 'from' is unknown. */
static bool leave_gap(struct fast_search *f, size_t from, size_t to)
{
	if (!BP_GROW(f->gap, f->cap_gap, f->n_gaps + 1) ||
	    !bp_buf_append(&f->undecided, f->text + from, to - from))
		return false;
	f->gap[f->n_gaps++] = (struct fast_search_gap){ f->path.n, to - from };
	return true;
}

/*
 * Step 3: the largest difference between the kernel's scores of two paths, apart for n bytes, at
 * which rounding may have decided; in the kernel's 1/16 of a unit.  'most' bounds the magnitude of
 * their sums.
 */
static int32_t tolerance(const struct fast_search *f, size_t n, double most)
{
	const double units = 2 + (double)n * (1 + most * 0x1p-51 * f->rows->scale);
	/* Where there is no second path the difference is above the limit, and always certain. */
	const double wide = units * (1 << BP_ROW_CODE_BITS);
	const uint64_t limit = 1 << 29;

	_Static_assert(BP_ROW_NONE == -(1 << 30), "the limit is half of the score of no path");
	return (int32_t)bp_integer(wide, limit);
}

/* The suffix of piece p, or p itself, that is a piece of 'len' > BP_ROW bytes. */
static uint32_t long_piece(const struct fast_search *f, uint32_t p, size_t len)
{
	const struct vocabulary_piece *piece = f->exact.u->piece;

	if (f->rows->row[p].more.len[0] == len)
		return p;
	while (piece[p].len != len)
		p = piece[p].shorter;
	return p;
}

/* Append pieces from *at on while they are certain: until 'to', or until the best path leads the
 * second by 'near' or less. */
static void append_certain(struct fast_search *f, size_t *at, size_t to, int32_t near)
{
	/* Local copies: the compiler has to assume that writing to the path changes the structs. */
	const struct score_row *rows = f->rows->row, *row;
	const int32_t *best = f->suffixes.best, *second = f->suffixes.second;
	const uint32_t *number = f->row;
	const struct automaton *a = &f->exact.u->a;
	const uint32_t *longest = a->longest, root = (uint32_t)(a->slot[0] >> BP_SLOT_BASE);
	const unsigned char *text = f->text;
	/* Where single bytes are rare, a branch for them is hard to predict: then there is none. */
	const int single = f->is_dense ? 0 : -1;
	uint32_t *path = BP_AT(f->path.piece, f->path.n);
	size_t i = *at, len;
	int code;

	for (; i < to && best[i] - second[i] > near; path++) {
		code = best[i] & BP_ROW_CODE;
		if (code == single) {
			/* Predicted in runs of single bytes: then the next position does not
			 * wait for the score of this one. */
			*path = longest[root ^ text[i]];
			i++;
		} else if (code != BP_ROW_LONG) {
			len = (size_t)(code & (BP_ROW - 1)) + 1;
			i += len;
			row = &rows[number[i - 1]];
			while (bp_score_row_is_long(row))
				row = &rows[row->more.next];
			*path = row->piece[len - 1];
		} else {
			len = f->suffixes.long_len[i];
			i += len;
			*path = long_piece(f, number[i - 1], len);
		}
	}
	f->path.n = (size_t)(path - f->path.piece);
	*at = i;
}

/*
 * Append the best path between two positions; 'most' bounds the magnitude of its sum.  Most pieces
 * are certain by the tolerance of the largest distance of cut points, which costs nothing per
 * piece.  Where that fails, the true distance decides, and where that fails too, decide() handles
 * all bytes up to the cut point.
 */
static bool append_between(struct fast_search *f, size_t from, size_t to, double most,
			   bool decide(struct fast_search *f, size_t from, size_t to))
{
	int32_t near = tolerance(f, f->widest, most), nearer;
	size_t at = from, end = from;

	if (!bp_path_reserve(&f->path, to - from))
		return false;
	for (append_certain(f, &at, to, near); at < to; append_certain(f, &at, to, near)) {
		/* Below 'end', that is still the first cut point; so each byte is seen once. */
		if (at >= end)
			end = BP_MIN(cut_after(f, at), to);
		nearer = tolerance(f, end - at, most);
		if (f->suffixes.best[at] - f->suffixes.second[at] > nearer)
			append_certain(f, &at, at + 1, nearer);
		else if (!decide(f, at, end))
			return false;
		else
			at = end;
	}
	return true;
}

bool bp_fast_search_path(struct fast_search *f, size_t from, size_t to, double sum)
{
	double most = fabs(sum) + (double)(to - from) * (double)BP_FAST_SEARCH_MOST;

	if (from == to)
		return true;
	f->known = (struct fast_search_sum){ sum, from, f->path.n };
	return append_between(f, from, to, most, append_exactly);
}

bool bp_fast_search_path_with_gaps(struct fast_search *f, size_t from, size_t to, double most)
{
	return from == to || append_between(f, from, to, most, leave_gap);
}
