/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/spec/vnf.h"

#include <stdlib.h>

const char *const vnf_access_words[] = {
	[VNF_ACCESS_RW] = "rw",
	[VNF_ACCESS_R] = "r",
	[VNF_ACCESS_W] = "w",
	NULL,
};

static void pairs_free(struct vnf_pair *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(p[i].key);
		free(p[i].value);
	}
	free(p);
}

static void files_free(struct vnf *v)
{
	free(v->rootfs.path);
	free(v->rootfs.upper);
	for (size_t i = 0; i < v->n_dirs; i++) {
		free(v->dirs[i].path);
		free(v->dirs[i].owner);
	}
	free(v->dirs);
	for (size_t i = 0; i < v->n_mounts; i++) {
		free(v->mounts[i].source);
		free(v->mounts[i].target);
		strs_free(&v->mounts[i].options);
	}
	free(v->mounts);
	for (size_t i = 0; i < v->n_devices; i++)
		free(v->devices[i].path);
	free(v->devices);
}

void vnf_resources_drop(struct vnf_resources *r)
{
	free(r->cpus);
	free(r->exec_cpus);
	cgroup_limits_drop(&r->more);
	*r = (struct vnf_resources)VNF_RESOURCES_UNSET;
}

/* In an isolated partition nothing moves a process from where it began: what only keeps house is to
 * begin together, and where packet workers by custom do not run. */
char *vnf_exec_cpus(const struct vnf_resources *r)
{
	struct cpulist all, first = { 0 };

	if (r->exec_cpus)
		return str_dup(r->exec_cpus);
	if (!r->more.cpu_partition || !r->cpus || !cpulist_parse(r->cpus, &all) ||
	    cpulist_count(&all) < 2)
		return NULL;
	for (unsigned cpu = 0; cpu < CPU_MAX; cpu++) {
		if (!cpulist_has(&all, cpu))
			continue;
		first.bits[cpu / 64] |= UINT64_C(1) << cpu % 64;
		break;
	}
	return cpulist_format(&first);
}

static void process_free(struct vnf *v)
{
	for (size_t i = 0; i < v->n_setup; i++)
		strs_free(&v->setup[i]);
	free(v->setup);
	strs_free(&v->process.args);
	strs_free(&v->process.env);
	free(v->process.cwd);
	free(v->process.user);
	strs_free(&v->process.groups);
	free(v->process.rlimits);
	strs_free(&v->capabilities);
	free(v->seccomp);
	vnf_resources_drop(&v->resources);
}

static void network_free(struct vnf *v)
{
	for (size_t i = 0; i < v->n_links; i++)
		free(v->links[i].addrs);
	free(v->links);
	for (size_t i = 0; i < v->n_interfaces; i++) {
		free(v->interfaces[i].addrs);
		free(v->interfaces[i].routes);
		packet_cpu_drop(&v->interfaces[i].packet_cpu);
	}
	free(v->interfaces);
	packet_cpu_drop(&v->packet_cpu);
}

void vnf_free(struct vnf *v)
{
	if (!v)
		return;
	free(v->name);
	free(v->hostname);
	strs_free(&v->hosts);
	strs_free(&v->dns_servers);
	strs_free(&v->dns_search);
	files_free(v);
	process_free(v);
	network_free(v);
	pairs_free(v->sysctl, v->n_sysctl);
	pairs_free(v->annotations, v->n_annotations);
	free(v->text);
	free(v);
}
