/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/create.h"
#include "cmd/view.h"
#include "runtime/base/strs.h"
#include "runtime/spec/vnf_load.h"

#include <string.h>

struct update_options {
	struct vnf_resources vnf;
	struct packet_changes packet;
	bool force;
	const char *file; /* OCI: --resources */
	struct cgroup_limits oci;
	const char *l3_schema, *mem_bw_schema;
	const char *ignored; /* kernel memory: config-linux.md says NOT RECOMMENDED, kernels ignore
				it */
};

/* What no option leaves behind. */
static const struct update_options unset = {
	.vnf = VNF_RESOURCES_UNSET,
	.oci = CGROUP_LIMITS_UNSET,
};

/* Copies of one object, in which an option changes its own member only: padding is the same, too.
 */
static bool is_same(const void *a, const void *b, size_t size)
{
	return memcmp(a, b, size) == 0;
}

enum { PERIOD_US = 100000 };

/* The options that both faces have, in the terms of the group. L owns copies. */
static void add_common(const struct vnf_resources *r, struct cgroup_limits *l)
{
	if (r->cpu_limit == VNF_NO_LIMIT) {
		l->cpu_quota_us = CGROUP_NO_LIMIT;
	} else if (r->cpu_limit != VNF_UNSET) {
		l->cpu_quota_us = r->cpu_limit * PERIOD_US / 1000;
		l->cpu_period_us = PERIOD_US;
	}
	l->cpu_weight = r->cpu_weight;
	l->memory_max = r->memory_limit;
	l->memory_high = r->memory_high;
	l->memory_swap_max = r->memory_swap;
	if (r->pids != VNF_UNSET)
		l->pids_max = r->pids;
	if (r->cpus) {
		free(l->cpus);
		l->cpus = str_dup(r->cpus);
	}
	cgroup_limits_put(l, &r->more);
	vnf_lift(r, l);
}

/* What has no meaning there; NULL: nothing. */
static const char *not_for_oci(const struct update_options *o)
{
	return o->force
		       ? "--force is for VNFs: of an OCI container, memory below what is in use is "
			 "refused only where checkBeforeUpdate asks for that"
	       : o->vnf.exec_cpus
		       ? "--exec-cpus is for VNFs: of an OCI container, process.execCPUAffinity "
			 "says it"
		       : NULL;
}

static int update_oci(const struct invocation *in, struct err *e)
{
	const struct update_options *o = in->options;
	struct update_options alone = unset;

	alone.file = o->file;
	if (o->file && !is_same(o, &alone, sizeof alone)) {
		err_set(e, 0, "--resources stands alone: put the other limits into the file");
		return RUN_USAGE;
	}
	if (not_for_oci(o) && oci_exists(in->root, in->argv[0])) {
		err_set(e, 0, "%s", not_for_oci(o));
		return RUN_USAGE;
	}

	scoped_words struct oci_words said = { 0 };
	scoped(cgroup_limits_drop) struct cgroup_limits l = CGROUP_LIMITS_UNSET;

	cgroup_limits_put(&l, &o->oci);
	add_common(&o->vnf, &l);
	const struct oci_update how = { .file = o->file,
					.limits = &l,
					.l3_schema = o->l3_schema,
					.mem_bw_schema = o->mem_bw_schema,
					.packet = o->packet };
	int r = oci_update(in->root, in->argv[0], &how, &said, e);
	create_tell(in, &said);
	return r < 0 ? err_wrap(e, "%s", in->argv[0]) : 0;
}

static int update_vnf(const struct invocation *in, struct err *e)
{
	const struct update_options *o = in->options;
	const char *name = in->argv[0];
	const struct vnf_change change = { &o->vnf, o->packet, o->force };
	scoped_view struct vnf_view v = { 0 };

	if (!is_same(&o->oci, &unset.oci, sizeof o->oci) || o->file || o->l3_schema ||
	    o->mem_bw_schema || o->ignored) {
		err_set(e, 0,
			"%s is a VNF: the options that 'nfrun help update' marks with OCI are not "
			"for those",
			name);
		return RUN_USAGE;
	}
	if (view_look(in, name, &v, e) < 0)
		return RUN_FAILED;

	scoped_strs struct strs warnings = { 0 };
	if (vnf_update(in->root, name, &change, &warnings, e) < 0)
		return err_wrap(e, "%s", name);
	view_warnings(name, &warnings);
	return 0;
}

