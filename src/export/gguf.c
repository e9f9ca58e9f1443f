/*
 * The file: "GGUF", version, number of tensors (none) and of keys, and for each key its name, its
 * type and its value; all numbers little-endian.
 *
 * Its tokenizer finds in a text the tokens of type NORMAL.  A character without a way through them
 * costs UNKNOWN_COST and gives its bytes, as tokens of type BYTE; the search finds no others of
 * this type.  All 256 have to exist, under the texts "<0x00>" to "<0xFF>".  A byte that is a
 * character by itself, and so has to be found with its own score, needs a second id for that: the
 * special token of this name, if the model has it, or an id behind all others.
 */
#include "export/writers.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/endian.h"
#include "text/escape.h"
#include "text/utf8.h"

/* The types of values, and of tokens. */
enum { U32 = 4, I32 = 5, F32 = 6, BOOL = 7, STRING = 8, ARRAY = 9 };
enum { TYPE_NORMAL = 1, TYPE_CONTROL = 3, TYPE_BYTE = 6 };

enum { VERSION = 3, N_KEYS = 13, N_ASCII = 0x80 };

/* The search takes scores as whole numbers, of 1/10000. */
#define PER_ONE 1e4
#define UNKNOWN_COST 1e7
/* Of a token that the search leaves out. */
#define NEVER (-2 * UNKNOWN_COST / PER_ONE)

struct gguf {
	const struct model *m;
	const struct buf *name;
	double scale;
	struct buf text;		/* of the last token */
	bool reserved[N_ASCII];		/* bytes with a special token for their BYTE token */
};

struct token {
	struct slice text;
	double score;
	uint32_t type;
};

/* The byte of "<0xNN>" in upper-case digits, for bytes 1 to 127; else 0. */
static unsigned reserved_byte(struct slice s)
{
	char text[BYTE_TEXT + 1];
	unsigned c;

	for (c = 1; c < N_ASCII && s.n == BYTE_TEXT; c++) {
		bp_byte_text((unsigned char)c, text);
		if (memcmp(s.p, text, BYTE_TEXT) == 0)
			return c;
	}
	return 0;
}

static bool is_byte_text(struct slice s)
{
	return s.n == BYTE_TEXT && memcmp(s.p, "<0x", 3) == 0 && bp_hex_digit(s.p[3]) >= 0 &&
	       bp_hex_digit(s.p[4]) >= 0 && s.p[5] == '>';
}

static bool has_nul(struct slice s)
{
	return memchr(s.p, '\0', s.n) != NULL;
}

/*
 * The texts that llama.cpp (src/llama-vocab.cpp, special tokens by text) takes for the ends of a
 * turn or the parts of a file to be filled in, and then for control tokens, whatever their type is.
 */
static bool is_control_name(struct slice s)
{
	static const char *const name[] = {
		"</s>", "<eos>", "[EOS]", "<|im_end|>", "<|end|>", "<|eot_id|>", "<|eom_id|>",
		"<|endoftext|>", "<|end_of_text|>", "<|return|>", "<|call|>", "<|calls|>",
		"<|flush|>", "<end_of_turn>", "<turn|>", "<|tool_response>", "<end_of_utterance>",
		"<EOT>", "_<EOT>", "[EOT]", "[e~[",
		"<\xEF\xBD\x9C\x65nd\xE2\x96\x81of\xE2\x96\x81sentence\xEF\xBD\x9C>",
		"<PRE>", "<SUF>", "<MID>", "<PAD>", "[PAD]", "<REPO>", "<reponame>",
		"<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>", "<|fim_pad|>",
		"<|fim_repo|>", "<|repo_name|>", "<|file_sep|>", "<fim-prefix>", "<fim-suffix>",
		"<fim-middle>", "<fim-pad>", "<fim-repo>", "<fim_prefix>", "<fim_suffix>",
		"<fim_middle>", "<fim_pad>", "<fim_repo>", "<|code_prefix|>", "<|code_suffix|>",
		"<|code_middle|>", "<|prefix|>", "<|suffix|>", "<|middle|>", "<|channel|>",
		"<|message|>", "<|start|>", "<|constrain|>"
	};
	size_t i;

	for (i = 0; i < sizeof(name) / sizeof(name[0]); i++)
		if (bp_slice_is(s, name[i]))
			return true;
	return false;
}

