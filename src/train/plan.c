/*
 * The two recipes share the frame in this file: steps, files of counts, files of plans.  Each call
 * tells the recipe by 'reference', and hands the work to sample.c and seeds.c or to
 * published/reference.c.
 *
 * A file of counts is a sequence of rows in ascending order of their kinds: settings, totals, the
 * drawn blocks or the counts, required pieces.  A row of settings or totals has the sum of all
 * parts as its count, because merging adds the counts of equal rows: the count of the settings is
 * the number of parts.  A file of a plan is built alike, but never added up.
 */
#include "train/plan.h"

#include <inttypes.h>
#include <stdlib.h>

#include "io/reader.h"
#include "train/em.h"
#include "train/state_file.h"

enum {
	LEAST_MEMORY = 16 << 20,	/* bytes that counting may use, whatever the ceiling is */
	SLACK = 64 << 20,	/* bytes beyond the ceiling that the process itself may take */
	BYTES_PER_SEED = 64,	/* of text, at most (measured: 2 to 42), up to all seeds wanted, */
	SHORT_SEEDS = 8		/* unless pieces have to be shorter than this */
};

bp_status bp_plan_init(struct plan *p, const bp_train_options *o, bp_records records,
		       const bp_input *in, struct workspace *ws, bp_error *err)
{
	bp_status st;

	*p = (struct plan){ .options = *o, .records = records, .in = in, .ws = ws };
	p->options.newlines = bp_rules_newlines(o, records);
	o = &p->options;
	bp_rules_init(&p->rules, o);
	bp_sample_init(&p->sample, o->count_size);
	bp_sample_limit(&p->sample, o->whole_size);
	if (o->reference && (p->reference = bp_reference_new(o, in, ws)) == NULL)
		return bp_fail_memory(err);
	st = bp_required_init(&p->required, o, err);
	p->required_sum = bp_required_sum(&p->required);
	return st;
}

void bp_plan_release(struct plan *p)
{
	bp_sample_release(&p->sample);
	bp_required_release(&p->required);
	bp_seeds_release(&p->seeds);
	bp_rules_release(&p->rules);
	bp_reference_free(p->reference);
	p->reference = NULL;
}

bool bp_plan_has_step(const struct plan *p)
{
	return p->reference != NULL ? p->reference->step < 2 : p->step == 0;
}

/* Bytes that counts may use below the ceiling, beside the plan's own memory; 0: no ceiling. */
static uint64_t counting_memory(const struct plan *p)
{
	uint64_t held = bp_required_memory(&p->required) + bp_sample_memory(&p->sample) +
			(p->reference != NULL ? bp_reference_memory(p->reference) : 0);

	if (p->ws->memory == 0)
		return 0;
	return p->ws->memory > held + LEAST_MEMORY ? p->ws->memory - held : LEAST_MEMORY;
}

bp_status bp_plan_init_counter(struct plan *p, struct counter *counter, bp_error *err)
{
	*counter = (struct counter){ .n_workers = 0 };
	if (p->reference == NULL)
		return BP_OK;
	/* One worker more than threads: corpus.c visits segments longer than a chunk as it. */
	return bp_counter_init(counter, p->ws, bp_threads(p->in) + 1,
			       bp_reference_bits(p->reference), counting_memory(p), err);
}

/* A step in progress, shared by all workers. */
struct stepping {
	const struct plan *p;
	struct counter *counter;
	struct sample_draw draw;
	struct lm_scratch *scratch;	/* one per worker */
};

static bp_status count_candidates(void *ctx, unsigned worker, struct slice segment, uint64_t times,
				  bp_error *err)
{
	struct stepping *k = ctx;

	return bp_reference_count(k->p->reference, &k->scratch[worker], segment, times,
				  &k->counter->workers[worker], err);
}

