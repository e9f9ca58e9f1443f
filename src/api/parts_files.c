/* Training in parts: counts of a part, their sum, and what is made of all of them. */
#include <stdlib.h>

#include "io/outfile.h"
#include "io/reader.h"
#include "api/train_job.h"
#include "train/train.h"

static bp_status write_counts(struct plan *plan, struct corpus *corpus, const char *out,
			      bp_rows format, bp_error *err)
{
	struct counter counter;
	struct row_writer w = { .f = NULL };
	struct outfile file;
	bp_status st;

	if ((st = bp_out_open(&file, out, err)) != BP_OK)
		return st;
	if ((st = bp_plan_counter(plan, &counter, err)) == BP_OK) {
		if ((st = bp_plan_count(plan, corpus, &counter, NULL, err)) == BP_OK &&
		    (st = bp_rows_begin(&w, file.f, file.name, (enum row_format)format, err)) == BP_OK &&
		    (st = bp_plan_write_counts(plan, corpus, &counter, &w, err)) == BP_OK &&
		    (st = bp_rows_end(&w, err)) == BP_OK)
			st = bp_out_commit(&file, err);
		bp_rows_release(&w);
		bp_counter_release(&counter);
	}
	bp_out_abort(&file);
	return st;
}

/* The plan whose step is to be counted: the one in a file, or the first. */
static bp_status begin_plan(struct plan *p, const char *path, const bp_train_options *o,
			    const bp_input *texts, struct workspace *ws, bp_error *err)
{
	struct required required;
	bp_status st;

	if (path != NULL)
		return bp_plan_read(p, path, false, texts, ws, err);
	if ((st = bp_required_init(&required, o, err)) != BP_OK)
		return st;
	bp_plan_init(p, o, texts->records, texts, ws);
	bp_plan_require(p, &required);
	return BP_OK;
}

bp_status bp_count_files(const bp_input *in, const char *out, bp_rows format, const char *plan,
			 const bp_train_options *o, bp_error *err)
{
	bp_input texts = bp_train_input(in, o);
	struct workspace ws;
	struct plan p;
	struct corpus corpus;
	struct cut_rules rules;
	bp_status st;

	if ((st = bp_train_check(o, err)) != BP_OK)
		return st;
	bp_workspace_init(&ws, o);
	if ((st = begin_plan(&p, plan, o, &texts, &ws, err)) != BP_OK)
		return st;
	rules = bp_train_cut(&p.options);
	texts.records = p.records;
	if (!bp_plan_counts(&p))
		st = bp_fail(err, BP_EFORMAT, "%s: no steps are left to count", plan);
	else
		st = bp_corpus_init(&corpus, &texts, &rules,
				    p.options.normalize == BP_NORMALIZE_NFC, ws.folder, false, err);
	if (st == BP_OK) {
		st = write_counts(&p, &corpus, out, format, err);
		bp_corpus_release(&corpus);
	}
	bp_plan_release(&p);
	return st;
}

/* Files of counts as one source. */
struct counts_in {
	struct row_reader *reader;
	FILE **file;
	struct source **source;
	struct spill_list merged;	/* of files before those that are open */
	size_t n;
	struct merge merge;
};

enum { MOST_OPEN = 128 };	/* files at a time */

static void close_files(struct counts_in *c)
{
	size_t i;

	bp_merge_release(&c->merge);
	for (i = 0; i < c->n; i++) {
		bp_row_reader_release(&c->reader[i]);
		bp_input_close(c->file[i]);
	}
	c->n = 0;
}

static void close_counts(struct counts_in *c)
{
	close_files(c);
	bp_spill_list_release(&c->merged, false);
	free(c->reader);
	free(c->file);
	free(c->source);
	*c = (struct counts_in){ .n = 0 };
}

