/*
 * nfc.h - Unicode Normalization Form C (Unicode Standard Annex #15) of any bytes.
 *
 * Malformed bytes stay as they are and interact with nothing.
 */
#ifndef BP_NFC_H
#define BP_NFC_H

#include "base/base.h"

/*
 * Set *out to the normal form of 's': 's' itself where a quick check shows that it is normal
 * already, else bytes in 'scratch', whose former content is lost.  False if memory is out.
 */
bool bp_nfc(struct slice s, struct buf *scratch, struct slice *out);

/* A stretch of text and what it became; between two of them nothing changed. */
struct nfc_change {
	size_t from, to;		/* in the text as it was */
	size_t normal_from, normal_to;
};
struct nfc_changes {
	struct nfc_change *change;	/* in order; for free() */
	size_t n, cap;
};

/* The same, with the list of what may have changed, whose former content is lost. */
bool bp_nfc_changes(struct slice s, struct buf *scratch, struct slice *out, struct nfc_changes *c);

/*
 * For text that comes in parts: an offset in (from, s.n) at which 's' can be cut, so that both sides
 * are normalised (or, with nfc false, read as units of UTF-8) apart from each other, whatever
 * follows; the last one that is easy to tell, 0 if there is none.
 */
size_t bp_nfc_boundary(struct slice s, size_t from, bool nfc);

/*
 * What text that follows may do to the text before it, seen from the last border of that text
 * (bp_nfc_boundary()): 'rest' is what stands from there on.
 */
enum bp_rest {
	BP_REST_STANDS,		/* one character that nothing changes */
	BP_REST_MAY_JOIN,	/* one that stands as it is, or becomes one of non-ASCII bytes */
	BP_REST_MAY_CHANGE	/* anything; it begins at the border all the same */
};
enum bp_rest bp_nfc_rest(struct slice rest);

#endif
