/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/census.h"
#include "tests/support/support.h"

#include <ctype.h>
#include <fts.h>
#include <net/if.h>
#include <string.h>
#include <unistd.h>

/* --- links --- */

static void take_links(struct strs *out)
{
	struct if_nameindex *all = if_nameindex();

	for (struct if_nameindex *i = all; i && i->if_index; i++)
		strs_addf(out, "link %s", i->if_name);
	if (all)
		if_freenameindex(all);
}

/* --- mounts and control groups --- */

/* What stands below a directory called nfrun and starts with our prefix, and all below that. */
static void take_groups(const char *hierarchy, struct strs *out)
{
	char *const roots[] = { (char *)hierarchy, NULL }; /* NOLINT: fts does not write to it */
	FTS *tree = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	scoped_str char *ours = str_printf("/nfrun/%s", host_group_prefix());

	for (FTSENT *f; tree && (f = fts_read(tree));)
		if (f->fts_info == FTS_D && strstr(f->fts_path, ours))
			strs_add(out, f->fts_path);
	if (tree)
		fts_close(tree);
}

/* Call FOUND for each mount whose line has BELOW in it. */
static void each_mount(const char *mountinfo, const char *below,
		       void (*found)(const char *type, const char *where, struct strs *out),
		       struct strs *out)
{
	scoped_file FILE *f = fopen(mountinfo, "re");
	char line[8192], where[4096], type[64];

	while (f && fgets(line, sizeof line, f)) {
		const char *dash = strstr(line, " - ");

		if (dash && strstr(line, below) &&
		    sscanf(line, "%*d %*d %*s %*s %4095s", where) == 1 &&
		    sscanf(dash, " - %63s", type) == 1)
			found(type, where, out);
	}
}

static void add_hierarchy(const char *type, const char *where, struct strs *out)
{
	if (!strcmp(type, "cgroup") || !strcmp(type, "cgroup2"))
		take_groups(where, out);
}

static void add_mount(const char *type, const char *where, struct strs *out)
{
	strs_addf(out, "mount %s %s", type, where);
}

static void add_machine_mount(const char *type, const char *where, struct strs *out)
{
	strs_addf(out, "mount of the machine %s %s", type, where);
}

void census_groups(struct strs *out)
{
	each_mount("/proc/self/mountinfo", "", add_hierarchy, out);
}

/* --- processes --- */

struct proc {
	int pid, parent;
	char state, comm[32];
	bool ours;
};

static bool read_proc(const char *pid, struct proc *p)
{
	scoped_str char *path = str_printf("/proc/%s/stat", pid);
	scoped_file FILE *f = fopen(path, "re");
	char line[512];

	if (!f || !fgets(line, sizeof line, f))
		return false;

	const char *end = strrchr(line, ')'); /* comm may hold anything, also ')' */

	*p = (struct proc){ .pid = atoi(pid) };
	return end && sscanf(end, ") %c %d", &p->state, &p->parent) == 2 &&
	       sscanf(line, "%*d (%31[^)]", p->comm) == 1;
}

static size_t read_procs(struct proc **out)
{
	scoped_dir DIR *d = opendir("/proc");
	size_t n = 0;

	*out = NULL;
	for (struct dirent *entry; d && (entry = readdir(d));) {
		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		*out = mem_grow(*out, n + 1, sizeof **out);
		n += read_proc(entry->d_name, &(*out)[n]);
	}
	return n;
}

/* Mark the children of what is marked until nothing new turns up. */
static void mark_descendants(struct proc *p, size_t n, int top)
{
	for (bool again = true; again;) {
		again = false;
		for (size_t i = 0; i < n; i++)
			for (size_t j = 0; j < n && !p[i].ours; j++)
				if (p[i].parent == top || (p[j].ours && p[j].pid == p[i].parent))
					again = p[i].ours = true;
	}
}

size_t census_pids(pid_t **out, struct strs *lines)
{
	struct proc *p;
	size_t n = read_procs(&p), found = 0;

	*out = mem_alloc((n + 1) * sizeof **out);
	mark_descendants(p, n, getpid());
	for (size_t i = 0; i < n; i++) {
		if (!p[i].ours || p[i].state == 'Z' || p[i].state == 'X')
			continue;
		(*out)[found++] = p[i].pid;
		strs_addf(lines, "process %d %s", p[i].pid, p[i].comm);
	}
	free(p);
	return found;
}

/* --- state files --- */

/* What a state root has for all its containers may stay: the seccomp cache, locks, and the
 * directories of claims, but no claim. */
static bool is_of_the_root(const char *path, bool is_dir)
{
	static const char claims[] = ".claims", cache[] = ".cache";

	if (*path != '.')
		return false;
	if (strncmp(path, claims, strlen(claims)) == 0)
		return is_dir;
	return strncmp(path, cache, strlen(cache)) == 0 || !strchr(path, '/');
}

static void take_files(const char *root, struct strs *out)
{
	char *const roots[] = { (char *)root, NULL }; /* NOLINT: fts does not write to it */
	FTS *tree = root ? fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL) : NULL;

	for (FTSENT *f; tree && (f = fts_read(tree));)
		if (f->fts_info != FTS_DP && f->fts_level > 0 &&
		    !is_of_the_root(f->fts_path + strlen(root) + 1, f->fts_info == FTS_D))
			strs_addf(out, "file %s", f->fts_path);
	if (tree)
		fts_close(tree);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void census_take(struct strs *out)
{
	scoped_strs struct strs groups = { 0 };
	pid_t *pids = NULL;

	take_links(out);
	each_mount("/proc/self/mountinfo", "", add_mount, out);
	if (host_root())
		each_mount("/proc/1/mountinfo", host_root(), add_machine_mount, out);
	census_groups(&groups);
	for (size_t i = 0; i < groups.n; i++)
		strs_addf(out, "group %s", groups.v[i]);
	census_pids(&pids, out);
	free(pids);
	take_files(host_root(), out);
	qsort(out->v, out->n, sizeof *out->v, by_text);
}

char *census_diff(const struct strs *before, const struct strs *after)
{
	size_t i = 0, j = 0;
	char *text = NULL;

	while (i < before->n || j < after->n) {
		int order = i == before->n  ? 1
			    : j == after->n ? -1
					    : strcmp(before->v[i], after->v[j]);

		if (order != 0) {
			scoped_str char *old = text;

			text = str_printf("%s%c %s\n", old ? old : "", order < 0 ? '-' : '+',
					  order < 0 ? before->v[i] : after->v[j]);
		}
		i += order <= 0;
		j += order >= 0;
	}
	return text;
}
