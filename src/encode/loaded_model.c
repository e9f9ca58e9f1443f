#include "encode/loaded_model.h"

#include "text/nfc.h"

/*
 * With more text than this, in bytes, a vocabulary whose automaton is in the file is ready sooner as
 * a whole; for one without, the limit is BP_SUBSET_TEXT_MAX.
 */
enum { SUBSET_STORED = 16 * 1024 };

bp_status bp_model_prepare(bp_model *m, const char *name, bp_error *err)
{
	const struct model *own = &m->model;
	bp_status st;

	if ((st = bp_vocabulary_from_model(&m->vocabulary, own, name, err)) != BP_OK)
		return st;
	/* A model that loads at once is to be of use at once. */
	if (own->stored.slot != NULL)
		return (m->late = bp_late_rows_new()) != NULL ? BP_OK : bp_fail_memory(err);
	return bp_score_rows_init(&m->rows, &m->vocabulary) ? BP_OK : bp_fail_memory(err);
}

bp_status bp_model_prepare_for(bp_model *m, const char *name, struct slice text, bp_error *err)
{
	size_t most = m->model.stored.slot != NULL ? SUBSET_STORED : BP_SUBSET_TEXT_MAX;
	struct buf scratch = { 0 };
	bp_status st = BP_OK;

	if (text.n <= most) {
		if (m->model.normalize == BP_NORMALIZE_NFC && !bp_nfc(text, &scratch, &text))
			st = bp_fail_memory(err);
		else
			st = bp_vocabulary_subset(&m->vocabulary, &m->entry, &m->model, text, err);
		bp_buf_release(&scratch);
	}
	/* What is wrong with its pieces is looked for, and said, where all of them are. */
	if (st == BP_ENOMEM || m->entry != NULL)
		return st;
	return bp_model_prepare(m, name, err);
}
