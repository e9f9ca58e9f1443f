#include "export/writers.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "text/escape.h"

static bool append_line(const struct model *m, size_t entry, struct buf *out)
{
	char number[96];

	snprintf(number, sizeof(number), "%" PRIu32 "\t", bp_id_of_entry(entry));
	if (!bp_buf_append(out, number, strlen(number)) || !bp_escape_append(out, m->piece[entry]))
		return false;
	/* 17 digits tell every double from every other. */
	snprintf(number, sizeof(number), "\t%" PRIu64 "\t%.17g\n", m->count[entry],
		 m->log_probability[entry]);
	return bp_buf_append(out, number, strlen(number));
}

bp_status bp_to_tsv(const struct model *m, const struct buf *name, struct buf *out, bp_error *err)
{
	size_t i;

	(void)name;
	for (i = 0; i < m->n_pieces; i++)
		if (!append_line(m, i, out))
			return bp_fail_memory(err);
	return BP_OK;
}
