/* SPDX-License-Identifier: Apache-2.0 */
/* VNF interfaces for OCI callers, and the config.json that is equivalent to a descriptor. */
#include "tests/cli/bundle.h"

#include <signal.h>

/* What a container is like, from outside: all that its kernel objects tell, but for numbers that
 * the kernel gives anew each time, and the leaf of a VNF's group that its processes are in, while
 * an OCI container has none. Whether there is a cpuset group depends on who else has made one
 * (late.h), so of that the CPUs alone are compared. $1: its name, $2: nfrun. */
static const char snapshot[] =
	"set -eu; pid=$(\"$2\" state \"$1\" | jq .pid)\n"
	"all() { echo $pid; pgrep -P $pid || true; }\n"
	"in=\"nsenter -t $pid -n\"\n"
	"$in ip -j -d address | jq -S 'map(del(.ifindex, .link_index, .linkinfo.info_data)"
	"	| .addr_info = (.addr_info // [] | map(del(.valid_life_time))))'\n"
	"$in ip route; $in ip -6 route; $in nft list ruleset 2>/dev/null\n"
	"ip -br link | sed 's/@.*//'; ip -br address | sed 's/@if[0-9]*//'\n"
	"for p in $(all); do\n"
	"	echo \"-- $(tr -s '\\0 ' ' ' </proc/$p/cmdline)\"\n"
	"	grep -E '^(Uid|Gid|Groups|NoNewPrivs|Seccomp|Cap|Umask)' /proc/$p/status\n"
	"	cat /proc/$p/limits /proc/$p/uid_map /proc/$p/gid_map; readlink /proc/$p/cwd\n"
	"	grep -E ':(memory|cpu|pids)?:' /proc/$p/cgroup | sed 's,/app$,,'\n"
	"	[ $p = $pid ] || tr '\\0' '\\n' </proc/$p/environ\n"
	"done\n"
	"sed -E 's/^[0-9]+ [0-9]+ [0-9:]+ //; s/ (shared|master):[0-9]+//g;"
	"	s/lowerdir=[^, ]*//; s/,uuid=on//' /proc/$pid/mountinfo\n"
	"for f in /etc/hostname /etc/hosts /etc/resolv.conf; do cat /proc/$pid/root$f || true; done\n"
	"stat -c '%n %a %u %g' /proc/$pid/root/run /proc/$pid/root/run/* | sed s/$pid/PID/\n"
	"ls -ln /proc/$pid/root/dev | awk '{ print $1, $3, $4, $5, $6, $NF }' | grep -v ^total\n"
	"nsenter -t $pid -n -u cat /proc/sys/kernel/hostname /proc/sys/net/ipv4/ip_forward\n"
	"for f in memory.limit_in_bytes memory.max memory.high cpu.shares cpu.weight cpu.max \\\n"
	"	cpu.cfs_quota_us cpu.cfs_period_us pids.max cpuset.cpus; do\n"
	"	c=${f%%.*}\n"
	"	g=$(awk -F: -v c=$c '$2 == c { v1 = $3 } $1 == 0 { v2 = $3 } END { print v1 ? v1 : v2 }' \\\n"
	"		/proc/$pid/cgroup)\n"
	"	for at in /sys/fs/cgroup/$c/$g /sys/fs/cgroup/$g /sys/fs/cgroup/$(dirname $g); do\n"
	"		[ ! -e $at/$f ] || echo $f $(cat $at/$f)\n"
	"	done\n"
	"done\n";

static char *look(const char *name)
{
	scoped_run struct run r = run_cmd("bash", "-c", snapshot, "bash", name, nfrun_path());

	cr_assert_eq(r.status, 0, "%s", r.err);
	return str_dup(r.out);
}

static void expect_same_vnf(const char *name, const char *file, const char *bundle)
{
	must_run_nfrun("start", file);
	scoped_str char *want = look(name);
	must_run_nfrun("delete", "--force", name);

	must_run_nfrun("spec", "--vnf", file, "--bundle", bundle);
	must_run_detached(bundle, name);
	scoped_str char *got = look(name);
	must_run_nfrun("delete", "--force", name);
	cr_expect_str_eq(got, want, "%s: got\n%s\nwanted\n%s", name, got, want);
	cr_expect(has(want, "Seccomp:\t2"), "%s", want);
}

