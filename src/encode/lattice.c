/*
 * By rows, the sums of the last positions are kept twice: in f and e, for choices later, and in
 * 'near' at the scale of the last one, for the next product.  When the scale changes, 'near' is
 * multiplied and n_changes counts.  A choice at a position may use its row if the count is equal at
 * the row's first position and at its own: then all sums of the row have one scale in 'f' too.
 */
#include "encode/lattice.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/number.h"

enum { LANES = 4 };	/* paths drawn side by side */
/*
 * By rows, each piece weighs at least 2^-b, where b is at most row_bits: so a sum is at most 2^b
 * times the next one.  The last sum is kept between 2^-s and 2^s, where s is the least of
 * range_bits - 8 * b and scale_bits.  So the eight sums at one scale stay below 2^range_bits, in
 * the range of a double, and the scale seldom changes.
 */
static const double row_bits = 100, range_bits = 1000, scale_bits = 400;
/* A long piece that weighs 2^long_bits more raises the scale. */
static const double long_bits = 256;
static const double log_2 = 0.69314718055994530942;
/* A larger alpha makes no difference that double precision could show. */
static const double alpha_max = 1e200;

double bp_scaled(double x, double d)
{
	if (d < -2200)
		return 0;
	return ldexp(x, d < 0 ? -(int)bp_integer(-d, 2200) : (int)bp_integer(d, 2200));
}

/* The lowest score of a piece that may be used, at most 0. */
static double lowest_usable_score(const struct vocabulary *u)
{
	double low = 0;
	size_t i;

	for (i = 0; i < u->a.n_pieces; i++)
		if (u->piece[i].score != -INFINITY)
			low = BP_MIN(low, u->piece[i].score);
	return low;
}

/* Make a row for each piece up to the first long one: in the usual order, by length, for each short
 * piece. */
static bool fill_rows(struct weights *w)
{
	size_t i, k;
	uint32_t p;

	for (i = 0; i < w->u->a.n_pieces && w->piece[i].len <= BP_LATTICE_ROW; i++)
		;
	if (i > SIZE_MAX / sizeof(*w->row) - 1 ||
	    (w->row = bp_array_large((i + 1) * sizeof(*w->row))) == NULL)
		return false;
	w->n_rows = i;
	for (w->n_single = 0; w->n_single < i && w->piece[w->n_single].len <= 1; w->n_single++)
		;
	for (i = 0; i < w->n_rows; i++) {
		if (bp_must_stop_at(i))
			return false;
		w->row[i] = (struct weight_row){ 0 };
		p = w->piece[i].len > 0 ? (uint32_t)i : BP_NO_PIECE;
		for (; p != BP_NO_PIECE; p = w->piece[p].shorter) {
			k = BP_LATTICE_ROW - w->piece[p].len;
			w->row[i].w[k] = w->piece[p].w;
			w->row[i].piece[k] = p;
		}
	}
	return true;
}

bool bp_weights_init(struct weights *w, const struct vocabulary *u, double alpha)
{
	size_t n = u->a.n_pieces, i;
	bool shifts;
	double bits, most;

	alpha = BP_MIN(alpha, alpha_max);
	bits = alpha * -lowest_usable_score(u) / log_2;
	shifts = bits > row_bits;
	most = BP_MIN(scale_bits, range_bits - (double)BP_LATTICE_ROW * BP_MIN(bits, row_bits));
	*w = (struct weights){
		.u = u, .piece = bp_array(n, sizeof(*w->piece)),
		.highest = ldexp(1, (int)most),
		.lowest = ldexp(1, -(int)most)
	};
	if (shifts)
		w->shift = bp_array(n, sizeof(*w->shift));
	if (w->piece == NULL || (shifts && w->shift == NULL)) {
		bp_weights_release(w);
		return false;
	}
	for (i = 0; i < n; i++) {
		if (bp_must_stop_at(i)) {
			bp_weights_release(w);
			return false;
		}
		w->piece[i] = (struct weight){ 0, u->piece[i].len, u->piece[i].shorter };
		if (shifts)
			w->shift[i] = 0;
		if (u->piece[i].score == -INFINITY)
			continue;
		bits = alpha * u->piece[i].score / log_2;
		if (shifts)
			bits -= w->shift[i] = floor(bits);
		w->piece[i].w = shifts ? exp2(bits) : exp(alpha * u->piece[i].score);
	}
	if (shifts || fill_rows(w))
		return true;
	bp_weights_release(w);
	return false;
}

