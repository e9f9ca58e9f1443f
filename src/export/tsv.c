#include "export/writers.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/number.h"
#include "text/escape.h"

static bool append_line(const struct model *m, size_t entry, struct buf *out)
{
	char number[BP_NUMBER_TEXT];
	size_t n;

	snprintf(number, sizeof(number), "%" PRIu32 "\t", bp_id_of_entry(entry));
	if (!bp_buf_string(out, number) || !bp_escape_append(out, m->piece[entry]))
		return false;
	snprintf(number, sizeof(number), "\t%" PRIu64 "\t", m->count[entry]);
	if (!bp_buf_string(out, number))
		return false;
	n = bp_number_digits(number, m->log_probability[entry], BP_DIGITS_MAX);
	return bp_buf_append(out, number, n) && bp_buf_byte(out, '\n');
}

bp_status bp_to_tsv(const struct model *m, const struct buf *name, const struct export_use *use,
		    struct buf *out, bp_error *err)
{
	size_t i;

	(void)name;
	(void)use;
	for (i = 0; i < m->n_pieces; i++)
		if (bp_must_stop_at(i) || !append_line(m, i, out))
			return bp_fail_memory(err);
	return BP_OK;
}
