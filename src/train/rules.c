#include "train/rules.h"

#include <string.h>

#include "text/cut.h"
#include "text/utf8.h"

static bool has_inner_newline(struct slice s)
{
	size_t i;

	for (i = 0; i + 1 < s.n; i++)
		if (s.p[i] == '\n' && s.p[i + 1] != '\n')
			return true;
	return false;
}

static bool is_all_spaces(struct slice s)
{
	size_t i;

	for (i = 0; i < s.n && s.p[i] == ' '; i++)
		;
	return i == s.n;
}

/* What stands behind the last space, without newlines. */
static struct slice last_word(struct slice s)
{
	size_t from = s.n;

	while (from > 0 && s.p[from - 1] != ' ')
		from--;
	s = (struct slice){ s.p + from, s.n - from };
	while (s.n > 0 && s.p[s.n - 1] == '\n')
		s.n--;
	return s;
}

/*
 * Is a piece over a space made of whole words?  It begins with a space, so that its first word and
 * all but the last are whole; the last one has to be a word of the text.  Other blanks would be a
 * second kind of border.
 */
static bool is_of_whole_words(const struct piece_rules *r, struct slice s)
{
	struct slice last = last_word(s);
	size_t i;

	if (is_all_spaces(s))
		return true;
	if (s.p[0] != ' ')
		return false;
	for (i = 0; i < s.n; i++)
		if (s.p[i] >= '\t' && s.p[i] <= '\r' && s.p[i] != '\n')
			return false;
	return last.n == 0 || r->words == NULL || bp_table_has(r->words, last);
}

static bool satisfies_spaces(const struct piece_rules *r, struct slice s)
{
	if (r->across_spaces == BP_SPACES_ANY || memchr(s.p + 1, ' ', s.n - 1) == NULL)
		return true;
	return r->across_spaces == BP_SPACES_WORDS && is_of_whole_words(r, s);
}

static bool has_digit(struct slice s)
{
	size_t i, k;

	for (i = 0; i < s.n; i += k) {
		k = bp_utf8_unit(s.p + i, s.n - i);
		if (bp_is_digit((struct slice){ s.p + i, k }))
			return true;
	}
	return false;
}

bool bp_may_be_piece(const struct piece_rules *r, struct slice s)
{
	size_t i, k;

	if (s.n > r->max_length || has_inner_newline(s) || !satisfies_spaces(r, s))
		return false;
	/* Segments are cut at digits, but not inside of pieces that have to be there. */
	if (r->isolate_digits && !bp_is_digit(s) && has_digit(s))
		return false;
	for (i = 0; r->whole_characters && i < s.n; i += k)
		if ((k = bp_utf8_length(s.p + i, s.n - i)) == 0)
			return false;
	return true;
}
