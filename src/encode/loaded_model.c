#include "encode/loaded_model.h"

#include "text/nfc.h"

/*
 * With more text than this, in bytes, verifying a stored automaton is quicker than building the
 * subset.  A model without a stored automaton is slower to prepare as a whole: there
 * BP_SUBSET_TEXT_MAX applies.
 */
enum { SUBSET_STORED = 16 * 1024 };

/* Rows of a model that loads in milliseconds wait until text is worth them; making them takes
 * longer. */
static bp_status add_rows(bp_model *m, bp_error *err)
{
	if (m->model.stored.slot != NULL) {
		m->state = BP_MODEL_ROWS_ON_DEMAND;
		m->on_demand = bp_rows_on_demand_new();
		return m->on_demand != NULL ? BP_OK : bp_fail_memory(err);
	}
	m->state = BP_MODEL_ROWS;
	return bp_score_rows_init(&m->rows, &m->vocabulary) ? BP_OK : bp_fail_memory(err);
}

bp_status bp_model_prepare(bp_model *m, const char *name, bp_error *err)
{
	bp_status st;

	if ((st = bp_kernel_choose(&m->kernel, err)) != BP_OK ||
	    (st = bp_vocabulary_from_model(&m->vocabulary, &m->model, name, err)) != BP_OK)
		return st;
	return add_rows(m, err);
}

/* Build the subset for a text, if the order of the pieces allows one: else the state stays as it
 * is. */
static bp_status prepare_subset(bp_model *m, struct slice text, bp_error *err)
{
	struct buf scratch = { 0 };
	bp_status st;

	if (m->model.normalize == BP_NORMALIZE_NFC && !bp_nfc(text, &scratch, &text))
		st = bp_fail_memory(err);
	else
		st = bp_vocabulary_subset(&m->vocabulary, &m->entry, &m->model, text, err);
	bp_buf_release(&scratch);
	if (m->entry != NULL)
		m->state = BP_MODEL_SUBSET;
	return st;
}

bp_status bp_model_prepare_for(const struct unprepared_model *u, struct slice text, bool is_all,
			       bp_error *err)
{
	bp_model *m = u->model;
	size_t most = m->model.stored.slot != NULL ? SUBSET_STORED : BP_SUBSET_TEXT_MAX;
	bp_status st;

	if (is_all && text.n <= most) {
		if ((st = bp_kernel_choose(&m->kernel, err)) != BP_OK)
			return st;
		st = prepare_subset(m, text, err);
		if (st == BP_ENOMEM || st == BP_EINTR || m->state == BP_MODEL_SUBSET)
			return st;
		/* Damaged pieces: the preparation of the whole finds the error and names its
		 * position. */
	}
	return bp_model_prepare(m, u->name, err);
}

const struct score_rows *bp_model_rows(const bp_model *m, size_t n)
{
	const struct score_rows *rows = &m->rows;

	if (m->state == BP_MODEL_ROWS_ON_DEMAND)
		rows = bp_rows_on_demand(m->on_demand, &m->vocabulary, n);
	return rows != NULL && rows->n > 0 ? rows : NULL;
}
