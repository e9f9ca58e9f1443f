/*
 * Calls on models and lists, with a signal at one of their questions for it: they end with the next
 * few questions, and write nothing.  And they ask often: without a question in one of their loops
 * their number is too small.  The Makefile links this program so that the function below comes in
 * place of the one that says whether a signal was caught.
 */
#include "support.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/host.h"
#include "base/sort.h"
#include "bytepiece_files.h"
#include "io/reader.h"
#include "model/model_file.h"

int __wrap_bp_caught_signal(void);

static uint64_t asked, until = UINT64_MAX;	/* questions, and how many are answered with no */

int __wrap_bp_caught_signal(void)
{
	return asked++ >= until ? SIGTERM : 0;
}

/* A call that is not disturbed: the number of its questions. */
static uint64_t count_questions(bp_status (*call)(bp_error *err), const char *name)
{
	bp_error err = { 0 };
	bp_status st;

	asked = 0;
	until = UINT64_MAX;
	st = call(&err);
	T_OK(st == BP_OK, "%s: %s", name, err.msg);
	return asked;
}

/* The models and lists that the calls work on: 'many' pieces and special tokens. */
enum { MANY = 8000, FEW_AFTER = 8, OLD_SIZE = 3 };
static struct t_file json, mixed, binary, numbered, list, out;
static bp_bytes *removed;
static size_t n_removed;

static bp_status load(const char *path, bp_error *err)
{
	bp_model *m = bp_load(path, err);
	bp_status st = m != NULL ? BP_OK : err->code;

	bp_free(m);
	return st;
}

static bp_status load_json(bp_error *err) { return load(json.path, err); }
static bp_status load_mixed(bp_error *err) { return load(mixed.path, err); }
static bp_status load_binary(bp_error *err) { return load(binary.path, err); }
static bp_status load_numbered(bp_error *err) { return load(numbered.path, err); }

/* The model is loaded without questions; the rest is the call. */
static bp_model *loaded(const char *path)
{
	uint64_t before = asked, limit = until;
	bp_error err;
	bp_model *m;

	until = UINT64_MAX;
	m = bp_load(path, &err);
	T_OK(m != NULL, "%s", err.msg);
	asked = before;
	until = limit;
	return m;
}

static bp_status save(const char *path, bp_model_form form, bp_error *err)
{
	bp_model *m = loaded(path);
	bp_status st = bp_save(m, out.path, form, err);

	bp_free(m);
	return st;
}

static bp_status save_json(bp_error *err) { return save(json.path, BP_MODEL_JSON, err); }
static bp_status save_binary(bp_error *err) { return save(json.path, BP_MODEL_BINARY, err); }
static bp_status save_mixed(bp_error *err) { return save(mixed.path, BP_MODEL_BINARY, err); }

static bp_status export(bp_export_form form, bp_error *err)
{
	bp_model *m = loaded(mixed.path);
	bp_status st = bp_export(m, out.path, form, NULL, err);

	bp_free(m);
	return st;
}

static bp_status to_sentencepiece(bp_error *err) { return export(BP_EXPORT_SENTENCEPIECE, err); }
static bp_status to_huggingface(bp_error *err) { return export(BP_EXPORT_HUGGINGFACE, err); }
static bp_status to_tsv(bp_error *err) { return export(BP_EXPORT_TSV, err); }

static bp_status edit(const char *path, const char *words, const bp_edit_options *o, bp_error *err)
{
	bp_model *m = path != NULL ? loaded(path) : NULL;
	bp_input in = { .path = &words, .n_paths = words != NULL };
	bp_edit_report report;
	bp_status st = bp_edit_files(m, &in, out.path, o, &report, err);

	bp_free(m);
	return st;
}

static bp_status edit_list(bp_error *err)
{
	return edit(NULL, list.path, &(bp_edit_options){ .form = BP_MODEL_JSON }, err);
}

static bp_status edit_model(bp_error *err)
{
	return edit(json.path, list.path, &(bp_edit_options){ .form = BP_MODEL_BINARY }, err);
}

static bp_status edit_size(bp_error *err)
{
	return edit(mixed.path, NULL, &(bp_edit_options){ .vocab_size = MANY + MANY / 2 }, err);
}

static bp_status edit_remove(bp_error *err)
{
	return edit(json.path, NULL, &(bp_edit_options){ .remove = removed, .n_remove = n_removed,
							 .keep_ids = true }, err);
}

