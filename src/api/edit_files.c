/*
 * Editing a vocabulary: pieces and special tokens are added, pieces are left out, and counts move.
 *
 * All entries of the result are items in the order of their ids: the entries of the model (or the
 * 256 bytes), new pieces, new special tokens.  A piece that is left out hands its count to the
 * pieces that its bytes are divided into by the other pieces, found by the exact search over the
 * other items.  Each of them receives the whole count; as the parts have as many bytes as the
 * piece, the sum of count times length does not change.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bytepiece_files.h"
#include "api/outputs.h"
#include "base/log.h"
#include "base/number.h"
#include "base/sort.h"
#include "encode/encoder.h"
#include "api/save.h"
#include "api/word_list.h"
#include "model/piece_rule.h"
#include "text/escape.h"
#include "text/nfc.h"
#include "train/published/reference.h"

/* An entry of the result. */
struct item {
	struct slice s;
	uint64_t count;		/* 0: of a special token, or not set yet */
	bool is_special, is_new;
	bool is_required;	/* named by the options, so never left out */
	bool is_out;		/* left out */
};

enum { UNUSED_NAME = 24 };	/* room for "<unusedID>" */

struct edit {
	const bp_model *m;	/* or NULL */
	const bp_edit_options *o;
	struct word_list list;
	struct table required;	/* pieces of the options */
	struct table names;	/* of special tokens */
	char (*unused)[UNUSED_NAME];	/* names of ids that lose their piece */
	unsigned char byte[256];	/* the bytes of the 256 first items, without a model */
	struct item *item;	/* in the order of their ids */
	size_t n, cap;
	/* The search that divides the bytes of pieces; see begin_piece_search(). */
	struct slice *text;
	double *score;
	struct vocabulary u;
	struct viterbi search;
	bp_edit_report *report;
};

static void end_piece_search(struct edit *e)
{
	bp_viterbi_release(&e->search);
	bp_vocabulary_release(&e->u);
	free(e->text);
	free(e->score);
	e->text = NULL;
	e->score = NULL;
}

static void release_edit(struct edit *e)
{
	end_piece_search(e);
	bp_word_list_release(&e->list);
	bp_table_release(&e->required);
	bp_table_release(&e->names);
	free(e->unused);
	free(e->item);
}

static bool is_kept_piece(const struct item *t)
{
	return !t->is_special && !t->is_out;
}

static struct slice as_slice(bp_bytes b)
{
	return bp_slice(b.bytes, b.len);
}

static bp_normalize normalize_of(const struct edit *e)
{
	return e->m != NULL ? e->m->model.normalize : e->o->normalize;
}

static bp_newlines newlines_of(const struct edit *e)
{
	return e->m != NULL ? e->m->model.newlines : e->o->newlines;
}

/* Collect the pieces of the options, normalised, each once. */
static bp_status collect_required(struct edit *e, bp_error *err)
{
	struct buf scratch = { 0 };
	bp_status st = BP_OK;
	const bp_bytes *from;
	struct slice s;
	const char *why;
	size_t i;

	for (i = 0; i < e->o->n_pieces && st == BP_OK; i++) {
		from = &e->o->piece[i];
		s = as_slice(*from);
		if ((st = bp_interrupted(err)) != BP_OK)
			break;
		if (normalize_of(e) == BP_NORMALIZE_NFC && !bp_nfc(s, &scratch, &s))
			st = bp_fail_memory(err);
		else if (!bp_piece_possible(newlines_of(e), s, &why))
			st = bp_check_line(bp_fail_bytes(err, "piece", s, why), from->file,
					   from->line, err);
		else if (!bp_table_has(&e->required, s) && !bp_table_add(&e->required, s, 1))
			st = bp_fail_memory(err);
	}
	bp_buf_release(&scratch);
	return st;
}

