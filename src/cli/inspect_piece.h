/* inspect_piece.h - what a model says of one piece or special token. */
#ifndef BP_CLI_INSPECT_PIECE_H
#define BP_CLI_INSPECT_PIECE_H

#include "bytepiece_files.h"

/* 'text' is as bp_piece_text() writes pieces.  Returns an exit status. */
int inspect_piece(const bp_model *m, const char *text);

#endif
