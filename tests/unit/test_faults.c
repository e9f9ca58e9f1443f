/*
 * The public calls with an allocation failing, at the first, at the second and so on: they say that
 * memory is out or do without it, and keep nothing.  The Makefile links this program so that the
 * calls below come between the library and the C library.
 */
#include "support.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bytepiece_files.h"

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void *__real_aligned_alloc(size_t alignment, size_t n);
char *__real_strdup(const char *s);
void __real_free(void *p);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);
void *__wrap_aligned_alloc(size_t alignment, size_t n);
char *__wrap_strdup(const char *s);
void __wrap_free(void *p);

static atomic_long live, until;		/* blocks; calls until one fails, from 1 on */

static bool fails(void)
{
	return atomic_fetch_sub(&until, 1) == 1;
}

static void *made(void *p)
{
	if (p != NULL)
		atomic_fetch_add(&live, 1);
	return p;
}

void *__wrap_malloc(size_t n) { return fails() ? NULL : made(__real_malloc(n)); }
void *__wrap_calloc(size_t n, size_t size) { return fails() ? NULL : made(__real_calloc(n, size)); }
char *__wrap_strdup(const char *s) { return fails() ? NULL : made(__real_strdup(s)); }

void *__wrap_aligned_alloc(size_t alignment, size_t n)
{
	return fails() ? NULL : made(__real_aligned_alloc(alignment, n));
}

void *__wrap_realloc(void *p, size_t n)
{
	if (fails())
		return NULL;
	return p == NULL ? made(__real_realloc(p, n)) : __real_realloc(p, n);
}

void __wrap_free(void *p)
{
	if (p != NULL)
		atomic_fetch_sub(&live, 1);
	__real_free(p);
}

/* What the calls work on, made once. */
static struct t_file text, ids, raw, json, binary, counts, published, plan, out, next;
static bp_model *model, *plain;		/* the latter does not normalise */

/* Not even: words, marks that are joined, malformed bytes, lines. */
static const char words[] =
	"the thing in the house and the other thing of the house: there they were\n"
	"e\xCC\x81t\xC3\xA9 \xE3\x81\x8B\xE3\x82\x99 \xFF\xFE the end of the thing\n\n"
	"house of the other, other than the house of the thing, then there\n"
	"and then the thing was in there with the other things of the house";

static bp_input input(const char *const *path, unsigned threads)
{
	return (bp_input){ .path = path, .n_paths = 1, .threads = threads };
}

static const char *path_of_text[] = { text.path }, *path_of_ids[] = { ids.path },
		  *path_of_raw[] = { raw.path }, *path_of_counts[] = { counts.path, counts.path };

static bp_train_options options(void)
{
	static const uint32_t size[] = { 280, 270 };
	bp_train_options o = bp_train_defaults();

	o.vocab_size = size;
	o.n_sizes = 1;
	o.max_piece_length = 12;
	return o;
}

static bp_status train(unsigned threads, bool reference, bp_error *err)
{
	bp_input in = input(path_of_text, threads);
	struct bp_trained trained[2];
	bp_train_report report = { .model = trained };
	bp_train_options o = options();

	o.reference = reference;
	o.measure = true;
	return bp_train_files(&in, out.path, &o, &report, err);
}

static bp_status train_alone(bp_error *err) { return train(1, false, err); }
static bp_status train_on_two(bp_error *err) { return train(2, false, err); }
static bp_status train_reference(bp_error *err) { return train(1, true, err); }

#ifndef BP_C11
static bp_status train_resume(bp_error *err)
{
	bp_input in = input(path_of_text, 1);
	struct bp_trained trained[2];
	bp_train_report report = { .model = trained };
	bp_train_options o = options();
	char folder[sizeof(out.path) + 8];

	snprintf(folder, sizeof(folder), "%s.work", out.path);
	o.resume = folder;
	o.restart = true;
	return bp_train_files(&in, out.path, &o, &report, err);
}
#endif

