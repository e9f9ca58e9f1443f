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
#include <stdio.h>

#include "bytepiece.h"

#ifdef __cplusplus
extern "C" {
#endif
#ifdef __GNUC__		/* and clang: exported from the shared library */
#pragma GCC visibility push(default)
#endif

/* Record mode: how an input is divided into texts. */
typedef enum {
	BP_LINES = 0,	/* each line is a text; its end mark is the newline */
	BP_NULS,	/* each record that a NUL byte ends; its end mark is the NUL */
	BP_WHOLE,	/* each file is a text, without an end mark */
	BP_JSONL	/* JSON lines: each line is an object, and the text is one of its strings;
			 * for inputs of texts only, not for decoding */
} bp_records;

/*
 * Lines of BP_JSONL that gave no text and were skipped.  All zero before a call.  A line that a
 * call reads several times, as training does, counts once.
 */
typedef struct {
	uint64_t lines;
	bp_error first;			/* the message about the first of them */
	size_t last_file;		/* the last of them: the index of its file and its number */
	uint64_t last_line;		/* there */
} bp_skipped_lines;

/* How BP_JSONL reads.  All members may be zero. */
typedef struct {
	const char *field;		/* name of the member with the text, at the top level of
					 * the object; NULL: "text".  Of several, the last
					 * counts */
	bool skip_bad;			/* skip lines without a text (no object, or damaged; no
					 * string of that name; half of a surrogate pair in it)
					 * instead of failing with BP_EFORMAT.  Blank lines are
					 * skipped always */
	bp_skipped_lines *skipped;	/* may be NULL */
} bp_json_lines;

/*
 * A report of progress.  The callback receives reports from time to time, on the caller's thread.
 * 'phase' and 'unit' are short constant strings; 'total' is 0 if it is not known.
 */
typedef struct {
	const char *phase, *unit;
	uint64_t done, total;
	unsigned step, n_steps;		/* training: the step, from 1 on; 0: a call of one step */
	double share;			/* training: of the whole call, estimated; 0: not known */
} bp_progress;
typedef void bp_progress_fn(void *ctx, const bp_progress *p);

/* Copies of inputs that can be read only once; see bp_input_copy(). */
typedef struct bp_input_copies bp_input_copies;

/* Input files of a call.  All members but the paths may be zero. */
typedef struct {
	const char *const *path;	/* n_paths of them */
	size_t n_paths;
	bp_records records;
	unsigned threads;		/* 0: one for each processor */
	bp_json_lines json;		/* for BP_JSONL */
	bool flush;			/* write the result of each text before the next text is
					 * read, for a program that waits for it; uses one thread
					 * and reports no progress */
	bp_progress_fn *progress;	/* may be NULL */
	void *progress_ctx;
	void (*note)(void *ctx, const char *line);	/* receives a line in English for each file
							 * that is no text in UTF-8 by its first
							 * bytes (gzip, UTF-16 ...), and is read as
							 * text nevertheless; may be NULL */
	void *note_ctx;
	const bp_input_copies *copies;	/* bp_encode_files() and bp_eval_files() read them in place
					 * of their inputs; may be NULL */
} bp_input;

/*
 * For programs that read inputs several times: copy those of 'in' that can be read only once,
 * standard input, pipes and devices, to nameless temporary files in $TMPDIR or /tmp.  The pointers
 * in->path[] stand for them and are borrowed until bp_input_copies_free().  NULL on failure.
 */
bp_input_copies *bp_input_copy(const bp_input *in, bp_error *err);
void bp_input_copies_free(bp_input_copies *c);

/* For programs that read texts themselves: call in->note, if it is not NULL, as the calls below do
 * for a file that is no text by its first bytes, the n bytes at 'start'; 'i' is its index in
 * in->path. */
void bp_note_kind(const bp_input *in, size_t i, const void *start, size_t n);

/* Format of encoded texts. */
typedef enum {
	BP_FORMAT_IDS = 0,	/* decimal ids with a space between them, a line for each text */
	BP_FORMAT_PIECES,	/* pieces, as bp_piece_text() writes them, with a space between
				 * them, a line for each text */
	BP_FORMAT_U16,		/* ids of two bytes, lowest byte first; nothing marks the end of a
				 * text */
	BP_FORMAT_U32,		/* ids of four bytes, otherwise like BP_FORMAT_U16 */
	BP_FORMAT_JSON,		/* a JSON object on a line for each text: "ids", "pieces" (as
				 * bp_piece_text() writes them) and "offsets" (first and last
				 * offset of each piece in the text as it was given, in bytes);
				 * each text is held in memory */
	BP_FORMAT_NPY		/* an array of NumPy (".npy") of all ids, of two bytes if the ids
				 * of the model fit, else of four; the output has to be a file,
				 * or standard output that is an empty file */
} bp_format;

/*
 * Name of a format ("ids", "pieces" ...), and a description that completes "The output is ...".
 * Formats are numbered from 0 without gaps; NULL for numbers above the last one.
 */
const char *bp_format_name(bp_format format);
const char *bp_format_help(bp_format format);
/* True if bp_decode_files() reads the format. */
bool bp_format_is_decodable(bp_format format);
/* True if the format is bytes that a terminal cannot show. */
bool bp_format_is_binary(bp_format format);

/* Facts about an encoding. */
typedef struct {
	uint64_t bytes;		/* read */
	uint64_t texts, tokens;	/* tokens of all segmentations, with special tokens */
	uint64_t end_marks;	/* of texts; the last text of a file may have none */
} bp_encode_report;

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
	const char *index;	/* for BP_FORMAT_U16, _U32 and _NPY: a file to write the offsets of
				 * the texts to, in ids: for n texts n + 1 numbers of eight bytes,
				 * lowest byte first, of which the last one is the number of all
				 * ids.  BP_ID_BOS and BP_ID_EOS belong to their text.  Both files
				 * appear, the index last, or none.  NULL: no index */
	const char *model_path;	/* model file to load for this call alone if the model is NULL */
	bp_encode_report *report;	/* filled in if the call succeeds; NULL: no report */
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
 * BP_ERANGE if options exclude each other or have wrong values, with a message that names them as
 * options of the program.  bp_encode_files() checks this first, before it reads a file.
 */
bp_status bp_encode_options_check(const bp_encode_options *options, bp_error *err);

/* Counts of an encoding; the end marks of texts are not counted. */
typedef struct {
	uint64_t bytes, characters;	/* of the normalised texts; each byte that is no UTF-8
					 * continuation byte counts as a character */
	uint64_t texts, tokens;
	uint64_t byte_tokens;		/* tokens of a single byte */
	uint32_t vocab_used;		/* number of different ids */
	uint64_t words;			/* longest runs of bytes that are no white space of ASCII:
					 * blank, \t, \n, \v, \f, \r.  Normalisation does not
					 * change their number, so all models find the same */
	uint64_t specials;		/* special tokens; no other figure counts them or their
					 * names */
} bp_eval_report;

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
	/*
	 * Parts of the text that have the id: bit i stands for part i.  'parts' is NULL, or the
	 * caller's array of bp_vocab_size() elements.  The parts are 1 to BP_EVAL_PARTS runs of
	 * 2^k blocks each (the last one of the rest), and a block is up to 8 KB of one file.
	 * These two are added to: zero before the first call, and a further call with equal model
	 * counts its texts as if they followed.
	 */
	uint64_t *parts, blocks;
} bp_eval_spread;
enum { BP_EVAL_PARTS = 64 };

