/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_CGROUPS_BPF_DEVICES_H
#define NFRUN_CGROUPS_BPF_DEVICES_H

/* The device filter of cgroup v2: an eBPF program of type CGROUP_DEVICE. Inside cgroups/ only. */

#include "runtime/base/err.h"
#include "runtime/base/limits.h"

#include <linux/bpf.h>

struct bpf_program {
	struct bpf_insn *v;
	size_t n;
};

/* Returns 1 when a device may be used in the way that is asked for: each of read, write and mknod
 * is decided by the last rule that speaks of it, and is forbidden when none does. */
void bpf_devices_build(const struct limits_device *rules, size_t n, struct bpf_program *out);
void bpf_program_drop(struct bpf_program *p);

/* Put the filter in force for the group whose directory GROUP is, in place of what filters there.
 */
int bpf_devices_attach(int group, const struct limits_device *rules, size_t n, struct err *e);

#endif
