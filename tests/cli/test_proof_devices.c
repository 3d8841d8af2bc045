/* SPDX-License-Identifier: Apache-2.0 */
/* A VNF's list of devices: what is on it can be opened, nothing else. Both nodes are of mode 0666,
 * and another kernel log takes no harm from a writer that writes nothing. */
#include "tests/cli/bundle.h"
#include "tests/cli/proof.h"

#include <errno.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#define TUN        "/dev/net/tun"
#define OTHER      "/dev/net/klog"
#define BIND(path) "{ \"source\": \"" path "\", \"target\": \"" path "\", \"options\": [\"dev\"] }"

static void make_node(const char *path, unsigned major_number, unsigned minor_number)
{
	cr_assert_eq(mknod(path, S_IFCHR, makedev(major_number, minor_number)), 0, "%s: %s", path,
		     strerror(errno));
	cr_assert_eq(chmod(path, 0666), 0);
}

/* What stands in the host's /dev/net, in this test's mount namespace. */
static void net_devices(void)
{
	make_dirs("/dev/net");
	cr_assert_eq(mount("net", "/dev/net", "tmpfs", 0, NULL), 0, "%s", strerror(errno));
	make_node(TUN, 10, 200);
	make_node(OTHER, 1, 11);
}

static void no_net_devices(void)
{
	cr_assert_eq(umount2("/dev/net", MNT_DETACH), 0);
}

/* How a shell in the VNF fares with a redirection; malloc'd: "" or what it complained of. */
static char *told(const char *name, const char *redirection)
{
	scoped_str char *script = str_printf("exec 3%s", redirection);
	scoped_run struct run r = run_nfrun("exec", name, "sh", "-c", script);

	cr_expect_eq(r.status == 0, *r.err == '\0', "%d: %s", r.status, r.err);
	return str_dup(r.err);
}

#define expect_opens(name, redirection)                                                            \
	do {                                                                                       \
		scoped_str char *told_ = told(name, redirection);                                  \
		cr_expect_str_empty(told_, "%s: %s", redirection, told_);                          \
	} while (0)

/* EPERM, where the file's permissions would be EACCES. */
#define expect_refused(name, redirection)                                                          \
	do {                                                                                       \
		scoped_str char *told_ = told(name, redirection);                                  \
		cr_expect(has(told_, "Operation not permitted"), "%s: %s", redirection, told_);    \
	} while (0)

static void start(const char *name, const char *more)
{
	scoped_str char *file = shell_vnf(name, "exec sleep 1000", more);

	must_run_nfrun("start", file);
}

HostTest(proof_devices, a_listed_one_works_and_another_does_not)
{
	net_devices();
	start("tun",
	      ", \"devices\": [\"" TUN "\"], \"mounts\": [" BIND(
		      OTHER) "], "
			     "\"capabilities\": [\"NET_ADMIN\"], "
			     "\"setup\": [[\"ip\", \"tuntap\", \"add\", \"dev\", \"t0\", \"mode\", \"tun\"]]");
	must_run_nfrun("exec", "tun", "ip", "link", "show", "dev", "t0");
	expect_says("status", "tun", ".devices", "[{\"path\":\"" TUN "\",\"access\":\"rw\"}]");
	expect_opens("tun", "<>" TUN);
	expect_refused("tun", ">" OTHER);

	must_run_nfrun("update", "--pids", "50", "tun");
	expect_refused("tun", ">" OTHER);
	must_run_nfrun("restart", "tun");
	expect_opens("tun", "<>" TUN);
	expect_refused("tun", ">" OTHER);
	scoped_run struct run r = run_nfrun("status", "tun");
	cr_expect(has(r.out, "devices      " TUN " (rw)\n"), "%s", r.out);
	delete_vnf("tun");
	no_net_devices();
}

/* Not only what exec brings in: PID 1, its setup and the process too. */
HostTest(proof_devices, the_vnf_itself_is_held)
{
	scoped_str char *file =
		shell_vnf("held", "exec sleep 1000",
			  ", \"devices\": [], \"mounts\": [" BIND(
				  OTHER) "], "
					 "\"setup\": [[\"sh\", \"-c\", \"exec 3>" OTHER "\"]]");

	net_devices();
	scoped_run struct run r = run_nfrun("start", file);
	cr_expect_eq(r.status, 1);
	cr_expect(has(r.err, "Operation not permitted"), "%s", r.err);
	no_net_devices();
}

