/* With in->flush a program waits for each answer: no other thread, and no reports between
 * answers. */
#include "io/progress.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/host.h"

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

void bp_train_note(const bp_train_options *o, const char *fmt, ...)
{
	char line[256];
	va_list args;

	if (o->note == NULL)
		return;
	va_start(args, fmt);
	vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	o->note(o->note_ctx, line);
}
