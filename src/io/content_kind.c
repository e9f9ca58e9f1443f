#include "io/content_kind.h"

#include <string.h>

enum kind {
	GZIP, ZSTD, XZ, BZIP2, ZIP, PARQUET, PDF, UTF16, UTF16LE, UTF16BE, UTF32, UTF32LE, UTF32BE,
	N_KINDS
};

static const struct content_kind kinds[N_KINDS] = {
	[GZIP] = { "gzip", "gzip -dc ", "" },
	[ZSTD] = { "zstd", "zstd -dc ", "" },
	[XZ] = { "xz", "xz -dc ", "" },
	[BZIP2] = { "bzip2", "bzip2 -dc ", "" },
	[ZIP] = { "zip", "unzip -p ", "" },
	[PARQUET] = { "Parquet", "duckdb -c \"COPY (SELECT text FROM '",
		      "') TO '/dev/stdout' (FORMAT json)\"" },
	[PDF] = { "PDF", "pdftotext ", " -" },
	[UTF16] = { "UTF-16", "iconv -f UTF-16 -t UTF-8 ", "" },
	[UTF16LE] = { "UTF-16", "iconv -f UTF-16LE -t UTF-8 ", "" },
	[UTF16BE] = { "UTF-16", "iconv -f UTF-16BE -t UTF-8 ", "" },
	[UTF32] = { "UTF-32", "iconv -f UTF-32 -t UTF-8 ", "" },
	[UTF32LE] = { "UTF-32", "iconv -f UTF-32LE -t UTF-8 ", "" },
	[UTF32BE] = { "UTF-32", "iconv -f UTF-32BE -t UTF-8 ", "" }
};

/* First bytes; longer ones stand before their own beginnings.  Kinds that printable text could
 * begin with need a control byte near it. */
static const struct {
	const char *bytes;
	unsigned char n;
	bool is_printable;
	enum kind kind;
} marks[] = {
	{ "\x1F\x8B\x08", 3, false, GZIP }, { "\x28\xB5\x2F\xFD", 4, false, ZSTD },
	{ "\xFD" "7zXZ\0", 6, false, XZ }, { "BZh", 3, true, BZIP2 },
	{ "PK\3\4", 4, false, ZIP }, { "PAR1", 4, true, PARQUET }, { "%PDF-", 5, false, PDF },
	{ "\xFF\xFE\0\0", 4, false, UTF32 }, { "\0\0\xFE\xFF", 4, false, UTF32 },
	{ "\xFF\xFE", 2, false, UTF16 }, { "\xFE\xFF", 2, false, UTF16 }
};

static bool is_control(unsigned char c)
{
	return (c < 0x20 && c != '\n' && c != '\t' && c != '\r') || c == 0x7F;
}

static bool has_control(struct slice s)
{
	size_t i;

	for (i = 0; i < s.n && !is_control(s.p[i]); i++)
		;
	return i < s.n;
}

static bool has_start(struct slice s, const char *bytes, size_t n)
{
	return s.n >= n && memcmp(s.p, bytes, n) == 0;
}

/*
 * True if bytes at offsets i with i % unit == at are no NULs, and all others are, in enough of
 * 's' to be no accident.
 */
static bool is_spaced(struct slice s, size_t unit, size_t at)
{
	size_t i, n = BP_MIN(s.n, 64);

	for (i = 0; i < n && (s.p[i] != 0) == (i % unit == at); i++)
		;
	return i == n && n >= 2 * unit;
}

/* ASCII in characters of two or four bytes without a mark at the start. */
static const struct content_kind *spaced_kind(struct slice s)
{
	if (is_spaced(s, 4, 0))
		return &kinds[UTF32LE];
	if (is_spaced(s, 4, 3))
		return &kinds[UTF32BE];
	if (is_spaced(s, 2, 0))
		return &kinds[UTF16LE];
	return is_spaced(s, 2, 1) ? &kinds[UTF16BE] : NULL;
}

const struct content_kind *bp_content_kind(struct slice start, bool nuls)
{
	struct slice s = { start.p, BP_MIN(start.n, 64) };
	size_t i;

	for (i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (has_start(s, marks[i].bytes, marks[i].n) &&
		    (!marks[i].is_printable || has_control(s)))
			return &kinds[marks[i].kind];
	return nuls ? NULL : spaced_kind(s);
}

static bool contains(struct slice s, const char *word)
{
	size_t n = strlen(word), i;

	for (i = 0; i + n <= s.n; i++)
		if (memcmp(s.p + i, word, n) == 0)
			return true;
	return false;
}

static bool has_mark(struct slice s, const char *with)
{
	return has_start(s, with, strlen(with));
}

static bool is_blank(unsigned char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* True if 's' begins with a text, blanks of 's' left out.  *end is the offset behind it. */
static bool begins_without_blanks(struct slice s, const char *with, size_t *end)
{
	size_t i;

	for (i = 0; i < s.n && *with != '\0'; i++)
		if (!is_blank(s.p[i]) && s.p[i] != (unsigned char)*with++)
			return false;
	*end = i;
	return *with == '\0';
}

bool bp_json_begins_with(struct slice start, const char *with)
{
	size_t end;

	return begins_without_blanks(start, with, &end);
}

static bool is_base64(unsigned char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
	       c == '+' || c == '/' || c == '=';
}

/* Settings, or the first member: a key in base64, and an array that begins with an id. */
static bool is_json_model(struct slice s)
{
	size_t from, i, end;

	if (bp_json_begins_with(s, "{\"bytepiece\":{") || bp_json_begins_with(s, "{\"pieces\":{"))
		return true;
	if (!begins_without_blanks(s, "{\"", &from))
		return false;
	for (i = from; i < s.n && is_base64(s.p[i]); i++)
		;
	if (i == from || i == s.n)
		return i > from;
	s = (struct slice){ s.p + i, s.n - i };
	if ((i - from) % 4 != 0 || !begins_without_blanks(s, "\":[", &end))
		return false;
	while (end < s.n && is_blank(s.p[end]))
		end++;
	return end < s.n && s.p[end] >= '0' && s.p[end] <= '9';
}

bool bp_is_model(struct slice start)
{
	struct slice s = { start.p, BP_MIN(start.n, BP_CONTENT_START) };

	return has_mark(s, BP_MODEL_MAGIC) || is_json_model(s);
}

bool bp_is_counts(struct slice start)
{
	/* The kind of the row of settings, and their first word: "bytepiece=". */
	return has_mark(start, BP_COUNTS_MAGIC) || has_mark(start, "006279746570696563653d");
}

const char *bp_file_kind(struct slice start)
{
	struct slice s = { start.p, BP_MIN(start.n, BP_CONTENT_START) };
	const struct content_kind *kind = bp_content_kind(s, false);

	if (bp_is_model(s))
		return "a model";
	if (bp_is_counts(s))
		return "counts or a plan";
	if (kind != NULL)
		return kind->name;
	if (has_start(s, "GGUF", 4))
		return "GGUF";
	/* The first field of SentencePiece is a message with a string: a piece. */
	if (s.n > 4 && s.p[0] == 0x0A && s.p[2] == 0x0A && s.p[3] + 2 <= s.p[1])
		return "a model of SentencePiece";
	if (s.n > 0 && s.p[0] == '{' && (contains(s, "\"truncation\"") ||
	    contains(s, "\"added_tokens\"") || contains(s, "\"pre_tokenizer\"")))
		return "tokenizer.json of Hugging Face tokenizers";
	if (s.n == 0 || s.p[0] == '{' || has_control(s))
		return NULL;
	return "text";
}
