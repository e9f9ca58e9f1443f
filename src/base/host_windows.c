/*
 * The calls of host.h on Windows 7 and newer, with the C library UCRT.
 *
 * Names are UTF-8 in the whole program, whatever the code page of the process is: all calls here
 * convert them and use the wide functions of the system.
 */
#include "base/host_system.h"

#ifdef BP_WINDOWS

/* Makes the header declare rand_s(). */
#define _CRT_RAND_S
#define WIN32_LEAN_AND_MEAN
#include <windows.h>

#include <corecrt_startup.h>
#include <direct.h>
#include <errno.h>
#include <fcntl.h>
#include <io.h>
#include <psapi.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

enum { FD_INPUT, FD_OUTPUT, FD_ERRORS };	/* descriptors of the standard streams */

/*
 * 's' as UTF-16, for free(); NULL with errno set if memory is out.  A name that is not UTF-8 comes
 * from a caller that knows the code page only.
 */
static wchar_t *wide(const char *s)
{
	UINT page = CP_UTF8;
	int n = MultiByteToWideChar(page, MB_ERR_INVALID_CHARS, s, -1, NULL, 0);
	wchar_t *w;

	if (n == 0) {
		page = CP_ACP;
		n = MultiByteToWideChar(page, 0, s, -1, NULL, 0);
	}
	if (n == 0 || (w = malloc((size_t)n * sizeof(*w))) == NULL) {
		errno = n == 0 ? EILSEQ : ENOMEM;
		return NULL;
	}
	MultiByteToWideChar(page, 0, s, -1, w, n);
	return w;
}

/* 'w' as UTF-8, for free(); NULL if memory is out. */
static char *utf8(const wchar_t *w)
{
	int n = WideCharToMultiByte(CP_UTF8, 0, w, -1, NULL, 0, NULL, NULL);
	char *s = n > 0 ? malloc((size_t)n) : NULL;

	if (s != NULL)
		WideCharToMultiByte(CP_UTF8, 0, w, -1, s, n, NULL, NULL);
	return s;
}

/* The errno for the last error of the system. */
static int error_number(void)
{
	switch (GetLastError()) {
	case ERROR_FILE_NOT_FOUND:
	case ERROR_PATH_NOT_FOUND:
		return ENOENT;
	case ERROR_ACCESS_DENIED:
	case ERROR_SHARING_VIOLATION:
	case ERROR_LOCK_VIOLATION:
		return EACCES;
	case ERROR_NOT_ENOUGH_MEMORY:
		return ENOMEM;
	case ERROR_DISK_FULL:
		return ENOSPC;
	default:
		return EIO;
	}
}

/* The errno of POSIX for a path that cannot be opened for the reason 'e'. */
static int path_error(const char *path, int e)
{
	char *folder;

	if (e == EACCES && bp_host_kind(path) == BP_HOST_DIRECTORY)
		return EISDIR;
	if (e == ENOENT && (folder = bp_host_folder(path)) != NULL) {
		if (bp_host_kind(folder) == BP_HOST_FILE)
			e = ENOTDIR;
		free(folder);
	}
	return e;
}

FILE *bp_open_file(const char *path, const char *mode)
{
	wchar_t *p = wide(path), *m = p != NULL ? wide(mode) : NULL;
	FILE *f = m != NULL ? _wfopen(p, m) : NULL;

	if (f == NULL && m != NULL)
		errno = path_error(path, errno);
	free(p);
	free(m);
	return f;
}

bool bp_host_remove(const char *path)
{
	wchar_t *p = wide(path);
	bool ok = p != NULL && _wremove(p) == 0;

	free(p);
	return ok;
}

static bool replace(const wchar_t *from, const wchar_t *to)
{
	return MoveFileExW(from, to, MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH) != 0;
}

/* The system itself does not replace a file with the attribute "read-only". */
static bool replace_protected(const wchar_t *from, const wchar_t *to)
{
	DWORD attributes = GetFileAttributesW(to);

	if (attributes == INVALID_FILE_ATTRIBUTES || (attributes & FILE_ATTRIBUTE_READONLY) == 0 ||
	    !SetFileAttributesW(to, attributes & ~(DWORD)FILE_ATTRIBUTE_READONLY)) {
		SetLastError(ERROR_ACCESS_DENIED);
		return false;
	}
	if (replace(from, to))
		return true;
	SetFileAttributesW(to, attributes);
	SetLastError(ERROR_ACCESS_DENIED);
	return false;
}

