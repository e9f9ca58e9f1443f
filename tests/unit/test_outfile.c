/* outfile.h and tempfile.h: access of temporary files, their names, files that were left. */

/* Folders, processes and permissions are POSIX, not C11. */
#if !defined(BP_C11) && (defined(__unix__) || defined(__APPLE__))
#define HAS_POSIX 1
#define _XOPEN_SOURCE 700
#ifdef __linux__
#define _DEFAULT_SOURCE
#endif
#endif

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef HAS_POSIX
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#endif

#include "support.h"
#include "bytepiece_files.h"
#include "base/host.h"
#include "io/outfile.h"
#include "io/tempfile.h"

#ifdef HAS_POSIX

enum { OTHER_ID = 54321 };	/* a user and a group that own nothing */

static char folder[256], target[300];

static int set_up(void **state)
{
	(void)state;
	snprintf(folder, sizeof(folder), "%s/bytepiece-test-XXXXXX", bp_temp_folder());
	if (mkdtemp(folder) == NULL)
		return -1;
	snprintf(target, sizeof(target), "%s/target", folder);
	umask(022);
	return 0;
}

static int tear_down(void **state)
{
	DIR *d = opendir(folder);
	struct dirent *e;
	char path[600];

	(void)state;
	while (d != NULL && (e = readdir(d)) != NULL) {
		snprintf(path, sizeof(path), "%s/%s", folder, e->d_name);
		remove(path);
	}
	if (d != NULL)
		closedir(d);
	return rmdir(folder);
}

static void make_file(const char *path, mode_t mode)
{
	FILE *f = fopen(path, "wb");

	assert_non_null(f);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, mode), 0);
}

/* A path in the folder, until the next call but one. */
static const char *in_folder(const char *name)
{
	static char path[2][2000];
	static int i;

	i = 1 - i;
	snprintf(path[i], sizeof(path[i]), "%s/%s", folder, name);
	return path[i];
}

