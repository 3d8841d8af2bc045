/* SPDX-License-Identifier: Apache-2.0 */
/* Statistics that are lists. */
#include "cgroups/limits.h"
#include "cgroups/stats.h"
#include "cgroups/stats_text.h"
#include "runtime/base/fs.h"

#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <string.h>

char *stats_text(const char *dir, const char *file)
{
	scoped_str char *path = str_printf("%s/%s", dir, file);
	struct err ignored = { 0 };
	char *text = NULL;

	if (fs_read_at(AT_FDCWD, path, &text, NULL, &ignored) < 0)
		return NULL;
	return text;
}

char *stats_line(const char *dir, const char *file)
{
	char *text = stats_text(dir, file);

	if (text)
		text[strcspn(text, "\n")] = '\0';
	return text;
}

uint64_t stats_number(const char *dir, const char *file, const char *key)
{
	scoped_str char *text = stats_text(dir, file);
	uint64_t value;

	return text && stats_find(text, key, &value) ? value : CGROUP_UNSET;
}

void stats_read_pressure(const char *dir, const char *file, struct cgroup_pressure *out)
{
	scoped_str char *text = stats_text(dir, file); /* EOPNOTSUPP: psi=0 */

	if (text)
		stats_parse_pressure(out, text);
}

/* --- block devices --- */

/* In this order, as runc: the bfq scheduler's files, CFQ's, what is counted under any scheduler. */
static const char *const io_files[CGROUP_IO_TABLES][3] = {
	[CGROUP_IO_SERVICE_BYTES] = { "bfq.io_service_bytes_recursive",
				      "io_service_bytes_recursive",
				      "throttle.io_service_bytes_recursive" },
	[CGROUP_IO_SERVICED] = { "bfq.io_serviced_recursive", "io_serviced_recursive",
				 "throttle.io_serviced_recursive" },
	[CGROUP_IO_QUEUED] = { "bfq.io_queued_recursive", "io_queued_recursive" },
	[CGROUP_IO_SERVICE_TIME] = { "bfq.io_service_time_recursive", "io_service_time_recursive" },
	[CGROUP_IO_WAIT_TIME] = { "bfq.io_wait_time_recursive", "io_wait_time_recursive" },
	[CGROUP_IO_MERGED] = { "bfq.io_merged_recursive", "io_merged_recursive" },
	[CGROUP_IO_TIME] = { "bfq.time_recursive", "time_recursive" },
	[CGROUP_IO_SECTORS] = { "bfq.sectors_recursive", "sectors_recursive" },
};

void stats_read_io_v1(const char *dir, enum cgroup_io_table table, struct cgroup_io_list *out)
{
	for (size_t i = 0; i < ARRAY_LEN(io_files[table]) && out->n == 0; i++) {
		const char *name = io_files[table][i];
		scoped_str char *file = str_printf("blkio.%s", name ? name : "");
		scoped_str char *text = name ? stats_text(dir, file) : NULL;

		if (text)
			stats_parse_io_v1(out, text);
	}
}

/* /sys/dev/block/8:0 is a link to a directory of the device's name; NULL: no such device. */
static char *device_name(const struct cgroup_io_device *d)
{
	scoped_str char *path =
		str_printf("/sys/dev/block/%" PRIu64 ":%" PRIu64, d->major, d->minor);
	char target[PATH_MAX];
	ssize_t n = readlink(path, target, sizeof target - 1);

	if (n < 0)
		return NULL;
	target[n] = '\0';
	return str_dup(strrchr(target, '/') ? strrchr(target, '/') + 1 : target);
}

static void read_io(struct cgroup *c, struct cgroup_stats *out)
{
	const struct part *p = part_of(c, "blkio");
	struct cgroup_io_list bytes = { 0 }, count = { 0 };

	if (!p)
		return;
	if (p->v2) {
		scoped_str char *text = stats_text(p->dir, "io.stat");

		out->has_io = text;
		stats_parse_io_v2(&bytes, &count, text ? text : "");
	} else if (part_exists(p)) {
		out->has_io = true;
		stats_read_io_v1(p->dir, CGROUP_IO_SERVICE_BYTES, &bytes);
		stats_read_io_v1(p->dir, CGROUP_IO_SERVICED, &count);
	}
	stats_io_devices(&bytes, &count, &out->io, &out->n_io);
	for (size_t i = 0; i < out->n_io; i++)
		out->io[i].name = device_name(&out->io[i]);
	free(bytes.v);
	free(count.v);
}

