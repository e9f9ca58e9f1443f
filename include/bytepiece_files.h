/*
 * bytepiece_files.h - calls on whole files, on several threads: train, encode, decode, convert.
 *
 * The commands of the program bytepiece are made of the calls below.  A call prints nothing except
 * the result; it reports progress through a callback.  The result never depends on the number of
 * threads.
 *
 * Paths: an input path of "-" is standard input; an output path of NULL or "-" is standard output.
 * An output file appears whole or not at all: it replaces an existing file after the last byte is
 * written.
 *
 * Threads: a call may be made from any thread, and several calls at once if their outputs differ.
 * A call ends early with BP_EINTR only if the program has called bp_catch_signals().
 */
#ifndef BYTEPIECE_FILES_H
#define BYTEPIECE_FILES_H

#include <stdbool.h>

#include "bytepiece.h"

#ifdef __cplusplus
extern "C" {
#endif
#ifdef __GNUC__		/* and clang: exported from the shared library */
#pragma GCC visibility push(default)
#endif

/* The units of input that are encoded as one text each. */
typedef enum {
	BP_LINES = 0,	/* a line, without its newline */
	BP_NULS,	/* the bytes before a NUL byte */
	BP_WHOLE	/* a file */
} bp_records;

/*
 * A report of progress. The callback receives reports from time to time, on the caller's thread.
 * 'phase' and 'unit' are short constant strings; 'total' is 0 if it is not known.
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
 * options, on the index of the file and of the line in it alone; a line ends in a newline, in the
 * NUL of BP_NULS, or in a special token where these are recognised.  An alpha that is not a finite
 * number from 0 on gives BP_ERANGE.
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
 * Decode ids to 'out': decimal or raw ones; of other formats it gives BP_ERANGE.  in->records says
 * how texts end there; ids of two or four bytes hold no borders between texts, so nothing is put
 * there.
 */
bp_status bp_decode_files(const bp_model *m, const bp_input *in, const char *out,
			  bp_format format, bp_error *err);

/* The two forms of a model file.  Both hold all of a model, and every call that reads a model
 * reads both. */
typedef enum {
	BP_MODEL_JSON = 0,	/* the Python package's layout, if it can hold all of the model */
	BP_MODEL_BINARY		/* with a checksum, and loaded many times faster */
} bp_model_form;

/* A format of files that the program writes models in. */
typedef struct {
	const char *name;		/* as "bytepiece convert -f" takes it */
	const char *use;		/* contents and use of the file, a noun phrase in English */
} bp_form_info;
/* The description of a bp_model_form; NULL for a number that is none, so that a loop from 0 lists
 * all. */
const bp_form_info *bp_model_form_info(size_t form);

/* Write a model that was loaded to 'out'. */
bp_status bp_save(const bp_model *m, const char *out, bp_model_form form, bp_error *err);

/* Files for other libraries and programs.  They keep all ids. */
typedef enum {
	BP_EXPORT_SENTENCEPIECE = 0,	/* SentencePiece: a ".model" of type Unigram */
	BP_EXPORT_HUGGINGFACE,		/* Hugging Face tokenizers: "tokenizer.json" */
	BP_EXPORT_TSV			/* lines of id, piece (as of bp_piece_text()), count and
					 * log-probability, with tabs between them */
} bp_export_form;

/* The description of a bp_export_form; NULL for a number that is none. */
const bp_form_info *bp_export_form_info(size_t form);

/*
 * Write an export of a model to 'out'.  After that 'note', which may be NULL, is called with a
 * line in English for each way in which the other library may differ from this one.  BP_ERANGE if
 * 'form' is no export.
 */
bp_status bp_export(const bp_model *m, const char *out, bp_export_form form,
		    void (*note)(void *ctx, const char *line), void *note_ctx, bp_error *err);

/* The rule for pieces with a space after another character. */
typedef enum {
	BP_SPACES_ANY = 0,	/* all are allowed */
	BP_SPACES_WORDS,	/* allowed if they consist of whole words */
	BP_SPACES_NO		/* none is allowed */
} bp_across_spaces;

/* A byte string; it may hold any bytes. */
typedef struct {
	const char *bytes;
	size_t len;
} bp_bytes;

/*
 * Options of training; begin with bp_train_defaults() and change fields.  Pointers are borrowed
 * until the call returns.
 */
typedef struct {
	const uint32_t *vocab_size;	/* n_sizes distinct sizes in ids, BP_VOCAB_MIN to _MAX */
	size_t n_sizes;
	unsigned order;			/* of the n-gram model, 1 to BP_ORDER_MAX */
	uint64_t min_count;		/* of n-grams and pieces, at least 1 */
	uint32_t max_piece_length;	/* in bytes, 1 to BP_PIECE_MAX */
	bool isolate_digits;		/* a decimal digit is always a piece by itself */
	bool ensure_unicode;		/* no piece begins inside a character */
	bp_across_spaces across_spaces;
	uint64_t sample_size;		/* bytes of the sample that the vocabulary is fitted to */
	bp_normalize normalize;
	bool reference;			/* train exactly as the published algorithm does */
	const bp_bytes *piece;		/* n_pieces byte strings that must be pieces */
	size_t n_pieces;
	const bp_bytes *special;	/* names of n_specials further special tokens */
	size_t n_specials;
	const bp_model *extend;		/* a model to extend; its ids stay, its normalisation
					 * must be 'normalize'.  NULL: none */
	bp_model_form form;		/* of the model files */
	bool measure;			/* count the tokens that each model gives */
	uint64_t memory;		/* ceiling of the process's memory in bytes; 0: none */
	const char *tmpdir;		/* folder of temporary files; NULL: $TMPDIR, else /tmp; with
					 * 'resume' they are in that folder */
	const char *resume;		/* folder of saved work, to continue a run that was ended
					 * early; NULL: none */
	bool restart;			/* delete the saved work in that folder and begin anew */
	void (*note)(void *ctx, const char *line);	/* receives the steps of the work as lines
							 * in English; may be NULL */
	void *note_ctx;
} bp_train_options;

enum { BP_VOCAB_MIN = 259, BP_VOCAB_MAX = 1 << 23, BP_ORDER_MAX = 7, BP_PIECE_MAX = 65535 };

typedef struct {
	uint64_t bytes, segments;	/* of the normalised input */
	uint64_t measured;		/* bytes that tokens were counted on: all, or the sample */
	struct bp_trained {
		uint32_t vocab_size;	/* of the model, at most the requested size */
		uint64_t tokens;	/* on the measured bytes; 0 unless measured */
	} *model;			/* the caller's array, in the order of the sizes */
} bp_train_report;

bp_train_options bp_train_defaults(void);

/*
 * Train a model on the input and write it to 'out', or for several sizes write each to OUT.SIZE.
 * Training reads the input more than once, and copies an input that can be read only once (a pipe)
 * to a temporary file.
 *
 * Required pieces are normalised as texts are.  Every model has all of them, whatever its size,
 * with a count of at least 1, and all special tokens, with ids after the pieces.  A model that is
 * extended keeps all its ids; new pieces have the ids after them, by length and bytes, and new
 * special tokens the last ids.
 *
 * BP_ERANGE if an option is outside its range; if a size has no room for the required pieces; if
 * no text can give a required piece (an empty one, or one with bytes after a newline); if a name
 * is not allowed; or if 'normalize' differs from that of the extended model.
 */
bp_status bp_train_files(const bp_input *in, const char *out, const bp_train_options *o,
			 bp_train_report *report, bp_error *err);

/*
 * Training in parts.  Each step of training counts strings in all of the text, and the text may be
 * divided into any number of parts: bp_count_files() writes the counts of one part,
 * bp_merge_files() adds the counts of several parts, and bp_build_files() makes from the counts of
 * all parts either a plan, which names the strings that the next step counts, or after the last
 * step the model. Files that are counted together or apart, in any order, give the model that
 * bp_train_files() gives on all of them.
 *
 * 'plan' is the plan that bp_build_files() wrote after the step before; NULL in the first step.
 * BP_EFORMAT if counts belong to other settings or to another step.
 */
typedef enum {
	BP_ROWS_BINARY = 0,	/* small, with a checksum */
	BP_ROWS_TEXT		/* lines of hexadecimal key, tab, and count, sorted by bytes */
} bp_rows;

/* The options that concern counting are used in the first step; later steps take them from the
 * plan. */
bp_status bp_count_files(const bp_input *in, const char *out, bp_rows format, const char *plan,
			 const bp_train_options *o, bp_error *err);
bp_status bp_merge_files(const bp_input *in, const char *out, bp_rows format, bp_error *err);
/*
 * Sizes, memory, folder and notes are taken from the options; all else is taken from the counts or
 * the plan.  Sets *next to true if the plan 'next_plan' was written, to false if the model was.
 */
bp_status bp_build_files(const bp_input *in, const char *out, const char *next_plan,
			 const char *plan, const bp_train_options *o, bool *next,
			 bp_train_report *report, bp_error *err);

/* The count of a piece that is both in the model and in a list. */
typedef enum {
	BP_COUNTS_KEEP = 0,	/* the count in the model */
	BP_COUNTS_ADD,		/* the sum of both */
	BP_COUNTS_REPLACE	/* the count in the list */
} bp_counts;

typedef struct {
	const bp_bytes *piece;		/* n_pieces byte strings that must be pieces */
	size_t n_pieces;
	const bp_bytes *special;	/* names of n_specials special tokens that must be there */
	size_t n_specials;
	bp_counts counts;		/* of pieces that are in the model already */
	bool prune;			/* for a new model: leave out pieces of the lists that other
					 * pieces make up; see below */
	uint32_t vocab_size;		/* greatest number of ids; 0: no limit */
	bp_normalize normalize;		/* of a new model */
	bp_model_form form;
} bp_edit_options;

typedef struct {
	uint32_t vocab_size;		/* of the result */
	uint32_t pieces, specials;	/* new ones */
	uint32_t there;			/* pieces and special tokens that were there already */
	uint32_t cut;			/* pieces that were left out */
} bp_edit_report;

/*
 * Edit a vocabulary: write a model with more pieces or special tokens, or with fewer pieces; or,
 * with m NULL, a new model: it has the 256 single bytes with count 1 each, and the pieces of the
 * options and lists.  Entries of m keep their ids.  After them come new pieces, by length and
 * bytes, and then new special tokens, in the order of the options.
 *
 * Lists are files of lines "word<TAB>count"; of 'lists' only the paths are used, and n_paths may
 * be 0.  A word is a byte string; \xNN, \t, \n and \\ stand for bytes that a line cannot hold.
 * Words are normalised as the model's texts are.  The counts of a word that occurs several times
 * are added.  They must be on the scale of the model's own counts (bp_piece_count()).
 *
 * A new piece of the options gets a count with which encoding prefers the piece to the pieces that
 * its bytes are divided into without it: the counts' sum times the product of the probabilities of
 * the latter, plus one.
 *
 * 'vocab_size' leaves out the pieces with the smallest counts, of equal counts the shorter ones,
 * but never single bytes or pieces of the options.  The count of a piece that is left out is added
 * to each of the pieces that its bytes are divided into.  Ids after it move up.  'prune' leaves
 * out each piece of the lists if other pieces make up its bytes with a higher probability, in
 * rounds until nothing more is left out; the result equals that of convert_to_bytepiece() of the
 * Python package.
 *
 * BP_EFORMAT if a list is faulty; BP_ERANGE if a piece or a name of the options is not allowed, or
 * if 'vocab_size' has no room for the required entries.
 */
bp_status bp_edit_files(const bp_model *m, const bp_input *lists, const char *out,
			const bp_edit_options *o, bp_edit_report *report, bp_error *err);

/*
 * Signals, for programs.  After bp_catch_signals(), SIGINT, SIGTERM and SIGHUP do not end the
 * process; they make the calls above clean up and return BP_EINTR.  (A signal that is ignored
 * stays ignored.) bp_caught_signal() returns the signal that came last, or 0.  bp_raise() ends the
 * process as that signal would have.
 */
void bp_catch_signals(void);
int bp_caught_signal(void);
void bp_raise(int sig);

/* Properties of the process, for messages: whether an output stream is a terminal, and the largest
 * size of its memory so far in bytes, 0 if unknown. */
bool bp_stderr_is_terminal(void);
bool bp_stdout_is_terminal(void);
uint64_t bp_peak_memory(void);

#ifdef __GNUC__
#pragma GCC visibility pop
#endif
#ifdef __cplusplus
}
#endif
#endif