bool bp_host_replace(const char *from, const char *to)
{
	wchar_t *f = wide(from), *t = f != NULL ? wide(to) : NULL;
	bool ok = t != NULL && replace(f, t);

	if (!ok && t != NULL && GetLastError() == ERROR_ACCESS_DENIED)
		ok = replace_protected(f, t);
	if (!ok && t != NULL)
		errno = error_number();
	free(f);
	free(t);
	return ok;
}

static BOOL CALLBACK find_temp_folder(INIT_ONCE *once, void *room, void **unused)
{
	wchar_t w[MAX_PATH + 1];
	DWORD n = GetTempPathW(MAX_PATH + 1, w);
	char *s;

	(void)once;
	(void)unused;
	/* The path ends in a backslash. */
	if (n > 1 && n <= MAX_PATH && w[n - 2] != L':')
		w[n - 1] = L'\0';
	s = n > 0 && n <= MAX_PATH ? utf8(w) : NULL;
	strcpy(room, s != NULL ? s : ".");
	free(s);
	return TRUE;
}

const char *bp_host_temp_folder(void)
{
	static char room[3 * MAX_PATH + 1];	/* a unit of UTF-16 is up to three bytes */
	static INIT_ONCE once = INIT_ONCE_STATIC_INIT;

	InitOnceExecuteOnce(&once, find_temp_folder, room, NULL);
	return room;
}

/* Without expansion of wildcards: "*" may be a piece. */
char **bp_utf8_arguments(int *argc, char **argv)
{
	char **copy;
	int n;

	(void)argv;
	if (_configure_wide_argv(_crt_argv_unexpanded_arguments) != 0 ||
	    (copy = calloc((size_t)__argc + 1, sizeof(*copy))) == NULL)
		return NULL;
	for (n = 0; n < __argc; n++)
		if ((copy[n] = utf8(__wargv[n])) == NULL)
			return NULL;
	*argc = n;
	return copy;
}

/* The C library says EINVAL or EBADF if nobody reads a pipe, and has no other reason to fail. */
int bp_stream_error(void)
{
	HANDLE out = (HANDLE)_get_osfhandle(FD_OUTPUT);

	return (errno == EINVAL || errno == EBADF) && ferror(stdout) &&
	       GetFileType(out) == FILE_TYPE_PIPE ? EPIPE : errno;
}

/* Processors that this process may use, of one group: Windows groups more than 64 of them. */
unsigned bp_host_processors(void)
{
	DWORD_PTR mine, all;
	unsigned n = 0;

	if (!GetProcessAffinityMask(GetCurrentProcess(), &mine, &all))
		return 1;
	for (; mine != 0; mine &= mine - 1)
		n++;
	return n > 0 ? n : 1;
}

uint64_t bp_peak_memory(void)
{
	PROCESS_MEMORY_COUNTERS m = { .cb = sizeof(m) };

	return K32GetProcessMemoryInfo(GetCurrentProcess(), &m, sizeof(m)) ? m.PeakWorkingSetSize
									    : 0;
}

/* _isatty() would take the device NUL for a terminal. */
static bool is_console(DWORD stream)
{
	DWORD mode;

	return GetConsoleMode(GetStdHandle(stream), &mode) != 0;
}

bool bp_stdout_is_terminal(void)
{
	return is_console(STD_OUTPUT_HANDLE);
}

bool bp_stderr_is_terminal(void)
{
	return is_console(STD_ERROR_HANDLE);
}

bool bp_host_is_empty(FILE *f)
{
	HANDLE h = (HANDLE)_get_osfhandle(_fileno(f));
	LARGE_INTEGER size;

	return GetFileType(h) != FILE_TYPE_DISK ||
	       (GetFileSizeEx(h, &size) != 0 && size.QuadPart == 0);
}

bool bp_host_sync(FILE *f)
{
	return _commit(_fileno(f)) == 0;
}

