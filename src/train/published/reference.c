/*
 * The limit of the memory is checked before each n-gram and each candidate, because neither the
 * model nor the pruning can use files: a clear message is better than a process that the system
 * ends.
 *
 * A plan stores the counts of the model, not its scores.  Counts are integers, equal on all
 * machines, and so all machines with one plan cut alike.
 */
#include "train/published/reference.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/sort.h"

struct reference *bp_reference_new(const bp_train_options *o, const bp_input *in,
				   struct workspace *ws)
{
	struct reference *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	*r = (struct reference){ .order = o->order, .ensure_unicode = bp_rules_unicode(o),
				 .in = in, .ws = ws };
	bp_rules_init(&r->rules, o);
	return r;
}

void bp_reference_free(struct reference *r)
{
	if (r == NULL)
		return;
	bp_lm_release(&r->lm);
	bp_prune_release(&r->prune);
	bp_rules_release(&r->rules);
	free(r);
}

unsigned bp_reference_bits(const struct reference *r)
{
	return r->step == 0 ? bp_ngram_bits(r->order) : 0;
}

/* The other arrays of the model have a fixed size of about 1 MB. */
uint64_t bp_reference_memory(const struct reference *r)
{
	return (uint64_t)r->lm.n_slots * sizeof(struct lm_slot);
}

/* Once per process, although the step may be counted in parts. */
bp_status bp_reference_prepare(struct reference *r, bp_error *err)
{
	if (r->step == 0 || r->is_ready)
		return BP_OK;
	r->is_ready = true;
	return bp_lm_ready(&r->lm, bp_threads(r->in), err);
}

/* The pieces of a segment, each of which counts as often as the segment. */
struct cutting {
	struct counter_worker *counter;
	uint64_t times;
};

static bp_status count_piece(void *ctx, struct slice piece, bp_error *err)
{
	const struct cutting *c = ctx;

	return bp_counter_string(c->counter, piece, c->times, err);
}

bp_status bp_reference_count(const struct reference *r, struct lm_scratch *x, struct slice segment,
			     uint64_t times, struct counter_worker *counter, bp_error *err)
{
	struct cutting c = { counter, times };

	/* Windows for the model of step 1; pieces for the candidates of step 2. */
	if (r->step == 0)
		return bp_ngram_add(counter, r->order, segment, times, err);
	return bp_lm_cut(&r->lm, x, segment, count_piece, &c, err);
}

static bp_status fail_memory_limit(const struct reference *r, const char *what, bp_error *err)
{
	return bp_fail(err, BP_ENOMEM, "the %s that occur at least %" PRIu64 " times do not fit in "
		       "the allowed memory; a larger minimum count leaves fewer", what,
		       r->rules.min_count);
}

/* Keep an n-gram with min_count occurrences, and every single byte. */
static bp_status add_gram(void *ctx, unsigned n, uint64_t bytes, uint64_t count, bp_error *err)
{
	struct reference *r = ctx;

	if (n > 1 && !bp_count_allowed(&r->rules, count))
		return BP_OK;
	/* When the hash table grows, the old slots and twice as many exist at once. */
	if (r->ws->memory > 0 && r->lm.n_long + r->lm.n_pending + 1 >= r->lm.n_slots / 8 * 5 &&
	    3 * bp_reference_memory(r) > r->ws->memory)
		return fail_memory_limit(r, "n-grams", err);
	return bp_lm_add(&r->lm, n, bytes, count, err);
}

/* The model of step 1 has done its work when the candidates of step 2 are all counted; it is freed
 * before the pruning needs the memory. */
bp_status bp_reference_begin(struct reference *r, const struct required *required, bp_error *err)
{
	if (r->step > 0) {
		bp_lm_release(&r->lm);
		return bp_prune_begin(&r->prune, &r->rules, required, r->in, r->ws, err);
	}
	r->walk = (struct ngram_walk){ .order = r->order, .gram = add_gram, .ctx = r };
	return bp_lm_init(&r->lm, r->order, r->ensure_unicode, err);
}

