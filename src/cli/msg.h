/*
 * msg.h - messages, summaries and progress lines on standard error.
 *
 * No other file writes to standard error (tests/tree/style.sh), so that a live progress line is
 * always erased first.  A message is one line without control characters, whatever its arguments
 * hold.  Only the main thread prints.
 */
#ifndef BP_CLI_MSG_H
#define BP_CLI_MSG_H

#include "bytepiece_files.h"

enum { EXIT_OK = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

#if defined(__GNUC__)
#define MSG_PRINTF __attribute__((format(printf, 1, 2)))
#else
#define MSG_PRINTF
#endif

/* The settings of messages; main() and the options set them. */
struct msg_settings {
	const char *command;	/* its name, NULL before the command is known */
	bool quiet, verbose;	/* -q, -v */
	bool streams;		/* results go to standard output during the work */
	void (*before_signal)(void);	/* called before a signal ends the process, or NULL */
};
extern struct msg_settings msg;

/* An error message: "bytepiece: COMMAND: ..." and a newline.  Returns EXIT_FAILED. */
int msg_fail(const char *fmt, ...) MSG_PRINTF;
/* End the process by the signal that was caught, if there was one: loops of the program ask.
 * msg_fail() does so too, because work that a signal ended fails in many ways. */
void msg_end_if_interrupted(void);
/* An error message, followed by a hint at --help.  Returns EXIT_USAGE. */
int msg_usage(const char *fmt, ...) MSG_PRINTF;
/* A line of that form, printed with -v only. */
void msg_explain(const char *fmt, ...) MSG_PRINTF;
/* A line of a summary, printed unless -q is given. */
void msg_info(const char *fmt, ...) MSG_PRINTF;

/* Print constant text as it is, like printf(). */
int msg_print(const char *fmt, ...) MSG_PRINTF;

/*
 * Progress, called by the library (bp_input.progress): on a terminal a line that is rewritten, in a
 * log a line every ten seconds.  Prints nothing with -q, or on a terminal that shows results too.
 */
void msg_progress(void *ctx, const bp_progress *p);
/* Erase the live line.  Call it before printing to a terminal. */
void msg_progress_end(void);

/* The width of the terminal: COLUMNS, or 80. */
unsigned msg_columns(void);

/* Wall-clock time in seconds, for differences. */
double msg_seconds(void);
/* Format a number of bytes as "1.5 MB" (powers of 1000) in 'text', and return 'text'. */
const char *msg_bytes(uint64_t n, char text[32]);

#endif
