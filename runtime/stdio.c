/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/stdio.h"
#include "runtime/base/fs.h"
#include "runtime/base/scope.h"
#include "runtime/users.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/vfs.h>

static int find_uid(const struct spec_process *p, uid_t *uid, struct err *e)
{
	scoped_fd int root = fs_open_at(AT_FDCWD, "/", O_PATH | O_DIRECTORY, 0, e);
	struct user u = { 0 };

	if (root < 0)
		return -1;
	int r = users_find(root, p->user, &u, e);
	*uid = u.uid;
	user_drop(&u);
	return r;
}

int stdio_own_terminal(const struct spec_process *p, struct err *e)
{
	uid_t uid = 0;

	if (find_uid(p, &uid, e) < 0)
		return -1;
	return fchown(STDIN_FILENO, uid, (gid_t)-1) < 0
		       ? err_set(e, errno, "give the terminal to user %u", uid)
		       : 0;
}

static bool is_nameless(int fd)
{
	enum { PIPEFS = 0x50495045, SOCKFS = 0x534f434b }; /* linux/magic.h lacks the first */
	struct statfs fs;

	return fstatfs(fd, &fs) == 0 && (fs.f_type == PIPEFS || fs.f_type == SOCKFS);
}

int stdio_own_pipes(const struct spec_process *p, struct err *e)
{
	uid_t uid = 0;

	if (find_uid(p, &uid, e) < 0)
		return -1;
	/* One whose maker is not mapped here cannot be given away; it can be used all the same. */
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (is_nameless(fd))
			(void)!fchown(fd, uid, (gid_t)-1);
	return 0;
}
