/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/spec/oci_write.h"
#include "runtime/spec/oci_json.h"

#include <linux/mount.h>
#include <string.h>
#include <sys/resource.h>

enum { NOBODY = 65534 };

static json_t *write_user(const struct spec_process *p)
{
	json_t *user = json_object();
	json_t *groups = json_array();
	uint32_t uid = 0, gid = 0;
	bool numbers = oci_user_numbers(p, &uid, &gid);

	/* Names are in an annotation. Who does not know that shall not run it as root. */
	oci_put_number(user, "uid", numbers ? uid : NOBODY);
	oci_put_number(user, "gid", numbers ? gid : NOBODY);
	oci_put_number(user, "umask", p->umask);
	for (size_t i = 0; numbers && i < p->groups.n; i++)
		oci_add(groups, json_integer(strtoll(p->groups.v[i], NULL, 10)));
	if (json_array_size(groups) > 0)
		oci_put(user, "additionalGids", json_incref(groups));
	json_decref(groups);
	return user;
}

static const char *rlimit_name(int resource)
{
	static const char *const names[RLIM_NLIMITS] = {
		[RLIMIT_AS] = "RLIMIT_AS",
		[RLIMIT_CORE] = "RLIMIT_CORE",
		[RLIMIT_CPU] = "RLIMIT_CPU",
		[RLIMIT_DATA] = "RLIMIT_DATA",
		[RLIMIT_FSIZE] = "RLIMIT_FSIZE",
		[RLIMIT_LOCKS] = "RLIMIT_LOCKS",
		[RLIMIT_MEMLOCK] = "RLIMIT_MEMLOCK",
		[RLIMIT_MSGQUEUE] = "RLIMIT_MSGQUEUE",
		[RLIMIT_NICE] = "RLIMIT_NICE",
		[RLIMIT_NOFILE] = "RLIMIT_NOFILE",
		[RLIMIT_NPROC] = "RLIMIT_NPROC",
		[RLIMIT_RSS] = "RLIMIT_RSS",
		[RLIMIT_RTPRIO] = "RLIMIT_RTPRIO",
		[RLIMIT_RTTIME] = "RLIMIT_RTTIME",
		[RLIMIT_SIGPENDING] = "RLIMIT_SIGPENDING",
		[RLIMIT_STACK] = "RLIMIT_STACK",
	};

	return names[resource];
}

static json_t *write_rlimits(const struct spec_process *p)
{
	json_t *list = json_array();

	for (size_t i = 0; i < p->n_rlimits; i++) {
		json_t *l = json_object();

		oci_put_text(l, "type", rlimit_name(p->rlimits[i].resource));
		oci_put_number(l, "soft", p->rlimits[i].soft);
		oci_put_number(l, "hard", p->rlimits[i].hard);
		oci_add(list, l);
	}
	return list;
}

static json_t *write_process(const struct spec *s)
{
	static const char *const no_args[] = { "nfrun-init", NULL };
	const struct spec_process *p = &s->process;
	json_t *process = json_object();

	oci_put(process, "terminal", json_boolean(p->terminal));
	oci_put(process, "user", write_user(p));
	/* One entry is required, also where PID 1 is alone and the annotation says so. */
	if (p->args.n > 0)
		oci_put_texts(process, "args", &p->args);
	else
		oci_put_list(process, "args", no_args);
	oci_put_texts(process, "env", &p->env);
	oci_put_text(process, "cwd", p->cwd);
	oci_put(process, "capabilities", oci_capabilities(&p->caps));
	if (p->n_rlimits > 0)
		oci_put(process, "rlimits", write_rlimits(p));
	if (p->affinity_final) {
		json_t *affinity = json_object();

		oci_put_text(affinity, "final", p->affinity_final);
		oci_put(process, "execCPUAffinity", affinity);
	}
	oci_put(process, "noNewPrivileges", json_boolean(p->no_new_privs));
	return process;
}

/* Required on Linux; for the host view an annotation says that it is not looked at. */
static json_t *write_root(const struct spec_root *r)
{
	json_t *root = json_object();

	oci_put_text(root, "path", r->path ? r->path : "rootfs");
	if (r->readonly)
		oci_put(root, "readonly", json_true());
	return root;
}

static void put_attrs(json_t *options, uint64_t attrs)
{
	static const struct {
		uint64_t mask, value;
		const char *word;
	} words[] = {
		{ MOUNT_ATTR_RDONLY, MOUNT_ATTR_RDONLY, "ro" },
		{ MOUNT_ATTR_NOSUID, MOUNT_ATTR_NOSUID, "nosuid" },
		{ MOUNT_ATTR_NODEV, MOUNT_ATTR_NODEV, "nodev" },
		{ MOUNT_ATTR_NOEXEC, MOUNT_ATTR_NOEXEC, "noexec" },
		{ MOUNT_ATTR_NODIRATIME, MOUNT_ATTR_NODIRATIME, "nodiratime" },
		{ MOUNT_ATTR_NOSYMFOLLOW, MOUNT_ATTR_NOSYMFOLLOW, "nosymfollow" },
		{ MOUNT_ATTR__ATIME, MOUNT_ATTR_NOATIME, "noatime" },
		{ MOUNT_ATTR__ATIME, MOUNT_ATTR_STRICTATIME, "strictatime" },
	};

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if ((attrs & words[i].mask) == words[i].value)
			oci_add(options, json_string(words[i].word));
}

