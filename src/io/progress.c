#include "io/progress.h"

#include <stdio.h>
#include <string.h>

#include "base/host.h"

unsigned bp_threads(const bp_input *in)
{
	return in->threads > 0 ? in->threads : bp_host_processors();
}

static bool file_size(const char *path, uint64_t *size)
{
	FILE *f;
	long end;

	if (strcmp(path, "-") == 0 || bp_host_kind(path) != BP_HOST_FILE ||
	    (f = fopen(path, "rb")) == NULL)
		return false;
	end = fseek(f, 0, SEEK_END) == 0 ? ftell(f) : -1;
	fclose(f);
	*size = end > 0 ? (uint64_t)end : 0;
	return end >= 0;
}

uint64_t bp_input_size(const bp_input *in)
{
	uint64_t sum = 0, size;
	size_t i;

	for (i = 0; i < in->n_paths; i++) {
		if (!file_size(in->path[i], &size))
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
	if (p->in->progress != NULL)
		p->in->progress(p->in->progress_ctx, &p->now);
}
