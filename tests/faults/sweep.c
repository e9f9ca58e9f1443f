/*
 * sweep.c - run a command again and again, each time with another call that fails, by fail.c.
 *
 *	sweep [options] FACT COMMAND...
 *
 * Every run has to end with status 1, the message and the old file, or with status 0 and the new
 * file, and with nothing else in the folders.  Where it is ended by a signal the old or the new file is
 * there; after SIGKILL temporaries may be, and the same command is run again and ends well.  Writes a line of the Test Anything Protocol, and what
 * went wrong first in lines behind it.
 *
 *	-k KIND -e ERROR	what fails, and how: EIO (default) and others by name, or short (see fail.c)
 *	-u			all calls from that one on fail
 *	-K SIGNAL		nothing fails, but there the process gets this signal: TERM or KILL
 *	-t N			N times, and the signal comes at random moments
 *	-m TEXT			what the message has to hold (default: what strerror() says)
 *	-o FILE -b FILE -w FILE	the output, what it is before, and what it has to be after status 0;
 *				without -o it is standard output
 *	-N			the new file may be there after status 1 as well
 *	-G			the run may go on, and no one is asked to fail
 *	-s			the output is not compared, but for its number of lines
 *	-T			files may stay in the folders
 *	-i FILE			standard input
 *	-r DIR			a folder that failures leave; then the same command is run again, and has to
 *				end well.  It is removed before every fault
 *	-d DIR			hold nothing in it but what was there (repeatable)
 *	-n N			no more than so many calls, the first, the last, and some between
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MOST_DIRS = 4, MOST_SHOWN = 5, LIMIT = 60 /* seconds */ };

struct bytes {
	char *data;
	size_t n;
};

static struct {
	const char *fact, *kind, *message, *out, *before, *after, *in, *resume, *dir[MOST_DIRS];
	char **command;
	const char *lib, *work;
	int error, n_dirs, signal;
	bool until_end, new_too, goes_on, roughly, leaves;
	unsigned long most, moments;
} o = { .kind = "alloc", .error = EIO, .most = 1000000000 };

static struct {
	unsigned long runs, failed, went_on, wrong;
	double seconds;			/* of the run that nothing disturbed */
	char shown[MOST_SHOWN][400];
} tally;

static _Noreturn void die(const char *what)
{
	printf("not ok - %s: %s: %s\n", o.fact != NULL ? o.fact : "sweep", what, strerror(errno));
	exit(1);
}

static struct bytes load(const char *path)
{
	struct bytes b = { NULL, 0 };
	FILE *f = fopen(path, "rb");
	size_t got;

	if (f == NULL)
		return b;
	do {
		if ((b.data = realloc(b.data, b.n + 65536)) == NULL)
			die("memory");
		got = fread(b.data + b.n, 1, 65536, f);
		b.n += got;
	} while (got > 0);
	fclose(f);
	return b;
}

static size_t lines(struct bytes a)
{
	size_t i, n = 0;

	for (i = 0; i < a.n; i++)
		n += a.data[i] == '\n';
	return n;
}

static bool same(struct bytes a, struct bytes b)
{
	return (a.data == NULL) == (b.data == NULL) && a.n == b.n &&
	       (a.n == 0 || memcmp(a.data, b.data, a.n) == 0);
}

static void store(const char *path, struct bytes b)
{
	FILE *f;

	if (b.data == NULL) {
		remove(path);
		return;
	}
	f = fopen(path, "wb");
	if (f == NULL || fwrite(b.data, 1, b.n, f) != b.n || fclose(f) != 0)
		die(path);
}

static char *join(const char *folder, const char *name)
{
	char *path;

	if (asprintf(&path, "%s/%s", folder, name) < 0)
		die("memory");
	return path;
}