void bp_weights_release(struct weights *w)
{
	free(w->piece);
	free(w->shift);
	free(w->row);
	*w = (struct weights){ 0 };
}

/* Make room for n positions, and for the positions of one row before the segment. */
static bool reserve_positions(struct lattice *l, size_t n)
{
	size_t padded = n + BP_LATTICE_ROW;

	if (padded < n ||
	    !BP_GROW(l->padded_f, l->cap_f, padded) ||
	    !BP_GROW(l->padded_changes, l->cap_changes, padded) ||
	    !BP_GROW(l->e, l->cap_e, n) ||
	    !BP_GROW(l->top, l->cap_top, n))
		return false;
	l->f = l->padded_f + BP_LATTICE_ROW;
	l->changes = l->padded_changes + BP_LATTICE_ROW;
	return true;
}

bool bp_lattice_init(struct lattice *l, const struct weights *w)
{
	*l = (struct lattice){ .w = w };
	if (!reserve_positions(l, 1) ||
	    !BP_GROW(l->growth, l->cap_growth, 1))
		return false;
	bp_lattice_begin(l);
	return true;
}

void bp_lattice_release(struct lattice *l)
{
	free(l->padded_f);
	free(l->padded_changes);
	free(l->e);
	free(l->growth);
	free(l->top);
	*l = (struct lattice){ 0 };
}

/* Begin a segment at l->at, where all arrays have room. */
static void begin_segment_here(struct lattice *l)
{
	double *f = l->f + l->at;
	uint32_t *changes = l->changes + l->at;
	ptrdiff_t i;

	*f = 1;
	l->e[l->at] = 0;
	l->top[l->at] = BP_NO_PIECE;
	if (l->w->shift != NULL)
		l->growth[l->at] = 0;
	/* Sums of 0 before the segment, so that rows need no special case at its start. */
	for (i = 1; i <= BP_LATTICE_ROW; i++) {
		l->near[i - 1] = f[-i] = 0;
		changes[-i] = 0;
	}
	l->near[BP_LATTICE_ROW - 1] = 1;
	*changes = l->n_changes = 0;
	l->scale = 0;
}

void bp_lattice_begin(struct lattice *l)
{
	l->at = 0;
	begin_segment_here(l);
}

bool bp_lattice_add(struct lattice *l)
{
	size_t at = l->at + BP_LATTICE_ROW + 1;

	if (at < l->at || !reserve_positions(l, at + 1) ||
	    (l->w->shift != NULL && !BP_GROW(l->growth, l->cap_growth, at + 1)))
		return false;
	l->at = at;
	begin_segment_here(l);
	return true;
}

/* Multiply the scale of the last sums, which are before 'end', by 2^d. */
static void change_scale(double *end, double d)
{
	double factor = bp_scaled(1, -d);
	int i;

	for (i = 1; i <= BP_LATTICE_ROW; i++)
		end[-i] *= factor;
}

/*
 * The sum, at *scale, of the paths to a position that end with a piece without a row.  *p is the
 * longest of them, and is moved to the first piece with a row.  A long piece may weigh much
 * more than the bytes that it spans; then it raises the scale.
 */
static double sum_long_pieces(const struct lattice *l, size_t position, uint32_t *p, double *scale)
{
	const struct weights *w = l->w;
	const struct weight *piece;
	double sum = 0, part, d;
	size_t start;

	for (; *p != BP_NO_PIECE && *p >= w->n_rows; *p = piece->shorter) {
		piece = &w->piece[*p];
		start = position - piece->len;
		part = l->f[start] * piece->w;
		d = l->e[start] - *scale;
		if (d > long_bits && part > 0) {
			sum = bp_scaled(sum, -d);
			*scale += d;
			d = 0;
		}
		sum += d == 0 ? part : bp_scaled(part, d);
	}
	return sum;
}

