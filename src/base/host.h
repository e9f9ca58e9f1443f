/*
 * host.h - services of the operating system that C11 lacks: files, memory, processors, signals.
 *
 * host_posix.c, host_windows.c and host_c11.c define them, one of the three in each build, and
 * host.c a part for all; also the public calls of this kind (bytepiece_files.h): bp_peak_memory(),
 * bp_stdout_is_terminal(), bp_stderr_is_terminal(), bp_open_standard_streams(), bp_stream_error(),
 * bp_utf8_arguments(), bp_open_file(), bp_catch_signals(), bp_caught_signal() and bp_raise().
 *
 * Paths are bytes on POSIX, UTF-8 on Windows.  Files are opened, removed and renamed by the calls
 * here and by bp_open_file(): on Windows C's own calls do not know names in UTF-8.
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
/* Do an output and an input lead to one regular file, links followed?  NULL is standard output, or
 * standard input.  Else: are the paths equal? */
bool bp_host_same_file(const char *out, const char *in);
/* A number that tells a file from all others that are there with it; 0 if there is none; else 0. */
uint64_t bp_host_file_number(const char *path);
/* Size in bytes of the regular file that a path leads to; 0 if there is none; else 0. */
uint64_t bp_host_file_size(const char *path);
/* Time of the last change of a regular file in nanoseconds, comparable with other times of this
 * call only; 0 if there is no regular file; else 0. */
uint64_t bp_host_file_time(const char *path);
/* Make a folder, with the process's default access or, if 'is_private', one that only its owner may
 * enter.  False with errno set on failure; else false. */
bool bp_host_make_folder(const char *path, bool is_private);
/* Remove a folder if it is empty; else do nothing. */
void bp_host_remove_folder(const char *path);
/* As remove() and rename(), which replaces an existing file.  False with errno set on failure. */
bool bp_host_remove(const char *path);
bool bp_host_replace(const char *from, const char *to);
/* The folder of the file that a path leads to, for free(): "." if the path names none.  NULL if
 * memory is out. */
char *bp_host_folder(const char *path);
/* The folder for temporary files if TMPDIR names none: /tmp, on Windows that of the user. */
const char *bp_host_temp_folder(void);
/* Lock a file that is open for writing until it is closed or the process ends.  False if another
 * process has locked it; else true. */
bool bp_host_lock(FILE *f);
/* False if the path leads to another file than the open one now, or to none; else true. */
bool bp_host_is_at(FILE *f, const char *path);
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

/*
 * Temporary files.  Their names are PREFIX.HOST.PROCESS.NUMBER, so that files left by killed
 * processes of this host can be told from files that are in use.
 */
/* The middle of such names: "HOST.PROCESS"; else "0.0". */
enum { BP_HOST_OWNER_ROOM = 32 };
void bp_host_owner(char owner[BP_HOST_OWNER_ROOM]);
/*
 * Create a file that does not exist, open it with the mode of fopen() ("wb", "wb+"), and lock it as
 * bp_host_lock() does.  It has the access of the file 'like' from the start, as
 * bp_host_copy_access() gives it; if there is no such file, the process's default access; if 'like'
 * is NULL, access by its owner alone.  NULL with errno set on failure, EEXIST if the file exists;
 * else with the default access, and without a lock.
 */
FILE *bp_host_create(const char *path, const char *mode, const char *like);
/*
 * Give the file at 'f' the owner, group and permissions of the file 'like', as far as this process
 * may, if there is such a file.  Nobody but this process's user can then read or write the file at
 * 'f' who cannot read or write 'like'.  Else do nothing.
 */
void bp_host_copy_access(FILE *f, const char *like);
/*
 * Remove the temporary files "PREFIX.HOST.PROCESS.NUMBER" in a folder that killed processes have
 * left: the user's own regular files that no process has locked, with the name of this host and
 * of a process that has ended; with 'of_all', of any host and process but this one, for a folder
 * that only this process uses.  Errors are ignored.  Else do nothing.
 */
void bp_host_remove_left(const char *folder, const char *prefix, bool of_all);

/* Make free() return large blocks to the system at once, so that a ceiling of memory can be kept;
 * else do nothing. */
void bp_host_return_memory(void);
/* Ask for large pages for the n bytes at p, which this process will write soon; both p and n are
 * multiples of BP_HOST_BIG_PAGE.  Else do nothing. */
enum { BP_HOST_BIG_PAGE = 2 * 1024 * 1024 };
void bp_host_big_pages(void *p, size_t n);

/* Fill n bytes, up to 256, with random ones that no other process can know; else with ones that are
 * hard to guess. */
void bp_host_random(void *p, size_t n);

/*
 * Block the signals of bp_catch_signals() in the calling thread, or unblock them.  Threads inherit
 * the setting: workers start with these signals blocked, so that a signal interrupts a read of the
 * main thread.  Else do nothing.
 */
void bp_host_block_signals(bool block);

#endif
