/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/rdt.h"
#include "runtime/base/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

char *rdt_mount_in(const char *mountinfo)
{
	scoped_str char *text = str_dup(mountinfo);
	char *rest = NULL;

	/* proc_pid_mountinfo(5): the fifth word is the mount point */
	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		char *words = NULL, *word;

		if (!strstr(line, " - resctrl "))
			continue;
		word = strtok_r(line, " ", &words);
		for (int i = 0; word && i < 4; i++)
			word = strtok_r(NULL, " ", &words);
		return str_dup(word);
	}
	return NULL;
}

int rdt_find(char **mount, struct err *e)
{
	scoped_str char *text = NULL;

	if (fs_read_at(AT_FDCWD, "/proc/self/mountinfo", &text, NULL, e) < 0)
		return -1;
	*mount = rdt_mount_in(text);
	if (*mount)
		return 0;
	return err_tell(e, 0,
			"linux.intelRdt: no resctrl file system is mounted (mount -t resctrl "
			"resctrl /sys/fs/resctrl, on a CPU and a kernel that have it)");
}

/* --- schemata --- */

/* The value of domain ID in the list "0=7f;1=f". */
static bool domain_value(const char *list, unsigned long id, int base, unsigned long *out)
{
	for (const char *at = list; at; at = strchr(at, ';') ? strchr(at, ';') + 1 : NULL) {
		char *end;

		if (strtoul(at, &end, 10) != id || *end != '=')
			continue;
		*out = strtoul(end + 1, NULL, base);
		return true;
	}
	return false;
}

/* The list of the resource NAME ("L3") in a schemata file, cut off at the line's end by the
 * caller's copy; NULL: it has none. */
static char *resource_list(const char *current, const char *name)
{
	scoped_str char *text = str_dup(current);
	char *rest = NULL;

	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		char *colon = strchr(line, ':');

		line += strspn(line, " "); /* the kernel aligns them */
		if (colon && (size_t)(colon - line) == strlen(name) &&
		    strncmp(line, name, strlen(name)) == 0)
			return str_dup(colon + 1);
	}
	return NULL;
}

/* LINE is "L3:0=7f;1=f". */
static bool line_holds(char *line, const char *current)
{
	char *list = strchr(line, ':'), *rest = NULL;

	line += strspn(line, " \t");
	if (!list)
		return *line == '\0';
	*list++ = '\0';

	scoped_str char *now = resource_list(current, line);
	int base = strncmp(line, "MB", 2) == 0 ? 10 : 16;
	for (char *d = strtok_r(list, ";", &rest); d && now; d = strtok_r(NULL, ";", &rest)) {
		unsigned long have;
		char *end;
		unsigned long id = strtoul(d, &end, 10);

		if (*end != '=' || !domain_value(now, id, base, &have) ||
		    have != strtoul(end + 1, NULL, base))
			return false;
	}
	return now != NULL;
}

bool rdt_schemata_hold(const char *wanted, const char *current)
{
	scoped_str char *text = str_dup(wanted);
	char *rest = NULL;

	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		if (!line_holds(line, current))
			return false;
	return true;
}

static void add_line(char **text, const char *line)
{
	scoped_str char *so_far = *text;

	*text = str_printf("%s%s\n", so_far, line);
}

