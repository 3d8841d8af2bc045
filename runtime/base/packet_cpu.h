/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_BASE_PACKET_CPU_H
#define NFRUN_BASE_PACKET_CPU_H

/* Whose CPU time the packets of a VNF's interface cost: docs/packet-cpu.md. */

#include "runtime/base/err.h"
#include "runtime/base/scope.h"

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum packet_mode {
	PACKET_SHARED,  /* the kernel's default: the sender's SoftIRQ, nobody's bill */
	PACKET_OWN,     /* kernel threads in the VNF's group; BUDGET, if any, is a cap */
	PACKET_RESERVE, /* a thread of the VNF's end alone, with BUDGET as a guarantee */
	PACKET_PINNED,  /* SoftIRQ on the VNF's CPUs, by RPS */
};
extern const char *const packet_mode_words[]; /* by mode; ended by NULL */

/* What holds a budget. */
enum packet_means {
	PACKET_MEANS_NONE,     /* there is none; as a wish: nfrun finds out what this host does */
	PACKET_MEANS_QUOTA,    /* the group's quota, where it stops kernel threads (up to 6.17) */
	PACKET_MEANS_DEADLINE, /* SCHED_DEADLINE on each thread */
	PACKET_MEANS_GOVERNOR, /* packets dropped early, at the rate that the budget pays for */
};
extern const char *const packet_means_words[]; /* by means: "none", ...; ended by NULL */

enum { PACKET_BUDGET_MIN = 10, PACKET_BUDGET_MAX = 1000000 };

struct packet_cpu {
	bool given; /* else the VNF's, and without one PACKET_SHARED */
	enum packet_mode mode;
	uint32_t budget; /* in 1/1000 of a CPU: "25%" is 250; 0: none */
	enum packet_means means;
	char *cpus; /* PACKET_PINNED: CPU list; NULL: the group's */
};
void packet_cpu_copy(struct packet_cpu *to, const struct packet_cpu *from); /* TO is overwritten */
void packet_cpu_drop(struct packet_cpu *p);                                 /* as if never given */
#define scoped_packet_cpu scoped(packet_cpu_drop)

/* What `nfrun update` is asked for. */
struct packet_change {
	char iface[IFNAMSIZ]; /* inside; "": the VNF as a whole */
	struct packet_cpu to; /* not given: the interface is to follow the VNF again */
};
struct packet_changes {
	struct packet_change *v;
	size_t n;
};
struct packet_change *packet_changes_add(struct packet_changes *c); /* zeroed */
void packet_changes_drop(struct packet_changes *c);

/* --- in words --- */

/* What stands beside the mode. */
enum packet_key { PACKET_LIMIT, PACKET_GUARANTEE, PACKET_MEANS, PACKET_CPUS, PACKET_KEYS };
extern const char *const packet_key_words[]; /* by key: "limit"; ended by NULL */
/* Why KEY, there or not as HAS says of each, does not go with MODE; NULL: it does. */
const char *packet_key_fault(enum packet_mode mode, const bool has[PACKET_KEYS],
			     enum packet_key key);

/* "25%", "0.5%": percent of one CPU, one digit behind the point at most. False: it is no such text,
 * or outside PACKET_BUDGET_MIN..MAX. */
bool packet_budget_parse(const char *text, uint32_t *out);
/* What may have been meant by a text that is none; malloc'd: "; say ...", or "". */
char *packet_budget_hint(const char *text);
/* OUT has 16 bytes; returns OUT. */
const char *packet_budget_format(uint32_t budget, char *out);

/* "quota"; false: none of those that can be asked for. */
bool packet_means_parse(const char *text, enum packet_means *out);

/* "shared", "own,limit=25%", "reserve,guarantee=25%", "pinned,cpus=0-1,3" (cpus is
 * the last). On failure OUT is as it was. */
int packet_cpu_parse(const char *text, struct packet_cpu *out, struct err *e);
char *packet_cpu_format(const struct packet_cpu *p); /* malloc'd */
/* The same for the VNF, or for one interface: "eth1=own,limit=10%", "eth1=inherit". One more in C.
 * What says something else of the same than one in C does is refused. */
int packet_change_parse(const char *text, struct packet_changes *c, struct err *e);

#endif
