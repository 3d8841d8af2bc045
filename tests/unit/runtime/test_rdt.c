/* SPDX-License-Identifier: Apache-2.0 */
/* In a directory that looks as resctrl does: the reference machine's CPU has none. */
#include "runtime/rdt.h"
#include "runtime/base/fs.h"
#include "tests/support/support.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

static struct err e;
static char dir[] = "/tmp/nfrun-rdt-XXXXXX";

static void setup(void)
{
	cr_assert_not_null(mkdtemp(dir));
}

static void teardown(void)
{
	(void)fs_remove_tree_at(AT_FDCWD, dir, &e);
}

TestSuite(rdt, .init = setup, .fini = teardown);

static void file(const char *name, const char *text)
{
	scoped_str char *path = str_printf("%s/%s", dir, name);
	char *slash = strrchr(path, '/');

	*slash = '\0';
	make_dirs(path);
	*slash = '/';
	write_text(path, "%s", text);
}

static void expect_file(const char *name, const char *text)
{
	scoped_str char *path = str_printf("%s/%s", dir, name), *have = NULL;

	cr_assert_eq(fs_read_at(AT_FDCWD, path, &have, NULL, &e), 0, "%s", e.text);
	cr_expect_str_eq(have, text, "%s: %s", name, have);
}

static bool exists(const char *name)
{
	scoped_str char *path = str_printf("%s/%s", dir, name);

	return access(path, F_OK) == 0;
}

Test(rdt, finds_its_mount)
{
	scoped_str char *there = rdt_mount_in(
		"22 1 0:5 / /proc rw - proc proc rw\n"
		"37 22 0:33 / /sys/fs/resctrl rw,nosuid shared:3 - resctrl resctrl rw\n");

	cr_expect_str_eq(there, "/sys/fs/resctrl");
	cr_expect_null(rdt_mount_in("22 1 0:5 / /resctrl rw - proc resctrl rw\n"));
}

Test(rdt, schemata_are_compared_by_value)
{
	static const char current[] = "    MB:0=100;1= 70\n    L3:0=007f0;1=0001f\n  L2:0=ff\n";
	static const struct {
		const char *wanted;
		bool holds;
	} rows[] = {
		{ "L3:0=7f0;1=1f", true },
		{ "L3:1=1f", true },
		{ "L3:0=7f1", false },
		{ "L3:2=1", false },
		{ "MB:0=100\nL3:0=7F0\n", true },
		{ "MB:1=70", true },
		{ "MB:0=64", false }, /* it is decimal there */
		{ "L3CODE:0=1", false },
		{ "L3:0=7f0;nonsense", false },
		{ "no line", false },
		{ "", true },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		cr_expect_eq(rdt_schemata_hold(rows[i].wanted, current), rows[i].holds, "%s",
			     rows[i].wanted);
}

Test(rdt, class_of_the_container_s_own)
{
	char *lines[] = { "L2:0=f" };
	const struct spec_rdt r = { .given = true,
				    .l3_schema = "L3:0=7\nMB:0=10",
				    .mem_bw_schema = "MB:0=20",
				    .schemata = { lines, 1 } };

	file("c1/schemata", "");
	file("c1/tasks", "");
	cr_assert_eq(rdt_create(dir, &r, "c1", &e), 0, "%s", e.text);
	expect_file("c1/schemata", "L3:0=7\nMB:0=20\nL2:0=f\n");
	cr_assert_eq(rdt_enter(dir, &r, "c1", 123, &e), 0, "%s", e.text);
	expect_file("c1/tasks", "123");
}

Test(rdt, removes_its_own_class_alone)
{
	const struct spec_rdt own = { .given = true };
	const struct spec_rdt named = { .given = true, .clos_id = "c2", .enable_monitoring = true };

	cr_assert_eq(rdt_create(dir, &own, "c1", &e), 0, "%s", e.text);
	cr_expect(exists("c1"));
	cr_expect_eq(rdt_remove(dir, &own, "c1", &e), 0, "%s", e.text);
	cr_expect(!exists("c1"));
	cr_expect_eq(rdt_remove(dir, &own, "c1", &e), 0, "twice: %s", e.text);

	file("c2/mon_groups/other/tasks", "");
	file("info/L3_MON/mon_features", "llc_occupancy\n");
	cr_assert_eq(rdt_create(dir, &named, "id", &e), 0, "%s", e.text);
	cr_expect(exists("c2/mon_groups/id"));
	cr_expect_eq(rdt_remove(dir, &named, "id", &e), 0, "%s", e.text);
	cr_expect(exists("c2") && !exists("c2/mon_groups/id"));
}

Test(rdt, monitored_processes_enter_class_and_monitor)
{
	const struct spec_rdt r = { .given = true, .clos_id = "/", .enable_cmt = true };

	file("info/L3_MON/mon_features", "llc_occupancy\n");
	file("tasks", "");
	file("mon_groups/id/tasks", "");
	cr_assert_eq(rdt_create(dir, &r, "id", &e), 0, "%s", e.text);
	cr_assert_eq(rdt_enter(dir, &r, "id", 7, &e), 0, "%s", e.text);
	expect_file("tasks", "7");
	expect_file("mon_groups/id/tasks", "7");
}

Test(rdt, errors_say_what_is_missing)
{
	static const struct {
		struct spec_rdt r;
		const char *text;
	} rows[] = {
		{ { .given = true, .clos_id = "gold" },
		  "linux.intelRdt: closID 'gold' does not exist, and there are no schemata to make it "
		  "with" },
		{ { .given = true, .clos_id = "a/b", .l3_schema = "L3:0=1" },
		  "linux.intelRdt: closID 'a/b' is not the name of a directory" },
		{ { .given = true, .clos_id = "there", .l3_schema = "L3:0=1" },
		  "linux.intelRdt: closID 'there' exists with other schemata than are asked for" },
		{ { .given = true, .enable_monitoring = true },
		  "linux.intelRdt: this CPU or kernel has no monitoring of caches and bandwidth" },
		/* a directory of a plain file system gets no schemata file by itself */
		{ { .given = true, .clos_id = "new", .l3_schema = "L3:0=0" },
		  "linux.intelRdt: write schemata (bit mask too small): open " },
	};

	file("there/schemata", "L3:0=2\n");
	file("info/last_cmd_status", "bit mask too small\n");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		cr_expect_eq(rdt_create(dir, &rows[i].r, "id", &e), -1, "row %zu", i);
		cr_expect_eq(strncmp(e.text, rows[i].text, strlen(rows[i].text)), 0, "row %zu: %s",
			     i, e.text);
	}
	cr_expect(!exists("new"), "what could not be set up stays behind");
	expect_file("there/schemata", "L3:0=2\n");
}

Test(rdt, nothing_happens_unasked)
{
	const struct spec_rdt none = { 0 };

	cr_expect_eq(rdt_create("/nonexistent", &none, "id", &e), 0);
	cr_expect_eq(rdt_enter("/nonexistent", &none, "id", 1, &e), 0);
	cr_expect_eq(rdt_remove("/nonexistent", &none, "id", &e), 0);
}
