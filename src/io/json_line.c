/*
 * Two steps: a scan of the line, which checks it and finds the member, and the decoding of its
 * string.  So nothing is written before the line is known to be good, and of several members with
 * the name the last one can count.  Both steps are fast on long runs without escapes.
 */
#include "io/text_lines.h"

#include <inttypes.h>

#include "base/endian.h"

enum { MOST_OPEN = 1024 };	/* arrays and objects in one another */

/* A string between its quotes, as it stands in the line. */
struct json_span {
	struct slice s;
	bool escaped;		/* it has a backslash */
};

/* A line that is being scanned. */
struct line_scan {
	const unsigned char *p, *end;
	const char *why;	/* of the fault at 'p' */
};

static bool fault_here(struct line_scan *s, const char *why)
{
	s->why = why;
	return false;
}

/*
 * Of eight bytes, those with the top bit set that end a run: quotes, backslashes, bytes below 20
 * and FF.  The lowest one is exact; borrows of it can mark others above it.
 */
static inline uint64_t run_ends(uint64_t x)
{
	const uint64_t ones = 0x0101010101010101u, tops = ones << 7;
	uint64_t low = ((x ^ ones * '"') - ones) | ((x ^ ones * '\\') - ones) | (x - ones * 0x20);

	return ((low & ~x) | ((~x - ones) & x)) & tops;
}

/* The first byte from 'p' on that ends a run; 'end' if there is none. */
static const unsigned char *end_of_run(const unsigned char *p, const unsigned char *end)
{
	uint64_t ends;

	for (; end - p >= 8; p += 8)
		if ((ends = run_ends(bp_load64(p))) != 0)
			return p + bp_first_byte(ends);
	while (p < end && *p != '"' && *p != '\\' && *p >= 0x20 && *p != 0xFF)
		p++;
	return p;
}

/*
 * Files of other scripts can consist of escapes, so these are looked up in tables, which is fast:
 * the byte that a letter behind a backslash stands for, or 0; and the values of digits.
 */
static const unsigned char short_escape[256] = {
	['"'] = '"', ['\\'] = '\\', ['/'] = '/', ['b'] = '\b', ['f'] = '\f', ['n'] = '\n',
	['r'] = '\r', ['t'] = '\t'
};
enum { DIGIT = 0x80 };		/* set for each byte that is a hexadecimal digit */
/* lint: bugprone-macro-parentheses: C has no designators in parentheses */
#define HEX(c, v) [c] = DIGIT | (v)
static const unsigned char hex_digit[256] = {
	HEX('0', 0), HEX('1', 1), HEX('2', 2), HEX('3', 3), HEX('4', 4), HEX('5', 5),
	HEX('6', 6), HEX('7', 7), HEX('8', 8), HEX('9', 9), HEX('a', 10), HEX('b', 11),
	HEX('c', 12), HEX('d', 13), HEX('e', 14), HEX('f', 15), HEX('A', 10), HEX('B', 11),
	HEX('C', 12), HEX('D', 13), HEX('E', 14), HEX('F', 15)
};

static bool are_digits(const unsigned char *p)
{
	return (hex_digit[p[0]] & hex_digit[p[1]] & hex_digit[p[2]] & hex_digit[p[3]] & DIGIT) != 0;
}

/* Step over escapes, one or more; s->p is at the backslash of the first. */
static bool scan_escapes(struct line_scan *s)
{
	const unsigned char *p = s->p, *end = s->end;

	while (p < end && *p == '\\') {
		s->p = p;
		if (end - p < 2)
			return fault_here(s, "the string does not end");
		if (p[1] != 'u') {
			if (short_escape[p[1]] == 0)
				return fault_here(s, "no such escape in JSON");
			p += 2;
			continue;
		}
		if (end - p < 6 || !are_digits(p + 2))
			return fault_here(s, "\\u needs four hexadecimal digits");
		p += 6;
	}
	s->p = p;
	return true;
}

