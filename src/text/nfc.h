/*
 * nfc.h - Unicode Normalization Form C (Unicode Standard Annex #15) of any byte string.
 *
 * Malformed bytes stay as they are and do not interact with other characters.
 */
#ifndef BP_NFC_H
#define BP_NFC_H

#include "base/base.h"

/*
 * Set *out to the normal form of 's': 's' itself if the quick check of the annex shows that it is
 * normal already, else bytes in 'scratch'; its former content is lost.  False if memory is out.
 */
bool bp_nfc(struct slice s, struct buf *scratch, struct slice *out);

/* True if the quick check shows that the text is normal. */
bool bp_is_nfc(struct slice s);
/* Append the normal form.  False if memory is out. */
bool bp_nfc_append(struct slice s, struct buf *out);

/* True if no text before 's' can interact with it: normal forms of both can be put together. */
bool bp_nfc_begins_apart(struct slice s);

/* A range of the text and the range of the normal form that replaced it.  Between two changes the
 * text is copied. */
struct nfc_change {
	size_t from, to;		/* offsets in the text before normalisation */
	size_t normal_from, normal_to;	/* offsets in the normal form */
};
struct nfc_changes {
	bool wide;	/* set by the user: ranges may be wider than the change, to save time */
	struct nfc_change *change;	/* in the order of the text; for free() */
	size_t n, cap;
};

/* As bp_nfc(), and list the ranges that changed in *c; its former content is lost.  A range begins
 * and ends with units (utf8.h) that changed: text beside them is not part of it, unless c->wide. */
bool bp_nfc_changes(struct slice s, struct buf *scratch, struct slice *out, struct nfc_changes *c);

/*
 * Find a normalisation boundary in the first part of a text, for texts that arrive in parts: an
 * offset in (from, s.n) at which 's' can be divided, because both sides can be normalised (or, with
 * nfc false, read as units of UTF-8) separately, whatever follows 's'.  The result is the last
 * boundary that a look at a few bytes shows, or 0 if there is none.
 */
size_t bp_nfc_boundary(struct slice s, size_t from, bool nfc);

/*
 * The effect that a continuation of the text can have on 'rest', the text from the last
 * normalisation boundary (bp_nfc_boundary()) on.
 */
enum bp_rest {
	BP_REST_STANDS,		/* none: 'rest' is one character that nothing changes */
	BP_REST_MAY_JOIN,	/* 'rest' is one character, which stays as it is or becomes another
				 * character of non-ASCII bytes */
	BP_REST_MAY_CHANGE	/* any change from the boundary on */
};
enum bp_rest bp_nfc_rest(struct slice rest);

#endif
