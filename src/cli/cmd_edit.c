/* The command edit: reads the options, the library does the work (bp_edit_files()). */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cmd.h"

struct edit_args {
	const char *model, *out;
	struct opt_words piece, special, removed;
	const char *remove_file;
	bool keep_ids, reserve_bytes;
	uint64_t vocab_size;
	unsigned counts, normalize, form;
	bool prune, force;
};
enum { NORMALIZE_NOT_GIVEN = 2 };	/* after the choices of --normalize */

static void print_edit_report(const bp_edit_report *r)
{
	msg_info("added: pieces %" PRIu32 ", special tokens %" PRIu32 "; already present: %" PRIu32
		 "; removed: %" PRIu32 "; vocabulary of %" PRIu32 " ids", r->pieces, r->specials,
		 r->there, r->cut, r->vocab_size);
}

/* The values of --piece, with escapes decoded, and of --special, as the library takes them. */
struct edit_words {
	bp_bytes *piece, *special, *removed;
	char *bytes;		/* of all pieces */
	struct remove_list list;
};

/* Decode the escapes of the words into 'to', and list the pieces.  False, with a message. */
static bool decode_words(const struct opt_words *words, const char *option, char **to,
			 bp_bytes *piece)
{
	size_t i;

	for (i = 0; i < words->n; i++, *to += piece[i - 1].len) {
		piece[i].bytes = *to;
		if (bp_piece_bytes(words->word[i], *to, &piece[i].len) != BP_OK) {
			msg_usage("%s: '%s' has a backslash that is not followed by xNN, t, n or "
				  "\\", option, words->word[i]);
			return false;
		}
	}
	return true;
}

/* Fill in *to, which borrows words of argv.  On failure prints a message and sets *status. */
static bool read_edit_words(struct edit_words *to, const struct edit_args *a, int *status)
{
	size_t room = 1, i;
	char *p;

	for (i = 0; i < a->piece.n; i++)
		room += strlen(a->piece.word[i]);
	for (i = 0; i < a->removed.n; i++)
		room += strlen(a->removed.word[i]);
	if (a->remove_file != NULL && !remove_list_read(&to->list, a->remove_file)) {
		*status = EXIT_FAILED;
		return false;
	}
	to->removed = calloc(a->removed.n + to->list.n + 1, sizeof(*to->removed));
	to->piece = calloc(a->piece.n + 1, sizeof(*to->piece));
	to->special = calloc(a->special.n + 1, sizeof(*to->special));
	to->bytes = p = malloc(room);
	if (to->piece == NULL || to->special == NULL || to->bytes == NULL ||
	    to->removed == NULL) {
		*status = msg_fail("out of memory");
		return false;
	}
	for (i = 0; i < a->special.n; i++)
		to->special[i] = (bp_bytes){ a->special.word[i], strlen(a->special.word[i]) };
	if (!decode_words(&a->piece, "--piece", &p, to->piece) ||
	    !decode_words(&a->removed, "--remove", &p, to->removed)) {
		*status = EXIT_USAGE;
		return false;
	}
	if (to->list.n > 0)
		memcpy(to->removed + a->removed.n, to->list.piece,
		       to->list.n * sizeof(*to->removed));
	return true;
}

/* Call the library and print its report; m is NULL for a new model.  Returns an exit status. */
static int edit(const bp_model *m, const bp_input *lists, const struct edit_args *a)
{
	struct edit_words words = { .list = { 0 } };
	bp_edit_options o = {
		.n_pieces = a->piece.n, .n_specials = a->special.n,
		.counts = (bp_counts)a->counts, .prune = a->prune,
		.vocab_size = (uint32_t)a->vocab_size, .form = (bp_model_form)a->form,
		.normalize = a->normalize == 1 ? BP_NORMALIZE_NONE : BP_NORMALIZE_NFC
	};
	int status = EXIT_OK;
	bp_edit_report r;
	bp_error err;

	if (read_edit_words(&words, a, &status)) {
		o.piece = words.piece;
		o.special = words.special;
		o.remove = words.removed;
		o.n_remove = a->removed.n + words.list.n;
		o.keep_ids = a->keep_ids;
		if (bp_edit_files(m, lists, a->out, &o, &r, &err) == BP_OK)
			print_edit_report(&r);
		else
			status = cmd_call_failed(&err);
	}
	free(words.piece);
	free(words.special);
	free(words.removed);
	free(words.bytes);
	remove_list_release(&words.list);
	return status;
}

