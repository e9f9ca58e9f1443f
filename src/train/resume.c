#include "train/resume.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/host.h"
#include "io/progress.h"
#include "train/state_file.h"

enum {
	POLLS = 1024,		/* chunks between checkpoints: of 256 KB each, 256 MB of input; */
	POLLS_DRAWN = 8192,	/* of blocks 2 GB: a checkpoint writes all of them */
	/*
	 * Spills of a killed process may have any numbers, with gaps where spills were removed.  A
	 * gap this long ends the search for them.
	 */
	MISSES = 256,
	MOST_NUMBERS = 1 << 24,	/* larger numbers of spills only come from a damaged file */
	TRIES = 100		/* to lock a folder that other processes make and remove */
};

static bool read_job(FILE *f, struct buf *b)
{
	size_t got;

	do {
		if (!bp_buf_reserve(b, 4096))
			return false;
		errno = 0;
		got = fread(b->data + b->len, 1, 4096, f);
		b->len += got;
	} while (got > 0 && !ferror(f));
	return !ferror(f);
}

/* Remove the files NAME.0 to below NAME.end, and later ones that a killed process has left. */
static void remove_numbered(const struct resume *r, const char *name, unsigned long end)
{
	unsigned long i, misses = 0;
	char *path;

	for (i = 0; i < end || misses < MISSES; i++) {
		if ((path = bp_temp_path(r->folder, name, i)) == NULL)
			return;
		misses = bp_host_remove(path) ? 0 : misses + 1;
		free(path);
	}
}

static bp_status read_next_number(void *ctx, const struct row *row, const char *from, bp_error *err)
{
	static const char *const name[] = { "next" };

	(void)from;
	(void)err;
	bp_state_read_number(row, name, ctx, 1);
	return BP_OK;
}

/* The number of the next spill, as far as the folder and this process know it. */
static unsigned long next_spill_number(const struct resume *r)
{
	uint64_t next = 0;
	bool found;

	/* Errors are ignored: a damaged checkpoint has to be removable too. */
	(void)bp_state_read(r->folder, "place", &found, read_next_number, &next, NULL);
	return (unsigned long)BP_MAX(BP_MIN(next, MOST_NUMBERS), atomic_load(&r->ws->next));
}

/*
 * Remove all files of the training, "job" as the last one: if the process is killed meanwhile, the
 * files that are left still belong to a job, and the next process does not take them for foreign.
 */
static void remove_all(struct resume *r)
{
	unsigned long next = next_spill_number(r);

	bp_state_remove(r->folder, "fit");
	bp_state_remove(r->folder, "plan");
	bp_state_remove(r->folder, "place");
	remove_numbered(r, "spill", next);
	bp_state_remove(r->folder, "job");
}

static const char *const state_file[] = { "plan", "place", "fit" };

/*
 * Refuse a folder with files of our names that no training has made: --resume with a wrong folder,
 * perhaps with --restart, must not destroy files of somebody else.  Empty files are nobody's loss.
 */
static bp_status check_foreign(const struct resume *r, const struct buf *job, bool has_job,
			       bp_error *err)
{
	static const char first_word[] = "bytepiece=";
	size_t i, n = sizeof(first_word) - 1;
	bool has_content;
	char *path;
	FILE *f;

	if (has_job)
		return job->len >= n && memcmp(job->data, first_word, n) == 0 ? BP_OK :
		       bp_fail(err, BP_EFORMAT, "%s/job: is not a file of a training", r->folder);
	for (i = 0; i < sizeof(state_file) / sizeof(state_file[0]); i++) {
		if ((path = bp_state_path(r->folder, state_file[i])) == NULL)
			return bp_fail_memory(err);
		if ((f = bp_open_file(path, "rb")) == NULL && errno != ENOENT) {
			bp_fail_errno(err, path);
			free(path);
			return BP_EIO;
		}
		free(path);
		if (f == NULL)
			continue;
		has_content = fgetc(f) != EOF;
		fclose(f);
		if (!has_content)
			continue;
		return bp_fail(err, BP_EFORMAT, "%s/%s: is not a file of a training: no file job "
			       "is beside it", r->folder, state_file[i]);
	}
	return BP_OK;
}

/* Compare with the job of the folder; if there is none, write this job: as text, not as a state
 * file, because people read it to find out about a folder, and messages quote its lines. */
