/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_SPEC_VNF_LOAD_H
#define NFRUN_SPEC_VNF_LOAD_H

#include "runtime/base/err.h"
#include "runtime/base/strs.h"
#include "runtime/spec/vnf.h"

enum { VNF_PROBLEMS_MAX = 20 };

/* Load and check a descriptor: types, ranges, and the rules across fields. Paths in it are relative
 * to the descriptor's folder. 0 and *OUT (free with vnf_free), or -1 and at least one line in
 * PROBLEMS
 * ("vnf.json: /interfaces/1/mtu: 70000 is outside 68..65535"), at most VNF_PROBLEMS_MAX and a last
 * line that says how many more there are. */
int vnf_load_file(const char *path, struct vnf **out, struct strs *problems);

/* The same from memory; NAME is what the problems call it, DIR what relative paths start from
 * (NULL: they are refused). */
int vnf_load_bytes(const char *bytes, size_t n, const char *name, const char *dir, struct vnf **out,
		   struct strs *problems);

/* What nfrun update does to a descriptor. */
struct vnf_change {
	const struct vnf_resources
		*resources;           /* the members that are set; VNF_NO_LIMIT: taken out; so
					 are the partition "member", an io value of 0, texts "" */
	struct packet_changes packet; /* borrowed */
	bool force;                   /* also a memory limit below what is in use */
};
/* TEXT (as in vnf->text) with CHANGE put into it, checked as a whole. *OUT is the new text; the
 * caller frees. */
int vnf_merge(const char *text, const struct vnf_change *change, char **out, struct err *e);

/* What CHANGE takes out the kernel has to be told, where TO no longer says anything of it. */
void vnf_lift(const struct vnf_resources *change, struct cgroup_limits *to);

/* The key of a device's limit in the descriptor: "read_bps"; NULL: it has none. */
const char *vnf_io_key(enum limits_io_kind kind);

#endif
