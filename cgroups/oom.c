/* SPDX-License-Identifier: Apache-2.0 */
/* Waiting for the group to run out of memory. */
#include "cgroups/oom.h"
#include "cgroups/packet.h"
#include "cgroups/stats.h"
#include "runtime/base/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>

static int read_value(const char *dir, const char *file, const char *key, uint64_t *out,
		      struct err *e)
{
	scoped_str char *path = str_printf("%s/%s", dir, file), *text = NULL;

	if (fs_read_at(AT_FDCWD, path, &text, NULL, e) < 0)
		return -1;
	if (!stats_find(text, key, out))
		return err_set(e, ENOTSUP, "%s does not tell '%s'", path, key);
	return 0;
}

/* --- v2: the kernel calls a change of these files a modification --- */

static int watch(int fd, const char *dir, const char *file, struct err *e)
{
	scoped_str char *path = str_printf("%s/%s", dir, file);

	return inotify_add_watch(fd, path, IN_MODIFY) < 0 ? err_set(e, errno, "watch %s", path) : 0;
}

static int v2_open(struct cgroup *c, const char *dir, struct err *e)
{
	scoped_fd int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);

	if (fd < 0)
		return err_set(e, errno, "make an inotify instance");
	if (watch(fd, dir, "memory.events", e) < 0 || watch(fd, dir, "cgroup.events", e) < 0 ||
	    read_value(dir, "memory.events", "oom_kill", &c->oom_seen, e) < 0)
		return -1;
	return fd_take(&fd);
}

/* An exact group with a kernel thread in its leaf stays populated without a process. */
static int is_over(struct cgroup *c, const char *dir, uint64_t populated, bool *out, struct err *e)
{
	scoped(pids_drop) struct pids left = { 0 };

	*out = populated == 0;
	if (*out || !packet_is_held(dir))
		return 0;
	if (cgroup_pids(c, &left.v, &left.n, e) < 0)
		return -1;
	*out = left.n == 0;
	return 0;
}

static int v2_look(struct cgroup *c, const char *dir, enum cgroup_event *what, struct err *e)
{
	uint64_t kills, populated;
	bool over = false;

	if (read_value(dir, "memory.events", "oom_kill", &kills, e) < 0 ||
	    read_value(dir, "cgroup.events", "populated", &populated, e) < 0 ||
	    is_over(c, dir, populated, &over, e) < 0)
		return -1;
	if (kills > c->oom_seen)
		*what = CGROUP_OOM;
	else if (over)
		*what = CGROUP_ENDED;
	c->oom_seen = kills;
	return 0;
}

/* --- v1: an eventfd, registered with the group --- */

int oom_v1_open(const char *dir, struct err *e)
{
	scoped_str char *watched = str_printf("%s/memory.oom_control", dir);
	scoped_str char *control = str_printf("%s/cgroup.event_control", dir);
	scoped_fd int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	scoped_fd int file = fs_open_at(AT_FDCWD, watched, O_RDONLY, 0, e);

	if (fd < 0)
		return err_set(e, errno, "make an eventfd");
	if (file < 0)
		return -1;

	scoped_str char *pair = str_printf("%d %d", fd, file);
	return fs_write_at(AT_FDCWD, control, pair, e) < 0 ? -1 : fd_take(&fd);
}

/* --- either --- */

static const struct part *memory_part(struct cgroup *c, struct err *e)
{
	const struct part *p = part_of(c, "memory");

	if (!p && c->n == 0)
		err_set(e, 0, "watch memory: the cgroup manager is disabled");
	else if (!p)
		err_set(e, 0,
			"watch memory: controller memory is mounted nowhere "
			"(/proc/self/mountinfo)");
	return p;
}

int cgroup_oom_fd(struct cgroup *c, struct err *e)
{
	const struct part *p = memory_part(c, e);
	scoped_str char *leaf = p ? part_leaf(c, p) : NULL;

	if (!p)
		return -1;
	return p->v2 ? v2_open(c, leaf, e) : oom_v1_open(leaf, e);
}

/* v1 tells of the group's removal by the same eventfd. */
int cgroup_oom_read(struct cgroup *c, int fd, enum cgroup_event *what, struct err *e)
{
	const struct part *p = memory_part(c, e);
	scoped_str char *leaf = p ? part_leaf(c, p) : NULL;
	char events[4096] __attribute__((aligned(8)));

	if (!p)
		return -1;

	bool told = false;
	while (read(fd, events, sizeof events) > 0)
		told = true;
	*what = CGROUP_NOTHING;
	if (access(leaf, F_OK) < 0)
		*what = CGROUP_ENDED;
	else if (p->v2)
		return v2_look(c, leaf, what, e);
	else if (told)
		*what = CGROUP_OOM;
	return 0;
}
