/*
 * A line is read into w->line, unescaped in place, normalised into w->scratch and copied by the
 * table: memory grows with distinct words only.
 */
#include "api/word_list.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/host.h"
#include "base/number.h"
#include "bytepiece_files.h"
#include "io/reader.h"
#include "model/piece_rule.h"
#include "text/nfc.h"

/* The longest piece with all bytes escaped, a tab and a count; longer lines need not be kept. */
enum { LONGEST_LINE = 4 * BP_PIECE_MAX + 64 };

void bp_word_list_release(struct word_list *w)
{
	bp_table_release(&w->words);
	bp_buf_release(&w->line);
	bp_buf_release(&w->scratch);
	*w = (struct word_list){ 0 };
}

/* Read a line without its newline; *more is cleared if there is none. */
static bp_status read_line(struct word_list *w, FILE *f, const char *name, bool *more,
			   bp_error *err)
{
	bp_status st;
	int c;

	w->line.len = 0;
	errno = 0;
	while ((c = getc(f)) != EOF && c != '\n') {
		if (w->line.len == LONGEST_LINE)
			return bp_fail(err, BP_ERANGE, "the line is longer than a word can be");
		if (!bp_buf_byte(&w->line, (unsigned char)c))
			return bp_fail_memory(err);
	}
	if ((st = bp_interrupted(err)) != BP_OK)
		return st;
	if (c == EOF && ferror(f))
		return bp_fail_errno(err, name);
	*more = c != EOF || w->line.len > 0;
	return BP_OK;
}

/* Remove what editors of other systems add: a byte order mark before the first line, and the
 * carriage return of a line end CR LF.  A word that holds these bytes is written with \xNN. */
static void strip_marks(struct buf *line, bool first)
{
	if (first && line->len >= 3 && memcmp(line->data, "\xEF\xBB\xBF", 3) == 0)
		bp_buf_drop(line, 3);
	if (line->len > 0 && line->data[line->len - 1] == '\r')
		line->len--;
}

/* Add the word of the line; BP_ERANGE if it is wrong. */
static bp_status add_word_line(struct word_list *w, bp_error *err)
{
	unsigned char *s = w->line.data;
	size_t n = w->line.len, tab = n;
	struct slice word;
	const char *why;
	uint64_t count;

	while (tab > 0 && s[tab - 1] != '\t')
		tab--;
	if (tab == 0)
		return bp_fail(err, BP_ERANGE, "expected a word, a tab and a count");
	if ((why = bp_count_fault(bp_buf_part(&w->line, tab, n), &count)) != NULL)
		return bp_fail(err, BP_ERANGE, "%s", why);
	/* The unescaping reads up to a NUL: the line itself must not contain one. */
	s[tab - 1] = '\0';
	if (memchr(s, '\0', tab - 1) != NULL)
		return bp_fail(err, BP_ERANGE, "a NUL byte; write it as \\x00");
	word.p = s;
	if (bp_piece_bytes((char *)s, (char *)s, &word.n) != BP_OK)
		return bp_fail(err, BP_ERANGE,
			       "a backslash that is not followed by xNN, t, n or \\");
	if (w->normalize && !bp_nfc(word, &w->scratch, &word))
		return bp_fail_memory(err);
	if (!bp_piece_possible(w->newlines, word, &why))
		return bp_fail(err, BP_ERANGE, "the word %s", why);
	if (count > INT64_MAX - w->total)
		return bp_fail(err, BP_ERANGE, "the sum of the counts is too large");
	w->total += count;
	return bp_table_add(&w->words, word, count) ? BP_OK : bp_fail_memory(err);
}

static bp_status read_lines(struct word_list *w, FILE *f, const char *name, bp_error *err)
{
	bool more = false;
	bp_status st;
	size_t line;

	for (line = 1;; line++) {
		if ((st = read_line(w, f, name, &more, err)) == BP_OK && more) {
			strip_marks(&w->line, line == 1);
			st = add_word_line(w, err);
		}
		if (st != BP_OK || !more)
			return bp_check_line(st, name, line, err);
	}
}

bp_status bp_word_list_read(struct word_list *w, const char *path, bp_error *err)
{
	bp_status st;
	FILE *f;

	if ((st = bp_input_open(path, &f, err)) != BP_OK)
		return st;
	st = read_lines(w, f, bp_input_name(path), err);
	bp_input_close(f);
	return st;
}
