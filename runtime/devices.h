/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_RUNTIME_DEVICES_H
#define NFRUN_RUNTIME_DEVICES_H

/* The small /dev, the OCI runtime-spec's default devices (config-linux.md): null zero full random
 * urandom tty. A process in a user namespace can make no device nodes, and binding the host's costs
 * a mount each. But the nodes of a tmpfs that the initial user namespace made work everywhere (the
 * kernel marks a file system "no devices" only when its maker is in another user namespace), so the
 * parent makes it, and the child adds what needs no privilege. */

#include "runtime/base/err.h"
#include "runtime/base/strs.h"
#include "runtime/spec/spec.h"

#include <stdint.h>
#include <sys/types.h>

/* The parent's half: a detached tmpfs with the nodes, all of it OWNER's (user and group). */
int devices_open(const struct strs *data, uint64_t attrs, uid_t owner, struct err *e);

/* The child's half: links and mount points below DEV, the tmpfs's root. */
int devices_complete(int dev, struct err *e);

/* A VNF that filters devices (has_devices): fill the list of those its group allows, which are the
 * small /dev's, terminals, and what its descriptor names, by the numbers that they have on this
 * host now. */
int devices_allow(struct spec *s, struct err *e);

#endif