/* memBwSchema stands for what l3CacheSchema says of bandwidth; schemata come last. */
static char *schemata_of(const struct spec_rdt *r)
{
	scoped_str char *l3 = str_dup(r->l3_schema ? r->l3_schema : "");
	char *text = str_dup(""), *rest = NULL;

	for (char *line = strtok_r(l3, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		if (!r->mem_bw_schema || strncmp(line, "MB:", 3) != 0)
			add_line(&text, line);
	if (r->mem_bw_schema)
		add_line(&text, r->mem_bw_schema);
	for (size_t i = 0; i < r->schemata.n; i++)
		add_line(&text, r->schemata.v[i]);
	return text;
}

/* --- directories --- */

/* "/" is the class of all that has none of its own. */
static char *class_dir(const char *mount, const struct spec_rdt *r, const char *id)
{
	if (r->clos_id && strcmp(r->clos_id, "/") == 0)
		return str_dup(mount);
	return str_printf("%s/%s", mount, r->clos_id ? r->clos_id : id);
}

static bool is_monitored(const struct spec_rdt *r)
{
	return r->enable_monitoring || r->enable_cmt || r->enable_mbm;
}

static char *monitor_dir(const char *class, const char *id)
{
	return str_printf("%s/mon_groups/%s", class, id);
}

/* What the kernel thinks of the last thing that it was told. */
static int refused(const char *mount, const char *what, struct err *e)
{
	scoped_str char *path = str_printf("%s/info/last_cmd_status", mount), *status = NULL;
	struct err ignored;

	if (fs_read_at(AT_FDCWD, path, &status, NULL, &ignored) < 0 || !*status)
		return err_wrap(e, "%s", what);
	status[strcspn(status, "\n")] = '\0';
	return err_wrap(e, "%s (%s)", what, status);
}

/* It becomes a path. */
static int check_name(const struct spec_rdt *r, struct err *e)
{
	const char *name = r->clos_id;

	if (!name || strcmp(name, "/") == 0)
		return 0;
	if (*name && !strchr(name, '/') && strcmp(name, ".") != 0 && strcmp(name, "..") != 0)
		return 0;
	return err_set(e, 0, "closID '%s' is not the name of a directory", name);
}

static int check_monitoring(const char *mount, const struct spec_rdt *r, struct err *e)
{
	scoped_str char *path = str_printf("%s/info/L3_MON/mon_features", mount), *have = NULL;
	struct err ignored;

	if (!is_monitored(r))
		return 0;
	if (fs_read_at(AT_FDCWD, path, &have, NULL, &ignored) < 0)
		return err_set(e, 0,
			       "this CPU or kernel has no monitoring of caches and bandwidth");
	if (r->enable_cmt && !strstr(have, "llc_occupancy"))
		return err_set(e, 0, "enableCMT: this CPU does not monitor the cache (CMT)");
	if (r->enable_mbm && !strstr(have, "mbm_"))
		return err_set(e, 0, "enableMBM: this CPU does not monitor the bandwidth (MBM)");
	return 0;
}

static int make_class(const char *mount, const struct spec_rdt *r, const char *class, bool *made,
		      struct err *e)
{
	*made = mkdir(class, 0755) == 0;
	if (*made || errno == EEXIST)
		return 0;
	(void)err_set(e, errno, "make %s", class);
	return refused(mount, r->clos_id ? "make the class of closID" : "make a class", e);
}

static int write_schemata(const char *mount, const char *class, const char *text, struct err *e)
{
	scoped_str char *path = str_printf("%s/schemata", class);

	return fs_write_at(AT_FDCWD, path, text, e) < 0 ? refused(mount, "write schemata", e) : 0;
}

/* A class that others may be in is not changed: it is what is asked for, or an error. */
static int check_class(const struct spec_rdt *r, const char *class, const char *text, struct err *e)
{
	scoped_str char *path = str_printf("%s/schemata", class), *current = NULL;

	if (fs_read_at(AT_FDCWD, path, &current, NULL, e) < 0)
		return -1;
	if (rdt_schemata_hold(text, current))
		return 0;
	return err_set(e, 0, "closID '%s' exists with other schemata than are asked for",
		       r->clos_id);
}

static int settle_class(const char *mount, const struct spec_rdt *r, const char *class,
			struct err *e)
{
	scoped_str char *text = schemata_of(r);
	bool made;

	if (r->clos_id && !*text) {
		if (access(class, F_OK) == 0)
			return 0;
		return err_set(e, 0,
			       "closID '%s' does not exist, and there are no schemata to make "
			       "it with",
			       r->clos_id);
	}
	if (make_class(mount, r, class, &made, e) < 0)
		return -1;
	if (r->clos_id && !made)
		return check_class(r, class, text, e);
	if (!*text || write_schemata(mount, class, text, e) == 0)
		return 0;
	if (made)
		(void)rmdir(class); /* the first error is the one to tell */
	return -1;
}

int rdt_create(const char *mount, const struct spec_rdt *r, const char *id, struct err *e)
{
	scoped_str char *class = class_dir(mount, r, id), *monitor = monitor_dir(class, id);

	if (!r->given)
		return 0;
	if (check_name(r, e) < 0 || check_monitoring(mount, r, e) < 0 ||
	    settle_class(mount, r, class, e) < 0)
		return err_wrap(e, "linux.intelRdt");
	if (!is_monitored(r) || mkdir(monitor, 0755) == 0 || errno == EEXIST)
		return 0;
	(void)err_set(e, errno, "make %s", monitor);
	return err_wrap(e, "linux.intelRdt");
}

static int enter(const char *dir, pid_t pid, struct err *e)
{
	scoped_str char *path = str_printf("%s/tasks", dir), *text = str_printf("%d", pid);

	return fs_write_at(AT_FDCWD, path, text, e);
}

int rdt_enter(const char *mount, const struct spec_rdt *r, const char *id, pid_t pid, struct err *e)
{
	scoped_str char *class = class_dir(mount, r, id), *monitor = monitor_dir(class, id);

	if (!r->given)
		return 0;
	/* A monitoring group takes the tasks of its own class alone. */
	if (enter(class, pid, e) < 0 || (is_monitored(r) && enter(monitor, pid, e) < 0)) {
		(void)refused(mount, "enter the class", e);
		return err_wrap(e, "linux.intelRdt");
	}
	return 0;
}

static int remove_dir(const char *dir, struct err *e)
{
	if (rmdir(dir) == 0 || errno == ENOENT || errno == ENOTDIR)
		return 0;
	return err_set(e, errno, "remove %s", dir);
}

int rdt_remove(const char *mount, const struct spec_rdt *r, const char *id, struct err *e)
{
	scoped_str char *class = class_dir(mount, r, id), *monitor = monitor_dir(class, id);

	if (!r->given)
		return 0;
	if (is_monitored(r) && remove_dir(monitor, e) < 0)
		return -1;
	return r->clos_id ? 0 : remove_dir(class, e);
}
