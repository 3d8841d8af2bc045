/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_RUNTIME_OCI_CHECKPOINT_H
#define NFRUN_RUNTIME_OCI_CHECKPOINT_H

/* checkpoint and restore: an OCI container's processes into files, and back. CRIU does that; what
 * stands outside of them is made anew by nfrun: the control group, and the network namespace with
 * all its links. */

#include "runtime/criu.h"
#include "runtime/oci.h"

/* Unless it is to be left running it is deleted. */
int oci_checkpoint(const char *root, const char *id, const struct criu_wishes *w,
		   struct strs *warnings, struct err *e);

/* HOW as for oci_run; of how->create, preserve_fds and pidfd_socket are not used. */
int oci_restore(const char *root, const char *id, const struct oci_run *how,
		const struct criu_wishes *w, struct oci_words *said, struct err *e);

/* For both: the directories that W names, made when missing; the caller closes them. */
int checkpoint_open_dirs(const struct criu_wishes *w, bool make, int *images, int *work,
			 struct err *e);
/* The mounts of S that lie outside: binds, and files that a mask lies over. For a dump, what CRIU
 * is to call each of them; to RESTORE, what of the host each of those names is. */
void checkpoint_add_mounts(const struct spec *s, pid_t pid, bool restore, struct criu_job *j);

#define CHECKPOINT_FDS "descriptors.json" /* runc's name for what stdin, stdout, stderr were */
#define CHECKPOINT_NET "extRootNetNS"
#define CHECKPOINT_PID "extRootPidNS"

#endif
