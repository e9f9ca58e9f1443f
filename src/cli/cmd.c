/* The code that commands share. */
#include "cli/cmd.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print_input_note(void *ctx, const char *line)
{
	(void)ctx;
	msg_info("warning: %s", line);
}

/* False, with a message, if options exclude each other. */
static bool check_records(const struct cmd_records *r)
{
	const char *other = r->null ? "-z" : r->whole ? "--whole" : "--jsonl";

	if (r->null && r->whole)
		msg_usage("-z and --whole exclude each other");
	else if (r->field != NULL && (r->null || r->whole))
		msg_usage("--jsonl and %s exclude each other", other);
	else if (r->skip_bad && r->field == NULL)
		msg_usage("--skip-bad needs --jsonl");
	else if (r->weighted && (r->null || r->whole || r->field != NULL))
		msg_usage("--weighted and %s exclude each other", other);
	else
		return true;
	return false;
}

/* Split "N:FILE".  False, with a message, if it is something else. */
static bool split_weight(const char *word, uint64_t *weight, const char **path)
{
	size_t n = strspn(word, "0123456789");
	char digits[20];

	*path = word + n + 1;
	if (word[n] == ':' && n > 0 && n < sizeof(digits) && word[n + 1] != '\0') {
		memcpy(digits, word, n);
		digits[n] = '\0';
		if (opt_number(digits, weight) && *weight >= 1 && *weight <= INT64_MAX)
			return true;
	}
	msg_usage("--weight: '%s' is not N:FILE, with N from 1 to %" PRId64, word, INT64_MAX);
	return false;
}

/* Add the files of --weight behind the first n_files inputs.  False with the exit status. */
static bool add_weighted_files(struct cmd_records *r, bp_input *in, size_t n_files, int *status)
{
	size_t n = n_files + r->weights.n, i;

	r->path = calloc(n, sizeof(*r->path));
	r->weight = calloc(n, sizeof(*r->weight));
	if (r->path == NULL || r->weight == NULL) {
		*status = msg_fail("out of memory");
		return false;
	}
	*status = EXIT_USAGE;
	for (i = 0; i < n; i++)
		if (i < n_files) {
			r->path[i] = in->path[i];
			r->weight[i] = 1;
		} else if (!split_weight(r->weights.word[i - n_files], &r->weight[i],
					 &r->path[i])) {
			return false;
		}
	in->path = r->path;
	in->n_paths = n;
	return true;
}

void cmd_records_release(struct cmd_records *r)
{
	free(r->weights.word);
	free(r->path);
	free(r->weight);
}

bool cmd_start(const struct command *self, const struct opt *opts, size_t n, int argc, char **argv,
	       struct cmd_records *r, bp_input *in, int *status)
{
	static const char *const standard_input[] = { "-" };
	static bp_skipped_lines skipped;	/* a process runs one command */
	int n_files;
	enum opt_result parsed = opt_parse(self, opts, n, argc, argv, &n_files);

	*status = parsed == OPT_DONE ? EXIT_OK : parsed == OPT_FAILED ? EXIT_FAILED : EXIT_USAGE;
	if (parsed != OPT_GO_ON)
		return false;
	if (!check_records(r))
		return false;
	/* After parsing, because -o may come last. */
	msg.streams = outputs_go_to_stdout(opts, n);
	*in = (bp_input){
		.path = n_files > 0 ? (const char *const *)argv : standard_input,
		.n_paths = n_files > 0 ? (size_t)n_files : 1,
		.records = r->field != NULL ? BP_JSONL :
			   r->whole ? BP_WHOLE : r->null ? BP_NULS : BP_LINES,
		.json = { r->field, r->skip_bad, &skipped },
		.threads = (unsigned)opt_threads,
		.progress = msg_progress,
		.note = print_input_note
	};
	if (r->weights.n > 0 && !add_weighted_files(r, in, (size_t)n_files, status))
		return false;
	*status = stdin_check(self, opts, n, in, n_files > 0);
	if (*status == EXIT_OK)
		*status = outputs_check(self, opts, n, in);
	return *status == EXIT_OK;
}

