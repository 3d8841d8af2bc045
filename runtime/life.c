/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/life.h"
#include "runtime/base/fs.h"
#include "runtime/base/scope.h"
#include "runtime/claims.h"
#include "runtime/limits_here.h"
#include "runtime/packet_engine.h"
#include "runtime/pump.h"
#include "runtime/rootfs.h"
#include "runtime/rootfs_oci.h"
#include "runtime/spawn.h"
#include "runtime/stage.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <time.h>

enum { KILL_TIMEOUT_MS = 10000 };

static int plan_group_at(struct container *c, const struct cgroup_host *host, struct err *e)
{
	uint32_t root = 0;

	if (container_root_hash(c->root, &root, e) < 0)
		return -1;
	scoped_str char *name = str_printf("%08x-%s", root, c->id);
	if (!c->spec->oci)
		return cgroup_plan(host, name, &c->cgroup, e);
	if (c->how && c->how->systemd)
		return life_plan_scope(c, host, name, e);

	scoped_str char *own = str_printf("nfrun/%s", name);
	return cgroup_plan_at(host, c->spec->cgroups_path ? c->spec->cgroups_path : own, &c->cgroup,
			      e);
}

static int plan_cgroup(struct container *c, struct err *e)
{
	struct cgroup_host *host = NULL;
	int r;

	cgroup_free(c->cgroup);
	c->cgroup = NULL;
	if (c->how && c->how->no_cgroup) {
		r = cgroup_plan_none(&c->cgroup);
	} else {
		if (cgroup_host_open(&host, e) < 0)
			return -1;
		r = plan_group_at(c, host, e);
		cgroup_host_free(host);
	}
	if (r < 0)
		return -1;
	strs_free(&c->rec.cgroup);
	cgroup_paths(c->cgroup, &c->rec.cgroup);
	return 0;
}

/* Everything that a later undo has to know is on disk when this returns. */
int life_step_record(struct container *c, struct err *e)
{
	c->rec.status = STATUS_CREATING;
	if (spec_has_bundle_root(c->spec) ? rootfs_oci_check(c->spec, e) < 0
					  : rootfs_check(c->spec, e) < 0)
		return -1;
	if (limits_here(c->spec, e) < 0 || plan_claims(c, e) < 0 || plan_cgroup(c, e) < 0)
		return -1;
	if (network_plan(c, e) < 0 || proc_id_of(getpid(), &c->rec.supervisor, e) < 0)
		return -1;
	clock_gettime(CLOCK_REALTIME, &c->rec.created);
	return record_save(c->dir_fd, &c->rec, e);
}

/* What outlives the container in a stopped state: its record, its log, its id range. */
static int settle_stopped(struct container *c, struct err *e)
{
	static const char *const kinds[] = { "ip", "mark", "upper" };
	int r = 0;

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (claims_release(c->root_fd, c->id, kinds[i], &c->rec.claims, e) < 0)
			r = -1;
	c->rec.status = STATUS_STOPPED;
	c->rec.init = c->rec.supervisor = (struct proc_id){ 0 };
	return record_save(c->dir_fd, &c->rec, e) < 0 ? -1 : r;
}

static int remove_state(struct container *c, struct err *e)
{
	int r = c->rec.id ? claims_release(c->root_fd, c->id, NULL, &c->rec.claims, e)
			  : claims_sweep(c->root, c->root_fd, c->id, e);

	if (r < 0)
		return -1;
	pump_free(c->pump); /* it would write the log anew */
	c->pump = NULL;
	return fs_remove_tree_at(c->root_fd, c->id, e);
}

int life_revert_record(struct container *c, struct err *e)
{
	return c->fresh ? remove_state(c, e) : settle_stopped(c, e);
}

/* --rootless: the caller has nothing to set limits with. */
static int do_without_group(struct container *c, struct err *e)
{
	cgroup_free(c->cgroup);
	(void)cgroup_plan_none(&c->cgroup); /* cannot fail */
	strs_free(&c->rec.cgroup);
	cgroup_paths(c->cgroup, &c->rec.cgroup);
	return record_save(c->dir_fd, &c->rec, e);
}

int life_step_cgroup(struct container *c, struct err *e)
{
	if (cgroup_create(c->cgroup, &c->spec->resources, e) == 0)
		return 0;
	if (!c->how || !c->how->rootless ||
	    (e->code != EACCES && e->code != EPERM && e->code != EROFS))
		return -1;
	return do_without_group(c, e);
}

static int open_cgroup(struct container *c, struct err *e)
{
	if (c->cgroup || c->rec.cgroup.n == 0)
		return 0;
	return cgroup_from_paths(&c->rec.cgroup, &c->cgroup, e);
}

int life_revert_cgroup(struct container *c, struct err *e)
{
	if (open_cgroup(c, e) < 0)
		return -1;
	if (!c->cgroup)
		return 0;
	if (cgroup_kill(c->cgroup, KILL_TIMEOUT_MS, e) < 0)
		return -1;
	return cgroup_remove(c->cgroup, e);
}