static bp_status compare_or_write_job(struct resume *r, const char *path, const struct buf *now,
				 bp_error *err)
{
	struct buf then = { 0 };
	bp_status st = BP_OK;
	bool has_job;
	FILE *f = bp_open_file(path, "rb");

	has_job = f != NULL;
	if ((f == NULL && errno != ENOENT) || (f != NULL && !read_job(f, &then)))
		st = bp_fail_errno(err, path);
	if (st == BP_OK)
		st = check_foreign(r, &then, has_job, err);
	if (f != NULL)
		fclose(f);
	if (st == BP_OK && has_job && r->options->restart) {
		remove_all(r);
		has_job = false;
	}
	if (st == BP_OK)
		st = has_job ? bp_job_compare(r->folder, now, &then, err)
			     : bp_out_write_file(path, bp_buf_slice(now), err);
	bp_buf_release(&then);
	return st;
}

static bp_status check_job(struct resume *r, const struct required *required, const bp_input *in,
			   const char *out, bp_error *err)
{
	char *path = bp_state_path(r->folder, "job");
	struct buf now = { 0 };
	bp_status st;

	if (path == NULL || !bp_job_write(r->options, required, in, out, &now))
		st = bp_fail_memory(err);
	else
		st = compare_or_write_job(r, path, &now, err);
	bp_buf_release(&now);
	free(path);
	return st;
}

/* A wrong name must neither make a folder for a job that nobody meant, nor count as a change of
 * the input. */
static bp_status check_inputs_exist(const bp_input *in, bp_error *err)
{
	size_t i;

	for (i = 0; i < in->n_paths; i++)
		if (strcmp(in->path[i], "-") != 0 && bp_host_kind(in->path[i]) == BP_HOST_ABSENT) {
			errno = ENOENT;
			return bp_fail_errno(err, in->path[i]);
		}
	return BP_OK;
}

/*
 * Make the folder and lock its file 'path'.  At each moment another process may make the folder
 * too, or finish and remove both: then the lock is of a file without a name, which keeps nobody
 * out, and the next try finds what is there.
 */
static bp_status lock_folder(struct resume *r, const char *path, bp_error *err)
{
	int i;

	for (i = 0; i < TRIES; i++) {
		if (bp_host_kind(r->folder) == BP_HOST_ABSENT &&
		    !bp_host_make_folder(r->folder, true) && errno != EEXIST)
			return bp_fail_errno(err, r->folder);
		/* The lock goes when the process ends, however that is; a file of that name is no
		 * lock. */
		if ((r->lock = bp_open_file(path, "ab")) == NULL && errno == ENOENT)
			continue;
		if (r->lock == NULL)
			return bp_fail_errno(err, errno == ENOTDIR ? r->folder : path);
		if (!bp_host_lock(r->lock))
			return bp_fail(err, BP_EIO, "%s: is in use by another process", r->folder);
		if (bp_host_is_at(r->lock, path))
			return BP_OK;
		fclose(r->lock);
		r->lock = NULL;
	}
	errno = ENOENT;
	return bp_fail_errno(err, path);
}

bp_status bp_resume_open(struct resume *r, const bp_train_options *o,
			 const struct required *required, const bp_input *in, const char *out,
			 struct workspace *ws, bp_error *err)
{
	char *path;
	bp_status st;

	*r = (struct resume){ .folder = o->resume, .ws = ws, .options = o,
			      .required_sum = bp_required_sum(required) };
	if ((st = check_inputs_exist(in, err)) != BP_OK)
		return st;
	if ((path = bp_state_path(r->folder, "lock")) == NULL)
		return bp_fail_memory(err);
	st = lock_folder(r, path, err);
	free(path);
	if (st == BP_OK) {
		/* The unfinished files (io/outfile.h) of killed processes. */
		bp_host_remove_left(r->folder, "bytepiece.tmp", true);
		st = check_job(r, required, in, out, err);
	}
	if (st != BP_OK)
		bp_resume_close(r);
	return st;
}

void bp_resume_close(struct resume *r)
{
	bp_spill_close(&r->sample);
	if (r->lock != NULL)
		fclose(r->lock);
	*r = (struct resume){ 0 };
}