/* An item is required if the options name its bytes; special tokens are never left out. */
static bool add_item(struct edit *e, struct slice s, uint64_t count, bool is_special, bool is_new)
{
	if (!BP_GROW(e->item, e->cap, e->n + 1))
		return false;
	e->item[e->n++] = (struct item){
		.s = s, .count = count, .is_special = is_special, .is_new = is_new,
		.is_required = !is_special && bp_table_has(&e->required, s)
	};
	return true;
}

/* Begin with the entries of the model, or with the 256 bytes. */
static bool add_base(struct edit *e)
{
	const struct model *m;
	size_t i;

	for (i = 0; e->m == NULL && i < 256; i++) {
		e->byte[i] = (unsigned char)i;
		if (!add_item(e, (struct slice){ &e->byte[i], 1 }, 1, false, false))
			return false;
	}
	if (e->m == NULL)
		return true;
	m = &e->m->model;
	for (i = 0; i < m->n_pieces; i++)
		if (bp_must_stop_at(i) ||
		    !add_item(e, m->piece[i], m->count[i], bp_model_is_special(m, i), false) ||
		    (bp_model_is_special(m, i) && !bp_table_add(&e->names, m->piece[i], 1)))
			return false;
	return true;
}

/* The item of a piece that the base has; NULL if it has not. */
static struct item *find_in_base(struct edit *e, struct slice s)
{
	uint32_t i;

	if (e->m == NULL)
		return s.n == 1 ? &e->item[s.p[0]] : NULL;
	i = bp_automaton_find(&e->m->vocabulary.a, s, e->m->model.piece);
	return i != BP_NO_PIECE ? &e->item[i] : NULL;
}

/* Apply a list's count to a piece of the base. */
static void update_count(const struct edit *e, struct item *t, uint64_t count)
{
	/* The bytes of a new model have no counts of their own, only the 1 that they begin with. */
	if (e->m == NULL || e->o->counts == BP_COUNTS_REPLACE)
		t->count = count;
	else if (e->o->counts == BP_COUNTS_ADD)
		t->count += count;	/* both are below 2^63; the sum is checked later */
}

/* Add the words of the lists and the pieces of the options; new pieces of the options have no count
 * before set_counts(). */
static bool add_pieces(struct edit *e)
{
	const struct table *words = &e->list.words;
	size_t i, n_base = e->n;
	struct item *there;
	struct slice s;

	for (i = 0; i < words->n; i++) {
		s = bp_table_key(words, i);
		if (bp_must_stop_at(i))
			return false;
		if ((there = find_in_base(e, s)) != NULL) {
			update_count(e, there, words->entry[i].count);
			e->report->there += e->m != NULL;
		} else if (!add_item(e, s, words->entry[i].count, false, true)) {
			return false;
		}
	}
	for (i = 0; i < e->required.n; i++) {
		s = bp_table_key(&e->required, i);
		if (bp_table_has(words, s))
			continue;
		if (find_in_base(e, s) != NULL)
			e->report->there += e->m != NULL;
		else if (!add_item(e, s, 0, false, true))
			return false;
	}
	return e->n == n_base ||
	       bp_sort(e->item + n_base, e->n - n_base, sizeof(*e->item), bp_by_length);
}

/* A name that the model has already is counted, not added again. */
static bp_status add_specials(struct edit *e, bp_error *err)
{
	const bp_bytes *from;
	struct slice name;
	const char *why;
	size_t i;

	for (i = 0; i < e->o->n_specials; i++) {
		if (bp_must_stop_at(i))
			return bp_interrupted(err);
		from = &e->o->special[i];
		name = as_slice(*from);
		if (!bp_special_name_ok(name, &why))
			return bp_check_line(bp_fail_bytes(err, "special token", name, why),
					     from->file, from->line, err);
		if (bp_table_has(&e->names, name)) {
			e->report->there++;
			continue;
		}
		if (!bp_table_add(&e->names, name, 1) || !add_item(e, name, 0, true, true))
			return bp_fail_memory(err);
	}
	return BP_OK;
}

/* Sum up all counts, or each count times the length of its piece if 'bytes'.  Fails from
 * 2^63 on. */
