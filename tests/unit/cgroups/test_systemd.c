/* SPDX-License-Identifier: Apache-2.0 */
/* What of the systemd driver needs no systemd: names, values, and limits as properties. */
#include "cgroups/systemd.h"
#include "cgroups/host.h"
#include "tests/support/support.h"

#include <string.h>
#include <sys/stat.h>

/* --- names --- */

Test(systemd, a_slice_is_below_those_that_its_name_begins_with)
{
	static const struct {
		const char *slice, *path;
	} good[] = {
		{ "system.slice", "system.slice" },
		{ "a-b.slice", "a.slice/a-b.slice" },
		{ "kubepods-burstable-pod1_2.slice",
		  "kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1_2.slice" },
		{ "-.slice", "" },
		{ "-", "" },
	};
	static const char *const bad[] = { "",         "a",          ".slice",   "a.scope",
					   "-a.slice", "a--b.slice", "a-.slice", "a/b.slice" };
	struct err e = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		scoped_str char *path = slice_expand(good[i].slice, &e);

		cr_expect_str_eq(path, good[i].path);
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		cr_expect_null(slice_expand(bad[i], &e), "%s", bad[i]);
		cr_expect_not_null(strstr(e.text, "not the name of a slice"), "%s", e.text);
	}
}

Test(systemd, a_path_names_slice_and_scope)
{
	static const struct {
		const char *path, *slice, *unit;
	} good[] = {
		{ "machine.slice:libpod:1f", "machine.slice", "libpod-1f.scope" },
		{ ":docker:x", "system.slice", "docker-x.scope" },
		{ "a-b.slice::x", "a-b.slice", "-x.scope" },
	};
	static const char *const bad[] = {
		"/a/b",       "a.slice",       "a.slice:p",        "a:b:c:d",
		"a.slice:p:", "a/b.slice:p:x", "a.slice:p:x.slice"
	};

	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		scoped_str char *slice = NULL, *unit = NULL;
		struct err e = { 0 };

		cr_assert_eq(unit_names(good[i].path, &slice, &unit, &e), 0, "%s", e.text);
		cr_expect_str_eq(slice, good[i].slice);
		cr_expect_str_eq(unit, good[i].unit);
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		scoped_str char *slice = NULL, *unit = NULL;
		struct err e = { 0 };

		cr_expect_eq(unit_names(bad[i], &slice, &unit, &e), -1, "%s", bad[i]);
		cr_expect_not_null(strstr(e.text, bad[i]), "%s", e.text);
	}
}

/* --- values --- */

static void written(const char *text, char type, bool many, const char *values)
{
	scoped(properties_drop) struct properties p = { 0 };
	scoped_str char *got = str_dup("");
	struct err e = { 0 };

	cr_assert_eq(properties_add_written(&p, text, &e), 0, "%s", e.text);
	for (size_t i = 0; i < p.v[0].n; i++) {
		const struct property_value *v = &p.v[0].v[i];
		char *more = v->text       ? str_printf("%s%s;", got, v->text)
			     : type == 'd' ? str_printf("%s%g;", got, v->real)
					   : str_printf("%s%lld;", got, (long long)v->number);

		free(got);
		got = more;
	}
	cr_expect_eq(p.v[0].type, type, "%s: %c", text, p.v[0].type);
	cr_expect_eq(p.v[0].many, many, "%s", text);
	cr_expect_str_eq(got, values, "%s: %s", text, got);
}

Test(systemd, values_are_written_as_gvariant_has_them)
{
	written("TimeoutStopUSec=uint64 123456789", 't', false, "123456789;");
	written("TimeoutStopUSec=@t 5", 't', false, "5;");
	written("CollectMode='inactive-or-failed'", 's', false, "inactive-or-failed;");
	written("Description=\"it's \\\"one\\\"\"", 's', false, "it's \"one\";");
	written("SendSIGHUP=true", 'b', false, "1;");
	written("SendSIGHUP=boolean false", 'b', false, "0;");
	written("Nice=-5", 'i', false, "-5;");
	written("Mask=0x10", 'i', false, "16;");
	written("Small=byte 255", 'y', false, "255;");
	written("Big=int64 -9000000000", 'x', false, "-9000000000;");
	written("Real=1.5", 'd', false, "1.5;");
	written("Real=double 2", 'd', false, "2;");
	written("Wants=['a.service', 'b.service']", 's', true, "a.service;b.service;");
	written("Bits=[byte 1, 2,255]", 'y', true, "1;2;255;");
	written("None=@as []", 's', true, "");
	written("Path=objectpath '/a'", 'o', false, "/a;");
}

