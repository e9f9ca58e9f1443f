/* bp_export(): files, notes, and what is refused. */
#include <stdio.h>
#include <string.h>

#include "bytepiece_files.h"
#include "support.h"

static void append_note(void *ctx, const char *line)
{
	t_append(ctx, t_string(line));
	t_append(ctx, S("\n"));
}

static void read_file(const char *path, struct buf *out)
{
	FILE *f = fopen(path, "rb");
	unsigned char block[4096];
	size_t n;

	assert_non_null(f);
	out->len = 0;
	while ((n = fread(block, 1, sizeof(block), f)) > 0)
		t_append(out, (struct slice){ block, n });
	fclose(f);
}

/* A model of the bytes and a piece. */
static bp_model *model_of(struct slice piece, bp_normalize normalize)
{
	struct vocab v = { 0 };
	bp_model *m;

	t_vocab_init(&v);
	t_vocab_add(&v, piece, 256);
	m = t_vocab_model(&v, normalize);
	t_vocab_release(&v);
	return m;
}

static bp_model *small_model(bp_normalize normalize)
{
	return model_of(S("a b\xFF"), normalize);
}

static void tsv_has_a_line_for_each_piece(void **state)
{
	static const char end[] = "258\t\\xFF\t1\t-6.2383246250395077\n"
				  "259\ta\\x20b\\xFF\t256\t-0.6931471805599454\n";
	bp_model *m = small_model(BP_NORMALIZE_NFC);
	struct buf text = { 0 }, notes = { 0 };
	bp_export_options o = { .note = append_note, .note_ctx = &notes };
	struct t_file f;

	(void)state;
	t_file_make(&f, S("old"));
	assert_int_equal(bp_export(m, f.path, BP_EXPORT_TSV, &o, NULL), BP_OK);
	assert_int_equal(notes.len, 0);
	read_file(f.path, &text);
	assert_int_equal(bp_count_byte(t_slice(&text), '\n'), 257);
	assert_true(text.len > sizeof(end));
	T_SAME(((struct slice){ text.data + text.len - (sizeof(end) - 1), sizeof(end) - 1 }), S(end));
	t_file_remove(&f);
	bp_buf_release(&text);
	bp_free(m);
}

static bp_status export_piece_of(size_t len, bp_error *err)
{
	struct vocab v = { 0 };
	struct buf piece = { 0 };
	struct t_file f;
	bp_status st;
	bp_model *m;

	t_vocab_init(&v);
	while (piece.len < len)
		t_append(&piece, S("x"));
	t_vocab_add(&v, t_slice(&piece), 2);
	m = t_vocab_model(&v, BP_NORMALIZE_NFC);
	t_vocab_release(&v);
	t_file_make(&f, S("old"));
	st = bp_export(m, f.path, BP_EXPORT_SENTENCEPIECE, NULL, err);
	t_file_remove(&f);
	bp_buf_release(&piece);
	bp_free(m);
	return st;
}

static void a_piece_that_sentencepiece_refuses_is_refused(void **state)
{
	bp_error err = { 0 };

	(void)state;
	assert_int_equal(export_piece_of(7999, &err), BP_OK);
	assert_int_equal(export_piece_of(8000, &err), BP_ERANGE);
	assert_non_null(strstr(err.msg, "id 259 has 8000 bytes: SentencePiece"));
}

