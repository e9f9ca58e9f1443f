/*
 * The file has a line for each id, because its vocabulary is an array whose index is the id.
 * Scores are written so that each reader gets the exact double: see put_double().
 */
#include "export/writers.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static bool put_plain(struct buf *out, const char *s)
{
	return bp_buf_append(out, s, strlen(s));
}

/* Append digits / 10^behind_point as a decimal number with at least one digit before the point. */
static bool put_decimal(struct buf *out, uint64_t digits, int behind_point)
{
	char text[32];
	int n = snprintf(text, sizeof(text), "%0*" PRIu64, behind_point + 1, digits);

	return bp_buf_append(out, text, (size_t)(n - behind_point)) && bp_buf_byte(out, '.') &&
	       put_plain(out, text + n - behind_point);
}

/* 17 digits tell every double from every other, for readers that round correctly. */
static bool put_17_digits(struct buf *out, double x)
{
	char text[40], *p;

	snprintf(text, sizeof(text), "%.17g", x);
	for (p = text; *p != '\0'; p++)
		if (strchr("0123456789e+-", *p) == NULL)
			*p = '.';	/* whatever the locale has */
	return put_plain(out, text);
}

/*
 * Append x, which is finite, so that every reader of JSON gets this number exactly.  Some readers
 * round twice: they take all digits as an integer, round it to a double, and divide that by a
 * power of ten (Rust's serde_json, in its default build).  For about three numbers in a thousand
 * no decimal text gives the number to both kinds of readers; their text is for readers that round
 * correctly.
 */
static bool put_double(struct buf *out, double x)
{
	static const double power[] = { 1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10,
					1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19 };
	static const double two_to_64 = 18446744073709551616.0;
	double a = fabs(x), whole[3];
	int k, i;

	if (signbit(x) && !bp_buf_byte(out, '-'))
		return false;
	for (k = 1; k < (int)(sizeof(power) / sizeof(power[0])); k++) {
		whole[0] = floor(a * power[k] + 0.5);
		whole[1] = floor(nextafter(whole[0], INFINITY));
		whole[2] = floor(nextafter(whole[0], 0));
		/* If digits and power of ten are both exact doubles, the quotient is rounded once,
		 * and every reader gets it. */
		for (i = 0; i < 3; i++)
			if (whole[i] < two_to_64 && whole[i] / power[k] == a)
				return put_decimal(out, (uint64_t)whole[i], k);
	}
	return put_17_digits(out, a);
}

/* A JSON string; 's' is valid UTF-8. */
static bool put_string(struct buf *out, const struct buf *s)
{
	bool ok = bp_buf_byte(out, '"');
	char hex[8];
	size_t i;

	for (i = 0; i < s->len && ok; i++) {
		if (s->data[i] < 0x20) {
			snprintf(hex, sizeof(hex), "\\u%04x", s->data[i]);
			ok = put_plain(out, hex);
		} else {
			if (s->data[i] == '"' || s->data[i] == '\\')
				ok = bp_buf_byte(out, '\\');
			ok = ok && bp_buf_byte(out, s->data[i]);
		}
	}
	return ok && bp_buf_byte(out, '"');
}

/* An added token is found in text before the model sees it, and not normalised. */
static bool put_added(struct buf *out, uint32_t id, const struct buf *name)
{
	char text[40];

	snprintf(text, sizeof(text), "    {\"id\": %" PRIu32 ", \"content\": ", id);
	return put_plain(out, text) && put_string(out, name) &&
	       put_plain(out, ", \"single_word\": false, \"lstrip\": false, \"rstrip\": false, "
		   "\"normalized\": false, \"special\": true}");
}

static bool put_specials(struct buf *out, const struct model *m, const struct buf *name)
{
	bool ok = put_plain(out, "  \"added_tokens\": [\n");
	size_t i;

	for (i = 0; i < BP_FIRST_PIECE && ok; i++)
		ok = put_plain(out, i > 0 ? ",\n" : "") && put_added(out, (uint32_t)i, &name[i]);
	for (i = 0; i < m->n_specials && ok; i++)
		ok = put_plain(out, ",\n") &&
		     put_added(out, bp_id_of_entry(m->special[i]), &name[N_COMMON_SPECIALS + i]);
	return ok && put_plain(out, "\n  ],\n");
}

/* Split ends segments behind their newlines, as bp_cut() does; ByteLevel maps bytes to
 * characters. */
static bool put_steps(struct buf *out, bp_normalize normalize)
{
	return put_plain(out, normalize == BP_NORMALIZE_NFC
			      ? "  \"normalizer\": {\"type\": \"NFC\"},\n"
			      : "  \"normalizer\": null,\n") &&
	       put_plain(out,
		   "  \"pre_tokenizer\": {\"type\": \"Sequence\", \"pretokenizers\": [\n"
		   "    {\"type\": \"Split\", \"pattern\": {\"Regex\": \"\\\\n+\"}, "
		   "\"behavior\": \"MergedWithPrevious\", \"invert\": false},\n"
		   "    {\"type\": \"ByteLevel\", \"add_prefix_space\": false, "
		   "\"trim_offsets\": false, \"use_regex\": false}\n"
		   "  ]},\n"
		   "  \"post_processor\": null,\n"
		   "  \"decoder\": {\"type\": \"ByteLevel\", \"add_prefix_space\": false, "
		   "\"trim_offsets\": false, \"use_regex\": false},\n");
}

/* All ids in their order: first three special tokens, then the entries of the model. */
static bool put_vocabulary(struct buf *out, const struct model *m, const struct buf *name)
{
	struct buf text = { 0 };
	size_t i, special = N_COMMON_SPECIALS;
	bool ok = true;

	/* -1e30: no best segmentation contains a special token. */
	for (i = 0; i < BP_FIRST_PIECE && ok; i++)
		ok = put_plain(out, "    [") && put_string(out, &name[i]) &&
		     put_plain(out, ", -1e30],\n");
	for (i = 0; i < m->n_pieces && ok; i++) {
		ok = put_plain(out, "    [");
		if (bp_model_is_special(m, i)) {
			ok = ok && put_string(out, &name[special++]) && put_plain(out, ", -1e30");
		} else {
			text.len = 0;
			ok = ok && bp_alphabet_append(&text, m->piece[i]) &&
			     put_string(out, &text) && put_plain(out, ", ") &&
			     put_double(out, m->log_probability[i]);
		}
		ok = ok && put_plain(out, i + 1 < m->n_pieces ? "],\n" : "]\n");
	}
	bp_buf_release(&text);
	return ok;
}

bp_status bp_to_huggingface(const struct model *m, const struct buf *name, struct buf *out,
			    bp_error *err)
{
	bool ok = put_plain(out, "{\n  \"version\": \"1.0\",\n  \"truncation\": null,\n"
			   "  \"padding\": null,\n") &&
		  put_specials(out, m, name) && put_steps(out, m->normalize) &&
		  put_plain(out, "  \"model\": {\"type\": \"Unigram\", \"unk_id\": null, "
			   "\"byte_fallback\": false, \"vocab\": [\n") &&
		  put_vocabulary(out, m, name) && put_plain(out, "  ]}\n}\n");

	return ok ? BP_OK : bp_fail_memory(err);
}
