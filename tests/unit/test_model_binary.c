/* model_file.h and automaton_verify.h: models that come back as they were, and files that mean harm. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/checksum.h"
#include "base/endian.h"
#include "bytepiece_files.h"
#include "encode/automaton_verify.h"
#include "encode/vocabulary.h"
#include "model/model_file.h"
#include "support.h"

enum { HEAD = 48, SUM = 8 };

/* A model, its automaton, and both forms of it. */
struct sample {
	struct vocab v;
	struct model m;
	struct automaton a;
	struct buf json, binary;
};

/* Ids by length and bytes; or in any order and with special tokens, one of them named as a piece. */
enum { BY_LENGTH, ANY_ORDER, ORDERS };

static void finish(struct sample *s, int order, uint64_t *rng, bp_normalize normalize)
{
	struct stored_automaton r;
	bp_error err;

	t_vocab_sort(&s->v);
	if (order == ANY_ORDER) {
		t_vocab_add(&s->v, S("<user>"), 0);
		t_vocab_add(&s->v, S("ab"), 0);
		t_vocab_add(&s->v, S("\xE4\xB8\xAD\n"), 0);
		t_vocab_shuffle(&s->v, rng);
	}
	assert_int_equal(bp_model_init(&s->m, s->v.piece, s->v.count, s->v.n, normalize,
					       &err), BP_OK);
	assert_int_equal(s->m.by_length, order == BY_LENGTH);
	assert_int_equal(s->m.n_specials, order == BY_LENGTH ? 0 : 3);
	T_OK(bp_vocabulary_automaton(&s->a, &s->m, &err) == BP_OK, "%s", err.msg);
	assert_true(bp_automaton_store(&s->a, &r));
	assert_int_equal(bp_model_to_json(&s->m, &s->json, NULL), BP_OK);
	assert_int_equal(bp_model_to_binary(&s->m, &r, &s->binary, NULL), BP_OK);
	free(r.slot);
}

static void sample_init(struct sample *s, int order, uint64_t *rng, size_t n, size_t max)
{
	*s = (struct sample){ 0 };
	t_vocab_init(&s->v);
	t_vocab_add_mixed(&s->v, rng, n, max);
	finish(s, order, rng, t_below(rng, 2) == 0 ? BP_NORMALIZE_NFC : BP_NORMALIZE_NONE);
}

/* Few pieces, but with all that there is to be wrong: long and short ones, chains of them. */
static void small_sample(struct sample *s, int order)
{
	static const struct slice piece[] = {
		S_INIT("ab"), S_INIT("abc"), S_INIT("bc"), S_INIT("bcd"), S_INIT("abcdefghij"),
		S_INIT("cdefghij"), S_INIT("bcdefghij"), S_INIT("aaaaaaaaaaaa"),
		S_INIT("aaaaaaaaaaa"), S_INIT("xaaaaaaaaaaab"), S_INIT("  "),
		S_INIT("\n\n"), S_INIT("\xE4\xB8\xAD")
	};
	uint64_t rng = 5;
	size_t i;

	*s = (struct sample){ 0 };
	t_vocab_init(&s->v);
	for (i = 0; i < sizeof(piece) / sizeof(piece[0]); i++)
		t_vocab_add(&s->v, piece[i], 10 + i);
	finish(s, order, &rng, BP_NORMALIZE_NONE);
}

static void sample_release(struct sample *s)
{
	bp_automaton_release(&s->a);
	bp_model_release(&s->m);
	t_vocab_release(&s->v);
	bp_buf_release(&s->json);
	bp_buf_release(&s->binary);
}

/* Make both checksums right. */
static void seal(unsigned char *p, size_t n)
{
	bp_store64(p + HEAD - SUM, bp_checksum_block(0, p, HEAD - SUM));
	bp_store64(p + n - SUM, bp_checksum_block(bp_load64(p + HEAD - SUM), p + HEAD,
						  n - SUM - HEAD));
}

