/*
 * model_json.c - JSON form of a model file, compatible with the Python package bytepiece.
 *
 * A model whose settings are the Python package's (normal form C, segments that end behind
 * newlines, no further special tokens) is written in the layout of version 0.6.3 of that package,
 * byte for byte as the package writes it:
 *	{ "BASE64": [ID, "TEXT", COUNT], ... }
 * in the order of the ids, which may be any.  For other models this object is the member "pieces"
 * of an object whose member "bytepiece" has the settings, so that the Python package refuses the
 * file:
 *	{ "bytepiece": { "version": 1, "normalize": "nfc" or "none",
 *	                 "newlines": "end", "begin" or "text", "specials": ["<pad>", ...] },
 *	  "pieces": { ... } }
 * "newlines" is left out if it is "end".
 * "specials" lists the names of all special tokens in the order of their ids: the first three have
 * the ids 0 to 2, the others the ids that no piece has.  The reader accepts every valid JSON text
 * with such a content, with members in any order.
 *
 * Reading takes two steps.  The parser collects the members in the order of the file, with their
 * offsets, in struct json_reading; arrange() then puts them in the order of their ids and checks
 * the rules that concern all of them (ids complete, pieces distinct, all single bytes there), so
 * that each message can name the offset of the faulty member.
 */
#include "model/model_file.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/sort.h"
#include "bytepiece_files.h"
#include "model/base64.h"
#include "model/json.h"
#include "model/piece_rule.h"
#include "text/utf8.h"

enum { VERSION = 1 };

/* A member of the object of pieces, or, with count 0, a special token after the first three. */
struct member {
	uint64_t id, count, pos;	/* pos: offset of the key or name in the file */
	size_t at;			/* offset of the bytes in json_reading.bytes */
	uint32_t len;
};

struct json_reading {
	struct json j;
	struct member *entry, *special;
	size_t n, cap, n_specials, cap_specials;
	struct buf bytes;
	uint64_t total;
	bp_normalize normalize;
	bp_newlines newlines;
	bool has_settings, has_pieces;	/* the two members of the layout with settings */
	bool plain;			/* the layout without settings */
	bool has_version, has_normalize, has_newlines, has_specials;
};

/* True if the string that was read last is s. */
static bool is_string(const struct json *j, const char *s)
{
	return bp_slice_is(bp_buf_slice(&j->string), s);
}

/* The piece whose key is in j.string; 'pos' is the offset of the key. */
static bool read_key(struct json_reading *r, uint64_t pos, struct member *e)
{
	size_t n = bp_base64_decode(r->j.string.data, r->j.string.len);
	const char *fault;

	if (n == SIZE_MAX)
		return bp_json_fail(&r->j, pos, "a key that is no piece in base64");
	if ((fault = bp_piece_length_fault(n)) != NULL)
		return bp_json_fail(&r->j, pos, "a piece that %s", fault);
	*e = (struct member){ .pos = pos, .at = r->bytes.len, .len = (uint32_t)n };
	return bp_buf_append(&r->bytes, r->j.string.data, n) || bp_json_fail_memory(&r->j);
}

/* The value of a member: id, text, count. The text repeats the key for human readers; its bytes
 * are not used, because malformed bytes are missing from it. */
static bool read_values(struct json_reading *r, struct member *e)
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

/* The rest of a member, after its key at the offset 'pos', and its entry. */
static bool read_piece(struct json_reading *r, uint64_t pos)
{
	struct member e;

	/* A text in memory is read in one block. */
	if (bp_must_stop_at(r->n))
		return bp_json_fail_memory(&r->j);
	if (!read_key(r, pos, &e) || !read_values(r, &e))
		return false;
	if (r->n + r->n_specials >= INT32_MAX)
		return bp_json_fail(&r->j, pos, "too many pieces");
	if (!BP_GROW(r->entry, r->cap, r->n + 1))
		return bp_json_fail_memory(&r->j);
	r->entry[r->n++] = e;
	return true;
}

/* Read the next key of an object into j->string, and its offset into *pos; false at the end. */
static bool next_key(struct json *j, bool *first, uint64_t *pos)
{
	if (!bp_json_next(j, '}', first))
		return false;
	bp_json_peek(j);
	*pos = bp_json_offset(j);
	return bp_json_string(j);
}

/* Reads the rest of a member of an object, after its key at the offset 'pos'. */
typedef bool read_member(struct json_reading *r, uint64_t pos);

static bool read_object(struct json_reading *r, read_member *member)
{
	bool first = true;
	uint64_t pos;

	if (!bp_json_expect(&r->j, '{', "'{'"))
		return false;
	while (next_key(&r->j, &first, &pos))
		if (!member(r, pos))
			return false;
	return r->j.status == BP_OK;
}

