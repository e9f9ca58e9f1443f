/* Distributions for eval --plot. */
#include "cli/cmd.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/msg.h"

/* Use of the pieces of one length. */
struct use {
	uint64_t pieces, tokens;	/* pieces with at least one token */
};

struct row {
	char label[32], figures[40];
	double part;			/* length relative to the longest bar */
};

enum { MAX_ROWS = 80, MIN_BAR = 4, MAX_BAR = 400, MAX_RATIO_ROWS = 20, FEW = 200 };

struct plot {
	const char *title, *head;	/* above the labels; above the figures */
	struct row row[MAX_ROWS];
	size_t n;
};

/* Append a row with a label from printf's arguments; the caller fills in its figures. */
static struct row *add_row(struct plot *p, double part, const char *format, ...)
{
	struct row *r = &p->row[p->n < MAX_ROWS ? p->n++ : MAX_ROWS - 1];
	va_list args;

	va_start(args, format);
	vsnprintf(r->label, sizeof(r->label), format, args);
	va_end(args);
	r->part = part;
	return r;
}

static double share(uint64_t n, uint64_t of)
{
	return of > 0 ? (double)n / (double)of : 0;
}

/* A bar of 'width' columns; a part of over 0 that rounds to no column shows as a dot. */
static void draw_bar(double part, int width)
{
	int n = (int)(part * width + 0.5), i;

	if (n == 0 && part > 0)
		putchar('.');
	for (i = 0; i < n; i++)
		putchar('#');
	for (i = (part > 0 && n == 0) ? 1 : n; i < width; i++)
		putchar(' ');
}

/*
 * Print title, labels, bars and figures.  The bars take the columns that labels and figures leave
 * of the terminal.
 */
static void draw_plot(const struct plot *p)
{
	int label = 0, figures = (int)strlen(p->head), columns = (int)msg_columns(), bar, at;
	size_t i;

	for (i = 0; i < p->n; i++) {
		if (label < (int)strlen(p->row[i].label))
			label = (int)strlen(p->row[i].label);
		if (figures < (int)strlen(p->row[i].figures))
			figures = (int)strlen(p->row[i].figures);
	}
	if (p->n == 0)
		return;
	bar = columns - label - figures - 6;
	bar = bar < MIN_BAR ? MIN_BAR : bar > MAX_BAR ? MAX_BAR : bar;
	printf("\n%s", p->title);
	at = (int)strlen(p->title);
	if (at > label + bar + 4) {
		putchar('\n');
		at = 0;
	}
	printf("%*s\n", label + bar + 6 + figures - at, p->head);
	for (i = 0; i < p->n; i++) {
		printf("  %*s  ", label, p->row[i].label);
		draw_bar(p->row[i].part, bar);
		printf("  %*s\n", figures, p->row[i].figures);
	}
}

/* The use of pieces by length, 0 to *longest; the caller frees it.  NULL without memory. */
static struct use *use_by_length(const bp_model *m, const uint64_t *count, size_t *longest)
{
	struct use *use;
	uint32_t id;
	size_t len;

	for (*longest = 0, id = 0; id < bp_vocab_size(m); id++) {
		bp_piece(m, id, &len);
		*longest = len > *longest ? len : *longest;
	}
	if ((use = calloc(*longest + 1, sizeof(*use))) == NULL)
		return NULL;
	for (id = 0; id < bp_vocab_size(m); id++) {
		bp_piece(m, id, &len);
		use[len].pieces += count[id] > 0;
		use[len].tokens += count[id];
	}
	return use;
}

/* The use of pieces of from to 'to' bytes, both included. */
static struct use sum_lengths(const struct use *use, size_t from, size_t to)
{
	struct use sum = { 0, 0 };

	for (; from <= to; from++) {
		sum.pieces += use[from].pieces;
		sum.tokens += use[from].tokens;
	}
	return sum;
}

/*
 * Draw tokens by length.  Each short length has a row of its own, longer ones share rows: most
 * tokens are short.  The last row is the longest piece that occurs.
 */
static void draw_lengths(const struct use *use, size_t longest)
{
	static const size_t upto[] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 15, 18, 24, 36, 72,
				       BP_PIECE_MAX };
	enum { N = sizeof(upto) / sizeof(upto[0]) };
	struct plot p = { .title = "tokens by length in bytes", .head = "tokens  share  pieces" };
	struct use bucket[N], all = sum_lengths(use, 1, longest);
	uint64_t most = 0;
	struct row *r;
	size_t i, to, end = 0;

	for (i = 1; i < N; i++) {
		to = upto[i] < longest ? upto[i] : longest;
		bucket[i] = sum_lengths(use, upto[i - 1] + 1, to);
		if (bucket[i].tokens > 0)
			end = i;
		most = bucket[i].tokens > most ? bucket[i].tokens : most;
	}
	for (i = 1; i <= end; i++) {
		r = add_row(&p, share(bucket[i].tokens, most),
			    upto[i] == upto[i - 1] + 1 ? "%zu" : "%zu-%zu", upto[i - 1] + 1,
			    upto[i] < longest ? upto[i] : longest);
		snprintf(r->figures, sizeof(r->figures), "%" PRIu64 "  %4.1f%%  %6" PRIu64,
			 bucket[i].tokens, 100 * share(bucket[i].tokens, all.tokens),
			 bucket[i].pieces);
	}
	draw_plot(&p);
}

static int descending(const void *a, const void *b)
{
	uint64_t x, y;

	/* Copies, so that no cast of const void * has to assume the alignment. */
	memcpy(&x, a, sizeof(x));
	memcpy(&y, b, sizeof(y));
	return (x < y) - (x > y);
}

