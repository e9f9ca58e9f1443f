/* Quality of a vocabulary: pieces by trait, for eval --quality and inspect --quality. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cmd.h"

/* The figures and lists, in this order.  The last list is of all pieces. */
static const struct list_row {
	unsigned trait;
	bool needs_text;
	const char *name, *share, *json, *title;
} list_row[QUALITY_LISTS] = {
	{ BP_TRAIT_HARDLY_USED, true, "hardly used", "hardly used, %", "hardly_used",
	  "hardly used pieces, most expected first" },
	{ BP_TRAIT_SINGLE_SOURCE, true, "single-source", "single-source, %", "single_source",
	  "single-source pieces, most used first" },
	{ BP_TRAIT_OVER_WORD_END, false, "over word ends", "over word ends, %", "over_word_ends",
	  "pieces over word ends, most used first" },
	{ BP_TRAIT_LONG_RUN, false, "long runs", "long runs, %", "long_runs",
	  "pieces with long runs, longest run first" },
	{ BP_N_TRAITS, false, NULL, NULL, "longest", "longest pieces" },
};

static bool has_row(const struct quality *q, const struct list_row *row)
{
	return q->has_text || !row->needs_text;
}

static double percent(uint64_t a, uint64_t b)
{
	return b > 0 ? 100 * (double)a / (double)b : 0;
}

static size_t piece_length(const bp_model *m, uint32_t id)
{
	size_t n;

	bp_piece(m, id, &n);
	return n;
}

static uint64_t list_rank(const bp_model *m, unsigned trait, const struct quality_piece *p)
{
	switch (trait) {
	case BP_TRAIT_HARDLY_USED:
		return bp_piece_count(m, p->id);
	case BP_TRAIT_LONG_RUN:
		return bp_longest_run(m, p->id);
	case BP_N_TRAITS:
		return piece_length(m, p->id);
	default:
		return p->uses;
	}
}

/* Insert a piece by its rank; of equal ranks the earlier id comes first. */
static void insert_piece(struct quality_list *l, const struct quality_piece *p)
{
	size_t i;

	if (l->n == QUALITY_LISTED && l->piece[l->n - 1].rank >= p->rank)
		return;
	i = l->n < QUALITY_LISTED ? l->n++ : l->n - 1;
	for (; i > 0 && l->piece[i - 1].rank < p->rank; i--)
		l->piece[i] = l->piece[i - 1];
	l->piece[i] = *p;
}

static void add_piece(struct quality *q, const bp_model *m, struct quality_piece p,
		      unsigned traits)
{
	size_t run = bp_longest_run(m, p.id), len = piece_length(m, p.id), i;

	for (i = 0; i < BP_N_TRAITS; i++)
		if (traits & 1u << i) {
			q->pieces[i]++;
			q->uses[i] += p.uses;
		}
	for (i = 0; i < QUALITY_LISTS; i++) {
		if (!((traits | 1u << BP_N_TRAITS) & 1u << list_row[i].trait))
			continue;
		p.rank = list_rank(m, list_row[i].trait, &p);
		insert_piece(&q->list[i], &p);
	}
	q->longest_piece = len > q->longest_piece ? len : q->longest_piece;
	q->longest_run = run > q->longest_run ? run : q->longest_run;
}

void quality_find(struct quality *q, const bp_model *m, const bp_eval_spread *spread,
		  uint64_t tokens)
{
	struct quality_piece p = { 0 };
	size_t len;

	*q = (struct quality){ .has_text = spread != NULL, .tokens = tokens };
	if (spread != NULL)
		q->parts = bp_eval_parts(spread->blocks);
	for (p.id = 0; p.id < bp_vocab_size(m); p.id++) {
		if (bp_piece(m, p.id, &len) == NULL)
			continue;
		p.uses = bp_piece_count(m, p.id);
		if (spread == NULL) {
			q->tokens += p.uses;
		} else {
			p.uses = spread->count[p.id];
			p.expected = bp_expected_uses(m, p.id, tokens);
			p.parts = bp_eval_parts_of(spread, p.id);
		}
		add_piece(q, m, p, bp_piece_traits(m, p.id, tokens, spread));
	}
}

/* A text of few parts tells nothing about sources. */
static bool is_unknown(const struct quality *q, unsigned trait)
{
	return trait == BP_TRAIT_SINGLE_SOURCE && q->parts < BP_SOURCE_PARTS;
}

/* The number of pieces with a trait. */
static void fill_number(const struct quality *q, unsigned trait, struct figure_line *l)
{
	const size_t size = sizeof(l->note);

	snprintf(l->number, sizeof(l->number), "%" PRIu64, q->pieces[trait]);
	switch (trait) {
	case BP_TRAIT_HARDLY_USED:
		snprintf(l->note, size, "of %" PRIu64 " pieces with %d uses expected",
			 q->pieces[BP_TRAIT_EXPECTED], BP_TRAIT_USES);
		break;
	case BP_TRAIT_SINGLE_SOURCE:
		snprintf(l->note, size, "pieces, in a text of %u parts", q->parts);
		break;
	case BP_TRAIT_LONG_RUN:
		snprintf(l->note, size, "pieces, of up to %zu equal bytes", q->longest_run);
		break;
	default:
		snprintf(l->note, size, "pieces");
	}
}

