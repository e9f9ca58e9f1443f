#include "encode/vocabulary.h"

#include <stdlib.h>

#include "base/endian.h"
#include "encode/automaton_verify.h"

bp_status bp_vocabulary_init(struct vocabulary *u, const struct slice *piece, const double *score,
			  size_t n, bp_error *err)
{
	bp_status st;

	*u = (struct vocabulary){ 0 };
	if ((st = bp_automaton_init(&u->a, piece, n, err)) != BP_OK)
		return st;
	return bp_vocabulary_complete(u, piece, score, err);
}

bp_status bp_vocabulary_complete(struct vocabulary *u, const struct slice *piece, const double *score,
			      bp_error *err)
{
	size_t n = u->a.n_pieces, i;

	if ((u->piece = bp_array_large(n * sizeof(*u->piece))) == NULL) {	/* n words are there already */
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

void bp_vocabulary_release(struct vocabulary *u)
{
	bp_automaton_release(&u->a);
	free(u->piece);
	*u = (struct vocabulary){ 0 };
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
	if (st == BP_ERANGE)	/* of the file, not of an argument */
		st = bp_fail(err, BP_EFORMAT, "%s: the pieces are too many or too long", name);
	if (st == BP_OK)
		st = bp_vocabulary_complete(u, text, m->log_probability, err);
	free(own);
	return st;
}

/*
 * A set of the strings of two to HEAD bytes that occur in the text, by hash: so a few more seem to,
 * which does no harm.
 */
enum { HEAD = 4, SET_BITS = 18 };

struct heads {
	uint64_t set[(1 << SET_BITS) / 64];
};

/* Of the first n bytes at p, at most HEAD of them. */
static inline uint32_t head_of(const unsigned char *p, size_t n)
{
	if (n >= HEAD)
		return bp_load32(p);
	return n == 3 ? bp_load16(p) | (uint32_t)p[2] << 16 : bp_load16(p);
}

static inline uint32_t place_of(uint32_t head, size_t n)
{
	return (head + (uint32_t)n) * 0x9E3779B1u >> (32 - SET_BITS);
}

static void add_heads(struct heads *h, struct slice text)
{
	uint32_t place;
	size_t i, n;

	for (i = 0; i < text.n; i++)
		for (n = 2; n <= HEAD && n <= text.n - i; n++) {
			place = place_of(head_of(text.p + i, n), n);
			h->set[place / 64] |= (uint64_t)1 << (place % 64);
		}
}

/* May a piece of at least two bytes occur, by its first and its last bytes? */
static inline bool may_occur(const struct heads *h, struct slice s)
{
	size_t n = BP_MIN(s.n, HEAD);
	uint32_t first = place_of(head_of(s.p, n), n);
	uint32_t last = place_of(head_of(s.p + s.n - n, n), n);

	return (h->set[first / 64] >> (first % 64) & h->set[last / 64] >> (last % 64) & 1) != 0;
}

/* List the entries that may occur.  False if memory is out. */
static bool choose(const struct model *m, const struct heads *h, uint32_t **entry, size_t *n)
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
 * Make a vocabulary of n entries.  That two are the same, which the file's check of a binary model has
 * not ruled out, is an error there; so with 256 of one byte all bytes are there.
 */
static bp_status take(struct vocabulary *u, const struct model *m, const uint32_t *entry, size_t n,
		      bp_error *err)
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
	}
	free(piece);
	free(score);
	return st;
}

bp_status bp_vocabulary_subset(struct vocabulary *u, uint32_t **entry, const struct model *m,
			  struct slice text, bp_error *err)
{
	struct heads *h;
	bp_status st;
	size_t n = 0;

	*u = (struct vocabulary){ 0 };
	*entry = NULL;
	if (!m->by_length)
		return BP_OK;
	if ((h = calloc(1, sizeof(*h))) == NULL)
		return bp_fail_memory(err);
	add_heads(h, text);
	st = choose(m, h, entry, &n) ? take(u, m, *entry, n, err) : bp_fail_memory(err);
	free(h);
	if (st != BP_OK) {
		free(*entry);
		*entry = NULL;
	}
	return st;
}
