#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/cmd.h"

/* Values of options as the table takes them. */
struct train_args {
	const char *out;
	struct opt_list sizes;
	uint64_t order, min_count, max_piece_length;
	unsigned ensure_unicode, normalize;
};

static void print_summary(const bp_train_options *o, const bp_train_report *r, double seconds)
{
	char bytes[32], peak[32];
	double per_token;
	size_t i;

	msg_info("%s in %" PRIu64 " segments", msg_bytes(r->bytes, bytes), r->segments);
	for (i = 0; i < o->n_sizes; i++) {
		per_token = r->model[i].tokens > 0
			? (double)r->bytes / (double)r->model[i].tokens : 0;
		msg_info("vocabulary %" PRIu32 " of %" PRIu32 " asked for, %.3f bytes per token%s",
			 r->model[i].vocab_size, o->vocab_size[i], per_token,
			 r->model[i].vocab_size < o->vocab_size[i] / 100 * 99
				? "; the text has no more pieces that satisfy the options" : "");
	}
	if (bp_peak_memory() > 0)
		msg_info("%.1f s, peak memory %s", seconds, msg_bytes(bp_peak_memory(), peak));
	else
		msg_info("%.1f s, peak memory not known", seconds);
}

static int train(const bp_input *in, const struct train_args *a, bp_train_options *o)
{
	bp_train_report report = { 0 };
	double start = msg_seconds();
	int status = EXIT_OK;
	bp_error err;

	if (a->sizes.n > 0) {
		o->vocab_size = a->sizes.value;
		o->n_sizes = a->sizes.n;
	}
	o->order = (unsigned)a->order;
	o->min_count = a->min_count;
	o->max_piece_length = (uint32_t)a->max_piece_length;
	o->ensure_unicode = a->ensure_unicode == 0;
	o->normalize = a->normalize == 0 ? BP_NORMALIZE_NFC : BP_NORMALIZE_NONE;
	o->measure = !msg.quiet;
	msg_explain("%s, texts are %s, normalization %s", o->reference ?
		    "published algorithm" : "repeats as seeds, EM and pruning by loss in context",
		    in->records == BP_WHOLE ? "files" : in->records == BP_NULS ? "ended by NUL" :
		    "lines", o->normalize == BP_NORMALIZE_NFC ? "nfc" : "none");
	if ((report.model = calloc(o->n_sizes, sizeof(*report.model))) == NULL)
		return msg_fail("out of memory");
	if (bp_train_files(in, a->out, o, &report, &err) == BP_OK)
		print_summary(o, &report, msg_seconds() - start);
	else
		status = err.code == BP_ERANGE ? msg_usage("%s", err.msg) : cmd_failed(&err);
	free(report.model);
	return status;
}

int cmd_train(const struct command *self, int argc, char **argv)
{
	bp_train_options o = bp_train_defaults();
	struct train_args a = { .order = o.order, .min_count = o.min_count,
				.max_piece_length = o.max_piece_length };
	struct cmd_records records = { 0 };
	const struct opt opts[] = {
		OPT_TO_STRING('o', "output", "MODEL", &a.out,
			      "the model to write (required); with several sizes, MODEL.SIZE"),
		OPT_TO_LIST(0, "vocab-size", "N[,N...]", &a.sizes, BP_VOCAB_MIN, INT32_MAX,
			    "number of ids, control tokens included (default 32000)"),
		OPT_TO_NUMBER(0, "order", "N", &a.order, 1, BP_ORDER_MAX,
			      "with --reference: bytes in the longest n-gram (default 6)"),
		OPT_TO_NUMBER(0, "min-count", "N", &a.min_count, 1, INT64_MAX,
			      "strings that occur less often are no candidates (default 2)"),
		OPT_TO_NUMBER(0, "max-piece-length", "N", &a.max_piece_length, 1, BP_PIECE_MAX,
			      "longest piece, in bytes (default 36)"),
		OPT_TO_FLAG(0, "isolate-digits", &o.isolate_digits,
			    "make every decimal digit a piece by itself"),
		OPT_TO_CHOICE(0, "ensure-unicode", "yes|no", &a.ensure_unicode,
			      "no piece begins inside a character (default yes)"),
		OPT_TO_CHOICE(0, "normalize", "nfc|none", &a.normalize,
			      "Unicode normal form of texts, here and when encoding (default nfc)"),
		OPT_TO_FLAG(0, "reference", &o.reference,
			    "the published algorithm to the letter: BytePiece 0.6.3's model"),
		CMD_RECORDS(records),
	};
	bp_input in;
	int status;

	if (!CMD_START(self, opts, argc, argv, &records, &in, &status)) {
		free(a.sizes.value);
		return status;
	}
	status = a.out == NULL ? msg_usage("a model to write is needed: -o MODEL")
			       : train(&in, &a, &o);
	free(a.sizes.value);
	return status;
}
