/*
 * bytepiece.h - tokenizer library: load a model, encode text as ids, decode ids to text.
 *
 * A model is a vocabulary of pieces (byte strings) with counts, and special tokens (ids without
 * bytes).  Encoding brings a text into Unicode's Normalization Form C, unless the model says
 * otherwise, and divides it into the sequence of pieces with the highest probability under the
 * Unigram language model (Kudo 2018): the probability of a piece is its share of the sum of all
 * counts.  Bytes that are not valid UTF-8 are encoded as they are, so that every byte string can
 * be encoded, and decoding returns the normalised text exactly.
 *
 * Units: all lengths and offsets are in bytes.  Text need not end with a NUL, and may hold NULs.
 *
 * Threads: a model does not change after it is loaded, so any number of threads may use one model
 * at a time.  The library has no other state, and prints nothing.
 *
 * Errors: a call that can fail returns a bp_status, or NULL instead of an object.  A parameter
 * 'err' receives the reason of a failure and may be NULL; it is left alone if the call succeeds.
 *
 * Ownership: an object that a call creates belongs to the caller, who frees it with the matching
 * ..._free() call; NULL is allowed there.  Pointers that other calls return belong to the object.
 */
#ifndef BYTEPIECE_H
#define BYTEPIECE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif
#ifdef __GNUC__		/* and clang: exported from the shared library */
#pragma GCC visibility push(default)
#endif

/* The version of this header, and that of the library that the program runs with: a shared library
 * may be another one than at compilation.  The text is constant. */
#define BP_VERSION "0.1.0"
const char *bp_version(void);

typedef struct bp_model bp_model;

typedef enum {
	BP_OK = 0,
	BP_ENOMEM,	/* an allocation failed */
	BP_EIO,		/* open, read, write, close or rename failed; msg has the reason */
	BP_EFORMAT,	/* damaged or unsuitable content; msg has the fault and its offset */
	BP_ERANGE,	/* an argument is outside its documented range */
	BP_EINTR	/* a signal ended the call early (bytepiece_files.h, bp_catch_signals()) */
} bp_status;

/*
 * The reason of a failure.  'pos' is the byte offset of the fault in its file, or 0 if the fault
 * has no offset; 'msg' is one line in English that names the file and the position.
 */
typedef struct {
	bp_status code;
	uint64_t pos;
	char msg[512];
} bp_error;

/* Special tokens of every model.  The ids from BP_FIRST_PIECE on are pieces and further special
 * tokens. */
enum { BP_ID_PAD = 0, BP_ID_BOS = 1, BP_ID_EOS = 2, BP_FIRST_PIECE = 3 };
#define BP_NO_ID UINT32_MAX	/* the answer of a search that finds no id */

typedef enum {
	BP_NORMALIZE_NFC = 0,	/* Normalization Form C of Unicode 15.0; malformed bytes stay */
	BP_NORMALIZE_NONE	/* text is encoded without a change */
} bp_normalize;

/*
 * Where newlines divide a text: no piece crosses these places.  "A line of a text", below, is a
 * part between two of them: a line with the newlines behind it, or before it, or the whole text.
 */
typedef enum {
	BP_NEWLINES_END = 0,	/* no piece has another byte behind a newline */
	BP_NEWLINES_BEGIN,	/* no piece has another byte before a newline */
	BP_NEWLINES_TEXT,	/* nowhere: a newline is a byte like any other */
	BP_NEWLINES_DEFAULT	/* in options of training: one of these by the kind of the texts */
} bp_newlines;

/*
 * Load a model file of either form (JSON, binary); a path of "-" is standard input.  Returns NULL
 * on failure; BP_ERANGE if the environment variable BP_KERNEL, which chooses the inner loop of the
 * search for tests and reports, names none that this processor can run.
 */
bp_model *bp_load(const char *path, bp_error *err);

/* Load a model from the content of a model file.  The memory is not used after the call; 'name'
 * stands for the file in messages. */
bp_model *bp_load_memory(const void *data, size_t len, const char *name, bp_error *err);

void bp_free(bp_model *m);

/* Upper bound of the number of ids that 'len' bytes of text give.  It is larger than 'len', because
 * normalisation can lengthen a text up to threefold. */
size_t bp_encode_bound(size_t len);

/*
 * Encode text[0..len).  Writes the ids to 'ids' (room for bp_encode_bound(len) ids is required)
 * and their number to *n.  Newlines in the text are part of it.  BP_ENOMEM is the only failure;
 * then *n is 0 and the content of 'ids' is undefined.
 */
