/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroups/group.h"
#include "runtime/base/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

/* What the specification names for kernels that do not tell. */
static const char fallback[] = "cgroup.procs\ncgroup.subtree_control\ncgroup.threads\n";

static int give(const char *path, uid_t uid, struct err *e)
{
	if (lchown(path, uid, (gid_t)-1) < 0 && errno != ENOENT)
		return err_set(e, errno, "give %s to user %u", path, uid);
	return 0;
}

int cgroup_give(struct cgroup *c, uid_t uid, struct err *e)
{
	scoped_str char *list = NULL;
	struct err missing = { 0 };
	const struct part *p = part_v2(c);
	char *rest, *name;

	if (!p || group_is_hybrid(c))
		return 0;
	if (fs_read_at(AT_FDCWD, "/sys/kernel/cgroup/delegate", &list, NULL, &missing) < 0)
		list = str_dup(fallback);
	if (give(p->dir, uid, e) < 0)
		return -1;
	rest = list;
	while ((name = strsep(&rest, "\n"))) {
		scoped_str char *path = str_printf("%s/%s", p->dir, name);

		if (*name && give(path, uid, e) < 0)
			return -1;
	}
	return 0;
}
