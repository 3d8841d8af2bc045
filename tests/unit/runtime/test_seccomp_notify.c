/* SPDX-License-Identifier: Apache-2.0 */
/* SCMP_ACT_NOTIFY with a little agent: the filter stops the very calls that would tell it. */
#include "runtime/fd_socket.h"
#include "tests/unit/runtime/seccomp_test.h"

#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>

TestSuite(seccomp_notify, .init = seccomp_setup, .fini = seccomp_teardown, .timeout = 60);

#define NAMES(...)                                                                                 \
	{                                                                                          \
		(char *[]){ __VA_ARGS__ }, sizeof((char *[]){ __VA_ARGS__ }) / sizeof(char *)      \
	}

enum { ANSWER = 4242 };

static struct seccomp_program build(int default_action)
{
	struct profile_rule rules[] = {
		{ .names = NAMES("sendmsg", "write", "close", "futex", "munmap", "madvise",
				 "getppid", "nanosleep", "clock_nanosleep"),
		  .action = PROFILE_NOTIFY },
	};
	const struct seccomp_profile p = { .default_action = default_action,
					   .rules = rules,
					   .n_rules = default_action == PROFILE_NOTIFY ? 0 : 1 };
	struct seccomp_program out = { 0 };

	cr_assert_eq(seccomp_prepare_profile(&p, cache, &out, &e), 0, "%s: %s", e.text,
		     strerror(e.code));
	return out;
}

static char *agent_path(void)
{
	return str_printf("%s/agent.sock", dir);
}

static int listen_at(const char *path, int type)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

	snprintf(a.sun_path, sizeof a.sun_path, "%s", path);
	cr_assert_eq(bind(fd, (struct sockaddr *)&a, sizeof a), 0);
	cr_assert_eq(listen(fd, 8), 0);
	return fd;
}

/* The process to be confined. 0: getppid had the agent's answer. */
static _Noreturn void confined(const struct seccomp_program *p, int agent, const char *state)
{
	struct seccomp_listener *l = NULL;
	int code = 1;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	    seccomp_listener_start(agent, state, &l, &e) == 0)
		code = seccomp_apply_listener(p, l, &e) < 0 ? 2 : 3;
	if (code == 3)
		code = syscall(SYS_getppid) == ANSWER ? 0 : 4;
	if (code == 2 && strcmp(e.text, "send the listener to the seccomp agent") != 0)
		code = 5;
	syscall(SYS_exit_group, code);
	__builtin_trap();
}

/* What came over the connection until its end, and the listener. */
static int receive(int connection, char *text, size_t size)
{
	char space[CMSG_SPACE(4 * sizeof(int))];
	int listener = -1;
	size_t used = 0;

	for (ssize_t n = 1; n > 0 && used + 1 < size; used += n > 0 ? (size_t)n : 0) {
		struct iovec part = { text + used, size - 1 - used };
		struct msghdr m = { .msg_iov = &part,
				    .msg_iovlen = 1,
				    .msg_control = space,
				    .msg_controllen = sizeof space };

		n = recvmsg(connection, &m, MSG_CMSG_CLOEXEC);
		cr_assert_geq(n, 0);
		struct cmsghdr *c = CMSG_FIRSTHDR(&m);
		if (!c)
			continue;
		cr_expect_eq(used, 0, "the descriptor comes with the first part");
		cr_assert_eq(c->cmsg_len, CMSG_LEN(sizeof(int)), "one descriptor");
		memcpy(&listener, CMSG_DATA(c), sizeof listener);
	}
	text[used] = '\0';
	return listener;
}

/* Let all calls go on but getppid, until the process has ended. */
static void answer(int listener)
{
	struct pollfd wait = { .fd = listener, .events = POLLIN };

	while (poll(&wait, 1, 10000) == 1 && (wait.revents & POLLIN)) {
		struct seccomp_notif ask = { 0 };
		struct seccomp_notif_resp say = { 0 };

		if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &ask) < 0)
			continue;
		say.id = ask.id;
		if (ask.data.nr == SYS_getppid)
			say.val = ANSWER;
		else
			say.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
		(void)ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &say); /* it may have died */
	}
}