/* Number of parts that a text of this number of blocks has; number of them that have the id. */
unsigned bp_eval_parts(uint64_t blocks);
unsigned bp_eval_parts_of(const bp_eval_spread *spread, uint32_t id);

/*
 * Encode texts with a loaded model and count the tokens, without an output.  'specials' as in
 * bp_encode_options; 'spread' may be NULL.
 */
bp_status bp_eval_files(const bp_model *m, const bp_input *in, bool specials,
			bp_eval_report *report, bp_eval_spread *spread, bp_error *err);

/* Traits of a piece that tell of the quality of a vocabulary. */
typedef enum {
	BP_TRAIT_HARDLY_USED,	/* expected, but used less than a tenth as often */
	BP_TRAIT_SINGLE_SOURCE,	/* at least BP_TRAIT_USES uses, in at most two of at least
				 * BP_SOURCE_PARTS parts of the text */
	BP_TRAIT_OVER_WORD_END,	/* begins inside a word and runs over a space behind it: its first
				 * character is a letter, mark or number, or the rest of a
				 * character, and a space follows */
	BP_TRAIT_LONG_RUN,	/* a run of at least BP_LONG_RUN equal bytes */
	BP_TRAIT_EXPECTED,	/* by the model's counts, at least BP_TRAIT_USES uses in a text of
				 * this number of tokens */
	BP_N_TRAITS
} bp_trait;
enum { BP_LONG_RUN = 8, BP_TRAIT_USES = 10, BP_SOURCE_PARTS = 8 };

