/* SPDX-License-Identifier: Apache-2.0 */
/* Working with a running VNF: exec, update, usage. */
#include "runtime/attach.h"
#include "runtime/base/scope.h"
#include "runtime/container.h"
#include "runtime/packet_engine.h"
#include "runtime/selfexe.h"
#include "runtime/spec/vnf_load.h"
#include "runtime/vnf.h"

#include <errno.h>
#include <string.h>

static int look_running(const char *root, const char *name, struct vnf_view *v, struct err *e)
{
	if (vnf_look(root, name, v, e) < 0)
		return -1;
	if (v->rec.status == STATUS_RUNNING && v->vnf)
		return 0;
	vnf_view_drop(v);
	return err_tell(e, ESRCH, "container not running");
}

static int exec_in(const char *root, const struct vnf_view *v, const struct vnf_exec *x,
		   int *status, struct err *e)
{
	struct spec *s = vnf_expand(v->vnf);
	struct spec_process p = s->process;
	struct seccomp_program filter = { 0 };
	scoped_str char *cache = str_printf("%s/.cache", root);
	scoped_strs struct strs env = { 0 };
	const struct attach a = { .rec = &v->rec,
				  .process = &p,
				  .seccomp = &filter,
				  .terminal = x->terminal,
				  ATTACH_NONE };

	strs_copy(&env, &s->process.env);
	if (x->env)
		env_merge(&env, x->env);
	p.args = *x->args;
	p.env = env;
	p.terminal = x->terminal;
	if (x->cwd)
		p.cwd = (char *)x->cwd;
	if (x->user) {
		p.user = (char *)x->user;
		p.groups = (struct strs){ 0 };
	}
	int r = seccomp_prepare(s->seccomp, p.caps.bounding, cache, &filter, e);
	if (r == 0)
		r = attach_run(&a, status, e);
	seccomp_drop(&filter);
	spec_free(s);
	return r;
}

int vnf_exec(const char *root, const char *name, const struct vnf_exec *x, int *status,
	     struct err *e)
{
	struct vnf_view v;

	if (look_running(root, name, &v, e) < 0)
		return -1;
	int r = v.rec.id_size > 0 ? 0
				  : selfexe_again(strs_has(&v.vnf->capabilities, "SYS_ADMIN"), e);
	if (r == 0)
		r = exec_in(root, &v, x, status, e);
	vnf_view_drop(&v);
	return r;
}

/* A limit that the descriptor no longer has is left alone by the kernel unless it is told. */
static void lift(struct cgroup_limits *l, const struct vnf_resources *change)
{
	if (change->cpu_limit == VNF_NO_LIMIT)
		l->cpu_quota_us = CGROUP_NO_LIMIT;
	if (change->memory_limit == VNF_NO_LIMIT)
		l->memory_max = CGROUP_NO_LIMIT;
	if (change->memory_high == VNF_NO_LIMIT)
		l->memory_high = CGROUP_NO_LIMIT;
	if (change->memory_swap == VNF_NO_LIMIT)
		l->memory_swap_max = CGROUP_NO_LIMIT;
	if (change->pids == VNF_NO_LIMIT)
		l->pids_max = CGROUP_NO_LIMIT;
}

/* Packet work depends on the CPUs that the group may use, and on how much of them. */
static bool touches_packets(const struct container *c, const struct vnf_change *change)
{
	const struct vnf_resources *r = change->resources;

	return change->packet.n > 0 ||
	       ((r->cpus || r->cpu_limit != VNF_UNSET) && spec_has_packet_cpu(c->spec));
}

static int update_packets(void *container, struct err *e)
{
	return packet_update(container, e);
}

/* The limits go into the kernel first: what it refuses is not
 * written down. */
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
	lift(&c->spec->resources, change->resources);
	if (cgroup_from_paths(&c->rec.cgroup, &c->cgroup, e) < 0 ||
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

	if (look_running(root, name, &v, e) < 0)
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

/* An OCI container does from when it has been created, paused or not. */
static bool uses_something(const struct vnf_view *v)
{
	if (v->oci)
		return v->rec.status != STATUS_CREATING && proc_id_alive(&v->rec.init);
	return v->rec.status == STATUS_RUNNING;
}

int vnf_usage(const char *root, const char *name, struct usage *out, struct err *e)
{
	struct vnf_view v;

	if (vnf_look(root, name, &v, e) < 0)
		return -1;

	scoped_fd int dir = vnf_log_dir(root, name, e);
	int r = -1;
	if (!uses_something(&v))
		err_tell(e, ESRCH, "container not running");
	else if (dir >= 0)
		r = usage_read(dir, &v.rec, out, e);
	vnf_view_drop(&v);
	return r;
}