/* A handle for the facts of the file that a path leads to; INVALID_HANDLE_VALUE if there is none.
 */
static HANDLE open_for_facts(const char *path)
{
	wchar_t *w = wide(path);
	HANDLE h = INVALID_HANDLE_VALUE;

	if (w != NULL)
		h = CreateFileW(w, 0, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
				OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS, NULL);
	free(w);
	return h;
}

/* The facts of a path, or of a standard stream if the path is NULL. */
static enum bp_host_kind file_facts(const char *path, int standard, BY_HANDLE_FILE_INFORMATION *i)
{
	HANDLE h = path != NULL ? open_for_facts(path) : (HANDLE)_get_osfhandle(standard);
	enum bp_host_kind kind = BP_HOST_OTHER;

	if (h == INVALID_HANDLE_VALUE)
		return BP_HOST_ABSENT;
	if (GetFileType(h) == FILE_TYPE_DISK && GetFileInformationByHandle(h, i))
		kind = (i->dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) != 0 ? BP_HOST_DIRECTORY
									      : BP_HOST_FILE;
	if (path != NULL)
		CloseHandle(h);
	return kind;
}

enum bp_host_kind bp_host_kind(const char *path)
{
	BY_HANDLE_FILE_INFORMATION i;

	/* Opening a pipe would connect to it. */
	return strncmp(path, "\\\\.\\", 4) == 0 ? BP_HOST_OTHER : file_facts(path, FD_INPUT, &i);
}

uint64_t bp_host_file_number(const char *path)
{
	BY_HANDLE_FILE_INFORMATION x;

	if (file_facts(path, FD_OUTPUT, &x) != BP_HOST_FILE)
		return 0;
	return ((uint64_t)x.nFileIndexHigh << 32 | x.nFileIndexLow) + x.dwVolumeSerialNumber;
}

bool bp_host_same_file(const char *out, const char *in)
{
	BY_HANDLE_FILE_INFORMATION x, y;

	return file_facts(out, FD_OUTPUT, &x) == BP_HOST_FILE &&
	       file_facts(in, FD_INPUT, &y) == BP_HOST_FILE &&
	       x.dwVolumeSerialNumber == y.dwVolumeSerialNumber &&
	       x.nFileIndexHigh == y.nFileIndexHigh && x.nFileIndexLow == y.nFileIndexLow;
}

static uint64_t join_halves(DWORD high, DWORD low)
{
	return (uint64_t)high << 32 | low;
}

uint64_t bp_host_file_size(const char *path)
{
	BY_HANDLE_FILE_INFORMATION i;

	return file_facts(path, FD_INPUT, &i) == BP_HOST_FILE
		       ? join_halves(i.nFileSizeHigh, i.nFileSizeLow) : 0;
}

/* The system counts in units of 100 nanoseconds. */
uint64_t bp_host_file_time(const char *path)
{
	BY_HANDLE_FILE_INFORMATION i;

	return file_facts(path, FD_INPUT, &i) != BP_HOST_FILE ? 0 :
	       join_halves(i.ftLastWriteTime.dwHighDateTime, i.ftLastWriteTime.dwLowDateTime) * 100;
}

/* Windows gives a folder the access of the one around it. */
bool bp_host_make_folder(const char *path, bool is_private)
{
	wchar_t *p = wide(path);
	bool ok = p != NULL && _wmkdir(p) == 0;

	(void)is_private;
	free(p);
	return ok;
}

void bp_host_remove_folder(const char *path)
{
	wchar_t *p = wide(path);

	if (p != NULL && _wrmdir(p) != 0)
		errno = 0;	/* it holds other files */
	free(p);
}

/* A file that is open for writing cannot be removed. */
bool bp_host_is_at(FILE *f, const char *path)
{
	(void)f;
	(void)path;
	return true;
}

/* Nobody else may read locked bytes: the lock is on a byte that no file has. */
bool bp_host_lock(FILE *f)
{
	OVERLAPPED at = { .Offset = 0xfffffffe, .OffsetHigh = 0x7fffffff };

	return LockFileEx((HANDLE)_get_osfhandle(_fileno(f)),
			  LOCKFILE_EXCLUSIVE_LOCK | LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, &at) ||
	       GetLastError() != ERROR_LOCK_VIOLATION;
}

