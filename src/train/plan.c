#include "train/plan.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "train/em.h"

enum {
	MOST_SEEDS = 300000,
	LEAST_MEMORY = 16 << 20,	/* bytes that counting takes in any case */
	SLACK = 64 << 20	/* beyond the memory allowed, for what the system itself takes */
};

void bp_plan_init(struct plan *p, const bp_train_options *o, bp_records records,
		  const bp_input *in, struct workspace *ws)
{
	*p = (struct plan){ .options = *o, .records = records, .in = in, .ws = ws };
	p->rules = (struct piece_rules){
		.max_length = o->max_piece_length, .min_count = o->min_count,
		.whole_characters = o->ensure_unicode, .across_spaces = o->across_spaces,
		.isolate_digits = o->isolate_digits
	};
	bp_sample_init(&p->sample, o->sample_size);
	p->seeds = (struct seeds){ .rules = &p->rules, .found = { .most = MOST_SEEDS } };
	bp_reference_init(&p->reference, &p->options, &p->required, in, ws);
}

void bp_plan_require(struct plan *p, struct required *r)
{
	p->required = *r;
	p->required_sum = bp_required_sum(r);
	*r = (struct required){ .n = 0 };
}

void bp_plan_release(struct plan *p)
{
	bp_sample_release(&p->sample);
	bp_required_release(&p->required);
	bp_seeds_release(&p->seeds);
	bp_reference_release(&p->reference);
}

bool bp_plan_counts(const struct plan *p)
{
	return p->options.reference ? p->reference.step < 2 : !p->seeds.is_complete;
}

static bool draws_sample(const struct plan *p)
{
	return p->step == 0 && !p->options.reference;
}

/* What a count may use of the memory allowed, beside what the plan holds; 0: there is no ceiling. */
static uint64_t spare_memory(const struct plan *p)
{
	uint64_t held = bp_seeds_memory(&p->seeds) + bp_reference_memory(&p->reference) +
			bp_required_memory(&p->required) +
			(draws_sample(p) ? p->sample.most : bp_sample_memory(&p->sample));

	if (p->ws->memory == 0)
		return 0;
	return p->ws->memory > held + LEAST_MEMORY ? p->ws->memory - held : LEAST_MEMORY;
}

bp_status bp_plan_counter(struct plan *p, struct counter *counter, bp_error *err)
{
	unsigned bits = p->options.reference ? bp_reference_bits(&p->reference)
					     : bp_seeds_bits(&p->seeds);

	return bp_counter_init(counter, p->ws, bp_threads(p->in) + 1, bits, spare_memory(p), err);
}

/* A count under way. */
struct counting {
	const struct plan *p;
	struct counter *counter;
	struct sample_draw draw;
	bool draws;
	struct scratch {
		struct prefix_scratch levels;
		struct lm_scratch lm;
	} *scratch;			/* one per worker */
};

static bp_status visit(void *ctx, unsigned worker, struct slice segment, bp_error *err)
{
	struct counting *k = ctx;
	struct counter_worker *hand = &k->counter->hand[worker];
	bp_status st;

	if (k->p->options.reference)
		return bp_reference_count(&k->p->reference, &k->scratch[worker].lm, segment, hand,
					  err);
	if (k->draws && (st = bp_sample_segment(&k->draw, worker, segment, err)) != BP_OK)
		return st;
	return bp_seeds_keys(&k->p->seeds, &k->scratch[worker].levels, segment, hand, err);
}

static bp_status take_pause(void *ctx, unsigned worker, bp_error *err)
{
	struct counting *k = ctx;

	return bp_sample_pause(&k->draw, worker, err);
}

static const char *phase_of(const struct plan *p)
{
	if (p->options.reference)
		return p->step == 0 ? "count n-grams" : "find candidates";
	return "find repeats";
}

