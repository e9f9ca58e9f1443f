/*
 * The stack that the calls of the library take: each runs on a thread of its own, with a stack that
 * is filled with a pattern first, and may have changed at most 64 KB of the pattern, beside the
 * part that the C library needs for itself.
 */
#define _POSIX_C_SOURCE 200809L

#include <limits.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bytepiece_files.h"
#include "support.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || \
	__has_feature(memory_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0	/* with one, frames are larger, and memory has other addresses */
#endif

/* Bytes: of a stack; of the promise in the README; of the C library, its thread and printf(). */
enum { STACK = 1 << 20, PROMISE = 64 << 10, OF_C = 16 << 10, PATTERN = 0xA5 };

/* Files and memory that the calls use, made before they are measured. */
struct world {
	struct t_file json, text, out, list, more;
	struct buf content;
	bp_model *m;
	uint32_t *ids;
	char *bytes;
	size_t n;
	const char *path[2];
	bp_input in;
	bp_error err;
};

typedef bp_status call_fn(struct world *w);

struct measured {
	call_fn *call;
	struct world *w;
	bp_status st;
};

static void *run_call(void *arg)
{
	struct measured *x = arg;

	x->st = x->call(x->w);
	return NULL;
}

/* The bytes of stack that the call takes. */
static size_t stack_of(call_fn *call, struct world *w)
{
	struct measured x = { call, w, BP_OK };
	unsigned char *stack;
	pthread_attr_t attr;
	pthread_t thread;
	void *memory;
	size_t i;

	assert_int_equal(posix_memalign(&memory, 65536, STACK), 0);
	stack = memory;
	memset(stack, PATTERN, STACK);
	assert_int_equal(pthread_attr_init(&attr), 0);
	assert_int_equal(pthread_attr_setstack(&attr, stack, STACK), 0);
	assert_int_equal(pthread_create(&thread, &attr, run_call, &x), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	pthread_attr_destroy(&attr);
	T_OK(x.st == BP_OK, "%s", w->err.msg);
	for (i = 0; i < STACK && stack[i] == PATTERN; i++)
		;
	free(stack);
	return STACK - i;
}

static bp_status load(struct world *w)
{
	bp_model *m = bp_load(w->json.path, &w->err);

	if (m == NULL)
		return w->err.code;
	bp_free(m);
	m = bp_load_memory(w->content.data, w->content.len, "memory", &w->err);
	assert_null(m);
	return BP_OK;
}

static bp_status load_binary(struct world *w)
{
	bp_status st = bp_save(w->m, w->out.path, BP_MODEL_BINARY, &w->err);
	bp_model *m = st == BP_OK ? bp_load(w->out.path, &w->err) : NULL;

	if (m == NULL)
		return BP_EFORMAT;
	bp_free(m);
	return BP_OK;
}

static bp_status save_json(struct world *w)
{
	return bp_save(w->m, w->out.path, BP_MODEL_JSON, &w->err);
}

static const char *text(const struct world *w)
{
	return (const char *)w->content.data;
}

static bp_status encode_short(struct world *w)
{
	return bp_encode(w->m, text(w), 200, w->ids, &w->n);
}

static bp_status encode_long(struct world *w)
{
	size_t len;
	bp_status st = bp_encode(w->m, text(w), w->content.len, w->ids, &w->n);

	return st == BP_OK ? bp_decode(w->m, w->ids, w->n, w->bytes, w->content.len, &len) : st;
}

static bp_status stream(struct world *w)
{
	bp_stream *s = bp_stream_new(w->m);
	bp_status st;

	if (s == NULL)
		return BP_ENOMEM;
	st = bp_stream_feed(s, text(w), w->content.len);
	bp_stream_take(s, w->ids, w->content.len);
	bp_stream_end(s);
	bp_stream_free(s);
	return st;
}

static bp_status encode_open(struct world *w)
{
	size_t left;

	return bp_encode_open(w->m, text(w), w->content.len, w->ids, &w->n, w->bytes, &left);
}

static bp_status pieces(struct world *w)
{
	char bytes[64];
	uint32_t id;
	size_t len;

	for (id = 0; id < bp_vocab_size(w->m); id++) {
		bp_piece_text(w->m, id, w->bytes, 100000);
		bp_piece(w->m, id, &len);
		bp_piece_log_probability(w->m, id);
	}
	bp_pieces_with_prefix(w->m, "a", 1, w->ids, 1000);
	return bp_piece_bytes("a\\x20b", bytes, &len);
}

static bp_status encode_specials(struct world *w)
{
	bp_specials *s = bp_specials_new(w->m, &w->err);
	bp_status st;

	if (s == NULL)
		return w->err.code;
	st = bp_encode_specials(s, text(w), w->content.len, w->ids, &w->n);
	bp_specials_free(s);
	return st;
}

static bp_status encode_texts(struct world *w)
{
	uint64_t offset[] = { 0, 100000, 100000, w->content.len };
	bp_specials *s = bp_specials_new(w->m, &w->err);
	bp_texts_options o = { .bos = true, .specials = s, .threads = w->in.threads };
	bp_ids *r = NULL;

	if (s != NULL)
		r = bp_encode_texts(w->m, text(w), w->content.len, offset, 3, &o, &w->err);
	bp_ids_free(r);
	bp_specials_free(s);
	return r != NULL ? BP_OK : w->err.code;
}

static int no_marginal(void *ctx, size_t start, size_t len, uint32_t id, double p)
{
	(void)ctx, (void)start, (void)len, (void)id, (void)p;
	return 0;
}

static int no_best(void *ctx, double log_p, const uint32_t *ids, size_t n)
{
	(void)ctx, (void)log_p, (void)ids, (void)n;
	return 0;
}

static bp_status distribution(struct world *w)
{
	bp_distribution *d = bp_distribution_new(w->m, 0.5, &w->err);
	bp_draw draw = { 1, 0, 0 };
	double x;
	int k;

	if (d == NULL)
		return w->err.code;
	for (k = 0; k < 2; k++)
		if (bp_sample(d, k == 0 ? BP_SAMPLER_PERFECT : BP_SAMPLER_VITERBI, &draw, text(w),
			      w->content.len, w->ids, &w->n) != BP_OK)
			return BP_ENOMEM;
	bp_text_log_probability(d, text(w), w->content.len, &x);
	bp_text_entropy(d, text(w), w->content.len, &x);
	bp_text_marginals(d, text(w), w->content.len, 0.5, no_marginal, NULL);
	bp_distribution_free(d);
	return BP_OK;
}

static bp_status nbest(struct world *w)
{
	return bp_nbest(w->m, text(w), 2000, 20, no_best, NULL);
}

static bp_status export_all(struct world *w)
{
	bp_status st = BP_OK;
	size_t i;

	for (i = 0; bp_export_form_info(i) != NULL && st == BP_OK; i++) {
		st = bp_export(w->m, w->out.path, (bp_export_form)i, NULL, &w->err);
		if (st == BP_ERANGE && i == BP_EXPORT_GGUF)	/* pieces are random bytes */
			st = BP_OK;
	}
	return st;
}

/* Every format and way of encoding files, and decoding. */
static bp_status encode_files(struct world *w)
{
	bp_encode_options o = { 0 };
	bp_status st = BP_OK;
	unsigned i;

	for (i = 0; bp_format_name((bp_format)i) != NULL && st == BP_OK; i++) {
		o = (bp_encode_options){ .format = (bp_format)i, .specials = true };
		st = bp_encode_files(w->m, &w->in, w->out.path, &o, &w->err);
	}
	o = (bp_encode_options){ .nbest = 3 };
	if (st == BP_OK)
		st = bp_encode_files(w->m, &w->in, w->out.path, &o, &w->err);
	o = (bp_encode_options){ .open = true };
	if (st == BP_OK)
		st = bp_encode_files(w->m, &w->in, w->out.path, &o, &w->err);
	o = (bp_encode_options){ .sample = true, .alpha = 0.5, .model_path = w->json.path };
	return st == BP_OK ? bp_encode_files(NULL, &w->in, w->out.path, &o, &w->err) : st;
}

static bp_status decode_files(struct world *w)
{
	const char *path = w->more.path;
	bp_input in = { .path = &path, .n_paths = 1, .threads = 1 };
	bp_status st = bp_encode_files(w->m, &w->in, path, NULL, &w->err);

	return st == BP_OK ? bp_decode_files(w->m, &in, w->out.path, NULL, &w->err) : st;
}

static bp_status eval_files(struct world *w)
{
	bp_eval_report r;

	return bp_eval_files(w->m, &w->in, false, &r, NULL, &w->err);
}

static bp_status train_with(struct world *w, bool reference)
{
	static const uint32_t size = 400;
	struct bp_trained one;
	bp_train_report report = { .model = &one };
	bp_train_options o = bp_train_defaults();

	o.vocab_size = &size;
	o.n_sizes = 1;
	o.reference = reference;
	o.measure = true;
	return bp_train_files(&w->in, w->out.path, &o, &report, &w->err);
}

static bp_status train(struct world *w)
{
	return train_with(w, false);
}

static bp_status train_reference(struct world *w)
{
	return train_with(w, true);
}

static bp_status train_in_parts(struct world *w)
{
	static const uint32_t size = 400;
	const char *path = w->more.path;
	bp_input in = { .path = &path, .n_paths = 1, .threads = 1 };
	struct bp_trained one;
	bp_train_report report = { .model = &one };
	bp_train_options o = bp_train_defaults();
	bool next;
	bp_status st;

	o.vocab_size = &size;
	o.n_sizes = 1;
	if ((st = bp_count_files(&w->in, path, BP_ROWS_BINARY, NULL, &o, &w->err)) == BP_OK &&
	    (st = bp_merge_files(&in, w->out.path, BP_ROWS_TEXT, &w->err)) == BP_OK)
		st = bp_build_files(&in, w->out.path, w->out.path, NULL, &o, &next, &report,
				    &w->err);
	return st;
}

static bp_status edit(struct world *w)
{
	const char *path = w->list.path;
	bp_input lists = { .path = &path, .n_paths = 1 };
	bp_bytes piece = { .bytes = "new piece", .len = 9 };
	bp_edit_options o = { .piece = &piece, .n_pieces = 1, .vocab_size = 300 };
	bp_edit_report report;
	bp_status st = bp_edit_files(w->m, &lists, w->out.path, &o, &report, &w->err);

	o = (bp_edit_options){ .prune = true };
	return st == BP_OK ? bp_edit_files(NULL, &lists, w->out.path, &o, &report, &w->err) : st;
}

static void make_world(struct world *w)
{
	uint64_t rng = 11;
	struct vocab v;
	struct buf json = { 0 };

	*w = (struct world){ 0 };
	t_vocab_init(&v);
	t_vocab_add_mixed(&v, &rng, 300, 12);
	t_vocab_count(&v, &rng, T_RANDOM);
	t_vocab_json(&v, BP_NORMALIZE_NFC, &json);
	t_vocab_release(&v);
	while (w->content.len < 200000)
		t_append(&w->content, w->content.len % 7 > 0 ? S("some <pad> words e\xCC\x81 ")
							      : S("a line of others, 12\n"));
	t_file_make(&w->json, (struct slice){ json.data, json.len });
	t_file_make(&w->text, (struct slice){ w->content.data, w->content.len });
	t_file_make(&w->list, S("words\t5\nword\t3\nsome words\t2\n"));
	t_file_make(&w->out, S(""));
	t_file_make(&w->more, S(""));
	w->m = bp_load(w->json.path, &w->err);
	T_OK(w->m != NULL, "%s", w->err.msg);
	w->ids = malloc(bp_encode_bound(w->content.len) * sizeof(*w->ids));
	w->bytes = malloc(2 * w->content.len);
	assert_true(w->ids != NULL && w->bytes != NULL);
	w->path[0] = w->text.path;
	w->in = (bp_input){ .path = w->path, .n_paths = 1, .threads = 1 };
	bp_buf_release(&json);
}

static void free_world(struct world *w)
{
	bp_free(w->m);
	bp_buf_release(&w->content);
	free(w->ids);
	free(w->bytes);
	t_file_remove(&w->json);
	t_file_remove(&w->text);
	t_file_remove(&w->list);
	t_file_remove(&w->out);
	t_file_remove(&w->more);
}

static void no_call_takes_over_64_kb_of_stack(void **state)
{
	static const struct {
		const char *name;
		call_fn *call;
	} all[] = {
		{ "load", load }, { "load binary", load_binary }, { "save", save_json },
		{ "encode short", encode_short }, { "encode", encode_long }, { "stream", stream },
		{ "open", encode_open }, { "pieces", pieces }, { "specials", encode_specials },
		{ "texts", encode_texts },
		{ "distribution", distribution }, { "nbest", nbest }, { "export", export_all },
		{ "encode files", encode_files }, { "decode files", decode_files },
		{ "eval", eval_files }, { "train", train }, { "reference", train_reference },
		{ "parts", train_in_parts }, { "edit", edit }
	};
	unsigned threads;
	struct world w;
	size_t i, n;

	(void)state;
	if (SANITIZED)
		skip();
	make_world(&w);
	for (threads = 1; threads <= 2; threads++)
		for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
			w.in.threads = threads;
			n = stack_of(all[i].call, &w);
			T_OK(n <= PROMISE + OF_C, "%s takes %zu bytes", all[i].name, n);
			if (getenv("BP_STACK") != NULL)
				fprintf(stderr, "%s: %zu\n", all[i].name, n);
		}
	free_world(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_call_takes_over_64_kb_of_stack),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