/* Add a special token after the first three; its name is in j.string, at the offset 'pos'. */
static bool add_special_name(struct json_reading *r, uint64_t pos)
{
	struct slice name = bp_buf_slice(&r->j.string);
	const char *why;

	if (!bp_special_name_ok(name, &why))
		return bp_json_fail(&r->j, pos, "a special token that %s", why);
	if (r->n + r->n_specials >= INT32_MAX)
		return bp_json_fail(&r->j, pos, "too many special tokens");
	if (!BP_GROW(r->special, r->cap_specials, r->n_specials + 1))
		return bp_json_fail_memory(&r->j);
	r->special[r->n_specials++] = (struct member){ .pos = pos, .at = r->bytes.len,
						      .len = (uint32_t)name.n };
	return bp_buf_append(&r->bytes, name.p, name.n) || bp_json_fail_memory(&r->j);
}

/* The names of all special tokens. The first three are fixed, and are required so that the file
 * says all. */
static bool read_specials(struct json_reading *r)
{
	struct json *j = &r->j;
	bool first = true;
	uint64_t pos;
	size_t n = 0;

	if (!bp_json_expect(j, '[', "'['"))
		return false;
	for (; bp_json_next(j, ']', &first); n++) {
		if (bp_must_stop_at(n))
			return bp_json_fail_memory(&r->j);
		bp_json_peek(j);
		pos = bp_json_offset(j);
		if (!bp_json_string(j))
			return false;
		if (n < BP_FIRST_PIECE && !is_string(j, bp_first_specials[n]))
			return bp_json_fail(j, pos, "special tokens do not begin with <pad>, "
					    "<bos>, <eos>");
		if (n >= BP_FIRST_PIECE && !add_special_name(r, pos))
			return false;
	}
	if (j->status == BP_OK && n < BP_FIRST_PIECE)
		return bp_json_fail(j, bp_json_offset(j), "special tokens are missing");
	return j->status == BP_OK;
}

/* The colon behind the key of a setting or of a member at the top; a second one is an error. */
static bool read_colon(struct json_reading *r, bool *seen, uint64_t pos)
{
	if (*seen)
		return bp_json_fail(&r->j, pos, "a member that occurs twice");
	*seen = true;
	return bp_json_expect(&r->j, ':', "':'");
}

static bool read_normalize(struct json_reading *r, uint64_t pos)
{
	if (!bp_json_string(&r->j))
		return false;
	r->normalize = is_string(&r->j, "none") ? BP_NORMALIZE_NONE : BP_NORMALIZE_NFC;
	return r->normalize == BP_NORMALIZE_NONE || is_string(&r->j, "nfc") ||
	       bp_json_fail(&r->j, pos, "an unknown normalization");
}

static bool read_newlines(struct json_reading *r, uint64_t pos)
{
	bp_newlines rule = BP_NEWLINES_END;
	const char *name;

	if (!bp_json_string(&r->j))
		return false;
	while ((name = bp_newlines_name(rule)) != NULL && !is_string(&r->j, name))
		rule++;
	r->newlines = rule;
	return name != NULL || bp_json_fail(&r->j, pos, "an unknown rule of newlines");
}

/* One setting.  An unknown one is an error: it could change the meaning of the model. */
static bool read_setting(struct json_reading *r, uint64_t pos)
{
	struct json *j = &r->j;
	uint64_t version;

	if (is_string(j, "version"))
		return read_colon(r, &r->has_version, pos) &&
		       bp_json_number(j, "version", &version) &&
		       (version == VERSION || bp_json_fail(j, pos, "an unknown version"));
	if (is_string(j, "normalize"))
		return read_colon(r, &r->has_normalize, pos) && read_normalize(r, pos);
	if (is_string(j, "newlines"))
		return read_colon(r, &r->has_newlines, pos) && read_newlines(r, pos);
	if (is_string(j, "specials"))
		return read_colon(r, &r->has_specials, pos) && read_specials(r);
	return bp_json_fail(j, pos, "an unknown setting");
}

static bool read_json_settings(struct json_reading *r)
{
	return read_object(r, read_setting) &&
	       (r->has_version ||
		bp_json_fail(&r->j, bp_json_offset(&r->j), "\"version\" is missing"));
}

/* A member of the whole file.  "bytepiece" and "pieces" cannot be keys of pieces: the length of
 * base64 is a multiple of 4. */
static bool read_top_member(struct json_reading *r, uint64_t pos)
{
	struct json *j = &r->j;
	bool is_pieces = is_string(j, "pieces");

	if (!is_pieces && !is_string(j, "bytepiece")) {
		if (r->has_settings || r->has_pieces)
			return bp_json_fail(j, pos, "a member that is neither \"bytepiece\" nor "
					    "\"pieces\"");
		r->plain = true;
		return read_piece(r, pos);
	}
	if (!read_colon(r, is_pieces ? &r->has_pieces : &r->has_settings, pos) ||
	    !(is_pieces ? read_object(r, read_piece) : read_json_settings(r)))
		return false;
	return !r->plain || bp_json_fail(j, pos, "pieces outside of the object \"pieces\"");
}