void bp_host_return_memory(void)
{
}

void bp_host_big_pages(void *p, size_t n)
{
	(void)p;
	(void)n;
}

/*
 * The path of the file at 'h', for free(); NULL with errno set on failure.  The system's own form
 * of it, \\?\C:\name or \\?\UNC\host\name, would allow no slash.
 */
static char *path_of(HANDLE h)
{
	static const wchar_t of_host[] = L"\\\\?\\UNC\\", local[] = L"\\\\?\\";
	const size_t n_host = wcslen(of_host), n_local = wcslen(local);
	DWORD n = GetFinalPathNameByHandleW(h, NULL, 0, 0);
	wchar_t *w = malloc(((size_t)n + 1) * sizeof(*w)), *p = w;
	char *path = NULL;

	if (w == NULL || n == 0 || GetFinalPathNameByHandleW(h, w, n + 1, 0) > n) {
		errno = w == NULL ? ENOMEM : error_number();
		free(w);
		return NULL;
	}
	if (wcsncmp(w, of_host, n_host) == 0)
		*(p += n_host - 2) = L'\\';
	else if (wcsncmp(w, local, n_local) == 0)
		p += n_local;
	if ((path = utf8(p)) == NULL)
		errno = ENOMEM;
	free(w);
	return path;
}

static bool is_link(const char *path)
{
	wchar_t *w = wide(path);
	DWORD attributes = w != NULL ? GetFileAttributesW(w) : INVALID_FILE_ATTRIBUTES;

	free(w);
	return attributes != INVALID_FILE_ATTRIBUTES &&
	       (attributes & FILE_ATTRIBUTE_REPARSE_POINT) != 0;
}

/* A link to no file is an error.  Some file systems do not tell paths: the path itself will do
 * there, unless it is a link. */
char *bp_host_resolve(const char *path)
{
	HANDLE h = open_for_facts(path);
	char *resolved = NULL;

	if (h != INVALID_HANDLE_VALUE) {
		resolved = path_of(h);
		CloseHandle(h);
	} else {
		errno = error_number();
	}
	return resolved != NULL || is_link(path) ? resolved : _strdup(path);
}

void bp_host_name(char name[BP_HOST_NAME_ROOM])
{
	DWORD n = BP_HOST_NAME_ROOM;

	if (!GetComputerNameA(name, &n))
		name[0] = '\0';
}

long long bp_host_process(void)
{
	return GetCurrentProcessId();
}

bool bp_host_has_ended(long long process)
{
	bool ended;
	HANDLE h;

	if ((long long)(DWORD)process != process)
		return false;
	if ((h = OpenProcess(SYNCHRONIZE, FALSE, (DWORD)process)) == NULL)
		return GetLastError() == ERROR_INVALID_PARAMETER;
	ended = WaitForSingleObject(h, 0) == WAIT_OBJECT_0;
	CloseHandle(h);
	return ended;
}

/* Files of the folder give their access to new ones. */
void bp_host_copy_access(FILE *f, const char *like)
{
	(void)f;
	(void)like;
}

FILE *bp_host_create(const char *path, const char *mode, const char *like)
{
	char exclusive[8];
	FILE *f;

	/* D: the system removes it when it is closed, however the process ends. */
	snprintf(exclusive, sizeof(exclusive), "%sx%s", mode, like == NULL ? "D" : "");
	if ((f = bp_open_file(path, exclusive)) != NULL)
		(void)bp_host_lock(f);
	return f;
}

static void remove_left_file(const char *folder, const wchar_t *found, const char *prefix,
			     bool of_all)
{
	char *name = utf8(found), *path;
	size_t room;

	if (name != NULL && bp_host_is_left_name(name, prefix, of_all)) {
		room = strlen(folder) + strlen(name) + 2;
		if ((path = malloc(room)) != NULL) {
			snprintf(path, room, "%s/%s", folder, name);
			/* The system does not remove a file that a process has open. */
			bp_host_remove(path);
			free(path);
		}
	}
	free(name);
}

