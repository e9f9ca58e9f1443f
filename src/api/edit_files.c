/* Vocabularies changed by hand: from lists of words, and by what options name. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bytepiece_files.h"
#include "base/log.h"
#include "encode/encoder.h"
#include "api/format.h"
#include "api/save.h"
#include "api/word_list.h"
#include "text/nfc.h"

/* What is to be an entry of the model. */
struct item {
	struct slice s;
	uint64_t count;		/* 0: of a special token, or not known yet */
	bool is_special, is_new;
	bool is_asked;		/* by the options, so never left out */
	bool is_out;
};

struct edit {
	const bp_model *m;	/* or NULL */
	const bp_edit_options *o;
	struct word_list list;
	struct table asked;	/* pieces of the options */
	struct table names;	/* of special tokens */
	unsigned char byte[256];
	struct item *item;	/* in the order of their ids */
	size_t n, cap;
	/* For handing counts on; see begin_search(). */
	struct slice *text;
	double *score;
	struct vocabulary u;
	struct viterbi search;
	bp_edit_report *report;
};

static void end_search(struct edit *e)
{
	bp_viterbi_release(&e->search);
	bp_vocabulary_release(&e->u);
	free(e->text);
	free(e->score);
	e->text = NULL;
	e->score = NULL;
}

static void release(struct edit *e)
{
	end_search(e);
	bp_word_list_release(&e->list);
	bp_table_release(&e->asked);
	bp_table_release(&e->names);
	free(e->item);
}

static bool is_piece(const struct item *t)
{
	return !t->is_special && !t->is_out;
}

static struct slice slice_of(bp_bytes b)
{
	return (struct slice){ (const unsigned char *)b.bytes, b.len };
}

static bp_normalize normalize_of(const struct edit *e)
{
	return e->m != NULL ? e->m->model.normalize : e->o->normalize;
}

static bp_status refuse(const char *what, struct slice s, const char *why, bp_error *err)
{
	struct format text = { 0 };
	bool ok = s.n > 0 && bp_format_bytes(&text, (struct slice){ s.p, BP_MIN(s.n, 60) });

	bp_fail(err, BP_ERANGE, "%s '%.*s' %s", what, ok ? (int)text.text.len : 0,
		ok ? (const char *)text.text.data : "", why);
	bp_buf_release(&text.text);
	return BP_ERANGE;
}

/* The pieces of the options, normalised, each once. */
static bp_status take_asked(struct edit *e, bp_error *err)
{
	struct buf scratch = { 0 };
	bp_status st = BP_OK;
	struct slice s;
	const char *why;
	size_t i;

	for (i = 0; i < e->o->n_pieces && st == BP_OK; i++) {
		s = slice_of(e->o->piece[i]);
		if (normalize_of(e) == BP_NORMALIZE_NFC && !bp_nfc(s, &scratch, &s))
			st = bp_fail_memory(err);
		else if (!bp_piece_ok(s, &why))
			st = refuse("piece", s, why, err);
		else if (!bp_table_has(&e->asked, s) && !bp_table_add(&e->asked, s, 1))
			st = bp_fail_memory(err);
	}
	bp_buf_release(&scratch);
	return st;
}

static bool add_item(struct edit *e, struct slice s, uint64_t count, bool is_special, bool is_new)
{
	if (!BP_GROW(e->item, e->cap, e->n + 1))
		return false;
	e->item[e->n++] = (struct item){
		.s = s, .count = count, .is_special = is_special, .is_new = is_new,
		.is_asked = !is_special && bp_table_has(&e->asked, s)
	};
	return true;
}

/* What there is before anything is added. */
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
		if (!add_item(e, m->piece[i], m->count[i], m->count[i] == 0, false) ||
		    (m->count[i] == 0 && !bp_table_add(&e->names, m->piece[i], 1)))
			return false;
	return true;
}

/* The item of a piece that was there before; NULL if it was not. */
static struct item *find_base(struct edit *e, struct slice s)
{
	uint32_t i;

	if (e->m == NULL)
		return s.n == 1 ? &e->item[s.p[0]] : NULL;
	i = bp_automaton_find(&e->m->unigram.a, s, e->m->model.piece);
	return i != BP_NO_PIECE ? &e->item[i] : NULL;
}