/* Every form of a model and every export of the tables is written, under a name of its own. */
static void all_forms_are_listed_and_written(void **state)
{
	bp_model *m = model_of(S("a b"), BP_NORMALIZE_NONE), *back;
	const bp_form_info *info;
	struct buf names = { 0 }, text = { 0 };
	struct t_file f;
	size_t i, n_forms = 0, n_exports = 0;

	(void)state;
	t_append(&names, S("|"));
	for (i = 0; (info = bp_model_form_info(n_forms)) != NULL ||
		    (info = bp_export_form_info(n_exports)) != NULL; i++) {
		t_append(&text, S("|"));
		t_append(&text, t_string(info->name));
		t_append(&text, S("|\0"));
		t_append(&names, S("\0"));
		assert_null(strstr((char *)names.data, (char *)text.data));
		names.len--;
		t_append(&names, (struct slice){ text.data + 1, text.len - 2 });
		assert_true(strlen(info->use) > 10);
		t_file_make(&f, S("old"));
		if (bp_model_form_info(n_forms) != NULL) {
			assert_int_equal(bp_save(m, f.path, (bp_model_form)n_forms++, NULL), BP_OK);
			back = bp_load(f.path, NULL);
			assert_non_null(back);
			assert_int_equal(bp_vocab_size(back), bp_vocab_size(m));
			bp_free(back);
		} else {
			assert_int_equal(bp_export(m, f.path, (bp_export_form)n_exports++, NULL,
						   NULL), BP_OK);
		}
		read_file(f.path, &text);
		assert_true(text.len > 256);
		text.len = 0;
		t_file_remove(&f);
	}
	t_append(&names, S("\0"));
	assert_string_equal((char *)names.data, "|json|binary|sentencepiece|huggingface|tsv|gguf|");
	bp_buf_release(&names);
	bp_buf_release(&text);
	bp_free(m);
}

/* Notes of a form, and the file's length. */
static size_t export(const bp_model *m, bp_export_form form, struct buf *notes)
{
	bp_export_options o = { .note = append_note, .note_ctx = notes };
	struct buf text = { 0 };
	struct t_file f;
	size_t n;

	notes->len = 0;
	t_file_make(&f, S(""));
	assert_int_equal(bp_export(m, f.path, form, &o, NULL), BP_OK);
	t_append(notes, S("\0"));
	read_file(f.path, &text);
	n = text.len;
	assert_int_equal(bp_export(m, f.path, form, NULL, NULL), BP_OK);
	read_file(f.path, &text);
	assert_int_equal(text.len, n);
	t_file_remove(&f);
	bp_buf_release(&text);
	return n;
}

static void notes_tell_what_cannot_be_carried(void **state)
{
	bp_model *nfc = small_model(BP_NORMALIZE_NFC), *none = small_model(BP_NORMALIZE_NONE);
	struct buf notes = { 0 };
	size_t n;

	(void)state;
	n = export(nfc, BP_EXPORT_SENTENCEPIECE, &notes);
	assert_non_null(strstr((char *)notes.data, "id 260 is <unk>"));
	assert_non_null(strstr((char *)notes.data, "floats"));
	assert_non_null(strstr((char *)notes.data, "normal form C"));
	assert_true(export(none, BP_EXPORT_SENTENCEPIECE, &notes) < n);
	assert_null(strstr((char *)notes.data, "normal form C"));
	export(nfc, BP_EXPORT_HUGGINGFACE, &notes);
	assert_non_null(strstr((char *)notes.data, "special token"));
	assert_non_null(strstr((char *)notes.data, "normal form C"));
	assert_non_null(strstr((char *)notes.data, "-o DIR/"));
	assert_non_null(strstr((char *)notes.data, "times 2^53"));
	export(none, BP_EXPORT_HUGGINGFACE, &notes);
	assert_null(strstr((char *)notes.data, "normal form C"));
	bp_buf_release(&notes);
	bp_free(nfc);
	bp_free(none);
}

