/* SPDX-License-Identifier: Apache-2.0 */
/* Every limit of a descriptor from end to end: kept, shown, changed, lifted. What the kernel makes
 * of them is tested elsewhere (cli_proof_*, priv_cgroups_*). */
#include "tests/cli/bundle.h"

#include <sys/stat.h>

#define SLEEP "exec sleep 100"

/* A directory on a disk that everybody may write to, removed with DIR_DROP. */
static char *disk_dir(void)
{
	char *dir = str_dup("/var/tmp/nfrun-limits-XXXXXX");

	cr_assert(mkdtemp(dir));
	cr_assert_eq(chmod(dir, 01777), 0);
	return dir;
}

static void disk_dir_drop(char **dir)
{
	scoped_run struct run r = run_cmd("rm", "-rf", *dir);

	cr_expect_eq(r.status, 0, "%s", r.err);
	str_drop(dir);
}

HostTest(limits, memory_below_what_is_in_use_takes_force)
{
	__attribute__((cleanup(disk_dir_drop))) char *dir = disk_dir();
	scoped_str char *more = str_printf(
		", \"resources\": { \"memory\": { \"limit\": \"256M\" } }, \"mounts\": [ { \"type\": "
		"\"bind\", \"source\": \"%s\", \"target\": \"/data\" } ]",
		dir);
	scoped_str char *file = shell_vnf("full", SLEEP, more);

	must_run_nfrun("start", file);
	must_run_nfrun("exec", "full", "--", "dd", "if=/dev/zero", "of=/data/x", "bs=1M",
		       "count=64", "conv=fsync");
	scoped_run struct run no = run_nfrun("update", "--memory", "24M", "full");
	cr_expect_eq(no.status, 1);
	cr_expect(has(no.err, "nfrun: update: full: /resources/memory/limit: "), "%s", no.err);
	cr_expect(has(no.err, " is in use, "), "%s", no.err);
	cr_expect(
		has(no.err, "by cached files, and 24M is less: the kernel reclaims what it can, "),
		"%s", no.err);
	cr_expect(has(no.err, "; --force does it\n"), "%s", no.err);
	expect_says("status", "full", ".limits.memory", "268435456");
	must_run_nfrun("update", "--memory", "24M", "--force", "full"); /* cached files go */
	expect_says("status", "full", ".limits.memory", "25165824");
	expect_says("status", "full", ".memory <= .limits.memory", "true");
	must_run_nfrun("update", "--memory", "128M", "full");
	expect_says("status", "full", ".status", "running");
	must_run_nfrun("delete", "-f", "full");
}

HostTest(limits, are_kept_shown_and_lifted)
{
	__attribute__((cleanup(disk_dir_drop))) char *dir = disk_dir();
	scoped_str char *io = str_printf("%s:read_bps=10M,write_iops=100", dir);
	scoped_str char *lift = str_printf("%s:read_bps=max", dir);
	scoped_str char *path = str_printf(".limits.io[0].path == \"%s\"", dir);
	scoped_str char *file = shell_vnf("all", SLEEP, "");

	must_run_nfrun("start", file);
	must_run_nfrun("update", "--cpus", "0.5", "--cpu-burst", "20ms", "--cpuset", "0-1",
		       "--cpuset-mems", "0", "--exec-cpus", "1", "--memory", "256M", "--memory-low",
		       "32M", "--io", io, "all");
	for (int i = 0; i < 2; i++) {
		expect_says("status", "all", ".limits.cpu", "0.5");
		expect_says("status", "all", ".limits.cpu_burst_us", "20000");
		expect_says("status", "all", ".limits.mems", "0");
		expect_says("status", "all", ".limits.exec_cpus", "1");
		expect_says("status", "all", ".limits.memory_low", "33554432");
		expect_says("status", "all", ".limits.io[0].read_bps", "10485760");
		expect_says("status", "all", ".limits.io[0].write_iops", "100");
		expect_says("status", "all", ".limits.io[0].device | test(\"^[0-9]+:[0-9]+$\")",
			    "true");
		expect_says("status", "all", path, "true");
		must_run_nfrun("restart", "all");
	}
	scoped_run struct run text = run_nfrun("status", "all");
	cr_expect(has(text.out, "cpu 0.5, burst 20ms, "), "%s", text.out);
	cr_expect(has(text.out, " read_bps 10M"), "%s", text.out);
	must_run_nfrun("update", "--cpu-burst", "max", "--memory-low", "max", "--exec-cpus", "max",
		       "--io", lift, "all");
	expect_says("status", "all", ".limits.cpu_burst_us", "null");
	expect_says("status", "all", ".limits.memory_low", "null");
	expect_says("status", "all", ".limits.exec_cpus", "null");
	expect_says("status", "all", ".limits.io[0] | [.read_bps, .write_iops]", "[null,100]");
	must_run_nfrun("stop", "all");
	expect_says("status", "all", ".limits.io[0] | [.read_bps, .write_iops]", "[null,100]");
	must_run_nfrun("delete", "all");
}

