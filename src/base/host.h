/*
 * host.h - the few things a program needs of its host that C11 does not have.
 *
 * Where the host lacks one of them (or the build asks for C11 alone, -DBP_C11), the answer is the
 * harmless one given with each.
 */
#ifndef BP_HOST_H
#define BP_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Processors this process may use; 1. */
unsigned bp_host_processors(void);
/* Largest resident size of this process so far, in bytes; 0. */
uint64_t bp_host_peak_memory(void);
/* Is the stream a terminal?  No. */
bool bp_host_is_terminal(FILE *f);
/* Force a stream's flushed bytes to the disk.  True; false with errno set on failure. */
bool bp_host_sync(FILE *f);

enum bp_host_kind { BP_HOST_ABSENT, BP_HOST_FILE, BP_HOST_DIRECTORY, BP_HOST_OTHER };
/* What a path leads to, links followed; BP_HOST_FILE, or OTHER under /dev. */
enum bp_host_kind bp_host_kind(const char *path);
/* The size of the file that a path leads to; 0, also where it is no file. */
uint64_t bp_host_file_size(const char *path);
/* When a file was last changed, in nanoseconds since some day; 0. */
uint64_t bp_host_file_time(const char *path);
/* Make a folder, which only its owner may enter; false with errno set.  False. */
bool bp_host_make_folder(const char *path);
/* Remove a folder if it is empty.  Nothing. */
void bp_host_remove_folder(const char *path);
/* Keep other processes from locking this file until it is closed or the process ends; false if one
 * has locked it.  True. */
bool bp_host_lock(FILE *f);
/* Have large blocks of memory go back to the system as soon as they are freed.  Nothing. */
void bp_host_return_memory(void);
/* Memory of n bytes, at an address that is a multiple of BP_HOST_BIG_PAGE as n is, is about to be
 * written to: let there be large pages, so that it is there at once.  Nothing. */
enum { BP_HOST_BIG_PAGE = 2 * 1024 * 1024 };
void bp_host_big_pages(void *p, size_t n);
/*
 * The path that opening 'path' to write leads to, links followed, whether or not there is a file
 * yet; for free().  NULL with errno set: no memory, or links in a circle.  A copy of the path.
 */
char *bp_host_resolve(const char *path);
/* Give 'to' the permissions of 'from', as far as possible. */
void bp_host_copy_mode(const char *from, const char *to);

/*
 * From this call on SIGINT, SIGTERM and SIGHUP set a flag instead of ending the process; the
 * library's long calls look at it and end with BP_EINTR.  Nothing.
 */
void bp_host_catch_signals(void);
/* The signal that was caught, or 0. */
int bp_host_signal(void);
/* Leave signals to the other threads: for workers, so that a read on the main thread is woken. */
void bp_host_block_signals(bool block);
/* End this process as that signal would have. */
void bp_host_raise(int sig);

#endif