/* Their share: of the pieces that are expected, or of the tokens. */
static void fill_share(const struct quality *q, unsigned trait, struct figure_line *l)
{
	bool of_pieces = trait == BP_TRAIT_HARDLY_USED;

	snprintf(l->number, sizeof(l->number), "%.2f", of_pieces ?
		 percent(q->pieces[trait], q->pieces[BP_TRAIT_EXPECTED]) :
		 percent(q->uses[trait], q->tokens));
	snprintf(l->note, sizeof(l->note), of_pieces ? "of them" : "of tokens");
}

size_t quality_lines(const struct quality *q, struct figure_line l[QUALITY_LINES])
{
	const struct list_row *row;
	size_t n = 0, i;

	for (i = 0; i < QUALITY_LISTS; i++) {
		row = &list_row[i];
		if (row->name == NULL || !has_row(q, row))
			continue;
		l[n] = (struct figure_line){ .name = row->name, .number = "-" };
		l[n + 1] = (struct figure_line){ .name = row->share, .number = "-" };
		if (!is_unknown(q, row->trait)) {
			fill_number(q, row->trait, &l[n]);
			fill_share(q, row->trait, &l[n + 1]);
		}
		n += 2;
	}
	if (!q->has_text)
		return n;
	l[n] = (struct figure_line){ .name = "longest piece", .note = "bytes" };
	snprintf(l[n].number, sizeof(l[n].number), "%zu", q->longest_piece);
	return n + 1;
}

void cmd_print_lines(const struct figure_line *l, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		printf("%-16s  %s%s%s\n", l[i].name, l[i].number, l[i].note[0] != '\0' ? " " : "",
		       l[i].note);
}

/* Print piece i of a list, with its bytes as text and their number. */
typedef void print_piece_fn(const struct quality *q, const struct quality_piece *p, size_t i,
			    const char *text, size_t length);

/* False if memory is out. */
static bool print_pieces(const struct quality *q, const struct quality_list *l, const bp_model *m,
			 print_piece_fn *print)
{
	char *text;
	size_t i;

	for (i = 0; i < l->n; i++) {
		if ((text = cmd_piece_text(m, l->piece[i].id)) == NULL)
			return false;
		print(q, &l->piece[i], i, text, piece_length(m, l->piece[i].id));
		free(text);
	}
	return true;
}

static void print_text_piece(const struct quality *q, const struct quality_piece *p, size_t i,
			     const char *text, size_t length)
{
	(void)i;
	printf("%10" PRIu64, p->uses);
	if (q->has_text)
		printf(" %11.1f %6u", p->expected, p->parts);
	printf(" %6zu  %s\n", length, text);
}

bool quality_print_lists(const struct quality *q, const bp_model *m)
{
	size_t i;

	for (i = 0; i < QUALITY_LISTS; i++) {
		if (q->list[i].n == 0)
			continue;
		printf("\n%s\n%s  bytes  piece\n", list_row[i].title,
		       q->has_text ? "      uses    expected  parts" : "     count");
		if (!print_pieces(q, &q->list[i], m, print_text_piece))
			return false;
	}
	return true;
}

static void print_json_piece(const struct quality *q, const struct quality_piece *p, size_t i,
			     const char *text, size_t length)
{
	printf("%s{\"id\": %" PRIu32 ", \"piece\": ", i > 0 ? ", " : "", p->id);
	cmd_print_json_string(text, strlen(text));
	printf(", \"length\": %zu, \"%s\": %" PRIu64, length, q->has_text ? "uses" : "count",
	       p->uses);
	if (q->has_text)
		printf(", \"expected\": %.6f, \"parts\": %u", p->expected, p->parts);
	printf("}");
}

/* "NAME": pieces, "NAME_tokens": their uses. */
static void print_json_figure(const struct quality *q, const struct list_row *row)
{
	if (is_unknown(q, row->trait))
		printf(", \"%s\": null, \"%s_tokens\": null", row->json, row->json);
	else
		printf(", \"%s\": %" PRIu64 ", \"%s_tokens\": %" PRIu64, row->json,
		       q->pieces[row->trait], row->json, q->uses[row->trait]);
}

bool quality_json(const struct quality *q, const bp_model *m)
{
	size_t i;

	if (q->has_text)
		printf(", \"expected\": %" PRIu64 ", \"parts\": %u", q->pieces[BP_TRAIT_EXPECTED],
		       q->parts);
	for (i = 0; i < QUALITY_LISTS; i++)
		if (list_row[i].name != NULL && has_row(q, &list_row[i]))
			print_json_figure(q, &list_row[i]);
	printf(", \"longest_run\": %zu", q->longest_run);
	if (q->has_text)
		printf(", \"longest_piece\": %zu", q->longest_piece);
	for (i = 0; i < QUALITY_LISTS; i++) {
		if (!has_row(q, &list_row[i]))
			continue;
		printf(", \"%s_pieces\": [", list_row[i].json);
		if (!print_pieces(q, &q->list[i], m, print_json_piece))
			return false;
		printf("]");
	}
	return true;
}
