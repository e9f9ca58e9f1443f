/*
 * The format is Protocol Buffers.  A message inside a message is preceded by its length, so that it
 * is made in a buffer of its own first.
 */
#include "export/writers.h"

#include <inttypes.h>
#include <string.h>

#include "base/endian.h"
#include "export/charsmap.h"

/* The wire types of Protocol Buffers: a field is its number, a wire type, and a value. */
enum { VARINT, BYTES = 2, FIXED32 = 5 };

/* Fields and values of sentencepiece_model.proto, by message. */
enum {
	MODEL_PIECES = 1, MODEL_TRAINER = 2, MODEL_NORMALIZER = 3, MODEL_DENORMALIZER = 5,
	PIECE_TEXT = 1, PIECE_SCORE = 2, PIECE_TYPE = 3,
	TYPE_NORMAL = 1, TYPE_UNKNOWN = 2, TYPE_CONTROL = 3,
	TRAINER_TYPE = 3, TRAINER_VOCAB_SIZE = 4, TRAINER_UNK_ID = 40, TRAINER_BOS_ID = 41,
	TRAINER_EOS_ID = 42, TRAINER_PAD_ID = 43, TRAINER_UNK = 45, TRAINER_BOS = 46,
	TRAINER_EOS = 47, TRAINER_PAD = 48,
	TYPE_UNIGRAM = 1,
	NORMALIZER_NAME = 1, NORMALIZER_CHARSMAP = 2, NORMALIZER_DUMMY_PREFIX = 3,
	NORMALIZER_REMOVE_BLANKS = 4, NORMALIZER_ESCAPE_BLANKS = 5
};

/* The functions below return false if memory is out. */
static bool put_base128(struct buf *out, uint64_t x)
{
	for (; x >= 0x80; x >>= 7)
		if (!bp_buf_byte(out, (unsigned char)(x | 0x80)))
			return false;
	return bp_buf_byte(out, (unsigned char)x);
}

/* A field with an integer, in base 128 with the low digits first. */
static bool put_integer(struct buf *out, unsigned field, uint64_t x)
{
	/* lint: badBitmaskCheck: one of the numbers of the format is 0 */
	return put_base128(out, field << 3 | VARINT) && put_base128(out, x);
}

/* A field with bytes: a string or a message. */
static bool put_field(struct buf *out, unsigned field, const struct buf *b)
{
	return put_base128(out, field << 3 | BYTES) && put_base128(out, b->len) &&
	       bp_buf_append(out, b->data, b->len);
}

/* Scores are rounded to floats here, once; SentencePiece has no other type for them. */
static bool put_float(struct buf *out, unsigned field, double x)
{
	float f = (float)x;
	unsigned char b[4];
	uint32_t bits;

	memcpy(&bits, &f, sizeof(bits));
	bp_store32(b, bits);
	return put_base128(out, field << 3 | FIXED32) && bp_buf_append(out, b, sizeof(b));
}

/* 'message' is a buffer for the message of the piece, reused for all pieces. */
static bool put_message(struct buf *out, const struct buf *text, double score, unsigned type,
		      struct buf *message)
{
	message->len = 0;
	return put_field(message, PIECE_TEXT, text) && put_float(message, PIECE_SCORE, score) &&
	       put_integer(message, PIECE_TYPE, type) && put_field(out, MODEL_PIECES, message);
}

static bool put_model_pieces(struct buf *out, const struct model *m, const struct buf *name)
{
	struct buf text = { 0 }, message = { 0 };
	size_t i, special = N_COMMON_SPECIALS;
	bool ok = true;

	for (i = 0; i < BP_FIRST_PIECE && ok; i++)
		ok = put_message(out, &name[i], 0, TYPE_CONTROL, &message);
	for (i = 0; i < m->n_pieces && (ok = ok && !bp_must_stop_at(i)); i++) {
		if (bp_model_is_special(m, i)) {
			ok = put_message(out, &name[special++], 0, TYPE_CONTROL, &message);
			continue;
		}
		text.len = 0;
		ok = bp_alphabet_append(&text, m->piece[i]) &&
		     put_message(out, &text, m->log_probability[i], TYPE_NORMAL, &message);
	}
	ok = ok && put_message(out, &name[SPECIAL_UNK], 0, TYPE_UNKNOWN, &message);
	bp_buf_release(&text);
	bp_buf_release(&message);
	return ok;
}

