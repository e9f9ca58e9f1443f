#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cmd.h"

struct edit_args {
	const char *model, *out;
	struct opt_strings piece, special;
	uint64_t vocab_size;
	unsigned counts, normalize, form;
	bool prune;
};
enum { NORMALIZE_NOT_GIVEN = 2 };

static void print_summary(const bp_edit_report *r)
{
	char cut[40] = "";

	if (r->cut > 0)
		snprintf(cut, sizeof(cut), ", %" PRIu32 " left out", r->cut);
	msg_info("%" PRIu32 " pieces and %" PRIu32 " special tokens are new, %" PRIu32 " were "
		 "there%s: vocabulary %" PRIu32, r->pieces, r->specials, r->there, cut,
		 r->vocab_size);
}

/* NULL if memory is out. */
static bp_bytes *bytes_of(const struct opt_strings *s)
{
	bp_bytes *b = calloc(s->n + 1, sizeof(*b));
	size_t i;

	for (i = 0; b != NULL && i < s->n; i++)
		b[i] = (bp_bytes){ s->value[i], strlen(s->value[i]) };
	return b;
}

static int edit(const bp_model *m, const bp_input *lists, const struct edit_args *a)
{
	bp_bytes *piece = bytes_of(&a->piece), *special = bytes_of(&a->special);
	bp_edit_options o = {
		.piece = piece, .n_pieces = a->piece.n, .special = special,
		.n_specials = a->special.n, .counts = (bp_counts)a->counts, .prune = a->prune,
		.vocab_size = (uint32_t)a->vocab_size, .form = (bp_model_form)a->form,
		.normalize = a->normalize == 1 ? BP_NORMALIZE_NONE : BP_NORMALIZE_NFC
	};
	int status = EXIT_OK;
	bp_edit_report r;
	bp_error err;

	if (piece == NULL || special == NULL)
		status = msg_fail("out of memory");
	else if (bp_edit_files(m, lists, a->out, &o, &r, &err) == BP_OK)
		print_summary(&r);
	else
		status = err.code == BP_ERANGE ? msg_usage("%s", err.msg) : cmd_failed(&err);
	free(piece);
	free(special);
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
		OPT_TO_STRINGS(0, "piece", "STR", &a.piece,
			       "a piece to have, preferred to what it is made of now (may be given "
			       "several times)"),
		OPT_TO_STRINGS(0, "special", "STR", &a.special,
			       "a special token to have, which no text gives (may be given several "
			       "times)"),
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
	free(a.piece.value);
	free(a.special.value);
	return status;
}