static bp_status count(bp_error *err)
{
	bp_input in = input(path_of_text, 1);
	bp_train_options o = options();

	return bp_count_files(&in, out.path, BP_ROWS_TEXT, NULL, &o, err);
}

static bp_status count_next(bp_error *err)
{
	bp_input in = input(path_of_text, 1);
	bp_train_options o = options();

	return bp_count_files(&in, out.path, BP_ROWS_BINARY, plan.path, &o, err);
}

static bp_status merge(bp_error *err)
{
	bp_input in = input(path_of_counts, 1);

	in.n_paths = 2;
	return bp_merge_files(&in, out.path, BP_ROWS_BINARY, err);
}

static bp_status build(bp_error *err)
{
	bp_input in = input(path_of_counts, 1);
	struct bp_trained trained[2];
	bp_train_report report = { .model = trained };
	bp_train_options o = options();
	bool is_next;

	return bp_build_files(&in, out.path, next.path, NULL, &o, &is_next, &report, err);
}

/* 'published' has counts of the published algorithm, which alone has a plan. */
static bp_status build_plan_at(const char *path, bp_error *err)
{
	static const char *const from[] = { published.path };
	bp_input in = input(from, 1);
	struct bp_trained trained[2];
	bp_train_report report = { .model = trained };
	bp_train_options o = options();
	bool is_next;
	bp_status st = bp_build_files(&in, out.path, path, NULL, &o, &is_next, &report, err);

	assert_true(st != BP_OK || is_next);
	return st;
}

static bp_status build_plan(bp_error *err) { return build_plan_at(next.path, err); }

static bp_status load(const char *path, bp_error *err)
{
	bp_model *m = bp_load(path, err);

	bp_free(m);
	return m != NULL ? BP_OK : err->code;
}

static bp_status load_json(bp_error *err) { return load(json.path, err); }
static bp_status load_binary(bp_error *err) { return load(binary.path, err); }

/* A call of the library that is tried with each allocation failing. */
struct attempt {
	const char *name;
	bp_status (*call)(bp_error *err);
	bp_format format;	/* for encode_format() */
	bp_records records;
};
static const struct attempt *current;

static bp_status encode_format(bp_error *err)
{
	bp_input in = input(path_of_text, 1);

	in.records = current->records;
	return bp_encode_files(model, &in, out.path,
			       &(bp_encode_options){ .format = current->format }, err);
}

static bp_status encode_on_two(bp_error *err)
{
	bp_input in = input(path_of_text, 2);

	return bp_encode_files(model, &in, out.path, NULL, err);
}

/* The model read for one short text. */
static bp_status encode_with(const char *path, bp_error *err)
{
	bp_input in = input(path_of_text, 1);

	return bp_encode_files(NULL, &in, out.path, &(bp_encode_options){ .model_path = path }, err);
}

static bp_status encode_with_json(bp_error *err) { return encode_with(json.path, err); }
static bp_status encode_with_binary(bp_error *err) { return encode_with(binary.path, err); }

static bp_status sample(bp_sampler sampler, bp_error *err)
{
	bp_input in = input(path_of_text, 1);
	bp_encode_options o = { .sample = true, .alpha = 0.3, .sampler = sampler };

	return bp_encode_files(model, &in, out.path, &o, err);
}

static bp_status sample_perfect(bp_error *err) { return sample(BP_SAMPLER_PERFECT, err); }
static bp_status sample_viterbi(bp_error *err) { return sample(BP_SAMPLER_VITERBI, err); }

static bp_status nbest(bp_error *err)
{
	bp_input in = input(path_of_text, 1);

	return bp_encode_files(model, &in, out.path, &(bp_encode_options){ .nbest = 4 }, err);
}

static bp_status open_ends(bp_error *err)
{
	bp_input in = input(path_of_text, 1);

	return bp_encode_files(model, &in, out.path, &(bp_encode_options){ .open = true }, err);
}

static bp_status eval(bp_error *err)
{
	bp_input in = input(path_of_text, 2);
	bp_eval_report report;

	return bp_eval_files(model, &in, true, &report, NULL, err);
}

