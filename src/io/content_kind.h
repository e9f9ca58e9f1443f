/*
 * content_kind.h - kinds of files, told by their first bytes.
 *
 * A file that is not text in UTF-8 can be encoded as any other.  It is hardly ever meant, so that
 * the caller can tell its user the kind, and the command that makes text of it.
 */
#ifndef BP_CONTENT_KIND_H
#define BP_CONTENT_KIND_H

#include "base/base.h"

/* First bytes of files of this program: a binary model and binary counts. */
#define BP_MODEL_MAGIC "\x89" "BPM"
#define BP_COUNTS_MAGIC "bprows1\n"

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

/* Does 'start' begin with this text, if blanks of JSON are left out? */
bool bp_json_begins_with(struct slice start, const char *with);

/* Does 'start' begin as a model of this program, in either form? */
bool bp_is_model(struct slice start);
/* As counts or a plan, in either form?  (Counts as text are known by the settings in their first
 * line.) */
bool bp_is_counts(struct slice start);

/* The kind of a file that is not of the kind that its reader expects: one of these two, a model of
 * another library, one of the kinds above, or text.  A noun phrase, or NULL. */
const char *bp_file_kind(struct slice start);

#endif
