#include "encode/vocabulary.h"

#include <stdlib.h>

#include "encode/automaton_verify.h"

bp_status bp_vocabulary_automaton(struct automaton *a, const struct model *m, bp_error *err)
{
	struct slice *own;
	const struct slice *text = bp_model_texts(m, &own);
	bp_status st;

	*a = (struct automaton){ 0 };
	st = text != NULL ? bp_automaton_init(a, text, m->n_pieces, err) : bp_fail_memory(err);
	free(own);
	return st;
}

bp_status bp_vocabulary_from_model(struct vocabulary *u, const struct model *m, const char *name,
			     bp_error *err)
{
	struct slice *own;
	const struct slice *text = bp_model_texts(m, &own);
	bp_status st;

	*u = (struct vocabulary){ 0 };
	if (text == NULL)
		return bp_fail_memory(err);
	if (m->ready.slot == NULL)
		st = bp_automaton_init(&u->a, text, m->n_pieces, err);
	else
		st = bp_automaton_verify(&u->a, m, name, err);
	if (st == BP_ERANGE)	/* of the file, not of an argument */
		st = bp_fail(err, BP_EFORMAT, "%s: the pieces are too many or too long", name);
	if (st == BP_OK)
		st = bp_vocabulary_complete(u, text, m->log_probability, err);
	free(own);
	return st;
}
