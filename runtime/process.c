/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/process.h"
#include "runtime/base/fs.h"
#include "runtime/base/scope.h"
#include "runtime/users.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <linux/keyctl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

int process_exit_code(const struct err *e)
{
	if (e->code == ENOENT || e->code == ENOTDIR)
		return 127;
	return e->code == EACCES || e->code == ENOEXEC ? 126 : 1;
}

static int compare_fds(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

static int close_from_to(unsigned first, unsigned last, struct err *e)
{
	if (first > last || close_range(first, last, 0) == 0)
		return 0;
	return err_set(e, errno, "close descriptors %u..%u", first, last);
}

int process_close_all_but(const int *keep, size_t n, struct err *e)
{
	int sorted[8];
	unsigned next = STDERR_FILENO + 1;

	if (n > sizeof sorted / sizeof *sorted)
		return err_set(e, E2BIG, "keep %zu descriptors", n);
	if (n > 0) {
		memcpy(sorted, keep, n * sizeof *sorted);
		qsort(sorted, n, sizeof *sorted, compare_fds);
	}
	for (size_t i = 0; i < n; i++) {
		if (sorted[i] < (int)next)
			continue;
		if ((unsigned)sorted[i] > next &&
		    close_from_to(next, (unsigned)sorted[i] - 1, e) < 0)
			return -1;
		next = (unsigned)sorted[i] + 1;
	}
	return close_from_to(next, UINT_MAX, e);
}

int process_leave_keyring(struct err *e)
{
	if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) >= 0)
		return 0;
	/* No keyrings in this kernel, or for whoever started us: then not for the VNF either. */
	if (errno == ENOSYS || errno == EPERM)
		return 0;
	return err_set(e, errno, "leave the caller's session keyring");
}

/* The caller's nohup or shell must not decide what the function ignores: exec keeps SIG_IGN. */
static void default_signals(void)
{
	sigset_t none;

	for (int sig = 1; sig < NSIG; sig++)
		(void)signal(sig, SIG_DFL); /* EINVAL for those that have no other disposition */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static int set_rlimits(const struct spec_process *p, struct err *e)
{
	for (size_t i = 0; i < p->n_rlimits; i++) {
		const struct spec_rlimit *want = &p->rlimits[i];
		struct rlimit l = { want->soft, want->hard }, now = { 0 };

		if (setrlimit((__rlimit_resource_t)want->resource, &l) == 0)
			continue;
		int code = errno;
		(void)getrlimit((__rlimit_resource_t)want->resource, &now);
		return err_set(e, code, "set limit %d to %llu, hard limit in force %llu",
			       want->resource, (unsigned long long)want->hard,
			       (unsigned long long)now.rlim_max);
	}
	return 0;
}

/* Whom the process runs as. */
struct identity {
	struct user user;
	gid_t *groups;
	size_t n_groups;
};

static void identity_drop(struct identity *id)
{
	user_drop(&id->user);
	free(id->groups);
}

static int identity_find(const struct spec_process *p, struct identity *id, struct err *e)
{
	scoped_fd int root = fs_open_at(AT_FDCWD, "/", O_PATH | O_DIRECTORY, 0, e);

	if (root < 0 || users_find(root, p->user, &id->user, e) < 0)
		return -1;
	id->n_groups = p->groups.n;
	return users_find_groups(root, &p->groups, &id->groups, e);
}

static int set_user(const struct spec_process *p, const struct identity *id, struct err *e)
{
	if (setgroups(id->n_groups, id->groups) < 0)
		return err_set(e, errno, "set supplementary groups");
	if (setresgid(id->user.gid, id->user.gid, id->user.gid) < 0)
		return err_set(e, errno, "become group %u", id->user.gid);
	if (setresuid(id->user.uid, id->user.uid, id->user.uid) < 0)
		return err_set(e, errno, "become user %u", id->user.uid);
	return caps_set(&p->caps, e);
}

/* Without no_new_privs, loading a filter takes a capability that is about to go. */
static int confine(const struct spec_process *p, const struct seccomp_program *filter,
		   const struct identity *id, struct err *e)
{
	if (!p->no_new_privs && seccomp_apply(filter, e) < 0)
		return -1;
	if (caps_drop_bounding(p->caps.bounding, e) < 0 || set_user(p, id, e) < 0)
		return -1;
	if (p->no_new_privs && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return err_set(e, errno, "set no_new_privs");
	return 0;
}

static bool has_env(const struct strs *env, const char *prefix)
{
	for (size_t i = 0; i < env->n; i++)
		if (strncmp(env->v[i], prefix, strlen(prefix)) == 0)
			return true;
	return false;
}

static const char *path_of(const struct strs *env)
{
	for (size_t i = 0; i < env->n; i++)
		if (strncmp(env->v[i], "PATH=", 5) == 0)
			return env->v[i] + 5;
	return "";
}

/* execvpe(3) would search the PATH of this process; the program's own is in ENV. The first error
 * that is not "not there" is the one to tell. */
static int search_and_exec(const struct strs *args, const struct strs *env, struct err *e)
{
	const char *name = args->v[0];
	scoped_str char *list = str_dup(path_of(env));
	int code = ENOENT;
	char *rest = NULL;

	if (strchr(name, '/')) {
		execve(name, args->v, env->v);
		return err_set(e, errno, "exec %s", name);
	}
	for (char *dir = strtok_r(list, ":", &rest); dir; dir = strtok_r(NULL, ":", &rest)) {
		scoped_str char *file = str_printf("%s/%s", dir, name);

		execve(file, args->v, env->v);
		if (errno != ENOENT && errno != ENOTDIR && code == ENOENT)
			code = errno;
	}
	if (code == ENOENT)
		return err_tell(e, code, "exec %s: not found in PATH", name);
	return err_set(e, code, "exec %s", name);
}

static int become(const struct spec_process *p, const struct seccomp_program *filter,
		  const struct identity *id, struct err *e)
{
	scoped_strs struct strs env = { 0 };

	if (set_rlimits(p, e) < 0 || confine(p, filter, id, e) < 0)
		return -1;
	umask(p->umask);
	if (chdir(p->cwd ? p->cwd : "/") < 0)
		return err_set(e, 0, "go to directory %s: %s", p->cwd, strerror(errno));
	strs_copy(&env, &p->env);
	if (!has_env(&env, "HOME="))
		strs_addf(&env, "HOME=%s", id->user.home);
	if (p->no_new_privs && seccomp_apply(filter, e) < 0)
		return -1;
	return search_and_exec(&p->args, &env, e);
}

int process_become(const struct spec_process *p, const struct seccomp_program *filter,
		   struct err *e)
{
	struct identity id = { 0 };

	default_signals();
	int r = identity_find(p, &id, e);
	if (r == 0)
		r = become(p, filter, &id, e);
	identity_drop(&id);
	return r;
}
