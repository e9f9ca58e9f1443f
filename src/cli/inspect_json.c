/* The output of inspect -f json. */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cmd.h"

/* Names are valid UTF-8, and pieces as text are, too; a model's path may be any bytes. */
void cmd_print_json_string(const char *s, size_t n)
{
	size_t i;

	putchar('"');
	for (i = 0; i < n; i++) {
		if ((unsigned char)s[i] < 0x20)
			printf("\\u%04x", (unsigned char)s[i]);
		else if (s[i] == '"' || s[i] == '\\')
			printf("\\%c", s[i]);
		else
			putchar(s[i]);
	}
	putchar('"');
}

static void print_specials(const bp_model *m)
{
	const char *name;
	size_t i, n;

	printf(", \"special_tokens\": [");
	for (i = 0; (name = bp_special(m, i, &n)) != NULL; i++) {
		printf("%s{\"id\": %" PRIu32 ", \"name\": ", i > 0 ? ", " : "",
		       bp_special_id(m, i));
		cmd_print_json_string(name, n);
		printf("}");
	}
	printf("]");
}

size_t inspect_sums(const bp_model *m, uint64_t *total, uint64_t *bytes)
{
	size_t len, longest = 0;
	uint32_t id;

	*total = *bytes = 0;
	for (id = BP_FIRST_PIECE; id < bp_vocab_size(m); id++) {
		bp_piece(m, id, &len);
		longest = len > longest ? len : longest;
		*total += bp_piece_count(m, id);
		*bytes += len * bp_piece_count(m, id);
	}
	return longest;
}

bool inspect_json_facts(const char *name, const bp_model *m, const struct quality *q)
{
	uint64_t total, bytes;
	size_t longest = inspect_sums(m, &total, &bytes);

	printf("{\"model\": ");
	cmd_print_json_string(name, strlen(name));
	printf(", \"vocabulary_size\": %" PRIu32 ", \"pieces\": %" PRIu32, bp_vocab_size(m),
	       cmd_n_pieces(m));
	print_specials(m);
	printf(", \"normalization\": \"%s\", \"newlines\": \"%s\", \"longest_piece\": %zu"
	       ", \"sum_of_counts\": %" PRIu64 ", \"bytes_per_counted_piece\": %.6f",
	       bp_model_normalize(m) == BP_NORMALIZE_NFC ? "nfc" : "none",
	       bp_newlines_name(bp_model_newlines(m)), longest, total,
	       (double)bytes / (double)total);
	if (q != NULL && !quality_json(q, m))
		return false;
	printf("}\n");
	return true;
}

static bool print_piece_object(const bp_model *m, uint32_t id)
{
	char *text = cmd_piece_text(m, id);
	size_t len;

	if (text == NULL)
		return false;
	bp_piece(m, id, &len);
	printf("{\"id\": %" PRIu32 ", \"piece\": ", id);
	cmd_print_json_string(text, strlen(text));
	printf(", \"length\": %zu, \"count\": %" PRIu64 ", \"log_probability\": %.17g}\n", len,
	       bp_piece_count(m, id), bp_piece_log_probability(m, id));
	free(text);
	return true;
}

bool inspect_json_id(const bp_model *m, uint32_t id)
{
	bool special;
	size_t n;
	const char *name = cmd_token(m, id, &n, &special);

	if (!special)
		return print_piece_object(m, id);
	printf("{\"id\": %" PRIu32 ", \"special\": ", id);
	cmd_print_json_string(name, n);
	printf("}\n");
	return true;
}
