/*
 * The two recipes share the frame in this file: counting, files of counts, files of plans.  Each
 * call tells the recipe by 'reference', and hands the work to seeds.c or published/reference.c.
 *
 * A file of counts is a sequence of rows in ascending order of their kinds: settings, totals, the
 * blocks of the sample, the counts, required pieces.  A row of settings or totals has the sum of
 * all parts as its count, because merging adds the counts of equal rows: the count of the settings
 * is the number of parts.  A file of a plan is built alike, but never added up.
 */
#include "train/plan.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "train/em.h"

enum {
	MOST_SEEDS = 300000,	/* the most frequent; the fit takes 80 MB for them (em.c) */
	LEAST_MEMORY = 16 << 20,	/* bytes that counting may use, whatever the ceiling is */
	SLACK = 64 << 20	/* bytes beyond the ceiling that the process itself may take */
};

bp_status bp_plan_init(struct plan *p, const bp_train_options *o, bp_records records,
		       const bp_input *in, struct workspace *ws, bp_error *err)
{
	bp_status st;

	*p = (struct plan){ .options = *o, .records = records, .in = in, .ws = ws };
	bp_rules_init(&p->rules, o);
	bp_sample_init(&p->sample, o->sample_size);
	p->seeds.found.most = MOST_SEEDS;
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
	return p->reference != NULL ? p->reference->step < 2 : !p->seeds.is_complete;
}

unsigned bp_plan_steps_left(const struct plan *p)
{
	return p->reference != NULL ? 2 - p->reference->step
				    : (unsigned)(MAX_LEVELS - p->seeds.n_levels);
}

/* The blocks of the sample are chosen by their hashes, so that one pass finds them (sample.h). */
static bool draws_sample(const struct plan *p)
{
	return p->step == 0 && p->reference == NULL;
}

/*
 * Bytes that a counter may use below the ceiling, beside the plan's own memory; 0: no ceiling.  The
 * sample that is being drawn is taken at its final size, because it grows while the counter does.
 */
static uint64_t counter_memory(const struct plan *p)
{
	uint64_t held = bp_seeds_memory(&p->seeds) +
			(p->reference != NULL ? bp_reference_memory(p->reference) : 0) +
			bp_required_memory(&p->required) +
			(draws_sample(p) ? p->sample.most : bp_sample_memory(&p->sample));

	if (p->ws->memory == 0)
		return 0;
	return p->ws->memory > held + LEAST_MEMORY ? p->ws->memory - held : LEAST_MEMORY;
}

bp_status bp_plan_init_counter(struct plan *p, struct counter *counter, bp_error *err)
{
	unsigned bits = p->reference != NULL ? bp_reference_bits(p->reference)
					     : bp_seeds_bits(&p->seeds);

	/* One worker more than threads: corpus.c visits segments longer than a chunk as it. */
	return bp_counter_init(counter, p->ws, bp_threads(p->in) + 1, bits, counter_memory(p), err);
}

/* A counting step in progress, shared by all workers. */
struct counting {
	const struct plan *p;
	struct counter *counter;
	struct sample_draw draw;
	bool draws;			/* the sample, beside counting */
	struct counting_scratch {
		struct prefix_scratch levels;
		struct lm_scratch lm;
	} *scratch;			/* one per worker */
};

static bp_status count_segment(void *ctx, unsigned worker, struct slice segment, bp_error *err)
{
	struct counting *k = ctx;
	struct counter_worker *to = &k->counter->workers[worker];
	bp_status st;

	if (k->p->reference != NULL)
		return bp_reference_count(k->p->reference, &k->scratch[worker].lm, segment, to,
					  err);
	if (k->draws && (st = bp_sample_segment(&k->draw, worker, segment, err)) != BP_OK)
		return st;
	return bp_seeds_keys(&k->p->seeds, &k->scratch[worker].levels, segment, to, err);
}

static bp_status end_sample_block(void *ctx, unsigned worker, bp_error *err)
{
	struct counting *k = ctx;

	return bp_sample_end_block(&k->draw, worker, err);
}

