/* SPDX-License-Identifier: Apache-2.0 */
/* Changing what a running VNF may use. */
#include "runtime/base/units.h"
#include "runtime/container.h"
#include "runtime/limits_here.h"
#include "runtime/packet_engine.h"
#include "runtime/spec/vnf_load.h"
#include "runtime/vnf.h"

#include <errno.h>
#include <string.h>

static bool memory_is_v1(const struct strs *paths)
{
	for (size_t i = 0; i < paths->n; i++) {
		const char *path = paths->v[i];
		size_t len = strcspn(path, "=");

		for (size_t at = 0; at < len; at += strcspn(path + at, ",=") + 1)
			if (strncmp(path + at, "memory", strlen("memory")) == 0 &&
			    strchr(",=", path[at + strlen("memory")]))
				return true;
	}
	return false;
}

/* What v2 would do at once, and v1 where it can: better asked for than met. */
static int check_memory(struct container *c, const struct vnf_change *change, struct err *e)
{
	uint64_t limit = change->resources->memory_limit;
	scoped(cgroup_stats_drop) struct cgroup_stats now = { 0 };
	char used[16], cached[16], wanted[16];

	if (change->force || limit >= VNF_NO_LIMIT)
		return 0;
	if (cgroup_stats_read_all(c->cgroup, &now, e) < 0)
		return -1;
	if (now.memory_current == CGROUP_UNSET || now.memory_current <= limit)
		return 0;
	return err_set(e, 0,
		       "/resources/memory/limit: %s is in use, %s of it by cached files, and %s is "
		       "less: the kernel reclaims what it can, and %s where that is not enough; "
		       "--force does it",
		       size_format(now.memory_current, used),
		       size_format(now.file == CGROUP_UNSET ? 0 : now.file, cached),
		       size_format(limit, wanted),
		       memory_is_v1(&c->rec.cgroup) ? "refuses the limit" : "kills");
}

/* Packet work depends on the CPUs that the group may use, and on how much of them. */
static bool touches_packets(const struct container *c, const struct vnf_change *change)
{
	const struct vnf_resources *r = change->resources;

	return change->packet.n > 0 ||
	       ((r->cpus || r->more.cpu_partition || r->cpu_limit != VNF_UNSET) &&
		spec_has_packet_cpu(c->spec));
}

static int update_packets(void *container, struct err *e)
{
	return packet_update(container, e);
}

/* The limits go into the kernel first: what it refuses is not written down. */
static int update_to(struct container *c, const struct vnf_change *change, struct err *e)
{
	scoped_str char *text = NULL;
	scoped_strs struct strs problems = { 0 };
	struct vnf *v = NULL;

	if (vnf_merge(c->rec.descriptor, change, &text, e) < 0)
		return -1;
	if (vnf_load_bytes(text, strlen(text), "update", NULL, &v, &problems) < 0)
		return err_set(e, 0, "%s", problems.v[0]);
	c->spec = vnf_expand(v);
	vnf_free(v);
	c->spec->resources.has_devices = false; /* these stay as they were at the start */
	vnf_lift(change->resources, &c->spec->resources);
	if (limits_here(c->spec, e) < 0 || cgroup_from_paths(&c->rec.cgroup, &c->cgroup, e) < 0 ||
	    check_memory(c, change, e) < 0 ||
	    cgroup_update_with(c->cgroup, &c->spec->resources,
			       touches_packets(c, change) ? update_packets : NULL, c, e) < 0)
		return -1;
	free(c->rec.descriptor);
	c->rec.descriptor = str_take(&text);
	if (record_save(c->dir_fd, &c->rec, e) < 0)
		return -1;
	return touches_packets(c, change) ? packet_keeper_tell(c, e) : 0;
}

static int err_asleep(struct err *e)
{
	return err_tell(
		e, ESRCH,
		"container not running: start it first, or change the descriptor that it is "
		"to start with");
}

int vnf_update(const char *root, const char *name, const struct vnf_change *change,
	       struct strs *warnings, struct err *e)
{
	struct container c;
	struct vnf_view v;

	if (vnf_look_running(root, name, &v, e) < 0)
		return e->code == ESRCH ? err_asleep(e) : -1;
	vnf_view_drop(&v);
	if (container_open(root, name, false, &c, e) < 0)
		return -1;
	int r;
	if (!c.rec.id || c.rec.status != STATUS_RUNNING)
		r = err_asleep(e);
	else
		r = update_to(&c, change, e);
	if (r == 0 && touches_packets(&c, change))
		packet_tell_warning(&c, warnings);
	container_close(&c);
	return r;
}
