/*
 * The command view: shows segmentations on a terminal, as plain text, or as a page (view_html.c).
 *
 * On a terminal pieces alternate between two background colours; without colour a thin line stands
 * between them.  Texts are untrusted: characters that a terminal would obey or not show, and the
 * marks of this form, are printed as \xNN, so that each output means one sequence of pieces.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cmd.h"
#include "cli/view.h"

/* The marks between pieces and beside special tokens without colour, and for a newline; in texts
 * they are escaped. */
#define BORDER "\xE2\x94\x82"
#define BORDER_SPECIAL "\xE2\x95\x91"
#define NEWLINE "\xE2\x86\xB5"

/* Black on light blue, on light orange, and on light green: legible on dark and light terminals. */
static const char *const colour[] = { "\033[38;5;16;48;5;153m", "\033[38;5;16;48;5;222m" };
static const char special_colour[] = "\033[38;5;16;48;5;157m";
#define COLOUR_END "\033[0m"

/* Grows by doubling, so that adding n ids one by one copies O(n) of them. */
bool view_ids_reserve(struct view_ids *ids, size_t more)
{
	size_t cap = ids->cap;
	uint32_t *grown;

	if (more > SIZE_MAX / (2 * sizeof(*grown)) - ids->n)
		return false;
	if (ids->n + more <= cap && ids->id != NULL)
		return true;
	cap = ids->n + more > 2 * cap ? ids->n + more : 2 * cap;
	if ((grown = realloc(ids->id, (cap > 0 ? cap : 1) * sizeof(*grown))) == NULL)
		return false;
	ids->id = grown;
	ids->cap = cap;
	return true;
}

static bool is_mark(const char *s, size_t k)
{
	static const char *const mark[] = { "\\", BORDER, BORDER_SPECIAL, NEWLINE };
	size_t i;

	for (i = 0; i < sizeof(mark) / sizeof(mark[0]); i++)
		if (strlen(mark[i]) == k && memcmp(mark[i], s, k) == 0)
			return true;
	return false;
}

/*
 * Length of the character that s[0..n) begins with; 0 if its first byte is escaped: it is malformed
 * or could change or hide other output, as bp_printable() knows, which escapes a character byte by
 * byte; or it is a mark, which has a meaning in this form.
 */
static size_t plain_length(const char *s, size_t n)
{
	size_t k;

	for (k = 1; k <= 4 && k <= n; k++)
		if (bp_printable(s, k, NULL, 0) == k)
			return is_mark(s, k) ? 0 : k;
	return 0;
}

/*
 * Print a piece between 'begin' and 'end'.  A newline in it ends the line of output, except as the
 * last byte of the text, after which put_segmentation() ends the line.
 */
static void put_piece_escaped(FILE *f, const char *s, size_t n, bool last, const char *begin,
			      const char *end)
{
	size_t i, k;

	fputs(begin, f);
	for (i = 0; i < n; i += k > 0 ? k : 1) {
		k = plain_length(s + i, n - i);
		if (k > 0) {
			fwrite(s + i, 1, k, f);
		} else if (s[i] == '\n') {
			fprintf(f, NEWLINE "%s%s", end, last && i + 1 == n ? "" : "\n");
			if (i + 1 == n)
				return;
			fputs(begin, f);
		} else {
			fprintf(f, "\\x%02X", (unsigned char)s[i]);
		}
	}
	fputs(end, f);
}

struct terminal {
	const bp_model *m;
	FILE *out;
	bp_distribution *d;		/* NULL: no sampling */
	bp_specials *names;		/* NULL: names of special tokens are text */
	struct view_ways ways;		/* nbest 0: the best one, without its log-probability */
	struct view_ids ids;
	bool coloured;
};

/* The mark between two tokens, or a token and the beginning or end of a line, without colour. */
static void put_border(const struct terminal *t, bool inside, bool special)
{
	if (!t->coloured && special)
		fputs(BORDER_SPECIAL, t->out);
	else if (!t->coloured && inside)
		fputs(BORDER, t->out);
}

