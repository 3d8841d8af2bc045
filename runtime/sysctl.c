/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/sysctl.h"
#include "runtime/base/scope.h"
#include "runtime/procfs.h"

#include <errno.h>
#include <sched.h>
#include <string.h>

char *sysctl_path(const char *key)
{
	char *path = str_dup(key);
	const char *first = strpbrk(key, "./");

	if (!first || *first == '/')
		return path;
	for (char *p = path; *p; p++) {
		if (*p == '.')
			*p = '/';
		else if (*p == '/')
			*p = '.';
	}
	return path;
}

/* Which namespace a setting belongs to: sysctl(5) has no list, so this is runc's and crun's
 * knowledge. */
static const struct {
	const char *prefix;
	int ns;
} namespaced[] = {
	{ "net/", CLONE_NEWNET },
	{ "kernel/msgmax", CLONE_NEWIPC },
	{ "kernel/msgmnb", CLONE_NEWIPC },
	{ "kernel/msgmni", CLONE_NEWIPC },
	{ "kernel/sem", CLONE_NEWIPC },
	{ "kernel/shmall", CLONE_NEWIPC },
	{ "kernel/shmmax", CLONE_NEWIPC },
	{ "kernel/shmmni", CLONE_NEWIPC },
	{ "kernel/shm_rmid_forced", CLONE_NEWIPC },
	{ "fs/mqueue/", CLONE_NEWIPC },
	{ "kernel/domainname", CLONE_NEWUTS },
};

static bool is_namespaced(const char *path, const struct spec *s)
{
	for (size_t i = 0; i < ARRAY_LEN(namespaced); i++)
		if (strncmp(path, namespaced[i].prefix, strlen(namespaced[i].prefix)) == 0)
			return spec_has_ns(s, namespaced[i].ns);
	return false;
}

static int apply_one(const struct spec *s, int proc, const struct spec_pair *p, struct err *e)
{
	scoped_str char *path = sysctl_path(p->key);
	scoped_str char *file = str_printf("sys/%s", path);

	if (!spec_has_ns(s, CLONE_NEWUSER) && !is_namespaced(path, s))
		return err_set(e, 0, "%s: not a setting of the %s's own namespaces", p->key,
			       s->oci ? "container" : "VNF");
	if (procfs_write(proc, file, p->value, e) == 0)
		return 0;
	if (e->code == ENOENT)
		return err_set(
			e, 0,
			"%s: this kernel has no such setting in a network namespace of its own",
			p->key);
	if (e->code == EACCES || e->code == EPERM || e->code == EROFS)
		return err_set(e, 0, "%s: read-only inside a %s: it is the host's, set it there",
			       p->key, s->oci ? "container" : "VNF");
	if (e->code == 0) /* something else is there */
		return err_wrap(e, "%s", p->key);
	return err_set(e, e->code, "%s: set to '%s'", p->key, p->value);
}

int sysctl_apply(const struct spec *s, struct err *e)
{
	if (s->n_sysctl == 0)
		return 0;

	scoped_fd int proc = procfs_open(e);
	if (proc < 0)
		return -1;
	for (size_t i = 0; i < s->n_sysctl; i++)
		if (apply_one(s, proc, &s->sysctl[i], e) < 0)
			return -1;
	return 0;
}