static int run(const struct seccomp_program *p, const char *state, void (*before)(void))
{
	scoped_str char *path = agent_path();
	scoped_fd int door = listen_at(path, SOCK_STREAM), agent = fd_socket_connect(path, &e);
	char *text = mem_alloc(1 << 20);
	int status;

	cr_assert_geq(agent, 0, "%s", e.text);
	pid_t pid = fork();
	if (pid == 0) {
		if (before)
			before();
		confined(p, agent, state);
	}
	fd_drop(&agent);
	scoped_fd int connection = accept4(door, NULL, NULL, SOCK_CLOEXEC);
	scoped_fd int listener = receive(connection, text, 1 << 20);
	cr_expect_str_eq(text, state);
	cr_assert_geq(listener, 0);
	answer(listener);
	waitpid(pid, &status, 0);
	unlink(path);
	free(text);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

static const char state[] = "{ \"ociVersion\": \"1.3.0\", \"fds\": [ \"seccompFd\" ] }";

Test(seccomp_notify, agent_gets_the_listener_and_answers)
{
	struct seccomp_program p = build(PROFILE_ALLOW);

	cr_expect_eq(run(&p, state, NULL), 0);
	seccomp_drop(&p);
}

Test(seccomp_notify, every_call_may_wait_for_the_agent)
{
	struct seccomp_program p = build(PROFILE_NOTIFY);

	cr_expect_eq(run(&p, state, NULL), 0);
	seccomp_drop(&p);
}

Test(seccomp_notify, a_state_larger_than_the_socket_takes)
{
	struct seccomp_program p = build(PROFILE_ALLOW);
	char *large = mem_alloc(900001);

	memset(large, 'x', 900000);
	cr_expect_eq(run(&p, large, NULL), 0);
	free(large);
	seccomp_drop(&p);
}

/* The process spins, and must not keep the thread from the only CPU. */
static void one_cpu(void)
{
	const cpu_set_t first = { { 1 } };
	const struct sched_param param = { .sched_priority = 1 };

	(void)sched_setaffinity(0, sizeof first, &first);
	(void)sched_setscheduler(0, SCHED_FIFO, &param); /* where the group has it */
}

Test(seccomp_notify, on_one_cpu)
{
	struct seccomp_program p = build(PROFILE_ALLOW);

	cr_expect_eq(run(&p, state, one_cpu), 0);
	seccomp_drop(&p);
}

/* As inside of another container. */
static void without_userfaultfd(void)
{
	struct profile_rule rules[] = {
		{ .names = NAMES("userfaultfd"), .action = PROFILE_ERRNO, .errno_ret = EPERM }
	};
	const struct seccomp_profile outer = { .default_action = PROFILE_ALLOW,
					       .rules = rules,
					       .n_rules = 1 };
	struct seccomp_program p = { 0 };

	if (seccomp_prepare_profile(&outer, cache, &p, &e) < 0 || seccomp_apply(&p, &e) < 0)
		_exit(9);
	seccomp_drop(&p);
}

Test(seccomp_notify, without_the_kernel_s_help_to_wait)
{
	struct seccomp_program p = build(PROFILE_ALLOW), q = build(PROFILE_NOTIFY);

	cr_expect_eq(run(&p, state, without_userfaultfd), 0);
	cr_expect_eq(run(&q, state, without_userfaultfd), 0);
	seccomp_drop(&p);
	seccomp_drop(&q);
}

Test(seccomp_notify, an_agent_that_has_gone_is_an_error)
{
	scoped_str char *path = agent_path();
	struct seccomp_program p = build(PROFILE_ALLOW);
	int door = listen_at(path, SOCK_STREAM), status;
	scoped_fd int agent = fd_socket_connect(path, &e);

	cr_assert_geq(agent, 0, "%s", e.text);
	close(door);
	pid_t pid = fork();
	if (pid == 0)
		confined(&p, agent, state);
	waitpid(pid, &status, 0);
	cr_expect_eq(status, 2 << 8, "0x%x", status);
	seccomp_drop(&p);
}

/* Without no_new_privs and privileges the kernel refuses, and the thread goes. */
static int refused(const struct seccomp_program *p, int agent)
{
	struct seccomp_listener *l = NULL;

	if (caps_set(&(struct caps_sets){ 0 }, &e) < 0 ||
	    seccomp_listener_start(agent, state, &l, &e) < 0)
		return 1;
	if (seccomp_apply_listener(p, l, &e) == 0)
		return 2;
	return strcmp(e.text,
		      "load the system call filter: without SYS_ADMIN it takes no_new_privs") != 0;
}

Test(seccomp_notify, a_refused_filter_ends_the_connection)
{
	struct seccomp_program p = build(PROFILE_ALLOW);
	int pair[2], status;
	char byte;

	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	pid_t pid = fork();
	if (pid == 0)
		_exit(refused(&p, pair[1]));
	close(pair[1]);
	cr_expect_eq(read(pair[0], &byte, 1), 0);
	close(pair[0]);
	waitpid(pid, &status, 0);
	cr_expect_eq(status, 0, "0x%x", status);
	seccomp_drop(&p);
}

Test(seccomp_notify, errors_of_the_connection)
{
	scoped_str char *path = agent_path(), *packets = str_printf("%s/packets", dir);
	scoped_str char *missing = str_printf("%s/missing", dir);
	scoped_fd int seq = listen_at(packets, SOCK_SEQPACKET);
	int dead = listen_at(path, SOCK_STREAM);
	const struct {
		const char *path, *why;
	} rows[] = {
		{ missing, "there is no such socket" },
		{ path, "nobody listens there" },
		{ packets, "it is not of type SOCK_STREAM" },
	};
	struct seccomp_listener *l;

	close(dead);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		scoped_str char *want = str_printf("connect to %s: %s", rows[i].path, rows[i].why);

		cr_expect_eq(fd_socket_connect(rows[i].path, &e), -1);
		cr_expect_str_eq(e.text, want);
		cr_expect(e.whole);
	}
	cr_expect_eq(seccomp_listener_start(-1, NULL, &l, &e), -1);
	cr_expect_str_eq(e.text, "the system call filter notifies, but there is no agent");
}

Test(seccomp_notify, a_path_longer_than_an_address)
{
	scoped_str char *deep = str_printf("%s/%0100d/%0100d", dir, 1, 2);
	scoped_str char *path = str_printf("%s/s", deep), *link = str_printf("%s/l", dir);
	scoped_str char *short_ = str_printf("%s/l/s", dir);

	make_dirs(deep);
	cr_assert_eq(symlink(deep, link), 0);
	scoped_fd int door = listen_at(short_, SOCK_STREAM);
	scoped_fd int agent = fd_socket_connect(path, &e);

	cr_expect_geq(agent, 0, "%s", e.text);
}