/* Print the tokens of a text as one or more lines. */
static void put_segmentation(const struct terminal *t, const uint32_t *ids, size_t n)
{
	const char *bytes;
	bool begins = true, special, before = false;
	size_t i, len;

	for (i = 0; i < n; i++, before = special) {
		if (i % 1024 == 0)
			msg_end_if_interrupted();
		bytes = cmd_token(t->m, ids[i], &len, &special);
		put_border(t, !begins, special || (before && !begins));
		put_piece_escaped(t->out, bytes, len, i + 1 == n,
				  !t->coloured ? "" : special ? special_colour : colour[i % 2],
				  t->coloured ? COLOUR_END : "");
		begins = bytes[len - 1] == '\n';
	}
	put_border(t, false, before && !begins);
	putc('\n', t->out);
}

static int put_nbest(void *ctx, double log_p, const uint32_t *ids, size_t n)
{
	const struct terminal *t = ctx;

	fprintf(t->out, "%10.3f  ", log_p);
	put_segmentation(t, ids, n);
	return ferror(t->out);
}

/* Print the segmentations of the current text. */
static bool show_text(struct terminal *t, const struct view_input *v)
{
	bp_draw draw = { t->ways.seed, v->file, v->line };
	bp_status st;
	size_t n;

	if (t->ways.nbest > 0) {
		st = bp_nbest(t->m, v->text, v->len, t->ways.nbest, put_nbest, t);
		putc('\n', t->out);
	} else {
		if (!view_ids_reserve(&t->ids, bp_encode_bound(v->len)))
			return msg_fail("out of memory"), false;
		st = t->d != NULL ? bp_sample(t->d, BP_SAMPLER_PERFECT, &draw, v->text, v->len,
					      t->ids.id, &n)
		   : t->names != NULL ? bp_encode_specials(t->names, v->text, v->len, t->ids.id, &n)
				  : bp_encode(t->m, v->text, v->len, t->ids.id, &n);
		if (st == BP_OK)
			put_segmentation(t, t->ids.id, n);
	}
	return st == BP_OK || (msg_fail("out of memory"), false);
}

/* Print the texts as lines until the input or a limit ends, then a note on the texts left out. */
static int view_terminal(struct terminal *t, struct view_input *v, bool sample)
{
	enum view_result got = VIEW_TEXT;
	char left_out[1024];
	bp_error err;

	if ((sample && (t->d = bp_distribution_new(t->m, t->ways.alpha, &err)) == NULL) ||
	    (t->ways.specials && (t->names = bp_specials_new(t->m, &err)) == NULL))
		return cmd_failed(&err);
	while (!ferror(t->out) && (got = view_next(v)) == VIEW_TEXT)
		if (!show_text(t, v)) {
			got = VIEW_FAILED;
			break;
		}
	if (v->over) {
		view_left_out(v, left_out, sizeof(left_out));
		fflush(t->out);
		msg_info("%s (--max-texts, --max-bytes)", left_out);
	}
	bp_distribution_free(t->d);
	bp_specials_free(t->names);
	free(t->ids.id);
	return got == VIEW_FAILED ? EXIT_FAILED : EXIT_OK;
}

/* auto: on a terminal that shows colours, unless NO_COLOR is set (https://no-color.org). */
static bool is_coloured(unsigned when, const FILE *out)
{
	const char *none = getenv("NO_COLOR"), *term = getenv("TERM");

	if (when != 0)
		return when == 1;
	return out == stdout && bp_stdout_is_terminal() && (none == NULL || *none == '\0') &&
	       (term == NULL || strcmp(term, "dumb") != 0);
}

/* The values of options before they are checked against each other. */
struct given {
	const char *alpha, *seed;
	uint64_t samples, nbest;	/* UINT64_MAX, 0: not given */
	bool page, specials;
};

