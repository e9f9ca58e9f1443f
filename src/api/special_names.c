/* The calls of bytepiece.h for texts that contain special tokens by name. */
#include "api/special_names.h"

#include <stdlib.h>
#include <string.h>

bp_status bp_special_names(struct special_matcher *t, const bp_model *m, bp_error *err)
{
	size_t n = bp_model_n_specials(&m->model), i;
	struct slice *name = bp_array(n, sizeof(*name));
	uint32_t *id = bp_array(n, sizeof(*id));
	bp_status st;

	*t = (struct special_matcher){ 0 };
	if (name == NULL || id == NULL) {
		st = bp_fail_memory(err);
	} else {
		for (i = 0; i < n; i++) {
			name[i] = bp_model_special_name(&m->model, i);
			id[i] = bp_model_special_id(&m->model, i);
		}
		st = bp_special_matcher_init(t, name, id, n, err);
	}
	free(name);
	free(id);
	return st;
}

/* The table refers to names in the model, and does not copy them. */
bp_specials *bp_specials_new(const bp_model *m, bp_error *err)
{
	bp_specials *s = malloc(sizeof(*s));

	if (s == NULL) {
		bp_fail_memory(err);
		return NULL;
	}
	s->model = m;
	if (bp_special_names(&s->names, m, err) == BP_OK)
		return s;
	free(s);
	return NULL;
}

void bp_specials_free(bp_specials *s)
{
	if (s != NULL)
		bp_special_matcher_release(&s->names);
	free(s);
}

bp_status bp_encode_specials(const bp_specials *s, const char *text, size_t len, uint32_t *ids,
			     size_t *n)
{
	struct slice whole = bp_slice(text, len);
	struct special_hits hits = { 0 };
	bp_status st;
	size_t i, at = 0, end, got;

	*n = 0;
	/* The text between two names is encoded alone; hit number hits.n stands for the end of the
	 * text. */
	st = bp_special_matcher_find(&s->names, whole, BP_NO_MARK, true, &hits, &end)
	     ? BP_OK : bp_fail_memory(NULL);
	for (i = 0; i <= hits.n && st == BP_OK; i++) {
		end = i < hits.n ? hits.hit[i].at : len;
		if (end > at && (st = bp_encode(s->model, text + at, end - at, ids + *n,
						&got)) == BP_OK)
			*n += got;
		if (i == hits.n || st != BP_OK)
			continue;
		ids[(*n)++] = hits.hit[i].id;
		at = end + hits.hit[i].n;
	}
	free(hits.hit);
	*n = st == BP_OK ? *n : 0;
	return st;
}