void bp_host_remove_left(const char *folder, const char *prefix, bool of_all)
{
	size_t room = strlen(folder) + strlen(prefix) + 4;
	char *pattern = malloc(room);
	wchar_t *w = NULL;
	WIN32_FIND_DATAW e;
	HANDLE h = INVALID_HANDLE_VALUE;

	if (pattern != NULL) {
		snprintf(pattern, room, "%s/%s.*", folder, prefix);
		w = wide(pattern);
	}
	if (w != NULL && (h = FindFirstFileW(w, &e)) != INVALID_HANDLE_VALUE) {
		do
			remove_left_file(folder, e.cFileName, prefix, of_all);
		while (FindNextFileW(h, &e));
		FindClose(h);
	}
	free(w);
	free(pattern);
	errno = 0;
}

/* The settings of the console before, to be restored: it outlives the process.  0: no console. */
static struct {
	UINT input, output;
} code_page;

static void restore_console(void)
{
	if (code_page.input != 0)
		SetConsoleCP(code_page.input);
	if (code_page.output != 0)
		SetConsoleOutputCP(code_page.output);
}

static void show_colours(DWORD stream)
{
	HANDLE h = GetStdHandle(stream);
	DWORD mode;

	if (GetConsoleMode(h, &mode))
		SetConsoleMode(h, mode | ENABLE_PROCESSED_OUTPUT |
				  ENABLE_VIRTUAL_TERMINAL_PROCESSING);
}

static void set_console(void)
{
	if (is_console(STD_INPUT_HANDLE)) {
		code_page.input = GetConsoleCP();
		SetConsoleCP(CP_UTF8);
	}
	if (bp_stdout_is_terminal() || bp_stderr_is_terminal()) {
		code_page.output = GetConsoleOutputCP();
		SetConsoleOutputCP(CP_UTF8);
	}
	show_colours(STD_OUTPUT_HANDLE);
	show_colours(STD_ERROR_HANDLE);
	/* Without a buffer a character is written byte by byte, and a console shows each. */
	if (bp_stdout_is_terminal())
		setvbuf(stdout, NULL, _IOFBF, 65536);
	atexit(restore_console);
}

/* A closed standard stream keeps its descriptor, so that no file can take the place. */
bool bp_open_standard_streams(void)
{
	int fd;

	for (fd = FD_INPUT; fd <= FD_ERRORS; fd++)
		(void)_setmode(fd, _O_BINARY);
	set_console();
	return true;
}

/* Beside the console the only variables of the library that are not constant: a signal concerns the
 * whole process. */
static volatile sig_atomic_t caught;

/* The system has set the default action again: the second Ctrl-C ends the process at once. */
static void note_break(int sig)
{
	caught = sig;
}

static const int caught_signals[] = { SIGINT, SIGBREAK, SIGTERM };
#define N_CAUGHT (sizeof(caught_signals) / sizeof(caught_signals[0]))
static void (*former[N_CAUGHT])(int);	/* before bp_catch_signals() */
static bool is_replaced[N_CAUGHT];

void bp_catch_signals(void)
{
	void (*old)(int);
	size_t i;

	caught = 0;
	for (i = 0; i < N_CAUGHT; i++) {
		old = signal(caught_signals[i], note_break);
		if (old == SIG_ERR || is_replaced[i])
			continue;
		former[i] = old;
		is_replaced[i] = true;
	}
}

void bp_restore_signals(void)
{
	size_t i;

	for (i = 0; i < N_CAUGHT; i++)
		if (is_replaced[i])
			signal(caught_signals[i], former[i]);
	memset(is_replaced, 0, sizeof(is_replaced));
	caught = 0;
}

int bp_caught_signal(void)
{
	return caught;
}

void bp_host_block_signals(bool block)
{
	(void)block;
}

void bp_raise(int sig)
{
	(void)sig;
	restore_console();
	ExitProcess((UINT)STATUS_CONTROL_C_EXIT);
}

bool bp_host_fill_random(void *p, size_t n)
{
	unsigned char *at = p;
	unsigned x;
	size_t i;

	for (i = 0; i < n; i++) {
		if (rand_s(&x) != 0)
			return false;
		at[i] = (unsigned char)x;
	}
	return true;
}

#endif
