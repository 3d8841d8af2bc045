/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/census.h"
#include "tests/support/support.h"
#include "runtime/base/hash.h"

#include <errno.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

enum { SETTLE_MS = 5000, TRIES = 500 };

/* One test is one process in Criterion, so this is one test's. */
static struct {
	char *root;
	char prefix[16];
	struct strs before;
} host;

const char *host_root(void)
{
	return host.root;
}

const char *host_group_prefix(void)
{
	return host.prefix;
}

static void loopback_up(void)
{
	scoped_fd int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq r = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };

	cr_assert_eq(ioctl(s, SIOCSIFFLAGS, &r), 0, "lo up: %s", strerror(errno));
}

void host_netns(void)
{
	cr_assert_eq(unshare(CLONE_NEWNET | CLONE_NEWNS), 0, "unshare: %s", strerror(errno));
	cr_assert_eq(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL), 0, "private mounts: %s",
		     strerror(errno));
	loopback_up();
}

void host_begin(void)
{
	char path[] = "/run/nfrun-test-XXXXXX";

	need_root();
	host_netns();
	cr_assert(mkdtemp(path) != NULL, "make %s: %s", path, strerror(errno));
	host.root = str_dup(path);

	uint64_t hash = hash_text(0, path); /* as container_root_hash() has it */
	snprintf(host.prefix, sizeof host.prefix, "%08x-", (unsigned)(hash ^ hash >> 32));
	cr_assert_eq(mount("nfrun-test", path, "tmpfs", 0, "mode=0755"), 0, "mount tmpfs: %s",
		     strerror(errno));
	setenv("NFRUN_ROOT", path, 1);
	/* supervisors outlive nfrun: this makes them ours to count and to end */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	census_take(&host.before);
}

/* Settling is allowed for: what the kernel ends in the background (namespaces) and what a process
 * in its last breath still holds. */
void host_end(void)
{
	int64_t end = now_ms() + SETTLE_MS;

	for (;;) {
		scoped_strs struct strs after = { 0 };

		census_take(&after);
		scoped_str char *diff = census_diff(&host.before, &after);

		if (!diff)
			return;
		cr_assert(now_ms() < end, "left behind (+) or taken away (-):\n%s", diff);
		sleep_ms(20);
	}
}

static void end_processes(void)
{
	for (int i = 0; i < TRIES; i++) {
		scoped_strs struct strs lines = { 0 };
		pid_t *pids = NULL;
		size_t n = census_pids(&pids, &lines);

		for (size_t p = 0; p < n; p++)
			kill(pids[p], SIGKILL);
		free(pids);
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
		if (n == 0)
			return;
		sleep_ms(10);
	}
}

static void remove_groups(void)
{
	scoped_strs struct strs groups = { 0 };

	census_groups(&groups);
	for (size_t i = groups.n; i-- > 0;) {
		scoped_str char *group = str_printf("group %s", groups.v[i]);

		if (!strs_has(&host.before, group))
			(void)wait_until(rmdir(groups.v[i]) == 0 || errno == ENOENT, SETTLE_MS);
	}
}

void host_clean(void)
{
	if (!host.root)
		return;
	end_processes();
	remove_groups();
	umount2(host.root, MNT_DETACH);
	rmdir(host.root);
	str_drop(&host.root);
	strs_free(&host.before);
}