/* Check the options that exclude each other before the model is loaded, which takes time. */
static int load_and_edit(const bp_input *lists, struct edit_args *a)
{
	double start = msg_seconds();
	int status = EXIT_OK;
	bp_model *m = NULL;

	if (a->out == NULL)
		return msg_usage("-o OUT is required");
	if (a->model == NULL && lists->n_paths == 0 && a->piece.n == 0)
		return msg_usage("-m MODEL or LIST is required: a model to edit or a word list");
	if (a->model == NULL && (a->removed.n > 0 || a->remove_file != NULL))
		return msg_usage("--remove needs -m MODEL");
	if (a->keep_ids && a->removed.n == 0 && a->remove_file == NULL)
		return msg_usage("--keep-ids needs --remove or --remove-file");
	if (a->model != NULL && a->prune)
		return msg_usage("--prune and -m exclude each other: only a new model is pruned");
	if (a->model != NULL && a->normalize != NORMALIZE_NOT_GIVEN)
		return msg_usage("--normalize and -m exclude each other: MODEL keeps its form");
	if (a->reserve_bytes && !cmd_reserve_bytes(&a->special))
		return msg_fail("out of memory");
	if (a->model != NULL && (m = cmd_load(a->model, &status)) == NULL)
		return status;
	status = edit(m, lists, a);
	if (status == EXIT_OK)
		cmd_explain_cost(start);
	bp_free(m);
	return status;
}

int cmd_edit(const struct command *self, int argc, char **argv)
{
	struct edit_args a = { .normalize = NORMALIZE_NOT_GIVEN };
	struct cmd_records records = { 0 };
	const struct opt opts[] = {
		OPT_TO_STRING('m', "model", "MODEL", &a.model,
			      "the model to edit (default: a new one of the 256 bytes)"),
		OPT_TO_STRING('o', "output", "OUT", &a.out, "the model to write (required)"),
		OPT_TO_CHOICE('f', "format", "json|binary", &a.form,
			      "form of the model (default json); binary loads faster"),
		OPT_TO_WORDS(0, "piece", "STR", &a.piece,
			     "a piece to add, with a count that lets it win over its parts; "
			     "\\xNN, \\t, \\n and \\\\ are bytes; can be repeated"),
		OPT_TO_WORDS(0, "special", "STR", &a.special,
			     "a special token to add, with an id after the pieces; can be "
			     "repeated"),
		CMD_RESERVE_BYTES(&a.reserve_bytes),
		OPT_TO_WORDS(0, "remove", "STR", &a.removed,
			     "a piece to remove: its count goes to its parts, and ids after it "
			     "move up; can be repeated"),
		OPT_TO_STRING(0, "remove-file", "FILE", &a.remove_file,
			      "a file of pieces to remove, each a line, up to a tab"),
		OPT_TO_FLAG(0, "keep-ids", &a.keep_ids,
			    "with --remove: no id moves; the piece's id becomes the special token "
			    "<unusedID>"),
		OPT_TO_CHOICE(0, "counts", "keep|add|replace", &a.counts,
			      "count of a listed piece that the model has too: keep the model's, "
			      "add both, or replace it by the list's (default keep)"),
		OPT_TO_NUMBER(0, "vocab-size", "N", &a.vocab_size, BP_VOCAB_MIN, BP_VOCAB_MAX,
			      "remove the pieces of the lowest counts until at most N ids are "
			      "left"),
		OPT_TO_CHOICE(0, "normalize", "nfc|none", &a.normalize,
			      "without -m: Unicode normal form of words and texts (default nfc)"),
		OPT_TO_FLAG(0, "prune", &a.prune,
			    "without -m: remove words to which other pieces give a higher "
			    "probability"),
		CMD_FORCE(&a.force),
	};
	bp_input in;
	int status;

	if (CMD_START(self, opts, argc, argv, &records, &in, &status)) {
		/*
		 * Without LIST no list is read: standard input is a list only if "-" names it.
		 * "edit -m MODEL --special STR" must not wait for input.
		 */
		if (in.path != (const char *const *)argv)
			in.n_paths = 0;
		status = load_and_edit(&in, &a);
	}
	free(a.piece.word);
	free(a.special.word);
	free(a.removed.word);
	return status;
}