static bp_status sum_items(const struct edit *e, bool bytes, uint64_t *total, bp_error *err)
{
	uint64_t count, unit;
	size_t i;

	*total = 0;
	for (i = 0; i < e->n; i++) {
		count = e->item[i].is_out ? 0 : e->item[i].count;
		unit = bytes ? e->item[i].s.n : 1;
		if (count > (INT64_MAX - *total) / unit)
			return bp_fail(err, BP_ERANGE, "the sum of the counts is too large");
		*total += count * unit;
	}
	return BP_OK;
}

/* Begin to divide strings into the pieces that are not left out. */
static bp_status begin_piece_search(struct edit *e, bp_error *err)
{
	bp_status st;
	size_t i;

	e->text = bp_array(e->n, sizeof(*e->text));
	e->score = bp_array(e->n, sizeof(*e->score));
	if (e->text == NULL || e->score == NULL)
		return bp_fail_memory(err);
	for (i = 0; i < e->n; i++)
		e->text[i] = is_kept_piece(&e->item[i]) ? e->item[i].s : (struct slice){ NULL, 0 };
	if ((st = bp_vocabulary_init(&e->u, e->text, NULL, e->n, err)) != BP_OK)
		return st;
	return bp_viterbi_init(&e->search, &e->u) ? BP_OK : bp_fail_memory(err);
}

/* Set the scores of the search from the present counts. */
static bp_status set_scores(struct edit *e, double *log_total, bp_error *err)
{
	uint64_t total, count;
	bp_status st;
	size_t i;

	if ((st = sum_items(e, false, &total, err)) != BP_OK)
		return st;
	*log_total = bp_log((double)total);
	for (i = 0; i < e->n; i++) {
		if (bp_must_stop_at(i))
			return bp_interrupted(err);
		count = e->item[i].is_out ? 0 : e->item[i].count;
		e->u.piece[i].score = count > 0 ? bp_log((double)count) - *log_total : -INFINITY;
	}
	return BP_OK;
}

/* Divide the bytes of an item, and add its count to the sum of each piece of the result. */
static bp_status hand_on_count(struct edit *e, const struct item *t, uint64_t *sum, bp_error *err)
{
	size_t i;

	e->search.path.n = 0;
	if (bp_must_stop() || !bp_viterbi_feed(&e->search, t->s) || !bp_viterbi_end(&e->search))
		return bp_fail_memory(err);
	for (i = 0; i < e->search.path.n; i++)
		sum[e->search.path.piece[i]] += t->count;
	return BP_OK;
}

/* One round of pruning: divide all pieces by all pieces, a piece itself included.  *gone is the
 * number of pieces that no division contains. */
static bp_status prune_round(struct edit *e, uint64_t *sum, size_t *gone, bp_error *err)
{
	double log_total;
	bp_status st;
	size_t i;

	memset(sum, 0, e->n * sizeof(*sum));
	if ((st = set_scores(e, &log_total, err)) != BP_OK)
		return st;
	for (i = 0; i < e->n && st == BP_OK; i++)
		if (e->item[i].count > 0 && !e->item[i].is_out)
			st = hand_on_count(e, &e->item[i], sum, err);
	for (i = *gone = 0; i < e->n && st == BP_OK; i++) {
		if (e->item[i].count == 0 || e->item[i].is_out)
			continue;
		e->item[i].count = sum[i];
		/* A required piece stays, and set_counts() gives it a new count. */
		e->item[i].is_out = sum[i] == 0 && !e->item[i].is_required;
		*gone += sum[i] == 0;
	}
	return st;
}

/* Remove the items that are left out. */
static void remove_marked(struct edit *e)
{
	size_t i, n = 0;

	for (i = 0; i < e->n; i++) {
		e->report->cut += e->item[i].is_out;
		if (!e->item[i].is_out)
			e->item[n++] = e->item[i];
	}
	e->n = n;
}