static bp_status decode_ids(bp_error *err)
{
	bp_input in = input(path_of_ids, 2);

	return bp_decode_files(model, &in, out.path, NULL, err);
}

static bp_status decode_raw(bp_error *err)
{
	bp_input in = input(path_of_raw, 1);

	in.records = BP_WHOLE;
	return bp_decode_files(model, &in, out.path, &(bp_decode_options){ .format = BP_FORMAT_U16 },
			       err);
}

static bp_status save_json(bp_error *err) { return bp_save(model, out.path, BP_MODEL_JSON, err); }
static bp_status save_binary(bp_error *err) { return bp_save(model, out.path, BP_MODEL_BINARY, err); }

static bp_status own_output(bp_error *err)
{
	bp_output *o = bp_output_new(out.path, err);
	bp_status st = o != NULL ? BP_OK : bp_fail_memory(err);

	if (st == BP_OK) {
		fputs("text", bp_output_stream(o));
		st = bp_output_commit(o, err);
	}
	bp_output_free(o);
	return st;
}

static bp_status export(bp_export_form form, bp_error *err)
{
	/* To tell SentencePiece how to normalise takes long. */
	return bp_export(form == BP_EXPORT_SENTENCEPIECE ? plain : model, out.path, form, NULL, err);
}

static bp_status export_sentencepiece(bp_error *err) { return export(BP_EXPORT_SENTENCEPIECE, err); }
static bp_status export_huggingface(bp_error *err) { return export(BP_EXPORT_HUGGINGFACE, err); }
static bp_status export_tsv(bp_error *err) { return export(BP_EXPORT_TSV, err); }
static bp_status export_gguf(bp_error *err) { return export(BP_EXPORT_GGUF, err); }

#ifndef BP_C11
/* Into a folder that is made, with a template; an export that fails leaves no folder. */
static bp_status export_folder(bp_error *err)
{
	static const char *const name[] = { "tokenizer.json", "tokenizer_config.json", "" };
	bp_export_options o = { .bos = true, .chat_template = next.path };
	char folder[sizeof(out.path) + 8], file[sizeof(out.path) + 64];
	bp_status st;
	size_t i;

	snprintf(folder, sizeof(folder), "%s.hf/", out.path);
	st = bp_export(model, folder, BP_EXPORT_HUGGINGFACE, &o, err);
	for (i = 0; i < 3; i++) {
		snprintf(file, sizeof(file), "%s%s", folder, name[i]);
		assert_int_equal(remove(file) == 0, st == BP_OK);
	}
	return st;
}
#endif

/* Calls of bytepiece.h on text in memory. */
static uint32_t id[2 * sizeof(words)];

static bp_status in_memory(bp_error *err)
{
	size_t n, left;
	char rest[sizeof(words) * 4];
	bp_status st = bp_encode(model, words, sizeof(words) - 1, id, &n);

	if (st == BP_OK)
		st = bp_encode_open(model, words, sizeof(words) - 1, id, &n, rest, &left);
	return st == BP_OK ? st : bp_fail_memory(err);
}

static bp_status stream(bp_error *err)
{
	bp_stream *s = bp_stream_new(model);
	bp_status st = s != NULL ? bp_stream_feed(s, words, sizeof(words) - 1) : BP_ENOMEM;

	while (st == BP_OK && bp_stream_take(s, id, 7) == 7)
		;
	if (st == BP_OK)
		st = bp_stream_end(s);
	bp_stream_free(s);
	return st == BP_OK ? st : bp_fail_memory(err);
}

/* Short texts; on two threads as many bytes as make two chunks. */
static bp_status encode_texts(unsigned threads, size_t n, bp_error *err)
{
	static const char *list[2000];
	static size_t len[2000];
	bp_specials *s = bp_specials_new(model, err);
	bp_texts_options o = { .bos = true, .specials = s, .threads = threads };
	bp_ids *r = NULL;
	size_t i;

	for (i = 0; i < n; i++) {
		list[i] = words;
		len[i] = sizeof(words) - 1 - i % 5;
	}
	if (s != NULL)
		r = bp_encode_text_list(model, list, len, n, &o, err);
	bp_specials_free(s);
	bp_ids_free(r);
	return r != NULL ? BP_OK : err->code;
}

