/*
 * special_matcher.h - where names stand in text: the leftmost, of those that begin there the longest, and on
 * behind it.
 *
 * Text is read backwards by an automaton (automaton.h) of the names read backwards, which tells of
 * each byte the longest name that begins there; of these the names are taken from left to right. So
 * the time is linear in the length of the text, however many names there are and however they overlap.
 */
#ifndef BP_SPECIAL_MATCHER_H
#define BP_SPECIAL_MATCHER_H

#include "encode/automaton.h"

/* Does not change once made, so that any number of threads may use it. */
struct special_matcher {
	size_t longest;		/* in bytes; 0: there are no names */
	/* Private. */
	struct automaton a;
	struct slice *piece;	/* of the automaton: names backwards, and single bytes */
	uint32_t *id;		/* of each of them, or BP_NO_ID */
	unsigned char *bytes;	/* of the pieces */
	bool last[256];		/* may end a name */
};

struct special_hit {
	size_t at, n;		/* where it stands, in bytes */
	uint32_t id;
};
struct special_hits {
	struct special_hit *hit;	/* in order; for free() */
	size_t n, cap;
};

/* Names, n of them (copied), distinct and not empty, each with its id.  On failure *t stays empty. */
bp_status bp_special_matcher_init(struct special_matcher *t, const struct slice *name, const uint32_t *id, size_t n,
			bp_error *err);
void bp_special_matcher_release(struct special_matcher *t);

enum { BP_NO_STOP = -1 };

/*
 * Find the names in 's'; none goes over the byte 'stop' (or BP_NO_STOP).  If the text goes on behind
 * 's', 'ends' being false, only those that nothing that follows can change: *sure, which lies behind
 * the last one, is up to where all are found, and less than 'longest' bytes before the end.  False
 * if memory is out.
 */
bool bp_special_matcher_find(const struct special_matcher *t, struct slice s, int stop, bool ends,
		   struct special_hits *hits, size_t *sure);

#endif
