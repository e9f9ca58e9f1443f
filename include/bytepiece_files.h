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

/* What one text is. */
typedef enum {
	BP_LINES = 0,	/* a line, without its newline */
	BP_NULS,	/* what stands before a NUL byte */
	BP_WHOLE	/* a file */
} bp_records;

/*
 * Called now and then on the caller's thread.  'phase' and 'unit' are short constant strings;
 * 'total' is 0 where it is not known.
 */
typedef struct {
	const char *phase, *unit;
	uint64_t done, total;
} bp_progress;
typedef void bp_progress_fn(void *ctx, const bp_progress *p);

/* Input files, for all calls; zero but for the paths is a sensible start. */
typedef struct {
	const char *const *path;	/* n_paths of them */
	size_t n_paths;
	bp_records records;
	unsigned threads;		/* 0: as many as there are processors */
	bool flush;			/* write what a text gives before the next one is read, so that
					 * a program can wait for it; on one thread, no progress */
	bool bos, eos;			/* encode: BP_ID_BOS before each text, BP_ID_EOS after it, however
					 * the text is read and the ids are written; in "offsets" of
					 * BP_FORMAT_JSON they are empty, at its ends */
	bool specials;			/* encode: names of special tokens in a text give their ids (see
					 * bp_encode_specials()); not with n best or open texts, which
					 * give BP_ERANGE.  decode: ids of special tokens give their
					 * names, not nothing */
	bp_progress_fn *progress;	/* may be NULL */
	void *progress_ctx;
} bp_input;

typedef enum {
	BP_FORMAT_IDS = 0,	/* decimal, one space apart, a line per text */
	BP_FORMAT_PIECES,	/* the pieces, one space apart; bytes that would confuse as \xNN */
	BP_FORMAT_U16,		/* ids of two bytes, lowest first, with no borders between texts */
	BP_FORMAT_U32,		/* the same, of four bytes */
	BP_FORMAT_JSON		/* for each text an object on a line: "ids", "pieces" (as in
				 * BP_FORMAT_PIECES), "offsets" (where each piece begins and ends in the
				 * text as it was given, in bytes); a text has to fit in memory */
} bp_format;

/*
 * Encode texts to 'out'.  A last text without its end mark gives a line without a newline, so
 * that decoding gives back the input exactly; so do ids of two or four bytes for BP_WHOLE.  A model
 * whose ids do not fit in two bytes gives BP_ERANGE for BP_FORMAT_U16.
 */
bp_status bp_encode_files(const bp_model *m, const bp_input *in, const char *out,
			  bp_format format, bp_error *err);

/*
 * The same with a model file that is loaded for this call alone.  Where there is little text, only
 * what it can hold of the vocabulary is made ready to search with, so that the answer is there in a
 * fraction of the time that bp_load() takes.  The automaton in a model of binary form, which
 * bp_load() checks in full, is then not used, and not checked but by the checksum.
 */
bp_status bp_encode_files_with(const char *model, const bp_input *in, const char *out,
			       bp_format format, bp_error *err);

/*
 * As bp_encode_files(), with segmentations drawn at random.  What is drawn depends, beside the
 * options, on the index of the file and of the line in it alone; a line ends in a newline, in the NUL
 * of BP_NULS, or in a special token where these are recognised.  An alpha that is not a finite number
 * from 0 on gives BP_ERANGE.
 */
typedef struct {
	double alpha;
	bp_sampler sampler;
	uint64_t seed;
} bp_sampling;
bp_status bp_sample_files(const bp_model *m, const bp_input *in, const char *out,
			  bp_format format, const bp_sampling *how, bp_error *err);

/*
 * The n best segmentations of each text, best first: for each a line of its log-probability, in as
 * many digits as make it exact, a tab, and the tokens; and after them an empty line, for there may
 * be fewer than n.  A text has to fit in memory (see bp_nbest()).  BP_ERANGE unless n is 1 to
 * BP_NBEST_MAX and the format is one of text.
 */
bp_status bp_nbest_files(const bp_model *m, const bp_input *in, const char *out, bp_format format,
			 size_t n, bp_error *err);

/*
 * Texts that will be continued: for each a line of the tokens that every continuation keeps, a tab,
 * and the bytes left, as BP_FORMAT_PIECES writes bytes (see bp_encode_open()).  A text has to fit
 * in memory.  BP_ERANGE unless the format is one of text, and if in->eos is set.
 */
bp_status bp_encode_open_files(const bp_model *m, const bp_input *in, const char *out,
			       bp_format format, bp_error *err);