bp_status bp_encode(const bp_model *m, const char *text, size_t len, uint32_t *ids, size_t *n);

/*
 * A stream encodes a text that arrives in parts of any length.  It hands out an id as soon as no
 * continuation of the text can change the id: the ids of a line at the latest when the next line
 * begins, the ids of a longer line about 64 KB after their text.  Memory does not grow with the
 * text, if the caller takes the ids.  Exception: in a line where different segmentations stay
 * equally possible for longer (one character repeated), ids come later; the stream keeps undecided
 * text compressed, and hands out its ids all at once.
 *
 * Only one thread at a time may use a stream.  The model must outlive the stream.
 */
typedef struct bp_stream bp_stream;

/* Returns NULL if memory is out. */
bp_stream *bp_stream_new(const bp_model *m);
void bp_stream_free(bp_stream *s);

/* Continue the text with a part (it may end at any byte); end the text, so that another text may
 * begin.  BP_ENOMEM is the only failure; after it the stream can only be freed. */
bp_status bp_stream_feed(bp_stream *s, const char *text, size_t len);
bp_status bp_stream_end(bp_stream *s);

/* Write the next ids to ids[0..cap) and return their number.  A number below 'cap' means that no
 * further id is certain yet. */
size_t bp_stream_take(bp_stream *s, uint32_t *ids, size_t cap);

/*
 * Encode a text that will be continued, as a prompt is: its last bytes may become part of longer
 * pieces.  Writes to 'ids' the ids that every continuation of the text begins with (the most
 * possible if the model does not normalise, otherwise nearly so), and to 'left' the bytes of the
 * normalised text after the bytes of the ids, with their number in *n_left.  Both arrays must
 * have room for bp_encode_bound(len) elements.  Encoding 'left' together with a continuation gives
 * the ids that follow, except where rounding decides between equal scores.
 *
 * Token healing: to continue as if the text had no end there, let a generator choose pieces that
 * agree with 'left' until 'left' is used up: the pieces that begin with 'left'
 * (bp_pieces_with_prefix()), and the pieces that are a prefix of it (bp_piece_id()).
 *
 * BP_ENOMEM is the only failure; then both numbers are 0.
 */
bp_status bp_encode_open(const bp_model *m, const char *text, size_t len, uint32_t *ids, size_t *n,
			 char *left, size_t *n_left);

/*
 * Find all pieces that begin with bytes[0..len), a piece with exactly the given bytes included;
 * with len 0, all pieces.  Writes the first 'cap' ids in ascending order, and returns the number
 * of all.
 */
size_t bp_pieces_with_prefix(const bp_model *m, const char *bytes, size_t len, uint32_t *ids,
			     size_t cap);

/*
 * Decode ids[0..n).  Writes the bytes to 'text' and their number to *len.  Special tokens have no
 * bytes.  If the bytes need more than 'cap' bytes, nothing is written beyond them, *len is the room
 * needed, and the result is BP_ERANGE; so a call with cap 0 measures.  An id outside of the
 * vocabulary gives BP_EFORMAT, and *len is the index of that id.
 */
bp_status bp_decode(const bp_model *m, const uint32_t *ids, size_t n, char *text, size_t cap,
		    size_t *len);

/* Number of ids: pieces and special tokens.  Every id is below this number. */
uint32_t bp_vocab_size(const bp_model *m);

/* The bytes of a piece, and their number in *len.  The bytes belong to the model.  NULL if 'id' is
 * not the id of a piece. */
const char *bp_piece(const bp_model *m, uint32_t id, size_t *len);

/* The id of the piece with exactly the given bytes; BP_NO_ID if there is none. */
uint32_t bp_piece_id(const bp_model *m, const char *bytes, size_t len);

/*
 * A piece as printable text: valid UTF-8 is copied, but the bytes of blanks and of control and
 * format characters (Unicode's general categories Zs, Zl, Zp, Cc and Cf), backslashes and malformed
 * bytes become \xNN.  Writes up to 'cap' bytes, including a NUL at the end, and returns the length
 * of the whole text without the NUL, at most four times the length of the piece; 0 if 'id' is not
 * the id of a piece.
 */
size_t bp_piece_text(const bp_model *m, uint32_t id, char *text, size_t cap);

/*
 * The bytes of a printable text: the reverse of bp_piece_text(); it also reads \t, \n and \\.
 * 'text' ends with a NUL; 'bytes' must have room for strlen(text) bytes, and may be 'text' itself.
 * Writes the number of bytes to *len.  BP_ERANGE if a backslash does not begin an escape.
 */
