/*
 * Writing of models: their two forms, and the check that each model that is written also loads.
 *
 * All commands that write a model come here: train, build, edit, convert.  Whatever led to a model
 * that no program could load, a fault of the code above included, the bytes are read back before
 * a file is touched, by the functions that load a model.  That takes about as long as loading
 * does, some hundredths of a second for 80 thousand pieces.
 */
#include "api/save.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "encode/automaton_verify.h"
#include "encode/loaded_model.h"
#include "io/outfile.h"
#include "model/model_file.h"

/* An automaton is built of all single bytes at least (encode/automaton.h). */
static bool has_single_bytes(const struct model *m)
{
	size_t n = 0, i;

	for (i = 0; i < m->n_pieces; i++)
		n += m->piece[i].n == 1 && !bp_model_is_special(m, i);
	return n >= 256;
}

/* Only the binary form needs an automaton; a model that is trained or edited has none yet. */
static bp_status make_binary(const struct model *m, const struct automaton *a, struct buf *bytes,
			     bp_error *err)
{
	struct automaton own = { 0 };
	struct stored_automaton r = { 0 };
	bp_status st = BP_OK;

	if (a == NULL) {
		st = has_single_bytes(m) ? bp_vocabulary_automaton(&own, m, err)
					 : bp_fail(err, BP_EFORMAT, "single bytes are missing");
		a = &own;
	}
	if (st == BP_OK)
		st = bp_automaton_store(a, &r) ? bp_model_to_binary(m, &r, bytes, err)
					      : bp_fail_memory(err);
	free(r.slot);
	bp_automaton_release(&own);
	return st;
}

/* The bytes of the file; 'name' stands for it in messages. */
static bp_status make_bytes(const struct model *m, const struct automaton *a, const char *name,
			    bp_model_form form, struct buf *bytes, bp_error *err)
{
	bp_error why;
	bp_status st = form == BP_MODEL_JSON ? bp_model_to_json(m, bytes, err)
					     : make_binary(m, a, bytes, &why);

	if (form == BP_MODEL_JSON || st == BP_OK)
		return st;
	/* The automaton is not built for a file, and its messages name none. */
	return st == BP_ENOMEM || st == BP_EINTR ? bp_fail_memory(err)
		: bp_fail(err, BP_EFORMAT, "%s: %s", name, why.msg);
}

/* Fail unless the bytes load as a model. */
static bp_status try_to_load(struct slice bytes, const char *name, bp_error *err)
{
	struct vocabulary u = { 0 };
	struct model m;
	bp_status st = bp_model_parse(&m, bytes, name, err);

	if (st == BP_OK)
		st = bp_vocabulary_from_model(&u, &m, name, err);
	bp_vocabulary_release(&u);
	bp_model_release(&m);
	return st;
}

/* The name of the file in messages, with the reason to refuse the model; for free(). */
static char *name_of_refused(const char *path)
{
	static const char reason[] = ": not written, because the model would not load";
	const char *file = path != NULL ? path : "-";
	size_t n = strlen(file);
	char *name = malloc(n + sizeof(reason));

	if (name != NULL)
		snprintf(name, n + sizeof(reason), "%s%s", file, reason);
	return name;
}

bp_status bp_write_model(const struct model *m, const struct automaton *a, const char *path,
			 bp_model_form form, bp_error *err)
{
	char *name = name_of_refused(path);
	struct buf bytes = { 0 };
	bp_status st;

	if (name == NULL)
		return bp_fail_memory(err);
	if ((st = make_bytes(m, a, name, form, &bytes, err)) == BP_OK &&
	    (st = try_to_load(bp_buf_slice(&bytes), name, err)) == BP_OK)
		st = bp_out_write_file(path, bp_buf_slice(&bytes), err);
	bp_buf_release(&bytes);
	free(name);
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
	assert(m != NULL);
	return bp_write_model(&m->model, &m->vocabulary.a, out, form, err);
}
