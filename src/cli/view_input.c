/*
 * The reader of view: one text at a time, and no byte beyond the limit.
 *
 * The program uses the public headers only, and they have no reader.  This one shows each line of
 * a terminal or pipe at once and stops early in files of any size.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cmd.h"
#include "cli/view.h"

/* Print why the current file cannot be read. */
static bool input_failed(const struct view_input *v, const char *why)
{
	msg_fail("%s: %s", v->in->path[v->next_file], why);
	return false;
}

static bool open_next_file(struct view_input *v)
{
	const char *path = v->in->path[v->next_file];

	errno = 0;
	v->stream = strcmp(path, "-") == 0 ? stdin : bp_open_file(path, "rb");
	if (v->stream == NULL)
		return input_failed(v, errno == ENOMEM ? "out of memory" :
				       errno != 0 ? strerror(errno) : "cannot be opened");
	v->next_number = v->next_line = v->next_json = 0;
	return true;
}

static void close_stream(struct view_input *v)
{
	if (v->stream != NULL && v->stream != stdin)
		fclose(v->stream);
	v->stream = NULL;
}

/* The next byte without consuming it, or EOF; then ferror() tells an error from the end. */
static int peek(FILE *f)
{
	int c = getc(f);

	return c == EOF ? EOF : ungetc(c, f);
}

static bool append_byte(struct view_input *v, char c)
{
	size_t cap = v->cap < 4096 ? 4096 : 2 * v->cap;
	char *room;

	if (v->len % 4096 == 0)
		msg_end_if_interrupted();
	if (v->len == v->cap) {
		if (cap < v->cap || (room = realloc(v->room, cap)) == NULL)
			return input_failed(v, "out of memory");
		v->room = room;
		v->cap = cap;
	}
	v->room[v->len++] = c;
	return true;
}

/*
 * If the limit falls inside a UTF-8 character, drop the bytes of it that were read: they would be
 * shown as malformed.  'next' is the byte after the limit.
 */
static void drop_begun_character(struct view_input *v, int next)
{
	size_t i, k;
	unsigned char c;

	if (next < 0x80 || next >= 0xC0)
		return;
	for (k = 1; k <= 3 && k <= v->len; k++) {
		c = (unsigned char)v->room[v->len - k];
		if (c >= 0xC0) {
			i = c >= 0xF0 ? 4 : c >= 0xE0 ? 3 : 2;
			v->len -= k < i ? k : 0;
			return;
		}
		if (c < 0x80)
			return;
	}
}

/* The text in v->room, of that many lines, is the current text. */
static enum view_result end_text(struct view_input *v, uint64_t lines)
{
	v->number = v->next_number++;
	v->line = v->next_line;
	v->next_line += lines;
	v->text = v->room != NULL ? v->room : "";
	v->bytes += v->len;
	v->texts++;
	v->file = v->next_file;
	return VIEW_TEXT;
}

/* Read the text that begins at the current byte; in mode BP_WHOLE it may be empty. */
static enum view_result read_view_text(struct view_input *v)
{
	FILE *f = v->stream;
	int end = v->in->records == BP_NULS ? '\0' : '\n', c;
	uint64_t lines = 1;

	v->len = 0;
	while ((c = getc(f)) != EOF && (c != end || v->in->records == BP_WHOLE)) {
		if (v->bytes + v->len == v->max_bytes) {
			ungetc(c, f);
			drop_begun_character(v, c);
			v->over = v->cut = true;
			break;
		}
		if (!append_byte(v, (char)c))
			return VIEW_FAILED;
		lines += c == '\n';
	}
	if (ferror(f))
		return input_failed(v, strerror(errno)), VIEW_FAILED;
	if (v->next_number == 0)
		bp_note_kind(v->in, v->next_file, v->room, v->len);
	return end_text(v, lines);
}

/* Count a line that is skipped; false, with a message, if it is an error. */
static bool skip_json_line(struct view_input *v, const bp_error *why)
{
	bp_skipped_lines *s = v->in->json.skipped;

	if (why->code != BP_EFORMAT || !v->in->json.skip_bad)
		return msg_fail("%s", why->msg), false;
	if (s->lines++ == 0)
		s->first = *why;
	return true;
}