HostTest(proof_devices, without_a_list_nothing_is_filtered)
{
	net_devices();
	start("open", ", \"mounts\": [" BIND(TUN) ", " BIND(OTHER) "]");
	expect_says("status", "open", ".devices", "null");
	expect_opens("open", "<>" TUN);
	expect_opens("open", ">" OTHER);
	if (is_v1("open", "devices")) {
		scoped_str char *dir = group_dir("open", "devices");

		cr_expect_eq(access(dir, F_OK), -1, "%s was made for nothing", dir);
	}
	delete_vnf("open");
	no_net_devices();
}

HostTest(proof_devices, an_empty_list_has_those_of_every_vnf)
{
	static const char *const all[] = { "null", "zero", "full", "random", "urandom", "ptmx" };

	net_devices();
	start("none", ", \"devices\": [], \"mounts\": [" BIND(TUN) "]");
	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		scoped_str char *redirection = str_printf("<>/dev/%s", all[i]);

		expect_opens("none", redirection);
	}
	expect_refused("none", "<>" TUN);
	delete_vnf("none");
	no_net_devices();
}

HostTest(proof_devices, access_is_for_reading_writing_or_both)
{
	net_devices();
	start("some", ", \"devices\": [{ \"path\": \"" TUN "\", \"access\": \"r\" }, "
		      "{ \"path\": \"" OTHER "\", \"access\": \"w\" }]");
	expect_opens("some", "<" TUN);
	expect_refused("some", ">" TUN);
	expect_refused("some", "<>" TUN);
	expect_opens("some", ">" OTHER);
	delete_vnf("some");
	no_net_devices();
}

/* Not the VNF's ids, but the host's permissions say who may: EACCES. */
HostTest(proof_devices, the_hosts_permissions_hold)
{
	net_devices();
	cr_assert_eq(chmod(TUN, 0600), 0);
	start("mode", ", \"devices\": [\"" TUN "\"]");
	scoped_str char *text = told("mode", "<>" TUN);
	cr_expect(has(text, "Permission denied"), "%s", text);
	delete_vnf("mode");
	start("mode", ", \"devices\": [\"" TUN "\"], \"userns\": false");
	expect_opens("mode", "<>" TUN);
	delete_vnf("mode");
	no_net_devices();
}

HostTest(proof_devices, what_is_no_device_here_is_refused)
{
	static const struct {
		const char *list, *told;
	} rows[] = {
		{ "\"" TUN "\", \"/dev/net/missing\"",
		  "/devices/1: /dev/net/missing: No such file or directory: load the driver" },
		{ "\"/dev/net\"",
		  "/devices/0: /dev/net is neither a character nor a block device" },
	};

	net_devices();
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		scoped_str char *more = str_printf(", \"devices\": [%s]", rows[i].list);
		scoped_str char *file = shell_vnf("gone", "exec sleep 1000", more);
		scoped_run struct run r = run_nfrun("start", file);
		scoped_run struct run spec = run_nfrun("spec", "--vnf", file);

		cr_expect_eq(r.status, 1);
		cr_expect(has(r.err, rows[i].told), "%s", r.err);
		cr_expect_eq(spec.status, 1);
		cr_expect(has(spec.err, rows[i].told), "%s", spec.err);
	}
	no_net_devices();
}

HostTest(proof_devices, a_config_json_has_their_numbers)
{
	scoped_str char *file = shell_vnf("oci", "exec sleep 1000",
					  ", \"devices\": [\"" TUN "\"], "
					  "\"mounts\": [" BIND(OTHER) "]");
	scoped_bundle char *bundle = bundle_make();

	net_devices();
	must_run_nfrun("spec", "--vnf", file, "--bundle", bundle);
	scoped_run struct run r =
		run_cmd("jq", "-c", ".linux.resources.devices | .[0], .[-1]", "/mnt/config.json");
	cr_expect_str_eq(r.out,
			 "{\"allow\":false,\"type\":\"a\",\"access\":\"rwm\"}\n"
			 "{\"allow\":true,\"type\":\"c\",\"major\":10,\"minor\":200,"
			 "\"access\":\"rw\"}\n",
			 "%s%s", r.out, r.err);
	must_run_detached(bundle, "oci");
	expect_opens("oci", "<>" TUN);
	expect_refused("oci", ">" OTHER);
	delete_vnf("oci");
	no_net_devices();
}
