/*
 * A training in one run.  With a resume folder, every state that is written to it is the state of
 * this sequence at some point: a plan, a step of it, or a fit.  A new process enters the sequence
 * at that point, because bp_resume_plan(), bp_resume_step() and bp_resume_fit() set the state.
 */
#include "train/train.h"

#include <inttypes.h>

#include "base/host.h"
#include "io/progress.h"
#include "train/resume.h"

/* Of a ceiling for memory, for the chunks of a thread, their normalised text, and its tables. */
enum { BYTES_PER_THREAD = 8 << 20 };

struct training {
	const bp_input *in;
	const bp_train_options *options;
	const struct train_output *to;
	struct workspace ws;
	struct plan plan;
	struct corpus corpus;
	struct resume *resume;		/* NULL: no work is kept */
	struct progress_steps steps;	/* see begin_step() */
};

/*
 * The steps of a training as reports of progress tell them, and estimates of their costs in
 * nanoseconds, as measured: for each byte of the corpus, of the drawn blocks, and of the sample.
 * The fit is always the last step.  The published algorithm reads the corpus twice, to count.
 */
static const double read_cost = 4, count_cost = 130, fit_cost = 300, least_fit_cost = 5e8,
		    published_cost = 180;

static void estimate_costs(struct progress_steps *s, const struct plan *p,
			   const bp_train_options *o, uint64_t corpus_size, bool reads)
{
	/* p->bytes are as many as the weights of texts say, and not so many are read. */
	double bytes = (double)(corpus_size > 0 ? corpus_size : p->bytes);
	double drawn = p->sample.bytes > 0 ? (double)p->sample.bytes
					   : BP_MIN(bytes, (double)o->count_size);
	double sample = BP_MIN(drawn, (double)o->sample_size);

	s->n = 0;
	if (o->reference) {
		if (reads)
			s->step[s->n++] = (struct progress_cost){ "count strings",
								  published_cost * bytes };
		s->step[s->n++] = (struct progress_cost){ "prune the candidates",
							  least_fit_cost };
		return;
	}
	if (reads)
		s->step[s->n++] = (struct progress_cost){ "read the text", read_cost * bytes };
	s->step[s->n++] = (struct progress_cost){ "count strings", count_cost * drawn };
	s->step[s->n++] = (struct progress_cost){ "fit the vocabulary",
						  least_fit_cost + fit_cost * sample };
}

static void begin_step(struct progress_steps *s, unsigned step, const bp_train_options *o)
{
	bp_progress_steps_begin(s, step);
	bp_train_note(o, "step %u of %u: %s", step + 1, s->n, s->step[step].name);
}

bp_status bp_train_check(const bp_train_options *o, bp_error *err)
{
	size_t i, k;

	if (o->n_sizes == 0 || o->order < 1 || o->order > BP_ORDER_MAX || o->min_count < 1 ||
	    o->max_piece_length < 1 || o->max_piece_length > BP_PIECE_MAX ||
	    o->sample_size < 1 || o->min_count > INT64_MAX || o->sample_size > INT64_MAX ||
	    o->count_size < 1 || o->count_size > INT64_MAX || o->memory > INT64_MAX)
		return bp_fail(err, BP_ERANGE, "an option is outside its range");
	if (o->reference && o->whole_size > 0)
		return bp_fail(err, BP_ERANGE, "the published algorithm needs the counts of all of "
			       "a part, so --whole-size has no use with it");
	if (bp_rules_check(o, err) != BP_OK)
		return BP_ERANGE;
	for (i = 0; i < o->n_sizes; i++) {
		if (o->vocab_size[i] > BP_VOCAB_MAX)
			return bp_fail(err, BP_ERANGE, "a vocabulary has at most %d ids",
				       BP_VOCAB_MAX);
		if (o->vocab_size[i] < BP_VOCAB_MIN)
			return bp_fail(err, BP_ERANGE, "a vocabulary has at least %d ids: 256 "
				       "bytes and 3 special tokens", BP_VOCAB_MIN);
		for (k = 0; k < i; k++)
			if (o->vocab_size[k] == o->vocab_size[i])
				return bp_fail(err, BP_ERANGE, "vocabulary size %" PRIu32
					       " is requested twice", o->vocab_size[i]);
	}
	return BP_OK;
}

