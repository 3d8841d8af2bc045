/* SPDX-License-Identifier: Apache-2.0 */
/* linux.netDevices from create to delete. */
#include "tests/cli/cli.h"

#include <signal.h>

static char *bundle;

/* The host's /bin/sleep in a root of its own, with nothing but the device to tell of. */
static void make_bundle(const char *devices)
{
	bundle = str_printf("%s-bundle", host_root());
	scoped_str char *usr = str_printf("%s/rootfs/bin", bundle);
	scoped_str char *config = str_printf("%s/config.json", bundle);

	make_dirs(usr);
	must_run("cp", "/bin/busybox", usr);
	write_text(
		config,
		"{\"ociVersion\":\"1.3.0\",\"root\":{\"path\":\"rootfs\"},\"process\":{\"cwd\":\"/\","
		"\"user\":{\"uid\":0,\"gid\":0},\"args\":[\"/bin/busybox\",\"sleep\",\"1000\"]},"
		"\"linux\":{\"namespaces\":[{\"type\":\"mount\"},{\"type\":\"pid\"},{\"type\":"
		"\"network\"}],\"netDevices\":%s}}",
		devices);
}

static void remove_bundle(void)
{
	must_run("rm", "-rf", bundle);
	str_drop(&bundle);
}

static void make_pair(void)
{
	must_run("ip", "link", "add", "v0", "address", "02:00:00:00:00:11", "mtu", "1400", "type",
		 "veth", "peer", "name", "v1");
	must_run("ip", "address", "add", "10.1.1.1/24", "dev", "v0");
	must_run("ip", "link", "set", "v0", "up");
}

static void expect_on_host(void)
{
	scoped_run struct run r = run_cmd("ip", "address", "show", "v0");

	cr_assert_eq(r.status, 0, "%s", r.err);
	cr_expect(strstr(r.out, "10.1.1.1/24") && strstr(r.out, "02:00:00:00:00:11") &&
			  strstr(r.out, "mtu 1400") && strstr(r.out, ",UP"),
		  "%s", r.out);
}

/* Its process keeps stdout and stderr, which are not to be the test's. */
static void start(const char *verb)
{
	must_run("sh", "-c", "\"$0\" $1 --bundle \"$2\" c1 </dev/null >/dev/null 2>&1",
		 nfrun_path(), verb, bundle);
}

static pid_t pid_of(const char *id)
{
	scoped_str char *pid = ask("state", id, ".pid");

	return (pid_t)strtol(pid, NULL, 10);
}

/* Killed by a stranger, it takes nothing with it. */
HostTest(net_devices, one_is_lent_and_comes_back_from_a_container_that_died)
{
	make_bundle("{\"v0\":{\"name\":\"eth0\"}}");
	make_pair();
	start("run --detach");

	scoped_str char *net = str_printf("--net=/proc/%d/ns/net", pid_of("c1"));
	scoped_run struct run in = run_cmd("nsenter", net, "ip", "address", "show", "eth0");
	cr_expect(strstr(in.out, "10.1.1.1/24") && strstr(in.out, ",UP"), "%s%s", in.out, in.err);
	scoped_run struct run gone = run_cmd("ip", "link", "show", "v0");
	cr_expect_neq(gone.status, 0);

	cr_assert_eq(kill(pid_of("c1"), SIGKILL), 0);
	cr_assert(wait_until(pid_of("c1") == 0, 5000));
	must_run_nfrun("delete", "c1");
	expect_on_host();
	must_run("ip", "link", "del", "v0");
	remove_bundle();
}

HostTest(net_devices, delete_by_force_gives_back_too)
{
	make_bundle("{\"v0\":{}}");
	make_pair();
	start("create");
	must_run_nfrun("delete", "--force", "c1");
	expect_on_host();
	must_run("ip", "link", "del", "v0");
	remove_bundle();
}

HostTest(net_devices, a_container_that_cannot_have_it_leaves_nothing)
{
	make_bundle("{\"v0\":{},\"nope\":{}}");
	make_pair();
	scoped_run struct run r = run_nfrun("create", "--bundle", bundle, "c1");
	cr_expect_eq(r.status, 1);
	cr_expect(strstr(r.err, "network device nope: the host has none of that name"), "%s",
		  r.err);
	expect_on_host();
	must_run("ip", "link", "del", "v0");
	remove_bundle();
}