bp_status bp_reference_row(struct reference *r, const struct row *row, const char *from,
			   bp_error *err)
{
	if (r->step == 0)
		return bp_ngram_row(&r->walk, row, from, err);
	/* Windows are checked by bp_ngram_row(); a piece may be any string but the empty one. */
	if (row->key.n < 2)
		return bp_fail(err, BP_EFORMAT, "%s: damaged: an empty piece", from);
	/* An estimate: pieces, their arrays and the search take 16 bytes per byte of text. */
	if (r->ws->memory > 0 && 16 * (uint64_t)r->prune.bytes.len > r->ws->memory)
		return fail_memory_limit(r, "pieces", err);
	return bp_prune_candidate(&r->prune, row, err);
}

bp_status bp_reference_end(struct reference *r, bp_error *err)
{
	return r->step++ == 0 ? bp_ngram_end(&r->walk, err) : bp_prune_end(&r->prune, err);
}

/* An n-gram with a key that sorts as its row: the first byte highest, padded with zeros, then n. */
struct gram {
	uint64_t key, count;
};

static int grams_by_key(const void *a, const void *b)
{
	const struct gram *x = a, *y = b;

	return (x->key > y->key) - (x->key < y->key);
}

/* All n-grams of the model in the order of their rows; for free().  NULL if memory is out. */
static struct gram *list_grams(const struct lm *m, size_t *n)
{
	struct gram *g = bp_array(m->n_long + m->n_pending + 65536 + 256, sizeof(*g));
	const struct lm_slot *s;
	size_t i, k = 0;
	unsigned len;

	if (g == NULL)
		return NULL;
	for (i = 0; i < 256; i++)
		if (m->count_one[i] > 0)
			g[k++] = (struct gram){ (uint64_t)i << 56 | 1, m->count_one[i] };
	for (i = 0; i < 65536; i++)
		if (m->count_two[i] > 0)
			g[k++] = (struct gram){ (uint64_t)i << 48 | 2, m->count_two[i] };
	for (i = 0; i < m->n_slots + m->n_pending; i++) {
		s = i < m->n_slots ? &m->slot[i] : &m->pending[i - m->n_slots];
		if (s->key == UINT64_MAX)
			continue;
		len = s->key & 7;
		g[k++] = (struct gram){ s->key >> 3 << (64 - 8 * len) | len, s->count };
	}
	*n = k;
	if (bp_sort(g, k, sizeof(*g), grams_by_key))
		return g;
	free(g);
	return NULL;
}

/* Only between the two steps there is a model to store; candidates are never stored. */
bp_status bp_reference_write(const struct reference *r, struct row_writer *w, bp_error *err)
{
	unsigned char key[1 + 8] = { ROW_NGRAM };
	bp_status st = BP_OK;
	struct gram *g;
	struct row row;
	size_t n, i;

	if (r->step != 1)
		return BP_OK;
	if ((g = list_grams(&r->lm, &n)) == NULL)
		return bp_fail_memory(err);
	for (i = 0; i < n && st == BP_OK; i++) {
		bp_store_be(key + 1, g[i].key, 8);
		/* The body is the n bytes of the n-gram: a prefix of its sort key. */
		row = (struct row){ { key, 1 + (g[i].key & 7) }, g[i].count };
		st = bp_rows_write(w, &row, err);
	}
	free(g);
	return st;
}

/* A corpus without text gives a plan without n-grams; the model exists all the same. */
bp_status bp_reference_read_end(struct reference *r, bp_error *err)
{
	return r->lm.slot != NULL ? BP_OK : bp_lm_init(&r->lm, r->order,
						       r->ensure_unicode, err);
}

/* An n-gram has 1 to 'order' bytes; a longer one would not fit in a key. */
bp_status bp_reference_read_row(struct reference *r, const struct row *row, const char *from,
				bp_error *err)
{
	struct slice bytes = bp_row_body(row);
	bp_status st;

	if (bytes.n < 1 || bytes.n > r->order)
		return bp_fail(err, BP_EFORMAT, "%s: damaged: an n-gram of %zu bytes", from,
			       bytes.n);
	if ((st = bp_reference_read_end(r, err)) != BP_OK)
		return st;
	return bp_lm_add(&r->lm, (unsigned)bytes.n, bp_row_number(row), row->count, err);
}