static void notes_of_gguf_tell_of_ids_and_pieces(void **state)
{
	bp_model *nul = model_of(S("a\0b"), BP_NORMALIZE_NFC);
	bp_model *control = model_of(S("</s>"), BP_NORMALIZE_NONE);
	struct buf notes = { 0 };

	(void)state;
	export(nul, BP_EXPORT_GGUF, &notes);
	assert_non_null(strstr((char *)notes.data, "ids 260 to 386 are bytes"));
	assert_non_null(strstr((char *)notes.data, "\n1 pieces hold a NUL"));
	assert_non_null(strstr((char *)notes.data, "whole numbers"));
	assert_non_null(strstr((char *)notes.data, "normal form C"));
	assert_null(strstr((char *)notes.data, "control token"));
	export(control, BP_EXPORT_GGUF, &notes);
	assert_non_null(strstr((char *)notes.data, "takes the piece </s> for a control token"));
	assert_null(strstr((char *)notes.data, "NUL"));
	assert_null(strstr((char *)notes.data, "normal form C"));
	bp_buf_release(&notes);
	bp_free(nul);
	bp_free(control);
}

static void what_gguf_cannot_hold_is_refused(void **state)
{
	bp_model *broken = small_model(BP_NORMALIZE_NFC);
	bp_model *byte = model_of(S("<0xfA>"), BP_NORMALIZE_NFC);
	struct t_file f;
	bp_error err;

	(void)state;
	t_file_make(&f, S("old"));
	assert_int_equal(bp_export(broken, f.path, BP_EXPORT_GGUF, NULL, &err), BP_ERANGE);
	assert_non_null(strstr(err.msg, "1 pieces begin or end inside a character"));
	assert_int_equal(bp_export(byte, f.path, BP_EXPORT_GGUF, NULL, &err), BP_ERANGE);
	assert_non_null(strstr(err.msg, "id 259 is the piece <0xfA>, the name of a byte"));
	t_file_remove(&f);
	bp_free(broken);
	bp_free(byte);
}

/* The file 'name' in a folder, to *out; removed. */
static void take_file(const char *folder, const char *name, struct buf *out)
{
	struct buf path = { 0 };

	t_append(&path, t_string(folder));
	t_append(&path, t_string(name));
	t_append(&path, S("\0"));
	read_file((char *)path.data, out);
	t_append(out, S("\0"));
	assert_int_equal(remove((char *)path.data), 0);
	bp_buf_release(&path);
}

static void a_folder_has_configuration_and_tokenizer(void **state)
{
	bp_model *m = small_model(BP_NORMALIZE_NFC);
	struct buf path = { 0 }, text = { 0 }, notes = { 0 };
	bp_export_options o = { .bos = true, .note = append_note, .note_ctx = &notes };
	struct t_file name, template;
	bp_error err = { 0 };

	(void)state;
	t_file_make(&name, S(""));
	t_file_make(&template, S("{{ x }}\n"));
	t_file_remove(&name);
	t_append(&path, t_string(name.path));
	t_append(&path, S("/\0"));
	o.chat_template = template.path;
	if (bp_export(m, (char *)path.data, BP_EXPORT_HUGGINGFACE, &o, &err) == BP_OK) {
		take_file((char *)path.data, "tokenizer_config.json", &text);
		assert_non_null(strstr((char *)text.data, "\"chat_template\": \"{{ x }}\\n\""));
		take_file((char *)path.data, "tokenizer.json", &text);
		assert_non_null(strstr((char *)text.data, "TemplateProcessing"));
		t_append(&notes, S("\0"));
		assert_null(strstr((char *)notes.data, "-o DIR/"));
		/* Without its last slash: the folder is there. */
		path.data[path.len - 2] = '\0';
		assert_int_equal(bp_export(m, (char *)path.data, BP_EXPORT_HUGGINGFACE, NULL,
					   &err), BP_OK);
		take_file((char *)path.data, "/tokenizer_config.json", &text);
		take_file((char *)path.data, "/tokenizer.json", &text);
		assert_non_null(strstr((char *)text.data, "\"post_processor\": null"));
		assert_int_equal(remove(name.path), 0);
	} else {	/* C11 alone makes no folders */
		assert_int_equal(err.code, BP_EIO);
	}
	t_file_remove(&template);
	bp_buf_release(&path);
	bp_buf_release(&text);
	bp_buf_release(&notes);
	bp_free(m);
}

