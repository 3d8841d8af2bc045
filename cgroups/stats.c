/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroups/stats.h"
#include "cgroups/host.h"
#include "cgroups/limits.h"
#include "runtime/base/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>

bool stats_find(const char *text, const char *key, uint64_t *out)
{
	size_t len = key ? strlen(key) : 0;

	while (key && (strncmp(text, key, len) != 0 || text[len] != ' ')) {
		text = strchr(text, '\n');
		if (!text)
			return false;
		text++;
	}
	text += key ? len + 1 : 0;
	if (strncmp(text, "max", 3) == 0 || *text == '-') {
		*out = CGROUP_UNSET;
		return true;
	}
	if (*text < '0' || *text > '9')
		return false;
	*out = strtoull(text, NULL, 10);
	return true;
}

static uint64_t convert(uint64_t value, enum stats_unit unit)
{
	if (value == CGROUP_UNSET)
		return value;
	switch (unit) {
	case NANOSECONDS:
		return value / 1000;
	case TICKS:
		return value * 1000000 / (uint64_t)sysconf(_SC_CLK_TCK);
	case V1_BYTES:
		return v1_is_unlimited(value) ? CGROUP_UNSET : value;
	case SHARES:
		return weight_from_shares(value);
	case OVER_ZERO:
		return value ? value : CGROUP_UNSET;
	case PLAIN:
		break;
	}
	return value;
}

/* FILE is the path of what *TEXT holds, so that a run of rows reads it once. */
static int read_counter(const char *dir, const struct stats_row *it, char **file, char **text,
			struct err *e)
{
	scoped_str char *path = str_printf("%s/%s", dir, it->file);
	struct err failed = { 0 };

	if (*file && strcmp(*file, path) == 0)
		return 0;
	str_drop(file);
	str_drop(text);
	*file = str_take(&path);
	if (fs_read_at(AT_FDCWD, *file, text, NULL, &failed) == 0)
		return 0;
	*text = NULL;
	if (failed.code != ENOENT && failed.code != EOPNOTSUPP)
		return err_set(e, failed.code, "%s", failed.text);
	return 0;
}

static int read_counters(const struct part *p, const struct stats_table *t,
			 struct cgroup_stats *out, struct err *e)
{
	scoped_str char *file = NULL, *text = NULL;
	uint64_t value;

	for (size_t i = 0; i < t->n; i++) {
		const struct stats_row *row = &t->v[i];

		if (row->controller && !part_has(p, row->controller))
			continue;
		if (read_counter(p->dir, row, &file, &text, e) < 0)
			return -1;
		if (!text || !stats_find(text, row->key, &value))
			continue;
		value = convert(value, row->unit);
		memcpy((char *)out + row->offset, &value, sizeof value);
	}
	return 0;
}

/* v1's memsw is memory and swap together; taken at two moments, the difference may be below 0. */
static void split_memsw(struct cgroup_stats *s)
{
	if (s->memory_swap != CGROUP_UNSET && s->memory_current != CGROUP_UNSET)
		s->memory_swap =
			s->memory_swap > s->memory_current ? s->memory_swap - s->memory_current : 0;
	if (s->limits.memory_swap_max != CGROUP_UNSET && s->limits.memory_max != CGROUP_UNSET)
		s->limits.memory_swap_max -= s->limits.memory_max;
}

static int read_part(const struct part *p, bool all, struct cgroup_stats *out, struct err *e)
{
	if (read_counters(p, p->v2 ? &stats_v2 : &stats_v1, out, e) < 0)
		return -1;
	if (!p->v2 && part_has(p, "memory"))
		split_memsw(out);
	return all ? read_counters(p, p->v2 ? &stats_v2_all : &stats_v1_all, out, e) : 0;
}

static int read_group(struct cgroup *c, bool all, struct cgroup_stats *out, struct err *e)
{
	memset(out, 0, sizeof *out);
	memset(out, 0xff, offsetof(struct cgroup_stats, limits)); /* every one CGROUP_UNSET */
	cgroup_limits_init(&out->limits);
	if (c->n > 0 && !part_exists(&c->parts[0]))
		return err_set(e, ENOENT, "read statistics of group %s", c->parts[0].dir);
	for (size_t i = 0; i < c->n; i++)
		if (read_part(&c->parts[i], all, out, e) < 0)
			return -1;
	stats_read_limits(c, &out->limits);
	out->memory_limit = out->limits.memory_max;
	out->pids_limit = out->limits.pids_max;
	if (all)
		stats_read_lists(c, out);
	return 0;
}

int cgroup_stats_read(struct cgroup *c, struct cgroup_stats *out, struct err *e)
{
	return read_group(c, false, out, e);
}

int cgroup_stats_read_all(struct cgroup *c, struct cgroup_stats *out, struct err *e)
{
	return read_group(c, true, out, e);
}

uint64_t cgroup_oom_kills(struct cgroup *c)
{
	const struct part *p = part_of(c, "memory");

	if (!p)
		return CGROUP_UNSET;
	return stats_number(p->dir, p->v2 ? "memory.events" : "memory.oom_control", "oom_kill");
}

void cgroup_stats_drop(struct cgroup_stats *s)
{
	cgroup_limits_drop(&s->limits);
	for (size_t i = 0; i < s->n_memory_stat; i++)
		free(s->memory_stat[i].name);
	for (size_t i = 0; i < s->n_io; i++)
		free(s->io[i].name);
	for (size_t i = 0; i < s->n_hugetlb; i++)
		free(s->hugetlb[i].page_size);
	for (size_t i = 0; i < s->n_rdma; i++)
		free(s->rdma[i].device);
	free(s->memory_stat);
	free(s->io);
	free(s->hugetlb);
	free(s->rdma);
	s->memory_stat = NULL;
	s->io = NULL;
	s->hugetlb = NULL;
	s->rdma = NULL;
	s->n_memory_stat = s->n_io = s->n_hugetlb = s->n_rdma = 0;
}