static void survey(const struct model *m, struct gguf_facts *f)
{
	struct slice s;
	size_t i;

	*f = (struct gguf_facts){ .n_added = N_ASCII - 1 };
	for (i = 0; i < m->n_pieces; i++) {
		s = m->piece[i];
		if (bp_model_is_special(m, i)) {
			f->n_added -= reserved_byte(s) != 0;
		} else if (s.n > 1) {
			if (bp_utf8_is_beginning(s))
				f->n_beginnings++;
			else
				f->n_broken += bp_utf8_valid(s) < s.n;
			f->n_nul += has_nul(s);
			if (f->control.n == 0 && is_control_name(s))
				f->control = s;
		}
	}
}

static bp_status check_model(const struct model *m, const struct gguf_facts *f, bp_error *err)
{
	size_t i;

	if (f->n_broken > 0)
		return bp_fail(err, BP_ERANGE, "%zu pieces begin or end inside a character: "
			       "llama.cpp cannot find them, and ids would differ in many texts; "
			       "train without --ensure-unicode no", f->n_broken);
	for (i = 0; i < m->n_pieces; i++)
		if (!bp_model_is_special(m, i) && is_byte_text(m->piece[i]))
			return bp_fail(err, BP_ERANGE, "id %" PRIu32 " is the piece %.*s, the name "
				       "of a byte in llama.cpp", bp_id_of_entry(i), BYTE_TEXT,
				       (const char *)m->piece[i].p);
	return BP_OK;
}

/*
 * The greatest power of two that keeps every score of a piece better than that of no way at all:
 * with more digits fewer segmentations become equal by rounding.
 */
static double score_scale(const struct model *m)
{
	double least = -1, scale = 1;
	size_t i;

	for (i = 0; i < m->n_pieces; i++)
		if (!bp_model_is_special(m, i))
			least = fmin(least, m->log_probability[i]);
	while (-least * scale * 2 < UNKNOWN_COST / PER_ONE - 1)
		scale *= 2;
	return scale;
}

/* The bytes of a piece with C0 80 for each NUL, the end of a text to llama.cpp.  It is no UTF-8, so
 * that no other token has this text. */
static bool replace_nuls(struct buf *text, struct slice s)
{
	size_t i;

	for (i = 0; i < s.n; i++)
		if (!(s.p[i] == 0 ? bp_buf_string(text, "\xC0\x80") : bp_buf_byte(text, s.p[i])))
			return false;
	return true;
}

static bool make_piece(struct gguf *g, size_t entry, struct token *t)
{
	struct slice s = g->m->piece[entry];
	char text[BYTE_TEXT + 1];

	g->text.len = 0;
	*t = (struct token){ s, -floor(-g->m->log_probability[entry] * g->scale * PER_ONE + 0.5) /
			     PER_ONE, TYPE_NORMAL };
	if (s.n == 1 && (s.p[0] == 0 || s.p[0] >= N_ASCII)) {
		bp_byte_text(s.p[0], text);
		t->type = TYPE_BYTE;
		t->score = 0;
		if (!bp_buf_append(&g->text, text, BYTE_TEXT))
			return false;
		t->text = bp_buf_slice(&g->text);
	} else if (bp_utf8_is_beginning(s)) {
		/* Not to be searched for, because only whole characters can be found. */
		t->type = TYPE_BYTE;
		t->score = NEVER;
	} else if (has_nul(s)) {
		t->type = TYPE_BYTE;
		if (!replace_nuls(&g->text, s))
			return false;
		t->text = bp_buf_slice(&g->text);
	}
	return true;
}

/* Call put() for each token in the order of ids.  False if put() fails, memory is out, or a signal
 * was caught. */
static bool put_tokens(struct gguf *g, struct buf *out,
		       bool put(struct buf *out, const struct token *token))
{
	size_t i, special = N_COMMON_SPECIALS;
	char text[BYTE_TEXT + 1];
	struct token t = { .score = NEVER };
	bool ok = true;
	unsigned c;

	for (i = 0; i < BP_FIRST_PIECE + g->m->n_pieces && ok && !bp_must_stop_at(i); i++) {
		if (i >= BP_FIRST_PIECE && !bp_model_is_special(g->m, i - BP_FIRST_PIECE)) {
			ok = make_piece(g, i - BP_FIRST_PIECE, &t) && put(out, &t);
			continue;
		}
		t.text = bp_buf_slice(&g->name[i < BP_FIRST_PIECE ? i : special++]);
		t.score = NEVER;
		t.type = reserved_byte(t.text) != 0 ? TYPE_BYTE : TYPE_CONTROL;
		g->reserved[reserved_byte(t.text)] = true;
		ok = put(out, &t);
	}
	for (c = 1; c < N_ASCII && ok; c++) {
		bp_byte_text((unsigned char)c, text);
		t = (struct token){ bp_slice(text, BYTE_TEXT), NEVER, TYPE_BYTE };
		ok = g->reserved[c] || put(out, &t);
	}
	return ok && !bp_must_stop();
}

