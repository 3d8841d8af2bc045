/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/rootfs_oci_parts.h"
#include "tests/support/support.h"

#include <string.h>

Test(rootfs_oci, paths_are_compared_as_the_kernel_reads_them)
{
	static const struct {
		const char *target, *want;
		bool same;
	} rows[] = {
		{ "/dev", "/dev", true },
		{ "//dev/.//", "/dev", true },
		{ "dev", "/dev", true },
		{ "/dev/pts", "/dev", false },
		{ "/de", "/dev", false },
		{ "/devs", "/dev", false },
		{ "/", "/", true },
		{ "/./", "/", true },
		{ "", "/", true },
		{ "/dev/..", "/", false },
		{ "/proc/./net//dev", "/proc/net/dev", true },
		{ "/.dev", "/dev", false },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		cr_expect_eq(bundle_path_is(rows[i].target, rows[i].want), rows[i].same, "%s, %s",
			     rows[i].target, rows[i].want);
}

Test(rootfs_oci, paths_in_proc_are_seen)
{
	static const struct {
		const char *target;
		bool in_proc;
	} rows[] = {
		{ "/proc", false },         { "/proc/", false },       { "/proc/sys", true },
		{ "//proc//self", true },   { "/proc/uptime", false }, { "/proc/meminfo/", false },
		{ "/proc/uptime/x", true }, { "/process/x", false },   { "/a/proc/x", false },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		cr_expect_eq(bundle_target_is_in_proc(rows[i].target), rows[i].in_proc, "%s",
			     rows[i].target);
}

Test(rootfs_oci, ids_are_mapped_by_the_line_that_has_them)
{
	struct spec_idmap lines[] = { { 0, 1000, 1 }, { 1, 100000, 65536 }, { 70000, 5, 10 } };
	const struct spec_idmaps maps = { lines, ARRAY_LEN(lines) };
	static const struct {
		uint32_t inside, outside;
		bool mapped;
	} rows[] = {
		{ 0, 1000, true },        { 1, 100000, true }, { 65536, 165535, true },
		{ 65537, 0, false },      { 70009, 14, true }, { 70010, 0, false },
		{ UINT32_MAX, 0, false },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		uint32_t outside = 0;

		cr_expect_eq(bundle_map_id(&maps, rows[i].inside, &outside), rows[i].mapped, "%u",
			     rows[i].inside);
		cr_expect_eq(outside, rows[i].outside, "%u: %u", rows[i].inside, outside);
	}
}

Test(rootfs_oci, options_are_long_from_256_bytes_on)
{
	char text[400] = "lowerdir=";
	char *option = text;
	const struct spec_mount m = { .data = { &option, 1 } };
	size_t len = strlen(text);

	memset(text + len, 'x', 255);
	cr_expect_not(bundle_fs_is_long(&m));
	text[len + 255] = 'x';
	cr_expect(bundle_fs_is_long(&m));
}
