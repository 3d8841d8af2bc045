/* SPDX-License-Identifier: Apache-2.0 */
/* Runs inside a container and says what no busybox applet says. Static; built by ./run. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/personality.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <termios.h>
#include <unistd.h>

struct sched_params {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
};

static int do_umask(char **args)
{
	(void)args;
	printf("%04o\n", umask(0));
	return 0;
}

static int do_ioprio(char **args)
{
	long v = syscall(SYS_ioprio_get, 1, 0);

	(void)args;
	printf("%ld %ld\n", v >> 13, v & 7);
	return 0;
}

static int do_sched(char **args)
{
	struct sched_params p = { .size = sizeof p };

	(void)args;
	if (syscall(SYS_sched_getattr, 0, &p, sizeof p, 0) != 0)
		return 1;
	printf("policy %u nice %d priority %u flags %llu runtime %llu deadline %llu period %llu\n",
	       p.policy, p.nice, p.priority, (unsigned long long)p.flags,
	       (unsigned long long)p.runtime, (unsigned long long)p.deadline,
	       (unsigned long long)p.period);
	return 0;
}

static int do_mempolicy(char **args)
{
	int mode = -1;
	unsigned long nodes[16] = { 0 };

	(void)args;
	if (syscall(SYS_get_mempolicy, &mode, nodes, sizeof nodes * 8, NULL, 0) != 0)
		return 1;
	printf("mode %d nodes %lx\n", mode, nodes[0]);
	return 0;
}

static int do_personality(char **args)
{
	(void)args;
	printf("%x\n", (unsigned)personality(0xffffffff));
	return 0;
}

/* Descriptors open in this process, but for the one that looks. */
static int do_fds(char **args)
{
	DIR *d = opendir("/proc/self/fd");
	struct dirent *e;

	(void)args;
	if (!d)
		return 1;
	while ((e = readdir(d)))
		if (e->d_name[0] != '.' && atoi(e->d_name) != dirfd(d))
			printf("%s ", e->d_name);
	puts("");
	closedir(d);
	return 0;
}

/* call NR [ARG...]: the system call, "ok" or the errno. */
static int do_call(char **args)
{
	long a[7] = { 0 };

	for (int i = 0; i < 7 && args[i]; i++)
		a[i] = (long)strtoull(args[i], NULL, 0);
	if (syscall(a[0], a[1], a[2], a[3], a[4], a[5], a[6]) == -1)
		printf("errno %d\n", errno);
	else
		puts("ok");
	return 0;
}

static int do_winsize(char **args)
{
	struct winsize w = { 0 };

	(void)args;
	if (ioctl(0, TIOCGWINSZ, &w) != 0)
		return 1;
	printf("%d %d\n", w.ws_row, w.ws_col);
	return 0;
}

/* hog MEGABYTES: touch as much memory and stay. */
static int do_hog(char **args)
{
	size_t n = (size_t)atoi(args[0]) << 20;
	char *m = malloc(n);

	if (!m)
		return 1;
	memset(m, 1, n);
	puts("touched");
	fflush(stdout);
	pause();
	return (int)m[n / 2];
}

/* open PATH FLAGS(r|w): "ok" or the errno. */
static int do_open(char **args)
{
	int fd = open(args[0], (args[1][0] == 'w' ? O_WRONLY : O_RDONLY) | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		printf("errno %d\n", errno);
	else
		puts("ok");
	return 0;
}

/* A session leader that has lost its terminal would not see a tty. */
static int do_ctty(char **args)
{
	int fd = open("/dev/tty", O_RDWR | O_CLOEXEC);

	(void)args;
	puts(fd >= 0 && getsid(0) == tcgetsid(fd) ? "ok" : "none");
	return 0;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(char **args);
	} verbs[] = {
		{ "umask", do_umask }, { "ioprio", do_ioprio },
		{ "sched", do_sched }, { "mempolicy", do_mempolicy },
		{ "fds", do_fds },     { "personality", do_personality },
		{ "call", do_call },   { "winsize", do_winsize },
		{ "hog", do_hog },     { "open", do_open },
		{ "ctty", do_ctty },
	};

	for (size_t i = 0; argc > 1 && i < sizeof verbs / sizeof *verbs; i++)
		if (strcmp(argv[1], verbs[i].name) == 0)
			return verbs[i].run(argv + 2);
	return 2;
}