/*
 * The traits of an id as bits 1 << bp_trait; 0 of a special token.  'tokens' and 'spread' are those
 * of bp_eval_files(); without a text 'spread' is NULL, and traits that need uses are not set.
 */
unsigned bp_piece_traits(const bp_model *m, uint32_t id, uint64_t tokens,
			 const bp_eval_spread *spread);
/* Length of the longest run of one byte in a piece; 0 of a special token. */
size_t bp_longest_run(const bp_model *m, uint32_t id);
/* Uses of a piece in a text of this number of tokens, as the model's counts predict them. */
double bp_expected_uses(const bp_model *m, uint32_t id, uint64_t tokens);

/*
 * The text of one line of JSON, as BP_JSONL reads it, for programs that read files themselves.
 * 'field' NULL: "text".  Writes it to 'text', which has room for 'len' bytes, and sets *n to its
 * length and *blank, which is true for a line without an object.  BP_EFORMAT, with the number of
 * the line and 'name' in the message, if there is no text.
 */
bp_status bp_json_line(const char *line, size_t len, const char *field, const char *name,
		       uint64_t number, char *text, size_t *n, bool *blank, bp_error *err);

/* Options of bp_decode_files().  All members may be zero. */
typedef struct {
	bp_format format;
	bool specials;		/* write the names of special tokens, instead of nothing for them */
	bool eos;		/* BP_ID_EOS ends a text, as bp_encode_options.eos writes it: the
				 * end mark is written in its place (for BP_WHOLE nothing).  In
				 * lines, the end of a line directly behind it adds no second
				 * one */
	bool characters;	/* hold back the first bytes of a character of UTF-8 until it is
				 * complete; matters where results are written at once
				 * (bp_input.flush) */
	const char *model_path;	/* model file to load for this call alone if the model is NULL */
} bp_decode_options;

/*
 * Decode ids to 'out'.  'options' may be NULL, which stands for all members zero.  in->records says
 * which end mark is written behind each text; ids of two or four bytes have no ends of texts, so
 * that nothing is written between them, unless 'eos' is set; then a last text without an end mark
 * gets one, as such ids cannot tell.  With in->flush the bytes of each id are written as soon as
 * the id has been read: one in text when the byte behind it comes.  BP_FORMAT_JSON reads the "ids"
 * of objects, an object for each text.
 *
 * 'm' may be NULL if options->model_path is set.  Then the model is loaded for this call alone, and
 * not prepared for a search, which takes a fraction of the time of bp_load().  In this case the
 * automaton stored in a binary model is not used, and only its checksum is verified.
 *
 * BP_ERANGE if the format is not decodable, or for BP_JSONL; BP_EFORMAT, with the position in the
 * file, if an input is damaged or has an id that is not in the vocabulary; the texts before it are
 * written to standard output.
 */
bp_status bp_decode_files(const bp_model *m, const bp_input *in, const char *out,
			  const bp_decode_options *options, bp_error *err);

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
	bool binary;			/* bytes that a terminal cannot show */
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
	BP_EXPORT_TSV,			/* lines of id, piece (as of bp_piece_text()), count and
					 * log-probability, with tabs between them */
	BP_EXPORT_GGUF			/* llama.cpp: a vocabulary without a network */
} bp_export_form;

/* The description of a bp_export_form; NULL for a number that is none. */
const bp_form_info *bp_export_form_info(size_t form);

/* Options of bp_export().  All members may be zero. */
typedef struct {
	bool bos, eos;			/* the library puts BP_ID_BOS before each text, BP_ID_EOS
					 * behind it; for BP_EXPORT_HUGGINGFACE and _GGUF */
	const char *chat_template;	/* a file with the template of a conversation (Jinja, in
					 * UTF-8), to be put in as it is; for BP_EXPORT_GGUF, and
					 * BP_EXPORT_HUGGINGFACE in a folder.  NULL: none */
	void (*note)(void *ctx, const char *line);	/* receives, once the export is written, a
							 * line in English for each way in which
							 * the other library may differ from this
							 * one; may be NULL */
	void *note_ctx;
} bp_export_options;

