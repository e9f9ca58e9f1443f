/*
 * The heap holds the inputs by their next keys, and each input caches the head of its key, so
 * that a comparison seldom reads the key.  For one row of the result, all inputs with the
 * smallest key are advanced, and their counts are added.
 *
 * The key of the result is a copy: the key of an input is valid only until the input is
 * advanced.
 */
#include "counts/row.h"

#include <stdlib.h>
#include <string.h>

#include "base/endian.h"

enum {
	MOST_SETTINGS = 4096,	/* bytes; comparing them word by word takes quadratic time */
	ROWS_PER_POLL = 4096	/* rows between two checks for a signal */
};

static inline bool input_precedes(const struct merge_input *a, const struct merge_input *b)
{
	if (a->head != b->head)
		return a->head < b->head;
	return bp_slice_compare(a->row.key, b->row.key) < 0;
}

/* Restore the heap below i, after the input at i was replaced by a larger one. */
static void sink(struct merge *m, size_t i)
{
	struct merge_input in = m->heap[i];
	size_t child;

	for (; (child = 2 * i + 1) < m->n; i = child) {
		if (child + 1 < m->n && input_precedes(&m->heap[child + 1], &m->heap[child]))
			child++;
		if (!input_precedes(&m->heap[child], &in))
			break;
		m->heap[i] = m->heap[child];
	}
	m->heap[i] = in;
}

/* Read the next row of an input; *more is false if there is none. */
static bp_status advance_input(struct merge_input *in, bool *more, bp_error *err)
{
	bp_status st = in->source->next(in->source, &in->row, more, err);

	if (st == BP_OK && *more)
		in->head = bp_load_head(in->row.key);
	return st;
}

/* Read the first row of each input, at the first call of next: sources may fail, and the first
 * call is where the caller handles that. */
static bp_status start_merge(struct merge *m, bp_error *err)
{
	bp_status st;
	bool more;
	size_t i;

	for (i = 0; i < m->n_inputs; i++) {
		if ((st = advance_input(&m->heap[i], &more, err)) != BP_OK)
			return st;
		if (more)
			m->heap[m->n++] = m->heap[i];
	}
	/* Build the heap from its lowest inner node to its root, in linear time (Floyd). */
	for (i = m->n / 2; i-- > 0; )
		sink(m, i);
	m->started = true;
	return BP_OK;
}

/* The first word of a that b does not contain, for the message. */
static struct slice first_missing_word(struct slice a, struct slice b)
{
	size_t i, k, n;

	for (i = 0; i < a.n; i += n + 1) {
		for (n = 0; i + n < a.n && a.p[i + n] != ' '; n++)
			;
		for (k = 0; k + n <= b.n; k++)
			if (memcmp(a.p + i, b.p + k, n) == 0 && (k == 0 || b.p[k - 1] == ' ') &&
			    (k + n == b.n || b.p[k + n] == ' '))
				break;
		if (k + n > b.n)
			return (struct slice){ a.p + i, n };
	}
	return bp_string("");
}

/* Counts made with different settings are of different things: their sums would be wrong. */
static bp_status check_merged_settings(struct merge *m, const struct row *r, const char *from,
				       bp_error *err)
{
	struct slice body = bp_row_body(r), seen = bp_buf_slice(&m->settings);
	struct slice here, there;

	if (body.n > MOST_SETTINGS)
		return bp_fail(err, BP_EFORMAT, "%s: damaged: the settings are too long", from);
	/* The first settings are the ones that all others are compared with. */
	if (m->settings_from == NULL) {
		m->settings_from = from;
		return bp_buf_append(&m->settings, body.p, body.n) ? BP_OK : bp_fail_memory(err);
	}
	if (bp_slice_compare(seen, body) == 0)
		return BP_OK;
	here = first_missing_word(body, seen);
	there = first_missing_word(seen, body);
	return bp_fail(err, BP_EFORMAT, "%s: counted with other settings than %s: %.*s, there %.*s",
		       from, m->settings_from, (int)BP_MIN(here.n, 100), (const char *)here.p,
		       (int)BP_MIN(there.n, 100), (const char *)there.p);
}

static bp_status next_merged(struct source *s, struct row *r, bool *more, bp_error *err)
{
	struct merge *m = (struct merge *)s;
	struct merge_input *top = m->heap;
	uint64_t head, count = 0;
	bool on;
	bp_status st;

	if (!m->started && (st = start_merge(m, err)) != BP_OK)
		return st;
	*more = m->n > 0;
	if (m->n == 0)
		return BP_OK;
	/* A merge may take minutes, and no loop around it checks for signals. */
	if (++m->calls % ROWS_PER_POLL == 0 && (st = bp_interrupted(err)) != BP_OK)
		return st;
	m->source.name = top->source->name;
	if (bp_row_kind(&top->row) == ROW_SETTINGS &&
	    (st = check_merged_settings(m, &top->row, top->source->name, err)) != BP_OK)
		return st;
	m->key.len = 0;
	if (!bp_buf_append(&m->key, top->row.key.p, top->row.key.n))
		return bp_fail_memory(err);
	r->key = bp_buf_slice(&m->key);
	head = top->head;
	do {
		/* Counts come from files of unknown origin, so their sum is checked. */
		if (top->row.count > UINT64_MAX - count)
			return bp_fail(err, BP_EFORMAT, "%s: the sum of counts has over 64 bits",
				       top->source->name);
		count += top->row.count;
		if ((st = advance_input(top, &on, err)) != BP_OK)
			return st;
		/* An input without rows leaves the heap; the last one takes its index. */
		if (!on)
			*top = m->heap[--m->n];
		if (m->n > 0)
			sink(m, 0);
	} while (m->n > 0 && top->head == head && bp_slice_compare(top->row.key, r->key) == 0);
	r->count = count;
	return BP_OK;
}

bp_status bp_merge_init(struct merge *m, struct source *const *in, size_t n, bp_error *err)
{
	size_t i;

	*m = (struct merge){ .source = { .name = n > 0 ? in[0]->name : "", .next = next_merged },
			     .n_inputs = n };
	if ((m->heap = bp_array(n, sizeof(*m->heap))) == NULL)
		return bp_fail_memory(err);
	for (i = 0; i < n; i++)
		m->heap[i] = (struct merge_input){ .source = in[i] };
	return BP_OK;
}

void bp_merge_release(struct merge *m)
{
	free(m->heap);
	bp_buf_release(&m->key);
	bp_buf_release(&m->settings);
	*m = (struct merge){ 0 };
}