/* The words of unit files, as runc takes them too. */
Test(systemd, seconds_become_microseconds)
{
	written("TimeoutStopSec=7", 't', false, "7000000;");
	written("TimeoutStopSec=0.25", 't', false, "250000;");
	written("RuntimeMaxSec=uint64 2", 't', false, "2000000;");
	written("TimeoutStopUSec=7", 'i', false, "7;");
}

Test(systemd, what_is_no_value_is_refused)
{
	static const char *const bad[] = { "CollectMode=inactive",
					   "CollectMode='x",
					   "Some=",
					   "Some=uint64 seven",
					   "Some=uint64 -1",
					   "Some=3000000000",
					   "Some=byte 256",
					   "Some=true false",
					   "Some=[1, 'a']",
					   "Some=[]",
					   "Some=[1",
					   "Some=@t 'a'",
					   "Some=uint64 string 'a'",
					   "No=1",
					   "With1=1",
					   "With.dot=1",
					   "TimeoutStopSec='a'",
					   "TimeoutStopSec=-1",
					   "Some=@at 5",
					   "Some=int32 [1]" };

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		scoped(properties_drop) struct properties p = { 0 };
		scoped_str char *name = str_printf("%.*s", (int)strcspn(bad[i], "="), bad[i]);
		struct err e = { 0 };

		cr_expect_eq(properties_add_written(&p, bad[i], &e), -1, "%s", bad[i]);
		cr_expect_not_null(strstr(e.text, name), "%s", e.text);
	}
}

Test(systemd, cpu_lists_become_bits)
{
	static const struct {
		const char *list;
		uint8_t bits[3];
		size_t n;
	} rows[] = { { "\n", { 0 }, 0 },
		     { "0\n", { 1 }, 1 },
		     { "0-3,5", { 0x2f }, 1 },
		     { "8,17", { 0, 1, 2 }, 3 } };

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		uint8_t *bits = NULL;
		struct err e = { 0 };
		size_t n = 0;

		cr_assert_eq(bits_of_list(rows[i].list, &bits, &n, &e), 0, "%s", e.text);
		cr_assert_eq(n, rows[i].n, "%s: %zu", rows[i].list, n);
		cr_expect(n == 0 || memcmp(bits, rows[i].bits, n) == 0, "%s", rows[i].list);
		free(bits);
	}
}

/* --- limits --- */

static char top[] = "/tmp/nfrun-systemd-XXXXXX";

static void begin(void)
{
	cr_assert_not_null(mkdtemp(top));
}

static void end(void)
{
	must_run("rm", "-rf", top);
}

TestSuite(systemd_files, .init = begin, .fini = end);

static void put(const char *file, const char *text)
{
	scoped_str char *path = str_printf("%s/%s", top, file);
	scoped_file FILE *f = fopen(path, "we");

	cr_assert_not_null(f);
	fputs(text, f);
}

static char *got(const char *file)
{
	scoped_str char *path = str_printf("%s/%s", top, file);

	return read_text(path);
}

/* FILE has TEXT; a systemd of VERSION is told "NAME=NUMBER;...". */
static void told(const char *file, const char *text, unsigned version, const char *want)
{
	scoped(settings_drop) struct settings s = { 0 };
	scoped(properties_drop) struct properties p = { 0 };
	scoped_str char *all = str_dup("");
	struct err e = { 0 };

	put(file, text);
	settings_add(&s, top, file, "x");
	cr_assert_eq(properties_of_files(&p, top, &s, version, &e), 0, "%s", e.text);
	for (size_t i = 0; i < p.n; i++) {
		char *more = str_printf("%s%s=%lld;", all, p.v[i].name,
					p.v[i].n ? (long long)p.v[i].v[0].number : -7);

		free(all);
		all = more;
	}
	cr_expect_str_eq(all, want, "%s %s: %s", file, text, all);
}

