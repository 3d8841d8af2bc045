/* SPDX-License-Identifier: Apache-2.0 */
/* Working with a running VNF: exec, usage. */
#include "runtime/attach.h"
#include "runtime/base/scope.h"
#include "runtime/selfexe.h"
#include "runtime/spec/vnf_load.h"
#include "runtime/vnf.h"

#include <errno.h>
#include <string.h>

int vnf_look_running(const char *root, const char *name, struct vnf_view *v, struct err *e)
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

	if (vnf_look_running(root, name, &v, e) < 0)
		return -1;
	int r = v.rec.id_size > 0 ? 0
				  : selfexe_again(strs_has(&v.vnf->capabilities, "SYS_ADMIN"), e);
	if (r == 0)
		r = exec_in(root, &v, x, status, e);
	vnf_view_drop(&v);
	return r;
}

/* An OCI container does from when it has been created, paused or not. */
static bool uses_something(const struct vnf_view *v)
{
	if (v->oci)
		return v->rec.status != STATUS_CREATING && proc_id_alive(&v->rec.init);
	return v->rec.status == STATUS_RUNNING;
}

int vnf_usage_of(const char *root, const struct vnf_view *v, struct usage *out, struct err *e)
{
	*out = (struct usage){ 0 };
	if (!uses_something(v))
		return err_tell(e, ESRCH, "container not running");

	scoped_fd int dir = vnf_log_dir(root, v->rec.id, e);
	return dir < 0 ? -1 : usage_read_all(dir, &v->rec, out, e);
}

int vnf_usage(const char *root, const char *name, struct usage *out, struct err *e)
{
	struct vnf_view v;

	*out = (struct usage){ 0 };
	if (vnf_look(root, name, &v, e) < 0)
		return -1;
	int r = vnf_usage_of(root, &v, out, e);
	vnf_view_drop(&v);
	return r;
}
