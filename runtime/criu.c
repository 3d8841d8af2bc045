/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/criu.h"
#include "runtime/base/fs.h"
#include "runtime/base/scope.h"

#include <errno.h>
#include <string.h>

void criu_add_pair(struct criu_pair **v, size_t *n, const char *key, const char *value)
{
	*v = mem_grow(*v, *n + 1, sizeof **v);
	(*v)[(*n)++] = (struct criu_pair){ str_dup(key), str_dup(value) };
}

void criu_add_fd(struct criu_job *j, int fd, const char *key)
{
	j->fds = mem_grow(j->fds, j->n_fds + 1, sizeof *j->fds);
	j->fds[j->n_fds++] = (struct criu_fd){ fd, str_dup(key) };
}

static void pairs_free(struct criu_pair *v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(v[i].key);
		free(v[i].value);
	}
	free(v);
}

void criu_job_drop(struct criu_job *j)
{
	pairs_free(j->mounts, j->n_mounts);
	pairs_free(j->joins, j->n_joins);
	pairs_free(j->groups, j->n_groups);
	strs_free(&j->externals);
	for (size_t i = 0; i < j->n_fds; i++)
		free(j->fds[i].key);
	free(j->fds);
	*j = (struct criu_job){ 0 };
}

#ifdef NFRUN_CRIU
#include <criu.h>
#include <dlfcn.h>
#include <fcntl.h>

bool criu_is_built(void)
{
	return true;
}

/* Those of its functions that are needed: criu.h says what they do. */
struct library {
	int (*init_opts)(criu_opts **);
	void (*free_opts)(criu_opts *);
	void (*set_pid)(criu_opts *, int);
	void (*set_images_dir_fd)(criu_opts *, int);
	void (*set_work_dir_fd)(criu_opts *, int);
	int (*set_parent_images)(criu_opts *, const char *);
	int (*set_root)(criu_opts *, const char *);
	void (*set_log_level)(criu_opts *, int);
	int (*set_log_file)(criu_opts *, const char *);
	void (*set_leave_running)(criu_opts *, bool);
	void (*set_ext_unix_sk)(criu_opts *, bool);
	void (*set_tcp_established)(criu_opts *, bool);
	void (*set_tcp_skip_in_flight)(criu_opts *, bool);
	void (*set_evasive_devices)(criu_opts *, bool);
	void (*set_shell_job)(criu_opts *, bool);
	void (*set_orphan_pts_master)(criu_opts *, bool);
	void (*set_file_locks)(criu_opts *, bool);
	void (*set_track_mem)(criu_opts *, bool);
	void (*set_auto_dedup)(criu_opts *, bool);
	void (*set_link_remap)(criu_opts *, bool);
	void (*set_manage_cgroups)(criu_opts *, bool);
	void (*set_manage_cgroups_mode)(criu_opts *, enum criu_cg_mode);
	int (*set_lsm_profile)(criu_opts *, const char *);
	int (*set_lsm_mount_context)(criu_opts *, const char *);
	int (*set_page_server_address_port)(criu_opts *, const char *, int);
	int (*add_ext_mount)(criu_opts *, const char *, const char *);
	int (*add_external)(criu_opts *, const char *);
	int (*add_inherit_fd)(criu_opts *, int, const char *);
	int (*add_cg_root)(criu_opts *, const char *, const char *);
	int (*join_ns_add)(criu_opts *, const char *, const char *, const char *);
	void (*set_notify_cb)(criu_opts *, int (*)(char *, criu_notify_arg_t));
	int (*dump)(criu_opts *);
	int (*pre_dump)(criu_opts *);
	int (*restore_child)(criu_opts *);
};

#define SYMBOL(name)                                                                               \
	{                                                                                          \
		"criu_local_" #name, offsetof(struct library, name)                                \
	}
static const struct {
	const char *name;
	size_t offset;
} symbols[] = {
	SYMBOL(init_opts),
	SYMBOL(free_opts),
	SYMBOL(set_pid),
	SYMBOL(set_images_dir_fd),
	SYMBOL(set_work_dir_fd),
	SYMBOL(set_parent_images),
	SYMBOL(set_root),
	SYMBOL(set_log_level),
	SYMBOL(set_log_file),
	SYMBOL(set_leave_running),
	SYMBOL(set_ext_unix_sk),
	SYMBOL(set_tcp_established),
	SYMBOL(set_tcp_skip_in_flight),
	SYMBOL(set_evasive_devices),
	SYMBOL(set_shell_job),
	SYMBOL(set_orphan_pts_master),
	SYMBOL(set_file_locks),
	SYMBOL(set_track_mem),
	SYMBOL(set_auto_dedup),
	SYMBOL(set_link_remap),
	SYMBOL(set_manage_cgroups),
	SYMBOL(set_manage_cgroups_mode),
	SYMBOL(set_lsm_profile),
	SYMBOL(set_lsm_mount_context),
	SYMBOL(set_page_server_address_port),
	SYMBOL(add_ext_mount),
	SYMBOL(add_external),
	SYMBOL(add_inherit_fd),
	SYMBOL(add_cg_root),
	SYMBOL(join_ns_add),
	SYMBOL(set_notify_cb),
	SYMBOL(dump),
	SYMBOL(pre_dump),
	SYMBOL(restore_child),
};
#undef SYMBOL

