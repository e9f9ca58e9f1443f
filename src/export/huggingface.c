/*
 * tokenizer.json has a line for each id, because its vocabulary is an array whose index is the id.
 *
 * Scores.  The library reads JSON with serde_json, in the build that rounds twice: it takes all
 * digits as an integer, rounds that to a double, and multiplies or divides it by a power of ten.
 * When it writes a file, it writes the fewest digits that tell the number from all others; of the
 * log-probabilities of a model it then reads a quarter with another last digit, and ids change
 * where sums are close.  Integers from 1e16 to 9e16 in that form have no power of ten, or a number
 * of digits that a double holds, and all come back.  So the scores are multiplied by the power of
 * two that puts the greatest of them there.
 */
#include "export/writers.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "model/json.h"

/* Append digits / 10^behind_point, with at least one digit before the point. */
static bool put_decimal(struct buf *out, uint64_t digits, int behind_point)
{
	char text[32];
	int n = snprintf(text, sizeof(text), "%0*" PRIu64, behind_point + 1, digits);

	return bp_buf_append(out, text, (size_t)(n - behind_point)) &&
	       (behind_point == 0 || bp_buf_byte(out, '.')) &&
	       bp_buf_string(out, text + n - behind_point);
}

/* 17 digits tell every double from every other, for readers that round correctly. */
static bool put_17_digits(struct buf *out, double x)
{
	char text[BP_NUMBER_TEXT];

	return bp_buf_append(out, text, bp_number_digits(text, x, BP_DIGITS_MAX));
}

static const double power_of_10[] = { 1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
				      1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21,
				      1e22 };
enum { N_POWERS = sizeof(power_of_10) / sizeof(power_of_10[0]) };	/* all exact */

/*
 * Append x, which is finite, so that readers that round correctly and readers that round twice get
 * this number.  For about three numbers in a thousand that are no integers no decimal text does;
 * their text is for readers that round correctly.
 */
static bool put_double(struct buf *out, double x)
{
	double a = fabs(x), whole[3];
	int k, i;

	if (signbit(x) && !bp_buf_byte(out, '-'))
		return false;
	for (k = 0; k < 20; k++) {
		whole[0] = floor(a * power_of_10[k] + 0.5);
		whole[1] = floor(nextafter(whole[0], INFINITY));
		whole[2] = floor(nextafter(whole[0], 0));
		/* If digits and power of ten are both exact doubles, the quotient is rounded once,
		 * and every reader gets it. */
		for (i = 0; i < 3; i++)
			if (whole[i] < 0x1p64 && whole[i] / power_of_10[k] == a)
				return put_decimal(out, bp_integer(whole[i], UINT64_MAX), k);
	}
	return put_17_digits(out, a);
}

/* True if serde_json reads a number, which is finite and not 0, as itself after writing it. */
static bool survives(double x)
{
	char text[BP_NUMBER_TEXT];
	const char *p;
	uint64_t digits = 0;
	int exponent = 0, point = 0;

	bp_number_shortest(text, fabs(x));
	for (p = text; *p != '\0' && *p != 'e'; p++) {
		if (*p == '.') {
			point = 1;
			continue;
		}
		digits = 10 * digits + (uint64_t)(*p - '0');
		exponent -= point;
	}
	if (*p == 'e')
		exponent += (int)strtol(p + 1, NULL, 10);
	for (; digits % 10 == 0; digits /= 10)
		exponent++;
	/* It writes integers below 1e16 with all digits and ".0". */
	for (; exponent >= 0 && fabs(x) < 1e16; exponent--)
		digits *= 10;
	if (exponent <= -N_POWERS || exponent >= N_POWERS)
		return false;
	return (exponent >= 0 ? (double)digits * power_of_10[exponent]
			      : (double)digits / power_of_10[-exponent]) == fabs(x);
}

static size_t count_lost(const struct model *m, double scale)
{
	size_t n = 0, i;

	for (i = 0; i < m->n_pieces && !bp_must_stop_at(i); i++)
		n += !bp_model_is_special(m, i) && m->log_probability[i] != 0 &&
		     !survives(m->log_probability[i] * scale);
	return n;
}

double bp_huggingface_scale(const struct model *m, size_t *n_lost)
{
	double greatest = 1, scale = 1, best = 1;
	size_t i, n;
	int tries;

	for (i = 0; i < m->n_pieces; i++)
		if (!bp_model_is_special(m, i))
			greatest = fmax(greatest, -m->log_probability[i]);
	while (2 * scale * greatest < 0x1p53 * 10)
		scale *= 2;
	/* A few pieces of high probability are below 1e16; one of the next factors may fit them. */
	*n_lost = SIZE_MAX;
	for (tries = 0; *n_lost > 0 && tries < 3; tries++) {
		if ((n = count_lost(m, scale)) < *n_lost) {
			*n_lost = n;
			best = scale;
		}
		scale /= 2;
	}
	return best;
}

