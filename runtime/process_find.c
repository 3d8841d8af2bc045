/* SPDX-License-Identifier: Apache-2.0 */
/* The working directory, and the program that a process becomes. */
#include "runtime/base/fs.h"
#include "runtime/process_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <sys/syscall.h>

const char *process_cause(int code, char *out, size_t size)
{
	snprintf(out, size, "%s", strerror(code));
	if (out[0] >= 'A' && out[0] <= 'Z')
		out[0] = (char)(out[0] - 'A' + 'a');
	return out;
}

/* --- the working directory --- */

static int no_cwd(const char *cwd, bool oci, int code, struct err *e)
{
	char cause[64];

	if (!oci)
		return err_set(e, 0, "go to directory %s: %s", cwd, strerror(code));
	return err_tell(e, code, "chdir to cwd (\"%s\") set in config.json failed: %s", cwd,
			process_cause(code, cause, sizeof cause));
}

int process_make_cwd(const struct spec_process *p, struct err *e)
{
	if (!p->cwd)
		return 0;
	/* As umask 0022 would have it, whatever the caller's is. */
	mode_t before = umask(0022);
	int r = fs_mkdirs_at(AT_FDCWD, p->cwd, 0755, e);

	umask(before);
	/* A read-only root that has it is fine, and what it is chdir(2) will see. */
	if (r < 0 && access(p->cwd, F_OK) == 0)
		return 0;
	return r < 0 ? err_wrap(e, "make the working directory") : 0;
}

/* Twice: a directory on a network file system or of mode 0700 may be open to the user alone. */
int process_enter_cwd(const struct process_launch *l, bool *refused, struct err *e)
{
	const char *cwd = l->process->cwd ? l->process->cwd : "/";

	*refused = false;
	if (chdir(cwd) == 0)
		return 0;
	*refused = errno == EACCES || errno == EPERM;
	return no_cwd(cwd, l->container, errno, e);
}

int process_check_cwd(struct err *e)
{
	char path[PATH_MAX];

	/* The system call itself: glibc's function hides "(unreachable)". getcwd(2) */
	long n = syscall(SYS_getcwd, path, sizeof path);
	if (n > 0 && path[0] == '/')
		return 0;
	if (n < 0 && errno != ENOENT)
		return err_set(e, errno, "look where the working directory is");
	return err_tell(e, 0, "the working directory lies outside the container's root");
}

/* --- looking as another user --- */

struct rights { /* of the caller, while it has others */
	gid_t *groups;
	int n;
	uid_t uid;
	gid_t gid;
};

/* Of file access alone, and with the id goes CAP_DAC_OVERRIDE from the effective set and comes
 * back: capabilities(7). */
static int rights_borrow(const struct identity *id, struct rights *mine, struct err *e)
{
	mine->n = getgroups(0, NULL);
	mine->groups = mem_alloc((size_t)(mine->n > 0 ? mine->n : 1) * sizeof *mine->groups);
	if (mine->n < 0 || getgroups(mine->n, mine->groups) < 0)
		return err_set(e, errno, "read supplementary groups");
	if (setgroups(id->n_groups, id->groups) < 0 && id->n_groups > 0)
		return err_set(e, errno, "set supplementary groups");
	mine->gid = (gid_t)setfsgid(id->user.gid);
	mine->uid = (uid_t)setfsuid(id->user.uid);
	return 0;
}

static void rights_return(struct rights *mine)
{
	(void)setfsuid(mine->uid); /* they have no failure to tell, and it was so before */
	(void)setfsgid(mine->gid);
	if (mine->groups)
		(void)setgroups((size_t)mine->n, mine->groups);
	free(mine->groups);
}

/* --- the program --- */

static const char *path_of(const struct strs *env)
{
	const char *path = "";

	for (size_t i = 0; i < env->n; i++)
		if (strncmp(env->v[i], "PATH=", 5) == 0)
			path = env->v[i] + 5; /* the last counts: process_env */
	return path;
}