static bp_status count_by_reference(struct plan *p, struct corpus *corpus, struct counter *counter,
				    const struct checkpoint *c, bp_error *err)
{
	unsigned n = bp_corpus_workers(corpus), i;
	struct stepping k = { .p = p, .counter = counter,
			      .scratch = calloc(n, sizeof(*k.scratch)) };
	const struct corpus_visitor v = {
		.phase = p->step == 0 ? "count n-grams" : "find candidates",
		.visit = count_candidates, .ctx = &k, .checkpoint = c
	};
	bp_status st;

	if (k.scratch == NULL)
		return bp_fail_memory(err);
	if ((st = bp_reference_prepare(p->reference, err)) == BP_OK)
		st = bp_corpus_read(corpus, &v, err);
	for (i = 0; i < n; i++)
		bp_lm_scratch_release(&k.scratch[i]);
	free(k.scratch);
	return st;
}

static bp_status draw_segment(void *ctx, unsigned worker, struct slice segment, uint64_t times,
			      bp_error *err)
{
	return bp_sample_segment(&((struct stepping *)ctx)->draw, worker, segment, times,
				 err);
}

static bp_status end_drawn_block(void *ctx, unsigned worker, bp_error *err)
{
	return bp_sample_end_block(&((struct stepping *)ctx)->draw, worker, err);
}

bp_status bp_plan_count(struct plan *p, struct corpus *corpus, struct counter *counter,
			const struct checkpoint *c, bp_error *err)
{
	/* How much of JSON lines is text is not known. */
	uint64_t size = p->records != BP_JSONL ? corpus->size : 0;
	uint64_t need = BP_MIN(size, p->sample.most);
	uint64_t room = p->ws->memory == 0 ? UINT64_MAX : p->ws->memory + SLACK;
	struct stepping k = { .p = p };
	const struct corpus_visitor v = { .phase = "read", .visit = draw_segment,
					  .end_chunk = end_drawn_block, .ctx = &k,
					  .checkpoint = c };
	bp_status st;

	if (p->reference != NULL)
		return count_by_reference(p, corpus, counter, c, err);
	/*
	 * The blocks stay in memory: fail now if they will not fit, and not after hours.  How many
	 * are below a limit is not known.
	 */
	if (need > room && p->sample.limit == UINT64_MAX)
		return bp_sample_fail_room(&p->sample, need, err);
	if ((st = bp_sample_begin(&k.draw, &p->sample, bp_corpus_workers(corpus), room,
				  err)) != BP_OK)
		return st;
	st = bp_corpus_read(corpus, &v, err);
	bp_sample_end(&k.draw);
	return st;
}

/*
 * The words that begin the settings of counts and plans: the options, and the checksum of the
 * required pieces, if there are any.  The pieces themselves come in rows of their own; the checksum
 * tells from the first row on whether two files belong together.
 */
static bool write_plan_settings(const struct plan *p, struct buf *out)
{
	return bp_settings_write(&p->options, p->records, out) &&
	       (p->required_sum == 0 || bp_word_write(out, "required", p->required_sum));
}

static bool read_plan_settings(struct slice *words, bp_train_options *o, bp_records *records,
			       uint64_t *required_sum)
{
	*required_sum = 0;
	if (!bp_settings_read(words, o, records))
		return false;
	/* Without required pieces this word is missing. */
	(void)bp_word_read(words, "required", required_sum);
	return true;
}

static bp_status check_required(const struct plan *p, const char *from, bp_error *err)
{
	if (bp_required_sum(&p->required) == p->required_sum)
		return BP_OK;
	return bp_fail(err, BP_EFORMAT, "%s: parts are missing: the required pieces are not "
		       "complete", from);
}

/* The settings of counts: the plan's, the step, and the plan's id (0 in the first step). */
static bool write_count_settings(const struct plan *p, struct buf *out)
{
	return write_plan_settings(p, out) && bp_word_write(out, "step", p->step + 1) &&
	       bp_word_write(out, "plan", p->id) &&
	       bp_word_write(out, "whole-size", p->options.whole_size);
}

