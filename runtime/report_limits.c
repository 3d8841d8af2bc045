/* SPDX-License-Identifier: Apache-2.0 */
/* The limits that hold. */
#include "runtime/blockdev.h"
#include "runtime/report.h"
#include "runtime/spec/spec.h"

#include <string.h>

/* The descriptor's paths, by the numbers that the kernel has for them. */
static void add_disks(const struct cgroup_limits *asked, struct cgroup_limits *out)
{
	for (size_t i = 0; i < asked->n_disks; i++) {
		struct limits_disk disk = asked->disks[i];
		struct err unknown = { 0 }; /* then it is shown by number alone */

		if (blockdev_find(disk.path, &disk.major, &disk.minor, &unknown) < 0)
			continue;
		disk.path = str_dup(disk.path);
		out->disks = mem_grow(out->disks, out->n_disks + 1, sizeof *out->disks);
		out->disks[out->n_disks++] = disk;
	}
}

/* What cgroup v1 holds in files that are not read back, and what has no form to be read in. */
static void put_untold(const struct cgroup_limits *asked, struct cgroup_limits *out)
{
	struct cgroup_limits untold = CGROUP_LIMITS_UNSET; /* borrows */

	if (out->memory_low == CGROUP_UNSET)
		untold.memory_low = asked->memory_low;
	if (out->uclamp_min == CGROUP_UNSET)
		untold.uclamp_min = asked->uclamp_min;
	if (out->uclamp_max == CGROUP_UNSET)
		untold.uclamp_max = asked->uclamp_max;
	if (out->io_share == CGROUP_UNSET)
		untold.io_share = asked->io_share;
	if (out->io[IO_SHARE].n == 0)
		untold.io[IO_SHARE] = asked->io[IO_SHARE];
	untold.disks = asked->disks;
	untold.n_disks = asked->n_disks;
	untold.unified = asked->unified;
	untold.n_unified = asked->n_unified;
	cgroup_limits_put(out, &untold);
}

static void put_read_back(const struct usage *u, const struct vnf *v, struct cgroup_limits *out)
{
	struct spec *asked = v ? vnf_expand(v) : NULL;
	struct err unknown = { 0 }; /* a disk that is gone: shown by its path */

	cgroup_limits_put(out, &u->cgroup.limits);
	if (!asked)
		return;
	/* v1 takes no process into a cpuset without nodes, so it has those of the group above */
	if (!asked->resources.mems) {
		free(out->mems);
		out->mems = NULL;
	}
	(void)blockdev_resolve(&asked->resources, &unknown);
	put_untold(&asked->resources, out);
	add_disks(&asked->resources, out);
	spec_free(asked);
}

void report_all_limits(const struct report_vnf *v, struct cgroup_limits *out)
{
	cgroup_limits_init(out);
	if (v->usage) {
		put_read_back(v->usage, v->view->vnf, out);
	} else if (v->view->vnf) {
		struct spec *s = vnf_expand(v->view->vnf);

		cgroup_limits_put(out, &s->resources);
		spec_free(s);
	}
}

const char *report_io_path(const struct cgroup_limits *l, const struct limits_io *it)
{
	for (size_t i = 0; it->major != CGROUP_UNSET && i < l->n_disks; i++)
		if (l->disks[i].major == it->major && l->disks[i].minor == it->minor)
			return l->disks[i].path;
	return limits_io_path(l, it);
}