/* An added token is found in text before the model sees it, and not normalised. */
static bool put_added(struct buf *out, uint32_t id, const struct buf *name)
{
	char text[40];

	snprintf(text, sizeof(text), "    {\"id\": %" PRIu32 ", \"content\": ", id);
	return bp_buf_string(out, text) && bp_json_put(out, bp_buf_slice(name)) &&
	       bp_buf_string(out, ", \"single_word\": false, \"lstrip\": false, \"rstrip\": false, "
			     "\"normalized\": false, \"special\": true}");
}

static bool put_specials(struct buf *out, const struct model *m, const struct buf *name)
{
	bool ok = bp_buf_string(out, "  \"added_tokens\": [\n");
	size_t i;

	for (i = 0; i < BP_FIRST_PIECE && ok; i++)
		ok = bp_buf_string(out, i > 0 ? ",\n" : "") &&
		     put_added(out, (uint32_t)i, &name[i]);
	for (i = 0; i < m->n_specials && (ok = ok && !bp_must_stop_at(i)); i++)
		ok = bp_buf_string(out, ",\n") &&
		     put_added(out, bp_id_of_entry(m->special[i]), &name[N_COMMON_SPECIALS + i]);
	return ok && bp_buf_string(out, "\n  ],\n");
}

#define SPLIT_AT_NEWLINES(side) \
	"    {\"type\": \"Split\", \"pattern\": {\"Regex\": \"\\\\n+\"}, " \
	"\"behavior\": \"MergedWith" side "\", \"invert\": false},\n"

/* Split joins newlines to the bytes before or behind them, as segments do (text/cut.h); ByteLevel
 * maps bytes to characters. */
static bool put_steps(struct buf *out, const struct model *m)
{
	static const char *const split[] = {
		[BP_NEWLINES_END] = SPLIT_AT_NEWLINES("Previous"),
		[BP_NEWLINES_BEGIN] = SPLIT_AT_NEWLINES("Next"),
		[BP_NEWLINES_TEXT] = ""
	};

	return bp_buf_string(out, m->normalize == BP_NORMALIZE_NFC
				  ? "  \"normalizer\": {\"type\": \"NFC\"},\n"
				  : "  \"normalizer\": null,\n") &&
	       bp_buf_string(out, "  \"pre_tokenizer\": {\"type\": \"Sequence\", "
				  "\"pretokenizers\": [\n") &&
	       bp_buf_string(out, split[m->newlines]) &&
	       bp_buf_string(out,
		   "    {\"type\": \"ByteLevel\", \"add_prefix_space\": false, "
		   "\"trim_offsets\": false, \"use_regex\": false}\n"
		   "  ]},\n"
		   "  \"decoder\": {\"type\": \"ByteLevel\", \"add_prefix_space\": false, "
		   "\"trim_offsets\": false, \"use_regex\": false},\n");
}

/* A special token of the post-processor, or with name NULL a text. */
static bool put_step(struct buf *out, const struct buf *name, char text, int type, bool first)
{
	char end[40];
	bool ok = bp_buf_string(out, first ? "" : ", ");

	snprintf(end, sizeof(end), ", \"type_id\": %d}}", type);
	if (name != NULL)
		return ok && bp_buf_string(out, "{\"SpecialToken\": {\"id\": ") &&
		       bp_json_put(out, bp_buf_slice(name)) && bp_buf_string(out, end);
	return ok && bp_buf_string(out, "{\"Sequence\": {\"id\": \"") &&
	       bp_buf_byte(out, (unsigned char)text) && bp_buf_byte(out, '"') &&
	       bp_buf_string(out, end);
}

/* <bos>, text and <eos>, as far as they are used. */
static bool put_framed(struct buf *out, const struct buf *name, const struct export_use *use,
		       char text)
{
	int type = text == 'B';

	return (!use->bos || put_step(out, &name[SPECIAL_BOS], text, type, text == 'A')) &&
	       put_step(out, NULL, text, type, text == 'A' && !use->bos) &&
	       (!use->eos || put_step(out, &name[SPECIAL_EOS], text, type, false));
}

static bool put_special_id(struct buf *out, const struct buf *name, int id)
{
	struct slice s = bp_buf_slice(name);
	char ids[40];

	snprintf(ids, sizeof(ids), ", \"ids\": [%d], \"tokens\": [", id);
	return bp_json_put(out, s) && bp_buf_string(out, ": {\"id\": ") && bp_json_put(out, s) &&
	       bp_buf_string(out, ids) && bp_json_put(out, s) && bp_buf_string(out, "]}");
}

