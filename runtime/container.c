/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/container.h"
#include "runtime/base/fs.h"
#include "runtime/base/hash.h"
#include "runtime/base/scope.h"
#include "runtime/packet_parts.h"
#include "runtime/pump.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/stat.h>

int container_root_hash(const char *root, uint32_t *out, struct err *e)
{
	char real[PATH_MAX];

	if (!realpath(root, real))
		return err_set(e, errno, "resolve state root %s", root);

	uint64_t h = hash_text(0, real);
	*out = (uint32_t)(h ^ h >> 32);
	return 0;
}

static int open_dir(struct container *c, bool make, struct err *e)
{
	if (make && mkdirat(c->root_fd, c->id, 0700) == 0)
		c->fresh = true;
	else if (make && errno != EEXIST)
		return err_set(e, errno, "make directory %s/%s", c->root, c->id);
	c->dir_fd = openat(c->root_fd, c->id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (c->dir_fd < 0 && errno == ENOENT)
		return err_tell(e, ENOENT, "container does not exist");
	if (c->dir_fd < 0)
		return err_set(e, errno, "open %s/%s", c->root, c->id);
	return 0;
}

/* The lock is on the directory itself, so it goes with it: one that was removed while we waited has
 * no link any more. */
static int lock_dir(struct container *c, int flags, struct err *e)
{
	struct stat st;
	int r;

	do
		r = flock(c->dir_fd, LOCK_EX | flags);
	while (r < 0 && errno == EINTR);
	if (r < 0 && errno == EWOULDBLOCK)
		return err_set(e, errno, "lock %s/%s", c->root, c->id);
	if (r < 0 || fstat(c->dir_fd, &st) < 0)
		return err_set(e, errno, "lock %s/%s", c->root, c->id);
	if (st.st_nlink == 0)
		return err_tell(e, ENOENT, "container does not exist");
	return 0;
}

/* What is there before the record, and what may be left of a deletion that was interrupted. */
static bool is_state_file(int dir, const char *name)
{
	static const char *const names[] = { "out",
					     "err",
					     "exit",
					     "state.json.new",
					     "start",
					     "config.json",
					     "config.json.new",
					     "packet.json",
					     "packet.json.new" };
	bool known = strncmp(name, "log", strlen("log")) == 0;
	struct stat st;

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		known |= strcmp(name, names[i]) == 0;
	return known && fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       (S_ISREG(st.st_mode) || S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode));
}

/* A mistyped state root is full of directories that are not ours: to remove, or to move into. */
static int check_ours(const struct container *c, struct err *e)
{
	int fd = openat(c->dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	scoped_dir DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;

	if (!dir)
		return err_set(e, errno, "list %s/%s", c->root, c->id);
	while ((entry = readdir(dir))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (!is_state_file(fd, entry->d_name))
			return err_set(
				e, 0,
				"%s/%s is no container's: it has no state.json, but '%s'; is that the "
				"right state root?",
				c->root, c->id, entry->d_name);
	}
	return 0;
}

static int load_record(struct container *c, struct err *e)
{
	record_drop(&c->rec);
	if (faccessat(c->dir_fd, "state.json", F_OK, 0) < 0)
		return check_ours(c, e); /* its maker died before it wrote one */
	return record_load(c->dir_fd, &c->rec, e) < 0 ? err_wrap(e, "%s/%s", c->root, c->id) : 0;
}

static int open_root(struct container *c, bool make, struct err *e)
{
	if (make && fs_mkdirs_at(AT_FDCWD, c->root, 0700, e) < 0)
		return -1;
	c->root_fd = open(c->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (c->root_fd < 0 && errno == ENOENT)
		return err_tell(e, ENOENT, "container does not exist");
	return c->root_fd < 0 ? err_set(e, errno, "open state root %s", c->root) : 0;
}

int container_open(const char *root, const char *id, bool make, struct container *c, struct err *e)
{
	*c = (struct container){ .root = root,
				 .id = id,
				 .root_fd = -1,
				 .dir_fd = -1,
				 .init_pidfd = -1,
				 .stage = -1,
				 .hangup_fd = -1,
				 .signals = -1,
				 .listener = -1,
				 .agent = -1,
				 .console = -1 };
	/* A name has no slash and does not start with a dot: nothing else is reached by one. */
	if (id[0] == '.' || id[0] == '\0' || strchr(id, '/'))
		return err_tell(e, ENOENT, "container does not exist");
	if (open_root(c, make, e) < 0)
		return -1;
	for (;;) {
		if (open_dir(c, make, e) < 0)
			break;
		if (lock_dir(c, 0, e) == 0) {
			if (load_record(c, e) < 0)
				break;
			return 0;
		}
		if (!make || e->code != ENOENT)
			break;
		fd_drop(&c->dir_fd); /* removed while we waited: make it again */
	}
	container_close(c);
	return -1;
}

void container_close(struct container *c)
{
	exit_page_unmap(c);
	record_drop(&c->rec);
	spec_free(c->spec);
	cgroup_free(c->cgroup);
	net_free(c->net);
	packet_free(c->packet);
	seccomp_drop(&c->seccomp);
	pump_free(c->pump);
	fd_drop(&c->init_pidfd);
	fd_drop(&c->stage);
	fd_drop(&c->listener);
	fd_drop(&c->agent);
	fd_drop(&c->console);
	fd_drop(&c->dir_fd);
	fd_drop(&c->root_fd);
	*c = (struct container){ .root_fd = -1,
				 .dir_fd = -1,
				 .init_pidfd = -1,
				 .stage = -1,
				 .hangup_fd = -1,
				 .signals = -1,
				 .listener = -1,
				 .agent = -1,
				 .console = -1 };
}

bool container_told_to_go(struct container *c)
{
	struct signalfd_siginfo info;

	while (read(c->signals, &info, sizeof info) == (ssize_t)sizeof info) {
		if (info.ssi_signo == SIGTERM)
			return true;
		c->told_to_look |= info.ssi_signo == SIGHUP;
	}
	return false;
}

void container_unlock(struct container *c)
{
	(void)flock(c->dir_fd, LOCK_UN); /* cannot fail on an open directory */
}

int container_lock(struct container *c, struct err *e)
{
	if (lock_dir(c, 0, e) < 0)
		return -1;
	return load_record(c, e);
}

int container_try_lock(struct container *c, bool *locked, struct err *e)
{
	*locked = false;
	if (lock_dir(c, LOCK_NB, e) < 0)
		return e->code == EWOULDBLOCK ? 0 : -1;
	*locked = true;
	return load_record(c, e);
}

int exit_page_map(struct container *c, struct err *e)
{
	scoped_fd int fd = fs_open_at(c->dir_fd, "exit", O_RDWR | O_CREAT, 0600, e);

	if (fd < 0)
		return -1;
	if (ftruncate(fd, sizeof *c->page) < 0)
		return err_set(e, errno, "size %s/%s/exit", c->root, c->id);

	void *page = mmap(NULL, sizeof *c->page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (page == MAP_FAILED)
		return err_set(e, errno, "map %s/%s/exit", c->root, c->id);
	exit_page_unmap(c);
	c->page = page;
	return 0;
}

void exit_page_unmap(struct container *c)
{
	if (c->page)
		munmap(c->page, sizeof *c->page);
	c->page = NULL;
}
