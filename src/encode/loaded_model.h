/*
 * loaded_model.h - struct bp_model: a model file's content and the search structures made of it.
 */
#ifndef BP_LOADED_MODEL_H
#define BP_LOADED_MODEL_H

#include "encode/late_rows.h"
#include "encode/vocabulary.h"
#include "model/model.h"

/* What the public header calls bp_model. */
struct bp_model {
	struct model model;
	struct vocabulary vocabulary;
	struct score_rows rows;	/* empty where the kernel cannot be used, and of an excerpt */
	struct late_rows *late;	/* or NULL; instead of them */
	uint32_t *entry;	/* NULL, or of an excerpt the entry of each piece in 'unigram' */
};

/*
 * Make the search for m->model, which has to be filled in; from m->model.stored, if there is that.
 * 'name' is that of its file, for messages.
 */
bp_status bp_model_prepare(bp_model *m, const char *name, bp_error *err);
/* The same where nothing but this text, of which all is there, is going to be encoded.  With more than
 * so many bytes it makes no difference. */
enum { BP_SUBSET_TEXT_MAX = 128 * 1024 };
bp_status bp_model_prepare_for(bp_model *m, const char *name, struct slice text, bp_error *err);

#endif