static void same_model(const struct sample *s, struct model *m)
{
	struct automaton a;
	bp_error err;
	size_t i;

	assert_int_equal(m->n_pieces, s->m.n_pieces);
	assert_int_equal(m->normalize, s->m.normalize);
	assert_int_equal(m->total, s->m.total);
	assert_int_equal(m->by_length, s->m.by_length);
	assert_int_equal(m->n_specials, s->m.n_specials);
	for (i = 0; i < m->n_specials; i++)
		assert_int_equal(m->special[i], s->m.special[i]);
	for (i = 0; i < m->n_pieces; i++) {
		T_SAME(m->piece[i], s->m.piece[i]);
		assert_int_equal(m->count[i], s->m.count[i]);
		assert_true(m->log_probability[i] == s->m.log_probability[i]);
	}
	T_OK(bp_automaton_verify(&a, m, "sample", &err) == BP_OK, "%s", err.msg);
	assert_int_equal(a.n_slots, s->a.n_slots);
	assert_memory_equal(a.slot, s->a.slot, a.n_slots * sizeof(*a.slot));
	assert_memory_equal(a.longest, s->a.longest, a.n_slots * sizeof(*a.longest));
	assert_memory_equal(a.shorter, s->a.shorter, a.n_pieces * sizeof(*a.shorter));
	bp_automaton_release(&a);
}

static void models_come_back_as_they_were(void **state)
{
	uint64_t rng = 1;
	struct sample s;
	struct model m;
	struct buf json = { 0 };
	struct t_file f;
	bp_error err;
	int i;

	(void)state;
	for (i = 0; i < 40; i++) {
		sample_init(&s, i % ORDERS, &rng, t_below(&rng, i % 4 < 2 ? 4000 : 100),
			    1 + t_below(&rng, 40));
		T_OK(bp_model_from_binary(&m, NULL, t_slice(&s.binary), "x", &err) == BP_OK, "%s",
		     err.msg);
		same_model(&s, &m);
		json.len = 0;
		assert_int_equal(bp_model_to_json(&m, &json, NULL), BP_OK);
		T_SAME(t_slice(&json), t_slice(&s.json));
		bp_model_release(&m);
		t_file_make(&f, t_slice(&s.binary));
		T_OK(bp_model_read(&m, f.path, &err) == BP_OK, "%s", err.msg);
		same_model(&s, &m);
		bp_model_release(&m);
		t_file_remove(&f);
		sample_release(&s);
	}
	bp_buf_release(&json);
}

/* Ids of a text that is long enough for the rows to be made on the way, and short ones before. */
static void check_same_ids(int order)
{
	static const size_t units[] = { 10, 300, 10000, 100000, 50 };
	uint64_t rng = 2;
	struct sample s;
	struct buf text = { 0 };
	uint32_t *a, *b;
	bp_model *json, *binary;
	size_t i, n_a, n_b, room;

	sample_init(&s, order, &rng, 3000, 20);
	json = bp_load_memory(s.json.data, s.json.len, "json", NULL);
	binary = bp_load_memory(s.binary.data, s.binary.len, "binary", NULL);
	assert_non_null(json);
	assert_non_null(binary);
	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		text.len = 0;
		t_mixed_text(&rng, units[i], &text);
		room = bp_encode_bound(text.len);
		a = bp_array(room, sizeof(*a));
		b = bp_array(room, sizeof(*b));
		assert_non_null(a);
		assert_non_null(b);
		assert_int_equal(bp_encode(json, (char *)text.data, text.len, a, &n_a), BP_OK);
		assert_int_equal(bp_encode(binary, (char *)text.data, text.len, b, &n_b), BP_OK);
		assert_int_equal(n_a, n_b);
		assert_memory_equal(a, b, n_a * sizeof(*a));
		free(a);
		free(b);
	}
	bp_free(json);
	bp_free(binary);
	bp_buf_release(&text);
	sample_release(&s);
}

static void both_forms_give_the_same_ids(void **state)
{
	(void)state;
	check_same_ids(BY_LENGTH);
	check_same_ids(ANY_ORDER);
}

static void refuse(struct slice file, const char *what, size_t at)
{
	bp_error err = { 0 };
	bp_model *m = bp_load_memory(file.p, file.n, "file", &err);

	T_OK(m == NULL, "%s at %zu: was loaded", what, at);
	T_OK(err.code == BP_EFORMAT, "%s at %zu: %s", what, at, err.msg);
	T_OK(strncmp(err.msg, "file: byte ", 11) == 0, "%s at %zu: %s", what, at, err.msg);
}