/* For reports of progress. */
static const char *step_name(const struct plan *p)
{
	if (p->reference != NULL)
		return p->step == 0 ? "count n-grams" : "find candidates";
	return "find repeats";
}

/*
 * The corpus is left whenever a checkpoint is due, for no worker may count while save() writes the
 * counters to files; reading it again continues at the position where it was left.
 */
static bp_status count_corpus(struct counting *k, struct corpus *corpus,
			      const struct checkpoint *c, bp_error *err)
{
	struct corpus_visitor v = { .phase = step_name(k->p), .visit = count_segment, .ctx = k };
	bp_status st;

	if (k->draws)
		v.end_chunk = end_sample_block;
	if (c != NULL)
		v.stop = c->due;
	v.stop_ctx = c != NULL ? c->ctx : NULL;
	for (;;) {
		st = bp_corpus_read(corpus, &v, err);
		if (st != BP_OK || corpus->pass.ended || c == NULL)
			return st;
		if ((st = c->save(c->ctx, err)) != BP_OK)
			return st;
	}
}

bp_status bp_plan_count(struct plan *p, struct corpus *corpus, struct counter *counter,
			const struct checkpoint *c, bp_error *err)
{
	unsigned n = bp_corpus_workers(corpus), i;
	struct counting k = { .p = p, .counter = counter, .draws = draws_sample(p),
			      .scratch = calloc(n, sizeof(*k.scratch)) };
	bp_status st;

	if (k.scratch == NULL)
		return bp_fail_memory(err);
	/* The sample stays in memory: fail now if it will not fit, and not after hours. */
	if (k.draws && p->ws->memory > 0 &&
	    BP_MIN(corpus->size, p->sample.most) > p->ws->memory + SLACK) {
		free(k.scratch);
		return bp_fail(err, BP_ENOMEM, "the allowed memory is too small for a sample of %"
			       PRIu64 " bytes", p->sample.most);
	}
	st = p->reference != NULL ? bp_reference_prepare(p->reference, err) : BP_OK;
	if (st == BP_OK && k.draws)
		st = bp_sample_begin(&k.draw, &p->sample, n, err);
	if (st == BP_OK)
		st = count_corpus(&k, corpus, c, err);
	if (k.draws)
		bp_sample_end(&k.draw);
	for (i = 0; i < n; i++) {
		bp_prefix_scratch_release(&k.scratch[i].levels);
		bp_lm_scratch_release(&k.scratch[i].lm);
	}
	free(k.scratch);
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
	       bp_word_write(out, "plan", p->id);
}

/*
 * Totals that come with counts, in the order of their names, because rows ascend.  "counted" and
 * "parts" tell whether rows were lost between counting and here (check_totals()).
 */
enum { BYTES, COUNTED, PARTS, SEGMENTS, N_TOTALS };
static const char *const total_name[N_TOTALS] = { "bytes", "counted", "parts", "segments" };

/* The key of a total in its row, without the kind. */
static struct slice total_key(size_t i)
{
	return (struct slice){ (const unsigned char *)total_name[i], strlen(total_name[i]) };
}

static bp_status write_settings_and_totals(const struct plan *p, const struct corpus *corpus,
					   uint64_t counted, struct row_writer *w, bp_error *err)
{
	const uint64_t total[N_TOTALS] = { corpus->whole.bytes, counted, 1,
					   corpus->whole.segments };
	struct buf words = { 0 };
	size_t i;
	bp_status st;

	st = write_count_settings(p, &words) ?
	     bp_rows_put(w, ROW_SETTINGS, bp_buf_slice(&words), 1, err) :
	     bp_fail_memory(err);
	bp_buf_release(&words);
	for (i = 0; i < N_TOTALS && st == BP_OK; i++)
		st = bp_rows_put(w, ROW_TOTAL, total_key(i), total[i], err);
	return st;
}

bp_status bp_plan_write_counts(const struct plan *p, const struct corpus *corpus,
			       struct counter *counter, struct row_writer *w, bp_error *err)
{
	struct counted all;
	bp_status st = bp_counter_open(counter, &all, err);

