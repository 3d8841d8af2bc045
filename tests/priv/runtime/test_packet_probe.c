/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a group's quota stops kernel threads is found by trying, once. */
#include "runtime/packet_probe.h"
#include "runtime/record.h"
#include "tests/support/support.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/utsname.h>
#include <sys/wait.h>

static bool probe(void)
{
	struct err e = { 0 };
	bool stops = false;

	skip_unless(access("/proc/2/comm", F_OK) == 0,
		    "needs to see kernel threads: the machine's pid namespace");
	cr_assert_eq(packet_probe_quota(host_root(), &stops, &e), 0, "%s: %s", e.text,
		     strerror(e.code));
	return stops;
}

static char *file(void)
{
	return str_printf("%s/.packet-probe", host_root());
}

/* The probe does not ask for the version; here it is what we know of it. */
static bool expected(void)
{
	struct utsname u;
	unsigned major = 0, minor = 0;

	cr_assert_eq(uname(&u), 0);
	cr_assert_eq(sscanf(u.release, "%u.%u", &major, &minor), 2);
	return major < 6 || (major == 6 && minor < 18);
}

static void forget(void)
{
	scoped_str char *path = file();

	(void)unlink(path);
}

HostTest(packet_probe, it_is_found_by_trying)
{
	int64_t from = now_ms();

	cr_assert_eq(probe(), expected());
	cr_assert_lt(now_ms() - from, 3000);
	cr_assert_eq(if_nametoindex("probe"), 0, "nothing in the caller's namespace");
	forget();
}

HostTest(packet_probe, what_is_known_is_not_tried_again)
{
	scoped_str char *path = file(), *boot = NULL;
	struct err e = { 0 };

	cr_assert_eq(boot_id_read(&boot, &e), 0);
	write_text(path, "%s %s\n", boot, "yes");
	cr_assert(probe());
	write_text(path, "%s %s\n", boot, "no");
	cr_assert_not(probe());

	static const struct {
		const char *before, *behind;
	} worthless[] = { { "", "" }, { "", " y" }, { "0", " yes\n" }, { "", " yes\nand more" } };
	for (size_t i = 0; i < ARRAY_LEN(worthless); i++) {
		write_text(path, "%s%s%s", worthless[i].before, boot, worthless[i].behind);
		cr_assert_eq(probe(), expected(), "%zu", i);
		scoped_str char *now = read_text(path);
		scoped_str char *want = str_printf("%s %s", boot, expected() ? "yes" : "no");
		cr_assert_str_eq(now, want);
	}
	forget();
}

/* Who comes second waits, and takes what the first one found; here that is us, and not the truth.
 */
HostTest(packet_probe, at_the_same_time_it_is_tried_once)
{
	scoped_str char *path = file(), *boot = NULL;
	struct err e = { 0 };
	pid_t pids[6];

	cr_assert_eq(boot_id_read(&boot, &e), 0);
	int first = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	cr_assert_eq(flock(first, LOCK_EX), 0);
	for (size_t i = 0; i < ARRAY_LEN(pids); i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			bool stops = false;

			fd_drop(&first); /* the lock is the parent's */
			_exit(packet_probe_quota(host_root(), &stops, &e) < 0 ? 9 : stops);
		}
	}
	sleep_ms(300);
	cr_assert_eq(waitpid(-1, NULL, WNOHANG), 0, "one has not waited");
	write_text(path, "%s %s\n", boot, expected() ? "no" : "yes");
	fd_drop(&first);
	for (size_t i = 0; i < ARRAY_LEN(pids); i++) {
		int status = 0;

		cr_assert_eq(waitpid(pids[i], &status, 0), pids[i]);
		cr_assert_eq(WEXITSTATUS(status), !expected());
	}
	forget();
}

static pid_t start_probe(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		struct err e = { 0 };
		bool stops;

		(void)packet_probe_quota(host_root(), &stops, &e);
		_exit(0);
	}
	return pid;
}

/* Whoever asked may be killed at any moment: it goes on by itself, and the next one has its word.
 */
HostTest(packet_probe, one_whose_caller_is_killed_cleans_up)
{
	for (int ms = 5; ms <= 160; ms *= 2) {
		pid_t pid = start_probe();

		sleep_ms(ms);
		(void)kill(pid, SIGKILL);
		cr_assert_eq(waitpid(pid, NULL, 0), pid);
		cr_assert_eq(probe(), expected());
		forget();
	}
}

static void kill_children(void)
{
	scoped_str char *path = str_printf("/proc/%d/task/%d/children", getpid(), getpid());
	scoped_str char *text = read_text(path);

	for (char *p = text; *p;) {
		pid_t pid = (pid_t)strtol(p, &p, 10);

		if (pid <= 0)
			break;
		(void)kill(pid, SIGKILL);
	}
	while (waitpid(-1, NULL, __WALL) > 0)
		continue;
}

/* Itself killed, it leaves what the next one takes away. */
HostTest(packet_probe, one_that_is_killed_leaves_nothing_for_long)
{
	for (int ms = 5; ms <= 160; ms *= 2) {
		(void)start_probe();
		sleep_ms(ms);
		for (int i = 0; i < 3; i++) /* it, who works for it, and who works for that one */
			kill_children();
		forget();
		cr_assert_eq(probe(), expected());
		forget();
	}
}

HostTest(packet_probe, what_it_cannot_do_it_says)
{
	struct err e = { 0 };
	bool stops;

	cr_assert_eq(packet_probe_quota("/nowhere", &stops, &e), -1);
	cr_assert_eq(e.code, ENOENT);
	cr_assert(strstr(e.text, "/nowhere/.packet-probe"), "%s", e.text);
}