#define PROCESS                                                                                    \
	"\"process\": { \"args\": [\"/bin/sleep\", \"1000\"], \"user\": \"www-data:33\","          \
	" \"groups\": [\"adm\", 4], \"cwd\": \"/run/a\", \"env\": { \"A\": \"b\" },"               \
	" \"umask\": \"027\", \"rlimits\": { \"NOFILE\": 512, \"CORE\": 0 } }"
#define NET                                                                                         \
	"\"links\": [{ \"bridge\": \"br-a\", \"ipv4\": [\"10.1.0.254/24\"] }],"                     \
	"\"interfaces\": [{ \"name\": \"eth0\", \"bridge\": \"br-a\", \"ipv4\": [\"10.1.0.1/24\"]," \
	" \"ipv6\": [\"fd00:1::1/64\"], \"gateway4\": \"10.1.0.254\" },"                            \
	"{ \"name\": \"eth1\", \"bridge\": \"br-b\", \"mtu\": 1400, \"ipv4\": [\"10.2.0.1/24\"],"   \
	" \"routes\": [{ \"to\": \"10.9.0.0/16\", \"via\": \"10.2.0.9\", \"metric\": 7 }] }]"

HostTest(oci_vnf, the_equivalent_of_a_descriptor_is_the_same_vnf)
{
	scoped_bundle char *bundle = bundle_make();
	scoped_str char *file = descriptor(
		"same", PROCESS
		", \"setup\": [[\"/usr/sbin/nft\", \"add\", \"table\", \"ip\", \"made\"]],"
		"\"dirs\": [{ \"path\": \"/run/a\", \"mode\": \"0750\", \"owner\": \"www-data:adm\" }],"
		"\"mounts\": [{ \"type\": \"tmpfs\", \"target\": \"/scratch\", \"size\": \"1M\" },"
		"{ \"source\": \"/usr/share\", \"target\": \"/srv\", \"readonly\": true }],"
		"\"capabilities\": [\"NET_ADMIN\", \"NET_RAW\"],"
		"\"sysctl\": { \"net.ipv4.ip_forward\": \"1\" },"
		"\"resources\": { \"cpu\": { \"limit\": 0.5, \"weight\": 50, \"cpus\": \"0\" },"
		" \"memory\": { \"limit\": \"64M\" }, \"pids\": 20 }," NET);

	expect_same_vnf("same", file, bundle);
}

HostTest(oci_vnf, so_is_that_of_one_without_a_process)
{
	scoped_bundle char *bundle = bundle_make();
	scoped_str char *file = descriptor(
		"alone", "\"setup\": [[\"/usr/sbin/nft\", \"add\", \"table\", \"ip\", \"made\"]],"
			 "\"capabilities\": [\"NET_ADMIN\"]," NET);

	expect_same_vnf("alone", file, bundle);
}

HostTest(oci_vnf, so_are_those_with_a_root_of_their_own)
{
	static const char *const roots[] = {
		"\"overlay\": true",
		"\"overlay\": true, \"upper\": \"/mnt/up\"",
		"\"readonly\": true, \"overlay\": true",
		"\"overlay\": false }, \"ids\": { \"base\": 7000000, \"size\": 70000",
		"\"overlay\": true }, \"userns\": false, \"dns\": { \"search\": [\"lan\"]",
	};
	scoped_bundle char *bundle = bundle_make();

	make_rootfs(bundle);
	for (size_t i = 0; i < ARRAY_LEN(roots); i++) {
		scoped_str char *name = str_printf("root%zu", i);
		scoped_str char *body =
			str_printf("\"rootfs\": { \"path\": \"%s/root\", %s }, "
				   "\"process\": { \"args\": [\"/bin/sleep\", \"1000\"] }," NET,
				   bundle, roots[i]);
		scoped_str char *file = descriptor(name, body);
		scoped_str char *document = str_printf("%s/config.json", bundle);

		expect_same_vnf(name, file, bundle);
		cr_assert_eq(unlink(document), 0);
	}
}

