/*
 * An HTML page that shows segmentations of texts.
 *
 * Texts, pieces and names of files and models are untrusted: a text may contain "</script>".  The
 * page has them as hexadecimal digits and numbers only, in a JSON object, so nothing in them can be
 * markup, and the script turns them into text nodes only.  The page holds all segmentations, so it
 * needs no program behind it.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cmd.h"
#include "cli/view.h"

struct page {
	const bp_model *m;
	FILE *out;
	const struct view_ways *ways;
	bp_distribution *d;		/* NULL without samples */
	bool *used;			/* by id: the piece occurs in a segmentation */
	struct view_ids ids;		/* all segmentations of the current text, joined */
	size_t *end, n_ends;		/* the index in ids at which each of them ends */
	bool ok;			/* false: add_nbest() had no memory */
};

/* Bytes as a JSON string of hexadecimal digits. */
static void put_hex(FILE *f, const char *bytes, size_t len)
{
	static const char digit[] = "0123456789abcdef";
	size_t i;

	putc('"', f);
	for (i = 0; i < len; i++) {
		putc(digit[(unsigned char)bytes[i] >> 4], f);
		putc(digit[(unsigned char)bytes[i] & 15], f);
	}
	putc('"', f);
}

static void put_script_lines(FILE *f, const char *const *line)
{
	for (; *line != NULL; line++)
		fprintf(f, "%s\n", *line);
}

/*
 * The document up to the texts.  The policy in its head forbids every request, so that even a fault
 * of the script could not send texts anywhere.
 */
static void put_head(const struct page *p, const char *model_name, bp_records records)
{
	static const char *const mode[] = { "line", "text", "file", "text" };

	fprintf(p->out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	       "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
	       "script-src 'unsafe-inline'; style-src 'unsafe-inline'\">\n"
	       "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	       "<meta name=\"color-scheme\" content=\"light dark\">\n"
	       "<title>Segmentation</title>\n<style>\n");
	put_script_lines(p->out, view_style);
	fprintf(p->out, "</style>\n</head>\n<body>\n"
	       "<header>\n<h1 id=\"title\">Segmentation</h1>\n<p id=\"left-out\" hidden></p>\n"
	       "<div id=\"ways\"></div>\n<p id=\"total\" role=\"status\"></p>\n</header>\n"
	       "<noscript>Scripts have to be allowed for this page to show anything.</noscript>\n"
	       "<main><table><thead id=\"columns\"></thead></table></main>\n"
	       "<footer id=\"piece\" role=\"status\"></footer>\n"
	       "<script type=\"application/json\" id=\"data\">\n{\"model\":");
	put_hex(p->out, model_name, strlen(model_name));
	fprintf(p->out, ",\"mode\":\"%s\",\"nfc\":%s,\"alpha\":%.17g,\"seed\":\"%" PRIu64 "\","
	       "\"samples\":%zu,\"nbest\":%zu,\n\"files\":[", mode[records],
	       bp_model_normalize(p->m) == BP_NORMALIZE_NFC ? "true" : "false", p->ways->alpha,
	       p->ways->seed, p->ways->samples, p->ways->nbest);
}

/* The ids of one segmentation are complete. */
static void end_way(struct page *p)
{
	p->end[p->n_ends++] = p->ids.n;
}

static int add_nbest(void *ctx, double log_p, const uint32_t *ids, size_t n)
{
	struct page *p = ctx;

	(void)log_p;
	if (!view_ids_reserve(&p->ids, n)) {
		p->ok = false;
		return 1;
	}
	if (n > 0)
		memcpy(p->ids.id + p->ids.n, ids, n * sizeof(*ids));
	p->ids.n += n;
	end_way(p);
	return 0;
}

/* Collect all segmentations of a text: the n best, then the samples. */
static bool segment_text(struct page *p, const struct view_input *v)
{
	bp_draw draw = { p->ways->seed, v->file, v->line };
	size_t i, n;

	p->ids.n = p->n_ends = 0;
	if (bp_nbest(p->m, v->text, v->len, p->ways->nbest, add_nbest, p) != BP_OK || !p->ok)
		return msg_fail("out of memory"), false;
	/* A text with fewer segmentations gets empty ones, so that each kind keeps its index. */
	while (p->n_ends < p->ways->nbest)
		end_way(p);
	for (i = 0; i < p->ways->samples; i++, draw.seed++) {
		if (!view_ids_reserve(&p->ids, bp_encode_bound(v->len)) ||
		    bp_sample(p->d, BP_SAMPLER_PERFECT, &draw, v->text, v->len,
			      p->ids.id + p->ids.n, &n) != BP_OK)
			return msg_fail("out of memory"), false;
		p->ids.n += n;
		end_way(p);
	}
	return true;
}

