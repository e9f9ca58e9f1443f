/*
 * loaded_model.h - struct bp_model: the content of a model file and the search structures built
 * from it.
 *
 * A model is read first (model/model_file.h) and prepared afterwards, once.  After that it is
 * read-only, and any number of threads may use it.
 */
#ifndef BP_LOADED_MODEL_H
#define BP_LOADED_MODEL_H

#include "encode/kernel.h"
#include "encode/score_rows.h"
#include "encode/vocabulary.h"
#include "model/model.h"

/* The public header declares it as bp_model.  Zero bytes are a valid empty one, for bp_free(). */
struct bp_model {
	struct model model;	/* valid in every state */
	enum bp_model_state {
		/* 'model' alone is valid: the file was read, nothing can be searched yet. */
		BP_MODEL_READ,
		/*
		 * 'vocabulary' has only pieces of one short text, with numbers of its own;
		 * entry[i] is the entry of its piece i in 'model'.  There are no rows: search in
		 * double precision.
		 */
		BP_MODEL_SUBSET,
		/* 'vocabulary' has all pieces, numbered as in 'model'; 'rows' is made, but is empty
		 * (rows.n == 0) where the kernel cannot hold the scores. */
		BP_MODEL_ROWS,
		/* As above, but 'rows' stays empty and rows are made on demand, in 'on_demand'. */
		BP_MODEL_ROWS_ON_DEMAND
	} state;
	struct vocabulary vocabulary;
	uint32_t *entry;		/* owned; NULL unless BP_MODEL_SUBSET */
	struct score_rows rows;
	struct rows_on_demand *on_demand;	/* owned; NULL unless BP_MODEL_ROWS_ON_DEMAND */
	bp_kernel *kernel;		/* not NULL once the model is prepared */
};

/* A model in the state BP_MODEL_READ, and the name of its file, for messages; both borrowed. */
struct unprepared_model {
	bp_model *model;
	const char *name;
};

/*
 * Build the search structures for the whole of m->model; uses the automaton in m->model.stored if
 * the file had one.  'name' is the name of the file, for messages.  Errors: BP_ENOMEM; BP_EFORMAT
 * if the pieces or the stored automaton are damaged; BP_ERANGE if BP_KERNEL names no kernel
 * (kernel.h).  Whatever is returned, bp_free() releases the model.
 */
bp_status bp_model_prepare(bp_model *m, const char *name, bp_error *err);

/*
 * As bp_model_prepare(), for a model that will encode texts that begin with 'text'; is_all: the
 * model will encode nothing else.  If it is all, and has up to BP_SUBSET_TEXT_MAX bytes, only
 * pieces that occur in it are indexed (BP_MODEL_SUBSET), which takes a fraction of the time.
 *
 * is_all has to be false if special tokens are recognised in the text: the parts between them are
 * normalised one by one, and a normalised part may hold pieces that the normalised text does not.
 */
enum { BP_SUBSET_TEXT_MAX = 128 * 1024 };
bp_status bp_model_prepare_for(const struct unprepared_model *u, struct slice text, bool is_all,
			       bp_error *err);

/*
 * The score rows for a search of n bytes with a prepared model, or NULL: search in double
 * precision.  Any thread may call it; the first call that finds it worthwhile makes rows on
 * demand.
 */
const struct score_rows *bp_model_rows(const bp_model *m, size_t n);

#endif
