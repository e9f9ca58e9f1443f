/* msg.h - what the program says on standard error: the only writer to it. */
#ifndef BP_CLI_MSG_H
#define BP_CLI_MSG_H

#include "bytepiece_files.h"

enum { EXIT_OK = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

#if defined(__GNUC__)
#define MSG_PRINTF __attribute__((format(printf, 1, 2)))
#else
#define MSG_PRINTF
#endif

/* -q and -v, and the command's name for messages; NULL before there is one. */
struct msg_settings {
	const char *command;
	bool quiet, verbose;
	bool streams;		/* results go to standard output as they come */
};
extern struct msg_settings msg;

/* "bytepiece: COMMAND: ..." and a newline; returns EXIT_FAILED. */
int msg_fail(const char *fmt, ...) MSG_PRINTF;
/* The same with a hint at --help; returns EXIT_USAGE. */
int msg_usage(const char *fmt, ...) MSG_PRINTF;
/* The same line if -v. */
void msg_explain(const char *fmt, ...) MSG_PRINTF;
/* A line of a summary, unless -q. */
void msg_info(const char *fmt, ...) MSG_PRINTF;

/* For bp_input: a live line on a terminal, unless results come there too, which show as much; else a
 * line every ten seconds. */
void msg_progress(void *ctx, const bp_progress *p);
/* Take the live line away, before anything else is printed. */
void msg_progress_end(void);

/* What a line of the terminal has room for: COLUMNS, or 80. */
unsigned msg_columns(void);

/* Wall time in seconds, for differences. */
double msg_seconds(void);
/* A number of bytes for people, such as "1.5 MB"; 'text' holds it. */
const char *msg_bytes(uint64_t n, char text[32]);

#endif
