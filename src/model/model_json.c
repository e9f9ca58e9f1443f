#include "model/model_json.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "bytepiece_files.h"
#include "model/base64.h"
#include "model/json.h"
#include "text/utf8.h"

enum { VERSION = 1 };

/* A member of the object of pieces, or (count 0) a special token after the first three, as read. */
struct entry {
	uint64_t id, count, pos;	/* pos: of the key or name in the file */
	size_t at;			/* of the bytes in reading.bytes */
	uint32_t len;
};

struct reading {
	struct json j;
	struct entry *entry, *special;
	size_t n, cap, n_specials, cap_specials;
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

static bool fail_memory(struct reading *r)
{
	r->j.status = bp_fail_memory(r->j.err);
	return false;
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
	return bp_buf_append(&r->bytes, r->j.string.data, n) || fail_memory(r);
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
		return bp_json_fail(j, pos, "the sum of the counts is too large");
	r->total += e->count;
	return true;
}

/* One piece, whose key has been read at 'pos'. */
static bool read_piece(struct reading *r, uint64_t pos)
{
	struct entry e;

	if (!read_key(r, pos, &e) || !read_values(r, &e))
		return false;
	if (r->n + r->n_specials >= INT32_MAX)
		return bp_json_fail(&r->j, pos, "too many pieces");
	if (!BP_GROW(r->entry, r->cap, r->n + 1))
		return fail_memory(r);
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

/* The name in j.string, which stood at 'pos': one of those after the first. */
static bool add_special(struct reading *r, uint64_t pos)
{
	struct slice name = { r->j.string.data, r->j.string.len };
	char reason[80];
	const char *why;

	if (!bp_special_name_ok(name, &why)) {
		snprintf(reason, sizeof(reason), "a special token that %s", why);
		return bp_json_fail(&r->j, pos, reason);
	}
	if (r->n + r->n_specials >= INT32_MAX)
		return bp_json_fail(&r->j, pos, "too many special tokens");
	if (!BP_GROW(r->special, r->cap_specials, r->n_specials + 1))
		return fail_memory(r);
	r->special[r->n_specials++] = (struct entry){ .pos = pos, .at = r->bytes.len,
						      .len = (uint32_t)name.n };
	return bp_buf_append(&r->bytes, name.p, name.n) || fail_memory(r);
}

static bool read_specials(struct reading *r)
{
	struct json *j = &r->j;
	bool first = true;
	uint64_t pos;
	size_t n = 0;

	if (!bp_json_expect(j, '[', "'['"))
		return false;
	for (; bp_json_next(j, ']', &first); n++) {
		bp_json_peek(j);
		pos = bp_json_offset(j);
		if (!bp_json_string(j))
			return false;
		if (n < BP_FIRST_PIECE && !is_string(j, bp_first_specials[n]))
			return bp_json_fail(j, pos, "special tokens do not begin with <pad>, <bos>, "
					    "<eos>");
		if (n >= BP_FIRST_PIECE && !add_special(r, pos))
			return false;
	}
	if (j->status == BP_OK && n < BP_FIRST_PIECE)
		return bp_json_fail(j, bp_json_offset(j), "special tokens are missing");
	return j->status == BP_OK;
}

/* Each setting stands once. */
static bool first_time(struct reading *r, bool *seen, uint64_t pos)
{
	if (*seen)
		return bp_json_fail(&r->j, pos, "a setting occurs twice");
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
		       bp_json_fail(j, pos, "an unknown version");
	}
	if (is_string(j, "normalize")) {
		if (!first_time(r, &r->has_normalize, pos) || !bp_json_expect(j, ':', "':'") ||
		    !bp_json_string(j))
			return false;
		r->normalize = is_string(j, "none") ? BP_NORMALIZE_NONE : BP_NORMALIZE_NFC;
		return r->normalize == BP_NORMALIZE_NONE || is_string(j, "nfc") ||
		       bp_json_fail(j, pos, "an unknown normalization");
	}
	if (is_string(j, "specials"))
		return first_time(r, &r->has_specials, pos) &&
		       bp_json_expect(j, ':', "':'") && read_specials(r);
	return bp_json_fail(j, pos, "an unknown setting");
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
				return bp_json_fail(j, pos, "a member occurs twice");
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
				    "must occur together");
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

/* An entry among those to be sorted, with its bytes. */
struct named {
	struct slice s;
	const struct entry *e;
};

static int by_bytes(const void *a, const void *b)
{
	const struct named *x = a, *y = b;
	int d = by_length_and_bytes(x->s, y->s);

	return d != 0 ? d : x->e->pos < y->e->pos ? -1 : 1;
}

/* Of n entries no two may have the same bytes; 'what' they are is for the message. */
static bool check_distinct(struct reading *r, const struct entry *entry, size_t n,
			   const char *what)
{
	struct named *all;
	char reason[120];
	size_t i;

	if (n < 2)
		return true;
	if ((all = bp_array(n, sizeof(*all))) == NULL)
		return fail_memory(r);
	for (i = 0; i < n; i++)
		all[i] = (struct named){ bytes_of(r, &entry[i]), &entry[i] };
	qsort(all, n, sizeof(*all), by_bytes);
	for (i = 1; i < n; i++)
		if (by_length_and_bytes(all[i - 1].s, all[i].s) == 0) {
			snprintf(reason, sizeof(reason), "ids %" PRIu64 " and %" PRIu64 " are the "
				 "same %s", BP_MIN(all[i - 1].e->id, all[i].e->id),
				 BP_MAX(all[i - 1].e->id, all[i].e->id), what);
			bp_json_fail(&r->j, all[i].e->pos, reason);
			break;
		}
	free(all);
	return r->j.status == BP_OK;
}

/* Put pieces into by_id, which is as long as there are entries; what they leave free stays NULL. */
static bool place_pieces(struct reading *r, const struct entry **by_id, size_t n)
{
	const struct entry *e;
	char reason[160];
	size_t i;

	for (i = 0; i < n; i++)
		by_id[i] = NULL;
	for (i = 0; i < r->n; i++) {
		e = &r->entry[i];
		if (e->id < BP_FIRST_PIECE || e->id - BP_FIRST_PIECE >= n) {
			snprintf(reason, sizeof(reason), "id %" PRIu64 " is not from 3 to %zu, "
				 "as in a model of %zu pieces and %zu special tokens", e->id,
				 n + 2, r->n, r->n_specials + BP_FIRST_PIECE);
			return bp_json_fail(&r->j, e->pos, reason);
		}
		if (by_id[e->id - BP_FIRST_PIECE] != NULL) {
			snprintf(reason, sizeof(reason), "id %" PRIu64 " occurs twice", e->id);
			return bp_json_fail(&r->j, e->pos, reason);
		}
		by_id[e->id - BP_FIRST_PIECE] = e;
	}
	return true;
}

static bool check_bytes(struct reading *r)
{
	bool seen[256] = { false };
	char reason[80];
	size_t i;

	for (i = 0; i < r->n; i++)
		if (r->entry[i].len == 1)
			seen[r->bytes.data[r->entry[i].at]] = true;
	for (i = 0; i < 256; i++)
		if (!seen[i]) {
			snprintf(reason, sizeof(reason), "there is no piece for the single byte "
				 "0x%02zX", i);
			return bp_json_fail(&r->j, bp_json_offset(&r->j), reason);
		}
	return true;
}

/*
 * Set by_id[0..n) to the entries in the order of their ids, those that pieces leave free being for
 * special tokens, and check that this is as it has to be.
 */
static bool arrange(struct reading *r, const struct entry **by_id, size_t n)
{
	bool sorted = true;
	size_t i, k;

	if (!place_pieces(r, by_id, n))
		return false;
	for (i = k = 0; i < n; i++)
		if (by_id[i] == NULL) {
			r->special[k].id = i + BP_FIRST_PIECE;
			by_id[i] = &r->special[k++];
		}
	/* Nearly all models have their pieces in an order that leaves nothing to look for. */
	for (i = 1; i < n && sorted; i++)
		sorted = by_length_and_bytes(bytes_of(r, by_id[i - 1]), bytes_of(r, by_id[i])) < 0;
	return (sorted || check_distinct(r, r->entry, r->n, "piece")) &&
	       check_distinct(r, r->special, r->n_specials, "special token") && check_bytes(r);
}

static bp_status make_model(struct reading *r, struct model *m, bp_error *err)
{
	size_t n = r->n + r->n_specials, i;
	const struct entry **by_id = bp_array(n, sizeof(*by_id));
	struct slice *piece = bp_array(n, sizeof(*piece));
	uint64_t *count = bp_array(n, sizeof(*count));
	bp_status st;

	if (by_id == NULL || piece == NULL || count == NULL) {
		st = bp_fail_memory(err);
	} else if (!arrange(r, by_id, n)) {
		st = r->j.status;
	} else {
		for (i = 0; i < n; i++) {
			piece[i] = bytes_of(r, by_id[i]);
			count[i] = by_id[i]->count;
		}
		st = bp_model_init_ordered(m, piece, count, n, r->normalize, err);
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
	free(r.special);
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
static bool write_piece(struct buf *out, const struct model *m, size_t i, const char *indent,
			bool last)
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
	       write_string(out, last ? "\n" : ",\n");
}

static bool write_settings(struct buf *out, const struct model *m)
{
	bool ok = write_string(out, "    \"bytepiece\": {\n        \"version\": 1,\n"
			       "        \"normalize\": \"") &&
		  write_string(out, m->normalize == BP_NORMALIZE_NFC ? "nfc" : "none") &&
		  write_string(out, "\",\n        \"specials\": [");
	struct slice name;
	size_t i;

	for (i = 0; i < BP_FIRST_PIECE + m->n_specials && ok; i++) {
		if (i < BP_FIRST_PIECE)
			name = (struct slice){ (const unsigned char *)bp_first_specials[i],
					       strlen(bp_first_specials[i]) };
		else
			name = m->piece[m->special[i - BP_FIRST_PIECE]];
		ok = write_string(out, i > 0 ? ",\n            " : "\n            ") &&
		     write_text(out, name);
	}
	return ok && write_string(out, "\n        ]\n    },\n    \"pieces\": {\n");
}

bp_status bp_model_to_json(const struct model *m, struct buf *out, bp_error *err)
{
	bool plain = m->normalize == BP_NORMALIZE_NFC && m->n_specials == 0;
	bool ok = write_string(out, "{\n");
	size_t last = m->n_pieces, i;

	while (last > 0 && m->count[last - 1] == 0)
		last--;
	if (!plain)
		ok = ok && write_settings(out, m);
	for (i = 0; i < last && ok; i++)
		if (m->count[i] > 0)
			ok = write_piece(out, m, i, plain ? "    " : "        ", i + 1 == last);
	if (!plain)
		ok = ok && write_string(out, "    }\n");
	ok = ok && bp_buf_byte(out, '}');
	return ok ? BP_OK : bp_fail_memory(err);
}