static void count_again(const struct edit *e, struct item *t, uint64_t count)
{
	/* Bytes that are there from the start have no count of their own yet. */
	if (e->m == NULL || e->o->counts == BP_COUNTS_REPLACE)
		t->count = count;
	else if (e->o->counts == BP_COUNTS_ADD)
		t->count += count;	/* both are below 2^63; the sum is checked later */
}

static int by_length_and_bytes(const void *a, const void *b)
{
	const struct item *x = a, *y = b;

	if (x->s.n != y->s.n)
		return x->s.n < y->s.n ? -1 : 1;
	return memcmp(x->s.p, y->s.p, x->s.n);
}

/* Words of lists and pieces of the options; of the latter the new ones have no count yet. */
static bool add_pieces(struct edit *e)
{
	const struct table *words = &e->list.words;
	size_t i, n_base = e->n;
	struct item *there;
	struct slice s;

	for (i = 0; i < words->n; i++) {
		s = bp_table_key(words, i);
		if ((there = find_base(e, s)) != NULL) {
			count_again(e, there, words->entry[i].count);
			e->report->there += e->m != NULL;
		} else if (!add_item(e, s, words->entry[i].count, false, true)) {
			return false;
		}
	}
	for (i = 0; i < e->asked.n; i++) {
		s = bp_table_key(&e->asked, i);
		if (bp_table_has(words, s))
			continue;
		if (find_base(e, s) != NULL)
			e->report->there += e->m != NULL;
		else if (!add_item(e, s, 0, false, true))
			return false;
	}
	if (e->n > n_base)
		qsort(e->item + n_base, e->n - n_base, sizeof(*e->item), by_length_and_bytes);
	return true;
}

static bp_status add_specials(struct edit *e, bp_error *err)
{
	struct slice name;
	const char *why;
	size_t i;

	for (i = 0; i < e->o->n_specials; i++) {
		name = slice_of(e->o->special[i]);
		if (!bp_special_name_ok(name, &why))
			return refuse("special token", name, why, err);
		if (bp_table_has(&e->names, name)) {
			e->report->there++;
			continue;
		}
		if (!bp_table_add(&e->names, name, 1) || !add_item(e, name, 0, true, true))
			return bp_fail_memory(err);
	}
	return BP_OK;
}

/* The sum of all counts; of each count times the length if 'bytes'. */
static bp_status add_up(const struct edit *e, bool bytes, uint64_t *total, bp_error *err)
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

/* Make ready to cut strings with the pieces that there are. */
static bp_status begin_search(struct edit *e, bp_error *err)
{
	bp_status st;
	size_t i;

	e->text = bp_array(e->n, sizeof(*e->text));
	e->score = bp_array(e->n, sizeof(*e->score));
	if (e->text == NULL || e->score == NULL)
		return bp_fail_memory(err);
	for (i = 0; i < e->n; i++)
		e->text[i] = is_piece(&e->item[i]) ? e->item[i].s : (struct slice){ NULL, 0 };
	if ((st = bp_vocabulary_init(&e->u, e->text, NULL, e->n, err)) != BP_OK)
		return st;
	return bp_viterbi_init(&e->search, &e->u) ? BP_OK : bp_fail_memory(err);
}

/* Score them by their present counts. */
static bp_status weigh(struct edit *e, double *log_total, bp_error *err)
{
	uint64_t total, count;
	bp_status st;
	size_t i;

	if ((st = add_up(e, false, &total, err)) != BP_OK)
		return st;
	*log_total = bp_log((double)total);
	for (i = 0; i < e->n; i++) {
		count = e->item[i].is_out ? 0 : e->item[i].count;
		e->u.piece[i].score = count > 0 ? bp_log((double)count) - *log_total : -INFINITY;
	}
	return BP_OK;
}

/* Cut a piece with the others, and add its count to the sum of each part. */
static bp_status hand_on(struct edit *e, const struct item *t, uint64_t *sum, bp_error *err)
{
	size_t i;

	e->search.n_path = 0;
	if (!bp_viterbi_feed(&e->search, t->s) || !bp_viterbi_end(&e->search))
		return bp_fail_memory(err);
	for (i = 0; i < e->search.n_path; i++)
		sum[e->search.path[i]] += t->count;
	return BP_OK;
}

