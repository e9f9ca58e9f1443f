/*
 * Training on files: in one run, and in parts.  All work is done by the train room (train/train.h);
 * this file checks options, opens the files, and writes the models.
 *
 * In parts, bp_count_files() does one step over some of the texts, bp_merge_files() adds up files
 * of counts, and bp_build_files() finishes the step with the sum: it writes the models or, after
 * the first of the two steps of the published algorithm, the plan of the second.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "api/outputs.h"
#include "api/save.h"
#include "io/outfile.h"
#include "io/reader.h"
#include "train/train.h"

/* The models of a training as files. */
struct model_files {
	const bp_train_options *options;
	const char *out;
};

/* The size is static: the options borrow the array of sizes. */
bp_train_options bp_train_defaults(void)
{
	static const uint32_t size = 32000;

	return (bp_train_options){ .vocab_size = &size, .n_sizes = 1, .order = 6, .min_count = 2,
				   .max_piece_length = 36, .ensure_unicode = BP_UNICODE_DEFAULT,
				   .across_spaces = BP_SPACES_DEFAULT,
				   .newlines = BP_NEWLINES_DEFAULT,
				   .count_size = (uint64_t)256 << 20,
				   .sample_size = (uint64_t)64 << 20 };
}

/* The path of the model of the i-th size, for free(). */
static char *model_path(const struct model_files *j, size_t i)
{
	size_t room = strlen(j->out) + 16;
	char *path = malloc(room);

	if (path == NULL)
		return NULL;
	if (j->options->n_sizes == 1)
		snprintf(path, room, "%s", j->out);
	else
		snprintf(path, room, "%s.%" PRIu32, j->out, j->options->vocab_size[i]);
	return path;
}

/* Fail now, not after hours of work, if one of the models cannot be written. */
static bp_status try_model_paths(const struct model_files *j, const bp_input *in,
				 const char *plan, bp_error *err)
{
	struct outfile out;
	bp_status st = BP_OK;
	char *path;
	size_t i;

	if (j->options->n_sizes > 1 && bp_is_standard_stream(j->out))
		return bp_fail(err, BP_ERANGE, "-o - and several sizes exclude each other: each "
			       "size is written to a file MODEL.SIZE");
	for (i = 0; i < j->options->n_sizes && st == BP_OK; i++) {
		if ((path = model_path(j, i)) == NULL)
			return bp_fail_memory(err);
		if ((st = bp_output_check_input(path, in, err)) == BP_OK &&
		    (st = bp_output_check(path, &plan, 1, err)) == BP_OK) {
			st = bp_out_open(&out, path, err);
			bp_out_abort(&out);
		}
		free(path);
	}
	return st;
}

static bp_status write_model_file(void *ctx, size_t i, const struct model *m, bp_error *err)
{
	const struct model_files *j = ctx;
	char *path = model_path(j, i);
	bp_status st;

	if (path == NULL)
		return bp_fail_memory(err);
	/* NULL: the automaton of a binary model is built for the file, and released with it. */
	st = bp_write_model(m, NULL, path, j->options->form, err);
	free(path);
	return st;
}

bp_status bp_train_files(const bp_input *in, const char *out, const bp_train_options *o,
			 bp_train_report *report, bp_error *err)
{
	struct model_files files = { o, out != NULL ? out : "-" };
	struct train_output to = { write_model_file, &files, report };
	bp_status st;

	/* Faults of options and outputs are found before hours of work, not after. */
	if ((st = bp_train_check(o, err)) != BP_OK ||
	    (st = try_model_paths(&files, in, NULL, err)) != BP_OK)
		return st;
	return bp_train(in, o, out, &to, err);
}

/* The output is opened before the work, so that a path that cannot be written fails at once. */
static bp_status write_counts(struct plan *plan, struct corpus *corpus, const char *out,
			      bp_rows format, const bp_train_options *o, bp_error *err)
{
	struct counter counter;
	struct row_writer w = { .f = NULL };
	struct outfile file;
	bp_status st;

	if ((st = bp_out_open(&file, out, err)) != BP_OK)
		return st;
	if ((st = bp_plan_init_counter(plan, &counter, err)) == BP_OK &&
	    (st = bp_plan_count(plan, corpus, &counter, NULL, err)) == BP_OK &&
	    (st = bp_train_check_text(o, corpus, err)) == BP_OK &&
	    (st = bp_rows_begin(&w, file.f, file.name, (enum row_format)format, err)) == BP_OK)
		st = bp_plan_write_counts(plan, corpus, &counter, &w, err);
	bp_counter_release(&counter);
	return bp_rows_commit(&w, &file, st, err);
}

