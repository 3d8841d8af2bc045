/* SPDX-License-Identifier: Apache-2.0 */
/* The way of a seccomp listener to its agent. */
#include "runtime/base/fs.h"
#include "runtime/base/scope.h"
#include "runtime/base/strs.h"
#include "runtime/seccomp_policy.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <time.h>

/* --- the connection --- */

static int refused(const char *path, int code, struct err *e)
{
	const char *why = code == ENOENT         ? "there is no such socket"
			  : code == ECONNREFUSED ? "nobody listens there"
			  : code == EPROTOTYPE   ? "it is not of type SOCK_STREAM"
						 : strerror(code);

	return err_tell(e, 0, "connect to the seccomp agent at %s: %s", path, why);
}

int seccomp_agent_connect(const char *path, struct err *e)
{
	const char *slash = strrchr(path, '/');
	scoped_str char *dir =
		slash ? str_printf("%.*s/", (int)(slash - path), path) : str_dup(".");
	scoped_fd int at = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	scoped_fd int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un a = { .sun_family = AF_UNIX };

	if (at < 0)
		return refused(path, errno, e);
	if (fd < 0)
		return err_set(e, errno, "make a socket");
	/* An address has room for 107 characters, a path may be longer. */
	int n = snprintf(a.sun_path, sizeof a.sun_path, "/proc/self/fd/%d/%s", at,
			 slash ? slash + 1 : path);
	if (n >= (int)sizeof a.sun_path)
		return refused(path, ENAMETOOLONG, e);
	if (connect(fd, (struct sockaddr *)&a, sizeof a) < 0)
		return refused(path, errno, e);
	return fd_take(&fd);
}

/* --- the thread --- */

static const struct timespec fifty_us = { .tv_nsec = 50000 };

enum { PENDING = -1, GIVEN_UP = -2 };

struct seccomp_listener {
	atomic_int fd; /* PENDING until the filter is on */
	atomic_bool done;
	int agent;
	char *state;
	struct err err; /* code 0 and no text: it was told */
};

/* The descriptor goes with the first part alone: config-linux.md, "The Container Process State". */
static int tell(int agent, int fd, const char *state, struct err *e)
{
	char space[CMSG_SPACE(sizeof(int))] = { 0 };
	size_t left = strlen(state);
	struct iovec part = { .iov_base = (void *)state, .iov_len = left };
	struct msghdr m = { .msg_iov = &part,
			    .msg_iovlen = 1,
			    .msg_control = space,
			    .msg_controllen = sizeof space };
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);

	*c = (struct cmsghdr){ CMSG_LEN(sizeof fd), SOL_SOCKET, SCM_RIGHTS };
	memcpy(CMSG_DATA(c), &fd, sizeof fd);
	while (left > 0) {
		ssize_t n = sendmsg(agent, &m, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_set(e, errno, "send the listener to the seccomp agent");
		left -= (size_t)n;
		part = (struct iovec){ (char *)part.iov_base + n, left };
		m.msg_control = NULL;
		m.msg_controllen = 0;
	}
	return 0;
}

static void *stand_by(void *arg)
{
	const struct sched_param none = { 0 };
	struct seccomp_listener *l = arg;
	int fd;

	/* The process spins when its filter is on: under SCHED_FIFO we would never get its CPU as
	 * its equal, but the kernel keeps a part for those that are not real-time. */
	(void)sched_setscheduler(0, SCHED_OTHER, &none);
	while ((fd = atomic_load(&l->fd)) == PENDING)
		(void)nanosleep(&fifty_us, NULL); /* cut short is fine */
	if (fd >= 0) {
		(void)tell(l->agent, fd, l->state, &l->err); /* it is in the error */
		(void)close(fd);
	}
	(void)close(l->agent);
	atomic_store(&l->done, true);
	return NULL;
}

static int start_thread(struct seccomp_listener *l)
{
	pthread_attr_t attr;
	pthread_t thread;
	int code = pthread_attr_init(&attr);

	if (code != 0)
		return code;
	pthread_attr_setstacksize(&attr, 256 << 10); /* the default may be all of a small memory */
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	code = pthread_create(&thread, &attr, stand_by, l);
	pthread_attr_destroy(&attr);
	return code;
}

int seccomp_listener_start(int agent, const char *state, struct seccomp_listener **out,
			   struct err *e)
{
	if (agent < 0 || !state)
		return err_set(e, 0, "the system call filter notifies, but there is no agent");

	struct seccomp_listener *l = mem_alloc(sizeof *l);
	atomic_init(&l->fd, PENDING);
	atomic_init(&l->done, false);
	l->agent = agent;
	l->state = str_dup(state);
	int code = start_thread(l);
	if (code == 0) {
		*out = l;
		return 0;
	}
	free(l->state);
	free(l);
	return err_set(e, code, "start the thread that tells the seccomp agent");
}

/* No system call from here on but the program's first: the filter may forbid or delay any, also
 * those of free(3). What is left behind ends with exec. */
static int await_told(struct seccomp_listener *l, struct err *e)
{
	while (!atomic_load(&l->done))
		continue;
	if (!l->err.text[0])
		return 0;
	*e = l->err;
	return -1;
}

static void give_up(struct seccomp_listener *l)
{
	atomic_store(&l->fd, GIVEN_UP);
	while (!atomic_load(&l->done))
		(void)nanosleep(&fifty_us, NULL);
	free(l->state);
	free(l);
}

int seccomp_apply_listener(const struct seccomp_program *p, struct seccomp_listener *l,
			   struct err *e)
{
	struct sock_fprog prog = { .len = (unsigned short)p->n, .filter = p->bpf };

	/* A thread of the process, and not a child: it is never a zombie that the container's first
	 * process would have to wait for. The filter is this thread's alone, so not
	 * seccomp_load(3), which asks for TSYNC. */
	long fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, p->flags, &prog);

	if (fd < 0) {
		int code = errno;

		give_up(l);
		return seccomp_refused(code, e);
	}
	atomic_store(&l->fd, (int)fd);
	return await_told(l, e);
}
