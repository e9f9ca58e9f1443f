/* Byte strings of options like --piece and --piece-file. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cmd.h"

/* Read all of a stream as a string.  False if memory is out or reading fails. */
static bool read_all(FILE *f, char **text, size_t *len)
{
	size_t cap = 0, n = 1;
	char *more;

	for (*len = 0; n > 0; *len += n) {
		if (cap - *len < 2) {
			cap = cap > 0 ? 2 * cap : 4096;
			if ((more = realloc(*text, cap)) == NULL)
				return false;
			*text = more;
		}
		msg_end_if_interrupted();
		n = fread(*text + *len, 1, cap - *len - 1, f);
	}
	(*text)[*len] = '\0';
	return !ferror(f);
}

/* Read the file to l->text; false, with a message. */
static bool read_file(struct byte_list *l, const char *path, size_t *len)
{
	bool is_stdin = strcmp(path, "-") == 0, ok;
	FILE *f;

	errno = 0;
	f = is_stdin ? stdin : bp_open_file(path, "rb");
	ok = f != NULL && read_all(f, &l->text, len);
	if (!ok)
		msg_fail("%s: %s", path, errno != 0 ? strerror(errno) : "out of memory");
	if (f != NULL && !is_stdin)
		fclose(f);
	return ok;
}

/* End the line at 'p' behind its string, before a tab or a carriage return; returns the next
 * line. */
static char *end_line(char *p, char *end)
{
	char *next = memchr(p, '\n', (size_t)(end - p)), *tab;

	next = next != NULL ? next : end;
	if (next > p && next[-1] == '\r')
		next[-1] = '\0';
	*next = '\0';
	if ((tab = strchr(p, '\t')) != NULL)
		*tab = '\0';
	return next < end ? next + 1 : end;
}

/* Append the strings of the file; l->item has room for them. */
static bool add_lines(struct byte_list *l, size_t len, const char *path)
{
	char *p = l->text, *end = p + len, *next;
	size_t line;

	if (len >= 3 && memcmp(p, "\xEF\xBB\xBF", 3) == 0)
		p += 3;
	for (line = 1; p < end; p = next, line++) {
		next = memchr(p, '\n', (size_t)(end - p));
		if (memchr(p, '\0', (size_t)((next != NULL ? next : end) - p)) != NULL)
			return msg_fail("%s: line %zu: a NUL byte; write it as \\x00", path,
					line), false;
		next = end_line(p, end);
		if (*p == '\0')
			continue;
		l->item[l->n] = (bp_bytes){ .bytes = p, .file = path, .line = line };
		if (bp_piece_bytes(p, p, &l->item[l->n++].len) != BP_OK)
			return msg_fail("%s: line %zu: a backslash that is not followed by xNN, t, "
					"n or \\", path, line), false;
	}
	return true;
}

/* Append the words of the option; l->bytes has room for them. */
static bool add_option_words(struct byte_list *l, const struct opt_words *words,
			     const char *escaped)
{
	char *to = l->bytes;
	size_t i;

	for (i = 0; i < words->n; i++, to += l->item[l->n++].len) {
		l->item[l->n] = (bp_bytes){ .bytes = words->word[i],
					    .len = strlen(words->word[i]) };
		if (escaped == NULL)
			continue;
		l->item[l->n].bytes = to;
		if (bp_piece_bytes(words->word[i], to, &l->item[l->n].len) != BP_OK)
			return msg_usage("%s: '%s' has a backslash that is not followed by xNN, "
					 "t, n or \\", escaped, words->word[i]), false;
	}
	return true;
}

int byte_list_read(struct byte_list *l, const struct opt_words *words, const char *escaped,
		   const char *path)
{
	size_t room = 1, lines = 1, len = 0, i;

	*l = (struct byte_list){ .n = 0 };
	if (path != NULL && !read_file(l, path, &len))
		return EXIT_FAILED;
	for (i = 0; i < len; i++)
		lines += l->text[i] == '\n';
	for (i = 0; i < words->n; i++)
		room += strlen(words->word[i]);
	l->item = calloc(words->n + lines, sizeof(*l->item));
	l->bytes = malloc(room);
	if (l->item == NULL || l->bytes == NULL)
		return msg_fail("out of memory");
	if (!add_option_words(l, words, escaped))
		return EXIT_USAGE;
	return path == NULL || add_lines(l, len, path) ? EXIT_OK : EXIT_FAILED;
}

void byte_list_release(struct byte_list *l)
{
	free(l->item);
	free(l->bytes);
	free(l->text);
	*l = (struct byte_list){ .n = 0 };
}