/* Step over a string; s->p is at its first quote. */
static bool scan_string(struct line_scan *s, struct json_span *span)
{
	const unsigned char *start = ++s->p;

	span->escaped = false;
	for (;;) {
		s->p = end_of_run(s->p, s->end);
		if (s->p == s->end)
			return fault_here(s, "the string does not end");
		if (*s->p == '"')
			break;
		if (*s->p == 0xFF)
			return fault_here(s, "a byte FF, which UTF-8 does not have");
		if (*s->p != '\\')
			return fault_here(s, "a control character in a string");
		span->escaped = true;
		if (!scan_escapes(s))
			return false;
	}
	span->s = (struct slice){ start, (size_t)(s->p - start) };
	s->p++;
	return true;
}

/* The next byte that is not blank, or -1 at the end. */
static int next_byte(struct line_scan *s)
{
	while (s->p < s->end && (*s->p == ' ' || *s->p == '\t' || *s->p == '\r'))
		s->p++;
	return s->p < s->end ? *s->p : -1;
}

/* Step over digits, at least one. */
static bool scan_digits(struct line_scan *s)
{
	const unsigned char *start = s->p;

	while (s->p < s->end && *s->p >= '0' && *s->p <= '9')
		s->p++;
	return s->p > start || fault_here(s, "not a value of JSON");
}

/* Step over a number without its sign. */
static bool scan_number(struct line_scan *s)
{
	if (s->p < s->end && *s->p == '0')
		s->p++;
	else if (!scan_digits(s))
		return false;
	if (s->p < s->end && *s->p == '.') {
		s->p++;
		if (!scan_digits(s))
			return false;
	}
	if (s->p == s->end || (*s->p | 0x20) != 'e')
		return true;
	s->p++;
	if (s->p < s->end && (*s->p == '+' || *s->p == '-'))
		s->p++;
	return scan_digits(s);
}

/* Step over a value that is no string, array or object. */
static bool scan_scalar(struct line_scan *s)
{
	static const char *const word[] = { "true", "false", "null", "NaN", "Infinity",
					    "-Infinity" };
	size_t i, n;

	for (i = 0; i < sizeof(word) / sizeof(word[0]); i++) {
		n = strlen(word[i]);
		if ((size_t)(s->end - s->p) >= n && memcmp(s->p, word[i], n) == 0) {
			s->p += n;
			return true;
		}
	}
	if (*s->p == '-')
		s->p++;
	return scan_number(s);
}

/* Step over the name of a member and its colon. */
static bool scan_name(struct line_scan *s, struct json_span *name)
{
	if (next_byte(s) != '"')
		return fault_here(s, "a name in quotes is missing");
	if (!scan_string(s, name))
		return false;
	if (next_byte(s) != ':')
		return fault_here(s, "a colon is missing");
	s->p++;
	return true;
}

/* The arrays and objects that are open: a bit for each, set for an object. */
struct open_values {
	unsigned char is_object[MOST_OPEN / 8];
	size_t n;
};

static bool is_in_object(const struct open_values *o)
{
	return o->is_object[(o->n - 1) / 8] >> (o->n - 1) % 8 & 1;
}

/* s->p is at a bracket: open its array or object. */
static bool open_value(struct line_scan *s, struct open_values *o)
{
	unsigned char bit = (unsigned char)(1u << o->n % 8), *byte = &o->is_object[o->n / 8];

	if (o->n == MOST_OPEN)
		return fault_here(s, "too many arrays and objects in one another");
	*byte = (unsigned char)(*s->p == '{' ? *byte | bit : *byte & ~bit);
	o->n++;
	s->p++;
	return true;
}

/* Behind a value in an array or object: close all that end here, or step over the comma. */
static bool scan_behind_value(struct line_scan *s, struct open_values *o)
{
	int c;

	while (o->n > 0) {
		c = next_byte(s);
		if (c != ',' && c != (is_in_object(o) ? '}' : ']'))
			return fault_here(s, "a comma or a closing bracket is missing");
		s->p++;
		if (c == ',')
			return true;
		o->n--;
	}
	return true;
}

