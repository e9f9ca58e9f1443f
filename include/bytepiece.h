/*
 * bytepiece.h - load a tokenizer model, turn text into ids and back.
 *
 * A model is a vocabulary of pieces (byte strings) with counts.  Text is cut into the sequence of
 * pieces of highest probability under the Unigram language model (Kudo 2018), the probability of
 * a piece being its share of all counts.  Before that it is brought into Unicode's Normalization
 * Form C, unless the model says otherwise; bytes that are not valid UTF-8 stay as they are.
 *
 * Lengths are in bytes, and text need not be NUL-terminated and may hold NULs.  Nothing is
 * printed and there is no global state: a model does not change after it is loaded, so any number
 * of threads may use one at the same time.
 */
#ifndef BYTEPIECE_H
#define BYTEPIECE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif
#ifdef __GNUC__		/* and clang: what is declared here the shared library exports */
#pragma GCC visibility push(default)
#endif

#define BP_VERSION "0.1.0"

typedef struct bp_model bp_model;

typedef enum {
	BP_OK = 0,
	BP_ENOMEM,	/* an allocation failed */
	BP_EIO,		/* open, read, write, close or rename failed; msg has the reason */
	BP_EFORMAT,	/* damaged or unsuitable content; msg says what and where */
	BP_ERANGE,	/* an argument is outside its documented range */
	BP_EINTR	/* a signal asked for an end (see bytepiece_files.h) */
} bp_status;

/*
 * Filled in only on failure.  'pos' is the byte offset of the fault in its file, or 0 where no
 * offset applies; 'msg' is one line in English that names the file and the place.
 */
typedef struct {
	bp_status code;
	uint64_t pos;
	char msg[512];
} bp_error;

/* Ids below BP_FIRST_PIECE are special tokens: they stand for no bytes.  There may be more. */
enum { BP_ID_PAD = 0, BP_ID_BOS = 1, BP_ID_EOS = 2, BP_FIRST_PIECE = 3 };
#define BP_NO_ID UINT32_MAX

typedef enum {
	BP_NORMALIZE_NFC = 0,	/* Unicode Normalization Form C, malformed bytes left alone */
	BP_NORMALIZE_NONE	/* text is encoded as it stands */
} bp_normalize;

/*
 * Load a model file.  Returns a model that the caller must pass to bp_free(), or NULL with *err
 * filled in.  'err' may be NULL.
 */
bp_model *bp_load(const char *path, bp_error *err);

/* The same from memory, which is not needed afterwards; 'name' stands for the file in messages. */
bp_model *bp_load_memory(const void *data, size_t len, const char *name, bp_error *err);

void bp_free(bp_model *m);	/* NULL is allowed */

/* Largest number of ids that 'len' bytes of text can give (normalisation may lengthen text). */
size_t bp_encode_bound(size_t len);

/*
 * Write the ids of text[0..len) to 'ids', which must have room for bp_encode_bound(len) of them,
 * and their number to *n.  Newlines in the text are part of it.  Fails only for lack of memory,
 * with BP_ENOMEM; then *n is 0 and 'ids' is undefined.
 */
bp_status bp_encode(const bp_model *m, const char *text, size_t len, uint32_t *ids, size_t *n);

/*
 * A text that comes in parts, of any length, in memory that does not grow with it as long as ids
 * are taken.  Ids are handed out when nothing that follows can change them: those of a line at the
 * latest when the next one begins, those of a longer line some 64 KB after they were fed.  Only where
 * the ways to cut a line do not meet for longer, as in one character repeated, do they come later:
 * what is open is kept packed, and when it is decided, its ids are there all at once, 4 bytes each.
 *
 * A stream belongs to one thread at a time; the model has to outlive it.
 */
typedef struct bp_stream bp_stream;

/* NULL if memory is out; to be passed to bp_stream_free(), which allows NULL. */
bp_stream *bp_stream_new(const bp_model *m);
void bp_stream_free(bp_stream *s);

/* Go on with the text, of which parts may end anywhere, or end it, so that the next one may begin.
 * After BP_ENOMEM, the only failure, a stream can only be freed. */
bp_status bp_stream_feed(bp_stream *s, const char *text, size_t len);
bp_status bp_stream_end(bp_stream *s);

/* Write the next ids to ids[0..cap) and return their number; below 'cap', there are no more yet. */
size_t bp_stream_take(bp_stream *s, uint32_t *ids, size_t cap);

