/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_TESTS_ENGINE_TEST_H
#define NFRUN_TESTS_ENGINE_TEST_H

/* What the tests of the engine share: VNFs from a line of JSON, and looks at them from outside. */

#include "runtime/base/scope.h"
#include "runtime/spec/vnf_load.h"
#include "runtime/vnf.h"
#include "tests/support/support.h"

#include <errno.h>
#include <criterion/criterion.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define SLEEP   "\"process\":{\"args\":[\"/bin/sleep\",\"1000\"]}"
#define SH(cmd) "\"process\":{\"args\":[\"/bin/sh\",\"-c\",\"" cmd "\"]}"

static inline struct vnf *load(const char *text)
{
	scoped_strs struct strs problems = { 0 };
	struct vnf *v = NULL;

	if (vnf_load_bytes(text, strlen(text), "test", "/", &v, &problems) < 0)
		cr_assert_fail("%s", problems.v[0]);
	return v;
}

static inline int start(const char *text, struct err *e)
{
	struct vnf *v = load(text);
	int r = vnf_start(host_root(), v, NULL, e);

	vnf_free(v);
	return r;
}

static inline void must_start(const char *text)
{
	struct err e = { 0 };

	cr_assert_eq(start(text, &e), 0, "%s: %s", e.text, strerror(e.code));
}

static inline void must_delete(const char *name)
{
	struct err e = { 0 };

	cr_assert_eq(vnf_delete(host_root(), name, true, &e), 0, "%s: %s", e.text,
		     strerror(e.code));
}

static inline struct vnf_view look(const char *name)
{
	struct vnf_view v;
	struct err e = { 0 };

	cr_assert_eq(vnf_look(host_root(), name, &v, &e), 0, "%s: %s", e.text, strerror(e.code));
	return v;
}

static inline enum status status_of(const char *name)
{
	struct vnf_view v = look(name);
	enum status s = v.rec.status;

	vnf_view_drop(&v);
	return s;
}

static inline pid_t init_of(const char *name)
{
	struct vnf_view v = look(name);
	pid_t pid = v.rec.init.pid;

	vnf_view_drop(&v);
	return pid;
}

static inline pid_t supervisor_of(const char *name)
{
	struct vnf_view v = look(name);
	pid_t pid = v.rec.supervisor.pid;

	vnf_view_drop(&v);
	return pid;
}

static inline char *proc_text(pid_t pid, const char *file)
{
	scoped_str char *path = str_printf("/proc/%d/%s", pid, file);

	return read_text(path);
}

static inline void kill_and_wait(pid_t pid)
{
	struct err e = { 0 };
	struct proc_id p;

	cr_assert_eq(proc_id_of(pid, &p, &e), 0, "%s", e.text);
	kill(pid, SIGKILL);
	cr_assert(wait_until(!proc_id_alive(&p), 5000));
}

static inline pid_t payload_of(const char *name)
{
	pid_t init = init_of(name);
	scoped_str char *file = str_printf("task/%d/children", init);
	scoped_str char *children = proc_text(init, file);

	return (pid_t)strtol(children, NULL, 10);
}

static inline char *log_of(const char *name)
{
	scoped_str char *path = str_printf("%s/%s/log", host_root(), name);

	return read_text(path);
}

static inline bool log_has(const char *name, const char *text)
{
	scoped_str char *log = log_of(name);

	return strstr(log, text) != NULL;
}

static inline bool same_ns(pid_t pid, const char *ns)
{
	scoped_str char *path = str_printf("/proc/%d/ns/%s", pid, ns);
	scoped_str char *own = str_printf("/proc/self/ns/%s", ns);
	struct stat a, b;

	cr_assert(stat(path, &a) == 0 && stat(own, &b) == 0, "%s", path);
	return a.st_ino == b.st_ino;
}

/* Take it afresh; true: no difference. */
static inline bool census_equal(struct strs *now, const struct strs *before)
{
	strs_free(now);
	census_take(now);
	scoped_str char *diff = census_diff(before, now);
	return !diff;
}

/* The maker of TEXT's VNF, "a", is killed ROUNDS times, after ever longer times; whatever it had
 * made by then goes with the next verb. */
static inline void kill_makers(const char *text, int rounds, int step_us)
{
	struct vnf *v = load(text);
	scoped_strs struct strs before = { 0 };
	struct err e = { 0 };

	must_start("{\"name\":\"b\"," SLEEP "}"); /* the root's own folders come with the first */
	must_delete("b");
	census_take(&before);
	for (int i = 0; i < rounds; i++) {
		scoped_strs struct strs after = { 0 };
		scoped_fd int ticket = -1;

		while (waitpid(-1, NULL, WNOHANG) > 0)
			continue;
		cr_assert_eq(vnf_start_begin(host_root(), v, &ticket, &e), 0);
		scoped_str char *file = str_printf("task/%d/children", getpid());
		scoped_str char *children = proc_text(getpid(), file);
		usleep((useconds_t)(i * step_us));
		kill_and_wait((pid_t)strtol(children, NULL, 10));
		cr_expect(vnf_delete(host_root(), "a", true, &e) == 0 || e.code == ENOENT, "%s",
			  e.text);
		cr_expect(wait_until((waitpid(-1, NULL, WNOHANG), census_equal(&after, &before)),
				     3000),
			  "after %d us: %s", i * step_us, census_diff(&before, &after));
	}
	vnf_free(v);
}

#endif
