/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/oci_checkpoint.h"
#include "runtime/base/fs.h"
#include "runtime/base/scope.h"
#include "runtime/life.h"
#include "runtime/oci_parts.h"
#include "runtime/oci_state.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>

static int open_dir(const char *path, bool make, struct err *e)
{
	if (make && fs_mkdirs_at(AT_FDCWD, path, 0700, e) < 0)
		return -1;
	return fs_open_at(AT_FDCWD, path, O_RDONLY | O_DIRECTORY, 0, e);
}

int checkpoint_open_dirs(const struct criu_wishes *w, bool make, int *images, int *work,
			 struct err *e)
{
	const char *image_path = w->image_path ? w->image_path : "checkpoint";

	*images = *work = -1;
	if (w->parent_path && *w->parent_path == '/')
		return err_tell(e, EINVAL,
				"--parent-path %s: has to be relative to the directory of "
				"the images",
				w->parent_path);
	*images = open_dir(image_path, make, e);
	if (*images < 0)
		return err_wrap(e, "--image-path");
	*work = open_dir(w->work_path ? w->work_path : image_path, true, e);
	return *work < 0 ? err_wrap(e, "--work-path") : 0;
}

static bool is_file_inside(pid_t pid, const char *path)
{
	scoped_str char *there = str_printf("/proc/%d/root%s", pid, path);
	struct stat st;

	return stat(there, &st) == 0 && !S_ISDIR(st.st_mode);
}

#define MASK "/dev/null"

static bool is_bind(const struct spec_mount *m)
{
	return m->type && strcmp(m->type, "bind") == 0;
}

void checkpoint_add_mounts(const struct spec *s, pid_t pid, bool restore, struct criu_job *j)
{
	for (size_t i = 0; i < s->n_mounts; i++) {
		const struct spec_mount *m = &s->mounts[i];

		if (is_bind(m))
			criu_add_pair(&j->mounts, &j->n_mounts, m->target,
				      restore ? m->source : m->target);
	}
	/* All masks of files have one name, and are one file. */
	if (restore && s->masked_paths.n > 0)
		criu_add_pair(&j->mounts, &j->n_mounts, MASK, MASK);
	for (size_t i = 0; !restore && i < s->masked_paths.n; i++)
		if (is_file_inside(pid, s->masked_paths.v[i]))
			criu_add_pair(&j->mounts, &j->n_mounts, s->masked_paths.v[i], MASK);
}

/* --- checkpoint --- */

/* A namespace that is not CRIU's business: "net[4026531840]:NAME". */
static int add_external(pid_t pid, const char *ns, const char *name, struct criu_job *j,
			struct err *e)
{
	scoped_str char *path = str_printf("/proc/%d/ns/%s", pid, ns);
	struct stat st;

	if (stat(path, &st) < 0)
		return err_set(e, errno, "look at %s", path);
	strs_addf(&j->externals, "%s[%llu]:%s", ns, (unsigned long long)st.st_ino, name);
	return 0;
}

static bool joins(const struct spec *s, int type)
{
	for (size_t i = 0; i < s->n_joins; i++)
		if (s->joins[i].type == type)
			return true;
	return false;
}

/* The number of the mount that a descriptor's file is on; 0: not known. */
static int mount_of(pid_t pid, int fd)
{
	scoped_str char *path = str_printf("/proc/%d/fdinfo/%d", pid, fd), *text = NULL;
	struct err ignored = { 0 };

	if (fs_read_at(AT_FDCWD, path, &text, NULL, &ignored) < 0)
		return 0;
	const char *at = strstr(text, "mnt_id:");
	return at ? (int)strtol(at + strlen("mnt_id:"), NULL, 10) : 0;
}

static bool has_mount(pid_t pid, int id)
{
	scoped_str char *path = str_printf("/proc/%d/mountinfo", pid), *line = NULL;
	scoped_file FILE *table = fopen(path, "re");
	size_t size = 0;

	while (table && getline(&line, &size, table) > 0)
		if (strtol(line, NULL, 10) == id)
			return true;
	return false;
}

