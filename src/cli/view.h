/*
 * view.h - what the parts of the command view share: the texts, up to a limit, and the page.
 *
 * Functions that return false have said on standard error what went wrong.
 */
#ifndef BP_CLI_VIEW_H
#define BP_CLI_VIEW_H

#include "bytepiece_files.h"

/*
 * The texts of the input, one at a time.  Zero but for the first three is a sensible start; to be
 * passed to view_input_release().
 */
struct view_input {
	const bp_input *in;
	uint64_t max_texts, max_bytes;	/* how much is read; max_bytes without end marks */
	uint64_t texts, bytes;		/* how much was read */
	const char *text;		/* the present text, valid until the next */
	size_t len;
	size_t file;			/* the index of its file, */
	uint64_t number, line;		/* and its own there, and the number of its first line */
	bool over;			/* a limit was met, and something is left out, */
	bool cut;			/* which begins inside of the last text */
	/* private */
	void *stream;			/* the FILE that is read, or NULL */
	size_t next_file;
	uint64_t next_number, next_line;
	char *room;
	size_t cap;
};

enum view_result { VIEW_TEXT, VIEW_END, VIEW_FAILED };
enum view_result view_next(struct view_input *v);
void view_input_release(struct view_input *v);

/* A sentence on what is left out, cut off if it does not fit. */
void view_left_out(const struct view_input *v, char *s, size_t room);

/* How texts are cut into pieces, beside the best way. */
struct view_ways {
	double alpha;
	uint64_t seed;			/* of the first sample */
	size_t samples, nbest;		/* how many; of the n best one is the best */
};

/* Room for the ids of one text, which grows; zero is empty, to be freed. */
struct view_ids {
	uint32_t *id;
	size_t n, cap;
};
bool view_ids_reserve(struct view_ids *ids, size_t more);

/* Write to standard output a page with all texts of the input; an exit status. */
int view_html(const bp_model *m, const char *model_name, struct view_input *v,
	      const struct view_ways *ways);

/* The page's style and script, lines of ASCII that end in NULL. */
extern const char *const view_style[], *const view_script[];

#endif
