/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/attach_parts.h"
#include "runtime/base/scope.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <sys/stat.h>

int attach_namespaces(pid_t pid, int *wanted, struct err *e)
{
	static const struct {
		const char *name;
		int type;
	} all[] = {
		{ "user", CLONE_NEWUSER }, { "mnt", CLONE_NEWNS },        { "pid", CLONE_NEWPID },
		{ "net", CLONE_NEWNET },   { "uts", CLONE_NEWUTS },       { "ipc", CLONE_NEWIPC },
		{ "time", CLONE_NEWTIME }, { "cgroup", CLONE_NEWCGROUP },
	};

	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		char theirs[48], ours[32];
		struct stat a, b;

		snprintf(theirs, sizeof theirs, "/proc/%d/ns/%s", pid, all[i].name);
		snprintf(ours, sizeof ours, "/proc/self/ns/%s", all[i].name);
		if (stat(ours, &b) < 0)
			continue; /* this kernel has none */
		if (stat(theirs, &a) < 0)
			return err_tell(e, ESRCH, "container not running");
		if (a.st_ino != b.st_ino)
			*wanted |= all[i].type;
	}
	return 0;
}