static void no_part_of_a_file_is_taken_for_it(void **state)
{
	struct sample s;
	int order;
	size_t n;

	(void)state;
	for (order = 0; order < ORDERS; order++) {
		small_sample(&s, order);
		for (n = 0; n < s.binary.len; n++)
			refuse((struct slice){ s.binary.data, n }, "cut off", n);
		assert_true(bp_buf_byte(&s.binary, 0));
		refuse(t_slice(&s.binary), "more", 0);
		sample_release(&s);
	}
}

static void check_changed_bytes(int order)
{
	struct sample s;
	size_t i;
	unsigned bit;

	small_sample(&s, order);
	for (i = 0; i < s.binary.len; i++) {
		for (bit = 1; bit < 256; bit *= i % 16 == 0 ? 2 : 16) {
			s.binary.data[i] ^= (unsigned char)bit;
			refuse(t_slice(&s.binary), "changed", i);
			s.binary.data[i] ^= (unsigned char)bit;
		}
	}
	sample_release(&s);
}

static void every_changed_byte_is_found(void **state)
{
	(void)state;
	check_changed_bytes(BY_LENGTH);
	check_changed_bytes(ANY_ORDER);
}

static void text_survives(const bp_model *m, const struct buf *text, size_t changed)
{
	static uint32_t ids[3 * 4096];
	static char back[4096];
	size_t n, len = 0;

	assert_in_range(text->len, 1, sizeof(back));
	assert_int_equal(bp_encode(m, (const char *)text->data, text->len, ids, &n), BP_OK);
	assert_int_equal(bp_decode(m, ids, n, back, sizeof(back), &len), BP_OK);
	T_OK(len == text->len && memcmp(back, text->data, len) == 0,
	     "byte %zu changed: other text comes back", changed);
}

/* A text of the pieces themselves, so that all states are visited. */
static void make_text(const struct sample *s, uint64_t *rng, size_t n, struct buf *text)
{
	struct slice p;

	text->len = 0;
	while (text->len < n) {
		p = s->m.piece[t_below(rng, 3) == 0 ? t_below(rng, s->m.n_pieces)
						     : 256 + t_below(rng, s->m.n_pieces - 256)];
		t_append(text, (struct slice){ p.p, 1 + t_below(rng, p.n) });
	}
}

/* A file with right checksums is either refused or loses nothing; returns whether it was loaded. */
static bool try_evil(unsigned char *file, size_t n, size_t changed, const struct buf *text,
		     size_t n_texts)
{
	bp_error err = { 0 };
	bp_model *m;
	size_t i;

	seal(file, n);
	m = bp_load_memory(file, n, "file", &err);
	if (m == NULL) {
		T_OK(err.code == BP_EFORMAT, "byte %zu changed: %s", changed, err.msg);
		return false;
	}
	/* Whether texts are normalised is a setting that may be changed. */
	for (i = 0; i < n_texts && bp_model_normalize(m) == BP_NORMALIZE_NONE; i++)
		text_survives(m, &text[i], changed);
	bp_free(m);
	return true;
}

static void check_harm(int order)
{
	enum { N_TEXTS = 2 };
	uint64_t rng = 3;
	struct sample s;
	struct buf file = { 0 }, text[N_TEXTS] = { 0 };
	size_t i, k, at = 0, loaded = 0, refused = 0;

	small_sample(&s, order);
	make_text(&s, &rng, 200, &text[0]);
	make_text(&s, &rng, 3000, &text[1]);
	for (i = 0; i < s.binary.len - SUM; i++) {
		file.len = 0;
		t_append(&file, t_slice(&s.binary));
		k = i % 3 == 0 ? 1 : t_below(&rng, 256);
		file.data[i] = (unsigned char)(file.data[i] + k);
		*(try_evil(file.data, file.len, i, text, N_TEXTS) ? &loaded : &refused) += 1;
	}
	for (i = 0; i < 6000; i++) {
		file.len = 0;
		t_append(&file, t_slice(&s.binary));
		/* Several changes, of which one may hide the other: numbers copied elsewhere. */
		for (k = 1 + t_below(&rng, 3); k > 0; k--) {
			at = HEAD + 4 * t_below(&rng, (file.len - HEAD - SUM) / 4 - 2);
			memcpy(file.data + at,
			       file.data + HEAD + 4 * t_below(&rng, s.a.n_slots * 3), 4);
		}
		*(try_evil(file.data, file.len, at, text, N_TEXTS) ? &loaded : &refused) += 1;
	}
	/* Both kinds have to occur, else this tests nothing: counts may be changed, links not. */
	assert_true(loaded > 500 && refused > 5000);
	bp_buf_release(&file);
	bp_buf_release(&text[0]);
	bp_buf_release(&text[1]);
	sample_release(&s);
}