/* Compare all settings of a plan with the settings of this training. */
static bp_status compare_plan_settings(const struct resume *r, const struct plan *plan,
				       bp_records records, bp_error *err)
{
	struct buf has = { 0 }, wanted = { 0 };
	bool ok = bp_settings_write(&plan->options, plan->records, &has) &&
		  bp_settings_write(r->options, records, &wanted);
	bool same = ok && plan->required_sum == r->required_sum &&
		    bp_slice_compare(bp_buf_slice(&has),
				     bp_buf_slice(&wanted)) == 0;

	bp_buf_release(&has);
	bp_buf_release(&wanted);
	if (!ok)
		return bp_fail_memory(err);
	return same ? BP_OK : bp_fail(err, BP_EFORMAT, "%s/plan: belongs to another training",
				      r->folder);
}

bp_status bp_resume_plan(struct resume *r, struct plan *plan, const bp_input *in, bp_error *err)
{
	char *path = bp_state_path(r->folder, "plan");
	bp_status st = BP_OK;
	bool found;
	FILE *f;

	r->plan = plan;
	if (path == NULL)
		return bp_fail_memory(err);
	/* With C11 alone bp_host_kind() calls every path a file; then opening it tells. */
	errno = ENOENT;
	f = bp_host_kind(path) == BP_HOST_FILE ? bp_open_file(path, "rb") : NULL;
	found = f != NULL;
	if (found) {
		fclose(f);
		bp_plan_release(plan);
	}
	else if (errno != ENOENT)
		st = bp_fail_errno(err, path);
	/* lint: redundantAssignment: the other value is for a file that is not there */
	if (found && (st = bp_plan_read(plan, path, in, r->ws, err)) == BP_OK &&
	    (st = compare_plan_settings(r, plan, in->records, err)) == BP_OK) {
		/*
		 * The id is for counts in files, where it names their plan; kept counts have
		 * none.
		 */
		plan->id = 0;
		bp_train_note(r->options, "%s: %u steps are done already", r->folder, plan->step);
	}
	free(path);
	return st;
}

/*
 * The numbers of a checkpoint, in the order of their names, because rows ascend.  "whole" and the
 * numbers beside it are the totals of the first whole pass; every later pass is compared with
 * them.
 */
enum { BYTES, COUNTED, ENDED, HASH, LENGTH, NEXT, SAMPLE, SAMPLE_SUM, SEGMENTS, STEP, TAIL, WHOLE,
       WHOLE_BYTES, WHOLE_HASH, WHOLE_LENGTH, WHOLE_SEGMENTS, WHOLE_TAIL, N_NUMBERS };
static const char *const number_name[N_NUMBERS] = {
	"bytes", "counted", "ended", "hash", "length", "next", "sample", "sample-sum", "segments",
	"step", "tail", "whole", "whole-bytes", "whole-hash", "whole-length", "whole-segments",
	"whole-tail"
};

/* Continue the pass at the checkpoint: position, checksum of the text before it, and totals. */
static void restore_position(struct resume *r, const uint64_t *n)
{
	struct corpus *c = r->corpus;

	c->pass = (struct corpus_pass){
		.raw = { n[HASH], n[TAIL], n[LENGTH] }, .bytes = n[BYTES],
		.segments = n[SEGMENTS], .ended = n[ENDED] != 0
	};
	r->counter->resumed = n[COUNTED];
}

/*
 * Without the totals of the first pass, a resumed process would not notice that an input changed.
 */
static void restore_totals(struct resume *r, const uint64_t *n)
{
	r->corpus->whole = (struct corpus_pass){
		.raw = { n[WHOLE_HASH], n[WHOLE_TAIL], n[WHOLE_LENGTH] },
		.bytes = n[WHOLE_BYTES], .segments = n[WHOLE_SEGMENTS],
		.ended = n[WHOLE] != 0
	};
}