/* One round of pruning: cut all pieces with all pieces.  *gone: how many nothing is cut into. */
static bp_status prune_round(struct edit *e, uint64_t *sum, size_t *gone, bp_error *err)
{
	double log_total;
	bp_status st;
	size_t i;

	memset(sum, 0, e->n * sizeof(*sum));
	if ((st = weigh(e, &log_total, err)) != BP_OK)
		return st;
	for (i = 0; i < e->n && st == BP_OK; i++)
		if (e->item[i].count > 0 && !e->item[i].is_out)
			st = hand_on(e, &e->item[i], sum, err);
	for (i = *gone = 0; i < e->n && st == BP_OK; i++) {
		if (e->item[i].count == 0 || e->item[i].is_out)
			continue;
		e->item[i].count = sum[i];
		/* What is asked for gets a new count. */
		e->item[i].is_out = sum[i] == 0 && !e->item[i].is_asked;
		*gone += sum[i] == 0;
	}
	return st;
}

/* Leave the items out that are marked. */
static void close_up(struct edit *e)
{
	size_t i, n = 0;

	for (i = 0; i < e->n; i++) {
		e->report->cut += e->item[i].is_out;
		if (!e->item[i].is_out)
			e->item[n++] = e->item[i];
	}
	e->n = n;
}

static bp_status prune(struct edit *e, bp_error *err)
{
	uint64_t *sum = bp_array(e->n, sizeof(*sum)), ignored;
	bp_status st;
	size_t gone;

	/* Bytes times counts stay the same whatever is cut, so that no sum can overflow. */
	if (sum == NULL)
		st = bp_fail_memory(err);
	else if ((st = add_up(e, true, &ignored, err)) == BP_OK)
		st = begin_search(e, err);
	for (gone = 1; gone > 0 && st == BP_OK; )
		st = prune_round(e, sum, &gone, err);
	end_search(e);
	free(sum);
	close_up(e);
	return st;
}

/* What is left out first. */
static int by_worth(const void *a, const void *b)
{
	const struct item *x = *(struct item *const *)a, *y = *(struct item *const *)b;

	if (x->count != y->count)
		return x->count < y->count ? -1 : 1;
	return by_length_and_bytes(x, y) < 0 && x->s.n != y->s.n ? -1
	     : x->s.n != y->s.n ? 1 : memcmp(y->s.p, x->s.p, x->s.n);
}

/* Mark those of least worth, 'excess' of them. */
static bp_status mark(struct edit *e, size_t excess, bp_error *err)
{
	struct item **order = bp_array(e->n, sizeof(*order));
	size_t i, n = 0;

	if (order == NULL)
		return bp_fail_memory(err);
	for (i = 0; i < e->n; i++)
		if (!e->item[i].is_special && !e->item[i].is_asked && e->item[i].s.n > 1)
			order[n++] = &e->item[i];
	if (n >= excess) {
		qsort(order, n, sizeof(*order), by_worth);
		for (i = 0; i < excess; i++)
			order[i]->is_out = true;
	}
	free(order);
	return n >= excess ? BP_OK : bp_fail(err, BP_ERANGE, "a vocabulary of %" PRIu32 " ids has "
					     "no room for its %zu required ids",
					     e->o->vocab_size, e->n - n + BP_FIRST_PIECE);
}

/* Hand on the counts of what is marked. */
static bp_status hand_on_marked(struct edit *e, uint64_t *sum, bp_error *err)
{
	double log_total;
	uint64_t ignored;
	bp_status st;
	size_t i;

	for (i = 0; i < e->n; i++)
		sum[i] = 0;
	if ((st = begin_search(e, err)) == BP_OK)
		st = weigh(e, &log_total, err);
	for (i = 0; i < e->n && st == BP_OK; i++)
		if (e->item[i].is_out)
			st = hand_on(e, &e->item[i], sum, err);
	for (i = 0; i < e->n && st == BP_OK; i++)
		e->item[i].count += sum[i];
	end_search(e);
	return st == BP_OK ? add_up(e, false, &ignored, err) : st;
}

