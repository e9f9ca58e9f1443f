/*
 * view.h - parts of the command view: reader of texts up to a limit, and the HTML page.
 *
 * Functions that return false have printed a message.
 */
#ifndef BP_CLI_VIEW_H
#define BP_CLI_VIEW_H

#include <stdio.h>

#include "bytepiece_files.h"

/*
 * Reader of the texts of the input, one at a time, until a limit is reached.  Start with the first
 * three members set and all else zero; view_input_release() frees it.
 */
struct view_input {
	const bp_input *in;
	uint64_t max_texts, max_bytes;	/* the limits; bytes without end marks */
	uint64_t texts, bytes;		/* read so far */
	const char *text;		/* the current text, valid until the next view_next() */
	size_t len;
	size_t file;			/* the index of its file */
	uint64_t number, line;		/* its index and the one of its first line in the file */
	bool over;			/* a limit was reached before the end of the input, */
	bool cut;			/* inside the last text */
	/* private */
	void *stream;			/* the open FILE, or NULL */
	size_t next_file;
	uint64_t next_number, next_line;
	char *room;
	size_t cap;
	uint64_t next_json;		/* index of the next line of JSON */
};

enum view_result { VIEW_TEXT, VIEW_END, VIEW_FAILED };
enum view_result view_next(struct view_input *v);
void view_input_release(struct view_input *v);

/* Format a sentence about the texts shown and left out, truncated to 'room' bytes. */
void view_left_out(const struct view_input *v, char *s, size_t room);

/* The segmentations of a text that are shown. */
struct view_ways {
	double alpha;
	uint64_t seed;			/* of the first sample */
	size_t samples, nbest;		/* their numbers; nbest includes the best one */
	bool specials;			/* names of special tokens are these tokens, not text */
};

/* A growable array of ids.  All zero is empty; the caller frees 'id'. */
struct view_ids {
	uint32_t *id;
	size_t n, cap;
};
bool view_ids_reserve(struct view_ids *ids, size_t more);

/* Write a page with all texts of the input to 'out'.  Returns an exit status. */
int view_html(const bp_model *m, const char *model_name, struct view_input *v,
	      const struct view_ways *ways, FILE *out);

/* The style and the script of the page: lines of ASCII, NULL after the last one. */
extern const char *const view_style[], *const view_script[];

#endif
