#include "model/model_json.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "bytepiece_files.h"
#include "model/base64.h"
#include "model/json.h"
#include "text/utf8.h"

static const char *const specials[] = { "<pad>", "<bos>", "<eos>" };
enum { VERSION = 1, N_SPECIALS = sizeof(specials) / sizeof(specials[0]) };

/* A member of the object of pieces, as read. */
struct entry {
	uint64_t id, count, pos;	/* pos: of the key in the file */
	size_t at;			/* of the bytes in reading.bytes */
	uint32_t len;
};

struct reading {
	struct json j;
	struct entry *entry;
	size_t n, cap;
	struct buf bytes;
	uint64_t total;
	bp_normalize normalize;
	bool has_settings, has_pieces, plain;
	bool has_version, has_normalize, has_specials;
};

static bool is_string(const struct json *j, const char *s)
{
	return j->string.len == strlen(s) && memcmp(j->string.data, s, j->string.len) == 0;
}

/* The piece in j.string, which stood at 'pos'. */
static bool read_key(struct reading *r, uint64_t pos, struct entry *e)
{
	size_t n = bp_base64_decode(r->j.string.data, r->j.string.len);

	if (n == SIZE_MAX)
		return bp_json_fail(&r->j, pos, "a piece that is not valid base64");
	if (n == 0)
		return bp_json_fail(&r->j, pos, "an empty piece");
	if (n > BP_PIECE_MAX)
		return bp_json_fail(&r->j, pos, "a piece of over 65535 bytes");
	*e = (struct entry){ .pos = pos, .at = r->bytes.len, .len = (uint32_t)n };
	if (!bp_buf_append(&r->bytes, r->j.string.data, n)) {
		r->j.status = bp_fail_memory(r->j.err);
		return false;
	}
	return true;
}

static bool read_values(struct reading *r, struct entry *e)
{
	struct json *j = &r->j;
	uint64_t pos;

	if (!bp_json_expect(j, ':', "':'") || !bp_json_expect(j, '[', "'['") ||
	    !bp_json_number(j, "id", &e->id) || !bp_json_expect(j, ',', "','") ||
	    !bp_json_string(j) || !bp_json_expect(j, ',', "','"))
		return false;
	bp_json_peek(j);
	pos = bp_json_offset(j);
	if (!bp_json_number(j, "count", &e->count) || !bp_json_expect(j, ']', "']'"))
		return false;
	if (e->count == 0)
		return bp_json_fail(j, pos, "count is zero");
	if (e->count > INT64_MAX - r->total)
		return bp_json_fail(j, pos, "the counts' sum is too large");
	r->total += e->count;
	return true;
}

/* One piece, whose key has been read at 'pos'. */
static bool read_piece(struct reading *r, uint64_t pos)
{
	struct entry e;

	if (!read_key(r, pos, &e) || !read_values(r, &e))
		return false;
	if (r->n >= INT32_MAX)
		return bp_json_fail(&r->j, pos, "too many pieces");
	if (!bp_grow(&r->entry, &r->cap, r->n + 1, sizeof(*r->entry))) {
		r->j.status = bp_fail_memory(r->j.err);
		return false;
	}
	r->entry[r->n++] = e;
	return true;
}

/* The key that comes next, into j->string; its offset into *pos. */
static bool next_key(struct json *j, bool *first, uint64_t *pos)
{
	if (!bp_json_next(j, '}', first))
		return false;
	bp_json_peek(j);
	*pos = bp_json_offset(j);
	return bp_json_string(j);
}

static bool read_pieces(struct reading *r)
{
	bool first = true;
	uint64_t pos;

	if (!bp_json_expect(&r->j, '{', "'{'"))
		return false;
	while (next_key(&r->j, &first, &pos))
		if (!read_piece(r, pos))
			return false;
	return r->j.status == BP_OK;
}

static bool read_specials(struct json *j)
{
	bool first = true;
	uint64_t pos;
	size_t n = 0;

	if (!bp_json_expect(j, '[', "'['"))
		return false;
	for (; bp_json_next(j, ']', &first); n++) {
		pos = bp_json_offset(j);
		if (!bp_json_string(j))
			return false;
		if (n >= N_SPECIALS || !is_string(j, specials[n]))
			return bp_json_fail(j, pos, "a special token that this version "
					    "does not know");
	}
	if (j->status == BP_OK && n < N_SPECIALS)
		return bp_json_fail(j, bp_json_offset(j), "special tokens are missing");
	return j->status == BP_OK;
}

/* Each setting stands once. */
static bool first_time(struct reading *r, bool *seen, uint64_t pos)
{
	if (*seen)
		return bp_json_fail(&r->j, pos, "a setting that stands twice");
	*seen = true;
	return true;
}