static void empty_folder(const char *folder)
{
	DIR *d = opendir(folder);
	struct dirent *e;
	char *path;

	while (d != NULL && (e = readdir(d)) != NULL) {
		path = join(folder, e->d_name);
		if (e->d_name[0] != '.')
			remove(path);
		free(path);
	}
	if (d != NULL)
		closedir(d);
	rmdir(folder);
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

/* The names in all folders. */
static void list(char *to, size_t room)
{
	struct dirent **e;
	size_t used = 0;
	int i, k, n;

	to[0] = '\0';
	for (i = 0; i < o.n_dirs; i++) {
		n = scandir(o.dir[i], &e, NULL, by_name);
		for (k = 0; k < n; k++) {
			if (e[k]->d_name[0] != '.' && used < room)
				used += (size_t)snprintf(to + used, room - used, "%s ", e[k]->d_name);
			free(e[k]);
		}
		if (n >= 0)
			free(e);
	}
}

static void set(const char *name, unsigned long n)
{
	char text[32];

	snprintf(text, sizeof(text), "%lu", n);
	setenv(name, text, 1);
}

static void redirect(const char *path, int flags, int fd)
{
	int from = open(path, flags, 0666);

	if (from < 0 || dup2(from, fd) < 0)
		_exit(126);
	close(from);
}

/* Run with the n-th call failing; the status as of wait(), or -1 if it does not end. */
static int run(unsigned long n, const char *out, const char *err, const char *count)
{
	pid_t pid;
	int status;

	fflush(stdout);
	if ((pid = fork()) < 0)
		die("fork");
	if (pid == 0) {
		redirect(o.in != NULL ? o.in : "/dev/null", O_RDONLY, 0);
		redirect(out, O_WRONLY | O_CREAT | O_TRUNC, 1);
		redirect(err, O_WRONLY | O_CREAT | O_TRUNC, 2);
		setenv("LD_PRELOAD", o.lib, 1);
		setenv("BP_FAULT", o.kind, 1);
		setenv("BP_FAULT_COUNT", count, 1);
		set("BP_FAULT_AT", o.moments > 0 ? 0 : n);
		set("BP_FAULT_UNTIL", o.until_end && n > 0 ? 1000000000 : n);
		set("BP_FAULT_ERRNO", (unsigned long)o.error);
		set("BP_FAULT_SIGNAL", (unsigned long)o.signal);
		alarm(LIMIT);
		execv(o.command[0], o.command);
		_exit(127);
	}
	if (o.moments > 0 && n > 0) {
		usleep((useconds_t)(1e6 * tally.seconds * rand() / RAND_MAX));
		kill(pid, o.signal);
	}
	if (waitpid(pid, &status, 0) != pid)
		die("waitpid");
	return status;
}

static void wrong(unsigned long n, const char *fmt, ...)
{
	char *to = tally.shown[tally.wrong % MOST_SHOWN];
	va_list args;
	int k;

	if (tally.wrong++ >= MOST_SHOWN)
		return;
	k = snprintf(to, sizeof(tally.shown[0]), "call %lu: ", n);
	va_start(args, fmt);
	vsnprintf(to + k, sizeof(tally.shown[0]) - (size_t)k, fmt, args);
	va_end(args);
}

/* The output on failure: the old file; of standard output what was written has to be right. */
static bool is_left(struct bytes now, struct bytes before, struct bytes after)
{
	if (o.roughly)
		return lines(now) <= lines(after);
	if (o.out == NULL)
		return now.n <= after.n && memcmp(now.data, after.data, now.n) == 0;
	return same(now, before) || (o.new_too && same(now, after));
}

static void judge(unsigned long n, int status, struct bytes err, struct bytes now,
		  struct bytes before, struct bytes after)
{
	int line = (int)(err.n < 200 ? err.n : 200);

	if (WIFSIGNALED(status) && WTERMSIG(status) == o.signal) {
		tally.failed++;
		if (!same(now, before) && !same(now, after))
			wrong(n, "half a file: %zu bytes", now.n);
		return;
	}
	if (WIFSIGNALED(status)) {
		wrong(n, WTERMSIG(status) == SIGALRM ? "it hangs" : "ended by signal %d: %.*s",
		      WTERMSIG(status), line, err.data);
		return;
	}
	switch (WEXITSTATUS(status)) {
	case 0:
		tally.went_on++;
		if (o.roughly ? lines(now) != lines(after) : !same(now, after))
			wrong(n, "status 0, and the output is another");
		return;
	case 1:
		tally.failed++;
		if (err.n < 11 || memcmp(err.data, "bytepiece: ", 11) != 0 ||
		    memmem(err.data, err.n, o.message, strlen(o.message)) == NULL)
			wrong(n, "the message: %.*s", line, err.data);
		if (!is_left(now, before, after))
			wrong(n, "status 1, and the old output is gone (%zu bytes)", now.n);
		return;
	default:
		wrong(n, "status %d: %.*s", WEXITSTATUS(status), line, err.data);
	}
}

/* Temporaries that a process left which was killed. */
static void remove_temporaries(void)
{
	struct dirent **e;
	char *path;
	int i, k, n;

	for (i = 0; i < o.n_dirs; i++) {
		n = scandir(o.dir[i], &e, NULL, by_name);
		for (k = 0; k < n; k++) {
			path = join(o.dir[i], e[k]->d_name);
			if (strncmp(e[k]->d_name, "bytepiece.tmp", 13) == 0 ||
			    strncmp(e[k]->d_name, "bytepiece.spill.", 16) == 0)
				remove(path);
			free(path);
			free(e[k]);
		}
		if (n >= 0)
			free(e);
	}
}

/* What was ended is done again, with what it has left. */
static void again(unsigned long n, const char *out, const char *err, const char *count,
		  struct bytes after)
{
	struct bytes now;
	int status = run(0, out, err, count);

	now = load(o.out != NULL ? o.out : out);
	if (status != 0 || !same(now, after))
		wrong(n, "the run after it: status %d%s", WEXITSTATUS(status),
		      same(now, after) ? "" : ", and another output");
	free(now.data);
}

static void try(unsigned long n, struct bytes before, struct bytes after)
{
	static char then[65536], names[65536];
	char *out = join(o.work, "sweep.out"), *err = join(o.work, "sweep.err");
	char *count = join(o.work, "sweep.count");
	struct bytes now, said;
	int status;

	if (o.resume != NULL)
		empty_folder(o.resume);
	if (o.out != NULL)
		store(o.out, before);
	list(then, sizeof(then));
	status = run(n, out, err, count);
	list(names, sizeof(names));
	said = load(err);
	now = load(o.out != NULL ? o.out : out);
	tally.runs++;
	judge(n, status, said, now, before, after);
	if (o.signal == SIGKILL && WIFSIGNALED(status)) {
		again(n, out, err, count, after);
		remove_temporaries();
		list(names, sizeof(names));
	}
	/* With no file before, there may be a new one. */
	if (!o.leaves && strcmp(then, names) != 0 && before.data != NULL)
		wrong(n, "status %d, and there was %sand is %s", WEXITSTATUS(status), then, names);
	if (o.resume != NULL && status != 0 && o.signal != SIGKILL)
		again(n, out, err, count, after);
	free(said.data);
	free(now.data);
	free(out);
	free(err);
	free(count);
}

static int error_named(const char *name)
{
	static const struct {
		const char *name;
		int number;
	} known[] = { { "short", 0 }, { "EIO", EIO }, { "ENOSPC", ENOSPC }, { "EMFILE", EMFILE },
		      { "EACCES", EACCES }, { "EINTR", EINTR }, { "EDQUOT", EDQUOT } };
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(name, known[i].name) == 0)
			return known[i].number;
	exit(2);
}