bp_status bp_count_files(const bp_input *in, const char *out, bp_rows format, const char *plan,
			 const bp_train_options *o, bp_error *err)
{
	bp_input texts = bp_train_input(in, o);
	struct workspace ws;
	struct plan p;
	struct corpus corpus;
	bp_status st;

	if ((st = bp_train_check(o, err)) != BP_OK ||
	    (st = bp_output_check_input(out, in, err)) != BP_OK ||
	    (st = bp_output_check(out, &plan, 1, err)) != BP_OK)
		return st;
	bp_workspace_init(&ws, o);
	st = plan != NULL ? bp_plan_read(&p, plan, &texts, &ws, err)
			  : bp_plan_init(&p, o, texts.records, &texts, &ws, err);
	/* The second step has to split texts as the first step did. */
	texts.records = p.records;
	if (st == BP_OK && (st = bp_train_open_corpus(&corpus, &texts, o, &p, err)) == BP_OK) {
		st = write_counts(&p, &corpus, out, format, o, err);
		bp_corpus_release(&corpus);
	}
	bp_plan_release(&p);
	return st;
}

/*
 * Files of counts as one source.  At most MOST_OPEN files are open at a time, far below the limit
 * of every system: of more files, groups of that size are first merged to temporary files.
 */
struct counts_in {
	struct row_reader *reader;
	FILE **file;
	struct source **source;
	struct spill_list merged;	/* one for each group of files before the open ones */
	size_t n;
	struct merge merge;
};

enum { MOST_OPEN = 128 };	/* files at a time */

/* Close the open files; merged groups stay. */
static void close_count_files(struct counts_in *c)
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
	close_count_files(c);
	bp_spill_list_release(&c->merged, false);
	free(c->reader);
	free(c->file);
	free(c->source);
	*c = (struct counts_in){ .n = 0 };
}

/* Open n files, and merge them into one source. */
static bp_status open_count_files(struct counts_in *c, const char *const *path, size_t n,
				  bp_error *err)
{
	bp_status st;

	for (; c->n < n; c->n++) {
		c->file[c->n] = NULL;
		if ((st = bp_input_open(path[c->n], &c->file[c->n], err)) != BP_OK)
			return st;
		c->source[c->n] = &c->reader[c->n].source;
		st = bp_row_reader_init(&c->reader[c->n], c->file[c->n], bp_input_name(path[c->n]),
					err);
		/* A file truncated to nothing would pass for the text format without a line. */
		if (st == BP_OK && c->reader[c->n].len == 0) {
			bp_row_reader_release(&c->reader[c->n]);
			st = bp_fail(err, BP_EFORMAT, "%s: is empty; a file of counts never is",
				     bp_input_name(path[c->n]));
		}
		if (st != BP_OK) {
			bp_input_close(c->file[c->n]);
			return st;
		}
	}
	return bp_merge_init(&c->merge, c->source, c->n, err);
}

/* Merge a group of n files to a temporary file. */
static bp_status merge_group(struct counts_in *c, const char *const *path, size_t n,
			     struct workspace *ws, bp_error *err)
{
	struct row_writer w;
	struct spill s;
	bp_status st = open_count_files(c, path, n, err);

	if (st == BP_OK && (st = bp_spill_begin(&s, ws, &w, err)) == BP_OK) {
		st = bp_rows_copy(&w, &c->merge.source, err);
		if ((st = bp_spill_end(&s, &w, st, err)) == BP_OK)
			st = bp_spill_list_add(&c->merged, &s, err);
	}
	close_count_files(c);
	return st;
}

/* On failure *c is closed. */
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
		st = merge_group(c, in->path + at, MOST_OPEN, ws, err);
	if (st == BP_OK)
		st = open_count_files(c, in->path + at, in->n_paths - at, err);
	/* Merge once more, now with the groups as well. */
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

/* The --count-size and the rule of newlines in the settings of counts; size 0 if they cannot be
 * read. */
static uint64_t read_size_and_newlines(struct slice words, bp_newlines *newlines)
{
	bp_train_options o = { .newlines = BP_NEWLINES_END };
	bp_records records;

	if (!bp_settings_read(&words, &o, &records))
		return 0;
	*newlines = o.newlines;
	return o.count_size;
}

/*
 * Copy counts, but of the blocks, in the order of their ranks, only as many as training can draw
 * from the whole: --count-size is in the settings.  Without that, the sum of a thousand parts would
 * have a thousand times as many.  A file that holds a range of the keys only may have no settings;
 * then all of its blocks are copied, because the blocks of other ranges are not known.
 */
