/* Messages and the progress line. */
#include "cli/msg.h"

#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct msg_settings msg;

/*
 * Seconds before the first report, so that short commands print nothing, and between reports on a
 * terminal and in a log.
 */
#define PROGRESS_FIRST 1.0
#define PROGRESS_LIVE 0.2
#define PROGRESS_LOG 10.0
#define LEAST_SHARE 0.01	/* of the work, before the time left is estimated */
enum { PROGRESS_LINE = 160 };

static struct {
	double begun;		/* time of the first call; 0 before it */
	double start, last;	/* time of the start of this phase; of the last line */
	double first_time, first_share;	/* of the first report with a share */
	int width;		/* columns of the live line, to be erased; 0: no live line */
} progress;

enum { SHORT = 500 };	/* bytes of a message that need no memory, which may be out */

/* One call prints the line, so that lines of several processes do not mix. */
static void print_line(const char *s)
{
	size_t n = strlen(s), need = bp_printable(s, n, NULL, 0);
	char fixed[SHORT], *room = need < sizeof(fixed) ? NULL : malloc(need + 1);

	bp_printable(s, n, room != NULL ? room : fixed, room != NULL ? need + 1 : sizeof(fixed));
	fprintf(stderr, "bytepiece: %s%s%s\n", msg.command != NULL ? msg.command : "",
		msg.command != NULL ? ": " : "", room != NULL ? room : fixed);
	free(room);
}

/* Format a message and print it; without memory its beginning. */
static void print_message(const char *fmt, va_list args)
{
	char fixed[SHORT], *room = NULL;
	va_list again;
	int n;

	msg_progress_end();
	va_copy(again, args);
	n = vsnprintf(fixed, sizeof(fixed), fmt, args);
	if (n >= (int)sizeof(fixed) && (room = malloc((size_t)n + 1)) != NULL)
		vsnprintf(room, (size_t)n + 1, fmt, again);
	va_end(again);
	print_line(room != NULL ? room : n >= 0 ? fixed : fmt);
	free(room);
}

int msg_print(const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = vfprintf(stderr, fmt, args);
	va_end(args);
	return n;
}

void msg_end_if_interrupted(void)
{
	if (bp_caught_signal() == 0)
		return;
	msg_progress_end();
	if (msg.before_signal != NULL)
		msg.before_signal();
	bp_raise(bp_caught_signal());
}

int msg_fail(const char *fmt, ...)
{
	va_list args;

	msg_end_if_interrupted();
	va_start(args, fmt);
	print_message(fmt, args);
	va_end(args);
	return EXIT_FAILED;
}

int msg_usage(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	print_message(fmt, args);
	va_end(args);
	fprintf(stderr, "Try 'bytepiece %s%s--help'.\n", msg.command != NULL ? msg.command : "",
		msg.command != NULL ? " " : "");
	return EXIT_USAGE;
}

void msg_explain(const char *fmt, ...)
{
	va_list args;

	if (!msg.verbose)
		return;
	va_start(args, fmt);
	print_message(fmt, args);
	va_end(args);
}

void msg_info(const char *fmt, ...)
{
	va_list args;

	if (msg.quiet)
		return;
	va_start(args, fmt);
	print_message(fmt, args);
	va_end(args);
}

double msg_seconds(void)
{
	struct timespec t;

	return timespec_get(&t, TIME_UTC) == TIME_UTC ? (double)t.tv_sec + 1e-9 * (double)t.tv_nsec
						       : 0;
}

const char *msg_bytes(uint64_t n, char text[32])
{
	static const char *const unit[] = { "B", "KB", "MB", "GB", "TB", "PB" };
	double v = (double)n;
	size_t i = 0;

	for (; v >= 1000 && i + 1 < sizeof(unit) / sizeof(unit[0]); i++)
		v /= 1000;
	snprintf(text, 32, i == 0 || v >= 100 ? "%.0f %s" : "%.1f %s", v, unit[i]);
	return text;
}

/* Format a duration as "3 s" or "12 min", rounded up: "0 s left" would be wrong. */
static const char *duration(double seconds, char text[32])
{
	double v = seconds < 100 ? 1 : seconds < 100 * 60 ? 60 : 3600;

	snprintf(text, 32, "%.0f %s", ceil(seconds / v), v < 60 ? "s" : v < 3600 ? "min" : "h");
	return text;
}

