/* With in->flush a program waits for each answer: no other thread, and no reports between
 * answers. */
#include "io/progress.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/host.h"
#include "base/number.h"

unsigned bp_threads(const bp_input *in)
{
	if (in->flush)
		return 1;
	return in->threads > 0 ? in->threads : bp_host_processors();
}

uint64_t bp_input_size(const bp_input *in)
{
	uint64_t sum = 0, size;
	size_t i;

	for (i = 0; i < in->n_paths; i++) {
		size = bp_host_file_size(in->path[i]);
		if (size == 0)
			return 0;
		sum += size;
	}
	return sum;
}

void bp_progress_start(struct progress *p, const bp_input *in, const char *phase,
		       const char *unit, uint64_t total)
{
	*p = (struct progress){ .in = in,
				.now = { .phase = phase, .unit = unit, .total = total } };
	bp_progress_step(p, 0);
}

void bp_progress_step(struct progress *p, uint64_t done)
{
	p->now.done = done;
	if (p->in->progress != NULL && !p->in->flush)
		p->in->progress(p->in->progress_ctx, &p->now);
}

/* A share is not known while a total is unknown. */
static void report_step(void *ctx, const bp_progress *p)
{
	struct progress_steps *s = ctx;
	double part = p->total > 0 ? (double)p->done / (double)p->total : 0, done = 0, all = 0;
	bp_progress now = *p;
	unsigned i;

	for (i = 0; i < s->n; i++) {
		if (i < s->at)
			done += s->step[i].cost;
		all += s->step[i].cost;
	}
	if (s->n == 0) {	/* the steps are not known yet */
		s->to->progress(s->to->progress_ctx, p);
		return;
	}
	done += s->step[s->at].cost * (s->from + (s->until - s->from) * part);
	now.phase = s->step[s->at].name;
	now.step = s->at + 1;
	now.n_steps = s->n;
	if (p->total > 0)
		now.share = bp_ratio(done, all);
	s->to->progress(s->to->progress_ctx, &now);
}

void bp_progress_steps_init(struct progress_steps *s, bp_input *in, const bp_input *to)
{
	*s = (struct progress_steps){ .to = to, .until = 1 };
	if (to->progress == NULL)
		return;
	in->progress = report_step;
	in->progress_ctx = s;
}

void bp_progress_steps_begin(struct progress_steps *s, unsigned at)
{
	s->at = at;
	s->parts = 0;
	s->from = 0;
	s->until = 1;
}

void bp_progress_steps_part(struct progress_steps *s, unsigned n)
{
	if (s == NULL)
		return;
	if (s->parts++ > 0)
		s->from = s->until;
	s->until = s->from + (1 - s->from) / BP_MAX(n, 1);
}

static void format_note(void (*note)(void *ctx, const char *line), void *ctx, const char *fmt,
			va_list args)
{
	char line[256];

	if (note == NULL)
		return;
	vsnprintf(line, sizeof(line), fmt, args);
	note(ctx, line);
}

void bp_train_note(const bp_train_options *o, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	format_note(o->note, o->note_ctx, fmt, args);
	va_end(args);
}

void bp_train_resumed(const bp_train_options *o, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	format_note(o->resumed, o->note_ctx, fmt, args);
	va_end(args);
}
