/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_RUNTIME_OCI_PARTS_H
#define NFRUN_RUNTIME_OCI_PARTS_H

/* Between the files of the OCI face. */

#include "runtime/oci.h"

/* What create needs until the container has it. */
struct making {
	struct oci_how how;
	const char *root, *id;
	struct strs *warnings, *problems;
	char *text; /* of config.json */
	size_t text_len;
	struct spec *spec;
	int console, pidfd_socket, agent; /* connected; -1: none */
};
#define MAKING(root_, id_, create, said)                                                           \
	{                                                                                          \
		.how = (create)->how, .root = (root_), .id = (id_), .warnings = &(said)->warnings, \
		.problems = &(said)->problems, .console = -1, .pidfd_socket = -1, .agent = -1      \
	}
void making_drop(struct making *m);

/* A container to be closed that was never opened. */
#define CONTAINER_NONE                                                                             \
	{                                                                                          \
		.root_fd = -1, .dir_fd = -1, .init_pidfd = -1, .stage = -1, .hangup_fd = -1,       \
		.signals = -1, .listener = -1, .agent = -1, .console = -1                          \
	}

/* What can be known to be wrong before anything is made: the id, the configuration. May start this
 * program again, see oci_create. */
int oci_prepare(const struct oci_create *how, struct making *m, struct err *e);
/* Then, up to "created", locked. On failure nothing is left. */
int oci_make(const struct oci_create *how, struct making *m, struct container *c, struct err *e);
/* Its first part: the state directory, the copy of the configuration, nothing else. M's spec and
 * agent become C's. */
int oci_begin(const struct oci_create *how, struct making *m, struct container *c, struct err *e);
/* Until a child of ours, its first process, has ended; then delete it unless how->keep. Unlocks. */
int oci_stay(struct container *c, const struct oci_run *how, int *status, struct strs *warnings,
	     struct err *e);
/* Delete it, as it could not be started, with its poststop hooks. */
void oci_unmake(struct container *c, struct strs *warnings);
int oci_mark_running(struct container *c, struct err *e);
/* Let its init, at SOCK, become the process. */
int oci_let_go(const struct container *c, int sock, struct err *e);
int oci_poststart(struct container *c, struct err *e);

/* As runc has it, and the name of a directory. */
bool oci_is_id(const char *id);

/* One that exists, locked; what a maker that died has left is cleared away first: ENOENT then. */
int oci_open(const char *root, const char *id, struct container *c, struct err *e);

/* "container not running"; returns -1. */
int oci_not_running(struct err *e);
/* C's control group, if it is not open already. */
int oci_open_group(struct container *c, struct err *e);

/* Callers turn "no such file or directory" and "permission denied" into "there is no such command"
 * and exit codes 127 and 126. Where it is not the command, other words say so. Returns -1. */
int oci_reword(struct err *e);

/* Whole or not at all: written beside it, then renamed. */
int pid_file_write(const char *path, pid_t pid, struct err *e);

#endif
