/* SPDX-License-Identifier: Apache-2.0 */
/* Huge pages, RDMA, network classes, and files by name. */
#include "cgroups/cpuset.h"
#include "cgroups/partition.h"
#include "runtime/base/fs.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

/* --- huge pages: reservations where the kernel counts them, and use --- */

/* "2MB, 1GB": what this host has, by the files that end so. The caller frees. */
static char *page_sizes(const char *dir, const char *suffix)
{
	scoped_str char *list = str_dup(""), *end = str_printf(".%s", suffix);
	scoped_dir DIR *d = opendir(dir);
	const struct dirent *entry;

	while (d && (entry = readdir(d))) {
		const char *name = entry->d_name;
		size_t word = strncmp(name, "hugetlb.", 8) == 0 ? strcspn(name + 8, ".") : 0;

		if (word == 0 || strcmp(name + 8 + word, end) != 0)
			continue;

		char *longer = str_printf("%s%s%.*s", list, *list ? ", " : "", (int)word, name + 8);
		str_drop(&list);
		list = longer;
	}
	return str_take(&list);
}

static int err_no_pages(const char *dir, const char *size, const char *suffix, struct err *e)
{
	scoped_str char *have = page_sizes(dir, suffix);

	return err_set(e, 0, "huge pages of %s: this host has none%s%s (no %s/hugetlb.%s.%s)", size,
		       *have ? ", but of " : "", have, dir, size, suffix);
}

static int hugetlb(struct settings *s, const char *dir, const struct cgroup_limits *l,
		   const char *suffix, struct err *e)
{
	char text[24];

	for (size_t i = 0; i < l->n_hugepages; i++) {
		const struct limits_hugepage *it = &l->hugepages[i];
		scoped_str char *use = str_printf("hugetlb.%s.%s", it->page_size, suffix);
		scoped_str char *rsvd = str_printf("hugetlb.%s.rsvd.%s", it->page_size, suffix);

		if (strchr(it->page_size, '/') || !has_limit_file(dir, use))
			return err_no_pages(dir, it->page_size, suffix, e);
		limit_text(it->limit, strcmp(suffix, "max") ? "-1" : "max", text);
		settings_add(s, dir, use, "%s", text);
		if (has_limit_file(dir, rsvd))
			settings_add(s, dir, rsvd, "%s", text);
	}
	return 0;
}

int v2_hugetlb(struct settings *s, const char *dir, const struct cgroup_limits *l, struct err *e)
{
	return hugetlb(s, dir, l, "max", e);
}

int v1_hugetlb(struct settings *s, const char *dir, const struct cgroup_limits *l, struct err *e)
{
	return hugetlb(s, dir, l, "limit_in_bytes", e);
}

int rdma_max(struct settings *s, const char *dir, const struct cgroup_limits *l, struct err *e)
{
	scoped_str char *path = str_printf("%s/rdma.max", dir);
	char number[24];

	(void)e;
	for (size_t i = 0; i < l->n_rdma; i++) {
		const struct limits_rdma *it = &l->rdma[i];
		scoped_str char *value = str_dup("");

		if (is_set(it->handles)) {
			str_drop(&value);
			value = str_printf("hca_handle=%s", limit_text(it->handles, "max", number));
		}
		if (is_set(it->objects)) {
			scoped_str char *before = str_take(&value);

			value = str_printf("%s%shca_object=%s", before, *before ? " " : "",
					   limit_text(it->objects, "max", number));
		}
		if (*value)
			settings_add_keyed(s, path, it->device, value,
					   "hca_handle=max hca_object=max");
	}
	return 0;
}

/* --- network --- */

int v2_net(struct settings *s, const char *dir, const struct cgroup_limits *l, struct err *e)
{
	(void)s;
	(void)dir;
	if (!is_limited(l->net_class_id) && l->n_net_priorities == 0)
		return 0;
	return err_set(e, 0,
		       "network.%s: only cgroup v1 has that, and its controller %s is not mounted "
		       "(/proc/self/mountinfo)",
		       is_limited(l->net_class_id) ? "classID" : "priorities",
		       is_limited(l->net_class_id) ? "net_cls" : "net_prio");
}

int v1_net_class(struct settings *s, const char *dir, const struct cgroup_limits *l, struct err *e)
{
	(void)e;
	if (is_limited(l->net_class_id))
		settings_add(s, dir, "net_cls.classid", "%" PRIu64, l->net_class_id);
	return 0;
}

int v1_net_priorities(struct settings *s, const char *dir, const struct cgroup_limits *l,
		      struct err *e)
{
	scoped_str char *path = str_printf("%s/net_prio.ifpriomap", dir);

	(void)e;
	for (size_t i = 0; i < l->n_net_priorities; i++) {
		scoped_str char *value = str_printf("%u", l->net_priorities[i].priority);

		settings_add_keyed(s, path, l->net_priorities[i].name, value, "0");
	}
	return 0;
}

/* --- files by name --- */

/* The kernel would take CPUs that are another's, and take the other's partition from it for that.
 */
static int check_unified(const char *dir, const struct limits_file *it, struct err *e)
{
	scoped_str char *list = str_printf("%.*s", (int)strcspn(it->value, "\n"), it->value);

	if (!*list || strcmp(it->file, "cpuset.cpus") != 0)
		return 0;

	scoped_str char *own = cpuset_read(dir, "cpuset.cpus.exclusive.effective");
	return cpuset_check_cpus(dir, list, own, e);
}

int v2_unified(struct settings *s, const char *dir, const struct cgroup_limits *l, struct err *e)
{
	for (size_t i = 0; i < l->n_unified; i++) {
		const struct limits_file *it = &l->unified[i];

		if (!*it->file || strchr(it->file, '/') || strcmp(it->file, "..") == 0)
			return err_set(e, EINVAL, "unified/%s: not the name of a file", it->file);
		if (!has_limit_file(dir, it->file))
			return err_set(e, ENOENT,
				       "unified/%s: the kernel has no such file in this group (%s)",
				       it->file, dir);
		if (check_unified(dir, it, e) < 0)
			return err_wrap(e, "unified/%s", it->file);
		if (!partition_add_file(s, dir, it))
			settings_add_lines(s, dir, it->file, it->value);
	}
	return 0;
}