static bool read_setting(struct reading *r, uint64_t pos)
{
	struct json *j = &r->j;
	uint64_t version;

	if (is_string(j, "version")) {
		if (!first_time(r, &r->has_version, pos) || !bp_json_expect(j, ':', "':'") ||
		    !bp_json_number(j, "version", &version))
			return false;
		return version == VERSION ||
		       bp_json_fail(j, pos, "a version that this program does not know");
	}
	if (is_string(j, "normalize")) {
		if (!first_time(r, &r->has_normalize, pos) || !bp_json_expect(j, ':', "':'") ||
		    !bp_json_string(j))
			return false;
		r->normalize = is_string(j, "none") ? BP_NORMALIZE_NONE : BP_NORMALIZE_NFC;
		return r->normalize == BP_NORMALIZE_NONE || is_string(j, "nfc") ||
		       bp_json_fail(j, pos, "a normalisation that this program does not know");
	}
	if (is_string(j, "specials"))
		return first_time(r, &r->has_specials, pos) &&
		       bp_json_expect(j, ':', "':'") && read_specials(j);
	return bp_json_fail(j, pos, "a setting that this program does not know");
}

static bool read_settings(struct reading *r)
{
	bool first = true;
	uint64_t pos;

	if (!bp_json_expect(&r->j, '{', "'{'"))
		return false;
	while (next_key(&r->j, &first, &pos))
		if (!read_setting(r, pos))
			return false;
	if (r->j.status == BP_OK && !r->has_version)
		return bp_json_fail(&r->j, bp_json_offset(&r->j), "\"version\" is missing");
	return r->j.status == BP_OK;
}

/* The whole file.  Neither "bytepiece" nor "pieces" could be base64, by their lengths. */
static bool read_top(struct reading *r)
{
	struct json *j = &r->j;
	bool first = true, *seen;
	uint64_t pos;

	if (!bp_json_expect(j, '{', "'{'"))
		return false;
	while (next_key(j, &first, &pos)) {
		if (!is_string(j, "bytepiece") && !is_string(j, "pieces")) {
			r->plain = true;
			if (!read_piece(r, pos))
				return false;
		} else {
			seen = is_string(j, "pieces") ? &r->has_pieces : &r->has_settings;
			if (*seen)
				return bp_json_fail(j, pos, "a member that stands twice");
			*seen = true;
			if (!bp_json_expect(j, ':', "':'") ||
			    !(seen == &r->has_pieces ? read_pieces(r) : read_settings(r)))
				return false;
		}
		if (r->plain ? r->has_settings || r->has_pieces : false)
			return bp_json_fail(j, pos, "pieces outside of the object \"pieces\"");
	}
	if (j->status == BP_OK && !r->plain && r->has_settings != r->has_pieces)
		return bp_json_fail(j, bp_json_offset(j), "\"bytepiece\" and \"pieces\" "
				    "have to stand together");
	return bp_json_end(j);
}

static struct slice bytes_of(const struct reading *r, const struct entry *e)
{
	return (struct slice){ r->bytes.data + e->at, e->len };
}

static int by_length_and_bytes(struct slice a, struct slice b)
{
	return a.n != b.n ? (a.n < b.n ? -1 : 1) : memcmp(a.p, b.p, a.n);
}

static bool fail_order(struct reading *r, const struct entry *const *by_id, size_t i)
{
	char reason[160];
	size_t k;

	for (k = 0; k < r->n; k++)
		if (k != i && by_length_and_bytes(bytes_of(r, by_id[k]),
						  bytes_of(r, by_id[i])) == 0) {
			snprintf(reason, sizeof(reason), "ids %zu and %zu are the same piece",
				 k + BP_FIRST_PIECE, i + BP_FIRST_PIECE);
			return bp_json_fail(&r->j, by_id[BP_MAX(i, k)]->pos, reason);
		}
	snprintf(reason, sizeof(reason), "id %zu is out of order: ids go by length, then bytes",
		 i + BP_FIRST_PIECE);
	return bp_json_fail(&r->j, by_id[i]->pos, reason);
}

/* Set by_id[0..n) to the entries in the order of their ids, and check that this is as it has to
 * be. */
static bool arrange(struct reading *r, const struct entry **by_id)
{
	const struct entry *e;
	char reason[100];
	size_t i;

	for (i = 0; i < r->n; i++)
		by_id[i] = NULL;
	for (i = 0; i < r->n; i++) {
		e = &r->entry[i];
		if (e->id < BP_FIRST_PIECE || e->id - BP_FIRST_PIECE >= r->n) {
			snprintf(reason, sizeof(reason), "id %" PRIu64 " is not from 3 to %zu, "
				 "as in a model of %zu pieces", e->id, r->n + 2, r->n);
			return bp_json_fail(&r->j, e->pos, reason);
		}
		if (by_id[e->id - BP_FIRST_PIECE] != NULL) {
			snprintf(reason, sizeof(reason), "id %" PRIu64 " stands twice", e->id);
			return bp_json_fail(&r->j, e->pos, reason);
		}
		by_id[e->id - BP_FIRST_PIECE] = e;
	}
	for (i = 1; i < r->n; i++)
		if (by_length_and_bytes(bytes_of(r, by_id[i - 1]), bytes_of(r, by_id[i])) >= 0)
			return fail_order(r, by_id, i);
	for (i = 0; i < 256; i++)
		if (i >= r->n || by_id[i]->len != 1 || r->bytes.data[by_id[i]->at] != i) {
			snprintf(reason, sizeof(reason), "there is no piece for the single byte "
				 "0x%02zX", i);
			return bp_json_fail(&r->j, bp_json_offset(&r->j), reason);
		}
	return true;
}