/* Write the checkpoint; 'counted' is the number of keys or strings that the step has counted. */
static bp_status write_checkpoint(struct resume *r, uint64_t counted, bp_error *err)
{
	const struct spill_list *l = &r->counter->done;
	const struct corpus_pass *p = &r->corpus->pass, *w = &r->corpus->whole;
	const uint64_t number[N_NUMBERS] = {
		[BYTES] = p->bytes, [COUNTED] = counted, [ENDED] = p->ended, [HASH] = p->raw.hash,
		[LENGTH] = p->raw.n, [NEXT] = atomic_load(&r->ws->next),
		[SAMPLE] = r->has_sample ? r->sample.number + 1 : 0,
		[SAMPLE_SUM] = r->sample.checksum, [SEGMENTS] = p->segments,
		[STEP] = r->plan->step, [TAIL] = p->raw.tail, [WHOLE] = w->ended,
		[WHOLE_BYTES] = w->bytes, [WHOLE_HASH] = w->raw.hash, [WHOLE_LENGTH] = w->raw.n,
		[WHOLE_SEGMENTS] = w->segments, [WHOLE_TAIL] = w->raw.tail
	};
	struct state_writer k;
	bp_status st = bp_state_begin(&k, r->folder, "place", err);
	size_t i;

	if (st == BP_OK)
		st = bp_state_write_numbers(&k.w, number_name, number, N_NUMBERS, err);
	for (i = 0; i < l->n && st == BP_OK; i++)
		st = bp_state_write_item(&k.w, (struct state_item){ i, l->spill[i].number,
					l->spill[i].checksum, l->spill[i].level }, err);
	return bp_state_end(&k, st, err);
}

struct checkpoint_rows {
	uint64_t number[N_NUMBERS];
	struct spill_list spills;
};

/* After the numbers come the spills of the counter, an item each. */
static bp_status read_checkpoint_row(void *ctx, const struct row *row, const char *from,
				     bp_error *err)
{
	struct checkpoint_rows *p = ctx;
	struct spill s = { .kept = true };
	struct state_item x;

	if (bp_state_read_number(row, number_name, p->number, N_NUMBERS))
		return BP_OK;
	if (!bp_state_read_item(row, &x) || x.i != p->spills.n)
		return bp_fail(err, BP_EFORMAT, "%s: damaged", from);
	s.number = (unsigned long)x.a;
	s.checksum = x.b;
	s.level = (unsigned)x.value;
	return bp_spill_list_add(&p->spills, &s, err);
}

/* Read the blocks as they were at the checkpoint into the plan, where the step adds to them. */
static bp_status restore_sample(struct resume *r, uint64_t number, uint64_t checksum,
				bp_error *err)
{
	struct row_reader reader;
	bool more = true;
	struct row row;
	bp_status st;

	r->sample = (struct spill){ .number = (unsigned long)number, .checksum = checksum };
	if ((st = bp_spill_reopen(&r->sample, r->ws, err)) != BP_OK)
		return st;
	r->has_sample = true;
	if ((st = bp_spill_read(&r->sample, &reader, err)) != BP_OK)
		return st;
	while (st == BP_OK &&
	       (st = reader.source.next(&reader.source, &row, &more, err)) == BP_OK && more)
		st = bp_sample_read_row(&r->plan->sample, &row, reader.source.name, err);
	bp_row_reader_release(&reader);
	return st;
}

/* Give the counter the spills that hold the counts of the step. */
static bp_status restore_spills(struct resume *r, const struct spill_list *l, bp_error *err)
{
	struct spill s;
	bp_status st = BP_OK;
	size_t i;

	for (i = 0; i < l->n && st == BP_OK; i++) {
		s = l->spill[i];
		if ((st = bp_spill_reopen(&s, r->ws, err)) == BP_OK)
			st = bp_spill_list_add(&r->counter->done, &s, err);
	}
	return st;
}

bp_status bp_resume_step(struct resume *r, struct corpus *corpus, struct counter *counter,
			 bp_error *err)
{
	struct checkpoint_rows p = { .number = { 0 } };
	const uint64_t *n = p.number;
	bp_status st;
	bool found;

	r->corpus = corpus;
	r->counter = counter;
	r->polls = 0;
	st = bp_state_read(r->folder, "place", &found, read_checkpoint_row, &p, err);
	/* A file with a correct checksum may be of any origin. */
	if (st == BP_OK && found && n[NEXT] > MOST_NUMBERS)
		st = bp_fail(err, BP_EFORMAT, "%s/place: damaged", r->folder);
	/* New spills get numbers above those of the checkpoint, or they would replace its files. */
	if (st == BP_OK && found) {
		if (atomic_load(&r->ws->next) < n[NEXT])
			atomic_store(&r->ws->next, (unsigned long)n[NEXT]);
		restore_totals(r, n);
	}
	/*
	 * The checkpoint of an earlier step is left if the process was killed in
	 * bp_resume_step_done().
	 */
	if (st == BP_OK && found && n[STEP] == r->plan->step) {
		restore_position(r, n);
		st = restore_spills(r, &p.spills, err);
		if (st == BP_OK && n[SAMPLE] > 0)
			st = restore_sample(r, n[SAMPLE] - 1,
					    n[SAMPLE_SUM], err);
		if (st == BP_OK && n[LENGTH] > 0)
			bp_train_resumed(r->options, "%s: step %u is resumed after %" PRIu64
					 " bytes, which are compared", r->folder,
					 r->plan->step + 1, n[LENGTH]);
	}
	free(p.spills.spill);
	return st;
}

