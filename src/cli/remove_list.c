/* The file of edit --remove-file. */

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
		n = fread(*text + *len, 1, cap - *len - 1, f);
	}
	(*text)[*len] = '\0';
	return !ferror(f);
}

/* End each line behind its piece: before a tab, or a carriage return at its end. */
static bool split_lines(struct remove_list *l, size_t len, const char *path)
{
	char *p = l->text, *end = p + len, *next, *tab;
	size_t line;

	if (len >= 3 && memcmp(p, "\xEF\xBB\xBF", 3) == 0)
		p += 3;
	for (line = 1; p < end; p = next, line++) {
		next = memchr(p, '\n', (size_t)(end - p));
		next = next != NULL ? next : end;
		if (next > p && next[-1] == '\r')
			next[-1] = '\0';
		if (next < end)
			*next++ = '\0';
		if ((tab = strchr(p, '\t')) != NULL)
			*tab = '\0';
		if (*p == '\0')
			continue;
		l->piece[l->n].bytes = p;
		if (bp_piece_bytes(p, p, &l->piece[l->n++].len) != BP_OK) {
			msg_fail("%s: line %zu: a backslash that is not followed by xNN, t, n or "
				 "\\", path, line);
			return false;
		}
	}
	return true;
}

bool remove_list_read(struct remove_list *l, const char *path)
{
	bool is_stdin = strcmp(path, "-") == 0, ok;
	FILE *f = is_stdin ? stdin : bp_open_file(path, "rb");
	size_t len = 0, lines = 1, i;

	errno = f == NULL ? errno : 0;
	ok = f != NULL && read_all(f, &l->text, &len);
	if (f != NULL && !is_stdin)
		fclose(f);
	for (i = 0; i < len; i++)
		lines += l->text[i] == '\n';
	if (ok)
		ok = (l->piece = calloc(lines, sizeof(*l->piece))) != NULL;
	if (!ok) {
		msg_fail("%s: %s", path, errno != 0 ? strerror(errno) : "out of memory");
		return false;
	}
	return split_lines(l, len, path);
}

void remove_list_release(struct remove_list *l)
{
	free(l->piece);
	free(l->text);
	*l = (struct remove_list){ 0 };
}
