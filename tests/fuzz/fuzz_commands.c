/*
 * The command line as a whole: any words and small files, each command run in this process, in a
 * folder of its own that is made anew for each input.
 *
 * An input is the words, each ended by a newline, and after an empty line the content of the file
 * "in" and of standard input; the file "half" has the first half of it.  Beside them are a model,
 * its binary form, counts, a plan and a text.  No word can name a place outside of the folder.
 */
#define _XOPEN_SOURCE 700

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz.h"

#include "cli/cmd.h"
#include "messages.h"

enum { WORDS = 24, MOST_FILES = 64 };

/* The files that are there before a command runs.  The last two have content of the input. */
static struct ready {
	const char *name;
	struct buf content;
	ino_t inode;
} ready[] = {
	{ "text", { 0 }, 0 }, { "model", { 0 }, 0 }, { "binary", { 0 }, 0 },
	{ "counts", { 0 }, 0 }, { "plan", { 0 }, 0 }, { "in", { 0 }, 0 }, { "half", { 0 }, 0 }
};
enum { N_READY = sizeof(ready) / sizeof(ready[0]), N_KEPT = N_READY - 2 };

static char folder[1024];
static int home, standard[2];	/* the process's own folder, standard input and output */

static int remove_entry(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)kind;
	/* The folder itself stays. */
	return at->level > 0 ? remove(path) : 0;
}

static void empty_folder(void)
{
	FUZZ_CHECK(nftw(folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS) == 0);
}

static void remove_all(void)
{
	empty_folder();
	rmdir(folder);
}

static void redirect(int fd, const char *path, int flags)
{
	int from = open(path, flags, 0600);

	FUZZ_CHECK(from >= 0 && dup2(from, fd) == fd);
	close(from);
}

/* Run a command as main() does, in the folder; returns its exit status. */
static int run(char **word, int n)
{
	const struct command *c;
	int status = EXIT_USAGE;

	FUZZ_CHECK(chdir(folder) == 0);
	redirect(0, "in", O_RDONLY);
	redirect(1, "/dev/null", O_WRONLY);
	clearerr(stdin);
	fuzz_errors = 0;
	opt_threads = 0;
	opt_help = opt_print_help;
	msg = (struct msg_settings){ 0 };
	if ((c = cmd_find(word[0])) != NULL)
		status = c->run(c, n - 1, word + 1);
	/* What was read ahead of standard input is dropped. */
	fflush(stdin);
	FUZZ_CHECK(fflush(stdout) == 0);
	FUZZ_CHECK(dup2(standard[0], 0) == 0 && dup2(standard[1], 1) == 1 && fchdir(home) == 0);
	return status;
}

/* Run a command that is given as words with one space between them, and has to succeed. */
static void succeed(const char *line)
{
	char words[200], *word[WORDS + 1];
	int n = 0;

	snprintf(words, sizeof(words), "%s", line);
	for (word[n] = strtok(words, " "); word[n] != NULL; word[n] = strtok(NULL, " "))
		n++;
	FUZZ_CHECK(run(word, n) == EXIT_OK);
}

