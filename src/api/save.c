/* The two forms of a model: their table, and writing them. */
#include "api/save.h"

#include <stdlib.h>

#include "encode/encoder.h"
#include "encode/automaton_verify.h"
#include "encode/vocabulary.h"
#include "model/model_file.h"

/* Only the binary form needs an automaton; a model that is trained or edited has none yet. */
bp_status bp_write_model(const struct model *m, const struct automaton *a, const char *path,
			 bp_model_form form, bp_error *err)
{
	struct automaton own = { 0 };
	struct stored_automaton r = { 0 };
	bp_status st = BP_OK;

	if (form == BP_MODEL_JSON)
		return bp_model_write(m, path, err);
	if (a == NULL) {
		st = bp_vocabulary_automaton(&own, m, err);
		a = &own;
	}
	if (st == BP_OK)
		st = bp_automaton_store(a, &r) ? bp_model_write_binary(m, &r, path, err)
					      : bp_fail_memory(err);
	free(r.slot);
	bp_automaton_release(&own);
	return st;
}

const bp_form_info *bp_model_form_info(size_t form)
{
	static const bp_form_info info[] = {
		[BP_MODEL_JSON] = { "json", "model in the layout of the Python package "
				    "bytepiece, where that layout can hold it", false },
		[BP_MODEL_BINARY] = { "binary", "model with a checksum, which loads many times "
				      "faster", true }
	};

	return form < sizeof(info) / sizeof(info[0]) ? &info[form] : NULL;
}

bp_status bp_save(const bp_model *m, const char *out, bp_model_form form, bp_error *err)
{
	return bp_write_model(&m->model, &m->vocabulary.a, out, form, err);
}
