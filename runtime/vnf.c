/* SPDX-License-Identifier: Apache-2.0 */
/* Looking at VNFs: one, all, their logs. */
#include "runtime/vnf.h"
#include "runtime/base/fs.h"
#include "runtime/base/scope.h"
#include "runtime/container.h"
#include "runtime/life.h"
#include "runtime/oci_state.h"
#include "runtime/spec/vnf_load.h"
#include "runtime/supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>

void vnf_view_drop(struct vnf_view *v)
{
	record_drop(&v->rec);
	vnf_free(v->vnf);
	*v = (struct vnf_view){ 0 };
}

int vnf_log_dir(const char *root, const char *name, struct err *e)
{
	scoped_str char *path = str_printf("%s/%s", root, name);
	int fd = -1;

	/* Names have no slash and do not start with a dot, so nothing else is below the root by
	 * that name. */
	if (name[0] != '.' && !strchr(name, '/'))
		fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	else
		errno = ENOENT;
	if (fd < 0 && errno == ENOENT)
		return err_tell(e, ENOENT, "container does not exist");
	return fd < 0 ? err_set(e, errno, "open %s", path) : fd;
}

/* An empty directory may be anybody's. */
static bool is_half_made(const struct container *c)
{
	if (!c->rec.id)
		return faccessat(c->dir_fd, "out", F_OK, 0) == 0 ||
		       faccessat(c->dir_fd, "config.json", F_OK, 0) == 0;
	return c->rec.status == STATUS_CREATING && !proc_id_alive(&c->rec.supervisor);
}

/* Its maker died half-way: what it made goes, and there was never such a container. */
static int undo_half_made(const char *root, const char *name, struct err *e)
{
	struct container c;

	if (container_open(root, name, false, &c, e) < 0)
		return -1;
	int r = 0;
	if (is_half_made(&c))
		r = life_delete(&c, e);
	container_close(&c);
	return r;
}

/* A maker holds the lock until setup is through: nobody who only looks waits for that. */
static bool has_maker(int dir)
{
	return flock(dir, LOCK_EX | LOCK_NB) < 0;
}

/* The record as it is, unlocked: it is replaced as a whole. */
static int load(const char *root, const char *name, struct record *r, struct err *e)
{
	scoped_fd int dir = vnf_log_dir(root, name, e);

	if (dir < 0)
		return -1;
	if (record_load(dir, r, e) == 0)
		return 0;
	if (e->code == ENOENT) { /* its maker has not come that far, or died before */
		struct err why = { 0 };
		bool busy = has_maker(dir);

		fd_drop(&dir); /* and the lock with it */
		if (!busy)     /* it is as good as not there either way */
			(void)undo_half_made(root, name, &why);
		return err_tell(e, ENOENT, "container does not exist");
	}
	return err_wrap(e, "%s/%s", root, name);
}

/* Some verb is at work on it, a stop that takes its time for instance, and will leave it in order:
 * what it is now may be seen without waiting for that. */
static bool is_in_hand(const char *root, const char *name)
{
	struct err ignored = { 0 };
	scoped_fd int dir = vnf_log_dir(root, name, &ignored); /* its lock: container.c */

	return dir >= 0 && flock(dir, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK;
}

static int settle(const char *root, struct record *r, bool *adopted, struct err *e)
{
	scoped_str char *name = str_dup(r->id);
	bool lost = !proc_id_alive(&r->supervisor);

	*adopted = false;
	if (!r->vnf || !lost || r->status == STATUS_STOPPED || is_in_hand(root, name))
		return 0;
	if (r->status == STATUS_CREATING) {
		if (undo_half_made(root, name, e) < 0)
			return -1;
	} else {
		if (supervisor_adopt(root, name, r->id_size > 0, e) < 0)
			return err_wrap(e, "start another supervisor");
		*adopted = true;
	}
	record_drop(r);
	return load(root, name, r, e);
}

int vnf_look(const char *root, const char *name, struct vnf_view *out, struct err *e)
{
	scoped_strs struct strs problems = { 0 };

	*out = (struct vnf_view){ 0 };
	if (load(root, name, &out->rec, e) < 0)
		return -1;
	if (settle(root, &out->rec, &out->supervisor_restarted, e) < 0) {
		vnf_view_drop(out);
		return -1;
	}
	if (!out->rec.vnf) {
		out->oci = oci_status_name(oci_status_of(&out->rec));
		return 0;
	}
	if (!out->rec.descriptor || vnf_load_bytes(out->rec.descriptor, strlen(out->rec.descriptor),
						   "state file", NULL, &out->vnf, &problems) == 0)
		return 0;
	vnf_view_drop(out);
	return err_set(e, 0, "%s", problems.v[0]);
}

void vnf_list_free(struct vnf_view *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		vnf_view_drop(&v[i]);
	free(v);
}

static int is_container(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

int vnf_list(const char *root, struct vnf_view **out, size_t *n, struct strs *problems,
	     struct err *e)
{
	struct dirent **names = NULL;
	int count = scandir(root, &names, is_container, alphasort);

	*out = NULL;
	*n = 0;
	if (count < 0)
		return errno == ENOENT ? 0 : err_set(e, errno, "list %s", root);
	*out = mem_alloc((size_t)count * sizeof **out);
	for (int i = 0; i < count; i++) {
		struct err why = { 0 };

		if (vnf_look(root, names[i]->d_name, &(*out)[*n], &why) == 0)
			++*n;
		else if (why.code != ENOENT) /* else it went away while we looked */
			strs_addf(problems, "%s: %s%s%s", names[i]->d_name, why.text,
				  err_colon(&why), err_cause(&why));
		free(names[i]);
	}
	free(names);
	return 0;
}

int vnf_end_fd(const char *root, const char *name, struct err *e)
{
	struct vnf_view v;

	if (vnf_look(root, name, &v, e) < 0)
		return -1;
	int fd = proc_id_open(&v.rec.supervisor, e);
	if (fd < 0)
		fd = err_tell(e, ESRCH, "container not running");
	vnf_view_drop(&v);
	return fd;
}
