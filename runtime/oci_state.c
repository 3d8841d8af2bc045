/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/oci_state.h"
#include "runtime/base/fs.h"
#include "runtime/base/scope.h"
#include "runtime/hooks.h"
#include "runtime/spec/oci_load.h"
#include "runtime/state.h"

static bool is_frozen(const struct record *r)
{
	struct cgroup *group = NULL;
	struct err ignored = { 0 };
	bool frozen = false;

	if (r->cgroup.n == 0 || cgroup_from_paths(&r->cgroup, &group, &ignored) < 0)
		return false;
	if (cgroup_is_frozen(group, &frozen, &ignored) < 0)
		frozen = false;
	cgroup_free(group);
	return frozen;
}

enum oci_status oci_status_of(const struct record *r)
{
	if (r->status == STATUS_CREATING)
		return OCI_CREATING;
	if (r->status == STATUS_STOPPED || !proc_id_alive(&r->init))
		return OCI_STOPPED;
	if (is_frozen(r))
		return OCI_PAUSED;
	return r->status == STATUS_CREATED ? OCI_CREATED : OCI_RUNNING;
}

const char *oci_status_name(enum oci_status s)
{
	static const char *const names[] = {
		[OCI_CREATING] = "creating", [OCI_CREATED] = "created", [OCI_RUNNING] = "running",
		[OCI_PAUSED] = "paused",     [OCI_STOPPED] = "stopped",
	};

	return names[s];
}

int oci_spec_load(int dir, const struct record *r, struct spec **out, struct err *e)
{
	scoped_strs struct strs problems = { 0 }, warnings = { 0 };
	scoped_str char *text = NULL;
	size_t n = 0;

	if (fs_read_at(dir, "config.json", &text, &n, e) < 0)
		return -1;
	if (oci_load_bytes(text, n, "config.json", r->bundle, out, &problems, &warnings) < 0)
		return err_set(e, 0, "%s", problems.v[0]);
	(*out)->id = str_dup(r->id);
	return 0;
}

static char *hook_state(const struct container *c, const char *status)
{
	const struct oci_state state = { .id = c->id,
					 .status = status,
					 .pid = c->rec.init.pid,
					 .bundle = c->rec.bundle,
					 .annotations = c->spec->annotations,
					 .n_annotations = c->spec->n_annotations };

	return state_json(&state);
}

int oci_run_hooks(struct container *c, enum spec_hook_kind kind, const char *status, struct err *e)
{
	if (c->spec->hooks[kind].n == 0)
		return 0;

	scoped_str char *json = hook_state(c, status);
	return hooks_run(&c->spec->hooks[kind], json, c->rec.bundle, e) < 0
		       ? err_wrap(e, "run %s", hook_kind_name(kind))
		       : 0;
}

void oci_run_poststop(struct container *c, struct strs *warnings)
{
	const struct spec_hooks *h = &c->spec->hooks[HOOK_POSTSTOP];

	if (h->n == 0)
		return;
	c->rec.init.pid = 0;

	scoped_str char *json = hook_state(c, "stopped");
	for (size_t i = 0; i < h->n; i++) {
		struct err e = { 0 };

		if (hooks_run_one(h, i, json, c->rec.bundle, &e) < 0)
			strs_addf(warnings, "run poststop %s%s%s", e.text, err_colon(&e),
				  err_cause(&e));
	}
}

char *oci_state_text(const struct record *r, const struct spec *s)
{
	enum oci_status status = oci_status_of(r);
	const struct oci_state state = {
		.id = r->id,
		.status = oci_status_name(status),
		.pid = status == OCI_STOPPED ? 0 : r->init.pid,
		.bundle = r->bundle,
		.annotations = s ? s->annotations : NULL,
		.n_annotations = s ? s->n_annotations : 0,
		.rootfs = r->rootfs,
		.created = &r->created,
		.owner = "root",
	};

	return state_print(&state);
}
