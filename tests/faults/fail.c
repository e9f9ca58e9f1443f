/*
 * fail.c - a library to be preloaded, which lets the n-th call of one kind fail.
 *
 * Set in the environment:
 *	BP_FAULT	the kind of call: alloc, thread, lock, open, read, write, close, seek, sync,
 *			rename, remove, stat, mkdir; or file: all from open on but stat
 *	BP_FAULT_AT	which one fails, from 1 on; 0: none
 *	BP_FAULT_UNTIL	the last one that fails (default: only that one)
 *	BP_FAULT_ERRNO	the number of the error (default EIO); 0: a read gets one byte, and no error
 *	BP_FAULT_SIGNAL	instead, the process gets this signal there, and the call goes on
 *	BP_FAULT_DELAY	microseconds: about half of the calls that have to do with files, and of the
 *			moments after a file is opened, take up to so much longer, at random
 *	BP_FAULT_COUNT	the file to which the number of calls is written at the end
 *
 * Calls count from main() on, in all threads.  Files that the program opens, and its standard input
 * and output, become streams over functions of this library, so that a failing read or write is one
 * of the system under a buffer, not one of the program.  A write that fails has written half.
 *
 * For glibc: others do not let standard streams be exchanged.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <threads.h>
#include <unistd.h>

#ifdef __GLIBC__

void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t n);
void *__libc_memalign(size_t alignment, size_t n);

enum kind { NONE, ALLOC, THREAD, LOCK, OPEN, READ, WRITE, CLOSE, SEEK, SYNC, RENAME, REMOVE, STAT,
	    MKDIR, FILES };
static const char *const kind_name[] = { "", "alloc", "thread", "lock", "open", "read", "write",
					 "close", "seek", "sync", "rename", "remove", "stat",
					 "mkdir", "file" };

static struct {
	enum kind kind;
	unsigned long from, until;
	int error;		/* 0: short */
	int signal;
	unsigned long delay;
} fault;
static atomic_ulong calls;

/* Give other processes time between two calls of this one. */
static void wait_for_others(void)
{
	unsigned long r = fault.delay > 0 ? (unsigned long)rand() : 0;

	if (r % 2 != 0)
		usleep((useconds_t)(r / 2 % fault.delay));
}

/* Count a call; is it one of those? */
static bool is_met(enum kind kind)
{
	unsigned long n;

	if (kind >= OPEN)
		wait_for_others();
	if (kind != fault.kind && (fault.kind != FILES || kind < OPEN || kind == STAT))
		return false;
	n = atomic_fetch_add(&calls, 1) + 1;
	return n >= fault.from && n <= fault.until;
}

/* Has it to fail?  Then errno is set. */
static bool fails(enum kind kind)
{
	if (!is_met(kind))
		return false;
	if (fault.signal != 0)
		kill(getpid(), fault.signal);
	else
		errno = fault.error;
	return fault.signal == 0;
}

void *malloc(size_t n)
{
	return fails(ALLOC) ? NULL : __libc_malloc(n);
}

void *calloc(size_t n, size_t size)
{
	return fails(ALLOC) ? NULL : __libc_calloc(n, size);
}

void *realloc(void *p, size_t n)
{
	return fails(ALLOC) ? NULL : __libc_realloc(p, n);
}

void *aligned_alloc(size_t alignment, size_t n)
{
	return fails(ALLOC) ? NULL : __libc_memalign(alignment, n);
}

/* The function of this name that the program would have called. */
#define REAL(name) ((__typeof__(&name))(uintptr_t)dlsym(RTLD_NEXT, #name))

int thrd_create(thrd_t *t, thrd_start_t f, void *arg)
{
	return fails(THREAD) ? thrd_error : REAL(thrd_create)(t, f, arg);
}

int mtx_init(mtx_t *m, int type)
{
	return fails(LOCK) ? thrd_error : REAL(mtx_init)(m, type);
}

int cnd_init(cnd_t *c)
{
	return fails(LOCK) ? thrd_nomem : REAL(cnd_init)(c);
}

int fsync(int fd)
{
	return fails(SYNC) ? -1 : REAL(fsync)(fd);
}

int rename(const char *from, const char *to)
{
	return fails(RENAME) ? -1 : REAL(rename)(from, to);
}

int remove(const char *path)
{
	return fails(REMOVE) ? -1 : REAL(remove)(path);
}

int stat(const char *path, struct stat *st)
{
	return fails(STAT) ? -1 : REAL(stat)(path, st);
}

int mkdir(const char *path, mode_t mode)
{
	return fails(MKDIR) ? -1 : REAL(mkdir)(path, mode);
}

/* Streams that are ours, by their descriptor. */
enum { MOST_FILES = 1024 };
static FILE *file[MOST_FILES];

static ssize_t cookie_read(void *cookie, char *to, size_t n)
{
	int fd = (int)(intptr_t)cookie;

	if (fails(READ)) {
		if (fault.error != 0)
			return -1;
		n = n < 1 ? n : 1;
	}
	return read(fd, to, n);
}

