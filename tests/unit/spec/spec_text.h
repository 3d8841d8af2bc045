/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_TESTS_SPEC_TEXT_H
#define NFRUN_TESTS_SPEC_TEXT_H

/* A struct spec as text, all that vnf_expand() fills: to be compared, and to be read when it
 * differs. */

#include "runtime/spec/spec.h"

#include <inttypes.h>
#include <linux/mount.h>
#include <stdio.h>
#include <string.h>

static inline void put_strs(FILE *f, const char *name, const struct strs *list)
{
	if (list->n == 0)
		return;
	fprintf(f, "%s", name);
	for (size_t i = 0; i < list->n; i++)
		fprintf(f, " '%s'", list->v[i]);
	fputc('\n', f);
}

static inline void put_text(FILE *f, const char *name, const char *text)
{
	if (text)
		fprintf(f, "%s %s\n", name, text);
}

static inline void put_number(FILE *f, const char *name, uint64_t n)
{
	if (n != CGROUP_UNSET)
		fprintf(f, "%s %" PRIu64 "\n", name, n);
}

static inline void put_attrs(FILE *f, uint64_t attrs)
{
	static const struct {
		uint64_t bit;
		const char *name;
	} names[] = {
		{ MOUNT_ATTR_RDONLY, "ro" },       { MOUNT_ATTR_NOSUID, "nosuid" },
		{ MOUNT_ATTR_NODEV, "nodev" },     { MOUNT_ATTR_NOEXEC, "noexec" },
		{ MOUNT_ATTR_NOATIME, "noatime" }, { MOUNT_ATTR_STRICTATIME, "strictatime" },
	};

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (attrs & names[i].bit)
			fprintf(f, " %s", names[i].name);
}

static inline void put_root(FILE *f, const struct spec *s)
{
	static const char *const kinds[] = {
		[SPEC_ROOT_DIR] = "dir",
		[SPEC_ROOT_OVERLAY] = "overlay",
		[SPEC_ROOT_HOST_VIEW] = "host view",
	};

	fprintf(f, "root %s%s%s\n", kinds[s->root.kind], s->root.readonly ? " ro" : "",
		s->root.as_vnf ? "" : " of a bundle");
	put_text(f, "root.path", s->root.path);
	put_text(f, "root.upper", s->root.upper);
}

static inline void put_files(FILE *f, const struct spec *s, bool common)
{
	for (size_t i = common ? 0 : 6; i < s->n_mounts; i++) {
		const struct spec_mount *m = &s->mounts[i];

		fprintf(f, "mount %s %s", m->type, m->target);
		if (m->source)
			fprintf(f, " from %s", m->source);
		put_attrs(f, m->attrs);
		fprintf(f, "%s%s", m->recursive ? " recursive" : "", m->data.n ? "" : "\n");
		put_strs(f, " data", &m->data);
	}
	for (size_t i = 0; i < s->n_dirs; i++)
		fprintf(f, "dir %s %04o %s\n", s->dirs[i].path, s->dirs[i].mode,
			s->dirs[i].owner ? s->dirs[i].owner : "-");
	for (size_t i = 0; i < s->n_files; i++)
		fprintf(f, "file %s\n%s", s->files[i].path, s->files[i].text);
	if (common)
		put_strs(f, "masked", &s->masked_paths);
	if (common)
		put_strs(f, "read-only", &s->readonly_paths);
}

static inline void put_process(FILE *f, const struct spec *s)
{
	const struct spec_process *p = &s->process;

	for (size_t i = 0; i < s->n_setup; i++)
		put_strs(f, "setup", &s->setup[i]);
	put_strs(f, "args", &p->args);
	put_strs(f, "env", &p->env);
	put_text(f, "cwd", p->cwd);
	put_text(f, "user", p->user);
	put_strs(f, "groups", &p->groups);
	fprintf(f, "umask %04o\n", p->umask);
	for (size_t i = 0; i < p->n_rlimits; i++)
		fprintf(f, "rlimit %d %" PRIu64 " %" PRIu64 "\n", p->rlimits[i].resource,
			p->rlimits[i].soft, p->rlimits[i].hard);
	fprintf(f, "caps %" PRIx64 " %" PRIx64 " %" PRIx64 " %" PRIx64 " %" PRIx64 "%s%s\n",
		p->caps.bounding, p->caps.effective, p->caps.permitted, p->caps.inheritable,
		p->caps.ambient, p->no_new_privs ? " no_new_privs" : "",
		p->terminal ? " terminal" : "");
	put_text(f, "affinity", s->process.affinity_final);
	put_text(f, "seccomp", s->seccomp);
}

