/* SPDX-License-Identifier: Apache-2.0 */
/* The network step alone, with a process that plays PID 1 of a container. */
#include "runtime/base/fs.h"
#include "runtime/life.h"
#include "tests/support/support.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

static pid_t process_in_own_netns(void)
{
	int fds[2];
	char ready;

	cr_assert_eq(pipe2(fds, O_CLOEXEC), 0);
	pid_t pid = fork();
	if (pid == 0) {
		if (unshare(CLONE_NEWNET) == 0 && write(fds[1], "r", 1) == 1)
			pause();
		_exit(1);
	}
	close(fds[1]);
	cr_assert_eq(read(fds[0], &ready, 1), 1);
	close(fds[0]);
	return pid;
}

static void end_process(pid_t pid)
{
	kill(pid, SIGKILL);
	cr_assert_eq(waitpid(pid, NULL, 0), pid);
}

static struct spec_net_device devices[] = { { "v0", "eth%d" } };

static struct spec spec_of(size_t n)
{
	return (struct spec){
		.id = (char *)"c1", .oci = true, .net_devices = devices, .n_net_devices = n
	};
}

static void begin(struct container *c, struct spec *s, pid_t pid)
{
	struct err e = { 0 };

	*s = spec_of(1);
	cr_assert_eq(container_open(host_root(), "c1", true, c, &e), 0, "%s", e.text);
	c->spec = s;
	c->rec.id = str_dup("c1");
	cr_assert_eq(boot_id_read(&c->rec.boot_id, &e), 0);
	cr_assert_eq(proc_id_of(pid, &c->rec.init, &e), 0, "%s", e.text);
	cr_assert_eq(network_plan(c, &e), 0, "%s", e.text);
	cr_assert_eq(record_save(c->dir_fd, &c->rec, &e), 0, "%s", e.text);

	must_run("ip", "link", "add", "v0", "address", "02:00:00:00:00:11", "type", "veth", "peer",
		 "name", "v1");
	must_run("ip", "address", "add", "10.1.1.1/24", "dev", "v0");
	must_run("ip", "link", "set", "v0", "up");
}

/* As another process of ours would find it. */
static void reopen(struct container *c)
{
	struct err e = { 0 };

	c->spec = NULL; /* the test's */
	container_close(c);
	cr_assert_eq(container_open(host_root(), "c1", false, c, &e), 0, "%s", e.text);
}

static void end(struct container *c)
{
	struct err e = { 0 };

	must_run("ip", "link", "del", "v1");
	c->spec = NULL;
	container_close(c);
	scoped_str char *dir = str_printf("%s/c1", host_root());
	cr_assert_eq(fs_remove_tree_at(AT_FDCWD, dir, &e), 0, "%s: %s", e.text, strerror(e.code));
}

static void expect_back(void)
{
	scoped_run struct run r = run_cmd("ip", "address", "show", "v0");

	cr_assert_eq(r.status, 0, "%s", r.err);
	cr_expect(strstr(r.out, "10.1.1.1/24"), "%s", r.out);
	cr_expect(strstr(r.out, "02:00:00:00:00:11"), "%s", r.out);
	cr_expect(strstr(r.out, ",UP"), "%s", r.out);
}

static void must_apply(struct container *c)
{
	struct err e = { 0 };

	cr_assert_eq(network_apply(c, &e), 0, "%s: %s", e.text, strerror(e.code));
	cr_assert_eq(c->rec.net_devices.n, 1);
	cr_expect_str_eq(c->rec.net_devices.v[0].inside, "eth0");
	scoped_run struct run r = run_cmd("ip", "link", "show", "v0");
	cr_expect_neq(r.status, 0, "v0 is still on the host");
}

static void must_revert(struct container *c)
{
	struct err e = { 0 };

	cr_assert_eq(network_revert(c, &e), 0, "%s: %s", e.text, strerror(e.code));
	cr_expect_eq(c->rec.net_devices.n, 0);
}

HostTest(netdevs, a_virtual_device_outlives_the_containers_last_process)
{
	pid_t pid = process_in_own_netns();
	struct container c;
	struct spec s;

	begin(&c, &s, pid);
	must_apply(&c);
	end_process(pid);
	reopen(&c);
	must_revert(&c);
	expect_back();
	must_revert(&c);
	end(&c);
}

HostTest(netdevs, it_comes_back_while_the_process_lives)
{
	pid_t pid = process_in_own_netns();
	struct container c;
	struct spec s;

	begin(&c, &s, pid);
	must_apply(&c);
	must_revert(&c);
	expect_back();
	end_process(pid);
	end(&c);
}

HostTest(netdevs, a_crash_after_the_move_loses_nothing)
{
	pid_t pid = process_in_own_netns();
	struct container c;
	struct spec s;
	struct err e = { 0 };

	begin(&c, &s, pid);
	must_apply(&c);
	c.rec.net_devices.v[0].inside_index = 0; /* as it was saved before the move */
	cr_assert_eq(record_save(c.dir_fd, &c.rec, &e), 0);
	end_process(pid);
	reopen(&c);
	must_revert(&c);
	expect_back();
	end(&c);
}

HostTest(netdevs, a_device_that_cannot_be_lent_leaves_nothing_behind)
{
	pid_t pid = process_in_own_netns();
	struct container c;
	struct spec s;
	struct err e = { 0 };
	struct spec_net_device two[] = { { "v0", "" }, { "nope", "" } };

	begin(&c, &s, pid);
	s.net_devices = two;
	s.n_net_devices = 2;
	cr_assert_eq(network_apply(&c, &e), -1);
	cr_expect(strstr(e.text, "network device nope: the host has none"), "%s", e.text);
	must_revert(&c);
	expect_back();
	end_process(pid);
	end(&c);
}

HostTest(netdevs, a_container_in_the_hosts_namespace_cannot_have_any)
{
	struct container c;
	struct spec s;
	struct err e = { 0 };

	begin(&c, &s, getpid());
	cr_assert_eq(network_apply(&c, &e), -1);
	cr_expect(strstr(e.text, "the host's own"), "%s", e.text);
	expect_back();
	end(&c);
}

HostTest(netdevs, without_devices_no_namespace_is_kept)
{
	pid_t pid = process_in_own_netns();
	struct container c;
	struct spec s;
	struct err e = { 0 };
	struct stat st;

	begin(&c, &s, pid);
	s.n_net_devices = 0;
	cr_assert_eq(network_apply(&c, &e), 0, "%s", e.text);
	cr_expect_eq(fstatat(c.dir_fd, "netns", &st, 0), -1);
	must_revert(&c);
	end_process(pid);
	end(&c);
}
