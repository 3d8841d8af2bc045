/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/spec/vnf_check.h"

#include <string.h>

static bool is_at_or_below(const char *path, const char *top)
{
	size_t len = strlen(top);

	if (strcmp(top, "/") == 0)
		return true;
	return strncmp(path, top, len) == 0 && (path[len] == '\0' || path[len] == '/');
}

/* ".." taken away by text alone: good enough to see that two paths overlap. */
static char *path_collapse(const char *path)
{
	char *out = mem_alloc(strlen(path) + 2), *p = out;

	for (const char *s = path; *s;) {
		size_t len = strcspn(++s, "/");

		if (len == 2 && strncmp(s, "..", 2) == 0) {
			while (p > out && *--p != '/')
				;
		} else {
			*p++ = '/';
			memcpy(p, s, len);
			p += len;
		}
		*p = '\0';
		s += len;
	}
	if (p == out)
		*p = '/';
	return out;
}

void vnf_check_rootfs(struct reading *r, const struct vnf_rootfs *root, const struct where *at)
{
	struct where upper = { .up = at, .key = "upper" };

	if (!root->upper || !reading_clean(r, at))
		return;
	if (!root->overlay)
		problem_add(r, &upper, "needs \"overlay\": true");
	if (root->readonly)
		problem_add(r, &upper, "is of no use with \"readonly\": true");

	scoped_str char *a = path_collapse(root->path);
	scoped_str char *b = path_collapse(root->upper);
	if (is_at_or_below(b, a))
		problem_add(r, &upper, "lies in the root file system %s itself", root->path);
	else if (is_at_or_below(a, b))
		problem_add(r, &upper, "has the root file system %s in it", root->path);
}

/* The kernel's own file systems come from nfrun; single files below /dev may be bound in. */
bool vnf_is_reserved(const char *path)
{
	return strcmp(path, "/") == 0 || strcmp(path, "/dev") == 0 ||
	       is_at_or_below(path, "/proc") || is_at_or_below(path, "/sys");
}

static void check_mount(struct reading *r, const struct vnf *v, size_t i, const struct where *at)
{
	const struct vnf_mount *m = &v->mounts[i];
	struct where source = { .up = at, .key = "source" };
	struct where target = { .up = at, .key = "target" };
	struct where size = { .up = at, .key = "size" };

	if (m->type == VNF_MOUNT_BIND && !m->source)
		problem_add(r, at, "missing key 'source'");
	if (m->type == VNF_MOUNT_TMPFS && m->source)
		problem_add(r, &source, "a tmpfs has none");
	if (m->type == VNF_MOUNT_BIND && m->size != VNF_UNSET)
		problem_add(r, &size, "only a tmpfs has one");
	if (vnf_is_reserved(m->target))
		problem_add(r, &target, "%s is nfrun's to mount", m->target);
	for (size_t j = 0; j < i; j++)
		if (v->mounts[j].target && strcmp(v->mounts[j].target, m->target) == 0)
			problem_add(r, &target, "%s is the target of /mounts/%zu too", m->target,
				    j);
}

static void check_mount_options(struct reading *r, const struct vnf_mount *m,
				const struct where *at)
{
	struct where options = { .up = at, .key = "options" };
	struct where here = { .up = &options };

	for (; here.index < m->options.n; here.index++) {
		const char *word = m->options.v[here.index];

		if (m->type == VNF_MOUNT_BIND && strchr(word, '='))
			problem_add(r, &here, "'%s' is for a tmpfs", word);
		if (m->type == VNF_MOUNT_TMPFS && strcmp(word, "rbind") == 0)
			problem_add(r, &here, "'rbind' is for a bind mount");
	}
}

/* Nodes, links and file systems of the /dev that every VNF has. */
static bool is_in_every_dev(const char *path)
{
	static const char *const nodes[] = { "null", "zero", "full",  "random", "urandom", "tty",
					     "ptmx", "fd",   "stdin", "stdout", "stderr" };
	static const char *const dirs[] = { "/dev/pts", "/dev/shm", "/dev/mqueue" };

	for (size_t i = 0; i < ARRAY_LEN(nodes); i++)
		if (strcmp(path + strlen("/dev/"), nodes[i]) == 0)
			return true;
	for (size_t i = 0; i < ARRAY_LEN(dirs); i++)
		if (is_at_or_below(path, dirs[i]))
			return true;
	return false;
}

static void check_device(struct reading *r, const struct vnf *v, size_t i, const struct where *at)
{
	const char *path = v->devices[i].path;

	if (strncmp(path, "/dev/", strlen("/dev/")) != 0)
		problem_add(r, at, "%s is not below /dev", path);
	else if (is_in_every_dev(path))
		problem_add(r, at, "%s is nfrun's: every VNF has its own", path);
	for (size_t j = 0; j < i; j++)
		if (v->devices[j].path && strcmp(v->devices[j].path, path) == 0)
			problem_add(r, at, "%s is /devices/%zu too", path, j);
	for (size_t j = 0; j < v->n_mounts; j++)
		if (v->mounts[j].target && strcmp(v->mounts[j].target, path) == 0)
			problem_add(r, at, "%s is the target of /mounts/%zu too", path, j);
}

