/* export/writers.h: GGUF, key by key and token by token. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/endian.h"
#include "export/writers.h"
#include "support.h"

static struct slice take_bytes(struct slice *s, size_t n)
{
	struct slice part = { s->p, n };

	assert_true(n <= s->n);
	*s = (struct slice){ s->p + n, s->n - n };
	return part;
}

static uint32_t take_u32(struct slice *s)
{
	return bp_load32(take_bytes(s, 4).p);
}

static uint64_t take_u64(struct slice *s)
{
	return bp_load64(take_bytes(s, 8).p);
}

static struct slice take_string(struct slice *s)
{
	return take_bytes(s, (size_t)take_u64(s));
}

static void check_key(struct slice *s, const char *key, uint32_t type)
{
	T_SAME(take_string(s), t_string(key));
	assert_int_equal(take_u32(s), type);
}

static void check_string(struct slice *s, const char *key, const char *value)
{
	check_key(s, key, 8);
	T_SAME(take_string(s), t_string(value));
}

static void check_number(struct slice *s, const char *key, uint32_t value)
{
	check_key(s, key, 4);
	assert_int_equal(take_u32(s), value);
}

static void check_bool(struct slice *s, const char *key, unsigned char value)
{
	check_key(s, key, 7);
	assert_int_equal(*take_bytes(s, 1).p, value);
}

/* An array of n elements; its elements are left in *s. */
static void check_array(struct slice *s, const char *key, uint32_t type, size_t n)
{
	check_key(s, key, 9);
	assert_int_equal(take_u32(s), type);
	assert_int_equal(take_u64(s), n);
}

enum { MOST = 1000 };

/* A file, read. */
struct vocabulary {
	struct buf file;
	size_t n;
	struct slice text[MOST];
	float score[MOST];
	uint32_t type[MOST];
};

static void read_tokens(struct vocabulary *v, struct slice *s)
{
	uint32_t bits;
	size_t i;

	check_array(s, "tokenizer.ggml.tokens", 8, v->n);
	for (i = 0; i < v->n; i++)
		v->text[i] = take_string(s);
	check_array(s, "tokenizer.ggml.scores", 6, v->n);
	for (i = 0; i < v->n; i++) {
		bits = take_u32(s);
		memcpy(&v->score[i], &bits, sizeof(bits));
	}
	check_array(s, "tokenizer.ggml.token_type", 5, v->n);
	for (i = 0; i < v->n; i++)
		v->type[i] = take_u32(s);
}

static void read_vocabulary(struct vocabulary *v, const struct export_use *use)
{
	struct slice s = t_slice(&v->file);

	T_SAME(take_bytes(&s, 4), S("GGUF"));
	assert_int_equal(take_u32(&s), 3);
	assert_int_equal(take_u64(&s), 0);
	assert_int_equal(take_u64(&s), use->chat_template.n > 0 ? 14 : 13);
	check_string(&s, "general.architecture", "llama");
	check_string(&s, "general.name", "bytepiece");
	check_string(&s, "tokenizer.ggml.model", "plamo2");
	check_string(&s, "tokenizer.ggml.pre", "default");
	read_tokens(v, &s);
	check_number(&s, "tokenizer.ggml.bos_token_id", 1);
	check_number(&s, "tokenizer.ggml.eos_token_id", 2);
	check_number(&s, "tokenizer.ggml.padding_token_id", 0);
	check_bool(&s, "tokenizer.ggml.add_bos_token", use->bos);
	check_bool(&s, "tokenizer.ggml.add_eos_token", use->eos);
	check_bool(&s, "tokenizer.ggml.add_space_prefix", 0);
	if (use->chat_template.n > 0) {
		check_key(&s, "tokenizer.chat_template", 8);
		T_SAME(take_string(&s), use->chat_template);
	}
	assert_int_equal(s.n, 0);
}

/* Export and read a model of the bytes and further entries; n is the number of ids expected. */
static void export_entries(struct vocabulary *v, struct vocab *entries, size_t n,
			   const struct export_use *use)
{
	struct buf name[N_COMMON_SPECIALS + 200] = { { 0 } };
	struct model m;
	size_t i;

	assert_int_equal(t_model_init(&m, entries->piece, entries->count, entries->n,
				      BP_NORMALIZE_NFC, NULL), BP_OK);
	assert_true(m.n_specials <= 200);
	assert_true(bp_export_names(&m, TEXTS_IN_BYTES, name));
	v->file = (struct buf){ 0 };
	v->n = n;
	assert_int_equal(bp_to_gguf(&m, name, use, &v->file, NULL), BP_OK);
	read_vocabulary(v, use);
	for (i = 0; i < N_COMMON_SPECIALS + m.n_specials; i++)
		bp_buf_release(&name[i]);
	bp_model_release(&m);
}

