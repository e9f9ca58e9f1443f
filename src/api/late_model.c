#include "api/late_model.h"

bp_status bp_late_model_ready(const struct late_model *l, const struct reader *r,
			      const struct chunk *first, bool more, bool specials, bp_error *err)
{
	struct slice text = { first->data.data, more ? first->data.len : 0 };
	bool is_all = !more || bp_reader_is_done(r);

	if (is_all && !specials)
		return bp_model_prepare_for(l->model, l->name, text, err);
	return bp_model_prepare(l->model, l->name, err);
}
