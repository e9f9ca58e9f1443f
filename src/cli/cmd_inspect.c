/* The command inspect: facts about a model, its vocabulary, or single pieces. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/cmd.h"

/* The number of pieces in ranges of lengths; a range without pieces has no line. */
static void print_lengths(const bp_model *m)
{
	/* The ranges begin where the one before ends; the last bound is above all lengths. */
	static const size_t upto[] = { 1, 2, 3, 4, 6, 9, 12, 18, 36, BP_PIECE_MAX };
	size_t number[sizeof(upto) / sizeof(upto[0])] = { 0 }, i, len;
	uint32_t id;

	for (id = BP_FIRST_PIECE; id < bp_vocab_size(m); id++) {
		if (bp_piece(m, id, &len) == NULL)
			continue;
		for (i = 0; len > upto[i]; i++)
			;
		number[i]++;
	}
	printf("pieces by length in bytes\n");
	for (i = 0; i < sizeof(upto) / sizeof(upto[0]); i++)
		if (number[i] > 0)
			printf("  %5zu to %5zu  %zu\n", i == 0 ? 1 : upto[i - 1] + 1, upto[i],
			       number[i]);
}

/* The names and ids of the model's own special tokens, on a line.  False without memory. */
static bool print_own_specials(const bp_model *m)
{
	const char *name;
	size_t i, n;

	if (cmd_n_specials(m) == BP_FIRST_PIECE)
		return true;
	printf("special tokens  ");
	for (i = BP_FIRST_PIECE; (name = bp_special(m, i, &n)) != NULL; i++) {
		printf("%s ", i > BP_FIRST_PIECE ? "," : "");
		if (!cmd_print_text(name, n))
			return false;
		printf(" %" PRIu32, bp_special_id(m, i));
	}
	printf("\n");
	return true;
}

/*
 * The default output; false without memory.  Bytes per counted piece are weighted by counts, as in
 * the training text.
 */
static bool print_facts(const char *name, const bp_model *m)
{
	uint64_t total, bytes;
	size_t longest = inspect_sums(m, &total, &bytes);

	if (!cmd_print_field("model            ", name))
		return false;
	printf("vocabulary size  %" PRIu32 " (%" PRIu32 " pieces, special tokens <pad> 0, <bos> 1, "
	       "<eos> 2", bp_vocab_size(m), cmd_n_pieces(m));
	if (cmd_n_specials(m) > BP_FIRST_PIECE)
		printf(" and %" PRIu32 " more", cmd_n_specials(m) - BP_FIRST_PIECE);
	printf(")\n");
	if (!print_own_specials(m))
		return false;
	printf("normalization    %s\n",
	       bp_model_normalize(m) == BP_NORMALIZE_NFC ? "nfc" : "none");
	printf("newlines         %s\n", bp_newlines_name(bp_model_newlines(m)));
	printf("longest piece    %zu bytes\n", longest);
	printf("sum of counts    %" PRIu64 " (%.2f bytes per counted piece)\n", total,
	       (double)bytes / (double)total);
	print_lengths(m);
	return true;
}

/* What is asked about a model. */
struct inspect_args {
	const char *model;
	struct opt_words piece, id;
	bool vocabulary, quality;
	unsigned format;	/* 1: JSON */
};

/* Describe ids one after another.  Sets *status if one of them is none. */
static void inspect_ids(const bp_model *m, const struct inspect_args *a, int *status)
{
	uint64_t id;
	size_t i;

	for (i = 0; i < a->id.n && *status == EXIT_OK; i++) {
		if (!opt_number(a->id.word[i], &id) || id >= bp_vocab_size(m)) {
			*status = msg_usage("--id: '%s' is not a number from 0 to %" PRIu32,
					    a->id.word[i], bp_vocab_size(m) - 1);
			return;
		}
		if (a->format == 0 && i > 0)
			printf("\n");
		*status = inspect_id(m, (uint32_t)id, a->format == 1);
	}
}

static int inspect_vocabulary(const bp_model *m, bool json)
{
	bp_error err;
	uint32_t id;

	if (!json)
		return bp_export(m, NULL, BP_EXPORT_TSV, NULL, &err) == BP_OK ?
		       EXIT_OK : cmd_failed(&err);
	for (id = 0; id < bp_vocab_size(m); id++)
		if (!inspect_json_id(m, id))
			return msg_fail("out of memory");
	return EXIT_OK;
}

/* The facts, and the quality if wanted; false without memory. */
static bool print_model(const bp_model *m, const struct inspect_args *a, const char *path)
{
	struct figure_line l[QUALITY_LINES];
	struct quality q;

	if (a->quality)
		quality_find(&q, m, NULL, 0);
	if (a->format == 1)
		return inspect_json_facts(path, m, a->quality ? &q : NULL);
	if (!print_facts(path, m))
		return false;
	if (!a->quality)
		return true;
	cmd_print_lines(l, quality_lines(&q, l));
	return quality_print_lists(&q, m);
}

/* Print the given pieces or ids, the whole vocabulary, or the facts; returns an exit status. */
static int inspect_model(const bp_model *m, const struct inspect_args *a, const char *path)
{
	bool json = a->format == 1;
	int status = EXIT_OK;
	size_t i;

	if (a->vocabulary)
		return inspect_vocabulary(m, json);
	for (i = 0; i < a->piece.n && status == EXIT_OK; i++) {
		if (i > 0 && !json)
			printf("\n");
		status = inspect_piece(m, a->piece.word[i], json);
	}
	inspect_ids(m, a, &status);
	if (a->piece.n + a->id.n == 0 && !print_model(m, a, path))
		status = msg_fail("out of memory");
	return status;
}

int cmd_inspect(const struct command *self, int argc, char **argv)
{
	struct cmd_records records = { 0 };
	struct inspect_args a = { 0 };
	const struct opt opts[] = {
		OPT_TO_STRING('m', "model", "MODEL", &a.model,
			      "the model, in place of the operand"),
		OPT_TO_CHOICE('f', "format", "text|json", &a.format,
			      "lines to read (default), or JSON objects, one a line"),
		OPT_TO_FLAG(0, "vocab", &a.vocabulary,
			    "list the vocabulary: id, piece, count, log-probability, with tabs "
			    "between"),
		OPT_TO_FLAG(0, "quality", &a.quality,
			    "the figures and lists of eval --quality that need no text, by the "
			    "model's counts"),
		OPT_TO_WORDS(0, "piece", "STR", &a.piece,
			     "describe a piece, written as in the list (\\xNN for odd bytes): id, "
			     "count, log-probability, and the segmentation of its bytes without "
			     "it; or a special token by its name; can be repeated"),
		OPT_TO_WORDS(0, "id", "N", &a.id,
			     "describe the piece or special token of an id; can be repeated"),
	};
	const char *path;
	bp_input in;
	bp_model *m;
	int status;

	if (CMD_START(self, opts, argc, argv, &records, &in, &status)) {
		if (a.vocabulary && a.piece.n + a.id.n > 0)
			status = msg_usage("--vocab and --piece or --id exclude each other");
		else if (a.quality && (a.vocabulary || a.piece.n + a.id.n > 0))
			status = msg_usage("--quality excludes --vocab, --piece and --id");
		else if ((path = cmd_model_path(a.model, &in, argv, &status)) != NULL &&
			 (m = cmd_load(path, &status)) != NULL) {
			status = inspect_model(m, &a, path);
			bp_free(m);
		}
	}
	free(a.piece.word);
	free(a.id.word);
	return status;
}