bp_model *cmd_load(const char *path, int *status)
{
	double start = msg_seconds();
	bp_error err;
	bp_model *m;

	if (path == NULL) {
		*status = msg_usage("-m MODEL is required");
		return NULL;
	}
	if ((m = bp_load(path, &err)) == NULL)
		*status = cmd_failed(&err);
	else
		msg_explain("%s: %" PRIu32 " ids, normalization %s, loaded in %.3f s", path,
			    bp_vocab_size(m),
			    bp_model_normalize(m) == BP_NORMALIZE_NFC ? "nfc" : "none",
			    msg_seconds() - start);
	return m;
}

bool cmd_load_to_tell(const char *path, bp_model **m, int *status)
{
	*m = path == NULL || msg.verbose ? cmd_load(path, status) : NULL;
	return *m != NULL || (path != NULL && !msg.verbose);
}

const char *cmd_model_path(const char *by_option, const bp_input *in, char **argv, int *status)
{
	bool has_operands = in->path == (const char *const *)argv;

	if (by_option != NULL && !has_operands)
		return by_option;
	/* Without operands, the only path is that of standard input. */
	if (by_option == NULL && in->n_paths == 1)
		return in->path[0];
	*status = msg_usage("exactly one MODEL is required");
	return NULL;
}

bool cmd_reserve_bytes(struct opt_words *specials)
{
	enum { N = 127 };
	static char name[N][sizeof("<0x01>")];
	const char **word = realloc(specials->word, (specials->n + N) * sizeof(*word));
	unsigned i;

	if (word == NULL)
		return false;
	specials->word = word;
	for (i = 0; i < N; i++) {
		snprintf(name[i], sizeof(name[i]), "<0x%02X>", i + 1);
		specials->word[specials->n++] = name[i];
	}
	return true;
}

uint32_t cmd_n_specials(const bp_model *m)
{
	uint32_t n = BP_FIRST_PIECE;	/* <pad>, <bos> and <eos>: every model has them */

	while (bp_special_id(m, n) != BP_NO_ID)
		n++;
	return n;
}

uint32_t cmd_n_pieces(const bp_model *m)
{
	return bp_vocab_size(m) - cmd_n_specials(m);
}

char *cmd_piece_text(const bp_model *m, uint32_t id)
{
	size_t room = bp_piece_text(m, id, NULL, 0) + 1;
	char *text = malloc(room);

	if (text != NULL)
		bp_piece_text(m, id, text, room);
	return text;
}

const char *cmd_token(const bp_model *m, uint32_t id, size_t *len, bool *special)
{
	const char *bytes = bp_piece(m, id, len);
	size_t i = 0;

	*special = bytes == NULL;
	if (bytes != NULL)
		return bytes;
	while (bp_special_id(m, i) != id)
		i++;
	return bp_special(m, i, len);
}

bool cmd_alpha(const char *s, double *alpha)
{
	char *end;

	/* strtod() alone would accept "inf", "nan" and hexadecimal numbers. */
	*alpha = strtod(s, &end);
	return strspn(s, "0123456789.eE+-") == strlen(s) && strspn(s, "0123456789.") > 0 &&
	       *end == '\0' && *alpha >= 0 && isfinite(*alpha);
}

bool cmd_print_text(const char *text, size_t n)
{
	size_t room = bp_printable(text, n, NULL, 0) + 1;
	char *shown = malloc(room);

	if (shown == NULL)
		return false;
	bp_printable(text, n, shown, room);
	fputs(shown, stdout);
	free(shown);
	return true;
}

bool cmd_print_field(const char *field, const char *text)
{
	fputs(field, stdout);
	if (!cmd_print_text(text, strlen(text)))
		return false;
	putchar('\n');
	return true;
}

void cmd_explain_cost(double start)
{
	char peak[32];

	msg_explain("%.3f s, peak memory %s", msg_seconds() - start,
		    msg_bytes(bp_peak_memory(), peak));
}

void cmd_report_skipped(const bp_input *in)
{
	const bp_skipped_lines *s = in->json.skipped;

	if (s == NULL || s->lines == 0)
		return;
	msg_progress_end();
	msg_info("%" PRIu64 " line%s skipped; the first: %s", s->lines, s->lines > 1 ? "s" : "",
		 s->first.msg);
}

int cmd_failed(const bp_error *err)
{
	return msg_fail("%s", err->msg);
}

int cmd_call_failed(const bp_error *err)
{
	return err->code == BP_ERANGE ? msg_usage("%s", err->msg) : cmd_failed(err);
}