/*
 * Totals that come with counts, in the order of their names, because rows ascend.  "counted" and
 * "parts" tell whether rows were lost between counting and here (check_totals()).
 */
enum { BYTES, COUNTED, PARTS, SEGMENTS, N_TOTALS };
static const char *const total_name[N_TOTALS] = { "bytes", "counted", "parts", "segments" };

static bp_status write_settings_and_totals(const struct plan *p, const struct corpus *corpus,
					   uint64_t counted, struct row_writer *w, bp_error *err)
{
	const uint64_t total[N_TOTALS] = { corpus->whole.bytes, counted, 1,
					   corpus->whole.segments };
	struct buf words = { 0 };
	bp_status st;

	st = write_count_settings(p, &words) ?
	     bp_rows_put(w, ROW_SETTINGS, bp_buf_slice(&words), 1, err) :
	     bp_fail_memory(err);
	bp_buf_release(&words);
	return st == BP_OK ? bp_state_write_numbers(w, total_name, total, N_TOTALS, err) : st;
}

bp_status bp_plan_write_counts(const struct plan *p, const struct corpus *corpus,
			       struct counter *counter, struct row_writer *w, bp_error *err)
{
	struct counted all = { .n = 0 };
	bp_status st = p->reference != NULL ? bp_counter_open(counter, &all, err) : BP_OK;

	if (st != BP_OK)
		return st;
	st = write_settings_and_totals(p, corpus, bp_counter_total(counter), w, err);
	if (st == BP_OK)
		st = p->reference != NULL ? bp_rows_copy(w, &all.merge.source, err)
					  : bp_sample_write(&p->sample, w, err);
	/* In the second step the plan has them. */
	if (st == BP_OK && p->step == 0)
		st = bp_required_write(&p->required, w, err);
	bp_counted_release(&all);
	return st;
}

/* The counts of a step while they are read into the plan. */
struct step_counts {
	struct plan *p;
	const char *from;	/* name of the source in messages */
	const char *all;	/* ... about faults of no file alone */
	bool has_settings;	/* settings and totals come with the counts, from a file */
	uint64_t total[N_TOTALS];	/* as the rows tell */
	unsigned n_totals;
	uint64_t seen;		/* the sum of all counts so far */
	uint64_t parts;		/* number of files of counts that were added up */
};

/* Compared as words: these are equal if and only if all options are. */
static bp_status compare_settings(const struct step_counts *t, struct slice words, bp_error *err)
{
	struct buf own = { 0 };
	bool ok = write_count_settings(t->p, &own);
	bool same = ok && bp_slice_compare(bp_buf_slice(&own), words) == 0;

	bp_buf_release(&own);
	if (!ok)
		return bp_fail_memory(err);
	return same ? BP_OK : bp_fail(err, BP_EFORMAT, "%s: not counts of step %u of this plan",
				      t->from, t->p->step + 1);
}

/* Sums of counts, here and in the trainers, stay below 2^63. */
static bp_status fail_too_large(const struct step_counts *t, bp_error *err)
{
	return bp_fail(err, BP_EFORMAT, "%s: the counts are too large: their sum is 2^63 or more",
		       t->all);
}

static bp_status read_total(struct step_counts *t, const struct row *r, bp_error *err)
{
	if (r->count > INT64_MAX)
		return fail_too_large(t, err);
	t->n_totals += bp_state_read_number(r, total_name, t->total, N_TOTALS);
	return BP_OK;
}

/*
 * Notice lost rows: the counts have to add up to the total that each part has told, and in the
 * first step also to the bytes of the corpus, because one n-gram begins at each byte; blocks have
 * to be as many as were asked for, or the whole corpus.  Without this check a part that failed to
 * arrive would give a model that is worse, but looks right.
 */
