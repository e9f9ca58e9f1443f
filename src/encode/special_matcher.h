/*
 * special_matcher.h - search for the names of special tokens in text.
 *
 * Matches are leftmost-longest: of the names in the text the one that begins first is taken, of
 * several names at one offset the longest, and the search continues behind it.
 *
 * An automaton (automaton.h) of the reversed names reads the text backwards, and so finds for each
 * offset the longest name that begins there.  Then a pass from left to right selects the matches.
 * The time is linear in the length of the text, for any number of names and any overlaps.
 */
#ifndef BP_SPECIAL_MATCHER_H
#define BP_SPECIAL_MATCHER_H

#include "encode/automaton.h"

/* Read-only once made, for any number of threads. */
struct special_matcher {
	size_t longest;		/* length of the longest name in bytes; 0 without names */
	/* Private. */
	struct automaton a;
	struct slice *piece;	/* of the automaton: reversed names, and single bytes */
	uint32_t *id;		/* by piece; BP_NO_ID for a byte that is no name */
	unsigned char *bytes;	/* of the pieces */
	bool last[256];		/* bytes that end a name */
};

struct special_hit {
	size_t at, n;		/* offset and length of a name in the text */
	uint32_t id;
};
struct special_hits {
	struct special_hit *hit;	/* in order of offset; for free() */
	size_t n, cap;
};

/*
 * Make a matcher for n distinct names, none of them empty, with their ids; the names are copied.
 * On failure (out of memory, or as bp_automaton_init()) *t stays empty.
 */
bp_status bp_special_matcher_init(struct special_matcher *t, const struct slice *name,
				  const uint32_t *id, size_t n, bp_error *err);
void bp_special_matcher_release(struct special_matcher *t);

/*
 * Set *hits to the matches in 's'.  No match contains the byte 'stop' (or BP_NO_MARK); it ends
 * texts or records.  If 'ends' is false, more text follows 's', and only matches that it cannot
 * change are listed.  *sure is set to the offset up to which all matches are found: behind the
 * last one, and less than 'longest' bytes before the end of 's'.  False if memory is out.
 */
bool bp_special_matcher_find(const struct special_matcher *t, struct slice s, int stop, bool ends,
			     struct special_hits *hits, size_t *sure);

/* Offset behind the last match; 0 without one. */
static inline size_t bp_special_hits_end(const struct special_hits *hits)
{
	return hits->n > 0 ? hits->hit[hits->n - 1].at + hits->hit[hits->n - 1].n : 0;
}

/* The matches of *from become those of *to; *from is empty then, and gets the old array. */
static inline void bp_special_hits_move(struct special_hits *to, struct special_hits *from)
{
	struct special_hits spare = *to;

	*to = *from;
	*from = spare;
	from->n = 0;
}

/* The bytes of 's' between the matches i - 1 and i, or its beginning or end. */
static inline struct slice bp_special_hits_gap(const struct special_hits *hits, struct slice s,
					       size_t i)
{
	size_t from = i > 0 ? hits->hit[i - 1].at + hits->hit[i - 1].n : 0;
	size_t to = i < hits->n ? hits->hit[i].at : s.n;

	return to > from ? (struct slice){ s.p + from, to - from } : (struct slice){ s.p, 0 };
}

#endif
