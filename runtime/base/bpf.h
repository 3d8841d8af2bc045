/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_BASE_BPF_H
#define NFRUN_BASE_BPF_H

/* bpf(2). Programs here are short and written as instructions: no compiler at build time, no
 * library at run time. */

#include "runtime/base/err.h"

#include <linux/bpf.h>
#include <stddef.h>
#include <stdint.h>

/* The kernel makes the descriptors that it returns close-on-exec. */
int bpf_call(enum bpf_cmd cmd, union bpf_attr *attr);
static inline uint64_t bpf_address(const void *p)
{
	return (uint64_t)(uintptr_t)p;
}

struct bpf_source {
	enum bpf_prog_type type;
	const char *name; /* "nfrun_devices": 15 characters at most */
	const char *what; /* "the eBPF device filter", for errors */
	const struct bpf_insn *v;
	size_t n;
};

/* Returns a descriptor of the loaded program. E tells the verifier's last line where it has one. */
int bpf_load(const struct bpf_source *s, struct err *e);

/* Descriptors of what is loaded already, by number; -1 and errno. */
int bpf_program_open(uint32_t id);
int bpf_map_open(uint32_t id);

#endif