HostTest(limits, that_contradict_what_is_there_change_nothing)
{
	static const struct {
		const char *option, *value, *says;
	} rows[] = {
		{ "--cpu-burst", "51ms",
		  "/resources/cpu/burst: 51ms is more than the limit gives in a period of 100ms" },
		{ "--cpus", "max", "/resources/cpu/burst: needs a CPU limit beside it" },
		{ "--cpu-partition", "isolated",
		  "/resources/cpu/partition: needs 'cpus' beside it" },
		{ "--memory-min", "65M", "/resources/memory/min: 65M is above the limit, 64M" },
		{ "--io", "/dev/shm:read_bps=1M",
		  "/resources/io/devices/0/path: /dev/shm lies on tmpfs, which has no block device" },
		{ "--io", "/nowhere:read_bps=1M",
		  "/resources/io/devices/0/path: /nowhere: No such file or directory" },
		{ "--io", "/dev/null:read_bps=1M",
		  "/resources/io/devices/0/path: /dev/null: Block device required" },
		{ "--exec-cpus", "900", "/resources/cpu/exec_cpus: 900: this host has 0-" },
		{ "--hugetlb", "2M=3M", "/resources/hugetlb/2M: is not a whole number of pages" },
		{ "--unified", "cgroup.kill=1",
		  "/resources/unified/cgroup.kill: is nfrun's to write" },
	};
	scoped_str char *file =
		shell_vnf("odd", SLEEP,
			  ", \"resources\": { \"cpu\": { \"limit\": 0.5, \"burst\": \"10ms\" }, "
			  "\"memory\": { \"limit\": \"64M\" } }");

	must_run_nfrun("start", file);
	scoped_str char *before = ask("status", "odd", ".limits");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		scoped_run struct run r =
			run_nfrun("update", "--pids", "77", rows[i].option, rows[i].value, "odd");

		cr_expect_eq(r.status, 1, "%s", rows[i].option);
		cr_expect(has(r.err, rows[i].says), "%s %s: %s", rows[i].option, rows[i].value,
			  r.err);
	}
	expect_says("status", "odd", ".limits", before);
	must_run_nfrun("delete", "-f", "odd");
}

HostTest(limits, of_a_partition_are_its_disks)
{
	static const char set_up[] =
		"truncate -s 16M \"$0/image\" && disk=$(losetup -f --show \"$0/image\") && "
		"addpart $disk 1 2048 8192 && mknod \"$0/part\" b $(tr : ' ' "
		"</sys/class/block/${disk#/dev/}p1/dev) && cat /sys/class/block/${disk#/dev/}/dev";
	static const char tear_down[] =
		"disk=$(losetup -j \"$0/image\" | cut -d: -f1); delpart $disk 1; losetup -d $disk";
	__attribute__((cleanup(disk_dir_drop))) char *dir = disk_dir();
	scoped_str char *io = str_printf("%s/part:read_bps=1M", dir);
	scoped_str char *file = shell_vnf("part", SLEEP, "");
	scoped_run struct run disk = run_cmd("sh", "-c", set_up, dir);

	cr_expect_eq(disk.status, 0, "%s", disk.err);
	must_run_nfrun("start", file);
	scoped_run struct run update = run_nfrun("update", "--io", io, "part");
	cr_expect_eq(update.status, 0, "%s", update.err);
	scoped_str char *device = ask("status", "part", ".limits.io[0].device");
	disk.out[strcspn(disk.out, "\n")] = '\0';
	cr_expect_str_eq(device, disk.out);
	must_run_nfrun("delete", "-f", "part");
	scoped_run struct run gone = run_cmd("sh", "-c", tear_down, dir);
	cr_expect_eq(gone.status, 0, "%s", gone.err);
}