static void a_file_made_to_harm_loses_nothing(void **state)
{
	(void)state;
	check_harm(BY_LENGTH);
	check_harm(ANY_ORDER);
}

/* Links that are in bounds, and go to shorter states, but not to those that the text ends with. */
static void links_to_other_states_are_refused(void **state)
{
	uint64_t rng = 4;
	struct sample s;
	struct buf file = { 0 };
	size_t i, t, f, n = 0;
	uint64_t w, fail;

	(void)state;
	small_sample(&s, BY_LENGTH);
	for (i = 0; i < 3000; i++) {
		file.len = 0;
		t_append(&file, t_slice(&s.binary));
		t = 1 + t_below(&rng, s.a.n_slots - 1);
		f = 1 + t_below(&rng, s.a.n_slots - 1);
		w = bp_load64(file.data + HEAD + 8 * t);
		if ((w & BP_SLOT_LABEL_MASK) == 256 || (s.a.slot[f] & BP_SLOT_LABEL_MASK) == 256 ||
		    (w & BP_SLOT_LABEL_MASK) == (s.a.slot[f] & BP_SLOT_LABEL_MASK))
			continue;
		fail = (uint64_t)BP_SLOT_FAIL_MASK << BP_SLOT_FAIL;
		bp_store64(file.data + HEAD + 8 * t, (w & ~fail) | (uint64_t)f << BP_SLOT_FAIL);
		seal(file.data, file.len);
		refuse(t_slice(&file), "a link", t);
		n++;
	}
	assert_true(n > 20);
	bp_buf_release(&file);
	sample_release(&s);
}

/* That of states without children is not for files: who does not look at it would be led astray. */
static void marks_of_search_are_refused(void **state)
{
	struct sample s;
	struct buf file = { 0 };
	unsigned char *at;
	size_t i;

	(void)state;
	small_sample(&s, BY_LENGTH);
	for (i = 0; i < s.a.n_slots; i++) {
		file.len = 0;
		t_append(&file, t_slice(&s.binary));
		at = file.data + HEAD + 8 * i;
		assert_int_equal(bp_load64(at) & BP_SLOT_LEAF, 0);
		bp_store64(at, bp_load64(at) | BP_SLOT_LEAF);
		seal(file.data, file.len);
		refuse(t_slice(&file), "a mark", i);
	}
	bp_buf_release(&file);
	sample_release(&s);
}

/* The file that a model in another one becomes when it is saved: it loads. */
static void check_saved(struct slice file)
{
	struct buf saved = { 0 };
	struct automaton a;
	struct model m, again;
	struct stored_automaton r;
	bp_error err;

	assert_int_equal(bp_model_parse(&m, file, "file", NULL), BP_OK);
	assert_int_equal(bp_automaton_verify(&a, &m, "file", NULL), BP_OK);
	assert_true(bp_automaton_store(&a, &r));
	assert_int_equal(bp_model_to_binary(&m, &r, &saved, NULL), BP_OK);
	free(r.slot);
	bp_automaton_release(&a);
	bp_model_release(&m);
	assert_int_equal(bp_model_parse(&again, t_slice(&saved), "saved", NULL), BP_OK);
	T_OK(bp_automaton_verify(&a, &again, "saved", &err) == BP_OK, "%s", err.msg);
	bp_automaton_release(&a);
	bp_model_release(&again);
	bp_buf_release(&saved);
}

