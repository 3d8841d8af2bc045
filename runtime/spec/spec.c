/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/spec/spec.h"

#include <linux/capability.h>
#include <sched.h>
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
		free(s->mounts[i].uid_maps.v);
		free(s->mounts[i].gid_maps.v);
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

void spec_process_drop(struct spec_process *p)
{
	strs_free(&p->args);
	strs_free(&p->env);
	free(p->cwd);
	free(p->user);
	strs_free(&p->groups);
	free(p->rlimits);
	free(p->affinity_initial);
	free(p->affinity_final);
	free(p->apparmor);
	free(p->selinux);
	*p = (struct spec_process){ 0 };
}

static void process_free(struct spec *s)
{
	for (size_t i = 0; i < s->n_setup; i++)
		strs_free(&s->setup[i]);
	free(s->setup);
	spec_process_drop(&s->process);
	free(s->seccomp);
	if (s->profile)
		seccomp_profile_drop(s->profile);
	free(s->profile);
	cgroup_limits_drop(&s->resources);
}

static void hooks_free(struct spec_hooks *h)
{
	for (size_t i = 0; i < h->n; i++) {
		free(h->v[i].path);
		strs_free(&h->v[i].args);
		strs_free(&h->v[i].env);
	}
	free(h->v);
}

static void oci_free(struct spec *s)
{
	for (size_t i = 0; i < s->n_joins; i++)
		free(s->joins[i].path);
	free(s->joins);
	free(s->uid_maps.v);
	free(s->gid_maps.v);
	for (size_t i = 0; i < s->n_devices; i++)
		free(s->devices[i].path);
	free(s->devices);
	free(s->mount_label);
	free(s->rdt.clos_id);
	free(s->rdt.l3_schema);
	free(s->rdt.mem_bw_schema);
	strs_free(&s->rdt.schemata);
	free(s->memory_policy.nodes);
	free(s->net_devices);
	for (size_t i = 0; i < HOOK_KINDS; i++)
		hooks_free(&s->hooks[i]);
	free(s->cgroups_path);
	free(s->domainname);
}

static void network_free(struct spec *s)
{
	for (size_t i = 0; i < s->n_bridges; i++)
		free(s->bridges[i].addrs);
	free(s->bridges);
	for (size_t i = 0; i < s->n_ports; i++) {
		free(s->ports[i].addrs);
		free(s->ports[i].routes);
		packet_cpu_drop(&s->ports[i].packet_cpu);
	}
	free(s->ports);
	packet_cpu_drop(&s->packet_cpu);
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
	oci_free(s);
	pairs_free(s->sysctl, s->n_sysctl);
	pairs_free(s->annotations, s->n_annotations);
	free(s);
}

const char *spec_join_path(const struct spec *s, int type)
{
	for (size_t i = 0; i < s->n_joins; i++)
		if (s->joins[i].type == type)
			return s->joins[i].path;
	return NULL;
}

bool spec_has_ns(const struct spec *s, int type)
{
	return (s->namespaces & (uint64_t)type) || spec_join_path(s, type);
}

bool spec_may_mount(const struct spec *s)
{
	/* Capabilities that are not given are the runtime's. */
	return spec_has_ns(s, CLONE_NEWUSER) || !s->process.has_caps ||
	       (s->process.caps.bounding & (1ULL << CAP_SYS_ADMIN));
}

bool spec_has_bundle_root(const struct spec *s)
{
	return s->oci && !s->root.as_vnf;
}

bool spec_has_runtime_hooks(const struct spec *s)
{
	return s->hooks[HOOK_PRESTART].n > 0 || s->hooks[HOOK_CREATE_RUNTIME].n > 0;
}

bool spec_has_packet_cpu(const struct spec *s)
{
	for (size_t i = 0; i < s->n_ports; i++) {
		const struct packet_cpu *own = &s->ports[i].packet_cpu;
		const struct packet_cpu *p = own->given ? own : &s->packet_cpu;

		if (p->given && p->mode != PACKET_SHARED)
			return true;
	}
	return false;
}
