/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_RUNTIME_STAGE_H
#define NFRUN_RUNTIME_STAGE_H

/* Messages between the process that builds a container and the one that becomes it: one SEQPACKET
 * datagram each, over a socket pair. */

#include "runtime/base/err.h"

#include <stddef.h>
#include <stdint.h>

enum stage {
	STAGE_FAILED,   /* child: here is my error */
	STAGE_MAPPED,   /* parent: ids are mapped, here are the mount sources */
	STAGE_NETWORK,  /* parent: the links are there, configured */
	STAGE_READY,    /* child: setup is through and the process has been exec'd */
	STAGE_JOINED,   /* attach, child: I am inside, here is my pidfd */
	STAGE_CONSOLE,  /* child: here is my terminal's master */
	STAGE_MOUNTED,  /* OCI, child: the root is assembled, not entered */
	STAGE_START,    /* OCI, parent: become the process */
	STAGE_SCHEDULE, /* child: I fork no more, schedule me; parent: done */
	STAGES
};

int stage_pair(int *ours, int *theirs, struct err *e); /* CLOEXEC */

/* ERR: with STAGE_FAILED the reason, else a remark for the peer, or NULL; FDS (may be NULL) stay
 * the caller's. */
int stage_send(int sock, enum stage stage, const struct err *err, const int *fds, size_t n_fds,
	       struct err *e);

/* Wait for WANT. STAGE_FAILED from the peer becomes this call's error; so does EOF. On success E
 * holds the peer's remark, mostly none. *N_FDS: capacity in, count out; the caller owns them.
 * HANGUP_FD, unless -1, is another socket whose closing by its peer ends the wait: the one who
 * asked is gone. */
int stage_await(int sock, enum stage want, int *fds, size_t *n_fds, int hangup_fd, struct err *e);

/* Something has failed here, perhaps because the peer had failed first: when it has said so, that
 * is the error. */
void stage_prefer_peer(int sock, struct err *e);

/* After the last of its stages: 0 when the peer's end closes, for it has exec'd (or was killed,
 * which its pidfd tells); -1 and the peer's error when it sends STAGE_FAILED instead. */
int stage_await_exec(int sock, struct err *e);

#endif
