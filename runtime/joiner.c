/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/joiner.h"
#include "runtime/base/fs.h"
#include "runtime/base/scope.h"
#include "runtime/base/sys.h"
#include "runtime/stage.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <signal.h>
#include <stdnoreturn.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>

enum { JOINS_MAX = 8 };

static bool has_offsets(const struct spec *s)
{
	return s->monotonic.given || s->boottime.given;
}

bool joiner_needed(const struct spec *s)
{
	return s->n_joins > 0 || has_offsets(s);
}

/* --- in the joiner --- */

struct joining {
	const struct spec *spec;
	int fds[JOINS_MAX]; /* -1: entered */
	int offsets;        /* of the clocks, to write to; -1: none are wanted */
};

/* ioctl_ns(2): what PATH is may have nothing to do with what the description says. */
static int open_namespace(const struct spec_join *j, struct err *e)
{
	scoped_fd int fd = fs_open_at(AT_FDCWD, j->path, O_RDONLY | O_NONBLOCK, 0, e);
	int type = fd < 0 ? 0 : ioctl(fd, NS_GET_NSTYPE);

	if (fd < 0)
		return -1;
	if (type != j->type)
		return err_set(e, 0,
			       "namespace %s is not one of the type that the configuration says",
			       j->path);
	return fd_take(&fd);
}

/* All by path before any is entered: afterwards paths may mean something else. */
static int open_namespaces(struct joining *j, struct err *e)
{
	for (size_t i = 0; i < j->spec->n_joins; i++) {
		j->fds[i] = open_namespace(&j->spec->joins[i], e);
		if (j->fds[i] < 0)
			return -1;
	}
	if (!has_offsets(j->spec))
		return 0;
	j->offsets = fs_open_at(AT_FDCWD, "/proc/self/timens_offsets", O_WRONLY, 0, e);
	return j->offsets < 0 ? err_wrap(e, "time offsets") : 0;
}

static int enter(struct joining *j, size_t i)
{
	if (setns(j->fds[i], j->spec->joins[i].type) < 0)
		return -1;
	fd_drop(&j->fds[i]);
	return 0;
}

/* Those of the host's need the host's privileges, those of the joined user namespace its own:
 * what is refused before it is entered is tried again behind it. */
static int enter_namespaces(struct joining *j, struct err *e)
{
	const struct spec *s = j->spec;

	for (size_t i = 0; i < s->n_joins; i++)
		if (s->joins[i].type != CLONE_NEWUSER)
			(void)enter(j, i);
	for (size_t i = 0; i < s->n_joins; i++)
		if (s->joins[i].type == CLONE_NEWUSER && enter(j, i) < 0)
			return err_set(e, errno, "join user namespace %s", s->joins[i].path);
	for (size_t i = 0; i < s->n_joins; i++)
		if (j->fds[i] >= 0 && enter(j, i) < 0)
			return err_set(e, errno, "join namespace %s", s->joins[i].path);
	return 0;
}

/* time_namespaces(7): only before the first process is in it. */
static int make_time_namespace(const struct joining *j, struct err *e)
{
	const struct spec *s = j->spec;
	scoped_str char *text = str_dup("");
	const struct {
		const char *name;
		const struct spec_time_offset *offset;
	} clocks[] = { { "monotonic", &s->monotonic }, { "boottime", &s->boottime } };

	if (!has_offsets(s))
		return 0;
	if (unshare(CLONE_NEWTIME) < 0)
		return err_set(e, errno, "make time namespace");
	for (size_t i = 0; i < ARRAY_LEN(clocks); i++) {
		if (!clocks[i].offset->given)
			continue;
		char *more = str_printf("%s%s %" PRId64 " %" PRIu32 "\n", text, clocks[i].name,
					clocks[i].offset->secs, clocks[i].offset->nanosecs);
		free(text);
		text = more;
	}
	if (write(j->offsets, text, strlen(text)) < 0)
		return err_set(e, errno, "time offsets: write '%s'", text);
	return 0;
}

/* 0: in init. */
static int clone_from_here(const struct spec *s, const struct clone_args *args, int sock,
			   struct err *e)
{
	int pidfd = -1;
	struct clone_args mine = *args;

	mine.flags |= CLONE_PARENT;
	mine.exit_signal = 0; /* clone3(2): it is the parent's, with CLONE_PARENT */
	mine.pidfd = (uintptr_t)&pidfd;
	if (has_offsets(s))
		mine.flags &= ~(uint64_t)CLONE_NEWTIME;

	pid_t pid = sys_clone3(&mine);
	if (pid == 0)
		return 0;
	if (pid < 0)
		return err_set(e, errno, "clone into namespaces");

	scoped_fd int owned = pidfd;
	struct err lost = { 0 };
	(void)stage_send(sock, STAGE_JOINED, NULL, &owned, 1, &lost); /* EOF will do */
	_exit(0);
}

/* Returns in init only. */
static void joiner_main(const struct spec *s, const struct clone_args *args, int sock)
{
	struct joining j = { .spec = s, .offsets = -1 };
	struct err e = { 0 }, lost = { 0 };

	/* From here on who is in those namespaces may see us: it is to find nothing
	 * (CVE-2016-9962). What is cloned from here inherits it. */
	if (prctl(PR_SET_DUMPABLE, 0) < 0)
		err_set(&e, errno, "hide from ptrace");
	else if (s->n_joins > JOINS_MAX)
		err_set(&e, 0, "more than %d namespaces to join", JOINS_MAX);
	else if (open_namespaces(&j, &e) == 0 && enter_namespaces(&j, &e) == 0 &&
		 make_time_namespace(&j, &e) == 0 && clone_from_here(s, args, sock, &e) == 0)
		return;
	(void)stage_send(sock, STAGE_FAILED, &e, NULL, 0, &lost);
	_exit(1);
}

/* --- in the parent --- */

static pid_t hear(struct container *c, int sock, pid_t joiner, struct err *e)
{
	size_t n = 1;
	int r = stage_await(sock, STAGE_JOINED, &c->init_pidfd, &n, -1, e);

	while (waitpid(joiner, NULL, 0) < 0 && errno == EINTR)
		continue;
	pid_t pid = r < 0 ? -1 : proc_pid_of(c->init_pidfd, e);
	return pid < 0 ? JOINER_FAILED : pid;
}

pid_t joiner_clone(struct container *c, const struct clone_args *args, struct err *e)
{
	scoped_fd int ours = -1, theirs = -1;

	if (stage_pair(&ours, &theirs, e) < 0)
		return JOINER_FAILED;

	pid_t joiner = fork();
	if (joiner < 0) {
		err_set(e, errno, "fork");
		return JOINER_FAILED;
	}
	if (joiner == 0) {
		fd_drop(&ours);
		joiner_main(c->spec, args, theirs);
		return 0;
	}
	fd_drop(&theirs);
	return hear(c, ours, joiner, e);
}
