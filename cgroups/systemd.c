/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroups/systemd.h"
#include "cgroups/host.h"

#include <errno.h>
#include <signal.h>
#include <stdnoreturn.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

/* --- planning --- */

void scope_free(struct scope *s)
{
	if (!s)
		return;
	scope_settle(s);
	free(s->unit);
	free(s->slice);
	free(s->description);
	properties_drop(&s->more);
	free(s);
}

/* systemd sets device rules of its own on v1, and has groups in some of its hierarchies alone: its
 * own v1 support is at an end, and ours never began. */
static int find_v2(const struct cgroup_host *h, const char **mount, struct err *e)
{
	*mount = NULL;
	for (size_t i = 0; i < h->n; i++) {
		if (h->v[i].v2)
			*mount = h->v[i].mount;
		else if (controllers_are_core(h->v[i].controllers))
			return err_set(
				e, 0,
				"the systemd driver is for cgroup v2, and %s is on v1 at %s: "
				"use cgroupfs, or boot with "
				"systemd.unified_cgroup_hierarchy=1",
				h->v[i].controllers, h->v[i].mount);
	}
	return *mount ? 0
		      : err_set(e, 0,
				"the systemd driver needs cgroup v2: cgroup2 is mounted nowhere");
}

static int plan(struct cgroup *c, const struct cgroup_host *h, const struct cgroup_scope *wish,
		struct err *e)
{
	scoped_str char *own = str_printf(":nfrun:%s", wish->name);
	const char *path = wish->path && *wish->path ? wish->path : own, *mount;
	struct scope *s = c->scope = mem_alloc(sizeof *s);

	if (find_v2(h, &mount, e) < 0 || unit_names(path, &s->slice, &s->unit, e) < 0)
		return -1;

	scoped_str char *slices = slice_expand(s->slice, e);
	if (!slices)
		return err_wrap(e, "cgroups path '%s'", path);
	s->description = str_printf("nfrun container %s", wish->id);
	for (size_t i = 0; i < wish->properties.n; i++)
		if (properties_add_written(&s->more, wish->properties.v[i], e) < 0)
			return -1;
	c->exact = true;
	c->n = 1;
	c->parts[0] = (struct part){
		.controllers = str_dup(""),
		.dir = str_printf("%s/%s%s%s", strcmp(mount, "/") ? mount : "", slices,
				  *slices ? "/" : "", s->unit),
		.v2 = true,
		.entry = -1,
	};
	return 0;
}

int cgroup_plan_systemd(const struct cgroup_host *h, const struct cgroup_scope *wish,
			struct cgroup **out, struct err *e)
{
	struct cgroup *c = mem_alloc(sizeof *c);

	c->clone_fd = -1;
	if (cgroup_systemd_check(e) == 0 && plan(c, h, wish, e) == 0) {
		*out = c;
		return 0;
	}
	cgroup_free(c);
	return -1;
}

/* --- somebody in it --- */

/* systemd makes no scope without a process, and ends one that has none left. Ours stands there
 * until the container's first process has been born into the group; it goes with us if we die. */
static noreturn void hold(pid_t parent)
{
	(void)prctl(PR_SET_NAME, "nfrun-hold");
	(void)close_range(0, ~0U, 0);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
		_exit(1);
	for (;;)
		pause();
}

static int start_holder(struct scope *s, struct err *e)
{
	pid_t parent = getpid(), pid = fork();

	if (pid < 0)
		return err_set(e, errno, "fork");
	if (pid == 0)
		hold(parent);
	s->holder = pid;
	return 0;
}

static void end_holder(struct scope *s)
{
	if (s->holder == 0)
		return;
	(void)kill(s->holder, SIGKILL); /* our child until it is waited for */
	while (waitpid(s->holder, NULL, 0) < 0 && errno == EINTR)
		;
	s->holder = 0;
}

void scope_settle(struct scope *s)
{
	end_holder(s);
	systemd_bus_close(s->bus);
	s->bus = NULL;
}

void cgroup_settle(struct cgroup *c)
{
	if (c->scope)
		scope_settle(c->scope);
}

/* --- starting and stopping --- */

static int connect_to(struct scope *s, struct err *e)
{
	return s->bus ? 0 : systemd_bus_open(&s->bus, e);
}

/* memory.oom.group has no property but this, and that only when the unit is made. */
static int add_oom_policy(struct properties *p, struct scope *s, const struct cgroup_limits *l,
			  struct err *e)
{
	enum { SCOPES_SINCE = 253 };
	uint64_t group = l->memory_oom_group;
	unsigned version;

