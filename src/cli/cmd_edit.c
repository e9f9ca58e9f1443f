#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cmd.h"

struct edit_args {
	const char *model, *out;
	struct opt_words piece, special;
	uint64_t vocab_size;
	unsigned counts, normalize, form;
	bool prune;
};
enum { NORMALIZE_NOT_GIVEN = 2 };

static void print_summary(const bp_edit_report *r)
{
	msg_info("added: pieces %" PRIu32 ", special tokens %" PRIu32 "; there already: %" PRIu32
		 "; left out: %" PRIu32 "; vocabulary %" PRIu32, r->pieces, r->specials, r->there,
		 r->cut, r->vocab_size);
}

/* What stands on the command line as bytes, pieces with their escapes undone in place of it. */
struct asked {
	bp_bytes *piece, *special;
	char *bytes;
};

static bool take_words(struct asked *to, const struct edit_args *a, int *status)
{
	size_t room = 1, i;
	char *p;

	for (i = 0; i < a->piece.n; i++)
		room += strlen(a->piece.word[i]);
	to->piece = calloc(a->piece.n + 1, sizeof(*to->piece));
	to->special = calloc(a->special.n + 1, sizeof(*to->special));
	to->bytes = p = malloc(room);
	if (to->piece == NULL || to->special == NULL || to->bytes == NULL) {
		*status = msg_fail("out of memory");
		return false;
	}
	for (i = 0; i < a->special.n; i++)
		to->special[i] = (bp_bytes){ a->special.word[i], strlen(a->special.word[i]) };
	for (i = 0; i < a->piece.n; i++, p += to->piece[i - 1].len) {
		to->piece[i].bytes = p;
		if (bp_piece_bytes(a->piece.word[i], p, &to->piece[i].len) != BP_OK) {
			*status = msg_usage("--piece: '%s' has a backslash before something else "
					    "than xNN, t, n, \\", a->piece.word[i]);
			return false;
		}
	}
	return true;
}

static int edit(const bp_model *m, const bp_input *lists, const struct edit_args *a)
{
	struct asked asked = { NULL, NULL, NULL };
	bp_edit_options o = {
		.n_pieces = a->piece.n, .n_specials = a->special.n, .counts = (bp_counts)a->counts, .prune = a->prune,
		.vocab_size = (uint32_t)a->vocab_size, .form = (bp_model_form)a->form,
		.normalize = a->normalize == 1 ? BP_NORMALIZE_NONE : BP_NORMALIZE_NFC
	};
	int status = EXIT_OK;
	bp_edit_report r;
	bp_error err;

	if (take_words(&asked, a, &status)) {
		o.piece = asked.piece;
		o.special = asked.special;
		if (bp_edit_files(m, lists, a->out, &o, &r, &err) == BP_OK)
			print_summary(&r);
		else
			status = err.code == BP_ERANGE ? msg_usage("%s", err.msg)
						       : cmd_failed(&err);
	}
	free(asked.piece);
	free(asked.special);
	free(asked.bytes);
	return status;
}

static int run(const bp_input *lists, const struct edit_args *a)
{
	double start = msg_seconds();
	int status = EXIT_OK;
	bp_model *m = NULL;

	if (a->out == NULL)
		return msg_usage("a model to write is needed: -o OUT");
	if (a->model == NULL && lists->n_paths == 0 && a->piece.n == 0)
		return msg_usage("a model to edit or a list of words is needed: -m MODEL or LIST");
	if (a->model != NULL && a->prune)
		return msg_usage("--prune is for new models, without -m");
	if (a->model != NULL && a->normalize != NORMALIZE_NOT_GIVEN)
		return msg_usage("--normalize is for new models, without -m");
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
			      "the model to start from; else the 256 bytes, each of count 1"),
		OPT_TO_STRING('o', "output", "OUT", &a.out, "the model to write (required)"),
		OPT_TO_CHOICE('f', "format", "json|binary", &a.form,
			      "of the model (default json); binary loads at once"),
		OPT_TO_WORDS(0, "piece", "STR", &a.piece,
			     "a piece to have, preferred to what it is made of now; \\xNN, \\t, \\n, "
			     "\\\\ being bytes; may be given many times, as the next one"),
		OPT_TO_WORDS(0, "special", "STR", &a.special,
			     "a control token to have, with an id that no text gives"),
		OPT_TO_CHOICE(0, "counts", "keep|add|replace", &a.counts,
			      "of a piece that a list has too: keep it, add the list's to it, or replace "
			      "it (default keep)"),
		OPT_TO_NUMBER(0, "vocab-size", "N", &a.vocab_size, BP_VOCAB_MIN, BP_VOCAB_MAX,
			      "leave out pieces of the least counts until there are at most N ids"),
		OPT_TO_CHOICE(0, "normalize", "nfc|none", &a.normalize,
			      "without -m: Unicode normal form of words and texts (default nfc)"),
		OPT_TO_FLAG(0, "prune", &a.prune,
			    "without -m: leave out what other pieces make up with a higher probability"),
	};
	bp_input in;
	int status;

	if (CMD_START(self, opts, argc, argv, &records, &in, &status)) {
		/* Standard input is a list only if it is named. */
		if (in.path != (const char *const *)argv)
			in.n_paths = 0;
		status = run(&in, &a);
	}
	free(a.piece.word);
	free(a.special.word);
	return status;
}