int filter_prepare(const char *root, const struct spec *s, caps_mask caps,
		   struct seccomp_program *out, struct err *e)
{
	scoped_str char *cache = str_printf("%s/.cache", root);

	if (s->seccomp)
		return seccomp_prepare(s->seccomp, caps, cache, out, e);
	return s->profile ? seccomp_prepare_profile(s->profile, cache, out, e) : 0;
}

int life_step_init(struct container *c, struct err *e)
{
	if (!c->seccomp.bpf &&
	    filter_prepare(c->root, c->spec, c->spec->process.caps.bounding, &c->seccomp, e) < 0)
		return -1;
	return spawn_init(c, e);
}

/* Setup commands may take their time and may fill the FIFOs meanwhile: both are served until init
 * has something to say. What a command complained of belongs to the error. */
static int await_ready(struct container *c, struct err *e)
{
	for (;;) {
		struct pollfd p[3 + PUMP_FDS] = { { .fd = c->stage, .events = POLLIN },
						  { .fd = c->hangup_fd },
						  { .fd = c->signals, .events = POLLIN } };

		pump_poll(c->pump, p + 3);
		if (poll(p, ARRAY_LEN(p), -1) < 0 && errno != EINTR)
			return err_set(e, errno, "wait for init");
		if (p[1].revents)
			return err_set(e, EPIPE, "the one who asked for it is gone");
		if (p[2].revents && container_told_to_go(c))
			return err_set(e, 0, "it was told to stop");
		pump_run(c->pump);
		if (p[0].revents)
			return stage_await(c->stage, STAGE_READY, NULL, NULL, -1, e);
	}
}

/* Why init said nothing more: mostly, the limits are too narrow for it. */
void life_explain_silence(struct container *c, struct err *e)
{
	uint64_t kills = cgroup_oom_kills(c->cgroup);

	if (kills != CGROUP_UNSET && kills > 0)
		err_set(e, 0, "it was killed for want of memory before its process ran; raise %s",
			c->spec->oci ? "/linux/resources/memory/limit" : "/resources/memory/limit");
}

/* From here on a new init lives without us, if only for its setup. Creation that is interrupted is
 * undone with its whole group; a restart keeps the group, so the record has to name the init. (Nor
 * could it be emptied by cgroup.kill: Linux 6.18 kills what is cloned into such a group later,
 * too.)
 */
static int step_start(struct container *c, struct err *e)
{
	if (c->rec.status == STATUS_RESTARTING && record_save(c->dir_fd, &c->rec, e) < 0)
		return -1;
	if (stage_send(c->stage, STAGE_NETWORK, NULL, NULL, 0, e) < 0)
		return -1;
	if (await_ready(c, e) == 0)
		return 0;
	if (strncmp(e->text, "peer ended", strlen("peer ended")) == 0)
		life_explain_silence(c, e);
	pump_run(c->pump);
	if (c->pump && pump_last_words(c->pump)[0] &&
	    strncmp(e->text, "setup", strlen("setup")) == 0) {
		size_t n = strlen(e->text);

		snprintf(e->text + n, sizeof e->text - n, ", saying: %s", pump_last_words(c->pump));
	}
	return -1;
}

static int step_running(struct container *c, struct err *e)
{
	c->rec.status = STATUS_RUNNING;
	clock_gettime(CLOCK_REALTIME, &c->rec.started);
	fd_drop(&c->stage);
	return record_save(c->dir_fd, &c->rec, e);
}

static const struct step life[] = {
	{ "record", life_step_record, life_revert_record, NULL },
	{ "cgroup", life_step_cgroup, life_revert_cgroup, NULL },
	{ "init", life_step_init, spawn_kill, NULL },
	{ "network", network_apply, network_revert, NULL },
	{ "packet_cpu", packet_apply, packet_revert, NULL },
	{ "start", step_start, NULL, NULL },
	{ "record", step_running, NULL, NULL },
};
enum { STEP_CGROUP = 1, STEP_INIT = 2 };

int life_create(struct container *c, struct err *e)
{
	return c->spec->oci ? life_create_oci(c, e) : steps_apply(life, ARRAY_LEN(life), c, e);
}

int life_stop(struct container *c, struct err *e)
{
	if (steps_revert(life + STEP_CGROUP, ARRAY_LEN(life) - STEP_CGROUP, c, e) < 0)
		return -1;
	return settle_stopped(c, e);
}

int life_delete(struct container *c, struct err *e)
{
	if (steps_revert(life + STEP_CGROUP, ARRAY_LEN(life) - STEP_CGROUP, c, e) < 0)
		return -1;
	return remove_state(c, e);
}

int life_unplug(struct container *c, struct err *e)
{
	return steps_revert(life + STEP_INIT, ARRAY_LEN(life) - STEP_INIT, c, e);
}

int life_replug(struct container *c, struct err *e)
{
	return steps_apply(life + STEP_INIT, ARRAY_LEN(life) - STEP_INIT, c, e);
}