/* "12.3 MB of 32.0 MB, 8.1 MB/s, 3 s left"; a total of 0 is not known. */
static void format_amount(const bp_progress *p, double elapsed, char *line, size_t room)
{
	double rate = elapsed > 0 ? (double)p->done / elapsed : 0;
	bool bytes = strcmp(p->unit, "bytes") == 0;
	char done[32], total[32], speed[32];
	int n;

	if (bytes) {
		msg_bytes(p->done, done);
		msg_bytes(p->total, total);
		msg_bytes((uint64_t)rate, speed);
	} else {
		snprintf(done, sizeof(done), "%" PRIu64, p->done);
		snprintf(total, sizeof(total), "%" PRIu64 " %s", p->total, p->unit);
		snprintf(speed, sizeof(speed), "%.0f", rate);
	}
	n = snprintf(line, room, "%s%s%s, %s/s", done, p->total > 0 ? " of " : "",
		     p->total > 0 ? total : "", speed);
	if (n > 0 && (size_t)n < room && p->total > p->done && rate > 0)
		snprintf(line + n, room - (size_t)n, ", %s left",
			 duration((double)(p->total - p->done) / rate, done));
}

/* "41 % done, 12 s left".  A training that is resumed begins with a share of more than 0. */
static void format_share(double share, double now, char *line, size_t room)
{
	double done = share - progress.first_share;
	char left[32];
	int n = snprintf(line, room, "%d %% done", (int)(share * 100));

	if (n > 0 && (size_t)n < room && done > LEAST_SHARE)
		snprintf(line + n, room - (size_t)n, ", %s left",
			 duration((now - progress.first_time) * (1 - share) / done, left));
}

/* "step 2 of 3, fit the vocabulary: ..." */
static void format_progress(const bp_progress *p, double now, char *line, size_t room)
{
	int n = p->n_steps > 1 ? snprintf(line, room, "step %u of %u, %s: ", p->step, p->n_steps,
					  p->phase)
			       : snprintf(line, room, "%s: ", p->phase);

	if (n < 0 || (size_t)n >= room)
		return;
	if (p->share > 0)
		format_share(p->share, now, line + n, room - (size_t)n);
	else
		format_amount(p, now - progress.start, line + n, room - (size_t)n);
}

/* A line can be rewritten on a terminal that supports the carriage return. */
static bool is_live(void)
{
	const char *term = getenv("TERM");

	return bp_stderr_is_terminal() && (term == NULL || strcmp(term, "dumb") != 0);
}

unsigned msg_columns(void)
{
	const char *columns = getenv("COLUMNS");
	unsigned long n = columns != NULL ? strtoul(columns, NULL, 10) : 0;

	return n > 10 && n < UINT_MAX / 2 ? (unsigned)n : 80;
}

/* The longest live line: a wrapped line could not be erased with a carriage return. */
static int max_width(void)
{
	unsigned n = msg_columns();

	return (n < PROGRESS_LINE ? (int)n : 80) - 3;
}

/*
 * The library calls this often; times are compared first, so that most calls print nothing.  The
 * first line comes after PROGRESS_FIRST seconds of the whole command, not of a phase, so that many
 * short phases show progress too.
 */
void msg_progress(void *ctx, const bp_progress *p)
{
	double now = msg_seconds();
	bool live = is_live();
	char line[PROGRESS_LINE];
	int n;

	(void)ctx;
	if (msg.quiet || (msg.streams && live && bp_stdout_is_terminal()))
		return;
	if (p->done == 0)
		progress.start = now;
	if (progress.begun == 0)
		progress.begun = progress.last = now;
	if (p->share > 0 && progress.first_time == 0) {
		progress.first_time = now;
		progress.first_share = p->share;
	}
	/* Nothing is done yet: no rate and no share. */
	if (p->done == 0 && p->share <= 0)
		return;
	if (now - progress.begun < PROGRESS_FIRST ||
	    now - progress.last < (live ? PROGRESS_LIVE : PROGRESS_LOG))
		return;
	progress.last = now;
	format_progress(p, now, line, sizeof(line));
	if (live) {
		line[max_width()] = '\0';
		n = fprintf(stderr, "\r%-*s", progress.width, line);
		progress.width = n > 1 ? n - 1 : 0;
		fflush(stderr);
	} else {
		fprintf(stderr, "bytepiece: %s: %s\n", msg.command, line);
	}
}

void msg_progress_end(void)
{
	/* Two more columns: after Ctrl-C the terminal has written ^C behind the line. */
	if (progress.width > 0)
		fprintf(stderr, "\r%*s\r", progress.width + 2, "");
	progress.width = 0;
}
