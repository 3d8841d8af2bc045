/* SPDX-License-Identifier: Apache-2.0 */
/* The systemd driver for OCI containers: where their unit's name and properties come from. */
#include "runtime/life.h"
#include "runtime/oci.h"

#include <string.h>

int oci_systemd_check(struct err *e)
{
	scoped_str char *why = NULL;

	if (cgroup_systemd_check(e) == 0)
		return 0;
	why = str_dup(e->text);
	return err_tell(e, e->code,
			"%s; use cgroupfs (podman: --cgroup-manager cgroupfs; containerd: "
			"SystemdCgroup = false; dockerd: --exec-opt native.cgroupdriver=cgroupfs; "
			"CRI-O: cgroup_manager = \"cgroupfs\")",
			why);
}

/* Annotations name properties of the unit, as runc has it (its docs/systemd.md). */
int life_plan_scope(struct container *c, const struct cgroup_host *host, const char *name,
		    struct err *e)
{
	static const char prefix[] = "org.systemd.property.";
	const struct spec *s = c->spec;
	struct cgroup_scope wish = { .path = s->cgroups_path, .name = name, .id = c->id };

	for (size_t i = 0; i < s->n_annotations; i++) {
		const struct spec_pair *p = &s->annotations[i];

		if (strncmp(p->key, prefix, sizeof prefix - 1) == 0)
			strs_addf(&wish.properties, "%s=%s", p->key + sizeof prefix - 1, p->value);
	}
	int r = cgroup_plan_systemd(host, &wish, &c->cgroup, e);
	strs_free(&wish.properties);
	return r;
}