static bp_status texts(bp_error *err) { return encode_texts(1, 20, err); }
static bp_status texts_on_two(bp_error *err) { return encode_texts(2, 2000, err); }

static int take_marginal(void *ctx, size_t start, size_t len, uint32_t piece, double probability)
{
	(void)start;
	(void)len;
	(void)piece;
	(void)probability;
	++*(size_t *)ctx;
	return 0;
}

static int take_nbest(void *ctx, double log_p, const uint32_t *ids_of, size_t n)
{
	(void)log_p;
	(void)ids_of;
	*(size_t *)ctx += n;
	return 0;
}

static bp_status distribution(bp_error *err)
{
	bp_distribution *d = bp_distribution_new(model, 0.5, err);
	bp_draw draw = { 1, 2, 3 };
	size_t n = 0, len = sizeof(words) - 1;
	double x;
	bp_status st;

	if (d == NULL)
		return err->code;
	if ((st = bp_sample(d, BP_SAMPLER_PERFECT, &draw, words, len, id, &n)) == BP_OK &&
	    (st = bp_sample(d, BP_SAMPLER_VITERBI, &draw, words, len, id, &n)) == BP_OK &&
	    (st = bp_text_log_probability(d, words, len, &x)) == BP_OK &&
	    (st = bp_text_entropy(d, words, len, &x)) == BP_OK &&
	    (st = bp_text_marginals(d, words, len, 0.1, take_marginal, &n)) == BP_OK)
		st = bp_nbest(model, words, len, 5, take_nbest, &n);
	bp_distribution_free(d);
	return st == BP_OK ? st : bp_fail_memory(err);
}

/* At how many allocations a call is tried, the first and the last ones among them. */
static long most(void)
{
	const char *which = getenv("BP_FAULTS");

	return which != NULL && strcmp(which, "all") == 0 ? 100000 : 24;
}

static void each_allocation_may_fail(void **state)
{
	bp_status (*call)(bp_error *err);
	long before = atomic_load(&live), n, at, failed = 0;
	bp_error err = { 0 };
	bp_status st;

	current = *state;
	call = current->call;
	atomic_store(&until, 0);
	st = call(&err);
	T_OK(st == BP_OK, "undisturbed: %s", err.msg);
	n = -atomic_load(&until);
	T_OK(atomic_load(&live) == before, "undisturbed: %ld blocks are left",
	     atomic_load(&live) - before);
	for (at = 1; at <= n; at += at < most() / 2 || n - at < most() / 4 ? 1 : 1 + n * 4 / most()) {
		err = (bp_error){ 0 };
		atomic_store(&until, at);
		st = call(&err);
		atomic_store(&until, 0);
		failed += st != BP_OK;
		T_OK(st == BP_OK || (st == BP_ENOMEM && err.code == st &&
				     strstr(err.msg, "out of memory") != NULL),
		     "allocation %ld of %ld: status %d, %s", at, n, (int)st, err.msg);
		T_OK(atomic_load(&live) == before, "allocation %ld of %ld: %ld blocks are left", at, n,
		     atomic_load(&live) - before);
	}
	T_OK(failed > 0, "of %ld allocations none was missed", n);
}

