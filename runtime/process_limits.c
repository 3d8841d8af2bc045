/* SPDX-License-Identifier: Apache-2.0 */
/* rlimits and the OOM killer's score. */
#include "runtime/base/fs.h"
#include "runtime/process_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/resource.h>

static const char *name_of(int resource, char *out, size_t size)
{
	static const char *const names[] = {
		[RLIMIT_AS] = "AS",
		[RLIMIT_CORE] = "CORE",
		[RLIMIT_CPU] = "CPU",
		[RLIMIT_DATA] = "DATA",
		[RLIMIT_FSIZE] = "FSIZE",
		[RLIMIT_LOCKS] = "LOCKS",
		[RLIMIT_MEMLOCK] = "MEMLOCK",
		[RLIMIT_MSGQUEUE] = "MSGQUEUE",
		[RLIMIT_NICE] = "NICE",
		[RLIMIT_NOFILE] = "NOFILE",
		[RLIMIT_NPROC] = "NPROC",
		[RLIMIT_RSS] = "RSS",
		[RLIMIT_RTPRIO] = "RTPRIO",
		[RLIMIT_RTTIME] = "RTTIME",
		[RLIMIT_SIGPENDING] = "SIGPENDING",
		[RLIMIT_STACK] = "STACK",
	};

	if (resource >= 0 && (size_t)resource < ARRAY_LEN(names) && names[resource])
		snprintf(out, size, "RLIMIT_%s", names[resource]);
	else
		snprintf(out, size, "limit %d", resource);
	return out;
}

static const char *amount(uint64_t n, char *out, size_t size)
{
	if (n == RLIM_INFINITY)
		snprintf(out, size, "unlimited");
	else
		snprintf(out, size, "%" PRIu64, n);
	return out;
}

/* "set RLIMIT_NOFILE to 10 (hard 20): the hard limit in force is 15, ..." */
static int refused(const struct spec_rlimit *want, const struct rlimit *now, int code,
		   struct err *e)
{
	char name[32], soft[24], hard[24], force[24], cause[64];

	name_of(want->resource, name, sizeof name);
	amount(want->soft, soft, sizeof soft);
	amount(want->hard, hard, sizeof hard);
	amount(now->rlim_max, force, sizeof force);
	if (want->soft > want->hard)
		return err_tell(e, EINVAL,
				"set %s to %s (hard %s): the soft limit is above the "
				"hard one",
				name, soft, hard);
	if (code == EPERM && want->hard > now->rlim_max)
		return err_tell(e, EPERM,
				"set %s to %s (hard %s): the hard limit in force is %s, and "
				"raising it takes CAP_SYS_RESOURCE%s",
				name, soft, hard, force,
				want->resource == RLIMIT_NOFILE ? " and no more than fs.nr_open"
								: "");
	return err_tell(e, code, "set %s to %s (hard %s), hard limit in force %s: %s", name, soft,
			hard, force, process_cause(code, cause, sizeof cause));
}

static int raise_one(pid_t pid, const struct spec_rlimit *want, struct err *e)
{
	__rlimit_resource_t resource = (__rlimit_resource_t)want->resource;
	struct rlimit now = { 0 };
	char name[32];

	if (prlimit(pid, resource, NULL, &now) < 0)
		return err_set(e, errno, "read %s of process %d",
			       name_of(want->resource, name, sizeof name), pid);
	if (want->hard <= now.rlim_max)
		return 0;

	const struct rlimit raised = { now.rlim_cur, want->hard };
	if (prlimit(pid, resource, &raised, NULL) == 0)
		return 0;
	return refused(want, &now, errno, e);
}

int process_rlimits(pid_t pid, const struct spec_process *p, struct err *e)
{
	for (size_t i = 0; i < p->n_rlimits; i++)
		if (raise_one(pid, &p->rlimits[i], e) < 0)
			return -1;
	return 0;
}

int process_set_rlimits(const struct spec_process *p, struct err *e)
{
	for (size_t i = 0; i < p->n_rlimits; i++) {
		const struct spec_rlimit *want = &p->rlimits[i];
		const struct rlimit l = { want->soft, want->hard };
		struct rlimit now = { 0 };

		if (setrlimit((__rlimit_resource_t)want->resource, &l) == 0)
			continue;
		int code = errno;
		(void)getrlimit((__rlimit_resource_t)want->resource, &now); /* zeroes will do */
		return refused(want, &now, code, e);
	}
	return 0;
}

int process_oom_score(pid_t pid, const struct spec_process *p, struct err *e)
{
	scoped_str char *path = pid ? str_printf("/proc/%d/oom_score_adj", pid)
				    : str_dup("/proc/self/oom_score_adj");
	scoped_str char *value = str_printf("%d", p->oom_score_adj), *now = NULL;
	struct err ignored;

	if (!p->has_oom_score_adj || fs_write_at(AT_FDCWD, path, value, e) == 0)
		return 0;
	if (e->code != EACCES)
		return -1;
	if (fs_read_at(AT_FDCWD, path, &now, NULL, &ignored) == 0)
		now[strcspn(now, "\n")] = '\0';
	return err_tell(e, EACCES,
			"set oom_score_adj to %s: lowering it (%s is in force) takes "
			"CAP_SYS_RESOURCE",
			value, now ? now : "another");
}
