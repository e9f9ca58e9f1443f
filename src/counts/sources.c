#include "counts/sources.h"

#include <stdlib.h>

static bp_status next_of_run(struct source *source, struct row *r, bool *more, bp_error *err)
{
	struct run_source *s = (struct run_source *)source;
	uint64_t key;
	unsigned i;

	(void)err;
	*more = s->at < s->run->n;
	if (!*more)
		return BP_OK;
	key = s->run->row[s->at].key;
	for (i = s->n_bytes; i > 0; i--, key >>= 8)
		s->key[i] = (unsigned char)key;
	*r = (struct row){ { s->key, s->n_bytes + 1 }, s->run->row[s->at++].count };
	return BP_OK;
}

void bp_run_source_init(struct run_source *s, const struct run *run, unsigned bits)
{
	*s = (struct run_source){ .source = { .name = "memory", .next = next_of_run }, .run = run,
				  .n_bytes = (bits + 7) / 8, .key = { ROW_COUNT } };
}

static bp_status next_of_table(struct source *source, struct row *r, bool *more, bp_error *err)
{
	struct table_source *s = (struct table_source *)source;
	struct slice key;
	uint32_t i;

	*more = s->at < s->table->n;
	if (!*more)
		return BP_OK;
	/* In sorted order neither entries nor keys are beside each other. */
	if (s->at + 16 < s->table->n) {
		BP_PREFETCH(&s->table->entry[s->order[s->at + 16]]);
		BP_PREFETCH(bp_table_key(s->table, s->order[s->at + 8]).p);
	}
	i = s->order[s->at++];
	key = bp_table_key(s->table, i);
	s->key.len = 0;
	if (!bp_buf_byte(&s->key, ROW_COUNT) || !bp_buf_append(&s->key, key.p, key.n))
		return bp_fail_memory(err);
	*r = (struct row){ { s->key.data, s->key.len }, s->table->entry[i].count };
	return BP_OK;
}

bp_status bp_table_source_init(struct table_source *s, const struct table *t, uint32_t *order,
			       bp_error *err)
{
	*s = (struct table_source){ .source = { .name = "memory", .next = next_of_table },
				    .table = t,
				    .order = order != NULL ? order : bp_table_order(t) };
	return s->order != NULL ? BP_OK : bp_fail_memory(err);
}

void bp_table_source_release(struct table_source *s)
{
	free(s->order);
	bp_buf_release(&s->key);
	*s = (struct table_source){ 0 };
}
