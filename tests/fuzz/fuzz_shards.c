/* Training in parts gives the model of training at once, for tiny texts of any bytes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

#include "bytepiece_files.h"

enum { TEXT = 6000, PARTS = 3, STEPS = 16 };

static const char *const names[PARTS] = { "a", "b", "c" };

struct training {
	bp_train_options o;
	bp_input in;
	uint32_t size;
	struct bp_trained trained;
	bp_train_report report;
	bp_rows form;
};

static bp_status whole(struct training *t, bp_error *err)
{
	return bp_train_files(&t->in, fuzz_path("model"), &t->o, &t->report, err);
}

/* One step: count all parts, in files "in" and two that are merged before it. */
static bp_status step(struct training *t, const char *plan, bool *next, bp_error *err)
{
	static const char *const made[PARTS] = { "in", "back", "next" };
	const char *counts[PARTS] = { fuzz_path(made[0]), fuzz_path(made[1]), fuzz_path(made[2]) };
	const char *merged[2] = { fuzz_path("out"), counts[0] };
	bp_input one = t->in;
	bp_status st = BP_OK;
	size_t i;

	one.n_paths = 1;
	for (i = 0; i < t->in.n_paths && st == BP_OK; i++) {
		one.path = &t->in.path[i];
		st = bp_count_files(&one, counts[i], i == 1 ? t->form : BP_ROWS_BINARY, plan, &t->o,
				    err);
	}
	one.path = counts + 1;
	one.n_paths = t->in.n_paths - 1;
	if (st == BP_OK && one.n_paths > 0)
		st = bp_merge_files(&one, merged[0], t->form, err);
	one.path = merged + (one.n_paths == 0);
	one.n_paths = BP_MIN(t->in.n_paths, 2);
	if (st == BP_OK)
		st = bp_build_files(&one, fuzz_path("back"), fuzz_path("next"), plan, &t->o, next,
				    &t->report, err);
	return st;
}

static bp_status in_parts(struct training *t, bp_error *err)
{
	const char *plan = NULL;
	bool next = true;
	bp_status st = BP_OK;
	int steps;

	for (steps = 0; next && st == BP_OK; steps++) {
		FUZZ_CHECK(steps < STEPS);
		st = step(t, plan, &next, err);
		if (st == BP_OK && next) {
			plan = fuzz_path("plan");
			remove(plan);
			FUZZ_CHECK(rename(fuzz_path("next"), plan) == 0);
		}
	}
	return st;
}

static void set_options(struct training *t, struct slice *in)
{
	static const bp_bytes special[] = { { .bytes = "a", .len = 1 },
					     { .bytes = "b\n", .len = 2 } };
	unsigned how = fuzz_byte(in), more = fuzz_byte(in);

	t->o = bp_train_defaults();
	t->o.specials = (more & 128) != 0;
	t->o.special = special;
	t->o.n_specials = t->o.specials ? 2 : 0;
	t->size = BP_VOCAB_MIN + (uint32_t)t->o.n_specials + fuzz_byte(in);
	t->o.vocab_size = &t->size;
	t->o.n_sizes = 1;
	t->o.measure = how & 1;
	t->o.reference = (how & 2) != 0;
	t->o.digits = !(how & 4) ? BP_DIGITS_ANY : more & 64 ? BP_DIGITS_UPTO3 : BP_DIGITS_SINGLE;
	t->o.punctuation_apart = (more & 128) != 0;
	t->o.ensure_unicode = !(how & 8) ? BP_UNICODE_NO :
			      (more & 64) && !t->o.reference ? BP_UNICODE_BEGIN : BP_UNICODE_YES;
	t->o.normalize = how & 16 ? BP_NORMALIZE_NONE : BP_NORMALIZE_NFC;
	t->o.across_spaces = (bp_across_spaces)((how >> 5) % 4);
	t->form = how & 128 ? BP_ROWS_TEXT : BP_ROWS_BINARY;
	t->o.min_count = 1 + (more & 1);
	t->o.max_piece_length = more & 2 ? 36 : 5;
	t->o.order = 1 + (more >> 2) % BP_ORDER_MAX;
	t->o.sample_size = more & 32 ? 100 : 1 << 20;
	/* The published algorithm may need more, and says so; in parts and whole alike. */
	t->o.memory = t->o.reference || (more & 16) ? 0 : 1;
	t->in.records = (bp_records)((more >> 6) % 3);
	t->in.threads = 1;
	t->report.model = &t->trained;
}

/* Cut the text into the files, each place in 1/256 of it. */
static void write_parts(struct training *t, struct slice text, const unsigned *cut)
{
	size_t i, at = 0, end;

	for (i = 0; i < t->in.n_paths; i++, at = end) {
		end = i + 1 == t->in.n_paths ? text.n : text.n * cut[i] / 256;
		end = BP_MAX(at, end);
		fuzz_write(fuzz_path(names[i]), (struct slice){ text.p + at, end - at });
	}
}

static void check_same(void)
{
	struct buf a = { 0 }, b = { 0 };

	fuzz_read(fuzz_path("model"), &a);
	fuzz_read(fuzz_path("back"), &b);
	FUZZ_CHECK(fuzz_same(fuzz_slice(&a), fuzz_slice(&b)));
	bp_buf_release(&a);
	bp_buf_release(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *path[PARTS] = { fuzz_path("a"), fuzz_path("b"), fuzz_path("c") };
	struct slice in = { data, size };
	struct training t = { .in = { .path = path } };
	bp_error err = { .code = BP_OK };
	struct buf text = { 0 };
	unsigned cut[PARTS], i;
	bp_status st;

	set_options(&t, &in);
	t.in.n_paths = 1 + fuzz_byte(&in) % PARTS;
	for (i = 0; i < PARTS; i++)
		cut[i] = fuzz_byte(&in);
	fuzz_text(in, NULL, TEXT, &text);
	FUZZ_CHECK(bp_buf_reserve(&text, 0));
	write_parts(&t, fuzz_slice(&text), cut);
	st = whole(&t, &err);
	FUZZ_CHECK(in_parts(&t, &err) == st);
	if (st == BP_OK)
		check_same();
	bp_buf_release(&text);
	return 0;
}
