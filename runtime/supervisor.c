/* SPDX-License-Identifier: Apache-2.0 */
/* Where a supervisor comes from: forked to make a VNF, or to adopt one. */
#include "runtime/supervisor.h"
#include "runtime/base/fs.h"
#include "runtime/base/scope.h"
#include "runtime/daemon.h"
#include "runtime/ending.h"
#include "runtime/life.h"
#include "runtime/network_home.h"
#include "runtime/pump.h"
#include "runtime/selfexe.h"
#include "runtime/spec/vnf_load.h"
#include "runtime/stage.h"
#include "runtime/supervise.h"

#include <errno.h>
#include <fcntl.h>
#include <stdnoreturn.h>
#include <string.h>
#include <sys/mman.h>

/* Away from the caller. */
static int detach(struct supervisor *s, const char *id, struct err *e)
{
	scoped_str char *title = str_printf("nfrun supervise %s", id);
	const int keep[] = { s->ticket };

	return daemon_detach(title, keep, ARRAY_LEN(keep), &s->signals, e);
}

static void tell(struct supervisor *s, enum stage stage, const struct err *what)
{
	struct err lost = { 0 };

	if (s->ticket >= 0)
		(void)stage_send(s->ticket, stage, what, NULL, 0, &lost); /* it may be gone */
	fd_drop(&s->ticket);
	s->c.hangup_fd = -1;
}

static int refuse_running(struct container *c, struct err *e)
{
	if (!c->rec.id || c->rec.status == STATUS_STOPPED)
		return 0;
	if (c->rec.status == STATUS_CREATING) /* and not locked: its maker died at it */
		return life_stop(c, e);
	return err_tell(e, EEXIST, "already %s (pid %d); stop it first, or use restart",
			status_name(c->rec.status), c->rec.init.pid);
}

/* A record for this run; of the last one only what it holds on to stays: claims and the id range.
 */
static int fresh_record(struct supervisor *s, struct err *e)
{
	struct record *r = &s->c.rec;

	str_drop(&r->boot_id);
	if (boot_id_read(&r->boot_id, e) < 0)
		return -1;
	free(r->id);
	free(r->descriptor);
	r->id = str_dup(s->vnf->name);
	r->descriptor = str_dup(s->vnf->text);
	r->vnf = true;
	r->has_ended = false;
	r->restarts = 0;
	r->oom_kills = 0;
	strs_free(&r->warnings);
	if (!s->vnf->userns)
		strs_add(&r->warnings,
			 "no user namespace: root inside this VNF is root of the host");
	return 0;
}

static int make(struct supervisor *s, const char *root, struct err *e)
{
	struct container *c = &s->c;

	if (container_open(root, s->vnf->name, true, c, e) < 0)
		return -1;
	if (refuse_running(c, e) < 0)
		return -1;
	c->hangup_fd = s->ticket;
	c->signals = s->signals;
	c->spec = vnf_expand(s->vnf);
	if (fresh_record(s, e) < 0)
		return -1;
	if (pump_open(c->dir_fd, s->vnf->log_max_size, s->vnf->log_files, &c->pump, e) < 0)
		return -1;
	return life_create(c, e);
}

static void join_warnings(const struct strs *w, struct err *remark)
{
	size_t used = 0;

	for (size_t i = 0; i < w->n && used < sizeof remark->text; i++)
		used += (size_t)snprintf(remark->text + used, sizeof remark->text - used, "%s%s",
					 i ? "\n" : "", w->v[i]);
}

static noreturn void leave(struct supervisor *s)
{
	container_close(&s->c);
	vnf_free(s->vnf);
	_exit(0);
}

/* Who hears that it failed may look at once for what is left. */
static noreturn void fail(struct supervisor *s, const struct err *why)
{
	container_close(&s->c);
	tell(s, STAGE_FAILED, why);
	leave(s);
}

static noreturn void maker_main(struct supervisor *s, const char *root)
{
	struct err e = { 0 }, remark = { 0 };

	if (detach(s, s->vnf->name, &e) < 0 || make(s, root, &e) < 0)
		fail(s, &e);
	join_warnings(&s->c.rec.warnings, &remark);
	container_unlock(&s->c);
	tell(s, STAGE_READY, &remark);
	supervise(s);
	leave(s);
}