/* Open n paths, and read them as one. */
static bp_status open_files(struct counts_in *c, const char *const *path, size_t n, bp_error *err)
{
	bp_status st;

	for (; c->n < n; c->n++) {
		c->file[c->n] = NULL;
		if ((st = bp_input_open(path[c->n], &c->file[c->n], err)) != BP_OK)
			return st;
		c->source[c->n] = &c->reader[c->n].source;
		st = bp_row_reader_init(&c->reader[c->n], c->file[c->n], bp_input_name(path[c->n]),
					err);
		/* One that was cut to nothing would pass for text without a line. */
		if (st == BP_OK && c->reader[c->n].len == 0) {
			bp_row_reader_release(&c->reader[c->n]);
			st = bp_fail(err, BP_EFORMAT, "%s: is empty: not a file of counts",
				     bp_input_name(path[c->n]));
		}
		if (st != BP_OK) {
			bp_input_close(c->file[c->n]);
			return st;
		}
	}
	return bp_merge_init(&c->merge, c->source, c->n, err);
}

/* Too many to be open at a time: merge the first ones to a temporary file. */
static bp_status merge_first(struct counts_in *c, const char *const *path, size_t n,
			     struct workspace *ws, bp_error *err)
{
	struct row_writer w;
	struct spill s;
	bp_status st = open_files(c, path, n, err);

	if (st == BP_OK && (st = bp_spill_begin(&s, ws, &w, err)) == BP_OK) {
		st = bp_rows_copy(&w, &c->merge.source, err);
		if ((st = bp_spill_end(&s, &w, st, err)) == BP_OK)
			st = bp_spill_list_add(&c->merged, &s, err);
	}
	close_files(c);
	return st;
}

static bp_status open_counts(struct counts_in *c, const bp_input *in, struct workspace *ws,
			     bp_error *err)
{
	size_t most = in->n_paths / MOST_OPEN + MOST_OPEN, at = 0, i;
	bp_status st = BP_OK;

	*c = (struct counts_in){ .reader = calloc(most, sizeof(*c->reader)),
				 .file = calloc(most, sizeof(*c->file)),
				 .source = bp_array(most, sizeof(*c->source)) };
	if (c->reader == NULL || c->file == NULL || c->source == NULL)
		st = bp_fail_memory(err);
	for (; st == BP_OK && in->n_paths - at > MOST_OPEN; at += MOST_OPEN)
		st = merge_first(c, in->path + at, MOST_OPEN, ws, err);
	if (st == BP_OK)
		st = open_files(c, in->path + at, in->n_paths - at, err);
	/* Again, with what was merged before. */
	bp_merge_release(&c->merge);
	for (i = 0; i < c->merged.n && st == BP_OK; i++, c->n++) {
		c->source[c->n] = &c->reader[c->n].source;
		c->file[c->n] = NULL;
		st = bp_spill_read(&c->merged.spill[i], &c->reader[c->n], err);
	}
	if (st == BP_OK)
		st = bp_merge_init(&c->merge, c->source, c->n, err);
	if (st != BP_OK)
		close_counts(c);
	return st;
}

/* Copy counts; of the sample no more than its size, which the settings tell.  A range of keys may
 * come without settings: then all of it, for the blocks that count may be any. */
static bp_status copy_counts(struct row_writer *w, struct source *from, bp_error *err)
{
	uint64_t most = UINT64_MAX, sample = 0;
	bool more = true;
	struct row r;
	bp_status st;

	while ((st = from->next(from, &r, &more, err)) == BP_OK && more) {
		if (bp_row_kind(&r) == ROW_SETTINGS)
			most = bp_settings_sample(bp_row_body(&r));
		if (bp_row_kind(&r) == ROW_BLOCK) {
			if (sample >= most)
				continue;
			sample += bp_sample_row_bytes(&r);
		}
		if ((st = bp_rows_write(w, &r, err)) != BP_OK)
			break;
	}
	return st;
}

