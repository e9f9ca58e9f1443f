#include "train/train.h"

#include <inttypes.h>

#include "base/host.h"
#include "train/note.h"
#include "train/resume.h"

enum { BYTES_PER_THREAD = 8 << 20 };

struct training {
	const bp_input *in;
	const bp_train_options *options;
	struct workspace ws;
	struct required required;	/* until the plan has it */
	struct plan plan;
	struct corpus corpus;
	struct resume *resume;		/* NULL: nothing is kept */
};

void bp_workspace_init(struct workspace *ws, const bp_train_options *o)
{
	*ws = (struct workspace){
		.folder = o->resume != NULL ? o->resume :
			  o->tmpdir != NULL ? o->tmpdir : bp_temp_folder(),
		.memory = o->memory, .keep = o->resume != NULL
	};
	if (o->memory > 0)
		bp_host_return_memory();
}

bp_input bp_train_input(const bp_input *in, const bp_train_options *o)
{
	bp_input limited = *in;
	uint64_t room = BP_MAX(o->memory / BYTES_PER_THREAD, 1);

	if (o->memory > 0)
		limited.threads = (unsigned)BP_MIN(bp_threads(in), room);
	return limited;
}

struct cut_rules bp_train_cut(const bp_train_options *o)
{
	struct cut_rules rules = BP_CUT_TRAINING;

	rules.isolate_digits = o->isolate_digits;
	return rules;
}

/* Count, from where the step was left; everything is in spills then if it is to be kept. */
static bp_status count_step(struct training *t, struct counter *counter, bp_error *err)
{
	struct checkpoint c = { bp_resume_due, bp_resume_save, t->resume };
	bp_status st;

	if (t->resume == NULL)
		return bp_plan_count(&t->plan, &t->corpus, counter, NULL, err);
	if (t->corpus.place.ended)
		return BP_OK;
	if ((st = bp_plan_count(&t->plan, &t->corpus, counter, &c, err)) != BP_OK)
		return st;
	return bp_resume_save(t->resume, err);
}

static void note_step(const struct training *t, const struct counter *counter)
{
	bp_train_note(t->options, "step %u: %" PRIu64 " counted, %zu spills", t->plan.step + 1,
		bp_counter_total(counter), bp_counter_spills(counter));
}

static void note_result(const struct training *t)
{
	const struct seeds *s = &t->plan.seeds;

	if (t->options->reference)
		return;
	if (!s->is_complete)
		bp_train_note(t->options, "%zu strings of %zu bytes are extended; rarest of six bytes: %" PRIu64
			" times; %zu strings found", s->level[s->n_levels - 1].n,
			s->level[s->n_levels - 1].length, s->threshold, s->found.n);
	else
		bp_train_note(t->options, "%zu seeds; sample of %" PRIu64 " bytes in %zu blocks", s->found.n,
			t->plan.sample.bytes, t->plan.sample.n);
}

static bp_status take_step(struct training *t, struct counter *counter, bp_error *err)
{
	struct counted all;
	bp_status st;

	if ((st = bp_counter_open(counter, &all, err)) != BP_OK)
		return st;
	note_step(t, counter);
	st = bp_plan_take(&t->plan, &all.merge.source, err);
	bp_counted_release(&all);
	if (st == BP_OK)
		note_result(t);
	if (st == BP_OK && t->resume != NULL)
		st = bp_resume_step_done(t->resume, err);
	return st;
}

static bp_status run_step(struct training *t, bp_error *err)
{
	struct counter counter;
	bp_status st;

	if ((st = bp_plan_counter(&t->plan, &counter, err)) != BP_OK)
		return st;
	t->corpus.place = (struct corpus_place){ 0 };
	if (t->resume != NULL)
		st = bp_resume_step(t->resume, &t->corpus, &counter, err);
	if (st == BP_OK && (st = count_step(t, &counter, err)) == BP_OK) {
		t->plan.bytes = t->corpus.whole.bytes;
		t->plan.segments = t->corpus.whole.segments;
		st = take_step(t, &counter, err);
	}
	bp_counter_release(&counter);
	return st;
}

static bp_status fit(struct training *t, bp_trained_model_fn *made, void *ctx, bp_error *err)
{
	struct sizes f;
	bp_status st;

	if ((st = bp_sizes_init(&f, &t->plan, t->options, &t->corpus, made, ctx, err)) != BP_OK)
		return st;
	if (t->resume != NULL)
		st = bp_resume_fit(t->resume, &f, err);
	if (st == BP_OK)
		st = bp_sizes_run(&f, err);
	bp_sizes_release(&f);
	return st;
}

static bp_status run(struct training *t, bp_trained_model_fn *made, void *ctx, bp_error *err)
{
	struct cut_rules rules = bp_train_cut(t->options);
	bool found = false;
	bp_status st = BP_OK;

	if (t->resume != NULL)
		st = bp_resume_plan(t->resume, &t->plan, t->in, &found, err);
	if (st == BP_OK && !found) {
		bp_plan_init(&t->plan, t->options, t->in->records, t->in, &t->ws);
		bp_plan_require(&t->plan, &t->required);
	}
	if (st == BP_OK)
		st = bp_corpus_init(&t->corpus, t->in, &rules,
				    t->options->normalize == BP_NORMALIZE_NFC, t->ws.folder,
				    t->resume != NULL, err);
	while (st == BP_OK && bp_plan_counts(&t->plan))
		st = run_step(t, err);
	return st == BP_OK ? fit(t, made, ctx, err) : st;
}

bp_status bp_train(const bp_input *in, const bp_train_options *o, const char *out, bp_trained_model_fn *made,
		   void *ctx, bp_train_report *report, bp_error *err)
{
	bp_input limited = bp_train_input(in, o);
	struct training t = { .in = &limited, .options = o };
	struct resume resume = { .folder = NULL };
	bp_status st = BP_OK;

	bp_workspace_init(&t.ws, o);
	if ((st = bp_required_init(&t.required, o, err)) != BP_OK)
		return st;
	st = bp_required_check_sizes(&t.required, o, err);
	if (st == BP_OK && o->resume != NULL) {
		st = bp_resume_open(&resume, o, &t.required, in, out, &t.ws, err);
		resume.report = report;
		t.resume = &resume;
	}
	if (st == BP_OK)
		st = run(&t, made, ctx, err);
	report->bytes = t.plan.bytes;
	report->segments = t.plan.segments;
	/* Also where all models were made by a process before this one. */
	if (!o->reference)
		report->measured = t.plan.sample.bytes;
	bp_plan_release(&t.plan);
	bp_required_release(&t.required);
	if (t.corpus.in != NULL)
		bp_corpus_release(&t.corpus);
	if (st == BP_OK && t.resume != NULL)
		bp_resume_finish(t.resume, in->n_paths);
	bp_resume_close(&resume);
	return st;
}
