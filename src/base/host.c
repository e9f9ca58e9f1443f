/* POSIX where there is POSIX; this file alone goes beyond C11. */
#if !defined(BP_C11) && (defined(__unix__) || defined(__APPLE__))
#define BP_POSIX 1
/* The feature macro that opens POSIX.1-2008 with its extensions (realpath, sigaction). */
#define _XOPEN_SOURCE 700
#if defined(__linux__)
/* And this one what Linux has beyond: madvise. */
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

enum { MAX_LINKS = 40 };	/* in a row, as Linux has it */

unsigned bp_host_processors(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	return n < 1 ? 1 : n > 1024 ? 1024 : (unsigned)n;
}

uint64_t bp_peak_memory(void)
{
	struct rusage u;

	if (getrusage(RUSAGE_SELF, &u) != 0 || u.ru_maxrss < 0)
		return 0;
#ifdef __APPLE__
	return (uint64_t)u.ru_maxrss;
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

bool bp_host_sync(FILE *f)
{
	/* Some file systems have no sync to offer; that is not a failure to write. */
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
	/* It may hold other files, which is no reason to complain. */
	if (rmdir(path) != 0)
		errno = 0;
}

bool bp_host_lock(FILE *f)
{
	struct flock l = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	/* Where the file system has no locks, there is nothing to find out. */
	return fcntl(fileno(f), F_SETLK, &l) == 0 || (errno != EACCES && errno != EAGAIN);
}

void bp_host_return_memory(void)
{
#if defined(__GLIBC__)
	mallopt(M_MMAP_THRESHOLD, 256 * 1024);
	mallopt(M_TRIM_THRESHOLD, 1024 * 1024);
#endif
}

void bp_host_big_pages(void *p, size_t n)
{
#if defined(MADV_HUGEPAGE)
	/* A wish; it is no failure if it is not granted. */
	if (n > 0)
		(void)madvise(p, n, MADV_HUGEPAGE);
#else
	(void)p;
	(void)n;
#endif
}

/* Where the link 'path' points to, for free(); NULL if it is none, or with errno set. */
static char *read_link(const char *path)
{
	const char *slash = strrchr(path, '/');
	size_t folder = slash != NULL ? (size_t)(slash + 1 - path) : 0;
	char to[PATH_MAX], *full;
	ssize_t n = readlink(path, to, sizeof(to));

	if (n < 0 || (size_t)n == sizeof(to))
		return NULL;
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
		errno = 0;	/* not the owner: the default permissions have to do */
}

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

	sigemptyset(&sa.sa_mask);	/* no SA_RESTART: a blocked read has to come back */
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
bool bp_host_sync(FILE *f) { (void)f; return true; }
/* What lies under /dev must never be replaced by a file. */
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
