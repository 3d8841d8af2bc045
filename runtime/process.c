/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/process.h"
#include "runtime/base/fs.h"
#include "runtime/process_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/keyctl.h>
#include <signal.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

int process_exit_code(const struct err *e)
{
	if (e->code == ENOENT || e->code == ENOTDIR)
		return 127;
	return e->code == EACCES || e->code == ENOEXEC || e->code == EISDIR ? 126 : 1;
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

void identity_drop(struct identity *id)
{
	user_drop(&id->user);
	free(id->groups);
}

int identity_find(const struct spec_process *p, struct identity *out, struct err *e)
{
	scoped_fd int root = fs_open_at(AT_FDCWD, "/", O_PATH | O_DIRECTORY, 0, e);

	if (root < 0 || users_find(root, p->user, &out->user, e) < 0)
		return -1;
	out->n_groups = p->groups.n;
	return users_find_groups(root, &p->groups, &out->groups, e);
}

/* In a user namespace made without privileges nobody may: user_namespaces(7). Whoever wants none
 * keeps those that the namespace does not map. */
static bool groups_are_fixed(void)
{
	scoped_str char *text = NULL;
	struct err ignored;

	return fs_read_at(AT_FDCWD, "/proc/self/setgroups", &text, NULL, &ignored) == 0 &&
	       strncmp(text, "deny", 4) == 0;
}

static int set_user(const struct spec_process *p, const struct identity *id, struct err *e)
{
	if (setgroups(id->n_groups, id->groups) < 0 && (id->n_groups > 0 || !groups_are_fixed()))
		return err_set(e, errno, "set supplementary groups");
	if (setresgid(id->user.gid, id->user.gid, id->user.gid) < 0)
		return err_set(e, errno, "become group %u", id->user.gid);
	if (setresuid(id->user.uid, id->user.uid, id->user.uid) < 0)
		return err_set(e, errno, "become user %u", id->user.uid);
	return caps_set(&p->caps, e);
}

struct launch {
	const struct process_launch *l;
	struct identity id;
	struct seccomp_listener *listener; /* NULL: the filter does not notify */
};

static int apply_filter(const struct launch *la, struct err *e)
{
	if (la->listener)
		return seccomp_apply_listener(la->l->filter, la->listener, e);
	return seccomp_apply(la->l->filter, e);
}

/* Without no_new_privs, loading a filter takes a capability that is about to go. */
static int confine(const struct launch *la, struct err *e)
{
	const struct spec_process *p = la->l->process;

	if (!p->no_new_privs && apply_filter(la, e) < 0)
		return -1;
	if (caps_drop_bounding(p->caps.bounding, e) < 0 || set_user(p, &la->id, e) < 0)
		return -1;
	if (p->no_new_privs && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return err_set(e, errno, "set no_new_privs");
	return 0;
}

/* What is the container's own beyond its processes' properties. */
static int adopt(const struct spec *s, struct err *e)
{
	if (!s)
		return 0;
	if (s->has_personality && personality(s->personality) < 0)
		return err_set(e, errno, "set personality 0x%lx", s->personality);
	return process_memory_policy(&s->memory_policy, e);
}

static int launch(struct launch *la, struct err *e)
{
	const struct spec_process *p = la->l->process;
	scoped_strs struct strs env = { 0 };
	bool refused;

	if (identity_find(p, &la->id, e) < 0 || process_label(p, e) < 0 ||
	    adopt(la->l->container, e) < 0)
		return -1;
	if (seccomp_notifies(la->l->filter) &&
	    seccomp_listener_start(la->l->agent, la->l->agent_state, &la->listener, e) < 0)
		return -1;
	if (la->l->ask_scheduler && process_scheduler_ask(la->l->sock, e) < 0)
		return -1;
	process_env(p, la->id.user.home, &env);
	if (process_enter_cwd(la->l, &refused, e) < 0 && !refused)
		return -1;
	if (process_set_rlimits(p, e) < 0 || confine(la, e) < 0)
		return -1;
	if (p->has_umask)
		umask(p->umask);
	if ((refused && process_enter_cwd(la->l, &refused, e) < 0) || process_check_cwd(e) < 0)
		return -1;
	if (p->no_new_privs && apply_filter(la, e) < 0)
		return -1;
	return process_exec(la->l, &env, e);
}

int process_launch(const struct process_launch *l, struct err *e)
{
	struct launch la = { .l = l };

	default_signals();
	int r = launch(&la, e);
	identity_drop(&la.id);
	return r;
}

int process_become(const struct spec_process *p, const struct seccomp_program *filter,
		   struct err *e)
{
	return process_launch(
		&(struct process_launch){ .process = p, .filter = filter, .agent = -1 }, e);
}