/* --- annotations of callers --- */

#define ANNOTATION                                                                                 \
	".annotations[\"io.nfrun.interfaces\"] = ([{ name: \"net1\", bridge: \"br-pod\", "         \
	"ipv4: [\"10.3.0.1/24\"], ipv6: [\"fd00:3::1/64\"] }] | tojson)"

HostTest(oci_vnf, an_annotation_gives_a_container_its_interfaces)
{
	scoped_bundle char *bundle = bundle_with(
		ANNOTATION " | .annotations[\"io.nfrun.links\"] = ([{ bridge: \"br-pod\", "
			   "ipv4: [\"10.3.0.254/24\"] }] | tojson)");
	must_run_detached(bundle, "one");
	scoped_str char *text = look("one");
	cr_expect(has(text, "10.3.0.1"), "%s", text);
	cr_expect(has(text, "fd00:3::1"), "%s", text);
	cr_expect(has(text, "br-pod"), "%s", text);
	must_run("ping", "-c1", "-W2", "10.3.0.1");
	must_run_nfrun("delete", "--force", "one");
}

/* As podman and Kubernetes have it: the namespace is the caller's, and stays. */
HostTest(oci_vnf, a_joined_namespace_gets_them_and_loses_them_at_delete)
{
	scoped_bundle char *bundle = bundle_with(
		ANNOTATION " | .linux.namespaces |= map(if .type == \"network\" then . + "
			   "{ path: \"/mnt/netns\" } else . end)");

	/* a file of the bundle's tmpfs, where nobody else sees it */
	write_text("/mnt/netns", "%s", "");
	must_run("unshare", "--net=/mnt/netns", "true");
	must_run_detached(bundle, "pod");
	scoped_run struct run links =
		run_cmd("nsenter", "--net=/mnt/netns", "ip", "-br", "address");
	cr_expect(has(links.out, "net1@"), "%s", links.out);
	cr_expect(has(links.out, "10.3.0.1/24"), "%s", links.out);
	cr_expect(has(links.out, "lo               DOWN"), "its loopback is not ours: %s",
		  links.out);
	must_run_nfrun("kill", "pod", "KILL");
	cr_expect(wait_until(says("state", "pod", ".status", "stopped"), 5000));
	scoped_run struct run dead = run_cmd("nsenter", "--net=/mnt/netns", "ip", "-br", "link");
	cr_expect(has(dead.out, "net1@"), "the namespace keeps it until delete: %s", dead.out);
	must_run_nfrun("delete", "pod");
	scoped_run struct run after = run_cmd("nsenter", "--net=/mnt/netns", "ip", "-br", "link");
	cr_expect_not(has(after.out, "net1"), "%s", after.out);
	must_run("umount", "/mnt/netns");
}

static void expect_refused(const char *filter, const char *why)
{
	scoped_bundle char *bundle = bundle_with(filter);
	int status;
	scoped_str char *err = run_detached(bundle, "no", &status);

	cr_expect_neq(status, 0);
	cr_expect(has(err, why), "%s", err);
}

HostTest(oci_vnf, what_cannot_be_plugged_is_refused)
{
	expect_refused(ANNOTATION " | .linux.namespaces |= map(select(.type != \"network\"))",
		       "/annotations/io.nfrun.interfaces: the container has the host's network");
	expect_refused(ANNOTATION " | .linux.namespaces |= map(if .type == \"network\" then . + "
				  "{ path: \"/proc/self/ns/net\" } else . end)",
		       "the host's own");
	expect_refused(".annotations[\"io.nfrun.interfaces\"] = \"[{}]\"",
		       "/annotations/io.nfrun.interfaces/0: missing key 'name'");
	expect_refused(".annotations[\"io.nfrun.packet-cpu\"] = \"{}\"",
		       "/annotations/io.nfrun.packet-cpu: missing key 'mode");
}