/*
 * Ranks of pieces by use, in buckets from one power of two to the next, because uses fall roughly
 * with the inverse of the rank (Zipf's law).  use_by_rank() sorts the counts; the first rank is 1.
 */
struct rank {
	uint32_t from, to;
	uint64_t tokens;
};
enum { MAX_RANKS = 32 };

static size_t use_by_rank(uint64_t *count, uint32_t n, struct rank *rank)
{
	uint32_t i;
	size_t k = 0;

	qsort(count, n, sizeof(*count), descending);
	for (i = 0; i < n && count[i] > 0; i++) {
		if (k == 0 || i + 1 == 2 * rank[k - 1].from)
			rank[k++] = (struct rank){ .from = i + 1 };
		rank[k - 1].to = i + 1;
		rank[k - 1].tokens += count[i];
	}
	return k;
}

/* Bars are logarithmic: with linear ones all rows after the first would be empty. */
static void draw_ranks(const struct rank *rank, size_t n)
{
	struct plot p = { .title = "mean uses by rank (logarithmic)",
			  .head = "uses  tokens so far" };
	uint64_t all = 0, sum = 0;
	struct row *r;
	double mean, most = n > 0 ? log1p((double)rank[0].tokens) : 1;
	size_t i;

	for (i = 0; i < n; i++)
		all += rank[i].tokens;
	for (i = 0; i < n; i++) {
		mean = (double)rank[i].tokens / (rank[i].to - rank[i].from + 1.0);
		sum += rank[i].tokens;
		r = add_row(&p, log1p(mean) / most, rank[i].to > rank[i].from ?
			/* lint: duplicateExpressionTernary: the formats are two */
			    "%" PRIu32 "-%" PRIu32 : "%" PRIu32, rank[i].from, rank[i].to);
		snprintf(r->figures, sizeof(r->figures), "%.1f  %5.1f%%", mean,
			 100 * share(sum, all));
	}
	draw_plot(&p);
}

/* The number of texts in the steps from 'from' to before 'to'; BP_RATIOS is the end of all. */
static uint64_t texts_of(const uint64_t *texts, size_t from, size_t to)
{
	uint64_t sum = 0;

	for (; from < to && from < BP_RATIOS; from++)
		sum += texts[from];
	return sum;
}

/*
 * Draw texts by bytes per token, in about MAX_RATIO_ROWS rows at most: neighbouring steps are
 * joined until they fit.
 */
static void draw_ratios(const uint64_t *texts)
{
	struct plot p = { .title = "texts by bytes per token", .head = "texts  share" };
	uint64_t all = texts_of(texts, 0, BP_RATIOS), most = 0, n;
	size_t first = 0, end = BP_RATIOS, step = 1, i;
	bool tail;
	struct row *r;

	while (first < end && texts[first] == 0)
		first++;
	/* A few texts far above the others would squeeze the rest: they share the last row. */
	while (end > first && texts_of(texts, end - 1, BP_RATIOS) <= all / FEW)
		end--;
	while (end - first > step * MAX_RATIO_ROWS)
		step *= 2;
	first -= first % step;
	for (i = first; i < end; i += step) {
		n = texts_of(texts, i, i + step);
		most = n > most ? n : most;
	}
	tail = texts_of(texts, i, BP_RATIOS) > 0;
	end = i + (tail ? step : 0);
	for (i = first; i < end; i += step) {
		n = texts_of(texts, i, tail && i + step == end ? BP_RATIOS : i + step);
		r = add_row(&p, share(n, most), tail && i + step == end ? "%.2f-" : "%.2f-%.2f",
			    (double)i / (double)BP_RATIO_STEPS,
			    (double)(i + step) / (double)BP_RATIO_STEPS);
		snprintf(r->figures, sizeof(r->figures), "%" PRIu64 "  %4.1f%%", n,
			 100 * share(n, all));
	}
	draw_plot(&p);
}

bool plot_text(const bp_model *m, bp_eval_spread *spread)
{
	struct rank rank[MAX_RANKS];
	size_t longest;
	struct use *use = use_by_length(m, spread->count, &longest);

	if (use == NULL)
		return false;
	draw_lengths(use, longest);
	draw_ranks(rank, use_by_rank(spread->count, bp_vocab_size(m), rank));
	draw_ratios(spread->texts);
	free(use);
	return true;
}

bool plot_json(const bp_model *m, bp_eval_spread *spread)
{
	struct rank rank[MAX_RANKS];
	size_t longest, n, i;
	struct use *use = use_by_length(m, spread->count, &longest);
	const char *comma = "";

	if (use == NULL)
		return false;
	printf(", \"by_length\": [");
	for (i = 1; i <= longest; i++)
		if (use[i].tokens > 0) {
			printf("%s{\"bytes\": %zu, \"tokens\": %" PRIu64 ", \"pieces\": %" PRIu64
			       "}", comma, i, use[i].tokens, use[i].pieces);
			comma = ", ";
		}
	printf("], \"by_rank\": [");
	n = use_by_rank(spread->count, bp_vocab_size(m), rank);
	for (i = 0; i < n; i++)
		printf("%s{\"from\": %" PRIu32 ", \"to\": %" PRIu32 ", \"tokens\": %" PRIu64 "}",
		       i > 0 ? ", " : "", rank[i].from, rank[i].to, rank[i].tokens);
	printf("], \"texts_by_bytes_per_token\": [");
	for (i = 0, comma = ""; i < BP_RATIOS; i++)
		if (spread->texts[i] > 0) {
			printf("%s{\"from\": %.2f, \"texts\": %" PRIu64 "}", comma,
			       (double)i / (double)BP_RATIO_STEPS, spread->texts[i]);
			comma = ", ";
		}
	printf("]");
	free(use);
	return true;
}
