/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/hugepages.h"
#include "runtime/base/scope.h"
#include "runtime/base/units.h"
#include "runtime/mounts.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char pools[] = "/sys/kernel/mm/hugepages";

/* "2M, 1G", or ""; the caller frees. */
static char *sizes_here(void)
{
	static const char prefix[] = "hugepages-";
	scoped_dir DIR *dir = opendir(pools);
	scoped_str char *list = str_dup("");
	const struct dirent *entry;
	char size[16];

	while (dir && (entry = readdir(dir))) {
		scoped_str char *before = NULL;

		if (strncmp(entry->d_name, prefix, strlen(prefix)) != 0)
			continue;
		before = str_take(&list);
		size_format(strtoull(entry->d_name + strlen(prefix), NULL, 10) << 10, size);
		list = str_printf("%s%s%s", before, *before ? ", " : "", size);
	}
	return str_take(&list);
}

int hugepages_open(const struct strs *data, uint64_t attrs, uid_t uid, gid_t gid, struct err *e)
{
	scoped_strs struct strs all = { 0 };

	strs_copy(&all, data);
	if (uid != 0 || gid != 0) {
		strs_addf(&all, "uid=%u", uid);
		strs_addf(&all, "gid=%u", gid);
	}

	int fd = mount_new("hugetlbfs", &all, attrs, e);
	if (fd >= 0 || e->code != EINVAL)
		return fd;

	scoped_str char *sizes = sizes_here();
	return err_wrap(e, "this host has huge pages of %s (%s)", *sizes ? sizes : "no size",
			pools);
}