static bp_status count(struct counting *k, struct corpus *corpus, const struct checkpoint *c,
		       bp_error *err)
{
	struct corpus_visitor v = { .phase = phase_of(k->p), .visit = visit, .ctx = k };
	bp_status st;

	if (k->draws)
		v.pause = take_pause;
	if (c != NULL)
		v.stop = c->due;
	v.stop_ctx = c != NULL ? c->ctx : NULL;
	for (;;) {
		st = bp_corpus_read(corpus, &v, err);
		if (st != BP_OK || corpus->place.ended || c == NULL)
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
	if (k.draws && p->ws->memory > 0 &&
	    BP_MIN(corpus->size, p->sample.most) > p->ws->memory + SLACK) {
		free(k.scratch);
		return bp_fail(err, BP_ENOMEM, "the allowed memory is too small for a sample of %"
			       PRIu64 " bytes", p->sample.most);
	}
	st = p->options.reference ? bp_reference_prepare(&p->reference, err) : BP_OK;
	if (st == BP_OK && k.draws)
		st = bp_sample_begin(&k.draw, &p->sample, n, err);
	if (st == BP_OK)
		st = count(&k, corpus, c, err);
	if (k.draws)
		bp_sample_end(&k.draw);
	for (i = 0; i < n; i++) {
		bp_prefix_level_scratch_release(&k.scratch[i].levels);
		bp_lm_scratch_release(&k.scratch[i].lm);
	}
	free(k.scratch);
	return st;
}

static bp_status write_text(enum row_kind kind, const struct buf *text, uint64_t count,
			    struct row_writer *w, bp_error *err)
{
	struct buf key = { 0 };
	struct row r;
	bp_status st;

	if (!bp_buf_byte(&key, (unsigned char)kind) || !bp_buf_append(&key, text->data, text->len)) {
		st = bp_fail_memory(err);
	} else {
		r = (struct row){ { key.data, key.len }, count };
		st = bp_rows_write(w, &r, err);
	}
	bp_buf_release(&key);
	return st;
}

/* Settings, and if anything is required, its checksum. */
static bool write_settings(const struct plan *p, struct buf *out)
{
	return bp_settings_write(&p->options, p->records, out) &&
	       (p->required_sum == 0 || bp_word_write(out, "required", p->required_sum));
}

/* And back.  What is required itself comes in other rows. */
static bool read_settings(struct slice *words, bp_train_options *o, bp_records *records,
			  uint64_t *required_sum)
{
	*required_sum = 0;
	if (!bp_settings_read(words, o, records))
		return false;
	(void)bp_word_read(words, "required", required_sum);
	return true;
}

static bp_status check_required(const struct plan *p, const char *from, bp_error *err)
{
	if (bp_required_sum(&p->required) == p->required_sum)
		return BP_OK;
	return bp_fail(err, BP_EFORMAT, "%s: parts are missing: the required pieces are "
		       "incomplete", from);
}

/* The settings of counts: those of the plan, and what was counted. */
static bool count_words(const struct plan *p, struct buf *out)
{
	return write_settings(p, out) && bp_word_write(out, "step", p->step + 1) &&
	       bp_word_write(out, "plan", p->id);
}

/* Totals that come with counts, in the order of their names. */
enum { BYTES, COUNTED, PARTS, SEGMENTS, N_TOTALS };
static const char *const total_name[N_TOTALS] = { "bytes", "counted", "parts", "segments" };

static bp_status write_total(const char *name, uint64_t total, struct row_writer *w, bp_error *err)
{
	/* lint: no-int-to-ptr: takes const away; it is only read */
	struct buf text = { .data = (unsigned char *)(uintptr_t)name, .len = strlen(name) };

	return write_text(ROW_TOTAL, &text, total, w, err);
}

static bp_status write_head(const struct plan *p, const struct corpus *corpus, uint64_t counted,
			    struct row_writer *w, bp_error *err)
{
	const uint64_t total[N_TOTALS] = { corpus->whole.bytes, counted, 1,
					   corpus->whole.segments };
	struct buf words = { 0 };
	size_t i;
	bp_status st = count_words(p, &words) ? write_text(ROW_SETTINGS, &words, 1, w, err)
					      : bp_fail_memory(err);

	bp_buf_release(&words);
	for (i = 0; i < N_TOTALS && st == BP_OK; i++)
		st = write_total(total_name[i], total[i], w, err);
	return st;
}

bp_status bp_plan_write_counts(const struct plan *p, const struct corpus *corpus,
			       struct counter *counter, struct row_writer *w, bp_error *err)
{
	struct counted all;
	bp_status st = bp_counter_open(counter, &all, err);

	if (st != BP_OK)
		return st;
	if ((st = write_head(p, corpus, bp_counter_total(counter), w, err)) == BP_OK &&
	    (!draws_sample(p) || (st = bp_sample_write(&p->sample, w, err)) == BP_OK))
		st = bp_rows_copy(w, &all.merge.source, err);
	/* In later steps the plan tells. */
	if (st == BP_OK && p->step == 0)
		st = bp_required_write(&p->required, w, err);
	bp_counted_release(&all);
	return st;
}

/* Rows of a step on their way into the plan. */
struct taking {
	struct plan *p;
	const char *from;
	struct seeds_walk walk;
	bool has_head;		/* settings and totals come with the counts */
	uint64_t total[N_TOTALS], seen, parts;
	unsigned n_totals;
};

static bp_status check_settings(const struct taking *t, struct slice words, bp_error *err)
{
	struct buf own = { 0 };
	bool ok = count_words(t->p, &own);
	bool same = ok && bp_slice_compare((struct slice){ own.data, own.len }, words) == 0;

	bp_buf_release(&own);
	if (!ok)
		return bp_fail_memory(err);
	return same ? BP_OK : bp_fail(err, BP_EFORMAT, "%s: does not hold counts of step %u of this "
				      "plan", t->from, t->p->step + 1);
}

static void take_total(struct taking *t, const struct row *r)
{
	struct slice name = bp_row_body(r);
	size_t i;

	for (i = 0; i < N_TOTALS; i++)
		if (name.n == strlen(total_name[i]) &&
		    memcmp(name.p, total_name[i], name.n) == 0) {
			t->total[i] = r->count;
			t->n_totals++;
		}
}

/* Nothing has to be lost on the way from those who counted: in the first step each byte begins
 * one window. */
static bp_status check_totals(const struct taking *t, bp_error *err)
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

static bp_status take_row(struct taking *t, const struct row *r, bp_error *err)
{
	struct plan *p = t->p;

	switch (bp_row_kind(r)) {
	case ROW_SETTINGS:
		t->has_head = true;
		t->parts = r->count;
		return check_settings(t, bp_row_body(r), err);
	case ROW_TOTAL:
		take_total(t, r);
		return BP_OK;
	case ROW_BLOCK:
		return bp_sample_read_row(&p->sample, r, t->from, err);
	case ROW_COUNT:
		if (r->count > INT64_MAX - t->seen)
			return bp_fail(err, BP_EFORMAT, "%s: damaged: counts that are too large",
				       t->from);
		t->seen += r->count;
		return p->options.reference ? bp_reference_row(&p->reference, r, t->from, err)
					    : bp_seeds_row(&t->walk, r, t->from, err);
	case ROW_REQUIRED:
		return bp_required_read_row(&p->required, r, t->parts, t->from, err);
	default:
		return bp_fail(err, BP_EFORMAT, "%s: is not a file of counts", t->from);
	}
}

bp_status bp_plan_take(struct plan *p, struct source *from, bp_error *err)
{
	struct taking t = { .p = p, .from = from->name };
	bool more = true;
	struct row r;
	bp_status st = BP_OK;

	if (p->options.reference)
		st = bp_reference_begin(&p->reference, err);
	else
		bp_seeds_begin(&t.walk, &p->seeds);
	while (st == BP_OK && (st = from->next(from, &r, &more, err)) == BP_OK && more)
		st = take_row(&t, &r, err);
	if (st == BP_OK && t.has_head && (st = check_totals(&t, err)) == BP_OK)
		st = check_required(p, t.from, err);
	if (st == BP_OK)
		st = p->options.reference ? bp_reference_end(&p->reference, err)
					  : bp_seeds_end(&t.walk, err);
	if (st != BP_OK)
		return st;
	if (t.has_head && p->step == 0) {
		p->bytes = t.total[BYTES];
		p->segments = t.total[SEGMENTS];
	}
	p->step++;
	/* Better after the first step than after all of them. */
	return p->options.reference ? BP_OK :
	       bp_em_check_memory(&p->sample, BP_MIN(p->seeds.found.n, MOST_SEEDS) +
				  p->required.n_pieces, p->ws, err);
}

bp_status bp_plan_from_counts(struct plan *p, const struct row *settings, const char *from,
			      const bp_input *in, struct workspace *ws, bp_error *err)
{
	bp_train_options o = { 0 };
	struct slice words = bp_row_body(settings);
	uint64_t step, id, required_sum;
	bp_records records;

	if (bp_row_kind(settings) != ROW_SETTINGS ||
	    !read_settings(&words, &o, &records, &required_sum) ||
	    !bp_word_read(&words, "step", &step) || !bp_word_read(&words, "plan", &id) ||
	    words.n > 0)
		return bp_fail(err, BP_EFORMAT, "%s: is not a file of counts of this version", from);
	if (step != 1)
		return bp_fail(err, BP_EFORMAT, "%s: holds counts of step %" PRIu64 " and needs the "
			       "plan of that step", from, step);
	bp_plan_init(p, &o, records, in, ws);
	p->required_sum = required_sum;
	return BP_OK;
}

/* The settings of a plan, and the numbers that belong to it. */
static bool plan_words(const struct plan *p, struct buf *out)
{
	return write_settings(p, out) && bp_word_write(out, "done", p->step) &&
	       bp_word_write(out, "complete", !bp_plan_counts(p)) &&
	       bp_word_write(out, "threshold", p->seeds.threshold) &&
	       bp_word_write(out, "bytes", p->bytes) &&
	       bp_word_write(out, "segments", p->segments);
}

bp_status bp_plan_write(const struct plan *p, struct row_writer *w, bp_error *err)
{
	struct buf words = { 0 };
	bp_status st = plan_words(p, &words) ? write_text(ROW_SETTINGS, &words, 1, w, err)
					     : bp_fail_memory(err);

	bp_buf_release(&words);
	if (st == BP_OK)
		st = bp_sample_write(&p->sample, w, err);
	if (st != BP_OK)
		return st;
	st = p->options.reference ? bp_reference_write(&p->reference, w, err)
				  : bp_seeds_write(&p->seeds, w, err);
	return st == BP_OK ? bp_required_write(&p->required, w, err) : st;
}

/* The first row of a plan. */
static bool begin_read(struct plan *p, const struct row *r, const bp_input *in,
		       struct workspace *ws)
{
	bp_train_options o = { 0 };
	struct slice words = bp_row_body(r);
	uint64_t done, complete, threshold, bytes, segments, required_sum;
	bp_records records;

	if (bp_row_kind(r) != ROW_SETTINGS || !read_settings(&words, &o, &records, &required_sum) ||
	    !bp_word_read(&words, "done", &done) || !bp_word_read(&words, "complete", &complete) ||
	    !bp_word_read(&words, "threshold", &threshold) ||
	    !bp_word_read(&words, "bytes", &bytes) ||
	    !bp_word_read(&words, "segments", &segments) || words.n > 0 ||
	    done < 1 || done > MAX_LEVELS || complete > 1 || (threshold < 1 && !o.reference))
		return false;
	bp_plan_init(p, &o, records, in, ws);
	p->required_sum = required_sum;
	p->step = (unsigned)done;
	p->bytes = bytes;
	p->segments = segments;
	p->seeds.n_levels = (size_t)done;
	p->seeds.threshold = threshold;
	p->seeds.is_complete = complete != 0;
	p->reference.step = (unsigned)done;
	return !(o.reference && done != 1) && !(done == MAX_LEVELS && complete == 0);
}

static bp_status read_row(struct plan *p, const struct row *r, bool wants_sample, const char *from,
			  bp_error *err)
{
	switch (bp_row_kind(r)) {
	case ROW_BLOCK:
		return wants_sample ? bp_sample_read_row(&p->sample, r, from, err) : BP_OK;
	case ROW_FREQUENT:
	case ROW_REPEAT:
		return bp_seeds_read_row(&p->seeds, r, from, err);
	case ROW_NGRAM:
		return bp_reference_read_row(&p->reference, r, from, err);
	case ROW_REQUIRED:
		return bp_required_read_row(&p->required, r, 1, from, err);
	default:
		return bp_fail(err, BP_EFORMAT, "%s: is not a plan", from);
	}
}

static bp_status read_rows(struct plan *p, struct row_reader *reader, bool wants_sample,
			   bp_error *err)
{
	struct source *s = &reader->source;
	bool more = true;
	struct row r;
	bp_status st;

	while ((st = s->next(s, &r, &more, err)) == BP_OK && more)
		if ((st = read_row(p, &r, wants_sample, s->name, err)) != BP_OK)
			break;
	if (st == BP_OK)
		st = p->options.reference ? bp_reference_read_end(&p->reference, err)
					  : bp_seeds_read_end(&p->seeds, err);
	if (st == BP_OK)
		st = check_required(p, s->name, err);
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

	if ((st = bp_input_open(path, &f, err)) != BP_OK)
		return st;
	if ((st = bp_row_reader_init(&reader, f, bp_input_name(path), err)) == BP_OK) {
		st = reader.source.next(&reader.source, &r, &more, err);
		/* Plans are not written as text, which could hold a row twice. */
		if (st == BP_OK && (!more || reader.format != ROWS_BINARY ||
				    !begin_read(p, &r, in, ws)))
			st = bp_fail(err, BP_EFORMAT, "%s: is not a plan of this version",
				     bp_input_name(path));
		else if (st == BP_OK && (st = read_rows(p, &reader, wants_sample, err)) != BP_OK)
			bp_plan_release(p);
		bp_row_reader_release(&reader);
	}
	bp_input_close(f);
	return st;
}