/*
 * After a spill of one worker, because the memory of the others is about as full then: the flush
 * of a checkpoint writes little more than they would soon write themselves.  And after a fixed
 * amount of text, for counts that fit in memory.
 */
static bool is_checkpoint_due(void *ctx)
{
	struct resume *r = ctx;

	return atomic_load(&r->counter->spilled) ||
	       ++r->polls >= (r->plan->reference != NULL ? POLLS : POLLS_DRAWN);
}

/* Write the blocks so far to a new spill; *old is the spill of the checkpoint before. */
static bp_status save_sample(struct resume *r, struct spill *old, bp_error *err)
{
	struct row_writer w;
	bp_status st;

	*old = r->sample;
	r->sample = (struct spill){ 0 };
	if (r->plan->reference != NULL)
		return BP_OK;
	if ((st = bp_spill_begin(&r->sample, r->ws, &w, err)) != BP_OK)
		return st;
	st = bp_sample_write(&r->plan->sample, &w, err);
	st = bp_spill_end(&r->sample, &w, st, err);
	r->has_sample = st == BP_OK;
	return st;
}

/*
 * The order matters: first the spills are written, then the checkpoint that names them replaces the
 * one before, and only then are the spills of the one before removed.
 */
static bp_status save_checkpoint(void *ctx, bp_error *err)
{
	struct resume *r = ctx;
	struct spill_list old = { 0 };
	struct spill sample = { 0 };
	bp_status st = BP_OK;

	r->polls = 0;
	if (r->plan->reference != NULL)
		st = bp_counter_flush(r->counter, &old, err);
	if (st == BP_OK && (st = save_sample(r, &sample, err)) == BP_OK)
		st = write_checkpoint(r, bp_counter_total(r->counter), err);
	/* On failure the checkpoint before stays valid, and needs its spills. */
	bp_spill_list_release(&old, st != BP_OK);
	if (st == BP_OK)
		bp_spill_drop(&sample);
	else
		bp_spill_close(&sample);
	return st;
}

struct checkpoint bp_resume_checkpoint(struct resume *r)
{
	return (struct checkpoint){ is_checkpoint_due, save_checkpoint, r };
}

static bp_status save_plan(struct resume *r, bp_error *err)
{
	struct state_writer k;
	bp_status st = bp_state_begin(&k, r->folder, "plan", err);

	if (st == BP_OK)
		st = bp_plan_write(r->plan, &k.w, err);
	return bp_state_end(&k, st, err);
}

bp_status bp_resume_step_done(struct resume *r, bp_error *err)
{
	bp_status st;

	/*
	 * Counting the drawn blocks is not saved, nor is the pruning of the published algorithm:
	 * so the blocks stay, and the candidates' counts.
	 */
	if (!bp_plan_has_step(r->plan))
		return BP_OK;
	/* A process killed between these two finds the new plan, and ignores the old checkpoint. */
	if ((st = save_plan(r, err)) != BP_OK)
		return st;
	bp_spill_list_release(&r->counter->done, false);
	r->corpus->pass = (struct corpus_pass){ 0 };
	return write_checkpoint(r, 0, err);
}

/* The numbers of a fit, in the order of their names. */
enum { AT, GROW_LEFT, ROUND, SIZE, STAGE, N_FIT };
static const char *const fit_name[N_FIT] = { "at", "grow-left", "round", "size", "stage" };

/*
 * After the fit's numbers come an item for each size that is finished, with the numbers of its
 * report, and the pieces.  This is all that the next round depends on (em.h).
 */
