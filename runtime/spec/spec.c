/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/spec/spec.h"

#include <stdlib.h>

static void pairs_free(struct spec_pair *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(p[i].key);
		free(p[i].value);
	}
	free(p);
}

static void files_free(struct spec *s)
{
	free(s->root.path);
	free(s->root.upper);
	for (size_t i = 0; i < s->n_mounts; i++) {
		free(s->mounts[i].type);
		free(s->mounts[i].source);
		free(s->mounts[i].target);
		strs_free(&s->mounts[i].data);
	}
	free(s->mounts);
	for (size_t i = 0; i < s->n_dirs; i++) {
		free(s->dirs[i].path);
		free(s->dirs[i].owner);
	}
	free(s->dirs);
	for (size_t i = 0; i < s->n_files; i++) {
		free(s->files[i].path);
		free(s->files[i].text);
	}
	free(s->files);
	strs_free(&s->masked_paths);
	strs_free(&s->readonly_paths);
}

static void process_free(struct spec *s)
{
	for (size_t i = 0; i < s->n_setup; i++)
		strs_free(&s->setup[i]);
	free(s->setup);
	strs_free(&s->process.args);
	strs_free(&s->process.env);
	free(s->process.cwd);
	free(s->process.user);
	strs_free(&s->process.groups);
	free(s->process.rlimits);
	free(s->seccomp);
	cgroup_limits_drop(&s->resources);
}

static void network_free(struct spec *s)
{
	for (size_t i = 0; i < s->n_bridges; i++)
		free(s->bridges[i].addrs);
	free(s->bridges);
	for (size_t i = 0; i < s->n_ports; i++) {
		free(s->ports[i].addrs);
		free(s->ports[i].routes);
	}
	free(s->ports);
}

void spec_free(struct spec *s)
{
	if (!s)
		return;
	free(s->id);
	free(s->hostname);
	files_free(s);
	process_free(s);
	network_free(s);
	pairs_free(s->sysctl, s->n_sysctl);
	pairs_free(s->annotations, s->n_annotations);
	free(s);
}