/* 0, or why FILE cannot be executed. *THERE: it exists. CWD: where relative paths start. */
static int judge(const char *cwd, const char *file, bool *there)
{
	scoped_str char *path = *file == '/' ? str_dup(file) : str_printf("%s/%s", cwd, file);
	struct stat st;

	*there = false;
	if (stat(path, &st) < 0)
		return errno;
	*there = true;
	if (S_ISDIR(st.st_mode))
		return EISDIR;
	return faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) < 0 ? errno : 0;
}

static int find_by_path(const char *cwd, const char *name, char **path, struct err *e)
{
	char cause[64];
	bool there;
	int code = judge(cwd, name, &there);

	if (code == 0) {
		*path = str_dup(name);
		return 0;
	}
	process_cause(code, cause, sizeof cause);
	if (code == EISDIR) /* callers know 126 by execve's word for it */
		return err_tell(e, EACCES, "exec: \"%s\": is a directory: permission denied", name);
	if (there)
		return err_tell(e, code, "exec: \"%s\": %s", name, cause);
	return err_tell(e, code, "exec: \"%s\": stat %s: %s", name, name, cause);
}

static int find_in_path(const struct spec_process *p, const char *cwd, char **path, struct err *e)
{
	scoped_str char *list = str_dup(path_of(&p->env));
	char *rest = list;
	bool there;

	while (rest) {
		const char *dir = strsep(&rest, ":");
		scoped_str char *file = str_printf("%s/%s", *dir ? dir : ".", p->args.v[0]);

		if (!*list && !rest) /* no PATH at all: nowhere */
			break;
		if (judge(cwd, file, &there) != 0)
			continue;
		*path = str_take(&file);
		return 0;
	}
	return err_tell(e, ENOENT, "exec: \"%s\": executable file not found in $PATH",
			p->args.v[0]);
}

static int find_as(const struct spec_process *p, const char *cwd, char **path, struct err *e)
{
	const char *name = p->args.v[0];

	if (!*name)
		return err_tell(e, ENOENT, "exec: \"\": executable file not found in $PATH");
	return strchr(name, '/') ? find_by_path(cwd, name, path, e) : find_in_path(p, cwd, path, e);
}

static int check_dir(const char *cwd)
{
	struct stat st;

	if (stat(cwd, &st) < 0)
		return errno;
	if (!S_ISDIR(st.st_mode))
		return ENOTDIR;
	return faccessat(AT_FDCWD, cwd, X_OK, AT_EACCESS) < 0 ? errno : 0;
}

static int look_as(const struct identity *id, const struct spec_process *p, char **path,
		   struct err *e)
{
	const char *cwd = p->cwd ? p->cwd : "/";
	int as_root = check_dir(cwd);
	struct rights mine = { 0 };

	int r = rights_borrow(id, &mine, e);
	if (r == 0 && as_root != 0 && check_dir(cwd) != 0)
		r = no_cwd(cwd, true, as_root, e);
	if (r == 0)
		r = find_as(p, cwd, path, e);
	rights_return(&mine);
	return r;
}

int process_find_program(const struct spec_process *p, char **path, struct err *e)
{
	struct identity id = { 0 };

	if (p->args.n == 0)
		return err_set(e, 0, "process.args: there is no program to run");
	int r = identity_find(p, &id, e);
	if (r == 0)
		r = look_as(&id, p, path, e);
	identity_drop(&id);
	return r;
}

/* --- exec --- */

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

int process_exec(const struct process_launch *l, const struct strs *env, struct err *e)
{
	char cause[64];

	if (!l->program)
		return search_and_exec(&l->process->args, env, e);
	execve(l->program, l->process->args.v, env->v);
	int code = errno;
	return err_tell(e, code, "exec %s: %s", l->program,
			process_cause(code, cause, sizeof cause));
}
