/*
 * Windows are examined from the end of the text backwards, and the first cut point found is
 * returned: the last one, so that a chunk that ends there leaves few bytes to the next chunk.
 */
#include "encode/cut_point.h"

#include <stdlib.h>

#include "text/nfc.h"
#include "text/utf8.h"

enum {
	WINDOW = 2048,		/* bytes examined at a time: most text has a cut point in as many */
	TRIES = 16,		/* windows; text without a cut point so far seldom has one nearby */
	MARGIN = 256		/* bytes in which a normalisation boundary is looked for */
};

bool bp_cut_point_init(struct cut_point_finder *f, const bp_model *m)
{
	*f = (struct cut_point_finder){ .model = m };
	f->state = bp_array((size_t)m->vocabulary.max_len + WINDOW + MARGIN, sizeof(*f->state));
	return f->state != NULL;
}

void bp_cut_point_release(struct cut_point_finder *f)
{
	free(f->state);
	bp_buf_release(&f->scratch);
	*f = (struct cut_point_finder){ 0 };
}

/* The last normalisation boundary in the MARGIN bytes before 'end', or 0. */
static size_t last_boundary(struct slice s, size_t end)
{
	return bp_nfc_boundary((struct slice){ s.p, end }, end - MARGIN, true);
}

static bool is_boundary(struct slice s, size_t i)
{
	size_t end = i + bp_utf8_unit(s.p + i, s.n - i);

	return bp_nfc_boundary((struct slice){ s.p, end }, i - 1, true) == i;
}

/*
 * Look for a cut point in the WINDOW bytes before 'end'.  The walk starts max_len bytes earlier:
 * from there on the state is certain: it cannot depend on earlier bytes, since no piece is longer.
 * Bytes that are not in normal form are passed over: the automaton reads normalised text.
 */
static bool search_window(struct cut_point_finder *f, struct slice s, size_t end, size_t *at)
{
	const struct vocabulary *u = &f->model->vocabulary;
	bool normalize = f->model->model.normalize == BP_NORMALIZE_NFC;
	size_t from = end - WINDOW - u->max_len, i;
	struct slice part, normal;
	uint32_t length;

	if (normalize &&
	    ((from = last_boundary(s, from)) == 0 || (end = last_boundary(s, end)) == 0))
		return true;
	part = normal = (struct slice){ s.p + from, end - from };
	if (normalize && !bp_nfc(part, &f->scratch, &normal))
		return false;
	if (normal.p != part.p)
		return true;	/* offsets in normalised text are not those of 's' */
	length = (uint32_t)part.n;
	bp_automaton_walk(&u->a, part.p, &length, 1, f->state);
	for (i = end - 1; i >= from + u->max_len && *at == 0; i--)
		if (bp_automaton_is_single_byte(&u->a, f->state[i - from], s.p[i]) &&
		    (!normalize || is_boundary(s, i)))
			*at = i;
	return true;
}

bool bp_cut_point_find(void *finder, struct slice s, size_t *at)
{
	struct cut_point_finder *f = finder;
	size_t least = (size_t)f->model->vocabulary.max_len + WINDOW + MARGIN, end = s.n;
	int i;

	*at = 0;
	for (i = 0; i < TRIES && end > least && *at == 0; i++, end -= WINDOW)
		if (!search_window(f, s, end, at))
			return false;
	return true;
}