static bool read_top(struct json_reading *r)
{
	if (!read_object(r, read_top_member))
		return false;
	if (!r->plain && r->has_settings != r->has_pieces)
		return bp_json_fail(&r->j, bp_json_offset(&r->j), "\"bytepiece\" and \"pieces\" "
				    "must be there together");
	return bp_json_end(&r->j);
}

static struct slice member_bytes(const struct json_reading *r, const struct member *e)
{
	return (struct slice){ r->bytes.data + e->at, e->len };
}

/* A member, to be sorted by its bytes. */
struct named {
	struct slice s;
	const struct member *e;
};

/* Of equal bytes, the member that the file has first comes first: the message names the second. */
static int by_length_and_offset(const void *a, const void *b)
{
	const struct named *x = a, *y = b;
	int d = bp_slice_compare_length(x->s, y->s);

	return d != 0 ? d : x->e->pos < y->e->pos ? -1 : 1;
}

/* Fail if two of n members have equal bytes; 'what' is their kind, for the message. */
static bool check_distinct(struct json_reading *r, const struct member *entry, size_t n,
			   const char *what)
{
	struct named *all;
	size_t i;

	if (n < 2)
		return true;
	if ((all = bp_array(n, sizeof(*all))) == NULL)
		return bp_json_fail_memory(&r->j);
	for (i = 0; i < n; i++)
		all[i] = (struct named){ member_bytes(r, &entry[i]), &entry[i] };
	if (!bp_sort(all, n, sizeof(*all), by_length_and_offset))
		bp_json_fail_memory(&r->j);
	for (i = 1; i < n && r->j.status == BP_OK; i++)
		if (bp_slice_compare_length(all[i - 1].s, all[i].s) == 0)
			bp_json_fail(&r->j, all[i].e->pos, "ids %" PRIu64 " and %" PRIu64
				     " are the same %s", BP_MIN(all[i - 1].e->id, all[i].e->id),
				     BP_MAX(all[i - 1].e->id, all[i].e->id), what);
	free(all);
	return r->j.status == BP_OK;
}

/* Set by_id[] of all n entries: a piece at the index of its entry, NULL at the others. */
static bool place_pieces(struct json_reading *r, const struct member **by_id, size_t n)
{
	const struct member *e, **at;
	size_t i;

	for (i = 0; i < n; i++)
		by_id[i] = NULL;
	for (i = 0; i < r->n; i++) {
		e = &r->entry[i];
		if (bp_must_stop_at(i))
			return bp_json_fail_memory(&r->j);
		if (e->id < BP_FIRST_PIECE || e->id >= bp_id_of_entry(n))
			return bp_json_fail(&r->j, e->pos, "id %" PRIu64 " is not from 3 to %zu, "
					    "as in a model of %zu pieces and %zu special tokens",
					    e->id, n + 2, r->n, r->n_specials + BP_FIRST_PIECE);
		at = &by_id[bp_entry_of_id((uint32_t)e->id)];
		if (*at != NULL)
			return bp_json_fail(&r->j, e->pos, "id %" PRIu64 " occurs twice", e->id);
		*at = e;
	}
	return true;
}

/* Without one of the 256 single bytes some texts could not be encoded. */
static bool check_bytes(struct json_reading *r)
{
	bool seen[256] = { false };
	size_t i;

	for (i = 0; i < r->n; i++)
		if (r->entry[i].len == 1)
			seen[r->bytes.data[r->entry[i].at]] = true;
	for (i = 0; i < 256; i++)
		if (!seen[i])
			return bp_json_fail(&r->j, bp_json_offset(&r->j),
					    "there is no piece for the single byte 0x%02zX", i);
	return true;
}

/*
 * Set by_id[0..n) to the members in the order of their ids; the entries that no piece has are
 * those of the special tokens, in their order.  Check the rules that concern all members.
 */
static bool arrange(struct json_reading *r, const struct member **by_id, size_t n)
{
	bool sorted = true;
	size_t i, k;

	if (!place_pieces(r, by_id, n))
		return false;
	for (i = k = 0; i < n; i++)
		if (by_id[i] == NULL) {
			r->special[k].id = bp_id_of_entry(i);
			by_id[i] = &r->special[k++];
		}
	/* Pieces that strictly ascend are distinct: nearly all models need no sorting. */
	for (i = 1; i < n && sorted; i++) {
		if (bp_must_stop_at(i))
			return bp_json_fail_memory(&r->j);
		sorted = bp_slice_compare_length(member_bytes(r, by_id[i - 1]),
						 member_bytes(r, by_id[i])) < 0;
	}
	return (sorted || check_distinct(r, r->entry, r->n, "piece")) &&
	       check_distinct(r, r->special, r->n_specials, "special token") && check_bytes(r);
}