	if (st != BP_OK)
		return st;
	if ((st = write_settings_and_totals(p, corpus, bp_counter_total(counter), w,
					    err)) == BP_OK &&
	    (!draws_sample(p) || (st = bp_sample_write(&p->sample, w, err)) == BP_OK))
		st = bp_rows_copy(w, &all.merge.source, err);
	/* In later steps the plan has them. */
	if (st == BP_OK && p->step == 0)
		st = bp_required_write(&p->required, w, err);
	bp_counted_release(&all);
	return st;
}

/* The counts of a step while they are read into the plan. */
struct step_counts {
	struct plan *p;
	const char *from;	/* name of the source in messages */
	struct seeds_walk walk;	/* default recipe */
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

static void read_total(struct step_counts *t, const struct row *r)
{
	struct slice name = bp_row_body(r);
	size_t i;

	for (i = 0; i < N_TOTALS; i++)
		if (bp_slice_compare(name, total_key(i)) == 0) {
			t->total[i] = r->count;
			t->n_totals++;
		}
}

/*
 * Notice lost rows: the counts have to add up to the total that each part has told, and in the
 * first step also to the bytes of the corpus, because one window or n-gram begins at each byte.
 * Without this check a part that failed to arrive would give a model that is worse, but looks
 * right.
 */
static bp_status check_totals(const struct step_counts *t, bp_error *err)
{
	const struct plan *p = t->p;

	if (t->n_totals == N_TOTALS && t->parts == t->total[PARTS] &&
	    t->seen == t->total[COUNTED] &&
	    (p->step > 0 || t->seen == t->total[BYTES]) &&
	    (!draws_sample(p) || bp_sample_is_whole(&p->sample, t->total[BYTES])))
		return BP_OK;
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
		read_total(t, r);
		return BP_OK;
	case ROW_BLOCK:
		return bp_sample_read_row(&p->sample, r, t->from, err);
	case ROW_COUNT:
		/* Sums of counts, here and in the trainers, stay below 2^63. */
		if (r->count > INT64_MAX - t->seen)
			return bp_fail(err, BP_EFORMAT, "%s: damaged: counts that are too large",
				       t->from);
		t->seen += r->count;
		return p->reference != NULL ? bp_reference_row(p->reference, r, t->from, err)
					    : bp_seeds_row(&t->walk, r, t->from, err);
	case ROW_REQUIRED:
		return bp_required_read_row(&p->required, r, t->parts, t->from, err);
	default:
		return bp_fail(err, BP_EFORMAT, "%s: is not a file of counts", t->from);
	}
}

/*
 * The trainer is given every count before the totals are checked, so on failure the plan is lost.
 */
bp_status bp_plan_finish_step(struct plan *p, struct source *from, bp_error *err)
{
	struct step_counts t = { .p = p, .from = from->name };
	bool more = true;
	struct row r;
	bp_status st = BP_OK;

	if (p->reference != NULL)
		st = bp_reference_begin(p->reference, &p->required, err);
	else
		bp_seeds_begin(&t.walk, &p->seeds, &p->rules);
	while (st == BP_OK && (st = from->next(from, &r, &more, err)) == BP_OK && more)
		st = read_count_row(&t, &r, err);
	if (st == BP_OK && t.has_settings && (st = check_totals(&t, err)) == BP_OK)
		st = check_required(p, t.from, err);
	if (st == BP_OK)
		st = p->reference != NULL ? bp_reference_end(p->reference, err)
					  : bp_seeds_end(&t.walk, err);
	if (st != BP_OK)
		return st;
	if (t.has_settings && p->step == 0) {
		p->bytes = t.total[BYTES];
		p->segments = t.total[SEGMENTS];
	}
	p->step++;
	/* A fit that cannot be done is better known after the first step than after all steps. */
	return p->reference != NULL ? BP_OK :
	       bp_em_check_memory(&p->sample, BP_MIN(p->seeds.found.n, MOST_SEEDS) +
				  p->required.n_pieces, p->ws, err);
}

