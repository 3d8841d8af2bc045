/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/base/fs.h"
#include "runtime/base/scope.h"
#include "runtime/hostview.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdint.h>

enum { FIRST_OF_PEOPLE = 1000, NOBODY = 65534, LINE_BYTES = 16 << 10 };

/* Debian policy 9.2.2; Fedora and SUSE have the same bounds. */
static bool is_system_id(uint32_t id)
{
	return (id > 0 && id < FIRST_OF_PEOPLE) || id == NOBODY;
}

void hostview_passwd(FILE *from, FILE *to, struct strs *kept)
{
	char buf[LINE_BYTES];
	struct passwd entry, *p = NULL;
	bool nobody = false;

	fputs("root:*:0:0:root:/root:/bin/sh\n", to);
	strs_add(kept, "root");
	while (from && fgetpwent_r(from, &entry, buf, sizeof buf, &p) == 0) {
		/* "+" and "-" lines are not users but directions to the name service */
		if (!is_system_id(p->pw_uid) || *p->pw_name == '+' || *p->pw_name == '-')
			continue;
		nobody |= p->pw_uid == NOBODY;
		fprintf(to, "%s:*:%u:%u::%s:%s\n", p->pw_name, p->pw_uid, p->pw_gid, p->pw_dir,
			p->pw_shell);
		strs_add(kept, p->pw_name);
	}
	if (!nobody)
		fputs("nobody:*:65534:65534::/nonexistent:/usr/sbin/nologin\n", to);
}

static void put_members(char *const *members, FILE *to, const struct strs *kept)
{
	const char *comma = "";

	for (; *members; members++) {
		if (!strs_has(kept, *members))
			continue;
		fprintf(to, "%s%s", comma, *members);
		comma = ",";
	}
	fputc('\n', to);
}

void hostview_group(FILE *from, FILE *to, const struct strs *kept)
{
	char buf[LINE_BYTES];
	struct group entry, *g = NULL;
	bool nogroup = false;

	fputs("root:*:0:\n", to);
	while (from && fgetgrent_r(from, &entry, buf, sizeof buf, &g) == 0) {
		if (!is_system_id(g->gr_gid) || *g->gr_name == '+' || *g->gr_name == '-')
			continue;
		nogroup |= g->gr_gid == NOBODY;
		fprintf(to, "%s:*:%u:", g->gr_name, g->gr_gid);
		put_members(g->gr_mem, to, kept);
	}
	if (!nogroup)
		fputs("nogroup:*:65534:\n", to);
}

/* The list as a stream over memory: fgetpwent_r(3) asks a real one for its position at each line.
 * NULL where there is none, or only the host's root may read it. */
static FILE *read_list(int host, const char *path, char **text)
{
	struct err ignored = { 0 };
	size_t len = 0;

	if (fs_read_at(host, path, text, &len, &ignored) < 0 || len == 0)
		return NULL;
	return fmemopen(*text, len, "re");
}

static FILE *create(int root, const char *path)
{
	scoped_fd int fd = openat(root, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "we");

	if (f)
		(void)fd_take(&fd); /* the stream has it */
	return f;
}

static int flush(FILE *f, const char *path, struct err *e)
{
	return !f || ferror(f) || fflush(f) ? err_set(e, errno, "write /%s", path) : 0;
}

int hostview_users(int host, int root, struct err *e)
{
	static const char passwd[] = "etc/passwd", group[] = "etc/group";
	scoped_str char *users_text = NULL, *groups_text = NULL;
	scoped_file FILE *users = read_list(host, passwd, &users_text);
	scoped_file FILE *groups = read_list(host, group, &groups_text);
	scoped_file FILE *to_users = create(root, passwd);
	scoped_file FILE *to_groups = create(root, group);
	scoped_strs struct strs kept = { 0 };

	if (to_users)
		hostview_passwd(users, to_users, &kept);
	if (to_groups)
		hostview_group(groups, to_groups, &kept);
	return flush(to_users, passwd, e) < 0 || flush(to_groups, group, e) < 0 ? -1 : 0;
}
