/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/rootfs_oci_parts.h"

#include <sched.h>
#include <string.h>

bool bundle_is(const struct spec_mount *m, const char *type)
{
	return !m->remount && strcmp(m->type, type) == 0;
}

/* Slashes that are doubled or trail, and "." do not count. ".." is taken for a name: where it goes
 * the kernel says. */
bool bundle_path_is(const char *target, const char *want)
{
	for (;;) {
		target += strspn(target, "/");
		want += strspn(want, "/");

		size_t n = strcspn(target, "/");
		if (n == 1 && *target == '.') {
			target++;
			continue;
		}
		if (n != strcspn(want, "/") || strncmp(target, want, n) != 0)
			return false;
		if (n == 0)
			return true;
		target += n;
		want += n;
	}
}

bool bundle_has_own_dev(const struct spec *s)
{
	for (size_t i = 0; i < s->n_mounts; i++)
		if (bundle_is(&s->mounts[i], "bind") && bundle_path_is(s->mounts[i].target, "/dev"))
			return true;
	return false;
}

static bool has_option(const struct strs *data, const char *prefix)
{
	for (size_t i = 0; i < data->n; i++)
		if (strncmp(data->v[i], prefix, strlen(prefix)) == 0)
			return true;
	return false;
}

/* Whose owner it is told in the ids of the container, the parent cannot make; nor when it does not
 * know the ids, as those of a namespace that is joined. */
static bool may_be_parents(const struct spec *s, const struct spec_mount *m)
{
	uint32_t id;

	return (s->namespaces & CLONE_NEWUSER) && !m->copy_up && !has_option(&m->data, "uid=") &&
	       !has_option(&m->data, "gid=") && bundle_map_id(&s->uid_maps, 0, &id) &&
	       bundle_map_id(&s->gid_maps, 0, &id);
}

bool bundle_is_parents_dev(const struct spec *s, const struct spec_mount *m)
{
	return bundle_is(m, "tmpfs") && bundle_path_is(m->target, "/dev") && may_be_parents(s, m);
}

bool bundle_is_parents_hugepages(const struct spec *s, const struct spec_mount *m)
{
	return bundle_is(m, "hugetlbfs") && !bundle_fs_is_long(m) && may_be_parents(s, m);
}

bool bundle_map_id(const struct spec_idmaps *maps, uint32_t inside, uint32_t *outside)
{
	for (size_t i = 0; i < maps->n; i++) {
		const struct spec_idmap *m = &maps->v[i];

		if (inside < m->inside || inside - m->inside >= m->size)
			continue;
		*outside = m->outside + (inside - m->inside);
		return true;
	}
	return false;
}