/* Read a line of JSON to v->room, without its newline.  *more is false if there is none. */
static bool read_json_line(struct view_input *v, bool *more)
{
	int c;

	v->len = 0;
	*more = peek(v->stream) != EOF;
	while ((c = getc((FILE *)v->stream)) != EOF && c != '\n')
		if (!append_byte(v, (char)c))
			return false;
	if (ferror((FILE *)v->stream))
		return input_failed(v, strerror(errno));
	return true;
}

/* The text of the line in v->room takes its place there; it is never longer. */
static bp_status decode_json_line(struct view_input *v, bool *blank, bp_error *err)
{
	const char *path = v->in->path[v->next_file];
	const char *name = strcmp(path, "-") == 0 ? "standard input" : path;
	size_t mark = v->next_json++ == 0 && v->len >= 3 &&
		      memcmp(v->room, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;

	*blank = v->len == 0;
	if (*blank)
		return BP_OK;
	return bp_json_line(v->room + mark, v->len - mark, v->in->json.field, name, v->next_json,
			    v->room, &v->len, blank, err);
}

/* Go to the next text of the file's lines of JSON, and cut it off at the limit of bytes. */
static enum view_result read_json_text(struct view_input *v)
{
	bool more, blank = true;
	bp_status st = BP_OK;
	uint64_t room = v->max_bytes - v->bytes, lines = 1;
	bp_error err;
	size_t i;

	do {
		if (!read_json_line(v, &more))
			return VIEW_FAILED;
		if (!more)
			return VIEW_END;
		st = decode_json_line(v, &blank, &err);
		if (st != BP_OK && !skip_json_line(v, &err))
			return VIEW_FAILED;
	} while (st != BP_OK || blank);
	if (v->len > room) {
		v->len = (size_t)room;
		drop_begun_character(v, (unsigned char)v->room[v->len]);
		v->over = v->cut = true;
	}
	for (i = 0; i < v->len; i++)
		lines += v->room[i] == '\n';
	return end_text(v, lines);
}

/*
 * A file in mode BP_WHOLE is one text, even if it is empty; in the other modes an empty file has no
 * text.  A limit counts as reached only if more input follows.
 */
enum view_result view_next(struct view_input *v)
{
	bool whole = v->in->records == BP_WHOLE;
	enum view_result got;

	if (v->over)
		return VIEW_END;
	for (; v->next_file < v->in->n_paths; v->next_file++, close_stream(v)) {
		if (v->stream == NULL && !open_next_file(v))
			return VIEW_FAILED;
		errno = 0;
		if (whole ? v->next_number > 0 : peek(v->stream) == EOF) {
			if (ferror((FILE *)v->stream))
				return input_failed(v, strerror(errno)), VIEW_FAILED;
			continue;
		}
		if (v->texts < v->max_texts && v->bytes < v->max_bytes) {
			if (v->in->records != BP_JSONL)
				return read_view_text(v);
			if ((got = read_json_text(v)) != VIEW_END)
				return got;
			continue;
		}
		v->over = true;
		break;
	}
	return VIEW_END;
}

void view_input_release(struct view_input *v)
{
	close_stream(v);
	free(v->room);
	v->room = NULL;
}

/* The bytes from the current offset to the end of the file; false if it is no regular file. */
static bool bytes_left(FILE *f, uint64_t *n)
{
	long here = ftell(f), end;

	if (here < 0 || fseek(f, 0, SEEK_END) != 0 || (end = ftell(f)) < here)
		return false;
	*n = (uint64_t)(end - here);
	return fseek(f, here, SEEK_SET) == 0;
}

/* The size of the rest is given for regular files only, and for the current file only. */
void view_left_out(const struct view_input *v, char *s, size_t room)
{
	size_t files = v->in->n_paths - v->next_file - 1;
	const char *path = v->in->path[v->next_file];
	char shown[32], left[32], size[64] = "", more[64] = "";
	uint64_t n;

	if (v->stream != NULL && bytes_left(v->stream, &n))
		snprintf(size, sizeof(size), " (%s)", msg_bytes(n, left));
	if (files > 0)
		snprintf(more, sizeof(more), ", and %zu more file%s", files,
			 files > 1 ? "s" : "");
	snprintf(s, room,
		 "shown: the first %" PRIu64 " text%s (%s)%s; left out: the rest of %s%s%s",
		 v->texts, v->texts == 1 ? "" : "s", msg_bytes(v->bytes, shown),
		 v->cut ? ", the last one in part" : "",
		 strcmp(path, "-") == 0 ? "standard input" : path, size, more);
}