static json_t *write_mount(const struct spec_mount *m)
{
	json_t *mount = json_object();
	json_t *options = json_array();

	oci_put_text(mount, "destination", m->target);
	oci_put_text(mount, "type", m->type);
	if (m->source)
		oci_put_text(mount, "source", m->source);
	if (strcmp(m->type, "bind") == 0)
		oci_add(options, json_string(m->recursive ? "rbind" : "bind"));
	put_attrs(options, m->attrs);
	for (size_t i = 0; i < m->data.n; i++)
		oci_add(options, json_string(m->data.v[i]));
	if (json_array_size(options) > 0)
		oci_put(mount, "options", json_incref(options));
	json_decref(options);
	return mount;
}

static json_t *write_mounts(const struct spec *s)
{
	json_t *list = json_array();

	for (size_t i = 0; i < s->n_mounts; i++)
		oci_add(list, write_mount(&s->mounts[i]));
	return list;
}

static void put_limit(json_t *object, const char *key, uint64_t n)
{
	if (n != CGROUP_UNSET)
		oci_put_number(object, key, n);
}

static void put_if_any(json_t *object, const char *key, json_t *part)
{
	if (json_object_size(part) > 0)
		oci_put(object, key, json_incref(part));
	json_decref(part);
}

static json_t *write_hugepages(const struct cgroup_limits *l)
{
	json_t *list = json_array();

	for (size_t i = 0; i < l->n_hugepages; i++) {
		json_t *pages = json_object();

		oci_put_text(pages, "pageSize", l->hugepages[i].page_size);
		oci_put_number(pages, "limit", l->hugepages[i].limit);
		oci_add(list, pages);
	}
	return list;
}

static json_t *write_rdma(const struct cgroup_limits *l)
{
	json_t *devices = json_object();

	for (size_t i = 0; i < l->n_rdma; i++) {
		json_t *device = json_object();

		put_limit(device, "hcaHandles", l->rdma[i].handles);
		put_limit(device, "hcaObjects", l->rdma[i].objects);
		oci_put(devices, l->rdma[i].device, device);
	}
	return devices;
}

static json_t *write_devices(const struct cgroup_limits *l)
{
	json_t *list = json_array();

	for (size_t i = 0; i < l->n_devices; i++) {
		const struct limits_device *it = &l->devices[i];
		const char type[2] = { it->type };
		json_t *rule = json_object();

		oci_put(rule, "allow", json_boolean(it->allow));
		oci_put_text(rule, "type", type);
		if (it->major >= 0)
			oci_put_number(rule, "major", (uint64_t)it->major);
		if (it->minor >= 0)
			oci_put_number(rule, "minor", (uint64_t)it->minor);
		oci_put_text(rule, "access", it->access);
		oci_add(list, rule);
	}
	return list;
}

static json_t *write_unified(const struct cgroup_limits *l)
{
	json_t *files = json_object();

	for (size_t i = 0; i < l->n_unified; i++)
		oci_put_text(files, l->unified[i].file, l->unified[i].value);
	return files;
}

/* What has no counterpart, cpu.weight for instance, is in an annotation. */
static json_t *write_resources(const struct cgroup_limits *l)
{
	json_t *cpu = json_object();
	json_t *memory = json_object();
	json_t *pids = json_object();
	json_t *resources = json_object();

	put_limit(cpu, "quota", l->cpu_quota_us);
	put_limit(cpu, "period", l->cpu_period_us);
	put_limit(cpu, "burst", l->cpu_burst_us);
	put_limit(cpu, "idle", l->cpu_idle);
	if (l->cpus)
		oci_put_text(cpu, "cpus", l->cpus);
	if (l->mems)
		oci_put_text(cpu, "mems", l->mems);
	put_limit(memory, "limit", l->memory_max);
	if (l->memory_swap_max != CGROUP_UNSET) /* OCI's is both together */
		oci_put_number(memory, "swap", l->memory_max + l->memory_swap_max);
	put_limit(pids, "limit", l->pids_max);
	put_if_any(resources, "cpu", cpu);
	put_if_any(resources, "memory", memory);
	put_if_any(resources, "pids", pids);
	if (l->n_hugepages > 0)
		oci_put(resources, "hugepageLimits", write_hugepages(l));
	put_if_any(resources, "rdma", write_rdma(l));
	put_if_any(resources, "unified", write_unified(l));
	if (l->has_devices)
		oci_put(resources, "devices", write_devices(l));
	return resources;
}

static json_t *write_linux(const struct spec *s)
{
	json_t *part = json_object();
	json_t *sysctl = json_object();

	oci_put(part, "namespaces", oci_namespaces(s->namespaces));
	if (s->ids_given) {
		oci_put(part, "uidMappings", oci_idmap(0, s->id_base, s->id_size));
		oci_put(part, "gidMappings", oci_idmap(0, s->id_base, s->id_size));
	}
	put_if_any(part, "resources", write_resources(&s->resources));
	for (size_t i = 0; i < s->n_sysctl; i++)
		oci_put_text(sysctl, s->sysctl[i].key, s->sysctl[i].value);
	put_if_any(part, "sysctl", sysctl);
	oci_put_texts(part, "maskedPaths", &s->masked_paths);
	oci_put_texts(part, "readonlyPaths", &s->readonly_paths);
	return part;
}

char *oci_write(const struct spec *s)
{
	json_t *document = json_object();
	json_t *annotations = oci_write_annotations(s);

	oci_put_text(document, "ociVersion", OCI_VERSION);
	oci_put(document, "process", write_process(s));
	oci_put(document, "root", write_root(&s->root));
	if (s->hostname)
		oci_put_text(document, "hostname", s->hostname);
	oci_put(document, "mounts", write_mounts(s));
	oci_put(document, "linux", write_linux(s));
	if (annotations)
		oci_put(document, "annotations", annotations);
	return oci_text(document);
}