void bp_workspace_init(struct workspace *ws, const bp_train_options *o)
{
	*ws = (struct workspace){
		.folder = o->resume != NULL ? o->resume :
			  o->tmpdir != NULL ? o->tmpdir : bp_temp_folder(),
		.memory = o->memory, .keep = o->resume != NULL
	};
	/* A ceiling is for the process; memory that the allocator keeps after free() counts too. */
	if (o->memory > 0)
		bp_host_return_memory();
}

/* One thread at least, even if the ceiling has no room for it: then the ceiling is exceeded. */
bp_input bp_train_input(const bp_input *in, const bp_train_options *o)
{
	bp_input limited = *in;
	uint64_t room = BP_MAX(o->memory / BYTES_PER_THREAD, 1);

	if (o->memory > 0)
		limited.threads = (unsigned)BP_MIN(bp_threads(in), room);
	return limited;
}

bp_status bp_train_open_corpus(struct corpus *c, const bp_input *in, const bp_train_options *o,
			       const struct plan *p, bp_error *err)
{
	struct cut_rules rules = bp_rules_cuts(&p->options);
	/* Only the published algorithm reads the corpus more than once. */
	const char *folder = p->reference != NULL ? p->ws->folder : NULL;
	bp_status st;
	size_t i;

	if (o->weighted && in->records != BP_LINES)
		return bp_fail(err, BP_ERANGE, "weighted texts are lines");
	for (i = 0; i < in->n_paths && o->weight != NULL; i++)
		if (o->weight[i] < 1 || o->weight[i] > INT64_MAX)
			return bp_fail(err, BP_ERANGE, "%s: a weight is at least 1, and below 2^63",
				       in->path[i]);
	st = bp_corpus_init(c, in, &rules, p->options.normalize == BP_NORMALIZE_NFC, folder, err);
	if (st != BP_OK)
		return st;
	c->weight = o->weight;
	c->weighted = o->weighted;
	if (p->options.specials &&
	    (st = bp_required_names(&p->required, &c->names, err)) != BP_OK)
		bp_corpus_release(c);
	return st;
}

/*
 * Count or draw from the position where the step was left.  If work is kept, a last checkpoint at
 * the end puts all of it into files: a process that resumes between here and the end of the step
 * then finds the whole corpus done.
 */
static bp_status count_step(struct training *t, struct counter *counter, bp_error *err)
{
	struct checkpoint c;
	bool had_ended;
	bp_status st;

	if (t->resume == NULL)
		return bp_plan_count(&t->plan, &t->corpus, counter, NULL, err);
	c = bp_resume_checkpoint(t->resume);
	had_ended = t->corpus.pass.ended;
	if ((st = bp_plan_count(&t->plan, &t->corpus, counter, &c, err)) != BP_OK || had_ended)
		return st;
	return c.save(c.ctx, err);
}

static void note_step(const struct training *t, const struct counter *counter)
{
	const struct sample *s = &t->plan.sample;

	if (t->plan.reference == NULL)
		bp_train_note(t->options, "%" PRIu64 " bytes in %zu blocks are drawn", s->bytes,
			      s->n);
	else
		bp_train_note(t->options, "step %u: %" PRIu64 " counted, %zu spills",
			      t->plan.step + 1, bp_counter_total(counter),
			      bp_counter_spills(counter));
}

bp_status bp_train_check_text(const bp_train_options *o, const struct corpus *c, bp_error *err)
{
	return o->need_text && c->whole.bytes == 0
	     ? bp_fail(err, BP_EFORMAT, "no text in the input") : BP_OK;
}

static bp_status run_step(struct training *t, bp_error *err)
{
	struct counter counter;
	bp_status st;

	if ((st = bp_plan_init_counter(&t->plan, &counter, err)) != BP_OK)
		return st;
	/* From the beginning of the corpus, unless there is a checkpoint of this step. */
	t->corpus.pass = (struct corpus_pass){ 0 };
	if (t->resume != NULL)
		st = bp_resume_step(t->resume, &t->corpus, &counter, err);
	if (st == BP_OK && (st = count_step(t, &counter, err)) == BP_OK &&
	    (st = bp_train_check_text(t->options, &t->corpus, err)) == BP_OK) {
		note_step(t, &counter);
		st = bp_plan_finish_step(&t->plan, &t->corpus, &counter, err);
		if (st == BP_OK && t->resume != NULL)
			st = bp_resume_step_done(t->resume, err);
	}
	bp_counter_release(&counter);
	return st;
}

/* 'corpus' and 'resume' may be NULL. */
static bp_status fit_plan(struct plan *p, const bp_train_options *o, struct corpus *corpus,
			  struct resume *resume, const struct train_output *to, bp_error *err)
{
	struct sizes f;
	bp_status st;