/*
 * A text that will be continued, as a prompt is: its last bytes may become part of longer pieces.
 * Writes to 'ids' those ids that encoding begins with whatever is appended to the text (as many as
 * possible if the model does not normalise, else nearly so), and to 'left' the bytes of the
 * normalised text that they do not stand for, with their number in *n_left.  Both need room for
 * bp_encode_bound(len).  Encoding 'left' with a continuation gives the ids that follow, where
 * rounding of equal scores does not decide.
 *
 * To go on from there without a break that the text would not have had (token healing), let a
 * generator choose pieces that agree with 'left' until it is used up: those that begin with it
 * (bp_pieces_with_prefix()), and those that it begins with (bp_piece_id() of its beginnings).
 *
 * Fails only for lack of memory, with BP_ENOMEM; then both numbers are 0.
 */
bp_status bp_encode_open(const bp_model *m, const char *text, size_t len, uint32_t *ids, size_t *n,
			 char *left, size_t *n_left);

/*
 * All pieces that begin with these bytes, themselves included; with len 0 all there are.  Writes
 * the first 'cap' ids, in ascending order, and returns the number of all.
 */
size_t bp_pieces_with_prefix(const bp_model *m, const char *bytes, size_t len, uint32_t *ids,
			     size_t cap);

/*
 * Write the bytes of ids[0..n) to 'text' and their number to *len.  Special tokens give no bytes.
 * If they do not fit into 'cap' bytes, nothing is written beyond it, *len is the room needed, and
 * BP_ERANGE is returned; so a call with cap 0 measures.  An id that is not in the vocabulary
 * gives BP_EFORMAT and leaves the index of that id in *len.
 */
bp_status bp_decode(const bp_model *m, const uint32_t *ids, size_t n, char *text, size_t cap,
		    size_t *len);

/* Number of ids: pieces and special tokens.  Every id is below it. */
uint32_t bp_vocab_size(const bp_model *m);

/* The bytes of a piece, owned by the model, or NULL if 'id' is a special token or no id. */
const char *bp_piece(const bp_model *m, uint32_t id, size_t *len);

/* The id of the piece with exactly these bytes, or BP_NO_ID. */
uint32_t bp_piece_id(const bp_model *m, const char *bytes, size_t len);

/*
 * A piece as printable text: valid UTF-8 as it is, but blanks, control bytes, backslashes and
 * malformed bytes as \xNN.  Writes up to 'cap' bytes, including a NUL at the end, and returns the
 * length of the whole text without the NUL, which is at most four times the length of the piece; 0
 * if 'id' is not that of a piece.
 */
size_t bp_piece_text(const bp_model *m, uint32_t id, char *text, size_t cap);

/*
 * The bytes that printable text stands for: the reverse of bp_piece_text(), which understands \t, \n
 * and \\ too.  'text' ends with a NUL; 'bytes' must have room for strlen(text) bytes, and may be
 * 'text' itself.  Writes the number of bytes to *len.  BP_ERANGE if a backslash begins no escape.
 */
bp_status bp_piece_bytes(const char *text, char *bytes, size_t *len);

/* A piece's count in training, and the natural logarithm of its share of all counts.
 * For an id without a piece: 0, and minus infinity. */
uint64_t bp_piece_count(const bp_model *m, uint32_t id);
double bp_piece_log_probability(const bp_model *m, uint32_t id);

/*
 * Special tokens have an id and a name, but no text gives them, not even one that spells the name.
 * In the order of their ids, counted from 0: "<pad>", "<bos>" and "<eos>", which are ids 0 to 2 of
 * every model, then those that the model has beside these.  A name is valid UTF-8, owned by the
 * model, and may be that of a piece as well.  Beyond the last: NULL, and BP_NO_ID.
 */
const char *bp_special(const bp_model *m, size_t i, size_t *len);
uint32_t bp_special_id(const bp_model *m, size_t i);

/*
 * Text in which special tokens are written by their names, as templates of conversations have
 * them: only for text from a source that may say such things.  It holds a table of the names, so
 * that one is best made once for many texts.  The model is borrowed and has to outlive it.  It does
 * not change after it is made, so any number of threads may use one.  NULL, with *err filled in, if
 * memory is out.
 */
typedef struct bp_specials bp_specials;
bp_specials *bp_specials_new(const bp_model *m, bp_error *err);
void bp_specials_free(bp_specials *s);	/* NULL is allowed */