static void check_devices(struct reading *r, const struct vnf *v, const struct where *top)
{
	struct where devices = { .up = top, .key = "devices" };

	for (size_t i = 0; i < v->n_devices; i++) {
		struct where at = { .up = &devices, .index = i };

		if (v->devices[i].path && reading_clean(r, &at))
			check_device(r, v, i, &at);
	}
}

static void check_files(struct reading *r, const struct vnf *v, const struct where *top)
{
	struct where dirs = { .up = top, .key = "dirs" };
	struct where mounts = { .up = top, .key = "mounts" };

	for (size_t i = 0; i < v->n_dirs; i++) {
		struct where at = { .up = &dirs, .index = i };
		struct where path = { .up = &at, .key = "path" };

		if (reading_clean(r, &at) && vnf_is_reserved(v->dirs[i].path))
			problem_add(r, &path, "%s is nfrun's to make", v->dirs[i].path);
	}
	for (size_t i = 0; i < v->n_mounts; i++) {
		struct where at = { .up = &mounts, .index = i };

		if (!reading_clean(r, &at))
			continue;
		check_mount(r, v, i, &at);
		check_mount_options(r, &v->mounts[i], &at);
	}
}

/* A number that the user namespace does not map could never become a user. */
static void check_id(struct reading *r, const struct vnf *v, const char *text,
		     const struct where *at)
{
	char *end;
	unsigned long long id = strtoull(text, &end, 10);

	if (end == text || (*end != '\0' && *end != ':'))
		return;
	if (id >= v->ids.size)
		problem_add(r, at, "%llu is outside the %u ids of the VNF's user namespace", id,
			    v->ids.size);
}

static void check_owner(struct reading *r, const struct vnf *v, const char *owner,
			const struct where *at)
{
	const char *group = owner ? strchr(owner, ':') : NULL;

	if (!owner || !reading_clean(r, at))
		return;
	check_id(r, v, owner, at);
	if (group)
		check_id(r, v, group + 1, at);
}

static void check_ids(struct reading *r, const struct vnf *v, const struct where *top)
{
	struct where ids = { .up = top, .key = "ids" };
	struct where process = { .up = top, .key = "process" };
	struct where user = { .up = &process, .key = "user" };
	struct where groups = { .up = &process, .key = "groups" };
	struct where dirs = { .up = top, .key = "dirs" };

	if (v->ids.given && !v->userns)
		problem_add(r, &ids, "has no use with \"userns\": false");
	if (!v->userns || !reading_clean(r, &ids))
		return;
	check_owner(r, v, v->process.user, &user);
	for (size_t i = 0; i < v->process.groups.n && reading_clean(r, &groups); i++) {
		struct where at = { .up = &groups, .index = i };

		check_id(r, v, v->process.groups.v[i], &at);
	}
	for (size_t i = 0; i < v->n_dirs; i++) {
		struct where at = { .up = &dirs, .index = i };
		struct where owner = { .up = &at, .key = "owner" };

		check_owner(r, v, v->dirs[i].owner, &owner);
	}
}

/* Root of the host may make a node of any device and open it. Only a list of devices could keep it
 * from the disks. */
static void check_mknod(struct reading *r, const struct vnf *v, const struct where *top)
{
	struct where at = { .up = top, .key = "capabilities" };

	if (!v->userns && strs_has(&v->capabilities, "MKNOD"))
		problem_add(
			r, &at,
			"MKNOD with \"userns\": false would open every device of the host, and is "
			"not supported by this version of nfrun");
}

void vnf_check(struct reading *r, const struct vnf *v)
{
	struct where top = { 0 };
	struct where rootfs = { .up = &top, .key = "rootfs" };
	struct where links = { .up = &top, .key = "links" };
	struct where interfaces = { .up = &top, .key = "interfaces" };
	struct where packet = { .up = &top, .key = "packet_cpu" };
	struct vnf_net_places net = { &links, &interfaces };
	struct vnf_packet_places packets = { &packet, &interfaces };
	struct where setup = { .up = &top, .key = "setup" };
	struct where process = { .up = &top, .key = "process" };
	struct where resources = { .up = &top, .key = "resources" };

	if (v->process.args.n == 0 && v->n_setup == 0 && reading_clean(r, &setup) &&
	    reading_clean(r, &process))
		problem_add(r, &top, "nothing to run: neither 'process' with 'args' nor 'setup'");
	vnf_check_rootfs(r, &v->rootfs, &rootfs);
	check_files(r, v, &top);
	check_devices(r, v, &top);
	check_ids(r, v, &top);
	check_mknod(r, v, &top);
	vnf_check_resources(r, &v->resources, &resources);
	vnf_check_net(r, v, &net);
	if (reading_clean(r, &resources))
		vnf_check_packet(r, v, &v->resources, &packets);
}