static int run(const struct invocation *in, struct err *e)
{
	struct update_options none = unset;

	none.force = ((const struct update_options *)in->options)->force;
	if (is_same(in->options, &none, sizeof none)) {
		err_set(e, 0, "no limit given to change");
		return RUN_USAGE;
	}
	return oci_is(in->root, in->argv[0]) ? update_oci(in, e) : update_vnf(in, e);
}

#define VNF(m)  offsetof(struct update_options, vnf.m)
#define MORE(m) offsetof(struct update_options, vnf.more.m)
#define LISTS   offsetof(struct update_options, vnf.more)
#define OCI(m)  offsetof(struct update_options, oci.m)
static const struct opt options[] = {
	{ "cpus", 'c', "N", "CPU limit in CPUs: 0.5, 2, or max", opt_cpus, VNF(cpu_limit), NULL },
	{ "cpu-burst", 0, "TIME", "CPU time that may be saved up: 20ms, or a number of us",
	  opt_time_us, MORE(cpu_burst_us), NULL },
	{ "cpu-weight", 0, "N", "share when CPUs are scarce, 1 to 10000", opt_weight,
	  VNF(cpu_weight), NULL },
	{ "cpu-idle", 0, "N", "1: no weight, only time that nobody wants; 0: no longer",
	  opt_zero_one, MORE(cpu_idle), "0 1" },
	{ "cpuset", 0, "LIST", "on which CPUs: 0-3,8", opt_cpulist, VNF(cpus), NULL },
	{ "cpuset-mems", 0, "LIST", "on which memory nodes", opt_cpulist, MORE(mems), NULL },
	{ "cpu-partition", 0, "WORD", "whether the CPUs are its own: member (no), root, isolated",
	  opt_partition, MORE(cpu_partition), "member root isolated" },
	{ "exec-cpus", 0, "LIST", "VNF: where 'nfrun exec' lands; max: the default", opt_exec_cpus,
	  VNF(exec_cpus), NULL },
	{ "util-min", 0, "PERCENT", "run it on a CPU of at least that speed: 20%; 0%: any",
	  opt_percent, MORE(uclamp_min), NULL },
	{ "util-max", 0, "PERCENT", "and of at most that: 80%, or max", opt_percent,
	  MORE(uclamp_max), NULL },
	{ "memory", 'm', "SIZE", "memory limit: 256M, or max", opt_size, VNF(memory_limit), NULL },
	{ "memory-high", 0, "SIZE", "where reclaim begins to slow it (cgroup v2 only)", opt_size,
	  VNF(memory_high), NULL },
	{ "memory-low", 0, "SIZE", "memory kept for it while others can give some", opt_size,
	  MORE(memory_low), NULL },
	{ "memory-min", 0, "SIZE", "memory kept for it in any case (cgroup v2 only)", opt_size,
	  MORE(memory_min), NULL },
	{ "memory-oom-group", 0, "N", "1: out of memory, all of it is killed; 0: one process",
	  opt_zero_one, MORE(memory_oom_group), "0 1" },
	{ "swap", 0, "SIZE", "swap limit, of swap alone, or max", opt_size, VNF(memory_swap),
	  NULL },
	{ "pids", 'p', "N", "limit of processes and threads, or max", opt_count, VNF(pids), NULL },
	{ "io-weight", 0, "N", "share of busy disks, 1 to 10000", opt_weight, MORE(io_share),
	  NULL },
	{ "io", 0, "PATH:KEY=VALUE,...", "limits on the disk at PATH; may be given several times",
	  opt_io, LISTS, NULL },
	{ "hugetlb", 0, "PAGESIZE=SIZE", "limit of huge pages: 2M=64M; may be given several times",
	  opt_hugetlb, LISTS, NULL },
	{ "rdma", 0, "DEVICE:KEY=N,...", "limit of an RDMA device's handles and objects", opt_rdma,
	  LISTS, NULL },
	{ "unified", 0, "FILE=VALUE", "any file of the group (cgroup v2 only)", opt_unified, LISTS,
	  NULL },
	{ "force", 0, NULL, "VNF: --memory also below what is in use", opt_switch,
	  offsetof(struct update_options, force), NULL },
	{ "packet-cpu", 0, "[IFACE=]MODE",
	  "whose CPU time packets cost; may be given several times", opt_packet,
	  offsetof(struct update_options, packet), "shared own pinned" },
	{ "resources", 'r', "FILE", "OCI: a linux.resources object; '-': from stdin", opt_text,
	  offsetof(struct update_options, file), NULL },
	{ "cpu-period", 0, "US", "OCI: the period that --cpu-quota is of", opt_unsigned,
	  OCI(cpu_period_us), NULL },
	{ "cpu-quota", 0, "US", "OCI: CPU time in a period, or -1", opt_quota, OCI(cpu_quota_us),
	  NULL },
	{ "cpu-share", 0, "N", "OCI: share when CPUs are scarce, 2 to 262144", opt_unsigned,
	  OCI(cpu_shares), NULL },
	{ "cpu-rt-period", 0, "US", "OCI: period of real-time processes (cgroup v1)", opt_unsigned,
	  OCI(cpu_rt_period_us), NULL },
	{ "cpu-rt-runtime", 0, "US", "OCI: CPU time of real-time processes (cgroup v1)", opt_quota,
	  OCI(cpu_rt_runtime_us), NULL },
	{ "cpuset-cpus", 0, "LIST", "OCI: as --cpuset", opt_cpulist, OCI(cpus), NULL },
	{ "memory-reservation", 0, "SIZE", "OCI: memory to be kept for it, or -1", opt_size,
	  OCI(memory_reservation), NULL },
	{ "memory-swap", 0, "SIZE", "OCI: memory and swap together, or -1", opt_size,
	  OCI(memory_and_swap), NULL },
	{ "pids-limit", 0, "N", "OCI: as --pids, or -1", opt_quota, OCI(pids_max), NULL },
	{ "blkio-weight", 0, "N", "OCI: share of block devices, 10 to 1000", opt_unsigned,
	  OCI(io_weight), NULL },
	{ "kernel-memory", 0, "SIZE", "OCI: taken and ignored, as by every kernel of today",
	  opt_text, offsetof(struct update_options, ignored), NULL },
	{ "kernel-memory-tcp", 0, "SIZE", "OCI: taken and ignored", opt_text,
	  offsetof(struct update_options, ignored), NULL },
	{ "l3-cache-schema", 0, "TEXT", "OCI: Intel RDT, the L3 cache", opt_text,
	  offsetof(struct update_options, l3_schema), NULL },
	{ "mem-bw-schema", 0, "TEXT", "OCI: Intel RDT, memory bandwidth", opt_text,
	  offsetof(struct update_options, mem_bw_schema), NULL },
};
#undef OCI
#undef LISTS
#undef MORE
#undef VNF