static void options_belong_to_some_exports(void **state)
{
	static const bp_export_options bos = { .bos = true }, eos = { .eos = true },
				       template = { .chat_template = "x" };
	bp_error err;

	(void)state;
	assert_int_equal(bp_export_check("x", BP_EXPORT_TSV, NULL, &err), BP_OK);
	assert_int_equal(bp_export_check("x", BP_EXPORT_TSV, &bos, &err), BP_ERANGE);
	assert_int_equal(bp_export_check("x", BP_EXPORT_SENTENCEPIECE, &eos, &err), BP_ERANGE);
	assert_int_equal(bp_export_check("x", BP_EXPORT_GGUF, &bos, &err), BP_OK);
	assert_int_equal(bp_export_check("x", BP_EXPORT_GGUF, &template, &err), BP_OK);
	assert_int_equal(bp_export_check("x/", BP_EXPORT_HUGGINGFACE, &template, &err), BP_OK);
	assert_int_equal(bp_export_check("x", BP_EXPORT_HUGGINGFACE, &template, &err), BP_ERANGE);
	assert_non_null(strstr(err.msg, "-o DIR/"));
}

static void a_template_that_is_no_text_is_refused(void **state)
{
	bp_model *m = model_of(S("ab"), BP_NORMALIZE_NFC);
	struct t_file out, template;
	bp_export_options o = { 0 };
	bp_error err;

	(void)state;
	t_file_make(&out, S("old"));
	t_file_make(&template, S("ab\xFF"));
	o.chat_template = template.path;
	assert_int_equal(bp_export(m, out.path, BP_EXPORT_GGUF, &o, &err), BP_EFORMAT);
	assert_non_null(strstr(err.msg, "byte 2: a chat template"));
	t_file_remove(&template);
	t_file_make(&template, S("a\0b"));
	assert_int_equal(bp_export(m, out.path, BP_EXPORT_GGUF, &o, &err), BP_EFORMAT);
	assert_non_null(strstr(err.msg, "byte 1: a chat template"));
	t_file_remove(&template);
	assert_int_equal(bp_export(m, out.path, BP_EXPORT_GGUF, &o, &err), BP_EIO);
	t_file_remove(&out);
	bp_free(m);
}

static void what_fails_leaves_the_file_and_says_nothing(void **state)
{
	bp_model *m = small_model(BP_NORMALIZE_NFC);
	struct buf notes = { 0 }, text = { 0 };
	bp_export_options o = { .note = append_note, .note_ctx = &notes };
	struct t_file f;
	bp_error err;

	(void)state;
	t_file_make(&f, S("old"));
	assert_int_equal(bp_export(m, f.path, (bp_export_form)99, &o, &err), BP_ERANGE);
	read_file(f.path, &text);
	T_SAME(t_slice(&text), S("old"));
	assert_int_equal(bp_export(m, "/no such folder/x", BP_EXPORT_SENTENCEPIECE, &o, &err),
			 BP_EIO);
	assert_non_null(strstr(err.msg, "/no such folder/x"));
	assert_int_equal(notes.len, 0);
	t_file_remove(&f);
	bp_buf_release(&text);
	bp_free(m);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_piece_that_sentencepiece_refuses_is_refused),
		cmocka_unit_test(tsv_has_a_line_for_each_piece),
		cmocka_unit_test(all_forms_are_listed_and_written),
		cmocka_unit_test(notes_tell_what_cannot_be_carried),
		cmocka_unit_test(notes_of_gguf_tell_of_ids_and_pieces),
		cmocka_unit_test(what_gguf_cannot_hold_is_refused),
		cmocka_unit_test(a_folder_has_configuration_and_tokenizer),
		cmocka_unit_test(options_belong_to_some_exports),
		cmocka_unit_test(a_template_that_is_no_text_is_refused),
		cmocka_unit_test(what_fails_leaves_the_file_and_says_nothing)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