static bp_status save_fit(void *ctx, const struct sizes *f, bp_error *err)
{
	struct resume *r = ctx;
	const uint64_t number[N_FIT] = {
		[AT] = f->at, [GROW_LEFT] = f->em.grow_left, [ROUND] = f->round,
		[SIZE] = f->em.size, [STAGE] = f->em.stage
	};
	const struct bp_trained *t;
	struct state_writer k;
	bp_status st = bp_state_begin(&k, r->folder, "fit", err);
	size_t i;

	if (st == BP_OK)
		st = bp_state_write_numbers(&k.w, fit_name, number, N_FIT, err);
	for (i = 0; i < f->at && st == BP_OK; i++) {
		t = &f->to->report->model[f->order[i]];
		st = bp_state_write_item(&k.w, (struct state_item){ i, t->vocab_size,
									    t->tokens, 0 }, err);
	}
	if (st == BP_OK)
		st = bp_em_write(&f->em, &k.w, err);
	return bp_state_end(&k, st, err);
}

struct fit_rows {
	struct sizes *f;
	uint64_t number[N_FIT];
};

/* Pieces go to the fit; items to the report, because their models are written already. */
static bp_status read_fit_row(void *ctx, const struct row *row, const char *from, bp_error *err)
{
	struct fit_rows *x = ctx;
	struct state_item size;

	if (bp_row_kind(row) == ROW_PIECE)
		return bp_em_read_row(&x->f->em, row, from, err);
	if (bp_state_read_number(row, fit_name, x->number, N_FIT))
		return BP_OK;
	if (!bp_state_read_item(row, &size) || size.i >= x->f->options->n_sizes)
		return bp_fail(err, BP_EFORMAT, "%s: damaged", from);
	x->f->to->report->model[x->f->order[size.i]] = (struct bp_trained){ (uint32_t)size.a,
									    size.b };
	return BP_OK;
}

/*
 * Can these be the numbers of a fit with the pieces that came with them?  See
 * is_possible_checkpoint().
 */
static bool is_possible_fit(const struct sizes *f, const uint64_t *n)
{
	uint64_t at = n[AT];

	return f->em.n >= f->em.n_fixed && f->em.n < 1 << 24 &&
	       at <= f->options->n_sizes && n[ROUND] > 0 &&
	       n[ROUND] < UINT_MAX && n[STAGE] <= EM_DONE &&
	       n[GROW_LEFT] <= FIT_GROW_TIMES &&
	       (at == f->options->n_sizes || n[SIZE] == bp_sizes_pieces(f, (size_t)at));
}

bp_status bp_resume_fit(struct resume *r, struct sizes *f, bp_error *err)
{
	struct fit_rows x = { .f = f };
	bp_status st;
	bool found;

	if (r->plan->reference != NULL)
		return BP_OK;
	f->save = save_fit;
	f->save_ctx = r;
	/* Without seeds: bp_em_init() takes no piece, as all of them are in the file. */
	if ((st = bp_em_init(&f->em, &r->plan->sample, &r->plan->rules, &r->plan->required, NULL,
			     0, r->plan->in, r->ws, err)) != BP_OK ||
	    (st = bp_state_read(r->folder, "fit", &found, read_fit_row, &x,
				err)) != BP_OK || !found)
		return st;
	if (!is_possible_fit(f, x.number))
		return bp_fail(err, BP_EFORMAT, "%s/fit: damaged", r->folder);
	f->at = (size_t)x.number[AT];
	f->round = (unsigned)x.number[ROUND];
	f->em.grow_left = (unsigned)x.number[GROW_LEFT];
	f->em.size = (size_t)x.number[SIZE];
	f->em.stage = (enum em_stage)x.number[STAGE];
	bp_train_resumed(r->options, "%s: the fit is resumed after round %u", r->folder, f->round);
	return BP_OK;
}

void bp_resume_finish(struct resume *r)
{
	bp_spill_close(&r->sample);	/* Windows removes no open file */
	remove_all(r);
	/* While it is locked, so that no other process locks a file that has lost its name, except
	 * on Windows. */
	if (!bp_state_remove(r->folder, "lock") && r->lock != NULL) {
		fclose(r->lock);
		r->lock = NULL;
		bp_state_remove(r->folder, "lock");
	}
	/* Does nothing if there are other files in it. */
	bp_host_remove_folder(r->folder);
}