/* 'least' is the number of questions for a thousand pieces and special tokens. */
static const struct {
	const char *name;
	bp_status (*call)(bp_error *err);
	double least;
} calls[] = {
	{ "load JSON", load_json, 22 },
	{ "load JSON in any order", load_mixed, 45 },
	{ "load binary", load_binary, 5 },
	{ "load binary in any order", load_numbered, 12 },
	{ "write JSON", save_json, 21 },
	{ "write binary", save_binary, 16 },
	{ "write binary in any order", save_mixed, 24 },
	{ "SentencePiece", to_sentencepiece, 4.5 },
	{ "Hugging Face", to_huggingface, 5.5 },
	{ "TSV", to_tsv, 1.9 },
	{ "edit: a list", edit_list, 1000 },
	{ "edit: a list and a model", edit_model, 1000 },
	{ "edit --vocab-size", edit_size, 1000 },
	{ "edit --remove", edit_remove, 1500 },
};
enum { N_CALLS = sizeof(calls) / sizeof(calls[0]) };

static void loops_ask_often(void **state)
{
	uint64_t n;
	size_t i;

	(void)state;
	for (i = 0; i < N_CALLS; i++) {
		n = count_questions(calls[i].call, calls[i].name);
		T_OK((double)n >= calls[i].least * MANY / 1000, "%s: %llu questions",
		     calls[i].name, (unsigned long long)n);
	}
}

/* The file that the calls would replace. */
static void write_old(void)
{
	FILE *f = fopen(out.path, "wb");

	assert_non_null(f);
	assert_int_equal(fwrite("old", 1, OLD_SIZE, f), OLD_SIZE);
	assert_int_equal(fclose(f), 0);
}

/* Signals at questions from the first to the last: the old file stays. */
static void a_signal_ends_each_call(void **state)
{
	bp_error err;
	bp_status st;
	uint64_t n, k;
	size_t i;

	(void)state;
	for (i = 0; i < N_CALLS; i++) {
		n = count_questions(calls[i].call, calls[i].name);
		write_old();
		for (k = 0; k < n; k += 1 + n / 8) {
			asked = 0;
			until = k;
			st = calls[i].call(&err);
			/* Notes are made when the file is there. */
			if (st == BP_OK && bp_host_file_size(out.path) != OLD_SIZE) {
				write_old();
				continue;
			}
			T_OK(st == BP_EINTR, "%s: question %llu of %llu: status %d", calls[i].name,
			     (unsigned long long)k, (unsigned long long)n, (int)st);
			T_OK(asked <= k + FEW_AFTER, "%s: question %llu of %llu: %llu follow",
			     calls[i].name, (unsigned long long)k, (unsigned long long)n,
			     (unsigned long long)(asked - k));
			T_OK(bp_host_file_size(out.path) == OLD_SIZE, "%s: question %llu: the "
			     "file has changed", calls[i].name, (unsigned long long)k);
		}
	}
	until = UINT64_MAX;
}

static uint64_t compared;

static int by_number(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	compared++;
	return (*x > *y) - (*x < *y);
}

/* Arrays of lengths near the ends of runs, against qsort(). */
static void sort_is_qsort(void **state)
{
	static const size_t length[] = { 0, 1, 2, 4095, 4096, 4097, 8191, 8192, 8193, 12288,
					 50000 };
	enum { MOST = 50000 };
	uint32_t *a = malloc(MOST * sizeof(*a)), *b = malloc(MOST * sizeof(*b));
	uint64_t rng = 3;
	size_t i, k, below;

	(void)state;
	for (i = 0; i < 3 * sizeof(length) / sizeof(length[0]); i++) {
		below = i % 3 == 0 ? UINT32_MAX : i % 3 == 1 ? 2 : 1000;
		for (k = 0; k < length[i / 3]; k++)
			a[k] = b[k] = (uint32_t)t_below(&rng, below);
		assert_true(bp_sort(a, length[i / 3], sizeof(*a), by_number));
		qsort(b, length[i / 3], sizeof(*b), by_number);
		assert_memory_equal(a, b, length[i / 3] * sizeof(*a));
	}
	free(a);
	free(b);
}

/* Fewer comparisons than a run takes come after a signal. */
static void sort_ends_by_a_signal(void **state)
{
	enum { N = 200000 };
	uint32_t *a = malloc(N * sizeof(*a));
	uint64_t rng = 4, k, n;
	size_t i;

	(void)state;
	for (i = 0; i < N; i++)
		a[i] = (uint32_t)t_next(&rng);
	asked = 0;
	assert_true(bp_sort(a, N, sizeof(*a), by_number));
	n = asked;
	for (k = 0; k < n; k += 1 + n / 50) {
		for (i = 0; i < N; i++)
			a[i] = (uint32_t)t_next(&rng);
		asked = compared = 0;
		until = k;
		assert_false(bp_sort(a, N, sizeof(*a), by_number));
		assert_int_equal(asked, k + 1);
		assert_true(compared <= (k + 1) * 4096 * 13);
	}
	until = UINT64_MAX;
	free(a);
}