	if ((st = bp_sizes_init(&f, p, o, corpus, to, err)) != BP_OK)
		return st;
	if (resume != NULL)
		st = bp_resume_fit(resume, &f, err);
	if (st == BP_OK && p->reference == NULL && f.round == 0)
		begin_step(p->steps, p->steps->n - 2, o);
	if (st == BP_OK)
		st = bp_plan_end_steps(p, f.round > 0, o, err);
	if (st == BP_OK && p->reference == NULL)
		bp_train_note(o, "%zu seeds; sample of %" PRIu64 " bytes in %zu blocks",
			      p->seeds.found.n, p->sample.bytes, p->sample.n);
	if (st == BP_OK) {
		begin_step(p->steps, p->steps->n - 1, o);
		st = bp_sizes_run(&f, err);
	}
	bp_sizes_release(&f);
	return st;
}

bp_status bp_train_fit(struct plan *p, const bp_train_options *o, const struct train_output *to,
		       bp_error *err)
{
	const bp_input *all = p->in;
	bp_input in = *all;
	struct progress_steps steps;
	bp_status st;

	bp_progress_steps_init(&steps, &in, all);
	estimate_costs(&steps, p, &p->options, 0, false);
	p->in = &in;
	p->steps = &steps;
	st = fit_plan(p, o, NULL, NULL, to, err);
	p->in = all;
	p->steps = NULL;
	to->report->bytes = p->bytes;
	to->report->segments = p->segments;
	return st;
}

/* All steps over the corpus that are left. */
static bp_status run_steps(struct training *t, bp_error *err)
{
	bp_status st;

	/* Known before the corpus is opened, because a pipe may be copied then. */
	estimate_costs(&t->steps, &t->plan, t->options, 0, true);
	if (bp_plan_has_step(&t->plan))
		begin_step(&t->steps, 0, t->options);
	st = bp_train_open_corpus(&t->corpus, t->in, t->options, &t->plan, err);
	if (st != BP_OK)
		return st;
	t->corpus.resumed = t->options->resume;
	t->corpus.compares = t->corpus.compares || t->resume != NULL;
	estimate_costs(&t->steps, &t->plan, t->options, t->corpus.size, true);
	while (st == BP_OK && bp_plan_has_step(&t->plan)) {
		bp_progress_steps_part(&t->steps, t->options->reference ? 2 - t->plan.step : 1);
		st = run_step(t, err);
	}
	estimate_costs(&t->steps, &t->plan, t->options, t->corpus.size, true);
	return st;
}

static bp_status run_training(struct training *t, bp_error *err)
{
	bp_status st = BP_OK;

	if (t->resume != NULL)
		st = bp_resume_plan(t->resume, &t->plan, t->in, err);
	t->plan.steps = &t->steps;
	if (st == BP_OK)
		st = run_steps(t, err);
	return st == BP_OK ? fit_plan(&t->plan, t->options, &t->corpus, t->resume, t->to, err) : st;
}

bp_status bp_train(const bp_input *in, const bp_train_options *o, const char *out,
		   const struct train_output *to, bp_error *err)
{
	bp_input limited = bp_train_input(in, o);
	struct training t = { .in = &limited, .options = o, .to = to };
	struct resume resume = { .folder = NULL };
	bp_status st;

	/*
	 * Options that no vocabulary can satisfy fail here, before a folder or a file is touched.
	 */
	bp_progress_steps_init(&t.steps, &limited, in);
	bp_workspace_init(&t.ws, o);
	if ((st = bp_plan_init(&t.plan, o, in->records, t.in, &t.ws, err)) == BP_OK)
		st = bp_required_check_sizes(&t.plan.required, o, err);
	if (st == BP_OK && o->resume != NULL) {
		st = bp_resume_open(&resume, o, &t.plan.required, in, out, &t.ws, err);
		t.resume = &resume;
	}
	if (st == BP_OK)
		st = run_training(&t, err);
	to->report->bytes = t.plan.bytes;
	to->report->segments = t.plan.segments;
	/* A training that an earlier process had finished measures no model, but has the sample. */
	if (!o->reference)
		to->report->measured = t.plan.sample.text;
	bp_plan_release(&t.plan);
	if (t.corpus.in != NULL)
		bp_corpus_release(&t.corpus);
	/* After an error the folder stays, for the next process. */
	if (st == BP_OK && t.resume != NULL)
		bp_resume_finish(t.resume);
	bp_resume_close(&resume);
	return st;
}