static bp_status check_totals(const struct step_counts *t, bp_error *err)
{
	const struct plan *p = t->p;
	bool totals = t->n_totals == N_TOTALS && t->parts == t->total[PARTS] &&
		      t->seen == t->total[COUNTED];

	/* The parts of the second step are those of the first. */
	if (totals && p->step > 0 &&
	    (t->total[BYTES] != p->bytes || t->total[SEGMENTS] != p->segments))
		return bp_fail(err, BP_EFORMAT, "%s: parts are missing, or not those of the plan: "
			       "%" PRIu64 " bytes in %" PRIu64 " segments are counted, the plan "
			       "is of %" PRIu64 " bytes in %" PRIu64 " segments", t->from,
			       t->total[BYTES], t->total[SEGMENTS], p->bytes, p->segments);
	if (totals && (p->reference != NULL ? p->step > 0 || t->seen == t->total[BYTES]
					    : bp_sample_is_whole(&p->sample, t->total[BYTES])))
		return BP_OK;
	if (totals && p->options.whole_size > 0)
		return bp_fail(err, BP_EFORMAT, "%s: the parts have sent %" PRIu64 " bytes of "
			       "blocks, fewer than --count-size %" PRIu64 ": --whole-size %" PRIu64
			       " is more than the text has (%" PRIu64 " bytes), or much of it "
			       "repeats; count again with a smaller one, or without", t->from,
			       p->sample.bytes, p->sample.most, p->options.whole_size,
			       t->total[BYTES]);
	return bp_fail(err, BP_EFORMAT, "%s: parts are missing: there are counts of %" PRIu64
		       " occurrences and totals of %" PRIu64 " occurrences in %" PRIu64 " bytes",
		       t->from, t->seen, t->total[COUNTED], t->total[BYTES]);
}

static bp_status read_count_row(struct step_counts *t, const struct row *r, bp_error *err)
{
	struct plan *p = t->p;

	switch (bp_row_kind(r)) {
	case ROW_SETTINGS:
		t->has_settings = true;
		t->parts = r->count;
		return compare_settings(t, bp_row_body(r), err);
	case ROW_TOTAL:
		return read_total(t, r, err);
	case ROW_BLOCK:
		return bp_sample_read_row(&p->sample, r, t->from, err);
	case ROW_COUNT:
		if (r->count > INT64_MAX - t->seen)
			return fail_too_large(t, err);
		t->seen += r->count;
		if (p->reference == NULL)
			break;
		return bp_reference_row(p->reference, r, t->from, err);
	case ROW_REQUIRED:
		/* A file without the row is not known here. */
		return bp_required_read_row(&p->required, r, t->parts,
					    r->count == t->parts ? t->from : t->all, err);
	default:
		break;
	}
	return bp_fail(err, BP_EFORMAT, "%s: is not a file of counts", t->from);
}

/*
 * The trainer is given every count before the totals are checked, so on failure the plan is lost.
 */
bp_status bp_plan_read_counts(struct plan *p, struct source *from, const char *all, bp_error *err)
{
	struct step_counts t = { .p = p, .all = all };
	bool more = true;
	struct row r;
	bp_status st = BP_OK;

	if (p->reference != NULL)
		st = bp_reference_begin(p->reference, &p->required, err);
	while (st == BP_OK && (st = from->next(from, &r, &more, err)) == BP_OK && more) {
		t.from = from->name;	/* a merge has the name of each row's file */
		st = read_count_row(&t, &r, err);
	}
	t.from = all;
	if (st == BP_OK && t.has_settings && (st = check_totals(&t, err)) == BP_OK)
		st = check_required(p, t.from, err);
	if (st == BP_OK && p->reference != NULL)
		st = bp_reference_end(p->reference, err);
	if (st != BP_OK)
		return st;
	if (t.has_settings && p->step == 0) {
		p->bytes = t.total[BYTES];
		p->segments = t.total[SEGMENTS];
	}
	p->step++;
	return BP_OK;
}