/* Step over any value, without recursion. */
static bool scan_value(struct line_scan *s)
{
	struct open_values o = { .n = 0 };
	struct json_span span;
	int c;

	do {
		if (o.n > 0 && is_in_object(&o) && !scan_name(s, &span))
			return false;
		c = next_byte(s);
		if (c < 0)
			return fault_here(s, "a value is missing");
		if (c == '{' || c == '[') {
			if (!open_value(s, &o))
				return false;
			if (next_byte(s) != (c == '{' ? '}' : ']'))
				continue;
		} else if (!(c == '"' ? scan_string(s, &span) : scan_scalar(s))) {
			return false;
		}
		if (!scan_behind_value(s, &o))
			return false;
	} while (o.n > 0);
	return true;
}

static unsigned four_digits(const unsigned char *p)
{
	return (hex_digit[p[0]] & 15u) << 12 | (hex_digit[p[1]] & 15u) << 8 |
	       (hex_digit[p[2]] & 15u) << 4 | (hex_digit[p[3]] & 15u);
}

/* The text room may not include: a character as UTF-8, at 'out'; returns its end. */
static unsigned char *put_character(unsigned char *out, uint32_t c)
{
	if (c < 0x80) {
		*out++ = (unsigned char)c;
		return out;
	}
	if (c < 0x800) {
		*out++ = (unsigned char)(0xC0 | c >> 6);
	} else {
		if (c < 0x10000) {
			*out++ = (unsigned char)(0xE0 | c >> 12);
		} else {
			*out++ = (unsigned char)(0xF0 | c >> 18);
			*out++ = (unsigned char)(0x80 | (c >> 12 & 0x3F));
		}
		*out++ = (unsigned char)(0x80 | (c >> 6 & 0x3F));
	}
	*out++ = (unsigned char)(0x80 | (c & 0x3F));
	return out;
}

/*
 * Decode the escape at *p, which a scan has checked, to 'out'; move *p behind it and return the
 * end of the result, or NULL if it is half of a surrogate pair.
 */
static unsigned char *decode_escape(const unsigned char **p, const unsigned char *end,
				    unsigned char *out)
{
	const unsigned char *s = *p;
	uint32_t c, low;

	if (s[1] != 'u') {
		*out = short_escape[s[1]];
		*p += 2;
		return out + 1;
	}
	c = four_digits(s + 2);
	*p += 6;
	if (c < 0xD800 || c > 0xDFFF)
		return put_character(out, c);
	if (c > 0xDBFF || end - *p < 6 || s[6] != '\\' || s[7] != 'u')
		return NULL;
	low = four_digits(s + 8);
	if (low < 0xDC00 || low > 0xDFFF)
		return NULL;
	*p += 6;
	return put_character(out, 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00));
}

/* Append the decoded string.  An escape is never shorter than its result. */
static enum json_line decode_string(const struct json_span *span, struct buf *out,
				    const unsigned char **fault)
{
	const unsigned char *p = span->s.p, *end = p + span->s.n, *q;
	unsigned char *to;

	if (!bp_buf_reserve(out, span->s.n))
		return BP_JSON_LINE_MEMORY;
	to = out->data + out->len;
	while (p < end) {
		q = span->escaped ? memchr(p, '\\', (size_t)(end - p)) : NULL;
		q = q != NULL ? q : end;
		memcpy(to, p, (size_t)(q - p));
		to += q - p;
		for (p = q; p < end && *p == '\\'; ) {
			*fault = p;
			if ((to = decode_escape(&p, end, to)) == NULL)
				return BP_JSON_LINE_DAMAGED;
		}
	}
	out->len = (size_t)(to - out->data);
	return BP_JSON_LINE_TEXT;
}