static int reload(struct supervisor *s, struct err *e)
{
	struct container *c = &s->c;
	scoped_strs struct strs problems = { 0 };

	if (!c->rec.descriptor)
		return err_set(e, 0, "the state file has no descriptor");
	if (vnf_load_bytes(c->rec.descriptor, strlen(c->rec.descriptor), "state file", NULL,
			   &s->vnf, &problems) < 0)
		return err_set(e, 0, "%s", problems.v[0]);
	c->spec = vnf_expand(s->vnf);
	c->spec->id_base = c->rec.id_base; /* what was decided when it was made: see plan.c */
	c->spec->id_size = c->rec.id_size;
	if (pump_open(c->dir_fd, s->vnf->log_max_size, s->vnf->log_files, &c->pump, e) < 0)
		return -1;
	if (cgroup_from_paths(&c->rec.cgroup, &c->cgroup, e) < 0)
		return -1;
	return exit_page_map(c, e);
}

/* A restart plugs it in where its bridges are, not where the verb was called that started us. One
 * that is gone cannot have it back. */
static int go_home(struct container *c, struct err *e)
{
	scoped_fd int back = -1;
	bool gone = false;

	if (network_go_home(&c->rec, &back, &gone, e) < 0)
		return -1;
	return gone ? network_here(&c->rec.host_netns, e) : 0;
}

/* Locked. What happened while nobody watched is dealt with as if we had. */
static int adopt(struct supervisor *s, const char *root, const char *id, struct err *e)
{
	struct container *c = &s->c;
	struct err gone = { 0 };

	if (container_open(root, id, false, c, e) < 0)
		return -1;
	c->signals = s->signals;
	if (!c->rec.id || (c->rec.status != STATUS_RUNNING && c->rec.status != STATUS_RESTARTING) ||
	    proc_id_alive(&c->rec.supervisor)) {
		c->rec.status = STATUS_STOPPED; /* in memory only: nothing for us to do */
		return 0;
	}
	if (reload(s, e) < 0)
		return -1;
	/* Its group and links went with the boot. To start it again is for whoever starts things at
	 * boot. */
	if (c->rec.of_past_boot) {
		s->vnf->restart = VNF_RESTART_NO;
		ending_note(c, false);
		supervise_follow_policy(s);
		return 0;
	}
	if (go_home(c, e) < 0 || proc_id_of(getpid(), &c->rec.supervisor, e) < 0 ||
	    record_save(c->dir_fd, &c->rec, e) < 0)
		return -1;
	/* Who died may have been half through the restart. */
	if (c->rec.status != STATUS_RUNNING)
		return life_unplug(c, e) < 0 ? -1 : record_save(c->dir_fd, &c->rec, e);
	if (proc_id_alive(&c->rec.init)) /* a zombie has a pidfd, too */
		c->init_pidfd = proc_id_open(&c->rec.init, &gone);
	if (c->init_pidfd < 0) {
		ending_note(c, false);
		supervise_follow_policy(s);
	}
	return 0;
}

static noreturn void adopter_main(struct supervisor *s, const char *root, const char *id)
{
	struct err e = { 0 };

	if (detach(s, id, &e) < 0 || adopt(s, root, id, &e) < 0)
		fail(s, &e);
	container_unlock(&s->c);
	tell(s, STAGE_READY, NULL);
	supervise(s);
	leave(s);
}

/* Where the sealed copy of a supervisor finds its job. */
enum { JOB_TICKET = 3, JOB_DESCRIPTOR = 4 };

/* TEXT: the descriptor to make it of; NULL: it is there, to be adopted. */
static int go_sealed(struct supervisor *s, const char *root, const char *id, const char *text,
		     struct err *e)
{
	char *const argv[] = { (char *)"nfrun",     (char *)"--root", (char *)root,
			       (char *)"supervise", (char *)id,       NULL };
	scoped_fd int ticket = fcntl(s->ticket, F_DUPFD_CLOEXEC, JOB_DESCRIPTOR + 1);
	scoped_fd int memfd = memfd_create("descriptor", MFD_CLOEXEC);
	scoped_fd int job = memfd < 0 ? -1 : fcntl(memfd, F_DUPFD_CLOEXEC, JOB_DESCRIPTOR + 1);

