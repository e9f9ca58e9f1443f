/* The part of host.h that systems share: names of temporary files, random bytes, plain C11. */
#include "base/host_system.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/base.h"

/* A path may have the name of a file behind a separator.  On Windows "C:name" is a file of the
 * current folder of drive C, and "C:/name" of its root. */
#if defined(BP_WINDOWS)
#define SEPARATORS "/\\:"
#else
#define SEPARATORS "/"
#endif

char *bp_host_folder(const char *path)
{
	size_t n = strlen(path);
	char *folder = malloc(n + 2);

	if (folder == NULL)
		return NULL;
	while (n > 0 && strchr(SEPARATORS, path[n - 1]) == NULL)
		n--;
	memcpy(folder, path, n);
	/* The root, the current folder, and that of a drive end in ".": a slash will follow. */
	if (n <= 1 || path[n - 1] == ':')
		folder[n++] = '.';
	else
		n--;
	folder[n] = '\0';
	return folder;
}

#if !defined(BP_WINDOWS)

FILE *bp_open_file(const char *path, const char *mode)
{
	return fopen(path, mode);
}

bool bp_host_remove(const char *path)
{
	return remove(path) == 0;
}

bool bp_host_replace(const char *from, const char *to)
{
	return rename(from, to) == 0;
}

const char *bp_host_temp_folder(void)
{
	return "/tmp";
}

char **bp_utf8_arguments(int *argc, char **argv)
{
	(void)argc;
	return argv;
}

int bp_stream_error(void)
{
	return errno;
}

#endif

#if defined(BP_POSIX) || defined(BP_WINDOWS)

/* The host, by a checksum of its name: short, and without dots. */
static uint32_t host_number(void)
{
	uint32_t h = 2166136261u;	/* FNV-1a */
	char name[BP_HOST_NAME_ROOM];
	const char *s;

	bp_host_name(name);
	for (s = name; *s != '\0'; s++)
		h = (h ^ (unsigned char)*s) * 16777619u;
	return h;
}

void bp_host_owner(char owner[BP_HOST_OWNER_ROOM])
{
	snprintf(owner, BP_HOST_OWNER_ROOM, "%08" PRIx32 ".%lld", host_number(),
		 bp_host_process());
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

bool bp_host_is_left_name(const char *name, const char *prefix, bool of_all)
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
	if (pid == 0 || pid == bp_host_process())
		return false;
	return of_all || bp_host_has_ended(pid);
}

#endif

/* In C11 alone processes differ by the time, and by the addresses of memory. */
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
		x = bp_mix(x + BP_GOLDEN);
		p[i] ^= (unsigned char)x;
	}
}

/* Every POSIX host has the device; elsewhere there is no file of this name. */
static bool read_random_device(void *p, size_t n)
{
	FILE *f = fopen("/dev/urandom", "rb");
	bool full;

	if (f == NULL)
		return false;
	setvbuf(f, NULL, _IONBF, 0);
	full = fread(p, 1, n, f) == n;
	fclose(f);
	return full;
}

void bp_host_random(void *p, size_t n)
{
	int before = errno;	/* a failure here is no fault of a file of the caller's */

	memset(p, 0, n);
	if (!bp_host_fill_random(p, n) && !read_random_device(p, n))
		guess_random(p, n);
	errno = before;
}
