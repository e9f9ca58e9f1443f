/* sources.h - what is in memory, as rows of kind ROW_COUNT. */
#ifndef BP_SOURCES_H
#define BP_SOURCES_H

#include "counts/row.h"
#include "counts/sorted_runs.h"
#include "counts/table.h"

/* A sorted run of keys, which are written with the highest byte first. */
struct run_source {
	struct source source;
	const struct run *run;
	size_t at;
	unsigned n_bytes;
	unsigned char key[9];
};
/* 'bits' of a key are used.  The run is borrowed. */
void bp_run_source_init(struct run_source *s, const struct run *run, unsigned bits);

/* A table's entries, sorted. */
struct table_source {
	struct source source;
	const struct table *table;
	uint32_t *order;
	size_t at;
	struct buf key;
};
/* The table is borrowed and must not change meanwhile; 'order', which is taken over, is that of
 * bp_table_order(), or NULL to have it made. */
bp_status bp_table_source_init(struct table_source *s, const struct table *t, uint32_t *order,
			       bp_error *err);
void bp_table_source_release(struct table_source *s);

#endif