/* --- huge pages --- */

static struct cgroup_hugetlb_use hugetlb_use(const char *dir, const char *size, bool v2)
{
	scoped_str char *reserved =
		str_printf("%s/hugetlb.%s.rsvd.%s", dir, size, v2 ? "current" : "usage_in_bytes");
	const char *kind = access(reserved, F_OK) == 0 ? ".rsvd" : "";
	scoped_str char *base = str_printf("hugetlb.%s%s", size, kind);
	scoped_str char *usage = str_printf("%s.%s", base, v2 ? "current" : "usage_in_bytes");
	scoped_str char *max = str_printf("%s.max_usage_in_bytes", base);
	scoped_str char *fails =
		v2 ? str_printf("hugetlb.%s.events", size) : str_printf("%s.failcnt", base);

	return (struct cgroup_hugetlb_use){
		.page_size = str_dup(size),
		.usage = stats_number(dir, usage, NULL),
		.max = stats_number(dir, max, NULL),
		.failcnt = stats_number(dir, fails, v2 ? "max" : NULL),
	};
}

/* "hugetlb.2MB.current" gives "2MB"; NULL: another file. */
static char *page_size(const char *file, const char *suffix)
{
	size_t prefix = strlen("hugetlb."), len = strlen(file), tail = strlen(suffix);

	if (strncmp(file, "hugetlb.", prefix) != 0 || len <= prefix + tail ||
	    strcmp(file + len - tail, suffix) != 0)
		return NULL;

	scoped_str char *size = str_printf("%.*s", (int)(len - tail - prefix), file + prefix);
	return strchr(size, '.') ? NULL : str_take(&size);
}

bool stats_read_hugetlb(const struct part *p, struct cgroup_hugetlb_use **v, size_t *n)
{
	scoped_dir DIR *d = opendir(p->dir);
	const struct dirent *entry;

	while (d && (entry = readdir(d))) {
		scoped_str char *size =
			page_size(entry->d_name, p->v2 ? ".current" : ".usage_in_bytes");

		if (!size)
			continue;
		*v = mem_grow(*v, *n + 1, sizeof **v);
		(*v)[(*n)++] = hugetlb_use(p->dir, size, p->v2);
	}
	return *n > 0;
}

/* --- all of it --- */

static void read_pressure(struct cgroup *c, struct cgroup_stats *out)
{
	static const char *const files[] = { [CGROUP_CPU] = "cpu.pressure",
					     [CGROUP_MEMORY] = "memory.pressure",
					     [CGROUP_IO] = "io.pressure" };
	const struct part *p = part_v2(c); /* whichever version has the controllers */

	for (size_t i = 0; p && i < ARRAY_LEN(files); i++)
		stats_read_pressure(p->dir, files[i], &out->pressure[i]);
}

void stats_read_lists(struct cgroup *c, struct cgroup_stats *out)
{
	const struct part *memory = part_of(c, "memory"), *huge = part_of(c, "hugetlb"),
			  *rdma = part_of(c, "rdma");
	scoped_str char *lines = memory ? stats_text(memory->dir, "memory.stat") : NULL;
	scoped_str char *hcas = rdma ? stats_text(rdma->dir, "rdma.current") : NULL;

	read_pressure(c, out);
	if (lines)
		stats_parse_named(&out->memory_stat, &out->n_memory_stat, lines);
	read_io(c, out);
	if (huge)
		out->has_hugetlb = stats_read_hugetlb(huge, &out->hugetlb, &out->n_hugetlb);
	out->has_rdma = hcas;
	if (hcas)
		stats_parse_rdma(&out->rdma, &out->n_rdma, hcas);
}