bp_status bp_merge_files(const bp_input *in, const char *out, bp_rows format, bp_error *err)
{
	bp_train_options o = bp_train_defaults();
	struct row_writer w = { .f = NULL };
	struct workspace ws;
	struct counts_in c;
	struct outfile file;
	bp_status st;

	bp_workspace_init(&ws, &o);
	if ((st = bp_out_open(&file, out, err)) != BP_OK)
		return st;
	if ((st = open_counts(&c, in, &ws, err)) == BP_OK) {
		if ((st = bp_rows_begin(&w, file.f, file.name, (enum row_format)format, err)) == BP_OK &&
		    (st = copy_counts(&w, &c.merge.source, err)) == BP_OK &&
		    (st = bp_rows_end(&w, err)) == BP_OK)
			st = bp_out_commit(&file, err);
		bp_rows_release(&w);
		close_counts(&c);
	}
	bp_out_abort(&file);
	return st;
}

/* Where a plan comes from that has none yet: the settings of the counts, which come first. */
struct first_row {
	struct source source;
	struct source *rest;
	struct row row;
	bool is_out;
};

static bp_status next_row(struct source *s, struct row *r, bool *more, bp_error *err)
{
	struct first_row *f = (struct first_row *)s;

	if (f->is_out)
		return f->rest->next(f->rest, r, more, err);
	f->is_out = *more = true;
	*r = f->row;
	return BP_OK;
}

/* The plan before this step, and the counts of the step into it. */
static bp_status take_counts(struct plan *p, struct source *from, const char *plan,
			     const bp_input *in, struct workspace *ws, bp_error *err)
{
	struct first_row f = { .source = { from->name, next_row }, .rest = from };
	bool more;
	bp_status st = from->next(from, &f.row, &more, err);

	if (st != BP_OK)
		return st;
	if (!more || bp_row_kind(&f.row) != ROW_SETTINGS)
		return bp_fail(err, BP_EFORMAT, "%s: is not a file of counts with settings",
			       from->name);
	st = plan != NULL ? bp_plan_read(p, plan, true, in, ws, err)
			  : bp_plan_from_counts(p, &f.row, from->name, in, ws, err);
	if (st == BP_OK && !bp_plan_counts(p))
		return bp_fail(err, BP_EFORMAT, "%s: no steps are left to count", plan);
	return st == BP_OK ? bp_plan_take(p, &f.source, err) : st;
}

static bp_status write_plan(const struct plan *p, const char *path, bp_error *err)
{
	struct row_writer w = { .f = NULL };
	struct outfile file;
	bp_status st;

	if ((st = bp_out_open(&file, path, err)) != BP_OK)
		return st;
	if ((st = bp_rows_begin(&w, file.f, file.name, ROWS_BINARY, err)) == BP_OK &&
	    (st = bp_plan_write(p, &w, err)) == BP_OK && (st = bp_rows_end(&w, err)) == BP_OK)
		st = bp_out_commit(&file, err);
	bp_rows_release(&w);
	bp_out_abort(&file);
	return st;
}

static bp_status fit(struct plan *p, struct train_job *j, bp_error *err)
{
	struct sizes f;
	bp_status st;

	if ((st = bp_sizes_init(&f, p, j->options, NULL, bp_train_made, j, err)) != BP_OK)
		return st;
	st = bp_sizes_run(&f, err);
	bp_sizes_release(&f);
	return st;
}

bp_status bp_build_files(const bp_input *in, const char *out, const char *next_plan,
			 const char *plan, const bp_train_options *o, bool *next,
			 bp_train_report *report, bp_error *err)
{
	struct train_job j = { .options = o, .in = in, .out = out, .report = report };
	struct plan p = { .step = 0 };
	struct workspace ws;
	struct counts_in c;
	bp_status st;

	if ((st = bp_train_check(o, err)) != BP_OK || (st = bp_train_try_outputs(&j, err)) != BP_OK)
		return st;
	bp_workspace_init(&ws, o);
	if ((st = open_counts(&c, in, &ws, err)) == BP_OK) {
		st = take_counts(&p, &c.merge.source, plan, in, &ws, err);
		close_counts(&c);
	}
	if (st == BP_OK)
		st = bp_required_check_sizes(&p.required, o, err);
	if (st == BP_OK) {
		*next = bp_plan_counts(&p);
		st = *next ? write_plan(&p, next_plan, err) : fit(&p, &j, err);
		report->bytes = p.bytes;
		report->segments = p.segments;
	}
	bp_plan_release(&p);
	return st;
}