	if (ticket < 0 || job < 0)
		return err_set(e, errno, "hand over to the sealed copy of nfrun");
	if (text && write(job, text, strlen(text)) != (ssize_t)strlen(text))
		return err_set(e, errno, "hand over the descriptor");
	/* no CLOEXEC: they are what the copy is for */
	if (dup2(ticket, JOB_TICKET) < 0 || dup2(job, JOB_DESCRIPTOR) < 0)
		return err_set(e, errno, "hand over to the sealed copy of nfrun");
	return selfexe_exec(argv, e);
}

/* With a user namespace root inside cannot write to our executable. */
static void seal_if_needed(struct supervisor *s, const char *root, const char *id, const char *text,
			   bool userns)
{
	struct err e = { 0 };

	if (userns || selfexe_is_sealed() || go_sealed(s, root, id, text, &e) == 0)
		return;
	fail(s, &e);
}

int supervisor_resume(const char *root, const char *id, struct err *e)
{
	struct supervisor s = { .ticket = JOB_TICKET, .signals = -1 };
	scoped_strs struct strs problems = { 0 };
	scoped_str char *text = NULL;
	size_t n = 0;

	/* The arguments' memory is about to become the title; these live as long as the process. */
	root = str_dup(root);
	id = str_dup(id);
	if (!selfexe_is_sealed() || fcntl(JOB_TICKET, F_SETFD, FD_CLOEXEC) < 0 ||
	    fcntl(JOB_DESCRIPTOR, F_SETFD, FD_CLOEXEC) < 0)
		return err_set(e, 0, "this verb is for nfrun itself");
	if (fs_read_at(AT_FDCWD, "/proc/self/fd/4", &text, &n, e) < 0)
		return -1;
	if (n == 0)
		adopter_main(&s, root, id);
	if (vnf_load_bytes(text, n, "descriptor", NULL, &s.vnf, &problems) < 0)
		return err_set(e, 0, "%s", problems.v[0]);
	maker_main(&s, root);
}

static pid_t fork_with_ticket(int *ours, int *theirs, struct err *e)
{
	if (stage_pair(ours, theirs, e) < 0)
		return -1;

	pid_t pid = fork();
	if (pid < 0) {
		fd_drop(ours);
		fd_drop(theirs);
		return err_set(e, errno, "fork supervisor");
	}
	return pid;
}

/* The supervisor leaves the caller's directory, and the memory of its arguments. It may not be
 * there yet. NULL: E says why. */
static char *absolute_root(const char *root, struct err *e)
{
	scoped_str char *cwd = getcwd(NULL, 0);

	if (root[0] == '/')
		return str_dup(root);
	if (!cwd) {
		(void)err_set(e, errno, "find the current directory");
		return NULL;
	}
	return str_printf("%s/%s", cwd, root);
}

int supervisor_start(const char *root, const struct vnf *v, int *ticket, struct err *e)
{
	scoped_fd int theirs = -1;
	scoped_str char *absolute = absolute_root(root, e);

	if (!absolute)
		return -1;
	pid_t pid = fork_with_ticket(ticket, &theirs, e);
	if (pid == 0) {
		struct supervisor s = { .vnf = (struct vnf *)v,
					.ticket = fd_take(&theirs),
					.signals = -1 };

		fd_drop(ticket); /* else the caller's end would never be seen */
		seal_if_needed(&s, absolute, v->name, v->text, v->userns);
		maker_main(&s, absolute);
	}
	return pid < 0 ? -1 : 0;
}

int supervisor_adopt(const char *root, const char *id, bool userns, struct err *e)
{
	scoped_fd int ours = -1;
	scoped_fd int theirs = -1;
	scoped_str char *absolute = realpath(root, NULL);

	if (!absolute)
		return err_set(e, errno, "resolve state root %s", root);
	pid_t pid = fork_with_ticket(&ours, &theirs, e);
	if (pid < 0)
		return -1;
	if (pid == 0) {
		struct supervisor s = { .ticket = fd_take(&theirs), .signals = -1 };

		fd_drop(&ours);
		seal_if_needed(&s, absolute, id, NULL, userns);
		adopter_main(&s, absolute, id);
	}
	fd_drop(&theirs);
	return stage_await(ours, STAGE_READY, NULL, NULL, -1, e);
}