/* The merged counts are read once, straight into the plan: they may be larger than memory. */
bp_status bp_plan_finish_step(struct plan *p, const struct corpus *corpus, struct counter *counter,
			      bp_error *err)
{
	struct counted all;
	bp_status st;

	p->bytes = corpus->whole.bytes;
	p->segments = corpus->whole.segments;
	if (p->reference == NULL) {
		p->step++;
		return BP_OK;
	}
	if ((st = bp_counter_open(counter, &all, err)) != BP_OK)
		return st;
	st = bp_plan_read_counts(p, &all.merge.source, all.merge.source.name, err);
	bp_counted_release(&all);
	return st;
}

/*
 * Is there memory for the fit?  The number of seeds is estimated before they are found, so that
 * minutes of counting are not in vain: a text that is not made up has more than 'least'.
 */
static bp_status check_fit(const struct plan *p, uint64_t counted, const bp_train_options *o,
			   bp_error *err)
{
	uint64_t text = BP_MIN(counted, p->options.sample_size), least = text / BYTES_PER_SEED;
	uint64_t most = bp_seeds_wanted(o) + p->required.n_pieces;

	if (o->max_piece_length < SHORT_SEEDS)
		least = 0;
	return bp_em_check_memory(text, BP_MIN(least, most), most, counted, p->ws, err);
}

bp_status bp_plan_end_steps(struct plan *p, bool is_resumed, const bp_train_options *notes,
			    bp_error *err)
{
	uint64_t counted, pieces;
	bp_status st;

	if (p->reference != NULL)
		return BP_OK;
	p->seeds.steps = p->steps;
	if ((st = bp_sample_cut(&p->sample, p->options.count_size, err)) != BP_OK)
		return st;
	counted = bp_sample_memory(&p->sample);
	if (!is_resumed &&
	    ((st = check_fit(p, counted, notes, err)) != BP_OK ||
	     (st = bp_seeds_find(&p->seeds, &p->sample, &p->rules, p->in, p->ws,
				 counting_memory(p), notes, err)) != BP_OK))
		return st;
	pieces = p->seeds.found.n + p->required.n_pieces;
	if ((st = bp_sample_cut(&p->sample, p->options.sample_size, err)) == BP_OK)
		st = bp_em_check_memory(bp_sample_memory(&p->sample), pieces, pieces, counted,
					p->ws, err);
	return st;
}

/* Only the first step: the second one needs the n-grams of the plan, not its settings alone. */
bp_status bp_plan_from_counts(struct plan *p, const struct row *settings, const char *from,
			      const bp_input *in, struct workspace *ws, bp_error *err)
{
	bp_train_options o = { 0 };
	struct slice words = bp_row_body(settings);
	uint64_t step, id, required_sum;
	bp_records records;
	bp_status st;

	*p = (struct plan){ .step = 0 };
	if (bp_row_kind(settings) != ROW_SETTINGS ||
	    !read_plan_settings(&words, &o, &records, &required_sum) ||
	    !bp_word_read(&words, "step", &step) || !bp_word_read(&words, "plan", &id) ||
	    !bp_word_read(&words, "whole-size", &o.whole_size) || words.n > 0)
		return bp_fail(err, BP_EFORMAT, "%s: is not a file of counts of this version",
			       from);
	if (step != 1)
		return bp_fail(err, BP_EFORMAT, "%s: are counts of step %" PRIu64 "; they need the "
			       "plan of that step", from, step);
	st = bp_plan_init(p, &o, records, in, ws, err);
	p->required_sum = required_sum;
	return st;
}

/* The settings of a plan, and its numbers. */
static bool write_plan_words(const struct plan *p, struct buf *out)
{
	return write_plan_settings(p, out) && bp_word_write(out, "done", p->step) &&
	       bp_word_write(out, "bytes", p->bytes) &&
	       bp_word_write(out, "segments", p->segments);
}