/* Rounds until no piece goes, but BP_PRUNE_ROUNDS at most (published/reference.h). */
static bp_status prune_words(struct edit *e, bp_error *err)
{
	uint64_t *sum = bp_array(e->n, sizeof(*sum)), ignored;
	bp_status st;
	size_t gone;
	unsigned i;

	/* The sum of count times length never grows: if it is below 2^63, no sum of counts
	 * overflows. */
	if (sum == NULL)
		st = bp_fail_memory(err);
	else if ((st = sum_items(e, true, &ignored, err)) == BP_OK)
		st = begin_piece_search(e, err);
	for (i = 0, gone = 1; i < BP_PRUNE_ROUNDS && gone > 0 && st == BP_OK; i++)
		st = prune_round(e, sum, &gone, err);
	end_piece_search(e);
	free(sum);
	remove_marked(e);
	return st;
}

/* The order of leaving out: small counts first, of equal counts short pieces first. */
static int by_count_and_length(const void *a, const void *b)
{
	const struct item *x = *(struct item *const *)a, *y = *(struct item *const *)b;

	if (x->count != y->count)
		return x->count < y->count ? -1 : 1;
	if (x->s.n != y->s.n)
		return x->s.n < y->s.n ? -1 : 1;
	return bp_slice_compare(y->s, x->s);
}

/* Mark the first 'excess' pieces in that order. */
static bp_status mark_smallest(struct edit *e, size_t excess, bp_error *err)
{
	struct item **order = bp_array(e->n, sizeof(*order));
	bp_status st = BP_OK;
	size_t i, n = 0;

	if (order == NULL)
		return bp_fail_memory(err);
	for (i = 0; i < e->n; i++)
		if (!e->item[i].is_special && !e->item[i].is_required && e->item[i].s.n > 1)
			order[n++] = &e->item[i];
	if (n < excess)
		st = bp_fail(err, BP_ERANGE, "a vocabulary of %" PRIu32 " ids has no room for the "
			     "%zu required ones", e->o->vocab_size, e->n - n + BP_FIRST_PIECE);
	else if (!bp_sort(order, n, sizeof(*order), by_count_and_length))
		st = bp_fail_memory(err);
	for (i = 0; i < excess && st == BP_OK; i++)
		order[i]->is_out = true;
	free(order);
	return st;
}

/* Hand on the counts of the items that are marked. */
static bp_status hand_on_marked(struct edit *e, uint64_t *sum, bp_error *err)
{
	double log_total;
	uint64_t ignored;
	bp_status st;
	size_t i;

	for (i = 0; i < e->n; i++)
		sum[i] = 0;
	if ((st = begin_piece_search(e, err)) == BP_OK)
		st = set_scores(e, &log_total, err);
	for (i = 0; i < e->n && st == BP_OK; i++)
		if (e->item[i].is_out)
			st = hand_on_count(e, &e->item[i], sum, err);
	for (i = 0; i < e->n && st == BP_OK; i++)
		e->item[i].count += sum[i];
	end_piece_search(e);
	return st == BP_OK ? sum_items(e, false, &ignored, err) : st;
}

/* Hand on the counts of the items that are marked, with the check of prune_words(). */
static bp_status hand_on_all_marked(struct edit *e, bp_error *err)
{
	uint64_t *sum, ignored;
	bp_status st;

	if ((st = sum_items(e, true, &ignored, err)) != BP_OK)
		return st;
	if ((sum = bp_array(e->n, sizeof(*sum))) == NULL)
		return bp_fail_memory(err);
	st = hand_on_marked(e, sum, err);
	free(sum);
	return st;
}

/* Leave out pieces until the vocabulary has the requested size. */
static bp_status cut_to_size(struct edit *e, bp_error *err)
{
	size_t n = e->n + BP_FIRST_PIECE;
	bp_status st;

	if (e->o->vocab_size == 0 || n <= e->o->vocab_size)
		return BP_OK;
	if ((st = mark_smallest(e, n - e->o->vocab_size, err)) != BP_OK)
		return st;
	st = hand_on_all_marked(e, err);
	remove_marked(e);
	return st;
}