/* SentencePiece takes the ids of the special tokens from the settings of the trainer. The
 * vocabulary has one id more than the model: the unknown token. */
static bool put_trainer(struct buf *out, const struct model *m, const struct buf *name)
{
	uint64_t unk = bp_model_n_ids(m);
	struct buf b = { 0 };
	bool ok = put_integer(&b, TRAINER_TYPE, TYPE_UNIGRAM) &&
		  put_integer(&b, TRAINER_VOCAB_SIZE, unk + 1) &&
		  put_integer(&b, TRAINER_UNK_ID, unk) &&
		  put_integer(&b, TRAINER_BOS_ID, BP_ID_BOS) &&
		  put_integer(&b, TRAINER_EOS_ID, BP_ID_EOS) &&
		  put_integer(&b, TRAINER_PAD_ID, BP_ID_PAD) &&
		  put_field(&b, TRAINER_UNK, &name[SPECIAL_UNK]) &&
		  put_field(&b, TRAINER_BOS, &name[SPECIAL_BOS]) &&
		  put_field(&b, TRAINER_EOS, &name[SPECIAL_EOS]) &&
		  put_field(&b, TRAINER_PAD, &name[SPECIAL_PAD]) &&
		  put_field(out, MODEL_TRAINER, &b);

	bp_buf_release(&b);
	return ok;
}

/* The rules; SentencePiece's own treatment of blanks is turned off. */
static bool put_normalizer(struct buf *out, unsigned field, const char *name,
			   const struct buf *charsmap)
{
	struct buf b = { 0 }, text = { 0 };
	bool ok = bp_buf_string(&text, name) &&
		  put_field(&b, NORMALIZER_NAME, &text) &&
		  put_field(&b, NORMALIZER_CHARSMAP, charsmap) &&
		  put_integer(&b, NORMALIZER_DUMMY_PREFIX, 0) &&
		  put_integer(&b, NORMALIZER_REMOVE_BLANKS, 0) &&
		  put_integer(&b, NORMALIZER_ESCAPE_BLANKS, 0) && put_field(out, field, &b);

	bp_buf_release(&b);
	bp_buf_release(&text);
	return ok;
}

/*
 * SentencePiece refuses a model with a piece of TOO_LONG characters or more ("piece is too long").
 * Each byte of a piece is a character of the alphabet; a name has at most as many as bytes.
 */
enum { TOO_LONG = 8000 };

static bp_status check_lengths(const struct model *m, bp_error *err)
{
	size_t i;

	for (i = 0; i < m->n_pieces; i++)
		if (m->piece[i].n >= TOO_LONG)
			return bp_fail(err, BP_ERANGE, "id %" PRIu32 " has %zu bytes: "
				       "SentencePiece loads no model with a piece of %d "
				       "characters or more", bp_id_of_entry(i), m->piece[i].n,
				       TOO_LONG);
	return BP_OK;
}

/* The normaliser maps bytes to characters, the denormaliser maps characters back after decoding. */
bp_status bp_to_sentencepiece(const struct model *m, const struct buf *name,
			      const struct export_use *use, struct buf *out, bp_error *err)
{
	bool nfc = m->normalize == BP_NORMALIZE_NFC;
	struct buf bytes = { 0 }, text = { 0 };
	bp_status st;

	(void)use;
	if ((st = check_lengths(m, err)) == BP_OK &&
	    (st = bp_charsmap_bytes(nfc, &bytes, err)) == BP_OK &&
	    (st = bp_charsmap_text(&text, err)) == BP_OK &&
	    (!put_model_pieces(out, m, name) || !put_trainer(out, m, name) ||
	     !put_normalizer(out, MODEL_NORMALIZER, nfc ? "nfc_bytes" : "bytes", &bytes) ||
	     !put_normalizer(out, MODEL_DENORMALIZER, "text", &text)))
		st = bp_fail_memory(err);
	bp_buf_release(&bytes);
	bp_buf_release(&text);
	return st;
}