/* Is this the name of the field?  A name with escapes is decoded to the end of 'scratch'. */
static enum json_line compare_name(const struct json_span *name, struct slice field,
				   struct buf *scratch)
{
	const unsigned char *fault;
	size_t len = scratch->len;
	struct slice s = name->s;
	enum json_line got;

	if (name->escaped) {
		got = decode_string(name, scratch, &fault);
		if (got == BP_JSON_LINE_MEMORY)
			return got;
		if (got != BP_JSON_LINE_TEXT)	/* half of a pair: no name on the command line */
			return BP_JSON_LINE_WITHOUT;
		s = (struct slice){ scratch->data + len, scratch->len - len };
		scratch->len = len;
	}
	return s.n == field.n && (s.n == 0 || memcmp(s.p, field.p, s.n) == 0) ?
	       BP_JSON_LINE_TEXT : BP_JSON_LINE_WITHOUT;
}

/*
 * Scan the members of the object whose bracket is at s->p.  *text is the string of the field, if
 * the result is BP_JSON_LINE_TEXT.
 */
static enum json_line scan_members(struct line_scan *s, struct slice field, struct buf *scratch,
				   struct json_span *text)
{
	enum json_line found = BP_JSON_LINE_WITHOUT, match;
	struct json_span name;
	int c;

	s->p++;
	for (c = next_byte(s); c != '}'; s->p++) {
		if (!scan_name(s, &name))
			return BP_JSON_LINE_DAMAGED;
		match = compare_name(&name, field, scratch);
		if (match == BP_JSON_LINE_MEMORY)
			return match;
		if (match == BP_JSON_LINE_TEXT)
			found = next_byte(s) == '"' ? BP_JSON_LINE_TEXT : BP_JSON_LINE_WITHOUT;
		if (!(match == BP_JSON_LINE_TEXT && found == match ? scan_string(s, text)
								   : scan_value(s)))
			return BP_JSON_LINE_DAMAGED;
		if ((c = next_byte(s)) == '}')
			break;
		if (c != ',') {
			s->why = "a comma or a closing bracket is missing";
			return BP_JSON_LINE_DAMAGED;
		}
	}
	s->p++;
	return found;
}

enum json_line bp_json_line_text(struct slice line, struct slice field, struct buf *out,
				 struct json_line_fault *fault)
{
	struct line_scan s = { line.p, line.p + line.n, NULL };
	struct json_span text = { .escaped = false };
	enum json_line result;
	int c;

	if (line.n == 0 || (c = next_byte(&s)) < 0)
		return BP_JSON_LINE_BLANK;
	if (c != '{') {
		s.why = "not an object";
		result = BP_JSON_LINE_DAMAGED;
	} else if ((result = scan_members(&s, field, out, &text)) <= BP_JSON_LINE_WITHOUT &&
		   next_byte(&s) >= 0) {
		s.why = "more bytes behind the object";
		result = BP_JSON_LINE_DAMAGED;
	} else if (result == BP_JSON_LINE_TEXT &&
		   (result = decode_string(&text, out, &s.p)) == BP_JSON_LINE_DAMAGED) {
		s.why = "half of a surrogate pair";
	}
	if (result == BP_JSON_LINE_DAMAGED)
		*fault = (struct json_line_fault){ (size_t)(s.p - line.p), s.why };
	return result;
}

bp_status bp_json_line_fail(bp_error *err, const char *name, uint64_t number, enum json_line result,
			    const char *field, const struct json_line_fault *fault)
{
	if (result == BP_JSON_LINE_MEMORY)
		return bp_fail_memory(err);
	if (result == BP_JSON_LINE_WITHOUT)
		return bp_fail(err, BP_EFORMAT, "%s: line %" PRIu64 ": no string with the name "
			       "\"%s\"", name, number, field);
	return bp_fail(err, BP_EFORMAT, "%s: line %" PRIu64 ", byte %zu: damaged JSON: %s", name,
		       number, fault->at + 1, fault->why);
}
