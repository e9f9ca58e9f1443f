/*
 * content_kind.h - kinds of files that are not text in UTF-8, told by their first bytes.
 *
 * Such a file can be encoded as any other.  It is hardly ever meant, so that the caller can tell
 * its user the kind, and the command that makes text of it.
 */
#ifndef BP_CONTENT_KIND_H
#define BP_CONTENT_KIND_H

#include "base/base.h"

/* The command is 'before', the name of the file ("-" is standard input), and 'behind'. */
struct content_kind {
	const char *name, *before, *behind;
};

enum { BP_CONTENT_START = 512 };	/* bytes at the start of a file that suffice */

/*
 * The kind of a file that begins with 'start'; NULL if it may be text.  'nuls': NUL bytes are
 * expected (as the end marks of texts), so that they tell nothing.
 */
const struct content_kind *bp_content_kind(struct slice start, bool nuls);

/* The kind of a file that is no model of this program: a model of another library, one of the kinds
 * above, or text.  A noun phrase, or NULL. */
const char *bp_foreign_model(struct slice start);

#endif