	for (size_t i = 0; i < l->n_unified; i++)
		if (strcmp(l->unified[i].file, "memory.oom.group") == 0)
			group = strtoull(l->unified[i].value, NULL, 10);
	if (group > 1)
		return 0; /* not given, or for the kernel to refuse */
	if (systemd_bus_version(s->bus, &version, e) < 0)
		return -1;
	if (version >= SCOPES_SINCE)
		properties_add_text(p, "OOMPolicy", group ? "kill" : "continue");
	return 0;
}

/* As runc has it. No device rules: nfrun's own filter is in force, and systemd leaves alone what it
 * did not attach. */
static int first_properties(struct properties *p, struct scope *s, const struct cgroup_limits *l,
			    struct err *e)
{
	static const char *const accounting[] = { "MemoryAccounting", "CPUAccounting",
						  "IOAccounting", "TasksAccounting" };

	properties_add_text(p, "Description", s->description);
	properties_add_text(p, "Slice", strcmp(s->slice, "-") ? s->slice : "-.slice");
	properties_add_number(p, "Delegate", 'b', true);
	properties_add_pid(p, "PIDs", s->holder);
	for (size_t i = 0; i < ARRAY_LEN(accounting); i++)
		properties_add_number(p, accounting[i], 'b', true);
	properties_add_number(p, "DefaultDependencies", 'b', false);
	if (add_oom_policy(p, s, l, e) < 0)
		return -1;
	properties_add_all(p, &s->more);
	return 0;
}

/* A unit that has failed keeps its name until it is reset. */
static int start(struct scope *s, const struct properties *p, struct err *e)
{
	struct err gone = { 0 };

	if (systemd_bus_start(s->bus, s->unit, p, e) == 0)
		return 0;
	if (e->code != EEXIST)
		return -1;
	if (systemd_bus_reset(s->bus, s->unit, &gone) < 0 && gone.code != ENOENT)
		return err_wrap(e, "%s", gone.text);
	return systemd_bus_start(s->bus, s->unit, p, e);
}

int scope_start(struct cgroup *c, const struct cgroup_limits *l, struct err *e)
{
	scoped(properties_drop) struct properties p = { 0 };
	struct scope *s = c->scope;
	struct err ignored = { 0 };

	if (connect_to(s, e) < 0 || start_holder(s, e) < 0 || first_properties(&p, s, l, e) < 0)
		return -1;
	if (start(s, &p, e) < 0) {
		c->refused = e->code == EEXIST; /* it is somebody's, and lives */
		if (!c->refused)
			(void)systemd_bus_reset(s->bus, s->unit, &ignored);
		return -1;
	}
	if (part_exists(&c->parts[0]))
		return 0;
	return err_set(e, errno,
		       "systemd has made unit %s, but its group is not at %s (are we in another "
		       "cgroup namespace than systemd?)",
		       s->unit, c->parts[0].dir);
}

/* Without systemd, as after a boot with another init, there are no units. */
int scope_stop(struct cgroup *c, struct err *e)
{
	struct scope *s = c->scope;
	struct err none = { 0 };

	end_holder(s);
	if (cgroup_systemd_is_built() && cgroup_systemd_check(&none) < 0)
		return 0;
	if (connect_to(s, e) < 0)
		return err_wrap(e, "stop unit %s", s->unit);
	if (systemd_bus_stop(s->bus, s->unit, e) < 0 && e->code != ENOENT)
		return -1;
	/* one that systemd had to kill has failed; a lasting failure is told by the next start */
	if (systemd_bus_reset(s->bus, s->unit, e) < 0 && e->code != ENOENT)
		return err_wrap(e, "reset unit %s", s->unit);
	return 0;
}

/* --- limits --- */

int scope_follow(struct cgroup *c, const struct settings *written, struct err *e)
{
	scoped(properties_drop) struct properties p = { 0 };
	scoped(written_files_drop) struct written_files *files = NULL;
	const char *dir = c->parts[0].dir;
	struct scope *s = c->scope;
	unsigned version;

	if (!properties_are_due(written))
		return 0;
	if (connect_to(s, e) < 0 || systemd_bus_version(s->bus, &version, e) < 0 ||
	    properties_of_files(&p, dir, written, version, e) < 0)
		return -1;
	if (p.n == 0)
		return 0;
	files = written_files_keep(dir);
	if (systemd_bus_set(s->bus, s->unit, &p, e) < 0)
		return -1;
	return written_files_restore(files, dir, e);
}
