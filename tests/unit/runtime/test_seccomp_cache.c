/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/runtime/seccomp_test.h"

#include <time.h>

TestSuite(seccomp_cache, .init = seccomp_setup, .fini = seccomp_teardown, .timeout = 60);

/* The only file in the cache; the caller frees. */
static char *cached(struct stat *st)
{
	scoped_dir DIR *d = opendir(cache);
	const struct dirent *entry;
	char *path = NULL;
	int n = 0;

	cr_assert_not_null(d);
	while ((entry = readdir(d))) {
		if (entry->d_name[0] == '.')
			continue;
		free(path);
		path = str_printf("%s/%s", cache, entry->d_name);
		n++;
	}
	cr_assert_eq(n, 1, "%d files in the cache", n);
	cr_assert_eq(lstat(path, st), 0);
	return path;
}

/* Prepare once more; whether the file stayed the same one. */
static bool is_reused(const struct seccomp_program *first)
{
	struct stat before, after;
	scoped_str char *path = cached(&before);
	struct seccomp_program p = prepare("default", 0);
	scoped_str char *again = cached(&after);

	cr_expect_str_eq(path, again);
	cr_expect_eq(p.n, first->n);
	cr_expect_arr_eq((char *)p.bpf, (char *)first->bpf, p.n * 8);
	cr_expect_eq(after.st_uid, geteuid());
	cr_expect_eq(after.st_mode, S_IFREG | 0600);
	seccomp_drop(&p);
	return before.st_ino == after.st_ino && before.st_mtim.tv_nsec == after.st_mtim.tv_nsec;
}

static void poke(const char *path, off_t at, const char *bytes, size_t n)
{
	scoped_fd int fd = open(path, O_WRONLY | O_CLOEXEC);

	cr_assert_eq(pwrite(fd, bytes, n, at), (ssize_t)n);
}

static void swap_for_link(const char *path)
{
	scoped_str char *other = str_printf("%s/elsewhere", dir);

	cr_assert_eq(rename(path, other), 0);
	cr_assert_eq(symlink(other, path), 0);
}

Test(seccomp_cache, cache_is_used_and_never_trusted_blindly)
{
	struct seccomp_program first = prepare("default", 0);
	struct stat st;
	scoped_str char *path = cached(&st);

	cr_expect(is_reused(&first), "not used at all");
	cr_expect_eq(stat(cache, &st), 0);
	cr_expect_eq(st.st_mode & 07777, 0700);

	poke(path, 200, "damage", 6);
	cr_expect(!is_reused(&first), "a damaged file was used");
	poke(path, 0, "x", 1);
	cr_expect(!is_reused(&first), "a foreign file was used");
	cr_assert_eq(truncate(path, 100), 0);
	cr_expect(!is_reused(&first), "a short file was used");
	cr_assert_eq(truncate(path, 0), 0);
	cr_expect(!is_reused(&first), "an empty file was used");
	cr_assert_eq(chmod(path, 0644), 0);
	cr_expect(!is_reused(&first), "a readable file was used");
	swap_for_link(path);
	cr_expect(!is_reused(&first), "a symbolic link was followed");
	if (geteuid() == 0) {
		cr_assert_eq(chown(path, 1000, 0), 0);
		cr_expect(!is_reused(&first), "another user's file was used");
	}
	cr_expect(is_reused(&first), "not used after all that");
	seccomp_drop(&first);
}

Test(seccomp_cache, without_a_safe_cache_it_is_built_each_time)
{
	struct seccomp_program p;

	make_dirs(cache);
	cr_assert_eq(chmod(cache, 0777), 0);
	p = prepare("default", 0);
	cr_expect_gt(p.n, 100);
	seccomp_drop(&p);
	cr_expect_eq(rmdir(cache), 0, "something was put into a directory for all");
	write_text(cache, "a file");
	p = prepare("default", 0);
	cr_expect_gt(p.n, 100);
	seccomp_drop(&p);
}

/* A capability that the table does not name shares the program; one that it names does not. */
Test(seccomp_cache, programs_are_kept_apart_by_what_shapes_them)
{
	const caps_mask sets[] = { 0, BIT(CAP_NET_ADMIN), BIT(CAP_SYS_PTRACE) };
	const bool same[] = { true, true, false };
	struct seccomp_program first = prepare("default", 0);

	for (size_t i = 0; i < ARRAY_LEN(sets); i++) {
		struct seccomp_program p = prepare("default", sets[i]);

		cr_expect_eq(p.n == first.n && memcmp(p.bpf, first.bpf, p.n * 8) == 0, same[i],
			     "set %zu", i);
		seccomp_drop(&p);
	}
	seccomp_drop(&first);
}

static double us_since(const struct timespec *t)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - t->tv_sec) * 1e6 + (double)(now.tv_nsec - t->tv_nsec) / 1e3;
}

/* Cost of a call that the filter has to look at: its arguments count, so the kernel keeps no
 * answer. */
static double per_call(void)
{
	enum { CALLS = 200000 };
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	for (int i = 0; i < CALLS; i++)
		(void)syscall(SYS_personality, 0xffffffff);
	return us_since(&t) * 1000 / CALLS;
}

Test(seccomp_cache, what_it_costs)
{
	struct timespec t;
	struct seccomp_program p;
	double built, read;

	clock_gettime(CLOCK_MONOTONIC, &t);
	p = prepare("default", 0);
	built = us_since(&t);
	seccomp_drop(&p);
	clock_gettime(CLOCK_MONOTONIC, &t);
	p = prepare("default", 0);
	read = us_since(&t);

	pid_t pid = fork();
	if (pid == 0) {
		double before = per_call(), loaded;

		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		clock_gettime(CLOCK_MONOTONIC, &t);
		if (seccomp_apply(&p, &e) < 0)
			_exit(1);
		loaded = us_since(&t);
		fprintf(stderr,
			"seccomp: %zu instructions; built in %.0f us, read from the cache in %.0f us, "
			"loaded in %.0f us; a call with inspected arguments %.0f ns, %.0f before\n",
			p.n, built, read, loaded, per_call(), before);
		_exit(0);
	}
	waitpid(pid, NULL, 0);
	cr_expect_lt(read, built);
	seccomp_drop(&p);
}
