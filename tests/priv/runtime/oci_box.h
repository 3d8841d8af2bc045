/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_TESTS_OCI_BOX_H
#define NFRUN_TESTS_OCI_BOX_H

/* What every config.json template has, in a root in which /bin/sh runs. */

#include "tests/priv/runtime/box.h"

#include <unistd.h>

/* Where the root of the last oci_box() is. */
static char *oci_root;

static inline void idmaps_add(struct spec_idmaps *m, uint32_t inside, uint32_t outside,
			      uint32_t size)
{
	m->v = mem_grow(m->v, m->n + 1, sizeof *m->v);
	m->v[m->n++] = (struct spec_idmap){ inside, outside, size };
}

static inline void own_tree(const char *path, uid_t uid)
{
	scoped_str char *owner = str_printf("%u:%u", uid, uid);
	scoped_run struct run r = run_cmd("chown", "-hR", owner, path);

	cr_assert_eq(r.status, 0, "%s", r.err);
}

/* The mounts of /usr are the host's; an image in a user namespace belongs to its root. */
static inline struct spec *oci_bare(bool userns)
{
	scoped_str char *name = str_printf("oci%d", userns);
	char *root = str_printf("%s/%s", box_place, name);

	if (access(root, F_OK) < 0) {
		free(root);
		root = box_make_root(name);
		if (userns)
			own_tree(root, BOX_BASE);
	}
	struct spec *s = box_spec(SPEC_ROOT_DIR, root, userns);

	s->oci = true;
	if (userns) {
		idmaps_add(&s->uid_maps, 0, BOX_BASE, BOX_SIZE);
		idmaps_add(&s->gid_maps, 0, BOX_BASE, BOX_SIZE);
	}
	free(oci_root);
	oci_root = root;
	return s;
}

static inline struct spec *oci_box(bool userns)
{
	struct spec *s = oci_bare(userns);

	box_default_mounts(s);
	box_bind_usr(s);
	return s;
}

static inline char *oci_path(const char *path)
{
	return str_printf("%s%s", oci_root, path);
}

/* A directory of the host. */
static inline char *oci_source_dir(const char *name)
{
	char *path = str_printf("%s/%s", box_place, name);

	make_dirs(path);
	return path;
}

/* Of the last mount on TARGET: its options, a bar, those of propagation. */
static inline char *oci_options_of(const struct spec *s, const char *target)
{
	scoped_str char *script = str_printf(
		"grep -E '^([^ ]+ ){4}%s ' /proc/self/mountinfo | tail -n 1 | "
		"sed -E 's/^([^ ]+ ){5}([^ ]+) (.*) ?- .*/\\2|\\3/; s/[0-9]+/N/g; s/ $//'",
		target);

	return box_sh(s, script);
}

/* Why the root could not be made. */
static inline void oci_refused(const struct spec *s, struct err *e)
{
	struct box b = { .spec = s, .script = "true" };
	scoped_str char *text = box_run(&b);

	cr_assert_null(text, "it was made");
	*e = b.e;
}

#endif
