/*
 * The only file that uses more than C11: POSIX.1-2008, and a few calls of Linux and glibc.  The
 * second half defines each call for hosts without POSIX, with the harmless answers that host.h
 * gives.
 */
#if !defined(BP_C11) && (defined(__unix__) || defined(__APPLE__))
#define BP_POSIX 1
/* Makes the headers declare POSIX.1-2008 with its extensions (readlink, sigaction). */
#define _XOPEN_SOURCE 700
#if defined(__linux__)
/* Makes the headers declare madvise(), too. */
#define _DEFAULT_SOURCE
#endif
#endif

#include "base/host.h"

#ifdef BP_POSIX

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#if defined(__linux__)
#include <sys/mman.h>
#endif
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#if defined(__GLIBC__)
#include <malloc.h>
#endif

enum { MAX_LINKS = 40 };	/* the longest chain of symbolic links that Linux follows */

unsigned bp_host_processors(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	/* -1 is a failure; the upper limit keeps arrays by worker small on any answer. */
	return n < 1 ? 1 : n > 1024 ? 1024 : (unsigned)n;
}

/* The resident size: memory that was allocated and never used does not count. */
uint64_t bp_peak_memory(void)
{
	struct rusage u;

	if (getrusage(RUSAGE_SELF, &u) != 0 || u.ru_maxrss < 0)
		return 0;
#ifdef __APPLE__
	return (uint64_t)u.ru_maxrss;	/* macOS counts bytes, others kilobytes */
#else
	return (uint64_t)u.ru_maxrss * 1024;
#endif
}

bool bp_stdout_is_terminal(void)
{
	return isatty(STDOUT_FILENO) == 1;
}

bool bp_stderr_is_terminal(void)
{
	return isatty(STDERR_FILENO) == 1;
}

bool bp_host_is_empty(FILE *f)
{
	int flags = fcntl(fileno(f), F_GETFL);
	struct stat st;

	return flags >= 0 && (flags & O_APPEND) == 0 && fstat(fileno(f), &st) == 0 &&
	       (!S_ISREG(st.st_mode) || st.st_size == 0);
}

bool bp_host_sync(FILE *f)
{
	/* Pipes and some file systems do not support fsync(): that is no failure to write. */
	return fsync(fileno(f)) == 0 || errno == EINVAL || errno == ENOTSUP || errno == ENOSYS;
}

enum bp_host_kind bp_host_kind(const char *path)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return BP_HOST_ABSENT;
	return S_ISREG(st.st_mode) ? BP_HOST_FILE
	     : S_ISDIR(st.st_mode) ? BP_HOST_DIRECTORY : BP_HOST_OTHER;
}

uint64_t bp_host_file_size(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0;
}

uint64_t bp_host_file_time(const char *path)
{
	struct stat st;

	if (stat(path, &st) != 0 || !S_ISREG(st.st_mode))
		return 0;
	return (uint64_t)st.st_mtim.tv_sec * 1000000000u + (uint64_t)st.st_mtim.tv_nsec;
}

bool bp_host_make_folder(const char *path)
{
	return mkdir(path, 0700) == 0;
}

void bp_host_remove_folder(const char *path)
{
	/* A folder that holds other files stays; the caller must not report that as an error. */
	if (rmdir(path) != 0)
		errno = 0;
}

/* POSIX record locks: the system removes them when the process ends, however that happens. */
bool bp_host_lock(FILE *f)
{
	struct flock l = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	/*
	 * A file system without locks cannot tell; then the file counts as locked by this process.
	 */
	return fcntl(fileno(f), F_SETLK, &l) == 0 || (errno != EACCES && errno != EAGAIN);
}

void bp_host_return_memory(void)
{
#if defined(__GLIBC__)
	/* glibc raises both limits as blocks are freed, and then keeps large blocks for reuse. */
	mallopt(M_MMAP_THRESHOLD, 256 * 1024);
	mallopt(M_TRIM_THRESHOLD, 1024 * 1024);
#endif
}

void bp_host_big_pages(void *p, size_t n)
{
#if defined(MADV_HUGEPAGE)
	/* A hint: without large pages the memory works as well. */
	if (n > 0)
		(void)madvise(p, n, MADV_HUGEPAGE);
#else
	(void)p;
	(void)n;
#endif
}