HostTest(limits, a_disk_that_is_none_fails_the_start)
{
	scoped_str char *file = shell_vnf(
		"nodisk", SLEEP,
		", \"resources\": { \"io\": { \"devices\": [ { \"path\": \"/proc\", \"weight\": 5 } ] } }");
	scoped_run struct run r = run_nfrun("start", file);

	cr_expect_eq(r.status, 1);
	cr_expect(has(r.err, "/resources/io/devices/0/path: /proc lies on proc, which has no block "
			     "device of its own: name the disk's device, or a path on it"),
		  "%s", r.err);
	scoped_run struct run gone = run_nfrun("status", "nodisk");
	cr_expect(has(gone.err, "container does not exist"), "%s", gone.err);
}

static void expect_huge_pages(const char *name, const char *more)
{
	scoped_str char *keys = str_printf(
		", \"resources\": { \"hugetlb\": { \"2M\": \"4M\", \"1G\": \"1G\" } } %s", more);
	scoped_str char *file = shell_vnf(name, SLEEP, keys);

	must_run_nfrun("start", file);
	scoped_run struct run mounts =
		run_nfrun("exec", name, "--", "grep", "hugetlbfs", "/proc/mounts");
	cr_expect(has(mounts.out, " /dev/hugepages hugetlbfs rw,nosuid,nodev"), "%s%s", mounts.out,
		  mounts.err);
	cr_expect(has(mounts.out, "pagesize=2M"), "%s", mounts.out);
	cr_expect(has(mounts.out, " /dev/hugepages-1G hugetlbfs "), "%s", mounts.out);
	cr_expect(has(mounts.out, "pagesize=1024M"), "%s", mounts.out);
	scoped_run struct run used = run_nfrun(
		"exec", "--user", "33:34", name, "--", "sh", "-c",
		"touch /dev/hugepages/x && stat -c %u:%g:%a /dev/hugepages/x /dev/hugepages");
	cr_expect_eq(used.status, 0, "%s", used.err);
	cr_expect_eq(strncmp(used.out, "33:34:", 6), 0, "%s", used.out);
	cr_expect(has(used.out, "\n0:0:1777\n"), "%s", used.out);
	expect_says("status", name, ".limits.hugetlb", "{\"2MB\":4194304,\"1GB\":1073741824}");
	must_run_nfrun("update", "--hugetlb", "2M=8M", name);
	expect_says("status", name, ".limits.hugetlb[\"2MB\"]", "8388608");
	must_run_nfrun("delete", "-f", name);
}

HostTest(limits, huge_pages_are_mounted_whatever_the_user_namespace)
{
	skip_unless(access("/sys/kernel/mm/hugepages/hugepages-2048kB", F_OK) == 0 &&
			    access("/sys/kernel/mm/hugepages/hugepages-1048576kB", F_OK) == 0,
		    "needs huge pages of 2M and 1G");
	expect_huge_pages("huge", "");
	expect_huge_pages("bare", ", \"userns\": false");
}

HostTest(limits, a_size_of_huge_pages_that_there_is_not_is_told)
{
	scoped_str char *file =
		shell_vnf("odd", SLEEP, ", \"resources\": { \"hugetlb\": { \"4M\": \"4M\" } }");
	scoped_run struct run r = run_nfrun("start", file);

	cr_expect_eq(r.status, 1);
	cr_expect(has(r.err, "huge pages of 4M"), "%s", r.err);
}