static int set_up(void **state)
{
	struct t_file *empty[] = { &ids, &raw, &json, &binary, &counts, &published, &plan, &out, &next };
	bp_input in = input(path_of_text, 1);
	bp_train_options o = options();
	struct bp_trained trained[2];
	bp_train_report report = { .model = trained };
	bp_error err;
	size_t i;

	(void)state;
	t_file_make(&text, (struct slice){ (const unsigned char *)words, sizeof(words) - 1 });
	for (i = 0; i < sizeof(empty) / sizeof(empty[0]); i++)
		t_file_make(empty[i], S(""));
	if (bp_train_files(&in, json.path, &o, &report, &err) != BP_OK ||
	    (model = bp_load(json.path, &err)) == NULL ||
	    bp_save(model, binary.path, BP_MODEL_BINARY, &err) != BP_OK ||
	    bp_encode_files(model, &in, ids.path, NULL, &err) != BP_OK ||
	    bp_count_files(&in, counts.path, BP_ROWS_BINARY, NULL, &o, &err) != BP_OK)
		return -1;
	o.normalize = BP_NORMALIZE_NONE;
	if (bp_train_files(&in, out.path, &o, &report, &err) != BP_OK ||
	    (plain = bp_load(out.path, &err)) == NULL)
		return -1;
	in.records = BP_WHOLE;
	if (bp_encode_files(model, &in, raw.path, &(bp_encode_options){ .format = BP_FORMAT_U16 },
			    &err) != BP_OK)
		return -1;
	in = input(path_of_text, 1);
	o = options();
	o.reference = true;
	return bp_count_files(&in, published.path, BP_ROWS_BINARY, NULL, &o, &err) == BP_OK &&
	       build_plan_at(plan.path, &err) == BP_OK ? 0 : -1;
}

static int tear_down(void **state)
{
	struct t_file *f[] = { &text, &ids, &raw, &json, &binary, &counts, &published, &plan, &out, &next };
	bp_error err;
	size_t i;

	(void)state;
#ifndef BP_C11
	if (train_resume(&err) != BP_OK)	/* which removes the folder in the end */
		return -1;
#endif
	(void)err;
	bp_free(model);
	bp_free(plain);
	for (i = 0; i < sizeof(f) / sizeof(f[0]); i++)
		t_file_remove(f[i]);
	return 0;
}

#define CALL(f) { #f, f, BP_FORMAT_IDS, BP_LINES }
static const struct attempt calls[] = {
	CALL(load_json), CALL(load_binary), CALL(in_memory), CALL(stream), CALL(texts),
	CALL(texts_on_two), CALL(distribution),
	CALL(encode_on_two), CALL(encode_with_json), CALL(encode_with_binary),
	CALL(sample_perfect), CALL(sample_viterbi), CALL(nbest), CALL(open_ends), CALL(eval),
	CALL(decode_ids), CALL(decode_raw), CALL(save_json), CALL(save_binary),
	CALL(own_output),
	CALL(export_sentencepiece), CALL(export_huggingface), CALL(export_tsv),
	CALL(export_gguf),
	CALL(train_alone), CALL(train_on_two), CALL(train_reference),
#ifndef BP_C11
	CALL(train_resume), CALL(export_folder),
#endif
	CALL(count), CALL(count_next), CALL(merge), CALL(build), CALL(build_plan)
};
enum { N_CALLS = sizeof(calls) / sizeof(calls[0]), MAX_FORMATS = 16 };

/* The calls above, and the encoding in each format, in one record mode each. */
int main(void)
{
	struct attempt attempt[N_CALLS + MAX_FORMATS];
	/* cmocka skips tests without a function. */
	struct CMUnitTest test[N_CALLS + MAX_FORMATS] = { { NULL, NULL, NULL, NULL, NULL } };
	const char *name;
	size_t n, i;

	memcpy(attempt, calls, sizeof(calls));
	for (n = N_CALLS; n < N_CALLS + MAX_FORMATS &&
	     (name = bp_format_name((bp_format)(n - N_CALLS))) != NULL; n++)
		attempt[n] = (struct attempt){ name, encode_format, (bp_format)(n - N_CALLS),
					       (bp_records)((n - N_CALLS) % 3) };
	for (i = 0; i < n; i++)
		test[i] = (struct CMUnitTest){ attempt[i].name, each_allocation_may_fail, NULL, NULL,
					       &attempt[i] };
	return cmocka_run_group_tests_name("allocations that fail", test, set_up, tear_down);
}
