/* Vocabularies of arrays and of models, and the subset of a model for a short text. */
#include "encode/vocabulary.h"

#include <stdlib.h>

#include "base/endian.h"
#include "encode/automaton_verify.h"

void bp_vocabulary_release(struct vocabulary *u)
{
	bp_automaton_release(&u->a);
	free(u->piece);
	*u = (struct vocabulary){ 0 };
}

/* Add lengths and scores to a vocabulary that has its automaton and nothing else. */
static bp_status fill_pieces(struct vocabulary *u, const struct slice *piece, const double *score,
			     bp_error *err)
{
	size_t n = u->a.n_pieces, i;

	/* No overflow: to build or load the automaton, arrays of at least this size were needed. */
	if ((u->piece = bp_array_large(n * sizeof(*u->piece))) == NULL) {
		bp_vocabulary_release(u);
		return bp_fail_memory(err);
	}
	for (i = 0; i < n; i++) {
		u->piece[i].score = score != NULL ? score[i] : 0;
		u->piece[i].len = (uint32_t)piece[i].n;
		u->piece[i].shorter = u->a.shorter[i];
		u->max_len = BP_MAX(u->max_len, u->piece[i].len);
	}
	return BP_OK;
}

bp_status bp_vocabulary_init(struct vocabulary *u, const struct slice *piece, const double *score,
			     size_t n, bp_error *err)
{
	bp_status st;

	*u = (struct vocabulary){ 0 };
	if ((st = bp_automaton_init(&u->a, piece, n, err)) != BP_OK)
		return st;
	return fill_pieces(u, piece, score, err);
}

bp_status bp_vocabulary_automaton(struct automaton *a, const struct model *m, bp_error *err)
{
	struct slice *own;
	const struct slice *text = bp_model_texts(m, &own);
	bp_status st;

	*a = (struct automaton){ 0 };
	st = text != NULL ? bp_automaton_init(a, text, m->n_pieces, err) : bp_fail_memory(err);
	free(own);
	return st;
}

bp_status bp_vocabulary_from_model(struct vocabulary *u, const struct model *m, const char *name,
				   bp_error *err)
{
	struct slice *own;
	const struct slice *text = bp_model_texts(m, &own);
	bp_status st;

	*u = (struct vocabulary){ 0 };
	if (text == NULL)
		return bp_fail_memory(err);
	if (m->stored.slot == NULL)
		st = bp_automaton_init(&u->a, text, m->n_pieces, err);
	else
		st = bp_automaton_verify(&u->a, m, name, err);
	if (st == BP_ERANGE)	/* the fault of the file, not of an argument */
		st = bp_fail(err, BP_EFORMAT, "%s: the pieces are too many or too long", name);
	if (st == BP_OK)
		st = fill_pieces(u, text, m->log_probability, err);
	u->newlines = m->newlines;
	free(own);
	return st;
}

/*
 * The subset for a text.  The strings of 2 to AFFIX bytes that occur in the text are put in a bit
 * set, by hash.  A piece can occur only if its first and its last AFFIX bytes do; so a look at two
 * bits rejects most of a large vocabulary, without an index of it.  Collisions, and pieces whose
 * ends occur apart, only make the subset larger.
 */
enum { AFFIX = 4, SET_BITS = 18 };	/* 32 KB: the set stays in the first cache */

struct affixes {
	uint64_t set[(1 << SET_BITS) / 64];
};

/* The first n bytes at p, but at most AFFIX of them, as an integer; n is at least 2. */
static inline uint32_t affix_at(const unsigned char *p, size_t n)
{
	if (n >= AFFIX)
		return bp_load32(p);
	return n == 3 ? bp_load16(p) | (uint32_t)p[2] << 16 : bp_load16(p);
}

/* The index of a string's bit: multiplicative hashing (Knuth), by 2^32 / golden ratio. */
static inline uint32_t bit_of(uint32_t affix, size_t n)
{
	return (affix + (uint32_t)n) * 0x9E3779B1u >> (32 - SET_BITS);
}

static void add_affixes(struct affixes *h, struct slice text)
{
	uint32_t bit;
	size_t i, n;

	for (i = 0; i < text.n; i++)
		for (n = 2; n <= AFFIX && n <= text.n - i; n++) {
			bit = bit_of(affix_at(text.p + i, n), n);
			h->set[bit / 64] |= (uint64_t)1 << (bit % 64);
		}
}

/* May a piece of at least two bytes occur in the text? */
static inline bool may_occur(const struct affixes *h, struct slice s)
{
	size_t n = BP_MIN(s.n, AFFIX);
	uint32_t first = bit_of(affix_at(s.p, n), n);
	uint32_t last = bit_of(affix_at(s.p + s.n - n, n), n);

	return (h->set[first / 64] >> (first % 64) & h->set[last / 64] >> (last % 64) & 1) != 0;
}

/* List the entries of single bytes and of pieces that may occur.  False if memory is out. */
static bool list_entries(const struct model *m, const struct affixes *h, uint32_t **entry,
			 size_t *n)
{
	size_t n_pieces = m->n_pieces - m->n_specials, cap = 0, i;

	for (i = 0; i < n_pieces; i++) {	/* special tokens come last */
		if (m->piece[i].n >= 2 && !may_occur(h, m->piece[i]))
			continue;
		if (!BP_GROW(*entry, cap, *n + 1))
			return false;
		(*entry)[(*n)++] = (uint32_t)i;
	}
	return true;
}

/*
 * Build the vocabulary of n entries.  The check of a binary model file does not rule out equal
 * pieces; bp_automaton_init() does.  So if the subset has 256 pieces of one byte, it has all
 * bytes.
 */
static bp_status build_subset(struct vocabulary *u, const struct model *m, const uint32_t *entry,
			      size_t n, bp_error *err)
{
	struct slice *piece = bp_array(n, sizeof(*piece));
	double *score = bp_array(n, sizeof(*score));
	bp_status st;
	size_t i;

	if (piece == NULL || score == NULL) {
		st = bp_fail_memory(err);
	} else {
		for (i = 0; i < n; i++) {
			piece[i] = m->piece[entry[i]];
			score[i] = m->log_probability[entry[i]];
		}
		st = bp_vocabulary_init(u, piece, score, n, err);
		u->newlines = m->newlines;
	}
	free(piece);
	free(score);
	return st;
}

bp_status bp_vocabulary_subset(struct vocabulary *u, uint32_t **entry, const struct model *m,
			       struct slice text, bp_error *err)
{
	struct affixes *h;
	bp_status st;
	size_t n = 0;

	*u = (struct vocabulary){ 0 };
	*entry = NULL;
	if (!m->by_length)
		return BP_OK;
	if ((h = calloc(1, sizeof(*h))) == NULL)
		return bp_fail_memory(err);
	add_affixes(h, text);
	st = list_entries(m, h, entry, &n) ? build_subset(u, m, *entry, n, err)
					   : bp_fail_memory(err);
	free(h);
	if (st != BP_OK) {
		free(*entry);
		*entry = NULL;
	}
	return st;
}