static bp_status cut(struct edit *e, bp_error *err)
{
	size_t n = e->n + BP_FIRST_PIECE;
	uint64_t *sum, ignored;
	bp_status st;

	if (e->o->vocab_size == 0 || n <= e->o->vocab_size)
		return BP_OK;
	/* Bytes times counts stay the same, so that no sum can overflow. */
	if ((st = add_up(e, true, &ignored, err)) != BP_OK ||
	    (st = mark(e, n - e->o->vocab_size, err)) != BP_OK)
		return st;
	if ((sum = bp_array(e->n, sizeof(*sum))) == NULL)
		return bp_fail_memory(err);
	st = hand_on_marked(e, sum, err);
	free(sum);
	close_up(e);
	return st;
}

/*
 * A count by which a piece is preferred to what it is cut into by those that have one.  Adding it
 * makes all others less probable, and what is made of several of them by more than itself.
 */
static bp_status set_count(struct edit *e, size_t i, double log_total, bp_error *err)
{
	struct item *t = &e->item[i];
	double count;

	e->search.n_path = 0;
	if (!bp_viterbi_feed(&e->search, t->s))
		return bp_fail_memory(err);
	count = floor(exp(bp_viterbi_score(&e->search) + log_total) * (1 + 1e-9)) + 1;
	if (!bp_viterbi_end(&e->search))
		return bp_fail_memory(err);
	if (!(count < 0x1p63))
		return bp_fail(err, BP_ERANGE, "the sum of the counts is too large");
	t->count = (uint64_t)count;
	e->u.piece[i].score = bp_log((double)t->count) - log_total;
	return BP_OK;
}

/* Counts for the pieces that have none: shorter ones first, of which longer ones may be made. */
static bp_status set_counts(struct edit *e, bp_error *err)
{
	double log_total;
	bp_status st;
	size_t i;

	for (i = 0; i < e->n && (e->item[i].is_special || e->item[i].count > 0); i++)
		;
	if (i == e->n)
		return BP_OK;
	if ((st = begin_search(e, err)) == BP_OK)
		st = weigh(e, &log_total, err);
	for (; i < e->n && st == BP_OK; i++)
		if (!e->item[i].is_special && e->item[i].count == 0)
			st = set_count(e, i, log_total, err);
	end_search(e);
	return st;
}

static void report(const struct edit *e)
{
	bp_edit_report *r = e->report;
	size_t i;

	r->vocab_size = (uint32_t)e->n + BP_FIRST_PIECE;
	for (i = 0; i < e->n; i++) {
		r->pieces += e->item[i].is_new && !e->item[i].is_special;
		r->specials += e->item[i].is_new && e->item[i].is_special;
	}
}

static bp_status write_result(const struct edit *e, const char *out, bp_error *err)
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
	if (st == BP_OK && (st = add_up(e, false, &ignored, err)) == BP_OK &&
	    (st = bp_model_init_ordered(&m, piece, count, e->n, normalize_of(e), err)) == BP_OK)
		st = bp_write_model(&m, NULL, out, e->o->form, err);
	bp_model_release(&m);
	free(piece);
	free(count);
	return st;
}

static bp_status change(struct edit *e, const bp_input *lists, bp_error *err)
{
	bp_status st = take_asked(e, err);
	size_t i;

	e->list.normalize = normalize_of(e) == BP_NORMALIZE_NFC;
	for (i = 0; i < lists->n_paths && st == BP_OK; i++)
		st = bp_word_list_read(&e->list, lists->path[i], err);
	if (st == BP_OK && (!add_base(e) || !add_pieces(e)))
		st = bp_fail_memory(err);
	if (st == BP_OK && e->o->prune)
		st = prune(e, err);
	if (st != BP_OK || (st = add_specials(e, err)) != BP_OK || (st = cut(e, err)) != BP_OK ||
	    (st = set_counts(e, err)) != BP_OK)
		return st;
	report(e);
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
	if ((st = change(&e, lists, err)) == BP_OK)
		st = write_result(&e, out, err);
	release(&e);
	return st;
}
