/*
 * host_system.h - the kind of system, and names of temporary files: for host*.c alone.
 *
 * BP_POSIX: host_posix.c has the calls of host.h; BP_WINDOWS: host_windows.c; neither of them:
 * host_c11.c, with the harmless answers.  host.c has the part that all of them share.
 */
#ifndef BP_HOST_SYSTEM_H
#define BP_HOST_SYSTEM_H

#if !defined(BP_C11) && (defined(__unix__) || defined(__APPLE__))
#define BP_POSIX 1
#elif !defined(BP_C11) && defined(_WIN32)
#define BP_WINDOWS 1
#endif

#include "base/host.h"

#if defined(BP_POSIX) || defined(BP_WINDOWS)

/* The name of this host, or "". */
enum { BP_HOST_NAME_ROOM = 256 };
void bp_host_name(char name[BP_HOST_NAME_ROOM]);
/* The number of this process. */
long long bp_host_process(void);
/* True if no process of this host has the number. */
bool bp_host_has_ended(long long process);

/* Does a file name of bp_host_remove_left() belong to a process that has ended, as far as the name
 * tells? */
bool bp_host_is_left_name(const char *name, const char *prefix, bool of_all);

#endif

/* True if the system's own generator has filled n bytes, up to 256; else they have any value. */
bool bp_host_fill_random(void *p, size_t n);

#endif