/*
 * Write an export of a model to 'out'.  'options' may be NULL, which stands for all members zero.
 *
 * BP_EXPORT_HUGGINGFACE: if 'out' is a folder, or ends with a slash, a folder for transformers is
 * written, with "tokenizer_config.json" and "tokenizer.json"; the folder is made if it is absent.
 * Both files appear, in this order, or none; but if only the last step fails, renaming the second,
 * there is no first one, either.
 *
 * BP_ERANGE if the form cannot hold the model (SentencePiece: a piece of 8000 bytes; GGUF: pieces
 * that are no whole characters, or named as one of its bytes), or as of bp_export_check().
 */
bp_status bp_export(const bp_model *m, const char *out, bp_export_form form,
		    const bp_export_options *options, bp_error *err);
/* BP_ERANGE if 'form' is no export, or an option does not belong to it. */
bp_status bp_export_check(const char *out, bp_export_form form, const bp_export_options *options,
			  bp_error *err);

/* The rule for pieces with a space after another character. */
typedef enum {
	BP_SPACES_ANY = 0,	/* all are allowed */
	BP_SPACES_INSIDE,	/* all but pieces that end in spaces after a letter, mark or number
				 * are allowed */
	BP_SPACES_WORDS,	/* allowed if they begin with a space or newline, have no other
				 * blank, and end in one of these or in a word of the sample */
	BP_SPACES_NO,		/* none is allowed; a piece may begin with several spaces */
	BP_SPACES_DEFAULT	/* BP_SPACES_INSIDE; with 'reference' BP_SPACES_ANY */
} bp_across_spaces;

/* The rule for pieces with parts of characters of UTF-8, beside the single bytes. */
typedef enum {
	BP_UNICODE_NO = 0,	/* all are allowed */
	BP_UNICODE_YES,		/* none begins inside a character, or ends inside one */
	BP_UNICODE_BEGIN,	/* ... but a piece may be the first two or three bytes of a
				 * character, without its last one */
	BP_UNICODE_BEGIN_ALL,	/* ... and the first two of all characters of Unicode with three or
				 * four are pieces */
	BP_UNICODE_DEFAULT	/* BP_UNICODE_BEGIN; with 'reference' BP_UNICODE_YES */
} bp_ensure_unicode;

/* The rule for pieces with a decimal digit (of any script). */
typedef enum {
	BP_DIGITS_ANY = 0,	/* all are allowed */
	BP_DIGITS_SINGLE,	/* the digit is a piece by itself */
	BP_DIGITS_UPTO3		/* the piece is two or three digits */
} bp_digits;

/* A byte string; it may hold any bytes. */
typedef struct {
	const char *bytes;
	size_t len;
	/* The file and the line that it is from, for messages; NULL: it is from no file.  Wrong
	 * bytes of a file give BP_EFORMAT in place of BP_ERANGE. */
	const char *file;
	size_t line;
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
	bp_digits digits;
	bool punctuation_apart;		/* no piece has a letter, mark or number together with
					 * punctuation or a symbol */
	bp_ensure_unicode ensure_unicode;
	bp_across_spaces across_spaces;
	uint64_t count_size;		/* bytes of the text, drawn evenly, whose strings are
					 * counted */
	uint64_t sample_size;		/* bytes of these, at most all, that the vocabulary is
					 * fitted to */
	uint64_t whole_size;		/* of bp_count_files(): bytes of the whole text of which
					 * this is a part; 0: not known */
	bp_normalize normalize;
	bp_newlines newlines;		/* BP_NEWLINES_DEFAULT: as the extended model has it, else
					 * BP_NEWLINES_END for BP_LINES and 'reference', and
					 * BP_NEWLINES_TEXT for other kinds of texts */
	bool reference;			/* train exactly as the published algorithm does */
	bool weighted;			/* each line of the input is a text, a tab, and its weight,
					 * an integer from 1 on; needs BP_LINES */
	const uint64_t *weight;		/* of each file of the input, 1 to 2^63 - 1; NULL: 1 each */
	const bp_bytes *piece;		/* n_pieces byte strings that must be pieces */
	size_t n_pieces;
	const bp_bytes *special;	/* names of n_specials further special tokens */
	size_t n_specials;
	bool specials;			/* names of the model's special tokens in the texts are no
					 * text and divide it, as in encoding with
					 * bp_encode_options.specials */
	const bp_model *extend;		/* a model to extend; its ids and 'newlines' stay,
					 * its normalisation must be 'normalize'.  NULL: none */
	bp_model_form form;		/* of the model files */
	bool measure;			/* count the tokens that each model gives */
	bool need_text;			/* BP_EFORMAT if there is no byte of text at all */
	uint64_t memory;		/* ceiling of the process's memory in bytes; 0: none */
	const char *tmpdir;		/* folder of temporary files; NULL: $TMPDIR, else /tmp; with
					 * 'resume' they are in that folder */
	const char *resume;		/* folder of saved work, to continue a run that was ended
					 * early; NULL: none */
	bool restart;			/* delete the saved work in that folder and begin anew */
	void (*note)(void *ctx, const char *line);	/* receives the steps of the work as lines
							 * in English; may be NULL */
	void *note_ctx;
	void (*resumed)(void *ctx, const char *line);	/* receives a line that says from where an
							 * earlier run is continued; may be NULL;
							 * gets 'note_ctx' */
	bool exact_size;		/* BP_EFORMAT, before a model is written, if there are too
					 * few candidates for its size */
} bp_train_options;