/*
 * As bp_encode(), but each name in the text gives the id of its token: the leftmost first, of those
 * that begin there the longest, and on behind it.  Names are looked for in the text as it is given;
 * what stands between them is encoded as texts by themselves.
 */
bp_status bp_encode_specials(const bp_specials *s, const char *text, size_t len, uint32_t *ids,
			     size_t *n);

bp_normalize bp_model_normalize(const bp_model *m);

/*
 * All segmentations of a text, each with a probability proportional to P^alpha, where P is its
 * probability under the model (the product over its pieces): with alpha 1 as the model has it, with
 * alpha 0 all alike, and the larger alpha, the more the best one prevails.  alpha is finite and at
 * least 0; from where rounding hides the difference, larger ones make none.
 *
 * It holds tables for the whole vocabulary, up to 112 bytes for each piece, so that one is best
 * made once for many texts.  The model is borrowed and has to outlive it.  It does not change
 * after it is made, so any number of threads may use one.  NULL, with *err filled in, if memory is
 * out or alpha is out of its range (BP_ERANGE).
 */
typedef struct bp_distribution bp_distribution;
bp_distribution *bp_distribution_new(const bp_model *m, double alpha, bp_error *err);
void bp_distribution_free(bp_distribution *d);	/* NULL is allowed */

/*
 * How to draw at random, by two methods of Su Jianlin's (2023).  Perfect: from just this
 * distribution. Viterbi: the first method, which goes from left to right and at each byte decides
 * between two candidates at a time, longer pieces first, taking the new one with probability 1 /
 * (1 + exp(-alpha * (log P of the new way - log P of the other))).
 */
typedef enum {
	BP_SAMPLER_PERFECT = 0,
	BP_SAMPLER_VITERBI
} bp_sampler;

/*
 * Which draw: the same numbers give the same ids, others independent ones.  Each line of a text,
 * counted from 'line' on, draws from random numbers of its own; so that line k of file f as the
 * program encodes it (both counted from 0) is drawn with file f and line k.
 */
typedef struct {
	uint64_t seed, file, line;
} bp_draw;

/* As bp_encode(), drawn at random.  BP_ERANGE if there is no such sampler. */
bp_status bp_sample(const bp_distribution *d, bp_sampler sampler, const bp_draw *draw,
		    const char *text, size_t len, uint32_t *ids, size_t *n);

/*
 * About all segmentations of text[0..len) at once.  They need up to 90 bytes of memory for each
 * byte of the longest line, and fail only for lack of it, with BP_ENOMEM.
 *
 * bp_text_log_probability(): the natural logarithm of the sum of P^alpha over them; with alpha 1
 * that of the probability of the text.  bp_text_entropy(): the entropy of the distribution, in
 * nats.
 */
bp_status bp_text_log_probability(const bp_distribution *d, const char *text, size_t len,
				  double *log_probability);
bp_status bp_text_entropy(const bp_distribution *d, const char *text, size_t len, double *entropy);

/*
 * Each place in the text where a piece may stand, with the probability that it does: calls 'fn'
 * for those of at least 'least', by the byte where they end, longer ones first.  Offsets are those
 * of the normalised text.  A result of 'fn' other than 0 ends the call, which is no error.
 */
typedef int bp_marginal_fn(void *ctx, size_t start, size_t len, uint32_t id, double probability);
bp_status bp_text_marginals(const bp_distribution *d, const char *text, size_t len, double least,
			    bp_marginal_fn *fn, void *ctx);

/*
 * The n segmentations of highest probability, or all if there are fewer: calls 'fn' with log P and
 * ids of each, best first; the first is that of bp_encode().  An empty text has one, with no ids
 * and log P 0.  Between equal ones, what is longer at the end comes first.  A result of 'fn' other
 * than 0 ends the call.  Memory: up to 32 n bytes for each byte of the longest line, and 8 n for
 * each piece of the text.  BP_ERANGE unless n is 1 to BP_NBEST_MAX, BP_ENOMEM.
 */
enum { BP_NBEST_MAX = 65536 };
typedef int bp_nbest_fn(void *ctx, double log_p, const uint32_t *ids, size_t n_ids);
bp_status bp_nbest(const bp_model *m, const char *text, size_t len, size_t n, bp_nbest_fn *fn,
		   void *ctx);

#ifdef __GNUC__
#pragma GCC visibility pop
#endif
#ifdef __cplusplus
}
#endif
#endif