static size_t write_all(int fd, const char *from, size_t n)
{
	size_t done;
	ssize_t k;

	for (done = 0; done < n; done += (size_t)k)
		if ((k = write(fd, from + done, n - done)) < 0)
			break;
	return done;
}

/* For glibc, a write of less than all is one that failed. */
static ssize_t cookie_write(void *cookie, const char *from, size_t n)
{
	int fd = (int)(intptr_t)cookie;
	size_t done = 0;

	if (is_met(WRITE)) {
		done = write_all(fd, from, n / 2);
		if (fault.signal == 0) {
			errno = fault.error;
			return (ssize_t)done;
		}
		kill(getpid(), fault.signal);
	}
	return (ssize_t)(done + write_all(fd, from + done, n - done));
}

static int cookie_seek(void *cookie, off64_t *offset, int whence)
{
	off64_t to;

	if (fails(SEEK))
		return -1;
	to = lseek64((int)(intptr_t)cookie, *offset, whence);
	if (to < 0)
		return -1;
	*offset = to;
	return 0;
}

static int cookie_close(void *cookie)
{
	int fd = (int)(intptr_t)cookie, closed;

	file[fd] = NULL;
	closed = close(fd);
	return fails(CLOSE) ? -1 : closed;
}

static FILE *stream(int fd, const char *mode)
{
	static const cookie_io_functions_t functions = {
		.read = cookie_read, .write = cookie_write, .seek = cookie_seek,
		.close = cookie_close
	};
	FILE *f;

	if (fd < 0 || fd >= MOST_FILES)
		return NULL;
	f = fopencookie((void *)(intptr_t)fd, mode, functions);
	file[fd] = f;
	return f;
}

static bool takes_streams(void)
{
	return fault.kind >= OPEN;
}

/* The name that open() has with _FILE_OFFSET_BITS=64; fopen() below uses the other one. */
int open64(const char *path, int flags, ...)
{
	mode_t mode = 0;
	va_list args;

	if ((flags & O_CREAT) != 0) {
		va_start(args, flags);
		mode = va_arg(args, mode_t);
		va_end(args);
	}
	return fails(OPEN) ? -1 : open(path, flags | O_LARGEFILE, mode);
}

FILE *fdopen(int fd, const char *mode)
{
	FILE *f;

	if (!takes_streams())
		return REAL(fdopen)(fd, mode);
	if ((f = stream(fd, mode)) == NULL)
		errno = ENOMEM;
	return f;
}

FILE *fopen(const char *path, const char *mode)
{
	bool plus = strchr(mode, '+') != NULL;
	int flags = plus ? O_RDWR : mode[0] == 'r' ? O_RDONLY : O_WRONLY;
	FILE *f;
	int fd;

	if (fails(OPEN))
		return NULL;
	if (!takes_streams())
		return REAL(fopen)(path, mode);
	if (mode[0] != 'r')
		flags |= O_CREAT | (mode[0] == 'a' ? O_APPEND : O_TRUNC);
	if (strchr(mode, 'x') != NULL)
		flags |= O_EXCL;
	if ((fd = open(path, flags, 0666)) < 0)
		return NULL;
	wait_for_others();
	if ((f = stream(fd, mode)) == NULL)
		close(fd);
	return f;
}

FILE *fopen64(const char *path, const char *mode)
{
	return fopen(path, mode);
}

int fileno(FILE *f)
{
	int fd;

	for (fd = 0; fd < MOST_FILES && takes_streams(); fd++)
		if (file[fd] == f)
			return fd;
	return REAL(fileno)(f);
}

static unsigned long number(const char *name, unsigned long otherwise)
{
	const char *s = getenv(name);

	return s != NULL ? strtoul(s, NULL, 10) : otherwise;
}

__attribute__((constructor)) static void begin(void)
{
	const char *s = getenv("BP_FAULT");
	int i;

	for (i = 1; s != NULL && i <= FILES; i++)
		if (strcmp(s, kind_name[i]) == 0)
			fault.kind = (enum kind)i;
	fault.from = number("BP_FAULT_AT", 0);
	fault.until = fault.from == 0 ? 0 : number("BP_FAULT_UNTIL", fault.from);
	fault.from = fault.from == 0 ? 1 : fault.from;
	fault.error = fault.kind == ALLOC ? ENOMEM : (int)number("BP_FAULT_ERRNO", EIO);
	fault.signal = (int)number("BP_FAULT_SIGNAL", 0);
	fault.delay = number("BP_FAULT_DELAY", 0);
	srand((unsigned)getpid());
	if (takes_streams() && fcntl(0, F_GETFD) >= 0)
		stdin = stream(0, "r");
	if (takes_streams() && fcntl(1, F_GETFD) >= 0)
		stdout = stream(1, "w");
	atomic_store(&calls, 0);
}

__attribute__((destructor)) static void end(void)
{
	const char *path = getenv("BP_FAULT_COUNT");
	char text[32];
	int fd, n;

	if (path == NULL || (fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666)) < 0)
		return;
	n = snprintf(text, sizeof(text), "%lu\n", atomic_load(&calls));
	if (write(fd, text, (size_t)n) != n)
		unlink(path);
	close(fd);
}

#endif
