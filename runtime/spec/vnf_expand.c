/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/spec/vnf_expand.h"
#include "runtime/base/caps.h"

#include <sched.h>
#include <string.h>

enum { CPU_PERIOD_US = 100000 };

static uint64_t namespaces_of(const struct vnf *v)
{
	uint64_t made = CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWUTS | CLONE_NEWIPC |
			CLONE_NEWCGROUP | CLONE_NEWTIME;

	return v->userns ? made | CLONE_NEWUSER : made;
}

static bool env_has(const struct strs *env, const char *assignment)
{
	size_t len = strcspn(assignment, "=") + 1;

	for (size_t i = 0; i < env->n; i++)
		if (strncmp(env->v[i], assignment, len) == 0)
			return true;
	return false;
}

/* The descriptor's, before it what a program may expect. HOME is for whoever knows the VNF's users.
 */
static void expand_env(const struct vnf *v, struct strs *env)
{
	static const char *const defaults[] = {
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
		"TERM=xterm",
	};

	for (size_t i = 0; i < ARRAY_LEN(defaults); i++)
		if (!env_has(&v->process.env, defaults[i]))
			strs_add(env, defaults[i]);
	for (size_t i = 0; i < v->process.env.n; i++)
		strs_add(env, v->process.env.v[i]);
}

static void expand_process(const struct vnf *v, struct spec_process *p)
{
	const struct vnf_process *from = &v->process;
	caps_mask caps = caps_mask_of(&v->capabilities);

	strs_copy(&p->args, &from->args);
	expand_env(v, &p->env);
	p->cwd = str_dup(from->cwd ? from->cwd : "/");
	p->user = str_dup(from->user);
	strs_copy(&p->groups, &from->groups);
	p->umask = from->umask;
	p->has_umask = true;
	if (from->n_rlimits > 0)
		p->rlimits = mem_alloc(from->n_rlimits * sizeof *p->rlimits);
	for (size_t i = 0; i < from->n_rlimits; i++)
		p->rlimits[i] =
			(struct spec_rlimit){ from->rlimits[i].resource, from->rlimits[i].soft,
					      from->rlimits[i].hard };
	p->n_rlimits = from->n_rlimits;
	/* Also ambient (capabilities(7)): exec takes them from any other user than root. */
	p->caps = (struct caps_sets){ caps, caps, caps, caps, caps };
	p->no_new_privs = v->no_new_privs;
}

static void put_limit(uint64_t *to, uint64_t from)
{
	if (from != VNF_UNSET)
		*to = from;
}

void vnf_expand_resources(const struct vnf_resources *from, struct cgroup_limits *to)
{
	cgroup_limits_put(to, &from->more);
	put_limit(&to->cpu_weight, from->cpu_weight);
	put_limit(&to->memory_max, from->memory_limit);
	put_limit(&to->memory_high, from->memory_high);
	put_limit(&to->memory_swap_max, from->memory_swap);
	put_limit(&to->pids_max, from->pids);
	if (from->cpus) {
		free(to->cpus);
		to->cpus = str_dup(from->cpus);
	}
	if (from->cpu_limit != VNF_UNSET) {
		to->cpu_period_us = CPU_PERIOD_US;
		to->cpu_quota_us = from->cpu_limit * CPU_PERIOD_US / 1000;
	}
}

void vnf_expand_exec_cpus(const struct vnf_resources *from, struct spec_process *to)
{
	char *cpus = vnf_exec_cpus(from);

	if (!cpus)
		return;
	free(to->affinity_initial);
	free(to->affinity_final);
	to->affinity_initial = NULL;
	to->affinity_final = cpus;
}

static struct spec_pair *pairs_copy(const struct vnf_pair *from, size_t n)
{
	struct spec_pair *to = n > 0 ? mem_alloc(n * sizeof *to) : NULL;

	for (size_t i = 0; i < n; i++)
		to[i] = (struct spec_pair){ str_dup(from[i].key), str_dup(from[i].value) };
	return to;
}

void vnf_expand_setup(const struct vnf *v, struct spec *s)
{
	if (v->n_setup > 0)
		s->setup = mem_alloc(v->n_setup * sizeof *s->setup);
	for (size_t i = 0; i < v->n_setup; i++)
		strs_copy(&s->setup[i], &v->setup[i]);
	s->n_setup = v->n_setup;
}

struct spec *vnf_expand(const struct vnf *v)
{
	struct spec *s = mem_alloc(sizeof *s);

	s->id = str_dup(v->name);
	s->hostname = str_dup(v->hostname);
	s->own_init = true;
	s->namespaces = namespaces_of(v);
	s->ids_given = v->userns && v->ids.given;
	if (s->ids_given) {
		s->id_base = v->ids.base;
		s->id_size = v->ids.size;
	}
	vnf_expand_files(v, s);
	vnf_expand_net(v, s);
	spec_derive_macs(s, v->name);
	s->sysctl = pairs_copy(v->sysctl, v->n_sysctl);
	s->n_sysctl = v->n_sysctl;
	s->annotations = pairs_copy(v->annotations, v->n_annotations);
	s->n_annotations = v->n_annotations;
	vnf_expand_setup(v, s);
	expand_process(v, &s->process);
	vnf_expand_exec_cpus(&v->resources, &s->process);
	s->seccomp = str_dup(v->seccomp);
	cgroup_limits_init(&s->resources);
	vnf_expand_resources(&v->resources, &s->resources);
	s->resources.has_devices = v->has_devices; /* which, is for devices_allow() to find out */
	return s;
}