static inline void put_lists(FILE *f, const struct cgroup_limits *r)
{
	static const char *const kinds[IO_KINDS] = {
		"weight", "read_bps", "write_bps", "read_iops", "write_iops", "share", "latency",
	};

	put_number(f, "io.share", r->io_share);
	for (size_t kind = 0; kind < IO_KINDS; kind++)
		for (size_t i = 0; i < r->io[kind].n; i++)
			fprintf(f, "io %s %s %" PRIu64 "\n", limits_io_path(r, &r->io[kind].v[i]),
				kinds[kind], r->io[kind].v[i].value);
	for (size_t i = 0; i < r->n_hugepages; i++)
		fprintf(f, "hugetlb %s %" PRIu64 "\n", r->hugepages[i].page_size,
			r->hugepages[i].limit);
	for (size_t i = 0; i < r->n_rdma; i++)
		fprintf(f, "rdma %s %" PRId64 " %" PRId64 "\n", r->rdma[i].device,
			(int64_t)r->rdma[i].handles, (int64_t)r->rdma[i].objects);
	for (size_t i = 0; i < r->n_unified; i++)
		fprintf(f, "unified %s = %s\n", r->unified[i].file, r->unified[i].value);
}

static inline void put_resources(FILE *f, const struct cgroup_limits *r)
{
	put_number(f, "cpu.quota", r->cpu_quota_us);
	put_number(f, "cpu.period", r->cpu_period_us);
	put_number(f, "cpu.burst", r->cpu_burst_us);
	put_number(f, "cpu.weight", r->cpu_weight);
	put_number(f, "cpu.idle", r->cpu_idle);
	put_text(f, "cpus", r->cpus);
	put_text(f, "mems", r->mems);
	put_text(f, "partition", r->cpu_partition);
	put_number(f, "uclamp.min", r->uclamp_min);
	put_number(f, "uclamp.max", r->uclamp_max);
	put_number(f, "memory.max", r->memory_max);
	put_number(f, "memory.high", r->memory_high);
	put_number(f, "memory.swap", r->memory_swap_max);
	put_number(f, "memory.low", r->memory_low);
	put_number(f, "memory.min", r->memory_min);
	put_number(f, "memory.oom_group", r->memory_oom_group);
	put_number(f, "pids", r->pids_max);
	put_lists(f, r);
}

static inline void put_addrs(FILE *f, const struct ipaddr *addrs, size_t n)
{
	char text[INET_TEXT];

	for (size_t i = 0; i < n; i++)
		fprintf(f, " %s", ipaddr_format_prefix(&addrs[i], text));
	fputc('\n', f);
}

static inline void put_packet_cpu(FILE *f, const struct packet_cpu *p)
{
	scoped_str char *text = p->given ? packet_cpu_format(p) : NULL;

	put_text(f, "packet_cpu", text);
}

static inline void put_net(FILE *f, const struct spec *s)
{
	char mac[MAC_TEXT], to[INET_TEXT], via[INET_TEXT];

	for (size_t i = 0; i < s->n_bridges; i++) {
		const struct spec_bridge *b = &s->bridges[i];

		fprintf(f, "bridge %s%s mtu %u %s", b->name, b->create ? " create" : "", b->mtu,
			b->has_mac ? mac_format(b->mac, mac) : "-");
		put_addrs(f, b->addrs, b->n_addrs);
	}
	for (size_t i = 0; i < s->n_ports; i++) {
		const struct spec_port *p = &s->ports[i];

		fprintf(f, "port %s in %s mtu %u %s%s", p->name, p->bridge, p->mtu,
			mac_format(p->mac, mac), p->dad ? " dad" : "");
		put_addrs(f, p->addrs, p->n_addrs);
		for (size_t n = 0; n < p->n_routes; n++)
			fprintf(f, "route %s via %s metric %u%s\n",
				ipaddr_format_prefix(&p->routes[n].to, to),
				ipaddr_format(&p->routes[n].via, via), p->routes[n].metric,
				p->routes[n].onlink ? " onlink" : "");
		put_packet_cpu(f, &p->packet_cpu);
	}
	put_packet_cpu(f, &s->packet_cpu);
}

static inline void put_pairs(FILE *f, const char *name, const struct spec_pair *pairs, size_t n)
{
	for (size_t i = 0; i < n; i++)
		fprintf(f, "%s %s = %s\n", name, pairs[i].key, pairs[i].value);
}

/* COMMON: with what every VNF has alike. The caller frees. */
static inline char *spec_text(const struct spec *s, bool common)
{
	char *text = NULL;
	size_t size;
	scoped_file FILE *f = open_memstream(&text, &size);

	fprintf(f, "id %s\nhostname %s\nnamespaces %" PRIx64 "\n", s->id, s->hostname,
		s->namespaces);
	if (s->ids_given)
		fprintf(f, "ids %u %u\n", s->id_base, s->id_size);
	put_root(f, s);
	put_files(f, s, common);
	put_process(f, s);
	put_resources(f, &s->resources);
	put_net(f, s);
	put_pairs(f, "sysctl", s->sysctl, s->n_sysctl);
	put_pairs(f, "annotation", s->annotations, s->n_annotations);
	file_drop(&f);
	text[size - 1] = '\0'; /* as read_text has it */
	return text;
}

#endif