enum { BP_VOCAB_MIN = 259, BP_VOCAB_MAX = 1 << 23, BP_ORDER_MAX = 7, BP_PIECE_MAX = 65535 };

typedef struct {
	uint64_t bytes, segments;	/* of the normalised input */
	uint64_t measured;		/* bytes that tokens were counted on: all, or the sample */
	struct bp_trained {
		uint32_t vocab_size;	/* of the model; smaller than requested only if training
					 * found no more candidates */
		uint64_t tokens;	/* on the measured bytes; 0 unless measured */
	} *model;			/* the caller's array, in the order of the sizes */
} bp_train_report;

bp_train_options bp_train_defaults(void);

/*
 * Train a model on the input and write it to 'out', or for several sizes write each to OUT.SIZE.
 * Training reads the input once; the published algorithm reads it more than once, and copies an
 * input that can be read only once (a pipe) to a temporary file.
 *
 * A text of weight w counts as w occurrences of it: in the counts of strings, in the fit, and in
 * the report; its weight is that of its line times that of its file.
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
 * Training in parts.  The text may be divided into any number of parts: bp_count_files() writes the
 * counts of one part (totals, and the blocks that are drawn), bp_merge_files() adds the counts of
 * several parts, and bp_build_files() makes the model from the counts of all parts.  Files that are
 * counted together or apart, in any order, give the model that bp_train_files() gives on all of
 * them.
 *
 * The published algorithm takes two steps: after the first, bp_build_files() writes a plan, with
 * which all parts are counted a second time.  'plan' is that plan; NULL in the first step.
 * BP_EFORMAT if counts belong to other settings or to another step.
 */
typedef enum {
	BP_ROWS_BINARY = 0,	/* small, with a checksum */
	BP_ROWS_TEXT		/* lines of hexadecimal key, tab, and count, sorted by bytes */
} bp_rows;

/*
 * The options that concern counting are used in the first step; the second takes them from the
 * plan.  With o->whole_size, equal for all parts, a part sends only blocks that can be among those
 * of the whole.  If it is too large, bp_build_files() gives BP_EFORMAT.
 */
bp_status bp_count_files(const bp_input *in, const char *out, bp_rows format, const char *plan,
			 const bp_train_options *o, bp_error *err);
bp_status bp_merge_files(const bp_input *in, const char *out, bp_rows format, bp_error *err);
/*
 * Sizes, memory, folder and notes are taken from the options; all else is taken from the counts or
 * the plan.  Sets *next to true if the plan 'next_plan' was written, to false if the model was;
 * 'next_plan' may be NULL if the counts are not of the first step of the published algorithm, and
 * 'out' if they are.
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
	const bp_bytes *remove;		/* n_remove pieces of the model to leave out */
	size_t n_remove;
	bool keep_ids;			/* their ids stay unused, so that no id moves up: each
					 * becomes a special token "<unusedID>" */
	bp_counts counts;		/* of pieces that are in the model already */
	bool prune;			/* for a new model: leave out pieces of the lists that other
					 * pieces make up; see below */
	uint32_t vocab_size;		/* greatest number of ids; 0: no limit */
	bp_normalize normalize;		/* of a new model, and its rule of newlines */
	bp_newlines newlines;
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
 * 'remove' leaves out pieces of m other than single bytes; their counts go to their parts as with
 * 'vocab_size', and ids after them move up, unless 'keep_ids' is set.
 *
 * 'vocab_size' leaves out the pieces with the smallest counts, of equal counts the shorter ones,
 * but never single bytes or pieces of the options.  The count of a piece that is left out is added
 * to each of the pieces that its bytes are divided into.  Ids after it move up.  'prune' leaves
 * out each piece of the lists if other pieces make up its bytes with a higher probability, in
 * rounds until nothing more is left out; the result equals that of convert_to_bytepiece() of the
 * Python package.  After 64 rounds pruning ends in any case (lists of words need two to five), so
 * that the time is in proportion to the list.
 *
 * BP_EFORMAT if a list is faulty; BP_ERANGE if a piece or a name of the options is not allowed or
 * cannot be removed, or if 'vocab_size' has no room for the required entries.
 */
