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
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <time.h>

static const struct timespec fifty_us = { .tv_nsec = 50000 };

enum { PENDING = -1, GIVEN_UP = -2 };

/* How process and thread wait for each other: the process touches PAGE, which is not there, and the
 * kernel lets it sleep until the thread, told by GATE, puts one there: userfaultfd(2). Nothing of
 * this is a system call of the process. Where there is no userfaultfd, GATE is -1 and both look at
 * FD and DONE again and again. */
struct seccomp_listener {
	atomic_int fd; /* PENDING until the filter is on */
	atomic_bool done;
	int gate;
	char *page;
	size_t page_size;
	int agent;
	char *state;
	struct err err; /* no text: it was told */
};

/* --- the gate --- */

static bool gate_register(struct seccomp_listener *l)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register range = {
		.range = { (uintptr_t)l->page, l->page_size },
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};

	return ioctl(l->gate, UFFDIO_API, &api) == 0 &&
	       ioctl(l->gate, UFFDIO_REGISTER, &range) == 0;
}

/* In user mode alone it takes no privilege: Linux 5.11. */
static void gate_open(struct seccomp_listener *l)
{
	l->page_size = (size_t)sysconf(_SC_PAGESIZE);
	l->page = mmap(NULL, l->page_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		       0);
	l->gate = (int)syscall(SYS_userfaultfd, O_CLOEXEC | UFFD_USER_MODE_ONLY);
	if (l->page == MAP_FAILED || (l->gate >= 0 && !gate_register(l)))
		fd_drop(&l->gate);
}

/* In the process. No system call: the filter may forbid or delay any. */
static void gate_wait(struct seccomp_listener *l)
{
	if (l->gate >= 0)
		(void)*(volatile char *)l->page;
	while (!atomic_load(&l->done))
		continue;
}

/* In the thread: until the process waits. */
static int gate_await(struct seccomp_listener *l)
{
	const struct sched_param none = { 0 };
	struct uffd_msg fault;

	if (l->gate >= 0) {
		while (read(l->gate, &fault, sizeof fault) < 0 && errno == EINTR)
			continue;
		return atomic_load(&l->fd);
	}
	/* Under SCHED_FIFO we would never get the CPU of our equal that spins, but the kernel keeps
	 * some for those that are not real-time. */
	(void)sched_setscheduler(0, SCHED_OTHER, &none);
	while (atomic_load(&l->fd) == PENDING)
		(void)nanosleep(&fifty_us, NULL); /* cut short is fine */
	return atomic_load(&l->fd);
}

static void gate_release(struct seccomp_listener *l)
{
	struct uffdio_zeropage there = { .range = { (uintptr_t)l->page, l->page_size } };
	int gate = l->gate;

	atomic_store(&l->done, true); /* from here on the process may end L, or itself */
	if (gate >= 0)
		(void)ioctl(gate, UFFDIO_ZEROPAGE, &there); /* fails when it looked at DONE alone */
}

/* --- the thread --- */

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
	struct seccomp_listener *l = arg;
	int fd = gate_await(l);

	if (fd >= 0) {
		(void)tell(l->agent, fd, l->state, &l->err); /* it is in the error */
		(void)close(fd);
	}
	(void)close(l->agent);
	gate_release(l);
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

static void listener_free(struct seccomp_listener *l)
{
	fd_drop(&l->gate);
	if (l->page != MAP_FAILED)
		(void)munmap(l->page, l->page_size);
	free(l->state);
	free(l);
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
	gate_open(l);
	int code = start_thread(l);
	if (code == 0) {
		*out = l;
		return 0;
	}
	listener_free(l);
	return err_set(e, code, "start the thread that tells the seccomp agent");
}

int seccomp_apply_listener(const struct seccomp_program *p, struct seccomp_listener *l,
			   struct err *e)
{
	struct sock_fprog prog = { .len = (unsigned short)p->n, .filter = p->bpf };

	/* A thread of the process, and not a child: it is never a zombie that the container's first
	 * process would have to wait for. The filter is this thread's alone, so not
	 * seccomp_load(3), which asks for TSYNC. */
	long fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, p->flags, &prog);

	int code = errno;

	atomic_store(&l->fd, fd < 0 ? GIVEN_UP : (int)fd);
	gate_wait(l);
	if (fd < 0) {
		listener_free(l);
		return seccomp_refused(code, e);
	}
	/* L is left behind, as free(3) may make system calls; it ends with exec. */
	if (!l->err.text[0])
		return 0;
	*e = l->err;
	return -1;
}
