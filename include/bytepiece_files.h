/*
 * bytepiece_files.h - whole files on several threads: train, encode, decode.
 *
 * What the program bytepiece does, as calls.  Nothing is printed but the results that are asked
 * for; progress is reported through a callback.  The output never depends on the number of
 * threads.  An input path of "-" is standard input, an output path of NULL or "-" standard output;
 * a file that is written appears whole or not at all.
 *
 * A call may be made from any thread, several at a time on different outputs.  It ends early with
 * BP_EINTR only if the program has called bp_catch_signals().
 */
#ifndef BYTEPIECE_FILES_H
#define BYTEPIECE_FILES_H

#include <stdbool.h>

#include "bytepiece.h"

#ifdef __cplusplus
extern "C" {
#endif
#ifdef __GNUC__		/* and clang: what is declared here the shared library exports */
#pragma GCC visibility push(default)
#endif

/* Record mode: how an input is divided into texts. */
typedef enum {
	BP_LINES = 0,	/* each line is a text; its end mark is the newline */
	BP_NULS,	/* each record that a NUL byte ends; its end mark is the NUL */
	BP_WHOLE	/* each file is a text, without an end mark */
} bp_records;

/*
 * Progress report, called at intervals on the caller's thread.  'phase' and 'unit' are short
 * constant strings; 'total' is 0 if it is not known.
 */
typedef struct {
	const char *phase, *unit;
	uint64_t done, total;
} bp_progress;
typedef void bp_progress_fn(void *ctx, const bp_progress *p);

/* Input files of a call.  All members but the paths may be zero. */
typedef struct {
	const char *const *path;	/* n_paths of them */
	size_t n_paths;
	bp_records records;
	unsigned threads;		/* 0: one for each processor */
	bool flush;			/* write the result of each text before the next text is
					 * read, for a program that waits for it; uses one thread
					 * and reports no progress */
	bp_progress_fn *progress;	/* may be NULL */
	void *progress_ctx;
} bp_input;

/* Format of encoded texts. */
typedef enum {
	BP_FORMAT_IDS = 0,	/* decimal ids with a space between them, a line for each text */
	BP_FORMAT_PIECES,	/* pieces, as bp_piece_text() writes them, with a space between
				 * them, a line for each text */
	BP_FORMAT_U16,		/* ids of two bytes, lowest byte first; nothing marks the end of a
				 * text */
	BP_FORMAT_U32,		/* ids of four bytes, otherwise like BP_FORMAT_U16 */
	BP_FORMAT_JSON		/* a JSON object on a line for each text: "ids", "pieces" (as
				 * bp_piece_text() writes them) and "offsets" (first and last
				 * offset of each piece in the text as it was given, in bytes);
				 * each text is held in memory */
} bp_format;

/*
 * Name of a format ("ids", "pieces" ...), and a description that completes "The output is ...".
 * Formats are numbered from 0 without gaps; NULL for numbers above the last one.
 */
const char *bp_format_name(bp_format format);
const char *bp_format_help(bp_format format);
/* True if bp_decode_files() reads the format. */
bool bp_format_is_decodable(bp_format format);

/*
 * Options of bp_encode_files().  With all members zero, the best segmentation of each text is
 * written as a line of decimal ids.
 */
typedef struct {
	bp_format format;
	bool bos, eos;		/* write BP_ID_BOS before each text, BP_ID_EOS behind it, in each
				 * record mode and format; their "offsets" in BP_FORMAT_JSON are
				 * empty ranges at the beginning and the end of the text */
	bool specials;		/* names of special tokens in a text give the ids of these tokens
				 * (see bp_encode_specials()) */
	bool open;		/* texts will be continued (see bp_encode_open()): for each text,
				 * a line of the tokens that every continuation keeps, a tab, and
				 * the bytes left, as bp_piece_text() writes bytes; each text is
				 * held in memory */
	size_t nbest;		/* 1 to BP_NBEST_MAX: the best segmentations of each text, best
				 * first, each a line of its log-probability (in as many digits as
				 * make it exact), a tab and the tokens; an empty line follows
				 * each text, because there may be fewer segmentations.  Each text
				 * is held in memory (see bp_nbest()).  0: the best segmentation,
				 * without its log-probability */
	bool sample;		/* draw each segmentation at random (see bp_sample()), with the
				 * three members below.  A draw depends only on these, on the
				 * index of the file and on the index of the line in it; a line
				 * ends with a newline, with the NUL of BP_NULS, or with a special
				 * token if 'specials' is set */
	bp_sampler sampler;
	double alpha;		/* finite, at least 0 */
	uint64_t seed;
	const char *model_path;	/* model file to load for this call alone if the model is NULL */
} bp_encode_options;

/*
 * Encode texts to 'out'.  'options' may be NULL, which stands for all members zero.
 *
 * A last text without an end mark gives a line without a newline, so that decoding gives back the
 * input exactly; for BP_WHOLE, ids of two or four bytes do so too.
 *
 * 'm' may be NULL if options->model_path is set.  Then the model is loaded for this call alone, and
 * for a short input only the pieces that can occur in it are prepared for the search, which takes a
 * fraction of the time of bp_load().  In this case the automaton stored in a binary model, which
 * bp_load() verifies in full, is not used, and only its checksum is verified.
 *
 * BP_ERANGE if options exclude each other or have wrong values (see bp_encode_options_check()), or
 * if the ids of the model do not fit in the two bytes of BP_FORMAT_U16.
 */
bp_status bp_encode_files(const bp_model *m, const bp_input *in, const char *out,
			  const bp_encode_options *options, bp_error *err);

/*
 * BP_ERANGE, with a message that names the options, if options exclude each other or have wrong
 * values.  bp_encode_files() checks this first, before it reads a file.
 */
bp_status bp_encode_options_check(const bp_encode_options *options, bp_error *err);

/* Counts of an encoding; the end marks of texts are not counted. */
typedef struct {
	uint64_t bytes, characters;	/* of the normalised texts; each byte that is no UTF-8
					 * continuation byte counts as a character */
	uint64_t texts, tokens;
	uint64_t byte_tokens;		/* tokens of a single byte */
	uint32_t vocab_used;		/* number of different ids */
} bp_eval_report;

/* Encode texts with a loaded model and count the tokens, without an output. */
bp_status bp_eval_files(const bp_model *m, const bp_input *in, bp_eval_report *report,
			bp_error *err);

/*
 * Histograms of an encoding: texts[i] is the number of texts with at least i / BP_RATIO_STEPS and
 * less than (i + 1) / BP_RATIO_STEPS bytes per token; the last element has no upper limit.  Texts
 * without tokens are not counted.
 */
enum { BP_RATIO_STEPS = 4, BP_RATIOS = 16 * BP_RATIO_STEPS + 1 };
typedef struct {
	uint64_t *count;		/* number of tokens by id; the caller's array of
					 * bp_vocab_size() elements */
	uint64_t texts[BP_RATIOS];
} bp_eval_spread;

/* Like bp_eval_files(), with the histograms.  'spread' may be NULL. */
bp_status bp_eval_files_spread(const bp_model *m, const bp_input *in, bp_eval_report *report,
			       bp_eval_spread *spread, bp_error *err);

/*
 * A piece as BP_FORMAT_PIECES writes it: valid UTF-8 as it is, but blanks, control bytes,
 * backslashes and malformed bytes as \xNN.  Writes up to 'cap' bytes, NUL included, and returns
 * the length of the whole, which is at most four times that of the piece; 0 if there is no such
 * piece.
 */
size_t bp_piece_text(const bp_model *m, uint32_t id, char *text, size_t cap);

/*
 * The bytes that such a text, which ends in NUL, stands for; \t, \n and \\ are understood too.
 * Writes no more than strlen(text) of them, and their number to *len.  BP_ERANGE if a backslash is
 * followed by something else.
 */
bp_status bp_piece_bytes(const char *text, char *bytes, size_t *len);

/* Options of bp_decode_files().  All members may be zero. */
typedef struct {
	bp_format format;
	bool specials;		/* write the names of special tokens, instead of nothing for them */
} bp_decode_options;

/*
 * Decode ids to 'out'.  'options' may be NULL, which stands for all members zero.  in->records says
 * which end mark is written behind each text; ids of two or four bytes have no ends of texts, so
 * that nothing is written between them.  BP_ERANGE if the format is not decodable; BP_EFORMAT, with
 * the position in the file, if an input is damaged or has an id that is not in the vocabulary.
 */
bp_status bp_decode_files(const bp_model *m, const bp_input *in, const char *out,
			  const bp_decode_options *options, bp_error *err);

/* The forms of a model file.  Both hold the same, and are read wherever a model is. */
typedef enum {
	BP_MODEL_JSON = 0,	/* the Python package's, where it can say all of the model */
	BP_MODEL_BINARY		/* checked, and loaded many times faster */
} bp_model_form;

/* Write a model that was loaded to 'out'. */
bp_status bp_save(const bp_model *m, const char *out, bp_model_form form, bp_error *err);

/* Models for other libraries, with the same ids; what they cannot carry is noted. */
typedef enum {
	BP_EXPORT_SENTENCEPIECE = 0,	/* SentencePiece: its ".model", of type Unigram */
	BP_EXPORT_HUGGINGFACE,		/* Hugging Face tokenizers: "tokenizer.json" */
	BP_EXPORT_TSV			/* lines of id, piece (see bp_piece_text()), count and
					 * log-probability, tabs between */
} bp_export_form;

/*
 * Write a model in such a form.  'note', which may be NULL, is called with a line in English for
 * each way in which what the other library does may differ from what this one does.
 */
bp_status bp_export(const bp_model *m, const char *out, bp_export_form form,
		    void (*note)(void *ctx, const char *line), void *note_ctx, bp_error *err);

/* What a piece may be that holds a space after another character. */
typedef enum {
	BP_SPACES_ANY = 0,	/* anything */
	BP_SPACES_WORDS,	/* whole words: no part of one beside it */
	BP_SPACES_NO		/* no such piece */
} bp_across_spaces;

/* Bytes, which may be any. */
typedef struct {
	const char *bytes;
	size_t len;
} bp_bytes;

/* Start from bp_train_defaults(). */
typedef struct {
	const uint32_t *vocab_size;	/* n_sizes of them, BP_VOCAB_MIN to _MAX */
	size_t n_sizes;
	unsigned order;			/* of the n-gram model, 1 to BP_ORDER_MAX */
	uint64_t min_count;		/* of n-grams and pieces, at least 1 */
	uint32_t max_piece_length;	/* in bytes, 1 to BP_PIECE_MAX */
	bool isolate_digits;		/* a decimal digit is always a piece by itself */
	bool ensure_unicode;		/* pieces do not begin inside a character */
	bp_across_spaces across_spaces;
	uint64_t sample_size;		/* bytes of the sample that the vocabulary is fitted to */
	bp_normalize normalize;
	bool reference;			/* the published algorithm to the letter */
	const bp_bytes *piece;		/* n_pieces of them, which the vocabulary has to hold */
	size_t n_pieces;
	const bp_bytes *special;	/* names of n_specials control tokens beyond the first
					 * three */
	size_t n_specials;
	const bp_model *extend;		/* a model all whose ids are kept, with its 'normalize';
					 * or NULL */
	bp_model_form form;		/* of the models that are written */
	bool measure;			/* count the tokens that each model gives */
	uint64_t memory;		/* ceiling for the process, in bytes; 0: none */
	const char *tmpdir;		/* for temporary files; NULL: $TMPDIR, else /tmp; with
					 * 'resume' they lie in that folder */
	const char *resume;		/* folder for finished work, to go on from; NULL: none */
	bool restart;			/* drop what is in that folder and start anew */
	void (*note)(void *ctx, const char *line);	/* what is being done; may be NULL */
	void *note_ctx;
} bp_train_options;

enum { BP_VOCAB_MIN = 259, BP_VOCAB_MAX = 1 << 23, BP_ORDER_MAX = 7, BP_PIECE_MAX = 65535 };

typedef struct {
	uint64_t bytes, segments;	/* of the normalised input */
	uint64_t measured;		/* bytes that tokens were counted on: all, or the sample */
	struct bp_trained {
		uint32_t vocab_size;	/* reached, at most the one asked for */
		uint64_t tokens;	/* on those bytes; 0 unless measured */
	} *model;			/* caller's room for n_sizes, in the order of the sizes */
} bp_train_report;

bp_train_options bp_train_defaults(void);

/*
 * Train a model on the input and write it to 'out', or for several sizes each to OUT.SIZE.  The
 * input is read more than once; what cannot be (a pipe) is kept in a temporary file meanwhile.
 *
 * The pieces that are asked for are normalised as texts are.  They are in every model, whatever its
 * size, with at least a count of 1, and so are the special tokens, with ids after all pieces.  Of a
 * model that is extended all ids stay as they are; new pieces have those that follow, by length and
 * bytes, and new special tokens the last ones.  BP_ERANGE if a size has no room for all that, if no
 * text can ever give a piece (an empty one, one that goes on after a newline), if a name is none,
 * or if 'normalize' is not that of the extended model.
 */
bp_status bp_train_files(const bp_input *in, const char *out, const bp_train_options *o,
			 bp_train_report *report, bp_error *err);

/*
 * Training in parts.  Each step counts something in all of the text, in any number of parts:
 * bp_count_files() writes the counts of one part, bp_merge_files() adds up those of several, and
 * bp_build_files() makes of all of them either a plan, which says what the next step counts, or in
 * the end the model.  Files counted apart or together, in any order, give the model that
 * bp_train_files() gives on all of them.
 *
 * 'plan' is the file that the step before wrote; NULL in the first step.  Counts of other settings
 * or of another step are refused.
 */
typedef enum {
	BP_ROWS_BINARY = 0,	/* small and checked */
	BP_ROWS_TEXT		/* lines of hexadecimal key, tab, count, sorted by bytes */
} bp_rows;

/* Of the options what concerns counting is used, in the first step only; later it is the plan's. */
bp_status bp_count_files(const bp_input *in, const char *out, bp_rows format, const char *plan,
			 const bp_train_options *o, bp_error *err);
bp_status bp_merge_files(const bp_input *in, const char *out, bp_rows format, bp_error *err);
/*
 * Sizes, memory, folder and notes are taken from the options, all else from the counts or the plan.
 * *next tells whether the plan 'next_plan' was written, and not the model.
 */
bp_status bp_build_files(const bp_input *in, const char *out, const char *next_plan,
			 const char *plan, const bp_train_options *o, bool *next,
			 bp_train_report *report, bp_error *err);

/* What becomes of the count of a piece that a list has too. */
typedef enum {
	BP_COUNTS_KEEP = 0,	/* nothing */
	BP_COUNTS_ADD,		/* the list's is added */
	BP_COUNTS_REPLACE	/* it becomes the list's */
} bp_counts;

typedef struct {
	const bp_bytes *piece;		/* n_pieces of them, which are to be there */
	size_t n_pieces;
	const bp_bytes *special;	/* names of n_specials special tokens that are to be
					 * there */
	size_t n_specials;
	bp_counts counts;		/* of pieces that are there already */
	bool prune;			/* without a model: what others make up goes; see below */
	uint32_t vocab_size;		/* at most so many ids; 0: as many as there are */
	bp_normalize normalize;		/* of a new model */
	bp_model_form form;
} bp_edit_options;

typedef struct {
	uint32_t vocab_size;
	uint32_t pieces, specials;	/* that are new */
	uint32_t there;			/* pieces and special tokens that were there already */
	uint32_t cut;			/* pieces that were left out */
} bp_edit_report;

/*
 * Write a model with more pieces or special tokens, with fewer pieces, or a new one: m is NULL,
 * and it has the 256 bytes, each of count 1, and what is asked for.  What was in m keeps its id;
 * behind it come new pieces by length and bytes, then new special tokens as they are given.
 *
 * Lists are files of lines "word<TAB>count"; of 'lists' only the paths are used, of which there
 * may be none.  A word is bytes, with \xNN, \t, \n and \\ for those that a line cannot hold.
 * Words are normalised as the model's texts are.  If one stands several times, its counts add up.
 * They are on the scale of the model's own, of which bp_piece_count() tells.
 *
 * A piece of the options that is new gets a count by which it is preferred to what its bytes would
 * be cut into without it: of the counts' sum as much as the product of these pieces' shares, and
 * one.
 *
 * 'vocab_size' leaves out pieces of the least counts, of equal ones the shorter, never single
 * bytes or what the options name.  A count goes to each of the pieces into which the others cut
 * what is left out; the ids behind it move up.  'prune' leaves out each piece of lists that the
 * others make up with a higher probability, in rounds until there is none: a model as the Python
 * package's convert_to_bytepiece() makes it.
 *
 * BP_EFORMAT if a list is faulty; BP_ERANGE if what is asked for cannot be a piece or a name, or
 * there is no room for it.
 */
bp_status bp_edit_files(const bp_model *m, const bp_input *lists, const char *out,
			const bp_edit_options *o, bp_edit_report *report, bp_error *err);

/*
 * For programs: from now on SIGINT, SIGTERM and SIGHUP make the calls above clean up and return
 * BP_EINTR.  bp_caught_signal() is the signal that came, or 0; bp_raise() ends the process by it.
 */
void bp_catch_signals(void);
int bp_caught_signal(void);
void bp_raise(int sig);

/* What a program's messages need of the host. */
bool bp_stderr_is_terminal(void);
bool bp_stdout_is_terminal(void);
uint64_t bp_peak_memory(void);		/* of this process, in bytes; 0 if unknown */

#ifdef __GNUC__
#pragma GCC visibility pop
#endif
#ifdef __cplusplus
}
#endif
#endif