/* Loaded once, and never let go. */
static int load_library(struct library *l, struct err *e)
{
	void *handle = dlopen("libcriu.so.2", RTLD_NOW);

	if (!handle)
		return err_tell(e, ENOENT,
				"CRIU is not installed: %s (Debian: apt-get install "
				"criu)",
				dlerror());
	for (size_t i = 0; i < ARRAY_LEN(symbols); i++) {
		void *symbol = dlsym(handle, symbols[i].name);

		if (!symbol)
			return err_tell(e, ENOSYS, "libcriu.so.2 is too old: it has no %s",
					symbols[i].name);
		memcpy((char *)l + symbols[i].offset, &symbol, sizeof symbol);
	}
	return 0;
}

struct session {
	struct library lib;
	criu_opts *opts;
};

static void session_drop(struct session *s)
{
	if (s->opts)
		s->lib.free_opts(s->opts);
	s->opts = NULL;
}

/* --- telling it --- */

static enum criu_cg_mode groups_mode(enum criu_groups g)
{
	static const enum criu_cg_mode modes[] = { [CRIU_GROUPS_SOFT] = CRIU_CG_MODE_SOFT,
						   [CRIU_GROUPS_FULL] = CRIU_CG_MODE_FULL,
						   [CRIU_GROUPS_STRICT] = CRIU_CG_MODE_STRICT,
						   [CRIU_GROUPS_IGNORE] = CRIU_CG_MODE_IGNORE };

	return modes[g];
}

/* What libcriu has no word for. */
static int refuse(const struct criu_wishes *w, struct err *e)
{
	if (w->lazy_pages || w->has_status_fd)
		return err_tell(e, ENOTSUP,
				"--lazy-pages and --status-fd: libcriu cannot ask CRIU "
				"for lazy migration; do without them");
	for (size_t i = 0; i < w->empty_ns.n; i++)
		if (strcmp(w->empty_ns.v[i], "network") != 0)
			return err_tell(e, EINVAL,
					"--empty-ns %s: only 'network' can be left empty, "
					"and always is",
					w->empty_ns.v[i]);
	return 0;
}

static int set_page_server(struct session *s, const char *at, struct err *e)
{
	const char *colon = strrchr(at, ':');
	scoped_str char *address = NULL;
	char *end = NULL;
	long port = colon ? strtol(colon + 1, &end, 10) : 0;

	if (!colon || colon == at || *end || port < 1 || port > 65535)
		return err_tell(e, EINVAL, "--page-server %s: expected ADDRESS:PORT", at);
	address = str_printf("%.*s", (int)(colon - at), at);
	return s->lib.set_page_server_address_port(s->opts, address, (int)port);
}

static int set_texts(struct session *s, const struct criu_job *j, struct err *e)
{
	const struct criu_wishes *w = j->wishes;

	if (w->page_server && set_page_server(s, w->page_server, e) < 0)
		return -1;
	if (s->lib.set_root(s->opts, j->root) < 0 || s->lib.set_log_file(s->opts, j->log) < 0 ||
	    (w->parent_path && s->lib.set_parent_images(s->opts, w->parent_path) < 0) ||
	    (w->lsm_profile && s->lib.set_lsm_profile(s->opts, w->lsm_profile) < 0) ||
	    (w->lsm_mount_context &&
	     s->lib.set_lsm_mount_context(s->opts, w->lsm_mount_context) < 0))
		return err_set(e, ENOMEM, "tell CRIU");
	return 0;
}

static void set_switches(struct session *s, const struct criu_job *j)
{
	const struct criu_wishes *w = j->wishes;

	s->lib.set_images_dir_fd(s->opts, j->images);
	s->lib.set_work_dir_fd(s->opts, j->work);
	s->lib.set_log_level(s->opts, CRIU_LOG_INFO);
	s->lib.set_leave_running(s->opts, w->leave_running);
	s->lib.set_ext_unix_sk(s->opts, w->ext_unix_sk);
	s->lib.set_tcp_established(s->opts, w->tcp_established);
	s->lib.set_tcp_skip_in_flight(s->opts, w->tcp_skip_in_flight);
	s->lib.set_shell_job(s->opts, w->shell_job);
	s->lib.set_orphan_pts_master(s->opts, true);
	s->lib.set_file_locks(s->opts, w->file_locks);
	s->lib.set_track_mem(s->opts, w->pre_dump || w->parent_path);
	s->lib.set_auto_dedup(s->opts, w->auto_dedup);
	s->lib.set_link_remap(s->opts, w->link_remap);
	s->lib.set_manage_cgroups(s->opts, true);
	s->lib.set_manage_cgroups_mode(s->opts, groups_mode(w->groups));
}