/*
 * Only the first step: later steps need the strings or n-grams of the plan, not its settings
 * alone.
 */
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
	    words.n > 0)
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
	       bp_word_write(out, "complete", !bp_plan_has_step(p)) &&
	       bp_word_write(out, "threshold", p->seeds.threshold) &&
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
		st = bp_sample_write(&p->sample, w, err);
	if (st != BP_OK)
		return st;
	st = p->reference != NULL ? bp_reference_write(p->reference, w, err)
				  : bp_seeds_write(&p->seeds, w, err);
	return st == BP_OK ? bp_required_write(&p->required, w, err) : st;
}

/* Begin a plan with the first row of its file; 'from' is the name of the file. */
static bp_status read_plan_words(struct plan *p, const struct row *r, const char *from,
				 const bp_input *in, struct workspace *ws, bp_error *err)
{
	bp_train_options o = { 0 };
	struct slice words = bp_row_body(r);
	uint64_t done, complete, threshold, bytes, segments, required_sum;
	bp_records records;
	bp_status st;

	if (bp_row_kind(r) != ROW_SETTINGS ||
	    !read_plan_settings(&words, &o, &records, &required_sum) ||
	    !bp_word_read(&words, "done", &done) || !bp_word_read(&words, "complete", &complete) ||
	    !bp_word_read(&words, "threshold", &threshold) ||
	    !bp_word_read(&words, "bytes", &bytes) ||
	    !bp_word_read(&words, "segments", &segments) || words.n > 0 ||
	    done < 1 || done > MAX_LEVELS || complete > 1 || (threshold < 1 && !o.reference) ||
	    (o.reference && done != 1) || (done == MAX_LEVELS && complete == 0))
		return bp_fail(err, BP_EFORMAT, "%s: is not a plan of this version", from);
	if ((st = bp_plan_init(p, &o, records, in, ws, err)) != BP_OK)
		return st;
	p->required_sum = required_sum;
	p->step = (unsigned)done;
	p->bytes = bytes;
	p->segments = segments;
	p->seeds.n_levels = (size_t)done;
	p->seeds.threshold = threshold;
	p->seeds.is_complete = complete != 0;
	if (p->reference != NULL)
		p->reference->step = (unsigned)done;
	return BP_OK;
}

/* A row of a plan's file after the first.  Seeds and n-grams belong to one of the recipes only. */
static bp_status read_plan_row(struct plan *p, const struct row *r, bool wants_sample,
			       const char *from, bp_error *err)
{
	bool is_published = p->reference != NULL;

	switch (bp_row_kind(r)) {
	case ROW_BLOCK:
		return wants_sample ? bp_sample_read_row(&p->sample, r, from, err) : BP_OK;
	case ROW_FREQUENT:
	case ROW_REPEAT:
		if (is_published)
			break;
		return bp_seeds_read_row(&p->seeds, r, from, err);
	case ROW_NGRAM:
		if (!is_published)
			break;
		return bp_reference_read_row(p->reference, r, from, err);
	case ROW_REQUIRED:
		return bp_required_read_row(&p->required, r, 1, from, err);
	default:
		break;
	}
	return bp_fail(err, BP_EFORMAT, "%s: is not a plan", from);
}

static bp_status read_plan_rows(struct plan *p, struct row_reader *reader, bool wants_sample,
				bp_error *err)
{
	struct source *s = &reader->source;
	bool more = true;
	struct row r;
	bp_status st;

	while ((st = s->next(s, &r, &more, err)) == BP_OK && more)
		if ((st = read_plan_row(p, &r, wants_sample, s->name, err)) != BP_OK)
			break;
	if (st == BP_OK)
		st = p->reference != NULL ? bp_reference_read_end(p->reference, err)
					  : bp_seeds_read_end(&p->seeds, err);
	if (st == BP_OK)
		st = check_required(p, s->name, err);
	/* Files of counts name their plan by the checksum of its file. */
	p->id = bp_checksum(&reader->sum);
	return st;
}

bp_status bp_plan_read(struct plan *p, const char *path, bool wants_sample, const bp_input *in,
		       struct workspace *ws, bp_error *err)
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
			st = read_plan_rows(p, &reader, wants_sample, err);
		bp_row_reader_release(&reader);
	}
	if (st != BP_OK)
		bp_plan_release(p);
	bp_input_close(f);
	return st;
}
