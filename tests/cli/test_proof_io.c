/* SPDX-License-Identifier: Apache-2.0 */
/* Rates of a disk hold, for direct I/O, by what the kernel counts for the VNF's group. */
#include "tests/cli/proof.h"

#include <sys/stat.h>
#include <sys/statfs.h>

enum { OVERLAYFS = 0x794c7630, MIB = 1 << 20 };

/* Where the test may write to a disk: in the virtual machine its scratch disk, else the build
 * directory's. */
static char *disk_dir(void)
{
	struct statfs fs;
	bool vm = statfs(NFRUN_SOURCE_DIR, &fs) == 0 && fs.f_type == OVERLAYFS;
	char *dir = str_printf("%s/proof-io-XXXXXX", vm ? "/scratch" : NFRUN_SOURCE_DIR "/build");

	cr_assert(mkdtemp(dir) != NULL, "%s", dir);
	cr_assert_eq(chmod(dir, 01777), 0);
	scoped_str char *data = str_printf("of=%s/data", dir);
	must_run("dd", "if=/dev/zero", data, "bs=1M", "count=16", "conv=fsync", "status=none");
	return dir;
}

static void disk_drop(char **dir)
{
	must_run("rm", "-rf", *dir);
	free(*dir);
}
#define scoped_disk __attribute__((cleanup(disk_drop)))

#define READ "while :; do dd if=/data/data of=/dev/null bs=64k iflag=direct status=none; done"
#define WRITE                                                                                      \
	"while :; do dd if=/dev/zero of=/data/out bs=64k count=128 oflag=direct conv=notrunc"      \
	" status=none; done"

/* A VNF that has DIR at /data, with LIMITS for the disk that DIR is on. */
static void start_on_disk(const char *name, const char *script, const char *dir, const char *limits)
{
	scoped_str char *more = str_printf(
		", \"mounts\": [{ \"type\": \"bind\", \"source\": \"%s\", \"target\": \"/data\" }],"
		" \"resources\": { \"io\": { \"devices\": [{ \"path\": \"%s\", %s }] } }",
		dir, dir, limits);
	scoped_str char *file = shell_vnf(name, script, more);

	must_run_nfrun("start", file);
}

/* --- what was read and written --- */

/* COUNT: "rbytes", "wbytes" or "rios". v1 has a file of "MAJOR:MINOR Read N" for each pair. */
static uint64_t io_count(const char *name, const char *count)
{
	bool v1 = is_v1(name, "io"), bytes = strstr(count, "bytes");
	scoped_str char *text = group_text(name, "io",
					   !v1     ? "io.stat"
					   : bytes ? "blkio.throttle.io_service_bytes"
						   : "blkio.throttle.io_serviced");
	scoped_str char *key = v1 ? str_printf(" %s ", *count == 'r' ? "Read" : "Write")
				  : str_printf(" %s=", count);
	uint64_t sum = 0;

	for (const char *at = text; (at = strstr(at, key));) {
		at += strlen(key);
		sum += strtoull(at, NULL, 10);
	}
	return sum;
}

static double per_second(const char *name, const char *count)
{
	uint64_t before = io_count(name, count);
	int64_t began = now_ms();

	sleep_ms(3000);
	return (double)(io_count(name, count) - before) * 1000 / (double)(now_ms() - began);
}

static void expect_rate(const char *name, const char *count, double want)
{
	double rate = 0;

	for (int try = 0; try < TRIES && fabs(rate - want) > 0.1 * want; try++) {
		sleep_ms(1000);
		rate = per_second(name, count);
	}
	cr_expect(fabs(rate - want) <= 0.1 * want, "%s of %s: %.0f a second, limit %.0f", count,
		  name, rate, want);
}

HostTest(proof_io, rates_of_reads_hold_and_change_live)
{
	scoped_disk char *dir = disk_dir();
	scoped_str char *slower = str_printf("%s:read_bps=1M", dir);
	scoped_str char *operations = str_printf("%s:read_bps=max,read_iops=20", dir);

	start_on_disk("reader", READ, dir, "\"read_bps\": \"4M\", \"write_bps\": \"1M\"");
	expect_rate("reader", "rbytes", 4 * MIB);
	must_run_nfrun("update", "--io", slower, "reader");
	expect_rate("reader", "rbytes", 1 * MIB);

	start_on_disk("free", READ, dir, "\"read_bps\": \"1G\""); /* beside it, and not slowed */
	cr_expect(wait_until(per_second("free", "rbytes") > 8 * MIB, 20000));
	delete_vnf("free");

	must_run_nfrun("update", "--io", operations, "reader");
	expect_rate("reader", "rios", 20);
	delete_vnf("reader");
}

HostTest(proof_io, rates_of_writes_hold)
{
	scoped_disk char *dir = disk_dir();

	start_on_disk("writer", WRITE, dir, "\"read_bps\": \"1M\", \"write_bps\": \"2M\"");
	expect_rate("writer", "wbytes", 2 * MIB);
	delete_vnf("writer");
}

HostTest(proof_io, what_lies_on_no_disk_is_refused)
{
	scoped_str char *file = shell_vnf(
		"odd", "sleep 1000",
		", \"resources\": { \"io\": { \"devices\": [{ \"path\": \"/proc\", \"read_bps\": "
		"\"4M\" }] } }");
	scoped_run struct run r = run_nfrun("start", file);

	cr_expect_eq(r.status, 1);
	cr_expect(has(r.err, "/resources/io/devices/0/path"), "%s", r.err);
}