/* What a model makes of texts; end marks of texts count nowhere. */
typedef struct {
	uint64_t bytes, characters;	/* of the normalised texts; malformed bytes are characters */
	uint64_t texts, tokens;
	uint64_t byte_tokens;		/* tokens of a single byte */
	uint32_t vocab_used;		/* different ids */
} bp_eval_report;
bp_status bp_eval_files(const bp_model *m, const bp_input *in, bp_eval_report *report,
			bp_error *err);

/* The same, and how it is spread: over the ids, and over the texts. */
enum { BP_RATIO_STEPS = 4, BP_RATIOS = 16 * BP_RATIO_STEPS + 1 };
typedef struct {
	uint64_t *count;		/* by id, how often; the caller's room for bp_vocab_size() */
	uint64_t texts[BP_RATIOS];	/* texts of i / BP_RATIO_STEPS bytes per token or more, but less
					 * than the next; the last one has no end.  Texts without
					 * tokens are in none. */
} bp_eval_spread;
bp_status bp_eval_files_spread(const bp_model *m, const bp_input *in, bp_eval_report *report,
			       bp_eval_spread *spread, bp_error *err);

/*
 * Decode ids to 'out': decimal or raw ones; of other formats it gives BP_ERANGE.  in->records says how
 * texts end there; ids of two or four bytes hold no borders between texts, so nothing is put there.
 */
bp_status bp_decode_files(const bp_model *m, const bp_input *in, const char *out,
			  bp_format format, bp_error *err);

/* The forms of a model file.  Both hold the same, and are read wherever a model is. */
typedef enum {
	BP_MODEL_JSON = 0,	/* the Python package's, where it can say all of the model */
	BP_MODEL_BINARY		/* checked, and loaded many times faster */
} bp_model_form;

/* A format of files that the program writes models in. */
typedef struct {
	const char *name;		/* as "bytepiece convert -f" takes it */
	const char *use;		/* contents and use of the file, as a noun phrase in English */
} bp_form_info;
/* The description of a bp_model_form; NULL for a number that is none, so that a loop from 0 lists
 * all. */
const bp_form_info *bp_model_form_info(size_t form);

/* Write a model that was loaded to 'out'. */
bp_status bp_save(const bp_model *m, const char *out, bp_model_form form, bp_error *err);

/* Models for other libraries, with the same ids; what they cannot carry is noted. */
typedef enum {
	BP_EXPORT_SENTENCEPIECE = 0,	/* SentencePiece: its ".model", of type Unigram */
	BP_EXPORT_HUGGINGFACE,		/* Hugging Face tokenizers: "tokenizer.json" */
	BP_EXPORT_TSV			/* lines of id, piece (see bp_piece_text()), count and
					 * log-probability, tabs between */
} bp_export_form;

/* The description of a bp_export_form; NULL for a number that is none. */
const bp_form_info *bp_export_form_info(size_t form);

/*
 * Write an export of a model to 'out'.  After that 'note', which may be NULL, is called with a line
 * in English for each way in which the other library may differ from this one.  BP_ERANGE if there
 * is no such form.
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
	const bp_bytes *special;	/* names of n_specials control tokens beyond the first three */
	size_t n_specials;
	const bp_model *extend;		/* a model all whose ids are kept, with its 'normalize'; or NULL */
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
	const bp_bytes *special;	/* names of n_specials special tokens that are to be there */
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
 * Write a model with more pieces or special tokens, with fewer pieces, or a new one: m is NULL, and it
 * has the 256 bytes, each of count 1, and what is asked for.  What was in m keeps its id; behind it
 * come new pieces by length and bytes, then new special tokens as they are given.
 *
 * Lists are files of lines "word<TAB>count"; of 'lists' only the paths are used, of which there may
 * be none.  A word is bytes, with \xNN, \t, \n and \\ for those that a line cannot hold.  Words are
 * normalised as the model's texts are.  If one stands several times, its counts add up.  They are on the
 * scale of the model's own, of which bp_piece_count() tells.
 *
 * A piece of the options that is new gets a count by which it is preferred to what its bytes would be
 * cut into without it: of the counts' sum as much as the product of these pieces' shares, and one.
 *
 * 'vocab_size' leaves out pieces of the least counts, of equal ones the shorter, never single bytes
 * or what the options name.  A count goes to each of the pieces into which the others cut what is left out;
 * the ids behind it move up.  'prune' leaves out each piece of lists that the others make up with
 * a higher probability, in rounds until there is none: a model as the Python package's
 * convert_to_bytepiece() makes it.
 *
 * BP_EFORMAT if a list is faulty; BP_ERANGE if what is asked for cannot be a piece or a name, or there
 * is no room for it.
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