bp_status bp_piece_bytes(const char *text, char *bytes, size_t *len);

/*
 * Bytes from anybody (names of files, settings, names of special tokens) as text for a message or a
 * terminal: one line without control characters.  As bp_piece_text(), but the blank U+0020 and the
 * backslash are copied, so that printable text is its own result, and a text that is cut ends with
 * a whole character.  Messages of the library (bp_error) are such texts already.
 */
size_t bp_printable(const char *bytes, size_t len, char *text, size_t cap);

/* The count of a piece in training, and the natural logarithm of its share of the sum of all
 * counts; 0 and minus infinity if 'id' is not the id of a piece. */
uint64_t bp_piece_count(const bp_model *m, uint32_t id);
double bp_piece_log_probability(const bp_model *m, uint32_t id);

/*
 * Special tokens by their number i, counted from 0 in the order of their ids: "<pad>",
 * "<bos>" and "<eos>" are the ids 0 to 2 of every model; the model's further special tokens
 * follow.  No text gives a special token, not even a text that contains the name.  A name is valid
 * UTF-8, belongs to the model, and may equal the bytes of a piece.  After the last: NULL, and
 * BP_NO_ID.
 */
const char *bp_special(const bp_model *m, size_t i, size_t *len);
uint32_t bp_special_id(const bp_model *m, size_t i);

/*
 * A table of the names of special tokens, for texts that contain special tokens by name (templates
 * of conversations).  Use it only for text from a source that may insert special tokens.  Make one
 * table for many texts.  The model is borrowed and must outlive the table.  A table does not
 * change, so any number of threads may use it.  bp_specials_new() returns NULL if memory is out.
 */
typedef struct bp_specials bp_specials;
bp_specials *bp_specials_new(const bp_model *m, bp_error *err);
void bp_specials_free(bp_specials *s);

/*
 * As bp_encode(), but each name of a special token in the text gives the id of that token.  Of
 * overlapping names, the leftmost is taken, and of names that begin at one byte, the longest.
 * Names are found in the text before normalisation; the parts between them are encoded as separate
 * texts.
 */
bp_status bp_encode_specials(const bp_specials *s, const char *text, size_t len, uint32_t *ids,
			     size_t *n);

/*
 * Many texts in one call, on several threads: about as fast for short texts as for long ones, where
 * a call of bp_encode() for each takes longer.  The ids of each text are those that bp_encode() or
 * bp_encode_specials() gives, whatever the number of threads.
 *
 * The result is an object that owns the ids: the library sets its size, the caller frees it with
 * bp_ids_free().  It does not change, so any number of threads may read it, and it refers neither
 * to the texts nor to the model, which may be freed before it.
 */
typedef struct bp_ids bp_ids;

/* How to encode many texts.  All members may be zero. */
typedef struct {
	bool bos, eos;		/* BP_ID_BOS before the ids of each text, BP_ID_EOS behind them */
	const bp_specials *specials;	/* of the model of the call: names in the texts give special
					 * tokens.  NULL: the names are text like any other */
	unsigned threads;	/* 0: one for each processor.  Few texts get fewer threads */
} bp_texts_options;

/*
 * Encode n texts that stand one behind the other in text[0..len): text i has the bytes from
 * offset[i] to offset[i + 1], so that 'offset' has n + 1 elements.  Bytes before the first and
 * behind the last text are ignored.  'offset' NULL: a NUL, which belongs to no text, ends each, and
 * there are no other NULs.  'options' may be NULL, which stands for all members zero.
 *
 * Returns NULL on failure: BP_ERANGE if an offset is less than the one before it or greater than
 * 'len', if without offsets 'text' has not n NULs or does not end in one, or if the special tokens
 * are those of another model; BP_ENOMEM; BP_EINTR.
 */
bp_ids *bp_encode_texts(const bp_model *m, const char *text, size_t len, const uint64_t *offset,
			size_t n, const bp_texts_options *options, bp_error *err);

/* As bp_encode_texts(), for texts that stand apart: text i is text[i][0..len[i]).  NULL may stand
 * for an empty text. */
bp_ids *bp_encode_text_list(const bp_model *m, const char *const *text, const size_t *len, size_t n,
			    const bp_texts_options *options, bp_error *err);

void bp_ids_free(bp_ids *r);

/* The ids of all texts, one text behind the other, and their number in *n; not NULL, even if there
 * are none.  The array belongs to the object. */
