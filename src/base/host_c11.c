/* The calls of host.h for other systems, in plain C11: harmless answers. */
#include "base/host_system.h"

#if !defined(BP_POSIX) && !defined(BP_WINDOWS)

#include <errno.h>
#include <stdlib.h>
#include <string.h>

unsigned bp_host_processors(void) { return 1; }
uint64_t bp_peak_memory(void) { return 0; }
bool bp_stdout_is_terminal(void) { return false; }
bool bp_stderr_is_terminal(void) { return false; }
uint64_t bp_host_file_size(const char *path) { (void)path; return 0; }
uint64_t bp_host_file_time(const char *path) { (void)path; return 0; }
bool bp_host_make_folder(const char *path, bool is_private)
{
	(void)path;
	(void)is_private;
	return false;
}

void bp_host_remove_folder(const char *path) { (void)path; }
bool bp_host_lock(FILE *f) { (void)f; return true; }
bool bp_host_is_at(FILE *f, const char *path) { (void)f; (void)path; return true; }
void bp_host_return_memory(void) { }
void bp_host_big_pages(void *p, size_t n) { (void)p; (void)n; }
bool bp_host_is_empty(FILE *f) { (void)f; return false; }
bool bp_host_sync(FILE *f) { (void)f; return true; }
uint64_t bp_host_file_number(const char *path) { (void)path; return 0; }
bool bp_host_same_file(const char *out, const char *in)
{
	return out != NULL && in != NULL && strcmp(out, in) == 0 &&
	       bp_host_kind(out) == BP_HOST_FILE;
}

/* A device must never be replaced by a file, and C11 cannot tell a device from a file. */
enum bp_host_kind bp_host_kind(const char *path)
{
	return strncmp(path, "/dev/", 5) == 0 ? BP_HOST_OTHER : BP_HOST_FILE;
}

char *bp_host_resolve(const char *path)
{
	size_t n = strlen(path) + 1;
	char *copy = malloc(n);

	if (copy == NULL)
		errno = ENOMEM;		/* the C standard does not say that malloc() sets it */
	return copy != NULL ? memcpy(copy, path, n) : NULL;
}

void bp_host_owner(char owner[BP_HOST_OWNER_ROOM]) { memcpy(owner, "0.0", 4); }
void bp_host_copy_access(FILE *f, const char *like) { (void)f; (void)like; }
void bp_host_remove_left(const char *folder, const char *prefix, bool of_all)
{
	(void)folder;
	(void)prefix;
	(void)of_all;
}

FILE *bp_host_create(const char *path, const char *mode, const char *like)
{
	char exclusive[8];

	(void)like;
	snprintf(exclusive, sizeof(exclusive), "%sx", mode);
	return fopen(path, exclusive);
}

/*
 * C11 cannot tell whether a descriptor is closed.  Three streams that stay open take the places of
 * all that are; on a host without this file they do not open, and nothing is changed.
 */
bool bp_open_standard_streams(void)
{
	static bool done;
	int i;

	for (i = 0; i < 3 && !done; i++)
		/* lint: leakReturnValNotUsed: they stay open */
		(void)fopen("/dev/null", "rb");
	done = true;
	return true;
}

void bp_catch_signals(void) { }
void bp_restore_signals(void) { }
int bp_caught_signal(void) { return 0; }
void bp_host_block_signals(bool block) { (void)block; }
void bp_raise(int sig) { (void)sig; }
bool bp_host_fill_random(void *p, size_t n) { (void)p; (void)n; return false; }

#endif
