#include "api/json_ids.h"

#include <string.h>

static enum json_ids_event wrong(struct json_ids *s, const char *why)
{
	s->why = why;
	return JSON_IDS_WRONG;
}

static enum json_ids_event go_to(struct json_ids *s, enum json_ids_state state)
{
	s->state = state;
	return JSON_IDS_NONE;
}

static enum json_ids_event end_object(struct json_ids *s)
{
	bool has_ids = s->has_ids;

	*s = (struct json_ids){ .id = s->id };
	return has_ids ? JSON_IDS_END : wrong(s, "an object without \"ids\"");
}

/* A byte inside a string, behind its quotation mark.  True if it is the string's last one. */
static bool ends_string(struct json_ids *s, unsigned char c)
{
	if (s->is_escaped) {
		s->is_escaped = false;
		return false;
	}
	s->is_escaped = c == '\\';
	return c == '"';
}

static enum json_ids_event name_byte(struct json_ids *s, unsigned char c)
{
	if (ends_string(s, c))
		return go_to(s, JSON_IDS_COLON);
	if (s->n_name < sizeof(s->name))
		s->name[s->n_name++] = (char)c;
	return JSON_IDS_NONE;
}

static enum json_ids_event value_byte(struct json_ids *s, unsigned char c)
{
	bool is_ids = s->n_name == 3 && memcmp(s->name, "ids", 3) == 0;

	if (is_ids && (c != '[' || s->has_ids))
		return wrong(s, c != '[' ? "\"ids\" that are no array" : "\"ids\" twice");
	if (is_ids) {
		s->has_ids = true;
		s->after_number = s->after_comma = false;
		return go_to(s, JSON_IDS_LIST);
	}
	if (c == ',' || c == '}' || c == ']' || c == ':')
		return wrong(s, "a member without a value");
	s->depth = c == '[' || c == '{';
	s->in_string = c == '"';
	return go_to(s, JSON_IDS_SKIP);
}

static enum json_ids_event list_byte(struct json_ids *s, unsigned char c, bool is_blank)
{
	bool had = s->in_number, after_number = had || s->after_number;

	if (c >= '0' && c <= '9' && !s->after_number) {
		s->id = (had ? BP_MIN(s->id, UINT32_MAX) * 10 : 0) + (c - '0');
		s->in_number = true;
		return JSON_IDS_NONE;
	}
	if (!is_blank && !(c == ',' && after_number) &&
	    !(c == ']' && (after_number || !s->after_comma)))
		return wrong(s, "something that is not an id");
	s->in_number = false;
	s->after_number = after_number && is_blank;
	s->after_comma = c == ',' || (s->after_comma && !after_number);
	if (c == ']')
		s->state = JSON_IDS_BEHIND;
	return had ? JSON_IDS_NUMBER : JSON_IDS_NONE;
}

static enum json_ids_event behind_byte(struct json_ids *s, unsigned char c)
{
	if (c == '}')
		return end_object(s);
	s->n_name = 0;
	return c == ',' ? go_to(s, JSON_IDS_NAME) : wrong(s, "a comma or '}' is missing");
}

/* A byte of a value that is passed over; its syntax is not checked, but for strings and depth. */
static enum json_ids_event skip_byte(struct json_ids *s, unsigned char c)
{
	if (s->in_string) {
		s->in_string = !ends_string(s, c);
		return JSON_IDS_NONE;
	}
	if (s->depth == 0 && (c == ',' || c == '}'))
		return behind_byte(s, c);
	if (s->depth == 0 && c == ']')
		return wrong(s, "a ']' too many");
	s->in_string = c == '"';
	s->depth += c == '[' || c == '{';
	s->depth -= c == ']' || c == '}';
	return JSON_IDS_NONE;
}

enum json_ids_event bp_json_ids_byte(struct json_ids *s, unsigned char c)
{
	bool is_blank = c == ' ' || c == '\t' || c == '\n' || c == '\r';

	if (s->state == JSON_IDS_IN_NAME)
		return name_byte(s, c);
	if (s->state == JSON_IDS_SKIP)
		return skip_byte(s, c);
	if (s->state == JSON_IDS_LIST)
		return list_byte(s, c, is_blank);
	if (is_blank)
		return JSON_IDS_NONE;
	switch (s->state) {
	case JSON_IDS_BETWEEN:
		return c == '{' ? go_to(s, JSON_IDS_NAME) : wrong(s, "something that is no object");
	case JSON_IDS_NAME:
		if (c == '}')
			return end_object(s);
		return c == '"' ? go_to(s, JSON_IDS_IN_NAME) : wrong(s, "a name is missing");
	case JSON_IDS_COLON:
		return c == ':' ? go_to(s, JSON_IDS_VALUE) : wrong(s, "a ':' is missing");
	case JSON_IDS_VALUE:
		return value_byte(s, c);
	default:
		return behind_byte(s, c);
	}
}

size_t bp_json_ids_skip(struct json_ids *s, const unsigned char *p, size_t n)
{
	bool in_string = s->in_string;
	size_t depth = s->depth, i;

	if (s->state != JSON_IDS_SKIP || s->is_escaped)
		return 0;
	for (i = 0; i < n && p[i] != '\n' && (depth > 0 || in_string); i++) {
		if (p[i] == '"') {
			in_string = !in_string;
		} else if (in_string && p[i] == '\\') {
			if (i + 1 == n || p[i + 1] == '\n')
				break;
			i++;
		} else if (!in_string) {
			depth += p[i] == '[' || p[i] == '{';
			depth -= p[i] == ']' || p[i] == '}';
		}
	}
	s->in_string = in_string;
	s->depth = depth;
	return i;
}
