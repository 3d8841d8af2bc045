/* SPDX-License-Identifier: Apache-2.0 */
/* How an OCI container comes to be, up to the state "created". runtime-spec runtime.md,
 * "Lifecycle". */
#include "runtime/base/fs.h"
#include "runtime/base/scope.h"
#include "runtime/fd_socket.h"
#include "runtime/hooks.h"
#include "runtime/life.h"
#include "runtime/oci_state.h"
#include "runtime/packet_engine.h"
#include "runtime/process.h"
#include "runtime/rdt.h"
#include "runtime/rootfs_oci_parts.h"
#include "runtime/spec/oci_load.h"
#include "runtime/spawn.h"
#include "runtime/stage.h"
#include "runtime/start_socket.h"

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <time.h>

static int step_record(struct container *c, struct err *e)
{
	if (life_step_record(c, e) < 0)
		return -1;
	return c->how->wait_outside ? start_socket_listen(c, e) : 0;
}

/* A VNF's root has the nodes it needs and no more, so a config.json of one goes without a list. */
static void settle_devices(struct container *c)
{
	struct cgroup_limits *l = &c->spec->resources;

	if (!l->has_devices && spec_has_bundle_root(c->spec) && !c->how->no_cgroup)
		oci_default_devices(l);
	/* Engines always deny all; who wants no group has been told what that means. */
	if (c->how->no_cgroup)
		l->has_devices = false;
}

/* config-linux.md, "Cgroup ownership": where a container could manage its group if it owned it. */
static bool owns_group(const struct spec *s)
{
	if (!(s->namespaces & CLONE_NEWCGROUP))
		return false;
	for (size_t i = 0; i < s->n_mounts; i++) {
		const struct spec_mount *m = &s->mounts[i];

		if (strcmp(m->target, "/sys/fs/cgroup") == 0)
			return m->source && strcmp(m->source, "cgroup") == 0 &&
			       !(m->attrs & MOUNT_ATTR_RDONLY);
	}
	return false;
}

/* The one that process.user is on the host; false: not known, or root, whose it is already. */
static bool group_owner(const struct spec *s, uid_t *uid)
{
	/* "uid:gid", or a name, for an init of ours: that is root */
	uint32_t user =
		s->process.user && !s->own_init ? (uint32_t)strtoul(s->process.user, NULL, 10) : 0;

	*uid = user;
	if (s->namespaces & CLONE_NEWUSER) {
		if (s->uid_maps.n > 0)
			return bundle_map_id(&s->uid_maps, user, uid);
		*uid = s->id_base + user;
		return true;
	}
	return user != 0 && !spec_has_ns(s, CLONE_NEWUSER);
}

int life_step_cgroup_oci(struct container *c, struct err *e)
{
	uid_t owner;

	settle_devices(c);
	if (life_step_cgroup(c, e) < 0)
		return -1;
	return owns_group(c->spec) && group_owner(c->spec, &owner)
		       ? cgroup_give(c->cgroup, owner, e)
		       : 0;
}

static int step_rdt(struct container *c, struct err *e)
{
	scoped_str char *mount = NULL;

	if (!c->spec->rdt.given)
		return 0;
	return rdt_find(&mount, e) < 0 ? -1 : rdt_create(mount, &c->spec->rdt, c->id, e);
}

int life_revert_rdt(struct container *c, struct err *e)
{
	scoped_str char *mount = NULL;
	struct err gone = { 0 };

	if (!c->spec->rdt.given || rdt_find(&mount, &gone) < 0)
		return 0;
	return rdt_remove(mount, &c->spec->rdt, c->id, e);
}

static int enter_rdt(const struct container *c, struct err *e)
{
	scoped_str char *mount = NULL;

	if (!c->spec->rdt.given)
		return 0;
	if (rdt_find(&mount, e) < 0)
		return -1;
	return rdt_enter(mount, &c->spec->rdt, c->id, c->rec.init.pid, e);
}