/* What CRIU calls the file of a descriptor that was the caller's: a pipe by the kernel's name, a
 * file of the host by its mount and inode. "": it is the container's own. */
static char *outside_name(pid_t pid, int fd)
{
	scoped_str char *link = str_printf("/proc/%d/fd/%d", pid, fd);
	int id = mount_of(pid, fd);
	char name[64] = "";
	struct stat st;

	if (readlink(link, name, sizeof name - 1) < 0 || stat(link, &st) < 0)
		return str_dup("");
	if (strncmp(name, "pipe:", strlen("pipe:")) == 0)
		return str_dup(name);
	if (name[0] != '/' || id == 0 || has_mount(pid, id))
		return str_dup("");
	return str_printf("file[%x:%llx]", (unsigned)id, (unsigned long long)st.st_ino);
}

/* The other end is the caller's, and restore puts the new caller's in its place. */
static int add_descriptors(pid_t pid, struct criu_job *j, struct err *e)
{
	char *name[3];

	for (int fd = 0; fd < 3; fd++) {
		name[fd] = outside_name(pid, fd);
		if (strncmp(name[fd], "file", strlen("file")) == 0)
			strs_add(&j->externals, name[fd]);
	}

	scoped_str char *text = str_printf("[\"%s\",\"%s\",\"%s\"]\n", name[0], name[1], name[2]);
	for (int fd = 0; fd < 3; fd++)
		free(name[fd]);
	return fs_replace_at(j->images, CHECKPOINT_FDS, text, strlen(text), 0600, e);
}

static int dump(struct container *c, struct criu_job *j, struct err *e)
{
	const struct spec *s = c->spec;

	j->pid = c->rec.init.pid;
	j->root = c->rec.rootfs;
	j->log = "dump.log";
	if (spec_has_ns(s, CLONE_NEWNET) && add_external(j->pid, "net", CHECKPOINT_NET, j, e) < 0)
		return -1;
	if (joins(s, CLONE_NEWPID) && add_external(j->pid, "pid", CHECKPOINT_PID, j, e) < 0)
		return -1;
	if (!j->wishes->pre_dump) {
		checkpoint_add_mounts(s, j->pid, false, j);
		if (add_descriptors(j->pid, j, e) < 0)
			return -1;
	}
	return criu_dump_job(j, e);
}

static int checkpoint(struct container *c, const struct criu_wishes *w, struct strs *warnings,
		      struct err *e)
{
	scoped(criu_job_drop) struct criu_job j = { .wishes = w };
	enum oci_status status = oci_status_of(&c->rec);

	if (status != OCI_RUNNING)
		return err_tell(e, ESRCH,
				"container not running: only a running one can be "
				"checkpointed, and it is %s",
				oci_status_name(status));
	if (oci_spec_load(c->dir_fd, &c->rec, &c->spec, e) < 0)
		return -1;

	int r = checkpoint_open_dirs(w, true, &j.images, &j.work, e);
	if (r == 0)
		r = dump(c, &j, e);
	fd_drop(&j.images);
	fd_drop(&j.work);
	if (r < 0 || w->leave_running || w->pre_dump)
		return r;
	if (life_revert_rdt(c, e) < 0 || life_delete(c, e) < 0)
		return -1;
	oci_run_poststop(c, warnings);
	return 0;
}

int oci_checkpoint(const char *root, const char *id, const struct criu_wishes *w,
		   struct strs *warnings, struct err *e)
{
	scoped(container_close) struct container c = CONTAINER_NONE;

	if (!criu_is_built())
		return criu_dump_job(NULL, e); /* says so */
	return oci_open(root, id, &c, e) < 0 ? -1 : checkpoint(&c, w, warnings, e);
}
