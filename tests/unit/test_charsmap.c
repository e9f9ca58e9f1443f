/* export/charsmap.h: applied as SentencePiece applies it, against the normal form itself. */
#include <string.h>

#include "darts_read.h"
#include "export/alphabet.h"
#include "export/charsmap.h"
#include "text/nfc.h"
#include "text/unicode.h"
#include "text/utf8.h"

/* What a normalizer with these rules makes of a text; what no rule is for stays. */
static void apply(struct slice map, struct slice s, struct buf *out)
{
	struct slice array = { map.p + 4, bp_load32(map.p) };
	uint32_t value = 0;
	size_t i = 0, n;

	out->len = 0;
	while (i < s.n) {
		n = darts_longest(array, (struct slice){ s.p + i, s.n - i }, &value);
		if (n > 0) {
			T_OK(4 + array.n + value < map.n, "value at %u", (unsigned)value);
			t_append(out, t_string((const char *)array.p + array.n + value));
		} else {
			n = bp_utf8_unit(s.p + i, s.n - i);
			t_append(out, (struct slice){ s.p + i, n });
		}
		i += n;
	}
}

struct fixture {
	struct buf plain, nfc, back;	/* the three maps */
	struct buf got, want, scratch;
};

static int setup(void **state)
{
	static struct fixture f;

	*state = &f;
	return bp_charsmap_bytes(false, &f.plain, NULL) != BP_OK ||
	       bp_charsmap_bytes(true, &f.nfc, NULL) != BP_OK ||
	       bp_charsmap_text(&f.back, NULL) != BP_OK;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	struct buf *b = &f->plain;

	for (; b <= &f->scratch; b++)
		bp_buf_release(b);
	return 0;
}

static void any_bytes_become_characters_and_come_back(void **state)
{
	struct fixture *f = *state;
	struct buf text = { 0 }, back = { 0 };
	uint64_t rng = 3;
	size_t i, k;

	for (i = 0; i < 300; i++) {
		text.len = f->want.len = 0;
		t_mixed_text(&rng, t_below(&rng, 40), &text);
		apply(t_slice(&f->plain), t_slice(&text), &f->got);
		assert_true(bp_alphabet_append(&f->want, t_slice(&text)));
		T_SAME(t_slice(&f->got), t_slice(&f->want));
		/* NULs come back as the symbol for them. */
		apply(t_slice(&f->back), t_slice(&f->want), &back);
		f->want.len = 0;
		for (k = 0; k < text.len; k++)
			t_append(&f->want, text.data[k] == 0 ? S("\xE2\x90\x80")
						: (struct slice){ text.data + k, 1 });
		T_SAME(t_slice(&back), t_slice(&f->want));
	}
	bp_buf_release(&text);
	bp_buf_release(&back);
}

static void check_nfc(struct fixture *f, struct slice s)
{
	struct slice form;

	assert_true(bp_nfc(s, &f->scratch, &form));
	f->want.len = 0;
	assert_true(bp_alphabet_append(&f->want, form));
	apply(t_slice(&f->nfc), s, &f->got);
	T_SAME(t_slice(&f->got), t_slice(&f->want));
}

static void each_character_and_its_parts_take_their_normal_form(void **state)
{
	struct fixture *f = *state;
	struct buf s = { 0 };
	uint32_t c, part[4];
	size_t n, i;

	for (c = 0; c <= 0x10FFFF; c++) {
		if (c >= 0xD800 && c <= 0xDFFF)
			continue;
		s.len = 0;
		t_append_code(&s, c);
		if (bp_unicode_class(c).flags != 0 || c < 0x3000)
			check_nfc(f, t_slice(&s));
		if ((n = bp_unicode_decompose(c, part)) < 2)
			continue;
		check_nfc(f, t_slice(&s));
		s.len = 0;
		for (i = 0; i < n; i++)
			t_append_code(&s, part[i]);
		check_nfc(f, t_slice(&s));
		/* Between letters as well. */
		t_append(&s, S("x"));
		check_nfc(f, t_slice(&s));
	}
	bp_buf_release(&s);
}

static void orders_and_partly_composed_forms_are_known(void **state)
{
	struct fixture *f = *state;

	/* U+1ED9 in its six forms, U+1FA7 with its marks apart, Hangul of a syllable and a final. */
	check_nfc(f, S("\xE1\xBB\x99"));
	check_nfc(f, S("o\xCC\xA3\xCC\x82"));
	check_nfc(f, S("o\xCC\x82\xCC\xA3"));
	check_nfc(f, S("\xC3\xB4\xCC\xA3"));
	check_nfc(f, S("\xE1\xBB\x8D\xCC\x82"));
	check_nfc(f, S("\xE1\xBD\xA1\xCD\x82\xCD\x85"));
	check_nfc(f, S("\xCF\x89\xCC\x94\xCD\x82\xCD\x85"));
	check_nfc(f, S("\xEA\xB0\x80\xE1\x86\xA8"));
	T_SAME(t_slice(&f->got), S("\xC3\xAA\xC2\xB0\xC4\xA3"));	/* U+AC01 */
}

static void marks_that_stay_apart_stay_in_their_order(void **state)
{
	struct fixture *f = *state;

	/* The one thing that is known to differ: NFC would put U+0316 before U+0301. */
	apply(t_slice(&f->nfc), S("x\xCC\x81\xCC\x96"), &f->got);
	f->want.len = 0;
	assert_true(bp_alphabet_append(&f->want, S("x\xCC\x81\xCC\x96")));
	T_SAME(t_slice(&f->got), t_slice(&f->want));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_bytes_become_characters_and_come_back),
		cmocka_unit_test(each_character_and_its_parts_take_their_normal_form),
		cmocka_unit_test(orders_and_partly_composed_forms_are_known),
		cmocka_unit_test(marks_that_stay_apart_stay_in_their_order)
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
