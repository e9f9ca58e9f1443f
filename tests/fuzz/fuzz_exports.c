/*
 * Any vocabulary, with any names of special tokens, in each form of the table of exports: the file
 * can be read as what it says it is, has all ids, and no two of its tokens have one name.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

#include "model/json.h"

/* Names that a file has, copies for free(). */
enum { MOST = 1024 };
struct names {
	char *name[MOST];
	size_t n;
};

static void add(struct names *to, struct slice s)
{
	FUZZ_CHECK(to->n < MOST && memchr(s.p, '\0', s.n) == NULL);
	to->name[to->n++] = fuzz_string(s);
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void check_distinct(struct names *x)
{
	size_t i;

	qsort(x->name, x->n, sizeof(x->name[0]), compare);
	for (i = 1; i < x->n; i++)
		FUZZ_CHECK(strcmp(x->name[i - 1], x->name[i]) != 0);
	for (i = 0; i < x->n; i++)
		free(x->name[i]);
}

/* tokenizer.json: the names of the vocabulary and of the added tokens. */
struct tokenizer {
	struct json j;
	struct names vocabulary, added;
	bool in_added;
};
enum key { OTHER, VOCAB, PAIR, CONTENT };

static void read_value(struct tokenizer *t, enum key key);

static void read_members(struct tokenizer *t)
{
	bool first = true, outer = t->in_added;
	enum key key;

	FUZZ_CHECK(bp_json_expect(&t->j, '{', "object"));
	while (bp_json_next(&t->j, '}', &first)) {
		FUZZ_CHECK(bp_json_string(&t->j) && bp_buf_byte(&t->j.string, '\0'));
		key = strcmp((char *)t->j.string.data, "vocab") == 0 ? VOCAB
		    : strcmp((char *)t->j.string.data, "content") == 0 ? CONTENT : OTHER;
		t->in_added = outer || strcmp((char *)t->j.string.data, "added_tokens") == 0;
		FUZZ_CHECK(bp_json_expect(&t->j, ':', "colon"));
		read_value(t, key);
	}
	t->in_added = outer;
}

static size_t digits(const unsigned char *p)
{
	return strspn((const char *)p, "0123456789");
}

/* true, false, null or a number; the text ends with a NUL. */
static void read_word(struct json *j)
{
	static const char *const word[] = { "true", "false", "null" };
	size_t i, n;

	for (i = 0; i < 3; i++)
		if (strncmp((const char *)j->p, word[i], strlen(word[i])) == 0) {
			j->p += strlen(word[i]);
			return;
		}
	j->p += *j->p == '-';
	n = digits(j->p);
	FUZZ_CHECK(n > 0 && (n == 1 || *j->p != '0'));
	j->p += n;
	if (*j->p == '.') {
		FUZZ_CHECK((n = digits(j->p + 1)) > 0);
		j->p += n + 1;
	}
	if (*j->p == 'e' || *j->p == 'E') {
		j->p += j->p[1] == '-' || j->p[1] == '+' ? 2 : 1;
		FUZZ_CHECK((n = digits(j->p)) > 0);
		j->p += n;
	}
}

static void read_value(struct tokenizer *t, enum key key)
{
	int c = bp_json_peek(&t->j);
	bool first = true;

	if (c == '{') {
		read_members(t);
	} else if (c == '[') {
		FUZZ_CHECK(bp_json_expect(&t->j, '[', "array"));
		while (bp_json_next(&t->j, ']', &first))
			read_value(t, key == VOCAB ? PAIR : key == PAIR ? PAIR : OTHER);
	} else if (c == '"') {
		FUZZ_CHECK(bp_json_string(&t->j));
		if (key == PAIR)
			add(&t->vocabulary, fuzz_slice(&t->j.string));
		if (key == CONTENT && t->in_added)
			add(&t->added, fuzz_slice(&t->j.string));
	} else {
		read_word(&t->j);
	}
	FUZZ_CHECK(t->j.status == BP_OK);
}

static void check_huggingface(const bp_model *m, struct buf *file)
{
	struct tokenizer t = { .in_added = false };
	bp_error err = { 0 };

	FUZZ_CHECK(bp_buf_byte(file, '\0'));
	FUZZ_CHECK(bp_json_init(&t.j, NULL, (struct slice){ file->data, file->len - 1 }, "export",
				&err) == BP_OK);
	read_value(&t, OTHER);
	FUZZ_CHECK(bp_json_end(&t.j));
	bp_json_release(&t.j);
	FUZZ_CHECK(t.vocabulary.n == bp_vocab_size(m));
	check_distinct(&t.vocabulary);
	check_distinct(&t.added);
}

/* A field of a message of protocol buffers: its number, and its bytes if it has a length. */
static uint64_t varint(struct slice *s)
{
	uint64_t value = 0;
	unsigned c, shift = 0;

	do {
		FUZZ_CHECK(s->n > 0 && shift < 64);
		c = fuzz_byte(s);
		value |= (uint64_t)(c & 127) << shift;
		shift += 7;
	} while (c >= 128);
	return value;
}

static unsigned field(struct slice *s, struct slice *bytes)
{
	uint64_t tag = varint(s), n = 0;

	*bytes = (struct slice){ NULL, 0 };
	FUZZ_CHECK((tag & 7) == 0 || (tag & 7) == 2 || (tag & 7) == 5);
	if ((tag & 7) == 0)
		varint(s);
	else
		n = (tag & 7) == 2 ? varint(s) : 4;
	FUZZ_CHECK(n <= s->n);
	if (n > 0)
		*bytes = fuzz_part(s, (size_t)n);
	return (unsigned)(tag >> 3);
}

static void check_sentencepiece(const bp_model *m, struct buf *file)
{
	struct slice s = fuzz_slice(file), entry, text;
	struct names names = { .n = 0 };

	while (s.n > 0) {
		if (field(&s, &entry) != 1)
			continue;
		while (entry.n > 0)
			if (field(&entry, &text) == 1)
				add(&names, text);
	}
	FUZZ_CHECK(names.n == (size_t)bp_vocab_size(m) + 1);
	check_distinct(&names);
}

static uint64_t take_number(struct slice *s, size_t n)
{
	struct slice b = fuzz_part(s, n);
	uint64_t x = 0;

	while (n-- > 0)
		x = x << 8 | b.p[n];
	return x;
}

static struct slice take_string(struct slice *s)
{
	uint64_t n = take_number(s, 8);

	FUZZ_CHECK(n <= s->n);
	return fuzz_part(s, (size_t)n);
}

/* All keys of the file, to its end; the texts of the tokens. */
static void check_gguf(const bp_model *m, struct buf *file)
{
	struct slice s = fuzz_slice(file);
	struct names names = { .n = 0 };
	uint64_t n_keys, n, i;
	uint32_t type;

	FUZZ_CHECK(take_number(&s, 4) == 0x46554747 && take_number(&s, 4) == 3 &&
		   take_number(&s, 8) == 0);
	for (n_keys = take_number(&s, 8); n_keys > 0; n_keys--) {
		take_string(&s);
		type = (uint32_t)take_number(&s, 4);
		n = 1;
		if (type == 9) {
			type = (uint32_t)take_number(&s, 4);
			n = take_number(&s, 8);
			FUZZ_CHECK(n >= bp_vocab_size(m) && n <= (uint64_t)bp_vocab_size(m) + 127);
		}
		for (i = 0; i < n; i++)
			if (type == 8 && n > 1)
				add(&names, take_string(&s));
			else if (type == 8)
				take_string(&s);
			else
				take_number(&s, type == 7 ? 1 : 4);
	}
	FUZZ_CHECK(s.n == 0);
	check_distinct(&names);
}

static void check_tsv(const bp_model *m, struct buf *file)
{
	char *line, *end, *p;
	uint32_t id;
	int tabs;

	FUZZ_CHECK(bp_buf_byte(file, '\0'));
	line = (char *)file->data;
	for (id = BP_FIRST_PIECE; id < bp_vocab_size(m); id++, line = end + 1) {
		FUZZ_CHECK(strtoul(line, &p, 10) == id && *p == '\t');
		FUZZ_CHECK((end = strchr(line, '\n')) != NULL);
		for (tabs = 0; p < end; p++)
			tabs += *p == '\t';
		FUZZ_CHECK(tabs == 3);
	}
	FUZZ_CHECK(line == (char *)file->data + file->len - 1);
}

/* A form that is not here is at least written. */
static void (*const check[])(const bp_model *m, struct buf *file) = {
	[BP_EXPORT_SENTENCEPIECE] = check_sentencepiece,
	[BP_EXPORT_HUGGINGFACE] = check_huggingface,
	[BP_EXPORT_TSV] = check_tsv,
	[BP_EXPORT_GGUF] = check_gguf
};

static void export(const bp_model *m, unsigned form)
{
	bp_error err = { 0 };
	struct buf file = { 0 };

	if (bp_export(m, fuzz_path("out"), (bp_export_form)form, NULL, &err) != BP_OK) {
		FUZZ_CHECK(err.code == BP_ERANGE && err.msg[0] != '\0');
		return;
	}
	fuzz_read(fuzz_path("out"), &file);
	if (form < sizeof(check) / sizeof(check[0]))
		check[form](m, &file);
	bp_buf_release(&file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice in = { data, size };
	unsigned how = fuzz_byte(&in), form;
	struct fuzz_vocab v;
	bp_model *m;

	fuzz_vocab_init(&v, &in);
	m = fuzz_vocab_model(&v, how & 1 ? BP_NORMALIZE_NONE : BP_NORMALIZE_NFC,
			     how & 2 ? FUZZ_MIXED : FUZZ_ORDERED);
	m = fuzz_with_names(m, &in);
	for (form = 0; bp_export_form_info(form) != NULL; form++)
		/* The rules of normal form C take a hundred times as long as all else. */
		if (form != BP_EXPORT_SENTENCEPIECE || how & 1 || size % 64 == 0)
			export(m, form);
	bp_free(m);
	fuzz_vocab_release(&v);
	return 0;
}
