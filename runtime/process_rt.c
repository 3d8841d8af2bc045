/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/process_rt.h"
#include "runtime/base/fs.h"
#include "runtime/base/scope.h"
#include "runtime/base/strs.h"

#include <fcntl.h>
#include <stdbool.h>
#include <string.h>

static bool has_word(const char *list, const char *word)
{
	size_t n = strlen(word);

	for (const char *at = list; (at = strstr(at, word)); at += n)
		if ((at == list || at[-1] == ',') && (at[n] == ',' || at[n] == '\0'))
			return true;
	return false;
}

/* "3:cpu,cpuacct:/a/b" in TEXT, which is cut to pieces: "/a/b". */
static const char *group_of(char *text)
{
	char *rest = NULL;

	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		char *list = strchr(line, ':'), *path = list ? strchr(list + 1, ':') : NULL;

		if (!path)
			continue;
		*path++ = '\0';
		if (has_word(list + 1, "cpu"))
			return path;
	}
	return NULL;
}

/* proc_pid_mountinfo(5): ID PARENT DEV ROOT MOUNTPOINT ... - TYPE SOURCE OPTIONS. */
static bool cpu_mount(char *line, char **root, char **mount)
{
	char *tail = strstr(line, " - cgroup "), *options = tail ? strrchr(tail, ' ') + 1 : NULL;
	char *rest = NULL;

	if (!tail || !has_word(options, "cpu"))
		return false;
	*tail = '\0';
	(void)strtok_r(line, " ", &rest);
	(void)strtok_r(NULL, " ", &rest);
	(void)strtok_r(NULL, " ", &rest);
	*root = strtok_r(NULL, " ", &rest);
	*mount = strtok_r(NULL, " ", &rest);
	return *mount != NULL;
}

char *process_rt_path(const char *cgroup, const char *mountinfo)
{
	scoped_str char *groups = str_dup(cgroup), *mounts = str_dup(mountinfo);
	const char *group = group_of(groups);
	char *rest = NULL, *root, *mount;

	if (!group)
		return NULL;
	for (char *line = strtok_r(mounts, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		if (!cpu_mount(line, &root, &mount))
			continue;
		size_t n = strcmp(root, "/") == 0 ? 0 : strlen(root);
		if (strncmp(group, root, n) == 0 && (group[n] == '/' || group[n] == '\0'))
			return str_printf("%s%s/cpu.rt_runtime_us", mount,
					  strcmp(group + n, "/") == 0 ? "" : group + n);
	}
	return NULL;
}

char *process_rt_file(pid_t pid)
{
	scoped_str char *path =
		pid ? str_printf("/proc/%d/cgroup", pid) : str_dup("/proc/self/cgroup");
	scoped_str char *cgroup = NULL, *mountinfo = NULL, *value = NULL;
	struct err ignored;

	if (fs_read_at(AT_FDCWD, path, &cgroup, NULL, &ignored) < 0 ||
	    fs_read_at(AT_FDCWD, "/proc/self/mountinfo", &mountinfo, NULL, &ignored) < 0)
		return NULL;
	scoped_str char *file = process_rt_path(cgroup, mountinfo);
	if (!file || fs_read_at(AT_FDCWD, file, &value, NULL, &ignored) < 0)
		return NULL;
	return strtol(value, NULL, 10) == 0 ? str_take(&file) : NULL;
}