/* Mark a piece of the options to be removed; its bytes are taken as they are, else normalised. */
static bp_status mark_removed(struct edit *e, struct slice s, bp_error *err)
{
	struct buf scratch = { 0 };
	struct item *t = find_in_base(e, s);
	bp_status st = bp_interrupted(err);

	if (st == BP_OK && t == NULL && normalize_of(e) == BP_NORMALIZE_NFC) {
		if (!bp_nfc(s, &scratch, &s))
			st = bp_fail_memory(err);
		else
			t = find_in_base(e, s);
	}
	if (st == BP_OK && t == NULL)
		st = bp_fail_bytes(err, "piece to remove", s, "is not in the model");
	else if (st == BP_OK && t->s.n == 1)
		st = bp_fail_bytes(err, "piece to remove", s,
				   "is a single byte, and every vocabulary has all of them");
	else if (st == BP_OK && t->is_required)
		st = bp_fail_bytes(err, "piece to remove", s, "is to be added, too");
	else if (st == BP_OK)
		t->is_out = true;
	bp_buf_release(&scratch);
	return st;
}

/* Let the ids of marked items stay, as special tokens. */
static bp_status keep_marked_ids(struct edit *e, bp_error *err)
{
	size_t i, n = 0;
	struct slice name;

	if ((e->unused = calloc(e->o->n_remove, sizeof(*e->unused))) == NULL)
		return bp_fail_memory(err);
	for (i = 0; i < e->n; i++) {
		if (bp_must_stop_at(i))
			return bp_interrupted(err);
		if (!e->item[i].is_out)
			continue;
		snprintf(e->unused[n], UNUSED_NAME, "<unused%" PRIu32 ">", bp_id_of_entry(i));
		name = bp_string(e->unused[n]);
		if (bp_table_has(&e->names, name))
			return bp_fail_bytes(err, "special token", name, "is there already");
		if (!bp_table_add(&e->names, name, 1))
			return bp_fail_memory(err);
		e->item[i] = (struct item){ .s = name, .is_special = true };
		e->report->cut++;
		n++;
	}
	return BP_OK;
}

static bp_status remove_pieces(struct edit *e, bp_error *err)
{
	bp_status st = BP_OK;
	size_t i;

	if (e->o->n_remove == 0)
		return BP_OK;
	for (i = 0; i < e->o->n_remove && st == BP_OK; i++)
		st = bp_check_line(mark_removed(e, as_slice(e->o->remove[i]), err),
				   e->o->remove[i].file, e->o->remove[i].line, err);
	if (st == BP_OK)
		st = hand_on_all_marked(e, err);
	if (st == BP_OK && e->o->keep_ids)
		return keep_marked_ids(e, err);
	if (st == BP_OK)
		remove_marked(e);
	return st;
}

/*
 * Set the count of item i so that encoding prefers the piece to the pieces that its bytes are
 * divided into: more than the total times the product of their probabilities.  The new count makes
 * the total larger and so all probabilities smaller; a product of several of them shrinks by more
 * than the probability of the piece itself, so that the preference remains.
 */
static bp_status set_count(struct edit *e, size_t i, double log_total, bp_error *err)
{
	struct item *t = &e->item[i];
	double count;

	e->search.path.n = 0;
	if (!bp_viterbi_feed(&e->search, t->s))
		return bp_fail_memory(err);
	/* The factor exceeds the rounding errors of the score and of exp(). */
	count = floor(exp(bp_viterbi_score(&e->search) + log_total) * (1 + 1e-9)) + 1;
	if (!bp_viterbi_end(&e->search))
		return bp_fail_memory(err);
	if (!(count < 0x1p63))
		return bp_fail(err, BP_ERANGE, "the sum of the counts is too large");
	t->count = bp_integer(count, INT64_MAX);
	e->u.piece[i].score = bp_log((double)t->count) - log_total;
	return BP_OK;
}