const struct command cmd_update = {
	.name = "update",
	.args = "NAME|ID",
	.summary = "change the limits of a running VNF or container",
	.about =
		"Changes limits while the VNF runs: all that are given, or none when one of them cannot be had.\n"
		"The word max lifts a limit, and what is kept for the VNF. Changes are kept in the VNF's record, so\n"
		"that a restart has them too; the descriptor's file is not changed. Of an OCI container they are\n"
		"changed in its group alone.\n"
		"\n"
		"--io takes the keys of resources.io.devices: weight, read_bps, write_bps, read_iops, write_iops,\n"
		"latency. PATH is a block device, or a file or directory on its file system.\n"
		"A --memory limit below what a VNF uses makes the kernel reclaim what it can, and kill where that is\n"
		"not enough (cgroup v1 refuses the limit then): it takes --force. Huge pages of a size that the\n"
		"descriptor has not named get their file system inside with the next start.\n"
		"\n"
		"--packet-cpu takes shared, own, own,limit=25%, reserve,guarantee=25% or pinned,cpus=0-1; a limit\n"
		"may be followed by means=quota, means=deadline or means=governor. It is for all interfaces\n"
		"that have none of their own, with IFACE= for that one: eth1=own,limit=10%. eth1=inherit takes back\n"
		"what eth1 has of its own. Of an OCI container it is kept in its annotations.",
	.options = options,
	.n_options = ARRAY_LEN(options),
	.defaults = &unset,
	.size = sizeof unset,
	.min_args = 1,
	.max_args = 1,
	.completes = COMPLETE_NAME,
	.run = run,
};
