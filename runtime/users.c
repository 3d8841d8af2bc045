/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/users.h"
#include "runtime/base/fs.h"
#include "runtime/base/scope.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

enum { LINE_BYTES = 64 << 10 }; /* a group with thousands of members */

/* A number and nothing else, as an id: -1 means "no change" to the kernel and is no id. */
static bool id_parse(const char *text, uint32_t *out)
{
	char *end = NULL;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	unsigned long n = strtoul(text, &end, 10);
	if (errno || *end || n >= UINT32_MAX)
		return false;
	*out = (uint32_t)n;
	return true;
}

enum { LIST_MAX = 4 << 20 };

/* PATH inside ROOT as a stream over memory: fgetpwent_r(3) asks a real one for its position at each
 * line. A root without the file has no names: *F stays NULL. The caller frees *TEXT after *F. */
static int read_list(int root, const char *path, char **text, FILE **f, struct err *e)
{
	/* O_NONBLOCK: what an image calls /etc/passwd may be a FIFO. */
	scoped_fd int fd = fs_open_in_root(root, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0, e);
	struct stat st;

	if (fd < 0)
		return e->code == ENOENT || e->code == ENOTDIR ? 0 : -1;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size > LIST_MAX)
		return err_set(e, 0, "%s of the container is not a regular file below 4 MiB", path);
	*text = mem_alloc((size_t)st.st_size + 1);

	ssize_t n = read(fd, *text, (size_t)st.st_size);
	if (n < 0)
		return err_set(e, errno, "read %s", path);
	*f = n ? fmemopen(*text, (size_t)n, "re") : NULL;
	return 0;
}

/* *FOUND says whether /etc/passwd has NAME or, with NAME NULL, UID. */
static int find_passwd(int root, const char *name, struct user *u, bool *found, struct err *e)
{
	scoped_str char *text = NULL;
	scoped_file FILE *f = NULL;
	char buf[LINE_BYTES];
	struct passwd entry, *p = NULL;

	*found = false;
	if (read_list(root, "/etc/passwd", &text, &f, e) < 0)
		return -1;
	while (f && fgetpwent_r(f, &entry, buf, sizeof buf, &p) == 0) {
		if (name ? strcmp(p->pw_name, name) != 0 : p->pw_uid != u->uid)
			continue;
		*found = true;
		u->uid = p->pw_uid;
		u->gid = p->pw_gid;
		u->home = str_dup(p->pw_dir && *p->pw_dir ? p->pw_dir : "/");
		return 0;
	}
	return 0;
}

int users_find_group(int root, const char *group, gid_t *gid, struct err *e)
{
	scoped_str char *text = NULL;
	scoped_file FILE *f = NULL;
	char buf[LINE_BYTES];
	struct group entry, *g = NULL;

	if (id_parse(group, gid))
		return 0;
	if (read_list(root, "/etc/group", &text, &f, e) < 0)
		return -1;
	while (f && fgetgrent_r(f, &entry, buf, sizeof buf, &g) == 0) {
		if (strcmp(g->gr_name, group) != 0)
			continue;
		*gid = g->gr_gid;
		return 0;
	}
	return err_set(e, 0, "group '%s' is not in the container's /etc/group", group);
}

int users_find(int root, const char *who, struct user *out, struct err *e)
{
	scoped_str char *name = str_dup(who ? who : "0");
	char *group = strchr(name, ':');
	bool found = false;

	*out = (struct user){ 0 };
	if (group)
		*group++ = '\0';

	bool number = id_parse(name, &out->uid);
	/* Two numbers do not depend on what an image calls its /etc/passwd; only HOME does. */
	if (find_passwd(root, number ? NULL : name, out, &found, e) < 0 && !(number && group))
		return -1;
	if (!found && !number)
		return err_set(e, 0, "user '%s' is not in the container's /etc/passwd", name);
	if (!found)
		out->home = str_dup("/");
	return group ? users_find_group(root, group, &out->gid, e) : 0;
}

void user_drop(struct user *u)
{
	str_drop(&u->home);
}

int users_find_groups(int root, const struct strs *names, gid_t **gids, struct err *e)
{
	gid_t *found = mem_alloc(names->n * sizeof *found);

	for (size_t i = 0; i < names->n; i++) {
		if (users_find_group(root, names->v[i], &found[i], e) == 0)
			continue;
		free(found);
		return -1;
	}
	*gids = found;
	return 0;
}
