/* messages.h - messages of fuzz targets, in place of cli/msg.c: nothing is printed. */
#ifndef BP_FUZZ_MESSAGES_H
#define BP_FUZZ_MESSAGES_H

/* Error messages since the caller last set it to 0. */
extern unsigned fuzz_errors;

#endif