/* What only the host's root may do to a process, as long as nothing of the user's runs in it. */
static int set_from_outside(const struct container *c, struct err *e)
{
	const struct spec_process *p = &c->spec->process;
	pid_t pid = c->rec.init.pid;

	if (enter_rdt(c, e) < 0 || process_rlimits(pid, p, e) < 0)
		return -1;
	if (process_oom_score(pid, p, e) == 0)
		return 0;
	return c->how->rootless && e->code == EACCES ? 0 : -1;
}

static int step_init(struct container *c, struct err *e)
{
	if (life_step_init(c, e) == 0 && set_from_outside(c, e) == 0)
		return 0;
	stage_prefer_peer(c->stage, e);
	return -1;
}

static int step_network(struct container *c, struct err *e)
{
	if (network_apply(c, e) == 0)
		return 0;
	stage_prefer_peer(c->stage, e);
	return -1;
}

/* Before pivot_root, in the runtime's namespaces: the callers' network plugs itself in here. */
static int step_hooks(struct container *c, struct err *e)
{
	if (!spec_has_runtime_hooks(c->spec))
		return 0;
	if (stage_await(c->stage, STAGE_MOUNTED, NULL, NULL, -1, e) < 0)
		return -1;
	if (oci_run_hooks(c, HOOK_PRESTART, "creating", e) < 0)
		return -1;
	return oci_run_hooks(c, HOOK_CREATE_RUNTIME, "creating", e);
}

static int take_console(struct container *c, struct err *e)
{
	size_t n = 1;

	if (!c->spec->process.terminal || c->spec->process.args.n == 0)
		return 0;
	fd_drop(&c->console);
	if (stage_await(c->stage, STAGE_CONSOLE, &c->console, &n, -1, e) < 0)
		return -1;
	if (c->how->console_socket < 0)
		return 0;
	int r = fd_socket_send(c->how->console_socket, c->console, e);
	fd_drop(&c->console);
	return r;
}

static int step_ready(struct container *c, struct err *e)
{
	if (stage_send(c->stage, STAGE_NETWORK, NULL, NULL, 0, e) == 0 && take_console(c, e) == 0 &&
	    stage_await(c->stage, STAGE_READY, NULL, NULL, -1, e) == 0)
		return 0;
	if (strncmp(e->text, "peer ended", strlen("peer ended")) == 0)
		life_explain_silence(c, e);
	return -1;
}

/* As late as can be; what may not be even now is asked for once more, behind `start`. */
static int step_schedule(struct container *c, struct err *e)
{
	const struct spec_process *p = &c->spec->process;
	bool waits = process_scheduler_waits_oci(c->spec);

	if (c->spec->own_init && !process_scheduler_is_inherited(&p->scheduler))
		return err_set(e, 0,
			       "scheduler: PID 1 is nfrun's own (io.nfrun.init) and forks the "
			       "process, which would not have this policy: leave one of them out");
	if (process_scheduler_early(c->rec.init.pid, &p->scheduler, waits, e) < 0)
		return -1;
	return process_io_priority(c->rec.init.pid, &p->io_priority, e);
}

static int step_created(struct container *c, struct err *e)
{
	c->rec.status = STATUS_CREATED;
	c->rec.supervisor = (struct proc_id){ 0 };
	/* `run` is about to say "running"; until then its own process stands for the container */
	return c->how->wait_outside ? record_save(c->dir_fd, &c->rec, e) : 0;
}

static const struct step life[] = {
	{ "", step_record, life_revert_record, "record" },
	{ "cgroup", life_step_cgroup_oci, life_revert_cgroup, NULL },
	{ "", step_rdt, life_revert_rdt, "intelRdt" },
	{ "init", step_init, spawn_kill, NULL },
	{ "network", step_network, network_revert, NULL },
	{ "packet_cpu", packet_apply, packet_revert, NULL },
	{ "", step_hooks, NULL, "hooks" },
	{ "", step_ready, NULL, "await init" },
	{ "process", step_schedule, NULL, NULL },
	{ "record", step_created, NULL, NULL },
};

int life_create_oci(struct container *c, struct err *e)
{
	return steps_apply(life, ARRAY_LEN(life), c, e);
}