/* MANY words of letters, each with its count, beside the single bytes. */
static void add_words(struct vocab *v, uint64_t *rng)
{
	char word[32];
	size_t i;

	for (i = 0; i < MANY; i++) {
		snprintf(word, sizeof(word), "w%llu", (unsigned long long)t_next(rng) >> 20);
		t_vocab_add(v, t_string(word), 1 + t_below(rng, 900));
	}
	t_vocab_sort(v);
}

/* The model in any order, with as many special tokens behind it. */
static void make_mixed(struct vocab *v, uint64_t *rng)
{
	struct model m = { 0 };
	struct buf b = { 0 };
	char name[32];
	size_t i;

	t_vocab_shuffle(v, rng);
	for (i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "<%llu.%zu>", (unsigned long long)t_below(rng, 99), i);
		t_vocab_add(v, t_string(name), 0);
	}
	assert_int_equal(bp_model_init(&m, v->piece, v->count, v->n, BP_NORMALIZE_NFC, NULL),
			 BP_OK);
	assert_int_equal(bp_model_to_json(&m, &b, NULL), BP_OK);
	t_file_make(&mixed, t_slice(&b));
	bp_model_release(&m);
	bp_buf_release(&b);
}

static void make_binary(const char *from, struct t_file *to)
{
	bp_model *m = loaded(from);

	t_file_make(to, S(""));
	assert_int_equal(bp_save(m, to->path, BP_MODEL_BINARY, NULL), BP_OK);
	bp_free(m);
}

/* A third of the words are pieces of the model. */
static void make_list(const struct vocab *v, uint64_t *rng)
{
	struct buf b = { 0 };
	char line[64];
	size_t i;

	for (i = 0; i < MANY; i++) {
		snprintf(line, sizeof(line), "v%llu\t%zu\n", (unsigned long long)t_next(rng) >> 20,
			 1 + t_below(rng, 900));
		if (i % 3 == 0)
			snprintf(line, sizeof(line), "%.*s\t7\n", (int)v->piece[v->n - 1 - i].n,
				 (const char *)v->piece[v->n - 1 - i].p);
		t_append(&b, t_string(line));
	}
	t_file_make(&list, t_slice(&b));
	bp_buf_release(&b);
}

static int set_up(void **state)
{
	static struct vocab v;
	struct buf b = { 0 };
	uint64_t rng = 1;
	size_t i;

	(void)state;
	t_vocab_init(&v);
	add_words(&v, &rng);
	make_list(&v, &rng);
	t_vocab_json(&v, BP_NORMALIZE_NFC, &b);
	t_file_make(&json, t_slice(&b));
	make_binary(json.path, &binary);
	bp_buf_release(&b);
	removed = calloc(v.n, sizeof(*removed));
	for (i = 256; i < v.n; i += 2)
		removed[n_removed++] = (bp_bytes){ .bytes = (const char *)v.piece[i].p,
						   .len = v.piece[i].n };
	make_mixed(&v, &rng);
	make_binary(mixed.path, &numbered);
	t_file_make(&out, S(""));
	return 0;
}

/* The file may be a pipe that gives nothing: a read would wait for ever. */
static void a_signal_before_a_read_ends_it(void **state)
{
	const char *path = list.path;
	struct reader r = { .path = &path, .n_paths = 1, .records = BP_LINES, .size = 100 };
	struct chunk c = { 0 };
	bp_error err;
	bool more;

	(void)state;
	asked = until = 0;
	assert_int_equal(bp_reader_fill(&r, &c, &more, &err), BP_EINTR);
	assert_int_equal(ftell(r.f), 0);
	until = UINT64_MAX;
	assert_int_equal(bp_reader_fill(&r, &c, &more, &err), BP_OK);
	assert_true(more && c.data.len > 0);
	bp_buf_release(&c.data);
	bp_reader_release(&r);
}

static int clean_up(void **state)
{
	struct t_file *const all[] = { &json, &mixed, &binary, &numbered, &list, &out };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		t_file_remove(all[i]);
	free(removed);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(loops_ask_often),
		cmocka_unit_test(a_signal_ends_each_call),
		cmocka_unit_test(sort_is_qsort),
		cmocka_unit_test(sort_ends_by_a_signal),
		cmocka_unit_test(a_signal_before_a_read_ends_it),
	};

	return cmocka_run_group_tests(tests, set_up, clean_up);
}
