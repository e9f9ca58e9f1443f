/* export/writers.h: the message field by field, as its schema has it. */
#include <string.h>

#include "base/endian.h"
#include "export/charsmap.h"
#include "export/writers.h"
#include "support.h"

/* One field of a message. */
struct field {
	unsigned number, wire;
	uint64_t varint;	/* or the 32 bits of a float */
	struct slice bytes;
};

static uint64_t varint(struct slice *s)
{
	uint64_t x = 0;
	unsigned shift = 0;

	for (;; shift += 7) {
		assert_true(s->n > 0 && shift < 64);
		x |= (uint64_t)(s->p[0] & 0x7F) << shift;
		s->n--;
		if ((*s->p++ & 0x80) == 0)
			return x;
	}
}

static bool next(struct slice *s, struct field *f)
{
	uint64_t tag;

	if (s->n == 0)
		return false;
	tag = varint(s);
	*f = (struct field){ .number = (unsigned)(tag >> 3), .wire = tag & 7 };
	if (f->wire == 0) {
		f->varint = varint(s);
	} else if (f->wire == 5) {
		assert_true(s->n >= 4);
		f->varint = bp_load32(s->p);
		*s = (struct slice){ s->p + 4, s->n - 4 };
	} else {
		assert_int_equal(f->wire, 2);
		f->bytes.n = (size_t)varint(s);
		assert_true(f->bytes.n <= s->n);
		f->bytes.p = s->p;
		*s = (struct slice){ s->p + f->bytes.n, s->n - f->bytes.n };
	}
	return true;
}

/* The field of this number, which stands once. */
static struct field only(struct slice message, unsigned number)
{
	struct field f, found = { 0 };

	while (next(&message, &f))
		if (f.number == number) {
			assert_int_equal(found.number, 0);
			found = f;
		}
	T_OK(found.number == number, "field %u is missing", number);
	return found;
}

struct fixture {
	struct vocab v;
	struct model m;
	struct buf name[N_COMMON_SPECIALS], out;
};

static int setup(void **state)
{
	static struct fixture f;

	*state = &f;
	t_vocab_init(&f.v);
	t_vocab_add(&f.v, S(" the"), 1000);
	t_vocab_add(&f.v, S("a\0\xE4"), 3);
	t_vocab_add(&f.v, S("<unk>"), 7);
	t_vocab_sort(&f.v);
	return t_model_init(&f.m, f.v.piece, f.v.count, f.v.n, BP_NORMALIZE_NFC, NULL) != BP_OK ||
	       !bp_export_names(&f.m, TEXTS_IN_ALPHABET, f.name) ||
	       bp_to_sentencepiece(&f.m, f.name, NULL, &f.out, NULL) != BP_OK;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	size_t i;

	for (i = 0; i < N_COMMON_SPECIALS; i++)
		bp_buf_release(&f->name[i]);
	bp_buf_release(&f->out);
	bp_model_release(&f->m);
	t_vocab_release(&f->v);
	return 0;
}

static void check_piece(const struct fixture *f, struct slice piece, size_t id)
{
	static const char *const control[] = { "<pad>", "<bos>", "<eos>" };
	size_t n = f->m.n_pieces + BP_FIRST_PIECE;
	bool normal = id >= BP_FIRST_PIECE && id < n;
	float score = normal ? (float)f->m.log_probability[id - BP_FIRST_PIECE] : 0;
	uint32_t bits = (uint32_t)only(piece, 2).varint;
	struct buf text = { 0 };

	assert_memory_equal(&bits, &score, sizeof(bits));
	assert_int_equal(only(piece, 3).varint, normal ? 1 : id < n ? 3 : 2);
	if (normal)
		assert_true(bp_alphabet_append(&text, f->m.piece[id - BP_FIRST_PIECE]));
	else
		t_append(&text, t_string(id < n ? control[id] : "<unk>_"));
	T_SAME(only(piece, 1).bytes, t_slice(&text));
	bp_buf_release(&text);
}

static void pieces_have_their_ids_scores_and_types(void **state)
{
	struct fixture *f = *state;
	struct slice message = t_slice(&f->out);
	struct field field;
	size_t id = 0;

	while (next(&message, &field))
		if (field.number == 1)
			check_piece(f, field.bytes, id++);
	/* 256 bytes, three pieces, three control tokens, and the unknown one. */
	assert_int_equal(id, 256 + 3 + 3 + 1);
}

static void the_trainer_s_settings_name_the_control_tokens(void **state)
{
	static const struct {
		unsigned number;
		uint64_t value;
	} want[] = { { 3, 1 }, { 4, 263 }, { 40, 262 }, { 41, 1 }, { 42, 2 }, { 43, 0 } };
	static const char *const name[] = { "<unk>_", "<bos>", "<eos>", "<pad>" };
	struct fixture *f = *state;
	struct slice trainer = only(t_slice(&f->out), 2).bytes;
	unsigned i;

	for (i = 0; i < sizeof(want) / sizeof(want[0]); i++)
		assert_int_equal(only(trainer, want[i].number).varint, want[i].value);
	for (i = 0; i < 4; i++)
		T_SAME(only(trainer, 45 + i).bytes, t_string(name[i]));
}

static void blanks_are_left_alone_in_both_directions(void **state)
{
	struct fixture *f = *state;
	struct slice there = only(t_slice(&f->out), 3).bytes, back = only(t_slice(&f->out), 5).bytes;
	struct buf map = { 0 };
	unsigned i;

	for (i = 3; i <= 5; i++) {
		assert_int_equal(only(there, i).varint, 0);
		assert_int_equal(only(back, i).varint, 0);
	}
	assert_int_equal(bp_charsmap_bytes(true, &map, NULL), BP_OK);
	T_SAME(only(there, 2).bytes, t_slice(&map));
	map.len = 0;
	assert_int_equal(bp_charsmap_text(&map, NULL), BP_OK);
	T_SAME(only(back, 2).bytes, t_slice(&map));
	bp_buf_release(&map);
}

static void without_normalisation_there_are_only_bytes(void **state)
{
	struct fixture *f = *state;
	struct model m = f->m;
	struct buf out = { 0 }, map = { 0 };

	m.normalize = BP_NORMALIZE_NONE;
	assert_int_equal(bp_to_sentencepiece(&m, f->name, NULL, &out, NULL), BP_OK);
	assert_int_equal(bp_charsmap_bytes(false, &map, NULL), BP_OK);
	T_SAME(only(only(t_slice(&out), 3).bytes, 2).bytes, t_slice(&map));
	bp_buf_release(&out);
	bp_buf_release(&map);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces_have_their_ids_scores_and_types),
		cmocka_unit_test(the_trainer_s_settings_name_the_control_tokens),
		cmocka_unit_test(blanks_are_left_alone_in_both_directions),
		cmocka_unit_test(without_normalisation_there_are_only_bytes)
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
