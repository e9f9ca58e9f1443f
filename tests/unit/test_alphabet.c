/* export/alphabet.h: bytes as characters, and names that are the text of no piece. */
#include <stdlib.h>
#include <string.h>

#include "export/alphabet.h"
#include "support.h"

static void bytes_are_the_characters_of_byte_level_tokenizers(void **state)
{
	/* What the published vocabularies of GPT-2 have for the bytes at the borders. */
	static const struct {
		unsigned char byte;
		uint32_t code;
	} known[] = {
		{ 0x00, 0x100 }, { 0x09, 0x109 }, { 0x0A, 0x10A }, { 0x1F, 0x11F }, { ' ', 0x120 },
		{ '!', '!' }, { '~', '~' }, { 0x7F, 0x121 }, { 0x80, 0x122 }, { 0xA0, 0x142 },
		{ 0xA1, 0xA1 }, { 0xAC, 0xAC }, { 0xAD, 0x143 }, { 0xAE, 0xAE }, { 0xFF, 0xFF }
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		T_OK(bp_alphabet(known[i].byte) == known[i].code, "byte %02X is U+%04X",
		     known[i].byte, (unsigned)bp_alphabet(known[i].byte));
}

static void no_two_bytes_are_the_same_character(void **state)
{
	bool seen[0x144] = { false };
	unsigned c;

	(void)state;
	for (c = 0; c < 256; c++) {
		assert_in_range(bp_alphabet((unsigned char)c), 0x21, 0x143);
		assert_false(seen[bp_alphabet((unsigned char)c)]);
		seen[bp_alphabet((unsigned char)c)] = true;
	}
}

static void pieces_are_appended_in_utf8(void **state)
{
	struct buf b = { 0 };

	(void)state;
	t_append(&b, S("x"));
	assert_true(bp_alphabet_append(&b, S(" a\0\xE4\xB8")));
	T_SAME(t_slice(&b), S("x\xC4\xA0" "a\xC4\x80\xC3\xA4\xC2\xB8"));
	assert_true(bp_alphabet_append(&b, S("")));
	assert_int_equal(b.len, 10);
	bp_buf_release(&b);
}

static void names_are_the_text_of_no_piece(void **state)
{
	static const char *const want[] = { "<pad>__", "<bos>", "<eos>_", "<unk>" };
	struct buf name[N_COMMON_SPECIALS] = { { 0 } };
	struct vocab v = { 0 };
	struct model m;
	size_t i;

	(void)state;
	t_vocab_init(&v);
	t_vocab_add(&v, S("<pad>"), 1);
	t_vocab_add(&v, S("<pad>_"), 1);
	t_vocab_add(&v, S("<bos"), 1);
	t_vocab_add(&v, S("<eos>"), 1);
	t_vocab_add(&v, S("<eos>__"), 1);
	t_vocab_add(&v, S("<unk>_"), 1);
	assert_int_equal(t_model_init(&m, v.piece, v.count, v.n, BP_NORMALIZE_NFC, NULL), BP_OK);
	assert_true(bp_export_names(&m, TEXTS_IN_ALPHABET, name));
	for (i = 0; i < N_COMMON_SPECIALS; i++) {
		T_SAME(t_slice(&name[i]), t_string(want[i]));
		bp_buf_release(&name[i]);
	}
	bp_model_release(&m);
	t_vocab_release(&v);
}

/* No two tokens are called the same: a piece is called by its characters, a name is one already. */
static void names_of_special_tokens_are_those_of_no_other_token(void **state)
{
	static const struct {
		struct slice name, want;
	} t[] = {
		{ S_INIT("<user>"), S_INIT("<user>") },
		{ S_INIT("ab"), S_INIT("ab_") },
		{ S_INIT("\xC4\xA0the"), S_INIT("\xC4\xA0the_") },	/* as the piece " the" is written */
		{ S_INIT("\xC3\xA9"), S_INIT("\xC3\xA9_") },	/* as the byte E9 is */
		{ S_INIT("<pad>_"), S_INIT("<pad>_") },
		{ S_INIT(" the"), S_INIT(" the") },	/* no piece is written with a blank */
		{ S_INIT("cd"), S_INIT("cd__") },
		{ S_INIT("cd_"), S_INIT("cd_") }
	};
	enum { N = sizeof(t) / sizeof(t[0]) };
	struct buf name[N_COMMON_SPECIALS + N] = { { 0 } };
	struct vocab v = { 0 };
	struct model m;
	size_t i;

	(void)state;
	t_vocab_init(&v);
	t_vocab_add(&v, S("ab"), 1);
	t_vocab_add(&v, S(" the"), 1);
	t_vocab_add(&v, S("cd"), 1);
	t_vocab_add(&v, S("<pad>"), 1);
	for (i = 0; i < N; i++)
		t_vocab_add(&v, t[i].name, 0);
	assert_int_equal(t_model_init(&m, v.piece, v.count, v.n, BP_NORMALIZE_NFC, NULL), BP_OK);
	assert_int_equal(m.n_specials, N);
	assert_true(bp_export_names(&m, TEXTS_IN_ALPHABET, name));
	T_SAME(t_slice(&name[SPECIAL_PAD]), S("<pad>__"));
	for (i = 0; i < N; i++)
		T_SAME(t_slice(&name[N_COMMON_SPECIALS + i]), t[i].want);
	for (i = 0; i < N_COMMON_SPECIALS + N; i++)
		bp_buf_release(&name[i]);
	bp_model_release(&m);
	t_vocab_release(&v);
}

/*
 * n tokens "a", "a_" ... and as many pieces of these names: each name takes the first number of
 * underscores, from n on, that is free.  Without ways that lead past all that is taken, the last of
 * them would look at n strings of n bytes.
 */
static void underscores_are_as_many_as_needed(void **state)
{
	enum { N = 800 };
	struct buf *name = calloc(N_COMMON_SPECIALS + N, sizeof(*name));
	unsigned char text[3 * N];
	struct vocab v = { 0 };
	struct model m;
	size_t i;

	(void)state;
	assert_non_null(name);
	memset(text, '_', sizeof(text));
	text[0] = 'a';
	t_vocab_init(&v);
	for (i = 2; i <= N; i++)
		t_vocab_add(&v, (struct slice){ text, i }, 1);
	for (i = 1; i <= N; i++)
		t_vocab_add(&v, (struct slice){ text, i }, 0);
	assert_int_equal(t_model_init(&m, v.piece, v.count, v.n, BP_NORMALIZE_NFC, NULL), BP_OK);
	assert_true(bp_export_names(&m, TEXTS_IN_ALPHABET, name));
	/* "a" is a piece, too. */
	for (i = 0; i < N; i++)
		T_SAME(t_slice(&name[N_COMMON_SPECIALS + i]), ((struct slice){ text, N + 1 + i }));
	for (i = 0; i < N_COMMON_SPECIALS + N; i++)
		bp_buf_release(&name[i]);
	free(name);
	bp_model_release(&m);
	t_vocab_release(&v);
}

static void names_of_letters_change_when_decoded(void **state)
{
	static const struct {
		const char *name;
		bool changes;
	} known[] = {
		{ "", false }, { "<user>", false }, { "<\xC3\xBC>", true }, { "\xC2\xA1", true },
		{ "\xC2\xA0", false }, { "\xC2\xAD", false }, { "\xC3\xBF\xC4\x80", true },
		{ "\xC5\x83", true }, { "\xC5\x84", false }, { "\xC3\xBC ", false },
		{ "\xC3\xBC\x7F", false }, { "\xE2\x80\xB9\xC3\xBC", false }
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		T_OK(bp_alphabet_changes(bp_string(known[i].name)) == known[i].changes,
		     "\"%s\" %s", known[i].name, known[i].changes ? "changes" : "stays");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_of_letters_change_when_decoded),
		cmocka_unit_test(bytes_are_the_characters_of_byte_level_tokenizers),
		cmocka_unit_test(no_two_bytes_are_the_same_character),
		cmocka_unit_test(pieces_are_appended_in_utf8),
		cmocka_unit_test(names_are_the_text_of_no_piece),
		cmocka_unit_test(names_of_special_tokens_are_those_of_no_other_token),
		cmocka_unit_test(underscores_are_as_many_as_needed)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