static bool put_post_processor(struct buf *out, const struct buf *name,
			       const struct export_use *use)
{
	if (!use->bos && !use->eos)
		return bp_buf_string(out, "  \"post_processor\": null,\n");
	return bp_buf_string(out, "  \"post_processor\": {\"type\": \"TemplateProcessing\",\n"
				  "    \"single\": [") &&
	       put_framed(out, name, use, 'A') && bp_buf_string(out, "],\n    \"pair\": [") &&
	       put_framed(out, name, use, 'A') && put_framed(out, name, use, 'B') &&
	       bp_buf_string(out, "],\n    \"special_tokens\": {") &&
	       (!use->bos || put_special_id(out, &name[SPECIAL_BOS], BP_ID_BOS)) &&
	       bp_buf_string(out, use->bos && use->eos ? ", " : "") &&
	       (!use->eos || put_special_id(out, &name[SPECIAL_EOS], BP_ID_EOS)) &&
	       bp_buf_string(out, "}},\n");
}

/* All ids in their order: first three special tokens, then the entries of the model. */
static bool put_vocabulary(struct buf *out, const struct model *m, const struct buf *name)
{
	size_t n_lost;
	double scale = bp_huggingface_scale(m, &n_lost);
	struct buf text = { 0 };
	size_t i, special = N_COMMON_SPECIALS;
	bool ok = true;

	/* -1e30: no best segmentation contains a special token. */
	for (i = 0; i < BP_FIRST_PIECE && ok; i++)
		ok = bp_buf_string(out, "    [") && bp_json_put(out, bp_buf_slice(&name[i])) &&
		     bp_buf_string(out, ", -1e30],\n");
	for (i = 0; i < m->n_pieces && (ok = ok && !bp_must_stop_at(i)); i++) {
		ok = bp_buf_string(out, "    [");
		if (bp_model_is_special(m, i)) {
			ok = ok && bp_json_put(out, bp_buf_slice(&name[special++])) &&
			     bp_buf_string(out, ", -1e30");
		} else {
			text.len = 0;
			ok = ok && bp_alphabet_append(&text, m->piece[i]) &&
			     bp_json_put(out, bp_buf_slice(&text)) && bp_buf_string(out, ", ") &&
			     put_double(out, m->log_probability[i] * scale);
		}
		ok = ok && bp_buf_string(out, i + 1 < m->n_pieces ? "],\n" : "]\n");
	}
	bp_buf_release(&text);
	return ok;
}

bp_status bp_to_huggingface(const struct model *m, const struct buf *name,
			    const struct export_use *use, struct buf *out, bp_error *err)
{
	bool ok = bp_buf_string(out, "{\n  \"version\": \"1.0\",\n  \"truncation\": null,\n"
				     "  \"padding\": null,\n") &&
		  put_specials(out, m, name) && put_steps(out, m) &&
		  put_post_processor(out, name, use) &&
		  bp_buf_string(out, "  \"model\": {\"type\": \"Unigram\", \"unk_id\": null, "
				     "\"byte_fallback\": false, \"vocab\": [\n") &&
		  put_vocabulary(out, m, name) && bp_buf_string(out, "  ]}\n}\n");

	return ok ? BP_OK : bp_fail_memory(err);
}

static bool put_member(struct buf *out, const char *before, struct slice value)
{
	return bp_buf_string(out, before) && bp_json_put(out, value);
}

/* The class is known to all versions of transformers; without model_input_names it would give
 * token types, which models of decoders refuse. */
bp_status bp_to_huggingface_config(const struct model *m, const struct buf *name,
				   const struct export_use *use, struct buf *out, bp_error *err)
{
	bool ok = bp_buf_string(out, "{\n  \"tokenizer_class\": \"PreTrainedTokenizerFast\",\n"
				     "  \"clean_up_tokenization_spaces\": false,\n"
				     "  \"model_input_names\": [\"input_ids\", "
				     "\"attention_mask\"]") &&
		  put_member(out, ",\n  \"pad_token\": ", bp_buf_slice(&name[SPECIAL_PAD])) &&
		  put_member(out, ",\n  \"bos_token\": ", bp_buf_slice(&name[SPECIAL_BOS])) &&
		  put_member(out, ",\n  \"eos_token\": ", bp_buf_slice(&name[SPECIAL_EOS]));
	size_t i;

	for (i = 0; i < m->n_specials && ok; i++)
		ok = put_member(out, i > 0 ? ", " : ",\n  \"additional_special_tokens\": [",
				bp_buf_slice(&name[N_COMMON_SPECIALS + i]));
	ok = ok && bp_buf_string(out, m->n_specials > 0 ? "]" : "") &&
	     (use->chat_template.n == 0 ||
	      put_member(out, ",\n  \"chat_template\": ", use->chat_template)) &&
	     bp_buf_string(out, "\n}\n");
	return ok ? BP_OK : bp_fail_memory(err);
}