static const char *in_folder(const char *name)
{
	static char path[sizeof(folder) + 300];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static void make_ready(void)
{
	static const char text[] = "the cat and the dog and the cat\nthe 12 dogs \xC3\xA9\n";
	size_t i;

	fuzz_write(in_folder("text"), (struct slice){ (const unsigned char *)text,
						      sizeof(text) - 1 });
	fuzz_write(in_folder("in"), (struct slice){ NULL, 0 });
	succeed("train -j1 --vocab-size 270 --special <s> -o model text");
	succeed("convert -f binary -o binary model");
	succeed("count -j1 --reference -o counts text");
	succeed("build -j1 --vocab-size 270 --next plan -o none counts");
	for (i = 0; i < N_KEPT; i++)
		fuzz_read(in_folder(ready[i].name), &ready[i].content);
}

static void begin(void)
{
	const char *tmp = getenv("TMPDIR");

	if (folder[0] != '\0')
		return;
	snprintf(folder, sizeof(folder), "%s/fuzz-XXXXXX", tmp != NULL ? tmp : "/tmp");
	FUZZ_CHECK(mkdtemp(folder) != NULL);
	home = open(".", O_RDONLY | O_DIRECTORY);
	standard[0] = dup(0);
	standard[1] = dup(1);
	FUZZ_CHECK(home >= 0 && standard[0] >= 0 && standard[1] >= 0);
	FUZZ_CHECK(setenv("TMPDIR", folder, 1) == 0);
	make_ready();
	atexit(remove_all);
}

static void fill_folder(struct slice in)
{
	struct stat st;
	size_t i;

	empty_folder();
	for (i = 0; i < N_READY; i++) {
		if (i < N_KEPT)
			fuzz_write(in_folder(ready[i].name), fuzz_slice(&ready[i].content));
		else
			fuzz_write(in_folder(ready[i].name),
				   (struct slice){ in.p, i == N_KEPT ? in.n : in.n / 2 });
		FUZZ_CHECK(stat(in_folder(ready[i].name), &st) == 0);
		ready[i].inode = st.st_ino;
	}
}

/* The limit of a number, so that an input takes little time; 0: no limit. */
static unsigned most_of(const char *option, size_t n)
{
	static const struct { const char *name; unsigned most; } limit[] = {
		{ "--threads", 4 }, { "--nbest", 99 }, { "-j", 4 }
	};
	size_t i;

	for (i = 0; i < sizeof(limit) / sizeof(limit[0]); i++)
		if (n == strlen(limit[i].name) && memcmp(option, limit[i].name, n) == 0)
			return limit[i].most;
	return 0;
}

/* A number above 'most' has room for one that is not. */
static void limit(char *number, unsigned most)
{
	uint64_t value;

	if (opt_number(number, &value) && value > most)
		snprintf(number, strlen(number) + 1, "%u", (unsigned)(value % most) + 1);
}

/* Limit the numbers of threads and of segmentations. */
static void limit_numbers(char **word, int n)
{
	unsigned most;
	char *p;
	int i;

	for (i = 0; i < n; i++) {
		p = word[i] + strcspn(word[i], "=");
		most = most_of(word[i], (size_t)(p - word[i]));
		if (most > 0 && (*p == '=' || i + 1 < n))
			limit(*p == '=' ? p + 1 : word[i + 1], most);
		/* Short options in one word */
		if (word[i][0] != '-' || word[i][1] == '-' || (p = strchr(word[i], 'j')) == NULL)
			continue;
		if (p[1] != '\0' || i + 1 < n)
			limit(p[1] != '\0' ? p + 1 : word[i + 1], most_of("-j", 2));
	}
}

/* A path in a word leads no further than the folder. */
static void keep_inside(char *p)
{
	for (; *p != '\0'; p++)
		if (*p == '/' || (p[0] == '.' && p[1] == '.'))
			*p = '_';
}

/* The words of an input, in memory for free(), and how many; they and the empty line are read. */
static char *read_words(struct slice *in, char **word, int *n_words)
{
	size_t n = 0;
	char *text, *p, *end;

	while (n < in->n && !(in->p[n] == '\n' && (n == 0 || in->p[n - 1] == '\n')))
		n++;
	text = fuzz_string(fuzz_part(in, n));
	fuzz_byte(in);
	*n_words = 0;
	for (p = text, end = text + n; p < end && *n_words < WORDS; p += strlen(p) + 1) {
		p[strcspn(p, "\n")] = '\0';
		keep_inside(p);
		word[(*n_words)++] = p;
	}
	word[*n_words] = NULL;
	limit_numbers(word, *n_words);
	return text;
}

struct outcome {
	char **word;
	int n, status;
	char *file[MOST_FILES];	/* new files, also under an old name; for free() */
	size_t n_files;
};

static bool is_ready(const char *name, ino_t inode)
{
	size_t i;

	for (i = 0; i < N_READY; i++)
		if (ready[i].inode == inode && strcmp(ready[i].name, name) == 0)
			return true;
	return false;
}

static void find_files(struct outcome *o)
{
	DIR *d = opendir(folder);
	const struct dirent *e;
	struct stat st;

	FUZZ_CHECK(d != NULL);
	while ((e = readdir(d)) != NULL) {
		FUZZ_CHECK(stat(in_folder(e->d_name), &st) == 0);
		if (!S_ISREG(st.st_mode) || is_ready(e->d_name, st.st_ino))
			continue;
		FUZZ_CHECK(o->n_files < MOST_FILES);
		o->file[o->n_files++] = fuzz_string((struct slice){
			(const unsigned char *)e->d_name, strlen(e->d_name) });
	}
	closedir(d);
}

/* True if a word holds the text. */
static bool has(const struct outcome *o, const char *text)
{
	int i;

	for (i = 0; i < o->n; i++)
		if (strstr(o->word[i], text) != NULL)
			return true;
	return false;
}

static bool is_command(const struct outcome *o, const char *name)
{
	return strcmp(o->word[0], name) == 0;
}

/* Counts and plans. */
static bool is_rows(const char *path)
{
	struct buf b = { 0 };
	bool is;

	fuzz_read(path, &b);
	is = b.len >= 8 && memcmp(b.data, "bprows1\n", 8) == 0;
	bp_buf_release(&b);
	return is;
}

static void check_counts(const char *name)
{
	char merge[] = "merge", output[] = "-o", merged[] = "merged", end[] = "--";
	char *file = fuzz_string((struct slice){ (const unsigned char *)name, strlen(name) });
	char *word[] = { merge, output, merged, end, file, NULL };

	FUZZ_CHECK(run(word, 5) == EXIT_OK);
	free(file);
}

static void check_output(const struct outcome *o, const char *name)
{
	bool model = is_command(o, "train") || is_command(o, "build") || is_command(o, "edit") ||
		     (is_command(o, "convert") && !has(o, "tsv") && !has(o, "huggingface") &&
		      !has(o, "sentencepiece"));
	bp_error err = { 0 };
	bp_model *m;

	if (strcmp(name, "-") == 0)
		return;
	if (model && !(is_command(o, "build") && is_rows(in_folder(name)))) {
		if ((m = bp_load(in_folder(name), &err)) == NULL)
			fprintf(stderr, "%s\n", err.msg);
		FUZZ_CHECK(m != NULL);
		bp_free(m);
	}
	if (is_command(o, "count") || is_command(o, "merge"))
		check_counts(name);
}

static void check_files(struct outcome *o)
{
	size_t i;

	find_files(o);
	for (i = 0; i < o->n_files; i++) {
		FUZZ_CHECK(strncmp(o->file[i], "bytepiece.", 10) != 0 || has(o, o->file[i]));
		/* Of models of several sizes the first may be there; saved work is in a folder. */
		if (has(o, "--resume"))
			continue;
		FUZZ_CHECK(o->status == EXIT_OK || has(o, ","));
		check_output(o, o->file[i]);
	}
	for (i = 0; i < o->n_files; i++)
		free(o->file[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice in = { data, size };
	char *word[WORDS + 1], *sorted[WORDS + 1], *words;
	struct outcome o = { .word = word };

	begin();
	words = read_words(&in, word, &o.n);
	if (o.n > 0) {
		fill_folder(in);
		/* The parser may sort them. */
		memcpy(sorted, word, sizeof(word));
		o.status = run(sorted, o.n);
		FUZZ_CHECK(o.status == EXIT_OK || o.status == EXIT_FAILED ||
			   o.status == EXIT_USAGE);
		FUZZ_CHECK((o.status != EXIT_OK) == (fuzz_errors > 0));
		check_files(&o);
	}
	free(words);
	return 0;
}
