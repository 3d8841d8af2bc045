/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/init.h"
#include "runtime/base/fs.h"
#include "runtime/base/scope.h"
#include "runtime/process.h"
#include "runtime/rootfs.h"
#include "runtime/stage.h"
#include "runtime/sysctl.h"
#include "runtime/title.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

/* The v1 parts; clone3 has put it into the v2 part. First, as the files that this writes to are
 * closed right after. */
int init_enter_cgroup(struct init *in, struct err *e)
{
	return cgroup_enter(in->c->cgroup, e);
}

/* Locks, directories, the network sockets of the parent. Held here, its lock would never be free.
 */
static int init_close_strays(struct init *in, struct err *e)
{
	const int keep[] = { in->sock, in->out, in->err };

	return process_close_all_but(keep, ARRAY_LEN(keep), e);
}

int init_cgroup_namespace(struct init *in, struct err *e)
{
	if (!(in->c->spec->namespaces & CLONE_NEWCGROUP))
		return 0;
	return unshare(CLONE_NEWCGROUP) < 0 ? err_set(e, errno, "make cgroup namespace") : 0;
}

int init_hostname(struct init *in, struct err *e)
{
	const struct spec *s = in->c->spec;
	const char *name = s->hostname, *domain = s->domainname;

	if (!spec_has_ns(s, CLONE_NEWUTS))
		return 0;
	if (name && sethostname(name, strlen(name)) < 0)
		return err_set(e, errno, "set hostname %s", name);
	if (domain && setdomainname(domain, strlen(domain)) < 0)
		return err_set(e, errno, "set domainname %s", domain);
	return 0;
}

/* Until the ids are mapped we are nobody. Not dumpable: nobody inside may look into this process,
 * whose executable and descriptors are the host's. ptrace(2), PR_SET_DUMPABLE. */
int init_become_root(bool new_keyring, struct err *e)
{
	if (setgroups(0, NULL) < 0 || setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0)
		return err_set(e, errno, "become root of the user namespace");
	if (prctl(PR_SET_DUMPABLE, 0) < 0)
		return err_set(e, errno, "hide from ptrace");
	umask(0022);
	return new_keyring ? process_leave_keyring(e) : 0;
}

static int init_enter_rootfs(struct init *in, struct err *e)
{
	struct rootfs_sources sources = { .n = ROOTFS_SOURCES_MAX };

	if (stage_await(in->sock, STAGE_MAPPED, sources.fds, &sources.n, -1, e) < 0)
		return -1;
	int r = init_become_root(true, e);
	if (r == 0)
		r = rootfs_enter(in->c->spec, &sources, e);
	rootfs_sources_drop(&sources);
	return r;
}

static int init_await_network(struct init *in, struct err *e)
{
	return stage_await(in->sock, STAGE_NETWORK, NULL, NULL, -1, e);
}

int init_sysctl(struct init *in, struct err *e)
{
	return sysctl_apply(in->c->spec, e);
}

static int init_seal(struct init *in, struct err *e)
{
	return rootfs_seal(in->c->spec, e);
}

static int init_stdio(struct init *in, struct err *e)
{
	if (in->out < 0)
		return 0;

	scoped_fd int null = fs_open_at(AT_FDCWD, "/dev/null", O_RDWR, 0, e);
	if (null < 0)
		return -1;
	if (dup2(null, STDIN_FILENO) < 0 || dup2(in->out, STDOUT_FILENO) < 0 ||
	    dup2(in->err, STDERR_FILENO) < 0)
		return err_set(e, errno, "set up stdin, stdout, stderr");
	fd_drop(&in->out);
	fd_drop(&in->err);
	return 0;
}

static const struct init_step steps[] = {
	{ "enter cgroup", init_enter_cgroup },
	{ "close strays", init_close_strays },
	{ "", init_cgroup_namespace },
	{ "", init_hostname },
	{ "rootfs", init_enter_rootfs },
	{ "", init_await_network },
	{ "sysctl", init_sysctl },
	{ "rootfs", init_seal },
	{ "", init_stdio },
	{ "setup", init_run_setup },
	{ "process", init_start_process },
};

void init_walk(struct init *in, const struct init_step *walk, size_t n)
{
	struct err e = { 0 }, lost = { 0 };

	for (size_t i = 0; i < n; i++) {
		if (walk[i].run(in, &e) == 0)
			continue;
		if (walk[i].name[0])
			err_wrap(&e, "%s", walk[i].name);
		(void)stage_send(in->sock, STAGE_FAILED, &e, NULL, 0,
				 &lost); /* nobody else to tell */
		_exit(1);
	}
}

noreturn void init_main(struct init *in)
{
	struct err lost = { 0 };

	title_set("nfrun-init");
	init_walk(in, steps, ARRAY_LEN(steps));
	if (stage_send(in->sock, STAGE_READY, NULL, NULL, 0, &lost) < 0)
		_exit(1);
	fd_drop(&in->sock);
	pid1_main(in);
}