/* Build the model from the members. Their bytes are copied, so that the reading can be released. */
static bp_status make_model(struct json_reading *r, struct model *m, bp_error *err)
{
	size_t n = r->n + r->n_specials, i;
	const struct member **by_id = bp_array(n, sizeof(*by_id));
	struct slice *piece = bp_array(n, sizeof(*piece));
	uint64_t *count = bp_array(n, sizeof(*count));
	bp_status st;

	if (by_id == NULL || piece == NULL || count == NULL) {
		st = bp_fail_memory(err);
	} else if (!arrange(r, by_id, n)) {
		st = r->j.status;
	} else {
		for (i = 0; i < n; i++) {
			piece[i] = member_bytes(r, by_id[i]);
			count[i] = by_id[i]->count;
		}
		st = bp_model_init(m, piece, count, n, r->normalize, err);
		m->newlines = r->newlines;
	}
	free(by_id);
	free(piece);
	free(count);
	return st;
}

bp_status bp_model_from_json(struct model *m, FILE *f, struct slice text, const char *name,
			     bp_error *err)
{
	struct json_reading r = { .normalize = BP_NORMALIZE_NFC };
	bp_status st;

	*m = (struct model){ 0 };
	if ((st = bp_json_init(&r.j, f, text, name, err)) != BP_OK)
		return st;
	st = read_top(&r) ? make_model(&r, m, err) : r.j.status;
	bp_json_release(&r.j);
	free(r.entry);
	free(r.special);
	bp_buf_release(&r.bytes);
	return st;
}

/* One member; 'indent' is the blanks before its key. */
static bool write_piece(struct buf *out, const struct model *m, size_t i, const char *indent,
			bool last)
{
	char number[64];
	bool ok;

	ok = bp_buf_string(out, indent) && bp_buf_byte(out, '"') &&
	     bp_base64_encode(m->piece[i], out);
	snprintf(number, sizeof(number), "\": [\n%s    %" PRIu32 ",\n%s    ", indent,
		 bp_id_of_entry(i), indent);
	ok = ok && bp_buf_string(out, number) && bp_json_put(out, m->piece[i]);
	snprintf(number, sizeof(number), ",\n%s    %" PRIu64 "\n%s]", indent, m->count[i], indent);
	return ok && bp_buf_string(out, number) && bp_buf_string(out, last ? "\n" : ",\n");
}

/* The member "bytepiece", and the beginning of the member "pieces". */
static bool write_json_settings(struct buf *out, const struct model *m)
{
	bool ok = bp_buf_string(out, "    \"bytepiece\": {\n        \"version\": 1,\n"
				"        \"normalize\": \"") &&
		  bp_buf_string(out, m->normalize == BP_NORMALIZE_NFC ? "nfc" : "none");
	size_t i;

	if (m->newlines != BP_NEWLINES_END)
		ok = ok && bp_buf_string(out, "\",\n        \"newlines\": \"") &&
		     bp_buf_string(out, bp_newlines_name(m->newlines));
	ok = ok && bp_buf_string(out, "\",\n        \"specials\": [");
	for (i = 0; i < bp_model_n_specials(m) && ok; i++)
		ok = !bp_must_stop_at(i) &&
		     bp_buf_string(out, i > 0 ? ",\n            " : "\n            ") &&
		     bp_json_put(out, bp_model_special_name(m, i));
	return ok && bp_buf_string(out, "\n        ]\n    },\n    \"pieces\": {\n");
}

/* A model with settings of its own must not look like one of the Python package, which would read
 * it and ignore them. */
bp_status bp_model_to_json(const struct model *m, struct buf *out, bp_error *err)
{
	bool plain = m->normalize == BP_NORMALIZE_NFC && m->newlines == BP_NEWLINES_END &&
		     m->n_specials == 0;
	bool ok = bp_buf_string(out, "{\n");
	size_t last = m->n_pieces, i;	/* last: behind the last piece, which has no comma */

	while (last > 0 && bp_model_is_special(m, last - 1))
		last--;
	if (!plain)
		ok = ok && write_json_settings(out, m);
	for (i = 0; i < last && ok; i++)
		if (!bp_model_is_special(m, i))
			ok = !bp_must_stop_at(i) &&
			     write_piece(out, m, i, plain ? "    " : "        ", i + 1 == last);
	if (!plain)
		ok = ok && bp_buf_string(out, "    }\n");
	ok = ok && bp_buf_byte(out, '}');
	return ok ? BP_OK : bp_fail_memory(err);
}
