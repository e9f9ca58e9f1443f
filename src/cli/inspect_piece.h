/* inspect_piece.h - description of one piece or special token of a model. */
#ifndef BP_CLI_INSPECT_PIECE_H
#define BP_CLI_INSPECT_PIECE_H

#include "bytepiece_files.h"

/*
 * Print the description of the piece or special token 'text', which has the escapes of
 * bp_piece_text(); as JSON if 'json'.  Returns an exit status; a message is printed on failure.
 */
int inspect_piece(const bp_model *m, const char *text, bool json);
/* The description of an id of the vocabulary. */
int inspect_id(const bp_model *m, uint32_t id, bool json);

#endif