/* Check the options against each other and set *w; prints a message and returns false if wrong. */
static bool read_ways(const struct given *g, struct view_ways *w)
{
	bool drawn = g->alpha != NULL;

	*w = (struct view_ways){ .alpha = 0.2, .samples = 3, .nbest = 5, .specials = g->specials };
	if (g->specials && (g->page || drawn || g->nbest > 0))
		return msg_usage("--specials shows the best segmentation alone, as text: not with "
				 "-f html, --sample or --nbest"), false;
	if (g->samples != UINT64_MAX && !g->page)
		return msg_usage("--samples needs -f html"), false;
	if (!g->page && drawn && g->nbest > 0)
		return msg_usage("--nbest and --sample exclude each other, except with "
				 "-f html"), false;
	if (!g->page && !drawn && g->seed != NULL)
		return msg_usage("--seed needs --sample ALPHA, or -f html"), false;
	if (drawn && !cmd_alpha(g->alpha, &w->alpha))
		return msg_usage("--sample: '%s' is not a finite number from 0 on",
				 g->alpha), false;
	if (g->seed != NULL && !opt_number(g->seed, &w->seed))
		return msg_usage("--seed: '%s' is not a number", g->seed), false;
	if (g->samples != UINT64_MAX)
		w->samples = (size_t)g->samples;
	if (g->nbest > 0 || !g->page)
		w->nbest = (size_t)g->nbest;
	return true;
}

int cmd_view(const struct command *self, int argc, char **argv)
{
	const char *model = NULL, *output = NULL;
	struct cmd_records records = { 0 };
	struct given given = { .samples = UINT64_MAX };
	struct view_input v = { .max_texts = 1000, .max_bytes = 256 << 10 };
	unsigned format = 0, when = 0;
	const struct opt opts[] = {
		OPT_TO_STRING('m', "model", "MODEL", &model, "the model to encode with (required)"),
		OPT_TO_STRING('o', "output", "FILE", &output,
			      "write to FILE, which appears whole or not at all (default: standard "
			      "output)"),
		OPT_TO_CHOICE('f', "format", "text|html", &format,
			      "lines of text (default), or an HTML page that describes each piece "
			      "and shows several segmentations"),
		OPT_TO_CHOICE(0, "color", "auto|always|never", &when,
			      "separate pieces by colour or by a thin line (auto: by colour on a "
			      "terminal, unless NO_COLOR is set)"),
		OPT_TO_STRING(0, "sample", "ALPHA", &given.alpha,
			      "draw the segmentation at random, as encode --sample does; in a "
			      "page: alpha of the samples (default 0.2)"),
		OPT_TO_STRING(0, "seed", "N", &given.seed,
			      "seed of the random generator (default 0); in a page: of the first "
			      "sample, and N+1 of the next one"),
		OPT_TO_NUMBER(0, "samples", "N", &given.samples, 0, 20,
			      "number of samples in a page (default 3)"),
		OPT_TO_NUMBER(0, "nbest", "N", &given.nbest, 1, 20,
			      "the N best segmentations, each after its log-probability (default "
			      "in a page: 5)"),
		OPT_TO_FLAG(0, "specials", &given.specials,
			    "show names of special tokens in the text as these tokens, as encode "
			    "--specials reads them: in a colour of their own or between double "
			    "lines"),
		OPT_TO_NUMBER(0, "max-texts", "N", &v.max_texts, 1, UINT64_MAX,
			      "show at most N texts, and report the rest (default 1000)"),
		OPT_TO_NUMBER(0, "max-bytes", "SIZE", &v.max_bytes, 1, UINT64_MAX,
			      "show at most SIZE bytes, and report the rest (default 256K)"),
		CMD_TEXT_RECORDS(records),
	};
	struct terminal t;
	struct view_ways ways;
	bp_input in;
	bp_model *m;
	FILE *out;
	int status;

	if (!CMD_START(self, opts, argc, argv, &records, &in, &status))
		return status;
	given.page = format == 1;
	if (!read_ways(&given, &ways))
		return EXIT_USAGE;
	if ((m = cmd_load(model, &status)) == NULL)
		return status;
	v.in = &in;
	if ((out = cmd_output_begin(output, &status)) != NULL) {
		t = (struct terminal){ .m = m, .out = out, .ways = ways,
				       .coloured = is_coloured(when, out) };
		status = cmd_output_end(given.page ? view_html(m, model, &v, &ways, out)
				: view_terminal(&t, &v, given.alpha != NULL));
	}
	cmd_report_skipped(&in);
	view_input_release(&v);
	bp_free(m);
	return status;
}