Test(systemd_files, each_with_a_property_is_told)
{
	put("cpu.idle", "0\n");
	told("cpu.max", "25500 100000\n", 252,
	     "CPUQuotaPerSecUSec=260000;CPUQuotaPeriodUSec=100000;");
	told("cpu.max", "50000 100000\n", 252,
	     "CPUQuotaPerSecUSec=500000;CPUQuotaPeriodUSec=100000;");
	told("cpu.max", "max 100000\n", 252, "CPUQuotaPerSecUSec=-1;CPUQuotaPeriodUSec=100000;");
	told("cpu.max", "max 100000\n", 241, "");
	told("cpu.weight", "42\n", 252, "CPUWeight=42;");
	told("memory.max", "4096\n", 252, "MemoryMax=4096;");
	told("memory.swap.max", "max\n", 252, "MemorySwapMax=-1;");
	told("memory.low", "1\n", 252, "MemoryLow=1;");
	told("memory.min", "2\n", 252, "MemoryMin=2;");
	told("memory.high", "3\n", 252, "MemoryHigh=3;");
	told("pids.max", "9\n", 252, "TasksMax=9;");
	told("io.weight", "default 77\n8:0 5\n", 252, "IOWeight=77;");
	told("io.bfq.weight", "default 200\n", 252, "IOWeight=1200;");
	told("cpuset.cpus", "0-1\n", 252, "AllowedCPUs=3;");
	told("cpuset.cpus", "0-1\n", 243, "");
	told("cpuset.mems", "\n", 252, "AllowedMemoryNodes=-7;");
	told("cpu.max.burst", "5\n", 252, "");
}

Test(systemd_files, idle_is_a_weight_of_0)
{
	told("cpu.idle", "1\n", 252, "CPUWeight=0;");
	told("cpu.idle", "1\n", 251, "");
	put("cpu.weight", "30\n");
	told("cpu.idle", "0\n", 252, "CPUWeight=30;");
}

Test(systemd_files, what_systemd_changed_besides_is_put_back)
{
	scoped(written_files_drop) struct written_files *w = NULL;
	struct err e = { 0 };

	put("cpu.max", "25500 100000\n");
	put("memory.oom.group", "1\n");
	w = written_files_keep(top);
	put("cpu.max", "26000 100000\n");
	put("memory.oom.group", "0\n");
	cr_assert_eq(written_files_restore(w, top, &e), 0, "%s", e.text);

	scoped_str char *max = got("cpu.max"), *group = got("memory.oom.group");
	cr_expect_eq(strncmp(max, "25500 100000", 12), 0, "%s", max);
	cr_expect_eq(*group, '1', "%s", group);
}

/* --- planning and the record --- */

Test(systemd, the_record_keeps_the_unit)
{
	static const char *const kept[] = { "exact", "systemd=a-b.scope",
					    "=/sys/fs/cgroup/a-b.scope" };
	scoped_strs struct strs paths = { 0 }, again = { 0 };
	struct cgroup *c = NULL;
	struct err e = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(kept); i++)
		strs_add(&paths, kept[i]);
	cr_assert_eq(cgroup_from_paths(&paths, &c, &e), 0, "%s", e.text);
	cr_assert_str_eq(c->scope->unit, "a-b.scope");
	cgroup_paths(c, &again);
	cgroup_free(c);
	cr_assert_eq(again.n, ARRAY_LEN(kept));
	for (size_t i = 0; i < again.n; i++)
		cr_expect_str_eq(again.v[i], kept[i]);
}

Test(systemd, a_record_with_a_bad_unit_is_refused)
{
	static const char *const bad[] = { "systemd=", "systemd=a/b.scope" };

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		scoped_strs struct strs paths = { 0 };
		struct cgroup *c = NULL;
		struct err e = { 0 };

		strs_add(&paths, bad[i]);
		cr_expect_eq(cgroup_from_paths(&paths, &c, &e), -1, "%s", bad[i]);
	}
}
