/* SPDX-License-Identifier: Apache-2.0 */
/* The annotations of a config.json by themselves, since a fuzzer does not find its way through JSON
 * in a JSON string: lines "KEY VALUE". What loads without a problem is whole. */
#include "runtime/spec/oci_annotations.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int holds)
{
	if (!holds)
		abort();
}

static struct spec *container(const uint8_t *data, size_t size)
{
	struct spec *s = mem_alloc(sizeof *s);
	scoped_str char *lines = mem_alloc(size + 1);
	char *rest = NULL;

	s->oci = true;
	s->namespaces = CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWUSER;
	s->root.path = str_dup("/b/rootfs");
	strs_add(&s->process.args, "x");
	cgroup_limits_init(&s->resources);
	memcpy(lines, data, size);
	for (char *line = strtok_r(lines, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		size_t len = strcspn(line, " ");
		scoped_str char *key = str_printf("%.*s", (int)len, line);
		struct spec_pair *p;

		if (oci_annotation(s, key)) /* no document has one twice */
			continue;
		s->annotations =
			mem_grow(s->annotations, s->n_annotations + 1, sizeof *s->annotations);
		p = &s->annotations[s->n_annotations++];
		p->key = str_take(&key);
		p->value = str_dup(line + len + (line[len] == ' '));
	}
	return s;
}

static void check(const struct spec *s)
{
	for (size_t i = 0; i < s->n_ports; i++) {
		must(*s->ports[i].name && *s->ports[i].bridge && s->ports[i].mtu);
		for (size_t k = 0; k < s->ports[i].n_routes; k++)
			must(s->ports[i].routes[k].to.family != 0);
	}
	must(s->n_bridges <= s->n_ports);
	for (size_t i = 0; i < s->n_files; i++)
		must(*s->files[i].path == '/' && s->files[i].text);
	for (size_t i = 0; i < s->n_dirs; i++)
		must(*s->dirs[i].path == '/');
	must(s->n_setup == 0 || s->own_init);
	must(s->process.args.n > 0 || s->own_init);
	must(s->root.as_vnf || (s->root.kind == SPEC_ROOT_DIR && s->n_files + s->n_dirs == 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct where top, annotations = { .up = &top, .key = "annotations" };
	scoped_strs struct strs problems = { 0 };
	scoped_reading struct reading r = {
		.name = "x", .dir = "/b", .problems = &problems, .max = 20
	};
	struct spec *s = container(data, size);

	oci_annotations_apply(&r, s, &annotations);
	must((problems.n == 0) == (r.spots.n == 0));
	if (problems.n == 0)
		check(s);
	spec_free(s);
	return 0;
}
