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

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/base.h"

#ifdef BP_POSIX

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#if defined(__linux__)
#include <sys/mman.h>
#include <sys/random.h>
#endif
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/utsname.h>
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

/* As stat(), or of a standard stream if the path is NULL. */
static bool stat_stream(const char *path, int standard, struct stat *st)
{
	return (path != NULL ? stat(path, st) : fstat(standard, st)) == 0;
}

bool bp_host_same_file(const char *out, const char *in)
{
	struct stat x, y;

	return stat_stream(out, STDOUT_FILENO, &x) && S_ISREG(x.st_mode) &&
	       stat_stream(in, STDIN_FILENO, &y) && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

uint64_t bp_host_file_number(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 ? (uint64_t)st.st_dev * 0x9e3779b97f4a7c15u + st.st_ino : 0;
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

/* The host by a checksum of its name, which is shorter and has no dots. */
static uint32_t host_number(void)
{
	uint32_t h = 2166136261u;	/* FNV-1a */
	struct utsname u;
	const char *s;

	if (uname(&u) != 0)
		return 0;
	for (s = u.nodename; *s != '\0'; s++)
		h = (h ^ (unsigned char)*s) * 16777619u;
	return h;
}

void bp_host_owner(char owner[BP_HOST_OWNER_ROOM])
{
	snprintf(owner, BP_HOST_OWNER_ROOM, "%08" PRIx32 ".%ld", host_number(), (long)getpid());
}

/*
 * First the owner and the group, then the permissions: as long as the file has another group, that
 * group must not get what belongs to the group of 'like'.
 */
static void copy_access(int fd, const struct stat *like)
{
	mode_t mode = like->st_mode & 0777, both;
	struct stat now;

	if (fstat(fd, &now) != 0)
		return;
	if ((now.st_uid != like->st_uid || now.st_gid != like->st_gid) &&
	    fchown(fd, like->st_uid, like->st_gid) != 0 &&
	    fchown(fd, (uid_t)-1, like->st_gid) != 0)
		errno = 0;	/* not allowed: the owner stays that of this process */
	if (fstat(fd, &now) != 0)
		return;
	/* Members of either group may then do only what group and others could do. */
	if (now.st_gid != like->st_gid) {
		both = (mode >> 3) & mode & 7;
		mode = (mode & 0700) | both << 3 | both;
	}
	if ((now.st_mode & 0777) != mode && fchmod(fd, mode) != 0)
		errno = 0;
}

void bp_host_copy_access(FILE *f, const char *like)
{
	struct stat st;

	if (stat(like, &st) == 0 && S_ISREG(st.st_mode))
		copy_access(fileno(f), &st);
}

FILE *bp_host_create(const char *path, const char *mode, const char *like)
{
	struct stat st;
	bool is_like = like != NULL && stat(like, &st) == 0 && S_ISREG(st.st_mode);
	mode_t access = like == NULL ? 0600 : is_like ? st.st_mode & 0600 : 0666;
	int flags = O_CREAT | O_EXCL | (strchr(mode, '+') != NULL ? O_RDWR : O_WRONLY);
	int fd = open(path, flags, access), reason;
	FILE *f;

	if (fd < 0)
		return NULL;
	if (is_like)
		copy_access(fd, &st);
	if ((f = fdopen(fd, mode)) != NULL) {
		(void)bp_host_lock(f);
		return f;
	}
	reason = errno;
	close(fd);
	remove(path);
	errno = reason;
	return NULL;
}

/* The number that s begins with, in base 10 or 16, and *s behind it and the dot or NUL there; -1 if
 * that is not so. */
static long long number_before(const char **s, int base, char end)
{
	long long n;
	char *stop;

	if (strspn(*s, "0123456789abcdef") == 0)
		return -1;
	n = strtoll(*s, &stop, base);
	if (*stop != end)
		return -1;
	*s = stop + (end != '\0');
	return n;
}

/* Is this the name of a temporary file of another process that has ended, as far as names tell? */
static bool is_name_of_ended(const char *name, const char *prefix, bool of_all)
{
	size_t n = strlen(prefix);
	long long host, pid;

	if (strncmp(name, prefix, n) != 0 || name[n] != '.')
		return false;
	name += n + 1;
	host = number_before(&name, 16, '.');
	pid = number_before(&name, 10, '.');
	if (host < 0 || pid < 0 || number_before(&name, 10, '\0') < 0)
		return false;
	if (host != (long long)host_number())
		return of_all;
	if (pid == 0 || (pid_t)pid != pid || (pid_t)pid == getpid())
		return false;
	return of_all || (kill((pid_t)pid, 0) != 0 && errno == ESRCH);
}

/*
 * A process in another container can have this host's name, and process numbers of its own: its
 * lock protects its file.  O_NONBLOCK: a pipe of such a name must not block.
 */
static bool is_left(const char *path)
{
	struct flock l = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
	struct stat st;
	bool left;

	if (fd < 0)
		return false;
	left = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	       (st.st_uid == geteuid() || geteuid() == 0) &&
	       fcntl(fd, F_GETLK, &l) == 0 && l.l_type == F_UNLCK;
	close(fd);
	return left;
}

void bp_host_remove_left(const char *folder, const char *prefix, bool of_all)
{
	DIR *d = opendir(folder);
	struct dirent *e;
	size_t room;
	char *path;

	while (d != NULL && (e = readdir(d)) != NULL) {
		if (!is_name_of_ended(e->d_name, prefix, of_all))
			continue;
		room = strlen(folder) + strlen(e->d_name) + 2;
		if ((path = malloc(room)) == NULL)
			break;
		snprintf(path, room, "%s/%s", folder, e->d_name);
		if (is_left(path))
			remove(path);
		free(path);
	}
	if (d != NULL)
		closedir(d);
	errno = 0;
}

/* open() takes the lowest descriptor that is free, and those below fd are open. */
static bool open_standard(int fd)
{
	int got;

	if (fcntl(fd, F_GETFD) >= 0 || errno != EBADF)
		return true;
	/* Output is for reading only, so that writing fails and no result is lost in silence. */
	got = open("/dev/null", fd == STDERR_FILENO ? O_WRONLY : O_RDONLY);
	if (got < 0)
		got = open("/", O_RDONLY);	/* a root folder without devices */
	if (got >= 0 && got != fd)
		close(got);
	return got == fd;
}

bool bp_open_standard_streams(void)
{
	return open_standard(STDIN_FILENO) && open_standard(STDOUT_FILENO) &&
	       open_standard(STDERR_FILENO);
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
int bp_caught_signal(void) { return 0; }
void bp_host_block_signals(bool block) { (void)block; }
void bp_raise(int sig) { (void)sig; }

#endif

/* What differs from process to process in C11 alone: the time, and where memory is. */
static void guess_random(unsigned char *p, size_t n)
{
	struct timespec now = { 0 };
	uint64_t x, address = (uint64_t)(uintptr_t)&now;
	void *block = malloc(64);
	size_t i;

	(void)timespec_get(&now, TIME_UTC);
	x = bp_mix((uint64_t)now.tv_sec ^ (uint64_t)now.tv_nsec << 32);
	x = bp_mix(x ^ address) + (uint64_t)clock();
	/* lint: uninitdata: the address of the block counts, not its content */
	x = bp_mix(x ^ (uint64_t)(uintptr_t)block);
	free(block);
	for (i = 0; i < n; i++) {
		x = bp_mix(x + 0x9e3779b97f4a7c15u);
		p[i] ^= (unsigned char)x;
	}
}

void bp_host_random(void *p, size_t n)
{
	int before = errno;	/* a failure here is no fault of a file of the caller's */
	FILE *f;

	memset(p, 0, n);
#if defined(BP_POSIX) && defined(__linux__)
	if (getrandom(p, n, GRND_NONBLOCK) == (ssize_t)n)
		return;
#endif
	/* Every POSIX host has the device; elsewhere there is no such file. */
	if ((f = fopen("/dev/urandom", "rb")) != NULL) {
		setvbuf(f, NULL, _IONBF, 0);
		if (fread(p, 1, n, f) == n) {
			fclose(f);
			return;
		}
		fclose(f);
	}
	errno = before;
	guess_random(p, n);
}
