/* note.h - lines that tell what a training does, for who asked for them. */
#ifndef BP_NOTE_H
#define BP_NOTE_H

#include "base/base.h"
#include "bytepiece_files.h"

void bp_train_note(const bp_train_options *o, const char *fmt, ...) BP_PRINTF(2, 3);

#endif