const uint32_t *bp_ids_all(const bp_ids *r, size_t *n);

/* For n texts, n + 1 offsets in the array of bp_ids_all(): the ids of text i are those from offset
 * i to offset i + 1.  Sets *n to the number of texts.  The array belongs to the object. */
const uint64_t *bp_ids_offsets(const bp_ids *r, size_t *n);

/* The normalisation that encoding with the model begins with. */
bp_normalize bp_model_normalize(const bp_model *m);
/* The rule of newlines that encoding with the model obeys. */
bp_newlines bp_model_newlines(const bp_model *m);
/* "end", "begin" or "text"; any other number gives NULL. */
const char *bp_newlines_name(bp_newlines rule);

/*
 * The distribution of a text's segmentations: each has a probability proportional to P^alpha,
 * where P is the product of the probabilities of its pieces.  alpha 1 is the model's own
 * distribution, alpha 0 makes all segmentations equally probable, and a larger alpha makes the
 * best one more probable. alpha must be finite and at least 0.  (Above some value a larger alpha
 * changes nothing, because the rest is below the rounding of doubles.)
 *
 * An object holds tables of up to 112 bytes for each piece: make one for many texts.  The model is
 * borrowed and must outlive the object.  An object does not change, so any number of threads may
 * use it. bp_distribution_new() returns NULL if memory is out, or if alpha is outside its range
 * (BP_ERANGE).
 */
typedef struct bp_distribution bp_distribution;
bp_distribution *bp_distribution_new(const bp_model *m, double alpha, bp_error *err);
void bp_distribution_free(bp_distribution *d);

/*
 * Two methods of drawing a segmentation at random, both by Su Jianlin (2023).  Perfect: draw
 * exactly from the distribution.  Viterbi: the earlier method; it goes through the text from
 * left to right and decides at each byte between two candidates at a time, longer pieces first; it
 * takes the new candidate with probability 1 / (1 + exp(-alpha * (log P of the new - log P of the
 * old))).
 */
typedef enum {
	BP_SAMPLER_PERFECT = 0,
	BP_SAMPLER_VITERBI
} bp_sampler;

/*
 * The identity of a draw: equal numbers give equal ids, different numbers give independent ids.
 * 'seed' is the seed of the random generator.  Each line of a text has random numbers of its own;
 * lines are counted from 'line' on.  So a call with file f and line k gives the ids that the
 * program draws for line k of file f (both counted from 0).
 */
typedef struct {
	uint64_t seed, file, line;
} bp_draw;

/* As bp_encode(), but the segmentation is drawn at random.  BP_ERANGE if 'sampler' is none. */
bp_status bp_sample(const bp_distribution *d, bp_sampler sampler, const bp_draw *draw,
		    const char *text, size_t len, uint32_t *ids, size_t *n);

/*
 * Sums over all segmentations of text[0..len).  They need up to 90 bytes of memory for each byte of
 * the longest line; BP_ENOMEM is the only failure.
 *
 * bp_text_log_probability(): the natural logarithm of the sum of P^alpha; with alpha 1, of the
 * probability of the text.  bp_text_entropy(): the entropy of the distribution, in nats.
 */
bp_status bp_text_log_probability(const bp_distribution *d, const char *text, size_t len,
				  double *log_probability);
bp_status bp_text_entropy(const bp_distribution *d, const char *text, size_t len, double *entropy);

/*
 * The probability of each piece at each offset of a text.  Calls 'fn' for each occurrence of a
 * piece with a probability of at least 'least', in the order of the occurrences' ends, and of
 * equal ends the longer piece first.  'start' is an offset in the normalised text.  A result of
 * 'fn' other than 0 ends the call with BP_OK.
 */
typedef int bp_marginal_fn(void *ctx, size_t start, size_t len, uint32_t id, double probability);
bp_status bp_text_marginals(const bp_distribution *d, const char *text, size_t len, double least,
			    bp_marginal_fn *fn, void *ctx);

/*
 * The n segmentations with the highest probability, or all if there are fewer.  Calls 'fn' with
 * log P and the ids of each, the best first; the first one is the result of bp_encode().  An empty
 * text has one segmentation, with no ids and log P 0.  Of segmentations with equal probability,
 * the one with longer pieces at its end comes first.  A result of 'fn' other than 0 ends the call
 * with BP_OK.
 *
 * Memory: up to 32 n bytes for each byte of the longest line, and 8 n bytes for each piece of the
 * text.  BP_ERANGE unless n is 1 to BP_NBEST_MAX; BP_ENOMEM.
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