/*
 * The scalar product of the sums before 'end', the last of which are a, b and c, and a row.
 * Products are rounded before they are added (-ffp-contract=off), so that results are equal on all
 * machines.  The product of the last position is added last, since its sum is ready last.  The last
 * sums are passed: to load what was stored just before takes longer than all the additions.
 */
static inline double row_sum(const double *end, double a, double b, double c, const double *row)
{
	double p0 = end[-8] * row[0], p1 = end[-7] * row[1];
	double p2 = end[-6] * row[2], p3 = end[-5] * row[3];
	double p4 = end[-4] * row[4], p5 = a * row[5];
	double p6 = b * row[6], p7 = c * row[7];
	double s0 = p0 + p2, s1 = p1 + p3;

	s0 += p4;
	s1 += p5;
	s0 += p6;
	return s0 + s1 + p7;
}

/*
 * Look up the longest pieces at n positions and prefetch their rows.  Done for many positions
 * ahead: memory serves many requests at a time, but each sum has to wait for the one before.
 */
static void look_up_pieces(const struct weights *w, const uint32_t *state, size_t n, uint32_t *top)
{
	const uint32_t *longest = w->u->a.longest;
	size_t i;

	for (i = 0; i < n; i++) {
		top[i] = longest[state[i]];
		if (top[i] >= w->n_rows) {
			BP_PREFETCH(&w->piece[top[i]]);
			continue;
		}
		BP_PREFETCH(&w->row[top[i]]);
		BP_PREFETCH(&w->row[top[i]].piece[BP_LATTICE_ROW - 1]);
	}
}

/* True if the last sum may be 'sum' at the scale that it has. */
static inline bool is_in_range(const struct weights *w, double sum)
{
	return sum <= w->highest && sum >= w->lowest;
}

/* Add up at byte i behind l->at, in which the scale may change. */
static void sum_at_any_scale(struct lattice *l, size_t i)
{
	size_t position = l->at + i + 1;
	double *end = l->near + BP_LATTICE_ROW + i, scale = l->scale, sum;
	uint32_t p = l->top[position];
	int bits;

	sum = sum_long_pieces(l, position, &p, &scale);
	if (scale != l->scale) {
		change_scale(end, scale - l->scale);
		l->n_changes++;
	}
	if (p != BP_NO_PIECE)
		sum += row_sum(end, end[-3], end[-2], end[-1], l->w->row[p].w);
	if (!is_in_range(l->w, sum)) {	/* bring it near 1 */
		sum = frexp(sum, &bits);
		change_scale(end, bits);
		scale += bits;
		l->n_changes++;
	}
	*end = l->f[position] = sum;
	l->e[position] = l->scale = scale;
	l->changes[position] = l->n_changes;
}

/*
 * Add up over n bytes behind l->at, from byte i on, by rows alone and at one scale.  Returns the
 * index of the first byte that needs sum_at_any_scale(), or n.
 */
static size_t sum_at_one_scale(struct lattice *l, size_t i, size_t n)
{
	const struct weights w = *l->w;	/* a copy, for compilers to keep in registers */
	const struct weight_row *row = w.row;
	const uint32_t *top = l->top + l->at + 1;
	double *near = l->near + BP_LATTICE_ROW, *f = l->f + l->at + 1, *e = l->e + l->at + 1;
	const double *end = near + i;
	double a = end[-3], b = end[-2], c = end[-1];
	double scale = l->scale, sum;
	uint32_t *changes = l->changes + l->at + 1, n_changes = l->n_changes;

	for (; i < n && top[i] < w.n_rows; i++) {
		sum = row_sum(near + i, a, b, c, row[top[i]].w);
		if (!is_in_range(&w, sum))
			break;
		near[i] = f[i] = sum;
		a = b;
		b = c;
		c = sum;
		e[i] = scale;
		changes[i] = n_changes;
	}
	return i;
}

