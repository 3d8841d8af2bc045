/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroups/host.h"
#include "runtime/base/fs.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

/* The core ones first: those that hold a VNF. The last has no controller: it is where systemd keeps
 * track of its services on a host without cgroup2. */
static const char *const used[] = { "cpu",      "cpuacct", "cpuset", "memory",  "pids",
				    "devices",  "freezer", "blkio",  "hugetlb", "net_cls",
				    "net_prio", "rdma",    SYSTEMD };
enum { CORE = 5 };

bool words_have(const char *list, const char *word)
{
	static const char separators[] = " ,\n";

	while (*list) {
		size_t len = strcspn(list, separators);

		if (len == strlen(word) && strncmp(list, word, len) == 0)
			return true;
		list += len;
		list += strspn(list, separators);
	}
	return false;
}

bool controllers_are_core(const char *controllers)
{
	for (size_t i = 0; i < CORE; i++)
		if (words_have(controllers, used[i]))
			return true;
	return false;
}

/* proc(5): blanks, tabs, newlines and backslashes in mountinfo's paths are \ooo. */
static char *unescape(const char *text)
{
	char *out = mem_alloc(strlen(text) + 1), *to = out;

	while (*text) {
		if (*text == '\\' && strspn(text + 1, "01234567") >= 3) {
			*to++ = (char)((text[1] - '0') << 6 | (text[2] - '0') << 3 |
				       (text[3] - '0'));
			text += 4;
		} else {
			*to++ = *text++;
		}
	}
	return out;
}

static char *used_controllers(const char *options)
{
	scoped_str char *list = str_dup("");

	for (size_t i = 0; i < ARRAY_LEN(used); i++) {
		if (!words_have(options, used[i]))
			continue;

		char *longer = str_printf("%s%s%s", list, *list ? "," : "", used[i]);
		str_drop(&list);
		list = longer;
	}
	return str_take(&list);
}

static void hierarchy_drop(struct hierarchy *h)
{
	free(h->controllers);
	free(h->mount);
	free(h->root);
	free(h->own);
}

static void host_add(struct cgroup_host *h, const struct hierarchy *new)
{
	h->v = mem_grow(h->v, h->n + 1, sizeof *h->v);
	h->v[h->n++] = *new;
}

/* proc(5): ID PARENT MAJOR:MINOR ROOT MOUNT OPTIONS [TAG...] - TYPE SOURCE SUPER-OPTIONS */
static void parse_mount(struct cgroup_host *h, char *line)
{
	char *field[5], *type = strstr(line, " - ");
	unsigned int major, minor;

	if (!type)
		return;
	*type = '\0';
	type += 3;
	for (size_t i = 0; i < ARRAY_LEN(field); i++)
		if (!(field[i] = strsep(&line, " ")))
			return;
	if (sscanf(field[2], "%u:%u", &major, &minor) != 2) /* NOLINT(cert-err34-c): the kernel's */
		return;

	char *options = type;
	const char *name = strsep(&options, " ");
	bool v2 = strcmp(name, "cgroup2") == 0;
	if (!options || (!v2 && strcmp(name, "cgroup") != 0))
		return;
	(void)strsep(&options, " "); /* the source */

	struct hierarchy new = {
		.controllers = v2 ? str_dup("") : used_controllers(options ? options : ""),
		.mount = unescape(field[4]),
		.root = unescape(field[3]),
		.dev = makedev(major, minor),
		.v2 = v2,
	};
	if (v2 || *new.controllers)
		host_add(h, &new);
	else
		hierarchy_drop(&new);
}

/* cgroups(7): ID:CONTROLLERS:PATH; 0::PATH is v2. */
static void parse_own(struct cgroup_host *h, char *line)
{
	char *id = strsep(&line, ":"), *controllers = strsep(&line, ":");

	if (!line)
		return;

	scoped_str char *ours = used_controllers(controllers);
	for (size_t i = 0; i < h->n; i++) {
		struct hierarchy *it = &h->v[i];
		bool same =
			it->v2 ? strcmp(id, "0") == 0 : *ours && strcmp(it->controllers, ours) == 0;

		if (!same)
			continue;
		free(it->own);
		it->own = str_dup(line);
	}
}

static void each_line(struct cgroup_host *h, const char *text,
		      void (*parse)(struct cgroup_host *, char *))
{
	scoped_str char *copy = str_dup(text);
	char *rest = copy, *line;

	while ((line = strsep(&rest, "\n")))
		parse(h, line);
}

void host_parse(struct cgroup_host *h, const char *mountinfo, const char *self_cgroup)
{
	each_line(h, mountinfo, parse_mount);
	each_line(h, self_cgroup, parse_own);
}

char *hierarchy_own_dir(const struct hierarchy *h)
{
	const char *below = h->own;
	size_t root = strcmp(h->root, "/") == 0 ? 0 : strlen(h->root);

	/* "/.." is what a group outside of our cgroup namespace looks like (cgroup_namespaces(7)).
	 */
	if (!below || strncmp(below, "/..", 3) == 0 || strncmp(below, h->root, root) != 0)
		return str_dup(h->mount);
	below += root;
	if (*below != '/' || below[1] == '\0')
		return str_dup(h->mount);
	return str_printf("%s%s", h->mount, below);
}

/* mountinfo also lists what a later mount on the same place, or on a directory above, hides. */
static bool is_visible(const struct hierarchy *h)
{
	struct stat st;

	return stat(h->mount, &st) == 0 && st.st_dev == h->dev;
}

/* The first visible mount of each hierarchy stays. */
static void host_keep_visible(struct cgroup_host *h)
{
	size_t kept = 0;

	for (size_t i = 0; i < h->n; i++) {
		bool again = false;

		for (size_t k = 0; k < kept; k++)
			again |= h->v[k].dev == h->v[i].dev;
		if (!again && is_visible(&h->v[i]))
			h->v[kept++] = h->v[i];
		else
			hierarchy_drop(&h->v[i]);
	}
	h->n = kept;
}

int cgroup_host_open(struct cgroup_host **out, struct err *e)
{
	scoped_str char *mountinfo = NULL, *own = NULL;

	if (fs_read_at(AT_FDCWD, "/proc/self/mountinfo", &mountinfo, NULL, e) < 0 ||
	    fs_read_at(AT_FDCWD, "/proc/self/cgroup", &own, NULL, e) < 0)
		return -1;

	struct cgroup_host *h = mem_alloc(sizeof *h);

	host_parse(h, mountinfo, own);
	host_keep_visible(h);
	*out = h;
	return 0;
}

void cgroup_host_free(struct cgroup_host *h)
{
	if (!h)
		return;
	for (size_t i = 0; i < h->n; i++)
		hierarchy_drop(&h->v[i]);
	free(h->v);
	free(h);
}

bool cgroup_host_is_hybrid(const struct cgroup_host *h)
{
	for (size_t i = 0; i < h->n; i++)
		if (!h->v[i].v2 && controllers_are_core(h->v[i].controllers))
			return true;
	return false;
}
