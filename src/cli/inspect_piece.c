/*
 * The description of a piece.  Its segmentation without itself tells whether the piece is worth its
 * id: it is one of the two best segmentations of its bytes.
 */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cmd.h"

/* The best segmentation of a piece's bytes into other pieces. */
struct other {
	const bp_model *m;
	uint32_t id;		/* the piece */
	uint32_t *ids;		/* the segmentation: n ids, with room for len */
	size_t n, len;		/* len: bytes of the piece */
	double log_p;
};

/*
 * For bp_nbest(): keep the first segmentation that is not the piece alone.  There is one among the
 * two best, because segmentations of a text differ from each other.
 */
static int take_other(void *ctx, double log_p, const uint32_t *ids, size_t n)
{
	struct other *o = ctx;
	size_t i, len, sum = 0;

	for (i = 0; i < n; i++) {
		bp_piece(o->m, ids[i], &len);
		sum += len;
	}
	/* A piece that is not in normal form is normalized first: the pieces have other bytes. */
	if ((n == 1 && ids[0] == o->id) || sum != o->len || n > o->len)
		return 0;
	memcpy(o->ids, ids, n * sizeof(*ids));
	o->n = n;
	o->log_p = log_p;
	return 1;
}

static bool print_piece_text(const bp_model *m, uint32_t id)
{
	char *text = cmd_piece_text(m, id);

	if (text == NULL)
		return false;
	fputs(text, stdout);
	free(text);
	return true;
}

/*
 * Print the segmentation of the piece into others.  If its log-probability is higher than that of
 * the piece, encoding these bytes alone never uses the piece.  Returns false without memory.
 */
static bool print_other(struct other *o, const char *bytes)
{
	bool ok = true;
	size_t i;

	if ((o->ids = calloc(o->len, sizeof(*o->ids))) == NULL ||
	    bp_nbest(o->m, bytes, o->len, 2, take_other, o) != BP_OK)
		return false;
	if (o->n == 0)
		return true;
	printf("without it       ");
	for (i = 0; i < o->n && ok; i++) {
		ok = print_piece_text(o->m, o->ids[i]);
		putchar(i + 1 < o->n ? ' ' : '\n');
	}
	printf("                 log-probability %.4f%s\n", o->log_p,
	       o->log_p > bp_piece_log_probability(o->m, o->id) ? ", which is higher" : "");
	return ok;
}

/* One more than the number of pieces with a higher count; pieces of equal count share a rank. */
static uint32_t rank_of(const bp_model *m, uint32_t id)
{
	uint32_t i, rank = 1;

	msg_end_if_interrupted();
	for (i = BP_FIRST_PIECE; i < bp_vocab_size(m); i++)
		rank += bp_piece_count(m, i) > bp_piece_count(m, id);
	return rank;
}

/* Print all facts about a piece; false without memory. */
static bool print_piece(const bp_model *m, uint32_t id)
{
	struct other other = { .m = m, .id = id };
	const char *bytes = bp_piece(m, id, &other.len);
	bool ok;

	printf("piece            ");
	ok = print_piece_text(m, id);
	printf("\nid               %" PRIu32 "\nlength           %zu byte%s\n", id, other.len,
	       other.len > 1 ? "s" : "");
	printf("count            %" PRIu64 " (rank %" PRIu32 " of %" PRIu32 ")\n",
	       bp_piece_count(m, id), rank_of(m, id), cmd_n_pieces(m));
	printf("log-probability  %.4f\n", bp_piece_log_probability(m, id));
	ok = ok && print_other(&other, bytes);
	free(other.ids);
	return ok;
}

/* The id of the special token with this name, or BP_NO_ID. */
static uint32_t special_id(const bp_model *m, const char *name, size_t len)
{
	const char *s;
	size_t i, n;

	for (i = 0; (s = bp_special(m, i, &n)) != NULL; i++)
		if (n == len && memcmp(s, name, len) == 0)
			break;
	return bp_special_id(m, i);
}

/* Print the facts about a special token; false without memory. */
static bool print_special(const bp_model *m, uint32_t id)
{
	bool special;
	size_t n;
	const char *name = cmd_token(m, id, &n, &special);

	printf("special token    ");
	if (!cmd_print_text(name, n))
		return false;
	printf("\nid               %" PRIu32 "\n", id);
	return true;
}

int inspect_id(const bp_model *m, uint32_t id, bool json)
{
	bool ok;
	size_t n;

	if (json)
		ok = inspect_json_id(m, id);
	else
		ok = bp_piece(m, id, &n) != NULL ? print_piece(m, id) : print_special(m, id);
	return ok ? EXIT_OK : msg_fail("out of memory");
}

int inspect_piece(const bp_model *m, const char *text, bool json)
{
	char *bytes = malloc(strlen(text) + 1);
	int status = EXIT_OK;
	uint32_t id, special;
	size_t len;

	if (bytes == NULL)
		return msg_fail("out of memory");
	if (bp_piece_bytes(text, bytes, &len) != BP_OK) {
		free(bytes);
		return msg_usage("--piece: '%s' has a backslash that is not followed by "
				 "xNN, t, n or \\", text);
	}
	id = bp_piece_id(m, bytes, len);
	special = special_id(m, bytes, len);
	if (special != BP_NO_ID)
		status = inspect_id(m, special, json);
	if (id != BP_NO_ID && status == EXIT_OK)
		status = inspect_id(m, id, json);
	if (id == BP_NO_ID && special == BP_NO_ID)
		status = msg_fail("'%s' is neither a piece nor a special token", text);
	free(bytes);
	return status;
}