static bool exists(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

static struct stat status_of(const char *path)
{
	struct stat st = { 0 };

	assert_int_equal(lstat(path, &st), 0);
	return st;
}

static void check_access(const char *path, mode_t mode, uid_t uid, gid_t gid)
{
	struct stat st = status_of(path);

	T_OK((st.st_mode & 0777) == mode && st.st_uid == uid && st.st_gid == gid,
	     "%s: %o %u %u, not %o %u %u", path, (unsigned)(st.st_mode & 0777), (unsigned)st.st_uid,
	     (unsigned)st.st_gid, (unsigned)mode, (unsigned)uid, (unsigned)gid);
}

/* Write the target; it and its temporary file have this access all the time. */
static void check_written(mode_t mode, uid_t uid, gid_t gid)
{
	struct outfile o;

	assert_int_equal(bp_out_open(&o, target, NULL), BP_OK);
	check_access(o.temporary, mode, uid, gid);
	assert_int_equal(bp_out_write(&o, "x", 1, NULL), BP_OK);
	check_access(o.temporary, mode, uid, gid);
	assert_int_equal(bp_out_commit(&o, NULL), BP_OK);
	bp_out_abort(&o);
	check_access(target, mode, uid, gid);
}

static void temporaries_have_the_access_of_the_target(void **state)
{
	static const mode_t modes[] = { 0600, 0400, 0640, 0644, 0666, 0700, 0755, 0777, 0200, 0604 };
	static const mode_t masks[] = { 022, 0, 077, 0777 };
	size_t i, k;

	(void)state;
	for (i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
		for (k = 0; k < sizeof(masks) / sizeof(masks[0]); k++) {
			make_file(target, modes[i]);
			umask(masks[k]);
			check_written(modes[i], geteuid(), status_of(target).st_gid);
			umask(022);
			assert_int_equal(remove(target), 0);
		}
}

static void a_new_file_has_the_access_of_the_mask(void **state)
{
	static const mode_t masks[] = { 022, 0, 077, 027 };
	size_t k;

	(void)state;
	for (k = 0; k < sizeof(masks) / sizeof(masks[0]); k++) {
		umask(masks[k]);
		check_written(0666 & ~masks[k], geteuid(), status_of(folder).st_gid == getegid() ?
			      getegid() : status_of(folder).st_gid);
		umask(022);
		assert_int_equal(remove(target), 0);
	}
}

static void access_that_changes_meanwhile_counts(void **state)
{
	struct outfile o;

	(void)state;
	make_file(target, 0644);
	assert_int_equal(bp_out_open(&o, target, NULL), BP_OK);
	assert_int_equal(chmod(target, 0600), 0);
	assert_int_equal(bp_out_commit(&o, NULL), BP_OK);
	bp_out_abort(&o);
	check_access(target, 0600, geteuid(), status_of(target).st_gid);
}

static void owner_and_group_are_kept(void **state)
{
	(void)state;
	make_file(target, 0640);
	if (chown(target, OTHER_ID, OTHER_ID) != 0)
		skip();		/* only root may give files away */
	check_written(0640, OTHER_ID, OTHER_ID);
}

/* Who may not give the group gives it no more than the others have, and the others no more than it
 * had. */
static void access_is_not_widened_without_the_group(void **state)
{
	static const mode_t modes[][2] = { { 0640, 0600 }, { 0664, 0644 }, { 0644, 0644 },
					   { 0660, 0600 }, { 0604, 0600 }, { 0646, 0644 } };
	pid_t child;
	size_t i;
	int status;

	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(chown(folder, OTHER_ID, OTHER_ID), 0);
	for (i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		make_file(target, modes[i][0]);
		assert_int_equal(chown(target, OTHER_ID, OTHER_ID + 1), 0);
		assert_int_equal(chmod(target, modes[i][0]), 0);
		fflush(NULL);
		if ((child = fork()) == 0) {
			struct outfile o;

			if (setgid(OTHER_ID) != 0 || setuid(OTHER_ID) != 0 ||
			    bp_out_open(&o, target, NULL) != BP_OK ||
			    bp_out_commit(&o, NULL) != BP_OK)
				_exit(1);
			bp_out_abort(&o);
			_exit(0);
		}
		assert_int_equal(waitpid(child, &status, 0), child);
		if (status != 0)
			skip();		/* such a user may not enter the folders above */
		check_access(target, modes[i][1], OTHER_ID, OTHER_ID);
	}
}

static void nameless_files_are_private(void **state)
{
	struct stat st;
	struct tempfile t;

	(void)state;
	umask(0);
	assert_int_equal(bp_temp_open(&t, folder, NULL), BP_OK);
	umask(022);
	assert_int_equal(fstat(fileno(t.f), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	bp_temp_close(&t);
}

/* A number of a process that has ended. */
static pid_t ended(void)
{
	pid_t child = fork();

	if (child == 0)
		_exit(0);
	assert_int_equal(waitpid(child, NULL, 0), child);
	return child;
}

/* The name of a temporary file of this host and a process. */
static void name_of(char name[80], const char *prefix, long pid, unsigned number)
{
	char owner[BP_HOST_OWNER_ROOM];

	bp_host_owner(owner);
	*strchr(owner, '.') = '\0';
	snprintf(name, 80, "%s.%s.%ld.%u", prefix, owner, pid, number);
}

static void files_of_ended_processes_are_removed(void **state)
{
	char left[80], spill[80];
	struct tempfile t;
	struct outfile o;

	(void)state;
	name_of(left, "bytepiece.tmp", ended(), 3);
	name_of(spill, "bytepiece.spill", ended(), 0);
	make_file(in_folder(left), 0600);
	make_file(in_folder(spill), 0400);
	assert_int_equal(bp_out_open(&o, target, NULL), BP_OK);
	assert_false(exists(in_folder(left)));
	assert_true(exists(in_folder(spill)));
	assert_int_equal(bp_temp_open(&t, folder, NULL), BP_OK);
	assert_false(exists(in_folder(spill)));
	assert_true(exists(o.temporary));
	bp_temp_close(&t);
	bp_out_abort(&o);
}

/* Names of others, and what no process of ours has made. */
static void other_files_stay(void **state)
{
	char dead[80], name[12][90];
	long pid = ended();
	struct outfile o;
	size_t i, n = 0;

	(void)state;
	name_of(dead, "bytepiece.tmp", pid, 0);
	name_of(name[n++], "bytepiece.tmp", getppid(), 0);
	name_of(name[n++], "bytepiece.tmp", getpid(), 7);
	name_of(name[n++], "bytepiece.tmp", 0, 0);
	name_of(name[n++], "bytepiece.tmp", -1, 0);
	name_of(name[n++], "mybytepiece.tmp", pid, 0);
	snprintf(name[n++], 90, "bytepiece.tmp.00000000.%ld.0", pid);
	snprintf(name[n++], 90, "%sx", dead);
	snprintf(name[n++], 90, "%s.0", dead);
	strcpy(name[n++], "bytepiece.tmp0");
	strcpy(name[n++], "bytepiece.tmp.");
	for (i = 0; i < n; i++)
		make_file(in_folder(name[i]), 0600);
	/* Not files: a link, a pipe, a folder. */
	name_of(dead, "bytepiece.tmp", pid, 1);
	assert_int_equal(symlink(in_folder(name[0]), in_folder(dead)), 0);
	name_of(dead, "bytepiece.tmp", pid, 2);
	assert_int_equal(mkfifo(in_folder(dead), 0600), 0);
	name_of(dead, "bytepiece.tmp", pid, 3);
	assert_int_equal(mkdir(in_folder(dead), 0700), 0);
	assert_int_equal(bp_out_open(&o, target, NULL), BP_OK);
	bp_out_abort(&o);
	for (i = 0; i < n; i++)
		T_OK(exists(in_folder(name[i])), "%s is gone", name[i]);
	for (i = 1; i <= 3; i++) {
		name_of(dead, "bytepiece.tmp", pid, (unsigned)i);
		T_OK(exists(in_folder(dead)), "number %zu is gone", i);
	}
	/* In a folder of this process alone, files of all others go, and its own stay. */
	bp_host_remove_left(folder, "bytepiece.tmp", true);
	assert_false(exists(in_folder(name[0])));
	assert_true(exists(in_folder(name[1])));
	assert_false(exists(in_folder(name[5])));
	assert_true(exists(in_folder("bytepiece.tmp0")));
}

/* As of a process in another container, whose number means nothing here. */
static void locked_files_stay(void **state)
{
	int ready[2], go[2];
	char name[80], c = 0;
	pid_t child;
	FILE *f;

	(void)state;
	name_of(name, "bytepiece.tmp", ended(), 0);
	assert_int_equal(pipe(ready), 0);
	assert_int_equal(pipe(go), 0);
	fflush(NULL);
	if ((child = fork()) == 0) {
		f = bp_host_create(in_folder(name), "wb", target);
		if (f == NULL || write(ready[1], "x", 1) != 1 || read(go[0], &c, 1) != 1)
			_exit(1);
		_exit(0);
	}
	assert_int_equal(read(ready[0], &c, 1), 1);
	bp_host_remove_left(folder, "bytepiece.tmp", false);
	bp_host_remove_left(folder, "bytepiece.tmp", true);
	assert_true(exists(in_folder(name)));
	assert_int_equal(write(go[1], "x", 1), 1);
	assert_int_equal(waitpid(child, NULL, 0), child);
	bp_host_remove_left(folder, "bytepiece.tmp", false);
	assert_false(exists(in_folder(name)));
}

static void names_that_are_taken_are_told(void **state)
{
	char name[80], want[80];
	bp_error err = { 0 };
	struct tempfile t;
	struct outfile o;
	unsigned i;

	(void)state;
	for (i = 0; i < 10000; i++) {
		name_of(name, "bytepiece.tmp", getpid(), i);
		make_file(in_folder(name), 0600);
		if (i == 9998) {
			assert_int_equal(bp_out_open(&o, target, &err), BP_OK);
			bp_out_abort(&o);
		}
	}
	assert_int_equal(bp_out_open(&o, target, &err), BP_EIO);
	name_of(want, "bytepiece.tmp", getpid(), 0);
	T_OK(strstr(err.msg, want) != NULL && strstr(err.msg, folder) == err.msg, "'%s'", err.msg);
	assert_false(exists(target));
	/* Other prefixes are not concerned. */
	assert_int_equal(bp_temp_open(&t, folder, NULL), BP_OK);
	bp_temp_close(&t);
}

/* Descriptors that are closed are opened, the others stay as they are. */
static void closed_standard_streams_are_opened(void **state)
{
	pid_t child;
	int set, fd, status;
	char c;

	(void)state;
	for (set = 0; set < 8; set++) {
		fflush(NULL);
		if ((child = fork()) == 0) {
			for (fd = 0; fd < 3; fd++)
				if ((set & 1 << fd) != 0)
					close(fd);
			if (!bp_open_standard_streams())
				_exit(1);
			for (fd = 0; fd < 3; fd++)
				if (fcntl(fd, F_GETFD) < 0)
					_exit(2);
			if ((set & 1) != 0 && read(0, &c, 1) != 0)
				_exit(3);
			if ((set & 2) != 0 && write(1, "x", 1) >= 0)
				_exit(4);
			if ((set & 4) != 0 && write(2, "x", 1) != 1)
				_exit(5);
			/* The first new file is none of them. */
			_exit(open("/dev/null", O_RDONLY) > 2 ? 0 : 6);
		}
		assert_int_equal(waitpid(child, &status, 0), child);
		T_OK(WIFEXITED(status) && WEXITSTATUS(status) == 0, "closed: %d: %d", set,
		     WEXITSTATUS(status));
	}
}

#endif

static void a_file_appears_whole_or_not_at_all(void **state)
{
	struct outfile o;
	char path[600], got[8];
	size_t n;
	FILE *f;

	(void)state;
	snprintf(path, sizeof(path), "%s/bytepiece-test-outfile-%d", bp_temp_folder(), rand());
	assert_int_equal(bp_out_open(&o, path, NULL), BP_OK);
	assert_int_equal(bp_out_write(&o, "abc", 3, NULL), BP_OK);
	assert_null(fopen(path, "rb"));
	bp_out_abort(&o);
	assert_null(fopen(path, "rb"));
	assert_int_equal(bp_out_open(&o, path, NULL), BP_OK);
	assert_int_equal(bp_out_write(&o, "abc", 3, NULL), BP_OK);
	assert_int_equal(bp_out_commit(&o, NULL), BP_OK);
	bp_out_abort(&o);
	assert_non_null(f = fopen(path, "rb"));
	n = fread(got, 1, sizeof(got), f);
	T_SAME(((struct slice){ (unsigned char *)got, n }), S("abc"));
	assert_int_equal(fclose(f), 0);
	assert_int_equal(remove(path), 0);
}

static void a_program_has_outputs_of_its_own(void **state)
{
	char path[600], got[8];
	bp_output *o;
	bp_error err;
	int round;
	FILE *f;

	(void)state;
	snprintf(path, sizeof(path), "%s/bytepiece-test-output-%d", bp_temp_folder(), rand());
	for (round = 0; round < 2; round++) {
		assert_non_null(o = bp_output_new(path, &err));
		assert_true(fputs("abc", bp_output_stream(o)) >= 0);
		if (round == 1)
			assert_int_equal(bp_output_commit(o, &err), BP_OK);
		bp_output_free(o);
		f = fopen(path, "rb");
		assert_true((f != NULL) == (round == 1));
	}
	assert_int_equal(fread(got, 1, sizeof(got), f), 3);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(remove(path), 0);
	bp_output_free(NULL);
	snprintf(path, sizeof(path), "%s/bytepiece-none-%d/x", bp_temp_folder(), rand());
	assert_null(bp_output_new(path, &err));
	assert_int_equal(err.code, BP_EIO);
	assert_non_null(o = bp_output_new("-", &err));
	assert_ptr_equal(bp_output_stream(o), stdout);
	bp_output_free(o);
}

static void the_folder_of_a_path(void **state)
{
	static const char *const path[][2] = {
		{ "x", "." }, { "a/x", "a" }, { "/x", "/." }, { "a/b/x", "a/b" }, { "", "." },
#ifdef _WIN32
		{ "a\\x", "a" }, { "C:x", "C:." }, { "C:\\x", "C:" }, { "C:/a\\x", "C:/a" },
		{ "\\x", "\\." },
#else
		{ "a\\x", "." }, { "C:x", "." },
#endif
		{ "a/", "a" }
	};
	size_t i;
	char *s;

	(void)state;
	for (i = 0; i < sizeof(path) / sizeof(path[0]); i++) {
		assert_non_null(s = bp_host_folder(path[i][0]));
		assert_string_equal(s, path[i][1]);
		free(s);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
#ifdef HAS_POSIX
#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
		IN_FOLDER(temporaries_have_the_access_of_the_target),
		IN_FOLDER(a_new_file_has_the_access_of_the_mask),
		IN_FOLDER(access_that_changes_meanwhile_counts),
		IN_FOLDER(owner_and_group_are_kept),
		IN_FOLDER(access_is_not_widened_without_the_group),
		IN_FOLDER(nameless_files_are_private),
		IN_FOLDER(files_of_ended_processes_are_removed),
		IN_FOLDER(other_files_stay),
		IN_FOLDER(locked_files_stay),
		IN_FOLDER(names_that_are_taken_are_told),
		cmocka_unit_test(closed_standard_streams_are_opened),
#endif
		cmocka_unit_test(the_folder_of_a_path),
		cmocka_unit_test(a_file_appears_whole_or_not_at_all),
		cmocka_unit_test(a_program_has_outputs_of_its_own)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
