/* A message is formatted as cli/msg.c does it, so that a wrong format is found, and counted. */
#include "messages.h"

#include <stdarg.h>
#include <stdio.h>

#include "fuzz.h"

#include "cli/msg.h"

struct msg_settings msg;
unsigned fuzz_errors;

static void format(const char *fmt, va_list args)
{
	char line[1000];

	FUZZ_CHECK(vsnprintf(line, sizeof(line), fmt, args) > 0);
}

#define FORMAT(fmt) \
	do { va_list args_; va_start(args_, fmt); format(fmt, args_); va_end(args_); } while (0)
int msg_fail(const char *fmt, ...) { FORMAT(fmt); fuzz_errors++; return EXIT_FAILED; }
int msg_usage(const char *fmt, ...) { FORMAT(fmt); fuzz_errors++; return EXIT_USAGE; }
int msg_print(const char *fmt, ...) { FORMAT(fmt); return 0; }
void msg_explain(const char *fmt, ...) { FORMAT(fmt); }
void msg_info(const char *fmt, ...) { FORMAT(fmt); }
void msg_progress(void *ctx, const bp_progress *p) { (void)ctx; (void)p; }
void msg_progress_end(void) { }
void msg_end_if_interrupted(void) { }
unsigned msg_columns(void) { return 80; }
double msg_seconds(void) { return 0; }
const char *msg_bytes(uint64_t n, char text[32]) { (void)n; text[0] = '\0'; return text; }