/* Add up by rows, over n <= BP_LATTICE_NEAR bytes. */
static void advance_by_rows(struct lattice *l, const uint32_t *state, size_t n)
{
	size_t i;

	look_up_pieces(l->w, state, n, l->top + l->at + 1);
	for (i = 0; (i = sum_at_one_scale(l, i, n)) < n; i++)
		sum_at_any_scale(l, i);
	l->at += n;
	memmove(l->near, l->near + n, BP_LATTICE_ROW * sizeof(l->near[0]));
}

/* Add up by pieces, for any weights.  A sum takes its exponents from its highest part. */
static bool advance_by_pieces(struct lattice *l, const uint32_t *state, size_t n)
{
	const struct weights *w = l->w;
	const struct weight *piece;
	double sum, part, e = 0, growth = 0, from_e, d;
	size_t i, start;
	uint32_t p;
	int bits;

	for (i = 0; i < n; i++) {
		if (bp_must_stop_at(i))
			return false;
		sum = 0;
		l->top[l->at + 1] = w->u->a.longest[state[i]];
		for (p = l->top[l->at + 1]; p != BP_NO_PIECE; p = piece->shorter) {
			piece = &w->piece[p];
			start = l->at + 1 - piece->len;
			part = l->f[start] * piece->w;
			if (part == 0)
				continue;
			from_e = l->e[start] + w->shift[p];
			d = (from_e - e) + (l->growth[start] - growth);
			if (sum == 0 || d > 0) {
				sum = sum == 0 ? 0 : bp_scaled(sum, -d);
				e = from_e;
				growth = l->growth[start];
				d = 0;
			}
			sum += d == 0 ? part : bp_scaled(part, d);
		}
		l->at++;
		l->f[l->at] = frexp(sum, &bits);
		l->e[l->at] = e;
		l->growth[l->at] = growth + bits;
	}
	return true;
}

bool bp_lattice_advance(struct lattice *l, const uint32_t *state, size_t n)
{
	size_t step;

	if (n >= SIZE_MAX - l->at || !reserve_positions(l, l->at + n + 1))
		return false;
	if (l->w->shift != NULL) {
		if (!BP_GROW(l->growth, l->cap_growth, l->at + n + 1))
			return false;
		return advance_by_pieces(l, state, n);
	}
	for (; n > 0; state += step, n -= step) {
		if (bp_must_stop())
			return false;
		step = BP_MIN(n, BP_LATTICE_NEAR);
		advance_by_rows(l, state, step);
	}
	return true;
}

void bp_lattice_forget(struct lattice *l)
{
	size_t most = BP_MAX(l->w->u->max_len, BP_LATTICE_ROW);
	size_t keep = BP_MIN(l->at, most), from = l->at - keep;

	if (from == 0)
		return;
	memmove(l->f, l->f + from, (keep + 1) * sizeof(*l->f));
	memmove(l->changes, l->changes + from, (keep + 1) * sizeof(*l->changes));
	memmove(l->e, l->e + from, (keep + 1) * sizeof(*l->e));
	if (l->w->shift != NULL)
		memmove(l->growth, l->growth + from, (keep + 1) * sizeof(*l->growth));
	memmove(l->top, l->top + from, (keep + 1) * sizeof(*l->top));
	l->at = keep;
}

double bp_lattice_log_sum(const struct lattice *l)
{
	double exponent = l->e[l->at];

	if (l->w->shift != NULL)
		exponent += l->growth[l->at];
	exponent *= log_2;
	return bp_log(l->f[l->at]) + exponent;
}

/*
 * The index of the first part in a row that raises the sum of the parts above 'left', or
 * BP_LATTICE_ROW if there is none.  By counting, since no processor can predict a branch on a
 * random number.
 */
