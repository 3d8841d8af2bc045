/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_SPEC_VNF_EXPAND_H
#define NFRUN_SPEC_VNF_EXPAND_H

/* The parts of vnf_expand(). Each fills its own members of S. Internal to runtime/spec. */

#include "runtime/spec/spec.h"
#include "runtime/spec/vnf.h"

void vnf_expand_files(const struct vnf *v,
		      struct spec *s); /* root, mounts, dirs, files, hidden paths */
void vnf_expand_dirs(const struct vnf *v, struct spec *s);
void vnf_expand_setup(const struct vnf *v, struct spec *s);
extern const char *const vnf_masked_paths[], *const vnf_readonly_paths[]; /* ended by NULL */
/* Bridges, ports, packet_cpu; MACs that are not given stay zero. */
void vnf_expand_net(const struct vnf *v, struct spec *s);
/* What FROM has takes the place of what TO has. */
void vnf_expand_resources(const struct vnf_resources *from, struct cgroup_limits *to);
/* Where exec lands; not said: TO stays as it is. */
void vnf_expand_exec_cpus(const struct vnf_resources *from, struct spec_process *to);

#endif