static void options(int argc, char **argv)
{
	int c;

	while ((c = getopt(argc, argv, "+k:e:uK:t:m:o:b:w:NGsTi:r:d:n:")) != -1)
		switch (c) {
		case 'k': o.kind = optarg; break;
		case 'e': o.error = error_named(optarg); break;
		case 'u': o.until_end = true; break;
		case 'K': o.signal = strcmp(optarg, "KILL") == 0 ? SIGKILL : SIGTERM; break;
		case 't': o.moments = strtoul(optarg, NULL, 10); break;
		case 'm': o.message = optarg; break;
		case 'o': o.out = optarg; break;
		case 'b': o.before = optarg; break;
		case 'w': o.after = optarg; break;
		case 'N': o.new_too = true; break;
		case 'G': o.goes_on = true; break;
		case 's': o.roughly = true; break;
		case 'T': o.leaves = true; break;
		case 'i': o.in = optarg; break;
		case 'r': o.resume = optarg; break;
		case 'd': if (o.n_dirs < MOST_DIRS) o.dir[o.n_dirs++] = optarg; break;
		case 'n': o.most = strtoul(optarg, NULL, 10); break;
		default: exit(2);
		}
	if (argc - optind < 2 || o.after == NULL)
		exit(2);
	o.fact = argv[optind];
	o.command = argv + optind + 1;
	o.lib = getenv("BP_FAULT_LIB");
	o.work = getenv("BP_FAULT_WORK");
	if (o.lib == NULL || o.work == NULL)
		exit(2);
	if (o.message == NULL)
		o.message = strcmp(o.kind, "alloc") == 0 ? "out of memory" : strerror(o.error);
}

static int report(unsigned long n)
{
	unsigned long i;
	bool ok = tally.wrong == 0 && tally.runs > 1 && (o.goes_on || tally.failed > 0);

	printf("%sok - %s: %lu of %lu %s: %lu ended %s, %lu went on\n", ok ? "" : "not ", o.fact,
	       tally.runs - 1, n, o.moments > 0 ? "moments" : "calls", tally.failed,
	       o.signal != 0 ? "by it" : "in an error", tally.went_on - 1);
	for (i = 0; i < tally.wrong && i < MOST_SHOWN; i++)
		printf("# %s\n", tally.shown[i]);
	if (tally.wrong > MOST_SHOWN)
		printf("# and %lu more\n", tally.wrong - MOST_SHOWN);
	return ok ? 0 : 1;
}

int main(int argc, char **argv)
{
	struct bytes before = { NULL, 0 }, after, counted;
	char *count;
	struct timespec begun, done;
	unsigned long n, i, half, step;

	options(argc, argv);
	count = join(o.work, "sweep.count");
	if (o.before != NULL)
		before = load(o.before);
	after = load(o.after);
	if (after.data == NULL)
		die(o.after);
	clock_gettime(CLOCK_MONOTONIC, &begun);
	try(0, before, after);
	clock_gettime(CLOCK_MONOTONIC, &done);
	tally.seconds = (double)(done.tv_sec - begun.tv_sec) + 1e-9 * (double)(done.tv_nsec - begun.tv_nsec);
	counted = load(count);
	n = counted.data != NULL ? strtoul(counted.data, NULL, 10) : 0;
	if (o.moments > 0)
		n = o.moments;
	half = o.most / 2;
	step = n > o.most ? (n - half) / (o.most - half) : 1;
	for (i = 1; i <= n && tally.wrong < 50; i += i < half || i + half / 4 >= n ? 1 : step)
		try(i, before, after);
	return report(n);
}
