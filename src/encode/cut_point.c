#include "encode/cut_point.h"

#include <stdlib.h>

#include "text/nfc.h"
#include "text/utf8.h"

enum {
	LOOK = 2048,		/* bytes looked at at a time: most text has a border there */
	TIMES = 16,		/* more looks than these cost more than they are worth */
	ALIGN = 256		/* bytes in which a place is sought that normalisation does not cross */
};

bool bp_cut_point_init(struct cut_point_finder *b, const bp_model *m)
{
	*b = (struct cut_point_finder){ .model = m };
	b->state = bp_array((size_t)m->vocabulary.max_len + LOOK + ALIGN, sizeof(*b->state));
	return b->state != NULL;
}

void bp_cut_point_release(struct cut_point_finder *b)
{
	free(b->state);
	bp_buf_release(&b->scratch);
	*b = (struct cut_point_finder){ 0 };
}

/* The last place before 'end' that normalisation does not cross, if it is near; else 0. */
static size_t text_border(struct slice s, size_t end)
{
	return bp_nfc_boundary((struct slice){ s.p, end }, end - ALIGN, true);
}

static bool is_text_border(struct slice s, size_t i)
{
	size_t end = i + bp_utf8_unit(s.p + i, s.n - i);

	return bp_nfc_boundary((struct slice){ s.p, end }, i - 1, true) == i;
}

/*
 * Look at the bytes before 'end' and the longest piece's more, from which on the state is certain.
 * What is not in normal form there is passed over: the automaton reads the normal form.
 */
static bool look(struct cut_point_finder *b, struct slice s, size_t end, size_t *at)
{
	const struct vocabulary *u = &b->model->vocabulary;
	bool normalize = b->model->model.normalize == BP_NORMALIZE_NFC;
	size_t from = end - LOOK - u->max_len, i;
	struct slice part, normal;
	uint32_t length;

	if (normalize && ((from = text_border(s, from)) == 0 || (end = text_border(s, end)) == 0))
		return true;
	part = normal = (struct slice){ s.p + from, end - from };
	if (normalize && !bp_nfc(part, &b->scratch, &normal))
		return false;
	if (normal.p != part.p)
		return true;
	length = (uint32_t)part.n;
	bp_automaton_walk(&u->a, part.p, &length, 1, b->state);
	for (i = end - 1; i >= from + u->max_len && *at == 0; i--)
		if (bp_automaton_is_single_byte(&u->a, b->state[i - from], s.p[i]) &&
		    (!normalize || is_text_border(s, i)))
			*at = i;
	return true;
}

bool bp_cut_point_find(void *finder, struct slice s, size_t *at)
{
	struct cut_point_finder *b = finder;
	size_t least = (size_t)b->model->vocabulary.max_len + LOOK + ALIGN, end = s.n;
	int i;

	*at = 0;
	for (i = 0; i < TIMES && end > least && *at == 0; i++, end -= LOOK)
		if (!look(b, s, end, at))
			return false;
	return true;
}