static bp_status copy_counts(struct row_writer *w, struct source *from, bp_error *err)
{
	uint64_t most = UINT64_MAX, bytes = 0;
	struct required required = { .newlines = BP_NEWLINES_TEXT };
	bool more = true;
	struct row r;
	bp_status st;

	while ((st = from->next(from, &r, &more, err)) == BP_OK && more) {
		/* Required pieces that no model can hold are refused here, where the name of the
		 * file is known, and not after further counting steps. */
		if (bp_row_kind(&r) == ROW_REQUIRED &&
		    (st = bp_required_check_row(&required, &r, from->name, err)) != BP_OK)
			break;
		if (bp_row_kind(&r) == ROW_SETTINGS)
			most = read_size_and_newlines(bp_row_body(&r), &required.newlines);
		if (bp_row_kind(&r) == ROW_BLOCK) {
			if (bytes >= most)
				continue;
			bytes += bp_sample_row_bytes(&r);
		}
		if ((st = bp_rows_write(w, &r, err)) != BP_OK)
			break;
	}
	bp_required_release(&required);
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
	if ((st = bp_output_check_input(out, in, err)) != BP_OK ||
	    (st = bp_out_open(&file, out, err)) != BP_OK)
		return st;
	if ((st = open_counts(&c, in, &ws, err)) == BP_OK) {
		st = bp_rows_begin(&w, file.f, file.name, (enum row_format)format, err);
		if (st == BP_OK)
			st = copy_counts(&w, &c.merge.source, err);
		close_counts(&c);
	}
	return bp_rows_commit(&w, &file, st, err);
}

/* A source after a look at its first row: it gives that row again, then the rest. */
struct peeked_source {
	struct source source;
	struct source *rest;
	struct row row;
	bool is_given;
};

static bp_status next_peeked_row(struct source *s, struct row *r, bool *more, bp_error *err)
{
	struct peeked_source *f = (struct peeked_source *)s;

	if (f->is_given) {
		bp_status st = f->rest->next(f->rest, r, more, err);

		f->source.name = f->rest->name;
		return st;
	}
	f->is_given = *more = true;
	*r = f->row;
	return BP_OK;
}

/*
 * Make the plan of the next step: from the plan of this step, or in the first step from the
 * settings that the counts begin with, and from the counts.
 */
static bp_status make_next_plan(struct plan *p, struct source *from, const char *plan,
			     const bp_input *in, struct workspace *ws, bp_error *err)
{
	struct peeked_source f = { .source = { from->name, next_peeked_row }, .rest = from };
	char all[40];
	bool more;
	bp_status st = from->next(from, &f.row, &more, err);

	f.source.name = from->name;
	if (st != BP_OK)
		return st;
	if (!more || bp_row_kind(&f.row) != ROW_SETTINGS)
		return bp_fail(err, BP_EFORMAT, "%s: is not a file of counts with settings",
			       from->name);
	st = plan != NULL ? bp_plan_read(p, plan, in, ws, err)
			  : bp_plan_from_counts(p, &f.row, from->name, in, ws, err);
	if (st != BP_OK)
		return st;
	snprintf(all, sizeof(all), "%zu files of counts", in->n_paths);
	return bp_plan_read_counts(p, &f.source, in->n_paths > 1 ? all : from->name, err);
}

/* Always binary: a plan's checksum is its id in the counts of the next step. */
static bp_status write_plan_file(const struct plan *p, const char *path, bp_error *err)
{
	struct row_writer w = { .f = NULL };
	struct outfile file;
	bp_status st;

	if ((st = bp_out_open(&file, path, err)) != BP_OK)
		return st;
	if ((st = bp_rows_begin(&w, file.f, file.name, ROWS_BINARY, err)) == BP_OK)
		st = bp_plan_write(p, &w, err);
	return bp_rows_commit(&w, &file, st, err);
}

bp_status bp_build_files(const bp_input *in, const char *out, const char *next_plan,
			 const char *plan, const bp_train_options *o, bool *next,
			 bp_train_report *report, bp_error *err)
{
	struct model_files files = { o, out };
	struct train_output to = { write_model_file, &files, report };
	struct plan p = { .step = 0 };
	struct workspace ws;
	struct counts_in c;
	bp_status st;

	if ((st = bp_train_check(o, err)) != BP_OK ||
	    (next_plan != NULL && (st = bp_output_check_input(next_plan, in, err)) != BP_OK) ||
	    (next_plan != NULL && (st = bp_output_check(next_plan, &plan, 1, err)) != BP_OK) ||
	    (out != NULL && (st = try_model_paths(&files, in, plan, err)) != BP_OK))
		return st;
	bp_workspace_init(&ws, o);
	if ((st = open_counts(&c, in, &ws, err)) == BP_OK) {
		st = make_next_plan(&p, &c.merge.source, plan, in, &ws, err);
		close_counts(&c);
	}
	/* In every step, though only the last one needs the sizes: an error is noticed early. */
	if (st == BP_OK)
		st = bp_required_check_sizes(&p.required, o, err);
	if (st == BP_OK) {
		*next = bp_plan_has_step(&p);
		if (*next && next_plan == NULL)
			st = bp_fail(err, BP_ERANGE, "these are counts of the first step of "
				     "--reference: --next PLAN is required");
		else if (*next)
			st = write_plan_file(&p, next_plan, err);
		else if (out == NULL)
			st = bp_fail(err, BP_ERANGE, "these counts give a model: -o MODEL is "
				     "required");
		else
			st = bp_train_fit(&p, o, &to, err);
		report->bytes = p.bytes;
		report->segments = p.segments;
	}
	bp_plan_release(&p);
	return st;
}
