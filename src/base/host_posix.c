/* The calls of host.h on POSIX.1-2008 systems, with a few calls of Linux, glibc and macOS. */
#if defined(__APPLE__)
/* Makes the headers declare all calls of macOS beside POSIX. */
#define _DARWIN_C_SOURCE
#elif !defined(__FreeBSD__) && !defined(__NetBSD__) && !defined(__OpenBSD__) && \
	!defined(__DragonFly__)
/* Makes the headers declare POSIX.1-2008 with its extensions (readlink, sigaction); the BSDs
 * declare all calls if nothing is defined, and else hide sysconf()'s processors. */
#define _XOPEN_SOURCE 700
#if defined(__linux__)
/* Makes the headers declare madvise(), too. */
#define _DEFAULT_SOURCE
#endif
#endif

#include "base/host_system.h"

#ifdef BP_POSIX

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
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

#include "base/base.h"

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

	return stat(path, &st) == 0 ? (uint64_t)st.st_dev * BP_GOLDEN + st.st_ino : 0;
}

uint64_t bp_host_file_size(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0;
}

static uint64_t nanoseconds(struct timespec t)
{
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

uint64_t bp_host_file_time(const char *path)
{
	struct stat st;

	if (stat(path, &st) != 0 || !S_ISREG(st.st_mode))
		return 0;
#ifdef __APPLE__
	return nanoseconds(st.st_mtimespec);
#else
	return nanoseconds(st.st_mtim);
#endif
}

bool bp_host_make_folder(const char *path, bool is_private)
{
	return mkdir(path, is_private ? 0700 : 0777) == 0;
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

bool bp_host_is_at(FILE *f, const char *path)
{
	struct stat x, y;

	return fstat(fileno(f), &x) == 0 && stat(path, &y) == 0 && x.st_dev == y.st_dev &&
	       x.st_ino == y.st_ino;
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

void bp_host_name(char name[BP_HOST_NAME_ROOM])
{
	struct utsname u;

	snprintf(name, BP_HOST_NAME_ROOM, "%s", uname(&u) == 0 ? u.nodename : "");
}

long long bp_host_process(void)
{
	return getpid();
}

bool bp_host_has_ended(long long process)
{
	pid_t pid = (pid_t)process;

	return pid == process && kill(pid, 0) != 0 && errno == ESRCH;
}

/*
 * First the owner and the group, then the permissions: as long as the file has another group, that
 * group must not get what belongs to the group of 'like'.
 */
static void copy_access(int fd, const struct stat *like)
{
	unsigned mode = like->st_mode & 0777, both;
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
	if ((now.st_mode & 0777) != mode && fchmod(fd, (mode_t)mode) != 0)
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
		if (!bp_host_is_left_name(e->d_name, prefix, of_all))
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

/* The only variables of the library that are not constant: a signal concerns the whole process. */
static volatile sig_atomic_t caught;
/* The last one is ignored, so that a write beyond "ulimit -f" fails with a reason. */
enum { N_CAUGHT = 3, N_REPLACED };
static const int replaced_signals[N_REPLACED] = { SIGINT, SIGTERM, SIGHUP, SIGXFSZ };
static struct sigaction former[N_REPLACED];	/* before bp_catch_signals() */
static bool is_replaced[N_REPLACED];

static void note_signal(int sig)
{
	caught = sig;
}

void bp_catch_signals(void)
{
	struct sigaction sa = { .sa_flags = 0 }, old;
	size_t i;

	caught = 0;
	/* Without SA_RESTART, so that a signal ends a blocked read. */
	sigemptyset(&sa.sa_mask);
	/* An ignored signal stays ignored: nohup, and shells for background jobs, rely on that. */
	for (i = 0; i < N_REPLACED; i++) {
		sa.sa_handler = i < N_CAUGHT ? note_signal : SIG_IGN;
		if (!is_replaced[i] && sigaction(replaced_signals[i], NULL, &old) == 0 &&
		    old.sa_handler != SIG_IGN && sigaction(replaced_signals[i], &sa, NULL) == 0) {
			former[i] = old;
			is_replaced[i] = true;
		}
	}
}

void bp_restore_signals(void)
{
	size_t i;

	for (i = 0; i < N_REPLACED; i++)
		if (is_replaced[i])
			sigaction(replaced_signals[i], &former[i], NULL);
	memset(is_replaced, 0, sizeof(is_replaced));
	caught = 0;
}

int bp_caught_signal(void)
{
	return (int)caught;
}

void bp_host_block_signals(bool block)
{
	sigset_t set;
	size_t i;

	sigemptyset(&set);
	for (i = 0; i < N_CAUGHT; i++)
		sigaddset(&set, replaced_signals[i]);
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

bool bp_host_fill_random(void *p, size_t n)
{
#if defined(__linux__)
	return getrandom(p, n, GRND_NONBLOCK) == (ssize_t)n;
#else
	(void)p;
	(void)n;
	return false;
#endif
}

#endif