HostTest(limits, exec_and_setup_land_on_the_housekeeping_cpu)
{
	scoped_str char *file = shell_vnf(
		"house", "grep Cpus_allowed_list /proc/self/status > /run/main; " SLEEP,
		", \"setup\": [[\"/bin/sh\", \"-c\", \"grep Cpus_allowed_list /proc/self/status > "
		"/run/setup\"]], \"resources\": { \"cpu\": { \"cpus\": \"0-1\", \"exec_cpus\": \"1\" } }");

	skip_unless(sysconf(_SC_NPROCESSORS_ONLN) >= 2, "needs two CPUs");
	must_run_nfrun("start", file);
	scoped_run struct run r = run_nfrun("exec", "house", "--", "cat", "/run/setup", "/run/main",
					    "/proc/self/status");
	cr_expect_eq(strncmp(r.out, "Cpus_allowed_list:\t1\nCpus_allowed_list:\t0-1\n", 44), 0,
		     "%s%s", r.out, r.err);
	cr_expect(has(r.out + 44, "Cpus_allowed_list:\t1\n"), "%s", r.out);
	expect_says("status", "house", ".limits.cpus", "0-1");
	expect_says("status", "house", ".limits.mems", "null"); /* v1 has to have some */
	must_run_nfrun("update", "--exec-cpus", "0", "house");
	scoped_run struct run other =
		run_nfrun("exec", "house", "--", "grep", "Cpus_allowed_list", "/proc/self/status");
	cr_expect_str_eq(other.out, "Cpus_allowed_list:\t0\n", "%s", other.err);
	must_run_nfrun("delete", "-f", "house");
}

/* What of a file of the container's group of CONTROLLER, on v1 or v2; malloc'd. */
static char *group_file(const char *name, const char *controller, const char *v1, const char *v2)
{
	scoped_run struct run r = run_cmd(
		"sh", "-c",
		"for g in $(jq -r '.cgroup[]' \"$NFRUN_ROOT/$0/state.json\"); do case ,${g%%=*}, in "
		"*,$1,*) cat \"${g#*=}/$2\"; exit ;; ,,) [ ! -e \"${g#*=}/$3\" ] || cat \"${g#*=}/$3\" ;; "
		"esac; done",
		name, controller, v1, v2);

	cr_expect_eq(r.status, 0, "%s", r.err);
	return str_dup(r.out);
}

HostTest(limits, of_an_oci_container_take_the_same_options)
{
	scoped_bundle char *bundle = bundle_with(".");
	__attribute__((cleanup(disk_dir_drop))) char *dir = disk_dir();
	scoped_str char *io = str_printf("%s:read_bps=1M", dir);

	must_run_detached(bundle, "box");
	must_run_nfrun("update", "--cpus", "0.5", "--cpu-burst", "20000", "--io", io, "box");
	scoped_str char *burst = group_file("box", "cpu", "cpu.cfs_burst_us", "cpu.max.burst");
	cr_expect_str_eq(burst, "20000\n");
	scoped_str char *rates =
		group_file("box", "blkio", "blkio.throttle.read_bps_device", "io.max");
	cr_expect(has(rates, "1048576"), "%s", rates);
	must_run_nfrun("update", "--cpu-burst", "5ms", "box");
	scoped_str char *less = group_file("box", "cpu", "cpu.cfs_burst_us", "cpu.max.burst");
	cr_expect_str_eq(less, "5000\n");
	scoped_run struct run force = run_nfrun("update", "--memory", "1M", "--force", "box");
	cr_expect_eq(force.status, 2);
	cr_expect(has(force.err, "--force is for VNFs"), "%s", force.err);
	scoped_run struct run nobody = run_nfrun("update", "--memory", "1M", "--force", "nobody");
	cr_expect(has(nobody.err, "container does not exist"), "%s", nobody.err);
	scoped_run struct run exec = run_nfrun("update", "--exec-cpus", "0", "box");
	cr_expect_eq(exec.status, 2);
	cr_expect(has(exec.err, "process.execCPUAffinity"), "%s", exec.err);
	must_run_nfrun("delete", "--force", "box");
}