static bool put_u32(struct buf *out, uint32_t x)
{
	unsigned char b[4];

	bp_store32(b, x);
	return bp_buf_append(out, b, sizeof(b));
}

static bool put_u64(struct buf *out, uint64_t x)
{
	unsigned char b[8];

	bp_store64(b, x);
	return bp_buf_append(out, b, sizeof(b));
}

static bool put_bytes(struct buf *out, struct slice s)
{
	return put_u64(out, s.n) && bp_buf_append(out, s.p, s.n);
}

static bool put_token_text(struct buf *out, const struct token *t)
{
	return put_bytes(out, t->text);
}

static bool put_token_score(struct buf *out, const struct token *t)
{
	float f = (float)t->score;
	uint32_t bits;

	memcpy(&bits, &f, sizeof(bits));
	return put_u32(out, bits);
}

static bool put_token_type(struct buf *out, const struct token *t)
{
	return put_u32(out, t->type);
}

static bool put_key(struct buf *out, const char *key, uint32_t type)
{
	return put_bytes(out, bp_string(key)) && put_u32(out, type);
}

static bool put_string_key(struct buf *out, const char *key, const char *value)
{
	return put_key(out, key, STRING) && put_bytes(out, bp_string(value));
}

static bool put_number_key(struct buf *out, const char *key, uint32_t value)
{
	return put_key(out, key, U32) && put_u32(out, value);
}

static bool put_bool_key(struct buf *out, const char *key, bool value)
{
	return put_key(out, key, BOOL) && bp_buf_byte(out, value);
}

static bool put_array_key(struct buf *out, const char *key, uint32_t type, size_t n)
{
	return put_key(out, key, ARRAY) && put_u32(out, type) && put_u64(out, n);
}

/* The architecture has to be a known one; for some names of models llama.cpp changes tokens. */
static bool put_file_head(struct buf *out, bool has_template)
{
	return bp_buf_string(out, "GGUF") && put_u32(out, VERSION) && put_u64(out, 0) &&
	       put_u64(out, N_KEYS + has_template) &&
	       put_string_key(out, "general.architecture", "llama") &&
	       put_string_key(out, "general.name", "bytepiece") &&
	       put_string_key(out, "tokenizer.ggml.model", "plamo2") &&
	       put_string_key(out, "tokenizer.ggml.pre", "default");
}

static bool put_settings(struct buf *out, const struct export_use *use)
{
	return put_number_key(out, "tokenizer.ggml.bos_token_id", BP_ID_BOS) &&
	       put_number_key(out, "tokenizer.ggml.eos_token_id", BP_ID_EOS) &&
	       put_number_key(out, "tokenizer.ggml.padding_token_id", BP_ID_PAD) &&
	       put_bool_key(out, "tokenizer.ggml.add_bos_token", use->bos) &&
	       put_bool_key(out, "tokenizer.ggml.add_eos_token", use->eos) &&
	       put_bool_key(out, "tokenizer.ggml.add_space_prefix", false) &&
	       (use->chat_template.n == 0 || (put_key(out, "tokenizer.chat_template", STRING) &&
					      put_bytes(out, use->chat_template)));
}

bp_status bp_to_gguf(const struct model *m, const struct buf *name, const struct export_use *use,
		     struct buf *out, bp_error *err)
{
	struct gguf g = { .m = m, .name = name, .scale = score_scale(m) };
	struct gguf_facts own = { 0 }, *facts = use->gguf != NULL ? use->gguf : &own;
	bp_status st;
	size_t n;

	survey(m, facts);
	st = check_model(m, facts, err);
	n = bp_model_n_ids(m) + facts->n_added;
	if (st == BP_OK &&
	    (!put_file_head(out, use->chat_template.n > 0) ||
	     !put_array_key(out, "tokenizer.ggml.tokens", STRING, n) ||
	     !put_tokens(&g, out, put_token_text) ||
	     !put_array_key(out, "tokenizer.ggml.scores", F32, n) ||
	     !put_tokens(&g, out, put_token_score) ||
	     !put_array_key(out, "tokenizer.ggml.token_type", I32, n) ||
	     !put_tokens(&g, out, put_token_type) || !put_settings(out, use)))
		st = bp_fail_memory(err);
	bp_buf_release(&g.text);
	return st;
}
