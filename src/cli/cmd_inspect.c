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

/*
 * The default output; false without memory.  Bytes per counted piece are weighted by counts, as in
 * the training text.
 */
static bool print_facts(const char *name, const bp_model *m)
{
	uint64_t total = 0, bytes = 0;
	size_t len, longest = 0;
	uint32_t id;

	for (id = BP_FIRST_PIECE; id < bp_vocab_size(m); id++) {
		bp_piece(m, id, &len);
		longest = len > longest ? len : longest;
		total += bp_piece_count(m, id);
		bytes += len * bp_piece_count(m, id);
	}
	if (!cmd_print_field("model            ", name))
		return false;
	printf("vocabulary size  %" PRIu32 " (%" PRIu32 " pieces, special tokens <pad> 0, <bos> 1, "
	       "<eos> 2", bp_vocab_size(m), bp_vocab_size(m) - cmd_n_specials(m));
	if (cmd_n_specials(m) > BP_FIRST_PIECE)
		printf(" and %" PRIu32 " more", cmd_n_specials(m) - BP_FIRST_PIECE);
	printf(")\n");
	printf("normalization    %s\n",
	       bp_model_normalize(m) == BP_NORMALIZE_NFC ? "nfc" : "none");
	printf("longest piece    %zu bytes\n", longest);
	printf("sum of counts    %" PRIu64 " (%.2f bytes per counted piece)\n", total,
	       (double)bytes / (double)total);
	print_lengths(m);
	return true;
}

/* Print the given pieces, the whole vocabulary, or the facts; returns an exit status. */
static int inspect_model(const bp_model *m, const char *name, bool vocabulary,
			 const struct opt_words *piece)
{
	int status = EXIT_OK;
	bp_error err;
	size_t i;

	for (i = 0; i < piece->n && status == EXIT_OK; i++) {
		if (i > 0)
			printf("\n");
		status = inspect_piece(m, piece->word[i]);
	}
	if (vocabulary && bp_export(m, NULL, BP_EXPORT_TSV, NULL, NULL, &err) != BP_OK)
		status = cmd_failed(&err);
	if (!vocabulary && piece->n == 0 && !print_facts(name, m))
		status = msg_fail("out of memory");
	return status;
}

int cmd_inspect(const struct command *self, int argc, char **argv)
{
	struct cmd_records records = { 0 };
	struct opt_words piece = { NULL, 0 };
	bool vocabulary = false;
	const struct opt opts[] = {
		OPT_TO_FLAG(0, "vocab", &vocabulary,
			    "list the vocabulary: id, piece, count, log-probability, with tabs "
			    "between"),
		OPT_TO_WORDS(0, "piece", "STR", &piece,
			     "describe a piece, written as in the list (\\xNN for odd bytes): id, "
			     "count, log-probability, and the segmentation of its bytes without "
			     "it; or a special token by its name; can be repeated"),
	};
	bp_input in;
	bp_model *m;
	int status;

	if (CMD_START(self, opts, argc, argv, &records, &in, &status)) {
		if (in.n_paths != 1)
			status = msg_usage("exactly one MODEL is required");
		else if (vocabulary && piece.n > 0)
			status = msg_usage("--vocab and --piece exclude each other");
		else if ((m = cmd_load(in.path[0], &status)) != NULL) {
			status = inspect_model(m, in.path[0], vocabulary, &piece);
			bp_free(m);
		}
	}
	free(piece.word);
	return status;
}
