/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_RUNTIME_CRIU_H
#define NFRUN_RUNTIME_CRIU_H

/* CRIU, by way of libcriu: what it is told, whatever container it is for. The library is found when
 * nfrun is built and loaded when it is used: other verbs do not pay for it. */

#include "runtime/base/err.h"
#include "runtime/base/strs.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

bool criu_is_built(void); /* this build knows libcriu */

enum criu_groups { CRIU_GROUPS_SOFT, CRIU_GROUPS_FULL, CRIU_GROUPS_STRICT, CRIU_GROUPS_IGNORE };

/* What the command line of checkpoint and restore can say; NULL: not said. */
struct criu_wishes {
	const char *image_path, *work_path, *parent_path;
	const char *page_server; /* "ADDRESS:PORT" */
	const char *lsm_profile, *lsm_mount_context;
	enum criu_groups groups;
	bool leave_running, pre_dump, auto_dedup, lazy_pages;
	bool tcp_established, tcp_skip_in_flight, ext_unix_sk, shell_job, file_locks, link_remap;
	bool has_status_fd;
	struct strs empty_ns;
};

struct criu_pair {
	char *key, *value;
};

struct criu_fd {
	int fd; /* the caller's */
	char *key;
};

struct criu_job {
	const struct criu_wishes *wishes;
	int images, work; /* directories, the caller's */
	const char *root; /* the container's, on the host */
	const char *log;  /* a file in WORK */
	pid_t pid;        /* dump: the first process */
	struct criu_pair
		*mounts; /* of the host: path inside, and what is there: dump: a name for it */
	size_t n_mounts;
	struct strs externals; /* dump: "net[4026531840]:NAME" */
	struct criu_fd *fds;   /* restore: what stands for an external or a pipe */
	size_t n_fds;
	struct criu_pair *joins; /* restore: "uts" and a path */
	size_t n_joins;
	struct criu_pair *groups; /* restore: controllers and the group in their hierarchy */
	size_t n_groups;
};
void criu_job_drop(struct criu_job *j);
void criu_add_pair(struct criu_pair **v, size_t *n, const char *key, const char *value);
void criu_add_fd(struct criu_job *j, int fd, const char *key);

/* E has the last error that CRIU wrote into its log. */
int criu_dump_job(const struct criu_job *j, struct err *e);
/* *PID: the first process, a child of the caller's; *TERMINAL: the master of its terminal, or -1.
 */
int criu_restore_job(const struct criu_job *j, pid_t *pid, int *terminal, struct err *e);

#endif