/* Set the counts of pieces that have none, shorter pieces first: longer ones may be divided into
 * them. */
static bp_status set_counts(struct edit *e, bp_error *err)
{
	double log_total;
	bp_status st;
	size_t i;

	for (i = 0; i < e->n && (e->item[i].is_special || e->item[i].count > 0); i++)
		;
	if (i == e->n)
		return BP_OK;
	if ((st = begin_piece_search(e, err)) == BP_OK)
		st = set_scores(e, &log_total, err);
	for (; i < e->n && st == BP_OK; i++)
		if (!e->item[i].is_special && e->item[i].count == 0)
			st = set_count(e, i, log_total, err);
	end_piece_search(e);
	return st;
}

/* The report is of the items that remain. */
static void fill_report(const struct edit *e)
{
	bp_edit_report *r = e->report;
	size_t i;

	r->vocab_size = bp_id_of_entry(e->n);
	for (i = 0; i < e->n; i++) {
		r->pieces += e->item[i].is_new && !e->item[i].is_special;
		r->specials += e->item[i].is_new && e->item[i].is_special;
	}
}

/* The counts change until the end, so that their sum is checked here once more. */
static bp_status write_edited_model(const struct edit *e, const char *out, bp_error *err)
{
	struct slice *piece = bp_array(e->n, sizeof(*piece));
	uint64_t *count = bp_array(e->n, sizeof(*count)), ignored;
	struct model m = { 0 };
	bp_status st = BP_OK;
	size_t i;

	if (piece == NULL || count == NULL)
		st = bp_fail_memory(err);
	for (i = 0; i < e->n && st == BP_OK; i++) {
		piece[i] = e->item[i].s;
		count[i] = e->item[i].count;
	}
	if (st == BP_OK && (st = sum_items(e, false, &ignored, err)) == BP_OK &&
	    (st = bp_model_init(&m, piece, count, e->n, normalize_of(e), err)) == BP_OK) {
		m.newlines = newlines_of(e);
		st = bp_write_model(&m, NULL, out, e->o->form, err);
	}
	bp_model_release(&m);
	free(piece);
	free(count);
	return st;
}

/* Lists come before the options' special tokens, whose ids follow all pieces; counts of new pieces
 * come last, because they depend on all other counts. */
static bp_status edit_items(struct edit *e, const bp_input *lists, bp_error *err)
{
	bp_status st = collect_required(e, err);
	size_t i;

	e->list.normalize = normalize_of(e) == BP_NORMALIZE_NFC;
	e->list.newlines = newlines_of(e);
	for (i = 0; i < lists->n_paths && st == BP_OK; i++)
		st = bp_word_list_read(&e->list, lists->path[i], err);
	if (st == BP_OK && (!add_base(e) || !add_pieces(e)))
		st = bp_fail_memory(err);
	if (st == BP_OK && e->o->prune)
		st = prune_words(e, err);
	if (st == BP_OK)
		st = remove_pieces(e, err);
	if (st != BP_OK || (st = add_specials(e, err)) != BP_OK ||
	    (st = cut_to_size(e, err)) != BP_OK || (st = set_counts(e, err)) != BP_OK)
		return st;
	fill_report(e);
	return BP_OK;
}

bp_status bp_edit_files(const bp_model *m, const bp_input *lists, const char *out,
			const bp_edit_options *o, bp_edit_report *r, bp_error *err)
{
	struct edit e = { .m = m, .o = o, .report = r };
	bp_status st;

	*r = (bp_edit_report){ 0 };
	if (m != NULL && o->prune)
		return bp_fail(err, BP_ERANGE, "only a new vocabulary can be pruned");
	if ((st = bp_output_check_input(out, lists, err)) != BP_OK)
		return st;
	if ((st = edit_items(&e, lists, err)) == BP_OK)
		st = write_edited_model(&e, out, err);
	release_edit(&e);
	return st;
}
