/*
 * host.h - services of the operating system that C11 lacks: files, memory, processors, signals.
 *
 * host.c also defines the calls of this kind that are public (bytepiece_files.h): bp_peak_memory(),
 * bp_stdout_is_terminal(), bp_stderr_is_terminal(), bp_catch_signals(), bp_caught_signal() and
 * bp_raise().
 *
 * Where the host lacks a service, or the build restricts itself to C11 (-DBP_C11), a call gives the
 * harmless answer that stands after "else" in its comment.  All calls may be made from any thread.
 */
#ifndef BP_HOST_H
#define BP_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "bytepiece_files.h"

/* Number of processors that this process may use, 1 to 1024; else 1. */
unsigned bp_host_processors(void);

/* Kind of the file that a path leads to, links followed; else BP_HOST_OTHER below /dev and
 * BP_HOST_FILE elsewhere. */
enum bp_host_kind { BP_HOST_ABSENT, BP_HOST_FILE, BP_HOST_DIRECTORY, BP_HOST_OTHER };
enum bp_host_kind bp_host_kind(const char *path);
/* Size in bytes of the regular file that a path leads to; 0 if there is none; else 0. */
uint64_t bp_host_file_size(const char *path);
/* Time of the last change of a regular file in nanoseconds, comparable with other times of this
 * call only; 0 if there is no regular file; else 0. */
uint64_t bp_host_file_time(const char *path);
/* Make a folder that only its owner may enter.  False with errno set on failure; else false. */
bool bp_host_make_folder(const char *path);
/* Remove a folder if it is empty; else do nothing. */
void bp_host_remove_folder(const char *path);
/* Lock a file that is open for writing until it is closed or the process ends.  False if another
 * process has locked it; else true. */
bool bp_host_lock(FILE *f);
/* True if a stream for writing can be written again from its start: no file with content, and not
 * open for appending. */
bool bp_host_is_empty(FILE *f);
/* Force a stream's flushed bytes to the disk.  False with errno set on failure; else true. */
bool bp_host_sync(FILE *f);
/*
 * The path that opening 'path' for writing leads to, links followed, whether or not the file
 * exists; for free().  NULL with errno set if memory is out or the links form a circle; else a
 * copy.
 */
char *bp_host_resolve(const char *path);
/* Give 'to' the permissions of 'from', as far as this process may; else do nothing. */
void bp_host_copy_mode(const char *from, const char *to);

/* Make free() return large blocks to the system at once, so that a ceiling of memory can be kept;
 * else do nothing. */
void bp_host_return_memory(void);
/* Ask for large pages for the n bytes at p, which this process will write soon; both p and n are
 * multiples of BP_HOST_BIG_PAGE.  Else do nothing. */
enum { BP_HOST_BIG_PAGE = 2 * 1024 * 1024 };
void bp_host_big_pages(void *p, size_t n);

/*
 * Block the signals of bp_catch_signals() in the calling thread, or unblock them.  Threads inherit
 * the setting: workers start with these signals blocked, so that a signal interrupts a read of the
 * main thread.  Else do nothing.
 */
void bp_host_block_signals(bool block);

#endif