bp_status bp_plan_write(const struct plan *p, struct row_writer *w, bp_error *err)
{
	struct buf words = { 0 };
	bp_status st;

	st = write_plan_words(p, &words) ?
	     bp_rows_put(w, ROW_SETTINGS, bp_buf_slice(&words), 1, err) :
	     bp_fail_memory(err);
	bp_buf_release(&words);
	if (st == BP_OK)
		st = bp_reference_write(p->reference, w, err);
	return st == BP_OK ? bp_required_write(&p->required, w, err) : st;
}

/* Begin a plan with the first row of its file; 'from' is the name of the file. */
static bp_status read_plan_words(struct plan *p, const struct row *r, const char *from,
				 const bp_input *in, struct workspace *ws, bp_error *err)
{
	bp_train_options o = { 0 };
	struct slice words = bp_row_body(r);
	uint64_t done, bytes, segments, required_sum;
	bp_records records;
	bp_status st;

	if (bp_row_kind(r) != ROW_SETTINGS ||
	    !read_plan_settings(&words, &o, &records, &required_sum) ||
	    !bp_word_read(&words, "done", &done) || !bp_word_read(&words, "bytes", &bytes) ||
	    !bp_word_read(&words, "segments", &segments) || words.n > 0 || !o.reference ||
	    done != 1)
		return bp_fail(err, BP_EFORMAT, "%s: is not a plan of this version", from);
	if ((st = bp_plan_init(p, &o, records, in, ws, err)) != BP_OK)
		return st;
	p->required_sum = required_sum;
	p->step = p->reference->step = (unsigned)done;
	p->bytes = bytes;
	p->segments = segments;
	return BP_OK;
}

/* A row of a plan's file after the first. */
static bp_status read_plan_row(struct plan *p, const struct row *r, const char *from, bp_error *err)
{
	if (bp_row_kind(r) == ROW_NGRAM)
		return bp_reference_read_row(p->reference, r, from, err);
	if (bp_row_kind(r) == ROW_REQUIRED)
		return bp_required_read_row(&p->required, r, 1, from, err);
	return bp_fail(err, BP_EFORMAT, "%s: is not a plan", from);
}

static bp_status read_plan_rows(struct plan *p, struct row_reader *reader, bp_error *err)
{
	struct source *s = &reader->source;
	bool more = true;
	struct row r;
	bp_status st;

	while ((st = s->next(s, &r, &more, err)) == BP_OK && more)
		if ((st = read_plan_row(p, &r, s->name, err)) != BP_OK)
			break;
	if (st == BP_OK)
		st = bp_reference_read_end(p->reference, err);
	if (st == BP_OK)
		st = check_required(p, s->name, err);
	/* Files of counts name their plan by the checksum of its file. */
	p->id = bp_checksum(&reader->sum);
	return st;
}

bp_status bp_plan_read(struct plan *p, const char *path, const bp_input *in, struct workspace *ws,
		       bp_error *err)
{
	struct row_reader reader;
	bool more;
	bp_status st;
	struct row r;
	FILE *f;

	*p = (struct plan){ .step = 0 };
	if ((st = bp_input_open(path, &f, err)) != BP_OK)
		return st;
	if ((st = bp_row_reader_init(&reader, f, bp_input_name(path), err)) == BP_OK) {
		st = reader.source.next(&reader.source, &r, &more, err);
		/* Text is refused: it has no checksum, so that it could hold a row twice. */
		if (st == BP_OK && (!more || reader.format != ROWS_BINARY))
			st = bp_fail(err, BP_EFORMAT, "%s: is not a plan of this version",
				     bp_input_name(path));
		if (st == BP_OK)
			st = read_plan_words(p, &r, reader.source.name, in, ws, err);
		if (st == BP_OK)
			st = read_plan_rows(p, &reader, err);
		bp_row_reader_release(&reader);
	}
	if (st != BP_OK)
		bp_plan_release(p);
	bp_input_close(f);
	return st;
}