/* States without children that fall back to others without any, which none that we make do. */
static void links_between_leaves_can_be_saved(void **state)
{
	static const struct slice word[] = {
		S_INIT("aqr"), S_INIT("qr"), S_INIT("bst"), S_INIT("st"), S_INIT("cuv"),
		S_INIT("uv"), S_INIT("zuv"), S_INIT("yst")
	};
	struct sample s = { .a = { 0 } };
	struct buf file = { 0 };
	size_t t, f, n = 0, up = 0;
	uint64_t rng = 6;
	unsigned char *slot;
	bp_model *m;

	(void)state;
	t_vocab_init(&s.v);
	for (t = 0; t < sizeof(word) / sizeof(word[0]); t++)
		t_vocab_add(&s.v, word[t], 10 + t);
	finish(&s, BY_LENGTH, &rng, BP_NORMALIZE_NONE);
	for (t = 1; t < s.a.n_slots; t++)
		for (f = 1; f < s.a.n_slots; f++) {
			if ((s.a.slot[t] & s.a.slot[f] & BP_SLOT_LEAF) == 0 || f == t ||
			    ((s.a.slot[t] ^ s.a.slot[f]) & BP_SLOT_LABEL_MASK) != 0)
				continue;
			file.len = 0;
			t_append(&file, t_slice(&s.binary));
			slot = file.data + HEAD + 8 * t;
			bp_store64(slot, (bp_load64(slot) & BP_SLOT_LABEL_MASK) |
					 (uint64_t)f << BP_SLOT_FAIL);
			seal(file.data, file.len);
			if ((m = bp_load_memory(file.data, file.len, "leaves", NULL)) == NULL)
				continue;
			bp_free(m);
			check_saved(t_slice(&file));
			n++;
			up += f > t;
		}
	assert_true(n > 2 && up > 0 && up < n);
	bp_buf_release(&file);
	sample_release(&s);
}

/* Heads that promise what is not there, by file and by memory; and what is not known. */
static void heads_are_not_believed(void **state)
{
	static const struct {
		size_t at;
		uint64_t value;
		const char *reason;
	} bad[] = {
		{ 0, 0x0A1A0A0D4D504288u, "byte 0" },
		{ 0, 0x0A1A0A0A4D504289u, "neither JSON nor a whole binary model" },
		{ 8, 0, "an unknown version" },
		{ 8, 2, "ends too soon" },
		{ 8, 3, "an unknown version" },
		{ 8, (uint64_t)6 << 32 | 1, "an unknown setting" },
		{ 8, (uint64_t)7 << 32 | 1, "an unknown setting" },
		{ 8, (uint64_t)8 << 32 | 1, "an unknown setting" },
		{ 8, (uint64_t)1 << 63 | 1, "an unknown setting" },
		{ 16, 255, "fewer pieces" },
		{ 16, UINT64_MAX, "too many pieces" },
		{ 16, INT32_MAX, "the pieces cannot have" },
		{ 24, UINT64_MAX, "the pieces cannot have" },
		{ 24, 269 * 65535, "ends too soon" },
		{ 32, 0, "multiple of 256" },
		{ 32, 1, "multiple of 256" },
		{ 32, (uint64_t)1 << 27, "ends too soon" },
		{ 32, (uint64_t)1 << 28, "too many slots" },
		{ 32, UINT64_MAX, "too many slots" }
	};
	struct sample s;
	struct buf file = { 0 };
	struct model m;
	struct t_file f;
	bp_error err;
	size_t i;

	(void)state;
	small_sample(&s, BY_LENGTH);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		file.len = 0;
		t_append(&file, t_slice(&s.binary));
		bp_store64(file.data + bad[i].at, bad[i].value);
		seal(file.data, file.len);
		assert_int_equal(bp_model_parse(&m, t_slice(&file), "file", &err), BP_EFORMAT);
		T_OK(strstr(err.msg, bad[i].reason) != NULL, "%zu: %s", i, err.msg);
		t_file_make(&f, t_slice(&file));
		assert_int_equal(bp_model_read(&m, f.path, &err), BP_EFORMAT);
		T_OK(strstr(err.msg, bad[i].reason) != NULL, "%zu: %s", i, err.msg);
		t_file_remove(&f);
	}
	bp_buf_release(&file);
	sample_release(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(models_come_back_as_they_were),
		cmocka_unit_test(both_forms_give_the_same_ids),
		cmocka_unit_test(no_part_of_a_file_is_taken_for_it),
		cmocka_unit_test(every_changed_byte_is_found),
		cmocka_unit_test(a_file_made_to_harm_loses_nothing),
		cmocka_unit_test(links_to_other_states_are_refused),
		cmocka_unit_test(marks_of_search_are_refused),
		cmocka_unit_test(links_between_leaves_can_be_saved),
		cmocka_unit_test(heads_are_not_believed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