static void check_token(const struct vocabulary *v, size_t id, const char *text, uint32_t type)
{
	T_SAME(v->text[id], t_string(text));
	assert_int_equal(v->type[id], type);
}

static void tokens_have_texts_and_types(void **state)
{
	static const struct export_use use = { .eos = true };
	struct vocabulary v;
	struct vocab e = { 0 };
	char text[7];
	unsigned c;

	(void)state;
	t_vocab_init(&e);
	t_vocab_add(&e, S("ab"), 5);
	t_vocab_add(&e, S("\xC3\xA9"), 5);
	t_vocab_add(&e, S("\0a\0"), 5);
	t_vocab_add(&e, S("<pad>"), 5);
	t_vocab_add(&e, S("ab"), 0);
	t_vocab_add(&e, S("<0x80>"), 0);
	export_entries(&v, &e, 3 + 256 + 6 + 127, &use);
	check_token(&v, 0, "<pad>_", 3);
	check_token(&v, 1, "<bos>", 3);
	check_token(&v, 2, "<eos>", 3);
	for (c = 0; c < 256; c++) {
		snprintf(text, sizeof(text), "<0x%02X>", c);
		if (c == 0 || c >= 0x80)
			check_token(&v, 3 + c, text, 6);
		else
			T_SAME(v.text[3 + c], e.piece[c]);
		if (c > 0 && c < 0x80)
			check_token(&v, 3 + 256 + 6 + c - 1, text, 6);
	}
	check_token(&v, 259, "ab", 1);
	check_token(&v, 260, "\xC3\xA9", 1);
	check_token(&v, 261, "\xC0\x80" "a\xC0\x80", 6);
	check_token(&v, 262, "<pad>", 1);
	check_token(&v, 263, "ab_", 3);
	check_token(&v, 264, "<0x80>_", 3);
	bp_buf_release(&v.file);
	t_vocab_release(&e);
}

/* As llama.cpp rounds them. */
static long whole(float score)
{
	return lround(score * 1e4);
}

static void scores_are_whole_numbers_below_those_of_no_way(void **state)
{
	static const struct export_use use = { 0 };
	struct vocabulary v;
	struct vocab e = { 0 };
	double total = 256 + 1000000, rare = log(total), p;
	double scale = 64;	/* 13.8 * 64 < 999 */

	(void)state;
	t_vocab_init(&e);
	t_vocab_add(&e, S("ab"), 1000000);
	t_vocab_add(&e, S("never"), 0);
	export_entries(&v, &e, 3 + 256 + 2 + 127, &use);
	p = log(total) - log(1e6);
	assert_int_equal(whole(v.score[259]), -lround(p * scale * 1e4));
	assert_int_equal(whole(v.score[3 + 'a']), -lround(rare * scale * 1e4));
	assert_true(whole(v.score[3 + 'a']) > -10000000);
	assert_true(rare * 2 * scale >= 999);
	assert_true(v.score[0] == -2000 && v.score[260] == -2000 && v.score[261] == -2000);
	bp_buf_release(&v.file);
	t_vocab_release(&e);
}

static void reserved_bytes_need_no_further_ids(void **state)
{
	static const struct export_use use = { .bos = true, .chat_template = S_INIT("{{ x }}") };
	struct vocabulary v;
	struct vocab e = { 0 };
	char text[7];
	unsigned c;

	(void)state;
	t_vocab_init(&e);
	t_vocab_add(&e, S("<user>"), 0);
	for (c = 127; c > 0; c--) {
		snprintf(text, sizeof(text), "<0x%02X>", c);
		t_vocab_add(&e, t_string(text), 0);
	}
	export_entries(&v, &e, 3 + 256 + 128, &use);
	check_token(&v, 259, "<user>", 3);
	check_token(&v, 260, "<0x7F>", 6);
	check_token(&v, 386, "<0x01>", 6);
	bp_buf_release(&v.file);
	/* One is missing, and comes at the end. */
	e.n--;
	export_entries(&v, &e, 3 + 256 + 128, &use);
	check_token(&v, 385, "<0x02>", 6);
	check_token(&v, 386, "<0x01>", 6);
	bp_buf_release(&v.file);
	e.n++;
	t_vocab_release(&e);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(tokens_have_texts_and_types),
		cmocka_unit_test(scores_are_whole_numbers_below_those_of_no_way),
		cmocka_unit_test(reserved_bytes_need_no_further_ids)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