static int add_lists(struct session *s, const struct criu_job *j, struct err *e)
{
	int r = 0;

	for (size_t i = 0; i < j->n_mounts && r == 0; i++)
		r = s->lib.add_ext_mount(s->opts, j->mounts[i].key, j->mounts[i].value);
	for (size_t i = 0; i < j->externals.n && r == 0; i++)
		r = s->lib.add_external(s->opts, j->externals.v[i]);
	for (size_t i = 0; i < j->n_groups && r == 0; i++)
		r = s->lib.add_cg_root(s->opts, j->groups[i].key, j->groups[i].value);
	for (size_t i = 0; i < j->n_joins && r == 0; i++)
		r = s->lib.join_ns_add(s->opts, j->joins[i].key, j->joins[i].value, NULL);
	for (size_t i = 0; i < j->n_fds && r == 0; i++) {
		/* For the program criu, which it is run as. */
		if (fcntl(j->fds[i].fd, F_SETFD, 0) < 0)
			return err_set(e, errno, "hand CRIU a descriptor");
		r = s->lib.add_inherit_fd(s->opts, j->fds[i].fd, j->fds[i].key);
	}
	return r < 0 ? err_set(e, -r, "tell CRIU") : 0;
}

static int begin(struct session *s, const struct criu_job *j, struct err *e)
{
	if (refuse(j->wishes, e) < 0 || load_library(&s->lib, e) < 0)
		return -1;
	if (s->lib.init_opts(&s->opts) < 0)
		return err_set(e, ENOMEM, "prepare CRIU");
	set_switches(s, j);
	return set_texts(s, j, e) < 0 ? -1 : add_lists(s, j, e);
}

/* --- what it says --- */

/* "(00.012) Error (criu/mount.c:1073): mnt: ...": of several, the first is mostly the cause. */
static char *first_error(const struct criu_job *j)
{
	struct err ignored = { 0 };
	scoped_str char *log = NULL;

	if (fs_read_at(j->work, j->log, &log, NULL, &ignored) < 0)
		return NULL;

	const char *at = strstr(log, "Error (");
	const char *text = at ? strstr(at, "): ") : NULL;
	return text ? str_printf("%.*s", (int)strcspn(text + 3, "\n"), text + 3) : NULL;
}

static int explain(const struct criu_job *j, const char *verb, int code, struct err *e)
{
	scoped_str char *said = first_error(j);

	if (said)
		return err_tell(e, EIO, "CRIU cannot %s it: %s (the whole is in %s)", verb, said,
				j->log);
	if (code == -ECONNREFUSED || code == -ECOMM)
		return err_tell(e, ENOENT,
				"CRIU cannot %s it: the program criu did not answer; is "
				"it installed, and in PATH?",
				verb);
	return err_set(e, -code, "CRIU cannot %s it", verb);
}

int criu_dump_job(const struct criu_job *j, struct err *e)
{
	scoped(session_drop) struct session s = { 0 };

	if (begin(&s, j, e) < 0)
		return -1;
	s.lib.set_pid(s.opts, j->pid);

	int r = j->wishes->pre_dump ? s.lib.pre_dump(s.opts) : s.lib.dump(s.opts);
	return r < 0 ? explain(j, "checkpoint", r, e) : 0;
}

/* libcriu's callback has no argument of its own. */
static int terminal_of_restore = -1;

static int take_terminal(char *action, criu_notify_arg_t na)
{
	(void)na;
	if (strcmp(action, "orphan-pts-master") != 0)
		return 0;

	int (*get)(void) = NULL;
	void *symbol = dlsym(RTLD_DEFAULT, "criu_get_orphan_pts_master_fd");
	memcpy(&get, &symbol, sizeof symbol);
	terminal_of_restore = get ? fcntl(get(), F_DUPFD_CLOEXEC, 3) : -1;
	return 0;
}

int criu_restore_job(const struct criu_job *j, pid_t *pid, int *terminal, struct err *e)
{
	scoped(session_drop) struct session s = { 0 };

	*terminal = terminal_of_restore = -1;
	if (begin(&s, j, e) < 0)
		return -1;
	s.lib.set_evasive_devices(s.opts, true);
	s.lib.set_notify_cb(s.opts, take_terminal);

	int r = s.lib.restore_child(s.opts);
	*terminal = terminal_of_restore;
	if (r <= 0)
		return explain(j, "restore", r, e);
	*pid = r;
	return 0;
}

#else

bool criu_is_built(void)
{
	return false;
}

static int refuse(struct err *e)
{
	return err_tell(e, ENOSYS,
			"this build of nfrun has no CRIU: build it where libcriu is "
			"installed (Debian: apt-get install criu libprotobuf-c-dev)");
}

int criu_dump_job(const struct criu_job *j, struct err *e)
{
	(void)j;
	return refuse(e);
}

int criu_restore_job(const struct criu_job *j, pid_t *pid, int *terminal, struct err *e)
{
	(void)j;
	(void)pid;
	(void)terminal;
	return refuse(e);
}

#endif
