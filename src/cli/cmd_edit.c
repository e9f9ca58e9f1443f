/* The command edit: reads the options, the library does the work (bp_edit_files()). */
#include <inttypes.h>
#include <stdlib.h>

#include "cli/cmd.h"

struct edit_args {
	const char *model, *out;
	struct opt_words piece, special, removed;
	const char *piece_file, *special_file, *remove_file;
	bool keep_ids, reserve_bytes;
	uint64_t vocab_size;
	unsigned counts, normalize, newlines, form;
	bool prune, force;
};
enum { NORMALIZE_NOT_GIVEN = 2 };	/* after the choices of --normalize */

static void print_edit_report(const bp_edit_report *r)
{
	msg_info("added: pieces %" PRIu32 ", special tokens %" PRIu32 "; already present: %" PRIu32
		 "; removed: %" PRIu32 "; vocabulary of %" PRIu32 " ids", r->pieces, r->specials,
		 r->there, r->cut, r->vocab_size);
}

/* The byte strings of the options. */
struct edit_lists {
	struct byte_list piece, special, removed;
};

/* Returns an exit status. */
static int read_edit_lists(struct edit_lists *l, const struct edit_args *a)
{
	int status = byte_list_read(&l->piece, &a->piece, "--piece", a->piece_file);

	if (status == EXIT_OK)
		status = byte_list_read(&l->special, &a->special, NULL, a->special_file);
	if (status == EXIT_OK)
		status = byte_list_read(&l->removed, &a->removed, "--remove", a->remove_file);
	return status;
}

/* Call the library and print its report; m is NULL for a new model.  Returns an exit status. */
static int edit(const bp_model *m, const bp_input *lists, const struct edit_args *a)
{
	struct edit_lists words = { .piece = { .n = 0 } };
	bp_edit_options o = {
		.counts = (bp_counts)a->counts, .prune = a->prune,
		.vocab_size = (uint32_t)a->vocab_size, .form = (bp_model_form)a->form,
		.normalize = a->normalize == 1 ? BP_NORMALIZE_NONE : BP_NORMALIZE_NFC,
		.newlines = a->newlines < BP_NEWLINES_DEFAULT ? (bp_newlines)a->newlines
							      : BP_NEWLINES_END
	};
	int status = read_edit_lists(&words, a);
	bp_edit_report r;
	bp_error err;

	if (status == EXIT_OK) {
		o.piece = words.piece.item;
		o.n_pieces = words.piece.n;
		o.special = words.special.item;
		o.n_specials = words.special.n;
		o.remove = words.removed.item;
		o.n_remove = words.removed.n;
		o.keep_ids = a->keep_ids;
		if (bp_edit_files(m, lists, a->out, &o, &r, &err) == BP_OK)
			print_edit_report(&r);
		else
			status = cmd_call_failed(&err);
	}
	byte_list_release(&words.piece);
	byte_list_release(&words.special);
	byte_list_release(&words.removed);
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
	if (a->model == NULL && lists->n_paths == 0 && a->piece.n == 0 && a->piece_file == NULL)
		return msg_usage("-m MODEL or LIST is required: a model to edit or a word list");
	if (a->model == NULL && (a->removed.n > 0 || a->remove_file != NULL))
		return msg_usage("--remove needs -m MODEL");
	if (a->keep_ids && a->removed.n == 0 && a->remove_file == NULL)
		return msg_usage("--keep-ids needs --remove or --remove-file");
	if (a->model != NULL && a->prune)
		return msg_usage("--prune and -m exclude each other: only a new model is pruned");
	if (a->model != NULL && a->normalize != NORMALIZE_NOT_GIVEN)
		return msg_usage("--normalize and -m exclude each other: MODEL keeps its form");
	if (a->model != NULL && a->newlines != BP_NEWLINES_DEFAULT)
		return msg_usage("--newlines and -m exclude each other: MODEL keeps its rule");
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
	struct edit_args a = { .normalize = NORMALIZE_NOT_GIVEN,
			       .newlines = BP_NEWLINES_DEFAULT };
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
		OPT_TO_STRING(0, "piece-file", "FILE", &a.piece_file,
			      "a file of pieces to add, each a line, escaped as in --piece"),
		OPT_TO_STRING(0, "special-file", "FILE", &a.special_file,
			      "a file of special tokens to add, each a line, escaped as in "
			      "--piece"),
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
		OPT_TO_CHOICE(0, "newlines", "end|begin|text", &a.newlines,
			      "without -m: the newlines of words and texts, as in train (default "
			      "end)"),
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