bp_status bp_edit_files(const bp_model *m, const bp_input *lists, const char *out,
			const bp_edit_options *o, bp_edit_report *report, bp_error *err);

/*
 * Outputs.  BP_ERANGE if 'out' is one of n inputs: the regular file that two paths lead to, links
 * followed.  All calls with an output check the files that they read; a program checks in addition
 * the files that it has loaded before, such as models.  NULL and "-" are standard streams.
 */
bp_status bp_output_check(const char *out, const char *const *input, size_t n, bp_error *err);

/* The kinds of files that a program may replace without asking. */
typedef enum {
	BP_CONTENTS_MODEL = 0,		/* a model in either form */
	BP_CONTENTS_EXPORT,		/* a model, or what bp_export() writes */
	BP_CONTENTS_COUNTS,		/* counts in either form, or a plan */
	BP_CONTENTS_ANY
} bp_contents;
/* BP_ERANGE, with a message for the program's user that names --force (not for BP_CONTENTS_ANY), if
 * 'out' is a regular file that this process may not write, or that is neither empty nor of this
 * kind; of BP_CONTENTS_EXPORT also if it is a folder, and a file that an export would write there
 * is.  The other calls replace every file. */
bp_status bp_replace_check(const char *out, bp_contents kind, bp_error *err);

/*
 * An output of the program's own, which appears as the outputs of the calls do: whole, or not at
 * all.  bp_output_stream() is open for writing, and the program does not close it.
 * bp_output_commit() reports errors of writing, too; without it, or if it fails, an existing file
 * stays as it was.  The path is borrowed until bp_output_free().
 */
typedef struct bp_output bp_output;
bp_output *bp_output_new(const char *path, bp_error *err);
FILE *bp_output_stream(bp_output *o);
bp_status bp_output_commit(bp_output *o, bp_error *err);
void bp_output_free(bp_output *o);

/*
 * For programs, before they open any file: open the descriptors of standard input, output and error
 * that are closed, so that no file takes their place and is read or written as one of them.  A
 * closed standard input then reads as empty, writing to a closed standard output fails, and what is
 * written to a closed standard error is lost.  False if a descriptor stays closed.  On Windows the
 * streams then carry bytes, without conversion of newlines, and a console shows UTF-8 and colours
 * until the program ends.
 */
bool bp_open_standard_streams(void);
/* The reason why the last call of a stream failed: errno; on Windows EPIPE if nobody reads the pipe
 * that standard output is. */
int bp_stream_error(void);

/*
 * Names of files, in all calls above, are UTF-8 on Windows, and elsewhere bytes.  For programs on
 * Windows: the arguments of main() in UTF-8, to be kept until the program ends, or NULL if memory
 * is out; and fopen() for names in UTF-8.  Elsewhere bp_utf8_arguments() returns argv, and
 * bp_open_file() is fopen().
 */
char **bp_utf8_arguments(int *argc, char **argv);
FILE *bp_open_file(const char *path, const char *mode);

/*
 * Signals, for programs.  After bp_catch_signals(), SIGINT, SIGTERM and SIGHUP do not end the
 * process; they make the calls above clean up and return BP_EINTR.  (A signal that is ignored
 * stays ignored.) Nor does SIGXFSZ: a write beyond the limit of file sizes fails with BP_EIO.
 * bp_caught_signal() returns the signal that came last, or 0.  bp_raise() ends the
 * process as that signal would have.  bp_restore_signals(), for a program with an own way to handle
 * signals, puts back what bp_catch_signals() had replaced, and forgets a caught signal.  These
 * calls are for one thread at a time.
 */
void bp_catch_signals(void);
void bp_restore_signals(void);
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