/* The target of the symbolic link 'path', for free().  NULL with errno set if 'path' is no link or
 * memory is out. */
static char *read_link(const char *path)
{
	const char *slash = strrchr(path, '/');
	size_t folder = slash != NULL ? (size_t)(slash + 1 - path) : 0;
	char to[PATH_MAX], *full;
	ssize_t n = readlink(path, to, sizeof(to));

	if (n < 0 || (size_t)n == sizeof(to))
		return NULL;
	/* A relative target is relative to the folder of the link. */
	if (n > 0 && to[0] == '/')
		folder = 0;
	if ((full = malloc(folder + (size_t)n + 1)) == NULL)
		return NULL;
	memcpy(full, path, folder);
	memcpy(full + folder, to, (size_t)n);
	full[folder + (size_t)n] = '\0';
	return full;
}

char *bp_host_resolve(const char *path)
{
	char *at = strdup(path), *next;
	int i;

	for (i = 0; at != NULL && i < MAX_LINKS; i++) {
		errno = 0;
		next = read_link(at);
		if (next == NULL && errno != ENOMEM)
			return at;
		free(at);
		at = next;
	}
	free(at);
	errno = i == MAX_LINKS ? ELOOP : ENOMEM;
	return NULL;
}

void bp_host_copy_mode(const char *from, const char *to)
{
	struct stat st;

	if (stat(from, &st) == 0 && chmod(to, st.st_mode & 0777) != 0)
		errno = 0;	/* not the owner: the default permissions stay */
}

/* The only variable of the library that is not constant: a signal concerns the whole process. */
static volatile sig_atomic_t caught;
static const int caught_signals[] = { SIGINT, SIGTERM, SIGHUP };
#define N_CAUGHT (sizeof(caught_signals) / sizeof(caught_signals[0]))

static void note_signal(int sig)
{
	caught = sig;
}

void bp_catch_signals(void)
{
	struct sigaction sa = { .sa_handler = note_signal }, old;
	size_t i;

	/* Without SA_RESTART, so that a signal ends a blocked read. */
	sigemptyset(&sa.sa_mask);
	/* An ignored signal stays ignored: nohup, and shells for background jobs, rely on that. */
	for (i = 0; i < N_CAUGHT; i++)
		if (sigaction(caught_signals[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
			sigaction(caught_signals[i], &sa, NULL);
}

int bp_caught_signal(void)
{
	return caught;
}

void bp_host_block_signals(bool block)
{
	sigset_t set;
	size_t i;

	sigemptyset(&set);
	for (i = 0; i < N_CAUGHT; i++)
		sigaddset(&set, caught_signals[i]);
	pthread_sigmask(block ? SIG_BLOCK : SIG_UNBLOCK, &set, NULL);
}

void bp_raise(int sig)
{
	struct sigaction sa = { .sa_handler = SIG_DFL };

	/* The default action, so that the parent process sees an end by this signal. */
	sigemptyset(&sa.sa_mask);
	sigaction(sig, &sa, NULL);
	raise(sig);
}

#else

#include <errno.h>
#include <stdlib.h>
#include <string.h>

unsigned bp_host_processors(void) { return 1; }
uint64_t bp_peak_memory(void) { return 0; }
bool bp_stdout_is_terminal(void) { return false; }
bool bp_stderr_is_terminal(void) { return false; }
uint64_t bp_host_file_size(const char *path) { (void)path; return 0; }
uint64_t bp_host_file_time(const char *path) { (void)path; return 0; }
bool bp_host_make_folder(const char *path) { (void)path; return false; }
void bp_host_remove_folder(const char *path) { (void)path; }
bool bp_host_lock(FILE *f) { (void)f; return true; }
void bp_host_return_memory(void) { }
void bp_host_big_pages(void *p, size_t n) { (void)p; (void)n; }
bool bp_host_is_empty(FILE *f) { (void)f; return false; }
bool bp_host_sync(FILE *f) { (void)f; return true; }
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

void bp_host_copy_mode(const char *from, const char *to) { (void)from; (void)to; }
void bp_catch_signals(void) { }
int bp_caught_signal(void) { return 0; }
void bp_host_block_signals(bool block) { (void)block; }
void bp_raise(int sig) { (void)sig; }

#endif