static inline unsigned first_over(const double *end, const double *row, double left)
{
	double p0 = end[-8] * row[0], p1 = end[-7] * row[1];
	double p2 = end[-6] * row[2], p3 = end[-5] * row[3];
	double p4 = end[-4] * row[4], p5 = end[-3] * row[5];
	double p6 = end[-2] * row[6], p7 = end[-1] * row[7];
	double s1 = p0 + p1, s2 = s1 + p2, s3 = s2 + p3, s4 = s3 + p4;
	double s5 = s4 + p5, s6 = s5 + p6, s7 = s6 + p7;

	return (unsigned)(p0 <= left) + (s1 <= left) + (s2 <= left) + (s3 <= left) +
	       (s4 <= left) + (s5 <= left) + (s6 <= left) + (s7 <= left);
}

/* True if the sums at a position and at the eight before it have one scale, as a row needs it. */
static inline bool has_one_scale(const struct lattice *l, size_t position)
{
	return l->changes[(ptrdiff_t)position - BP_LATTICE_ROW] == l->changes[position];
}

/* The first piece, from p on, that raises the sum of the parts above 'left'. */
static uint32_t choose_piece(const struct lattice *l, size_t position, uint32_t p, double left)
{
	uint32_t last = BP_NO_PIECE;
	double part;

	for (; p != BP_NO_PIECE; p = l->w->piece[p].shorter) {
		part = bp_lattice_part(l, position, p);
		left -= part;
		if (left < 0)
			return p;
		if (part > 0)
			last = p;
	}
	/* The parts were rounded to less than their sum: take the last piece that is possible. */
	return last;
}

uint32_t bp_lattice_choose(const struct lattice *l, size_t position, double random)
{
	const struct weights *w = l->w;
	double left = random * l->f[position], part;
	uint32_t p = l->top[position];
	unsigned k;

	if (w->n_rows > 0 && has_one_scale(l, position)) {
		for (; p >= w->n_rows && p != BP_NO_PIECE; p = w->piece[p].shorter) {
			part = bp_lattice_part(l, position, p);
			if (left < part)
				return p;
			left -= part;
		}
		k = p == BP_NO_PIECE ? BP_LATTICE_ROW
		  : first_over(l->f + position, w->row[p].w, left);
		if (k < BP_LATTICE_ROW)
			return w->row[p].piece[k];
		p = l->top[position];
		left = l->f[position];
	}
	return choose_piece(l, position, p, left);
}

/*
 * Draw the next piece of a path, backwards; false if the path is complete.  By a row the start of
 * the piece is known before its number is loaded, and the next choice waits for nothing else.
 */
static inline bool draw_piece(const struct lattice *l, struct lattice_draw *d, uint32_t *piece)
{
	const struct weights *w = l->w;
	size_t at = d->position;
	uint32_t p = l->top[at];
	double random;
	unsigned k;

	if (at == d->start)
		return false;
	if (p < w->n_single) {	/* no choice */
		d->position = at - 1;
		piece[--d->from] = p;
		return true;
	}
	random = bp_random_unit(bp_random_at(&d->random, at - d->start));
	if (p < w->n_rows && has_one_scale(l, at)) {
		k = first_over(l->f + at, w->row[p].w, random * l->f[at]);
		if (k < BP_LATTICE_ROW) {
			d->position = at - (BP_LATTICE_ROW - k);
			piece[--d->from] = w->row[p].piece[k];
			return true;
		}
	}
	p = bp_lattice_choose(l, at, random);
	d->position = at - w->piece[p].len;
	piece[--d->from] = p;
	return true;
}

void bp_lattice_draw(const struct lattice *l, struct lattice_draw *d, size_t n, uint32_t *piece)
{
	struct lattice_draw *lane[LANES];
	size_t next = 0, n_lanes, i;

	for (n_lanes = 0; n_lanes < LANES && next < n; n_lanes++)
		lane[n_lanes] = &d[next++];
	while (n_lanes > 0)
		for (i = 0; i < n_lanes; i++)
			if (!draw_piece(l, lane[i], piece))
				lane[i] = next < n ? &d[next++] : lane[--n_lanes];
}
