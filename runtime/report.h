/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_RUNTIME_REPORT_H
#define NFRUN_RUNTIME_REPORT_H

/* What programs are told: JSON documents as nfrun(1) describes them, and the facts in them that
 * people are told as well. The texts are malloc'd and end with a newline. */

#include "runtime/usage.h"
#include "runtime/vnf.h"

#include <time.h>

/* A VNF and what it uses; USAGE is NULL where there is nothing to read: it does not run. */
struct report_vnf {
	const struct vnf_view *view;
	const struct usage *usage;
};

char *report_status(const char *root, const struct report_vnf *v);
char *report_list(const char *root, const struct report_vnf *v, size_t n);
/* The OCI state of specification 1.3. */
char *report_state(const char *root, const struct vnf_view *v);

/* Two readings of one VNF, and of all the host's packet work at the same times (NULL: not known).
 */
struct report_use {
	const char *name;
	const struct usage *before, *now;
	const struct softirq_reading *softirq_before, *softirq_now;
};
/* What of a CPU its packets took that nobody was billed for, in percent, estimated; negative: not
 * known, or nothing of it goes unbilled. */
double report_unbilled(const struct report_use *u);
char *report_stats(const struct report_use *u, size_t n);

/* The limits in force; of a VNF that does not run, those it asks for. OUT borrows. */
void report_limits(const struct report_vnf *v, struct vnf_resources *out);

/* All of them: as the kernel holds them, and of those that it cannot be asked for (files by name,
 * paths of disks) what the descriptor says. Disks whose numbers are known stand in OUT->disks. OUT
 * owns: cgroup_limits_drop. */
void report_all_limits(const struct report_vnf *v, struct cgroup_limits *out);
/* The path of the disk that IT is about, as the descriptor has it; NULL: not known. */
const char *report_io_path(const struct cgroup_limits *l, const struct limits_io *it);

/* An interface with what the descriptor, the record and the kernel say of it. */
struct report_port {
	const char *name, *bridge;
	const char *host_name; /* NULL: it has none now */
	uint8_t mac[MAC_LEN];
	uint32_t mtu;
	const struct ipaddr *addrs;
	size_t n_addrs;
	const struct port_stats *stats;      /* NULL: not known */
	const struct packet_cpu *packet_cpu; /* what holds of it, its own or the VNF's */
	bool own_packet_cpu;
};
/* All of a VNF's, in the descriptor's order. They point into what FACTS owns and into V. */
struct report_ports {
	struct spec *facts;
	struct report_port *v;
	size_t n;
};
void report_ports(const struct report_vnf *v, struct report_ports *out);
void report_ports_drop(struct report_ports *p);

enum { REPORT_TIME = 40 };
/* RFC 3339 in UTC, to the millisecond; OUT has REPORT_TIME bytes; returns OUT. */
const char *report_time(const struct timespec *t, char *out);

/* For how long it has been running, in ms; -1: it does not run. */
int64_t report_uptime(const struct record *r);

/* How many of its processes the kernel has killed for want of memory since its start. The group
 * counts them and outlives a restart; the record keeps the number when the group goes. */
uint64_t report_oom_kills(const struct report_vnf *v);

const char *report_restart(enum vnf_restart policy); /* "on-failure" */

#endif