static bp_status make_model(struct reading *r, struct model *m, bp_error *err)
{
	const struct entry **by_id = bp_array(r->n, sizeof(*by_id));
	struct slice *piece = bp_array(r->n, sizeof(*piece));
	uint64_t *count = bp_array(r->n, sizeof(*count));
	bp_status st;
	size_t i;

	if (by_id == NULL || piece == NULL || count == NULL) {
		st = bp_fail_memory(err);
	} else if (!arrange(r, by_id)) {
		st = r->j.status;
	} else {
		for (i = 0; i < r->n; i++) {
			piece[i] = bytes_of(r, by_id[i]);
			count[i] = by_id[i]->count;
		}
		st = bp_model_init(m, piece, count, r->n, r->normalize, err);
	}
	free(by_id);
	free(piece);
	free(count);
	return st;
}

bp_status bp_model_from_json(struct model *m, FILE *f, struct slice text, const char *name,
			     bp_error *err)
{
	struct reading r = { .normalize = BP_NORMALIZE_NFC };
	bp_error ignored;
	bp_status st;

	*m = (struct model){ 0 };
	if ((st = bp_json_init(&r.j, f, text, name, err != NULL ? err : &ignored)) != BP_OK)
		return st;
	st = read_top(&r) ? make_model(&r, m, err) : r.j.status;
	bp_json_release(&r.j);
	free(r.entry);
	bp_buf_release(&r.bytes);
	return st;
}

/* What decodes as UTF-8, other bytes dropped, with what JSON needs escaped as Python does it. */
static bool write_text(struct buf *out, struct slice s)
{
	static const char short_form[] = "\b\t\n\f\r\"\\", letter[] = "btnfr\"\\";
	const char *found;
	char hex[8];
	size_t i, k;
	bool ok = bp_buf_byte(out, '"');

	for (i = 0; i < s.n && ok; i += k > 0 ? k : 1) {
		k = bp_utf8_length(s.p + i, s.n - i);
		found = k == 1 && s.p[i] != 0 ? strchr(short_form, s.p[i]) : NULL;
		if (found != NULL) {
			ok = bp_buf_byte(out, '\\') &&
			     bp_buf_byte(out, (unsigned char)letter[found - short_form]);
		} else if (k == 1 && s.p[i] < 0x20) {
			snprintf(hex, sizeof(hex), "\\u%04x", s.p[i]);
			ok = bp_buf_append(out, hex, 6);
		} else {
			ok = bp_buf_append(out, s.p + i, k);
		}
	}
	return ok && bp_buf_byte(out, '"');
}

static bool write_string(struct buf *out, const char *s)
{
	return bp_buf_append(out, s, strlen(s));
}

/* indent: the blanks before a key. */
static bool write_piece(struct buf *out, const struct model *m, size_t i, const char *indent)
{
	char number[64];
	bool ok;

	ok = write_string(out, indent) && bp_buf_byte(out, '"') &&
	     bp_base64_encode(m->piece[i], out);
	snprintf(number, sizeof(number), "\": [\n%s    %zu,\n%s    ", indent,
		 i + BP_FIRST_PIECE, indent);
	ok = ok && write_string(out, number) && write_text(out, m->piece[i]);
	snprintf(number, sizeof(number), ",\n%s    %" PRIu64 "\n%s]", indent, m->count[i], indent);
	return ok && write_string(out, number) &&
	       write_string(out, i + 1 < m->n_pieces ? ",\n" : "\n");
}

static bool write_settings(struct buf *out)
{
	bool ok = write_string(out, "    \"bytepiece\": {\n        \"version\": 1,\n"
			       "        \"normalize\": \"none\",\n        \"specials\": [\n");
	size_t i;

	for (i = 0; i < N_SPECIALS && ok; i++)
		ok = write_string(out, "            \"") && write_string(out, specials[i]) &&
		     write_string(out, i + 1 < N_SPECIALS ? "\",\n" : "\"\n");
	return ok && write_string(out, "        ]\n    },\n    \"pieces\": {\n");
}

bp_status bp_model_to_json(const struct model *m, struct buf *out, bp_error *err)
{
	bool plain = m->normalize == BP_NORMALIZE_NFC, ok = write_string(out, "{\n");
	size_t i;

	if (!plain)
		ok = ok && write_settings(out);
	for (i = 0; i < m->n_pieces && ok; i++)
		ok = write_piece(out, m, i, plain ? "    " : "        ");
	if (!plain)
		ok = ok && write_string(out, "    }\n");
	ok = ok && bp_buf_byte(out, '}');
	return ok ? BP_OK : bp_fail_memory(err);
}