/* The ids of segmentation i of the current text, and their number; NULL if it is empty. */
static const uint32_t *way(const struct page *p, size_t i, size_t *n)
{
	size_t start = i == 0 ? 0 : p->end[i - 1];

	*n = p->end[i] - start;
	return *n > 0 ? p->ids.id + start : NULL;
}

/*
 * Write the ids of each segmentation of the current text.  One that equals an earlier segmentation
 * is written as the number of that one, which keeps pages small; a missing one as null.
 */
static void put_segmentations(const struct page *p)
{
	const uint32_t *ids, *old;
	size_t i, k, n, n_old;

	for (i = 0; i < p->n_ends; i++) {
		ids = way(p, i, &n);
		fprintf(p->out, "%s", i == 0 ? "[" : ",");
		for (k = 0; k < i; k++) {
			old = way(p, k, &n_old);
			if (n_old == n && (n == 0 || memcmp(old, ids, n * sizeof(*ids)) == 0))
				break;
		}
		if (n == 0 && p->end[0] > 0) {
			fprintf(p->out, "null");
		} else if (k < i) {
			fprintf(p->out, "%zu", k);
		} else {
			for (k = 0; k < n; k++) {
				if (k % 1024 == 0)
					msg_end_if_interrupted();
				p->used[ids[k]] = true;
				fprintf(p->out, "%s%" PRIu32, k == 0 ? "[" : ",", ids[k]);
			}
			fprintf(p->out, n == 0 ? "[]" : "]");
		}
	}
	fprintf(p->out, "]");
}

/* One JSON object for each file that has texts, with the segmentations of each text. */
static bool put_texts(struct page *p, struct view_input *v)
{
	enum view_result got = VIEW_TEXT;
	size_t file = SIZE_MAX;

	/* Before anything is read: errno has the reason if writing failed. */
	while (!ferror(p->out) && (got = view_next(v)) == VIEW_TEXT) {
		if (!segment_text(p, v))
			return false;
		if (v->file != file) {
			fprintf(p->out, "%s{\"name\":", file == SIZE_MAX ? "" : "]},\n");
			put_hex(p->out, v->in->path[v->file], strlen(v->in->path[v->file]));
			fprintf(p->out, ",\"texts\":[\n");
		} else {
			fprintf(p->out, ",\n");
		}
		file = v->file;
		put_segmentations(p);
	}
	if (file != SIZE_MAX)
		fprintf(p->out, "]}");
	return got != VIEW_FAILED;
}

/* Write bytes, count and log-probability of each piece that occurs, by id. */
static void put_used_pieces(const struct page *p)
{
	const char *bytes, *between = "";
	size_t len;
	uint32_t id;
	double log_p;

	fprintf(p->out, "],\n\"pieces\":{");
	for (id = BP_FIRST_PIECE; id < bp_vocab_size(p->m); id++) {
		if (!p->used[id])
			continue;
		bytes = bp_piece(p->m, id, &len);
		fprintf(p->out, "%s\n\"%" PRIu32 "\":[", between, id);
		put_hex(p->out, bytes, len);
		/* A string: numbers of JavaScript have 53 bits, counts have 64. */
		fprintf(p->out, ",\"%" PRIu64 "\",", bp_piece_count(p->m, id));
		log_p = bp_piece_log_probability(p->m, id);
		fprintf(p->out, isfinite(log_p) ? "%.17g]" : "null]", log_p);
		between = ",";
	}
	fprintf(p->out, "}");
}

/* The rest of the document.  The script is last: it reads the data when it runs. */
static void put_end(const struct page *p, const struct view_input *v)
{
	char left_out[1024];

	fprintf(p->out, ",\n\"leftOut\":");
	if (v->over)
		view_left_out(v, left_out, sizeof(left_out));
	put_hex(p->out, left_out, v->over ? strlen(left_out) : 0);
	fprintf(p->out, "}\n</script>\n<script>\n");
	put_script_lines(p->out, view_script);
	fprintf(p->out, "</script>\n</body>\n</html>\n");
}

int view_html(const bp_model *m, const char *model_name, struct view_input *v,
	      const struct view_ways *ways, FILE *out)
{
	struct page p = { .m = m, .out = out, .ways = ways, .ok = true };
	int status = EXIT_OK;
	bp_error err;

	p.used = calloc(bp_vocab_size(m), sizeof(*p.used));
	p.end = calloc(ways->samples + ways->nbest, sizeof(*p.end));
	if (p.used == NULL || p.end == NULL) {
		status = msg_fail("out of memory");
	} else if (ways->samples > 0 &&
		   (p.d = bp_distribution_new(m, ways->alpha, &err)) == NULL) {
		status = cmd_failed(&err);
	} else {
		put_head(&p, model_name, v->in->records);
		if (put_texts(&p, v)) {
			put_used_pieces(&p);
			put_end(&p, v);
		} else {
			status = EXIT_FAILED;
		}
	}
	bp_distribution_free(p.d);
	free(p.ids.id);
	free(p.used);
	free(p.end);
	return status;
}
