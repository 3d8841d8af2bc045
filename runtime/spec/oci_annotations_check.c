/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/spec/oci_wanted.h"
#include "runtime/spec/vnf_check.h"

#include <sched.h>

static bool joins(const struct spec *s, int type)
{
	for (size_t i = 0; i < s->n_joins; i++)
		if (s->joins[i].type == type)
			return true;
	return false;
}

static void check_net(struct reading *r, const struct spec *s, const struct wanted *w,
		      const struct where *annotations)
{
	struct where links = { .up = annotations, .key = "io.nfrun.links" };
	struct where interfaces = { .up = annotations, .key = "io.nfrun.interfaces" };
	struct vnf_net_places places = { &links, &interfaces };

	vnf_check_net(r, &w->vnf, &places);
	if (w->vnf.n_interfaces > 0 && !(s->namespaces & CLONE_NEWNET) && !joins(s, CLONE_NEWNET))
		problem_add(r, &interfaces,
			    "the container has the host's network: give it a namespace of type "
			    "\"network\" in /linux/namespaces, new or by path");
}

/* Limits are in either place; the annotations' come before the document's own. */
static void check_packet(struct reading *r, const struct spec *s, const struct wanted *w,
			 const struct where *annotations)
{
	struct where packet = { .up = annotations, .key = "io.nfrun.packet-cpu" };
	struct where interfaces = { .up = annotations, .key = "io.nfrun.interfaces" };
	struct vnf_packet_places places = { &packet, &interfaces };
	const struct cgroup_limits *l = &s->resources;
	struct vnf_resources res = w->vnf.resources; /* borrows */

	if (!res.cpus)
		res.cpus = l->cpus;
	if (res.cpu_limit == VNF_UNSET && l->cpu_quota_us < CGROUP_NO_LIMIT &&
	    l->cpu_period_us < CGROUP_NO_LIMIT && l->cpu_period_us > 0)
		res.cpu_limit = l->cpu_quota_us * 1000 / l->cpu_period_us;
	vnf_check_packet(r, &w->vnf, &res, &places);
}

/* Dirs, files and a range of ids are things of a root that is laid out as a VNF's. */
static void check_needs_root(struct reading *r, const struct wanted *w,
			     const struct where *annotations)
{
	const struct {
		const char *key;
		bool is_there;
	} rows[] = {
		{ "io.nfrun.dirs", w->vnf.n_dirs > 0 },
		{ "io.nfrun.files", w->n_files > 0 },
		{ "io.nfrun.ids", w->ids != IDS_MAPPED },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct where at = { .up = annotations, .key = rows[i].key };

		if (rows[i].is_there && reading_clean(r, &at))
			problem_add(r, &at, "it takes \"io.nfrun.rootfs\" beside it");
	}
}

static bool is_bundles(const struct spec_mount *m)
{
	return m->attrs_clear || m->rec_set || m->rec_clear || m->propagation || m->copy_up ||
	       m->no_follow || m->idmapped != SPEC_IDMAP_NO;
}

/* And what only a bundle's root has. */
static void check_as_vnf(struct reading *r, const struct spec *s, const struct wanted *w,
			 const struct where *at)
{
	const struct {
		const char *what;
		bool is_there;
	} rows[] = {
		{ "/hooks/prestart", s->hooks[HOOK_PRESTART].n > 0 },
		{ "/hooks/createRuntime", s->hooks[HOOK_CREATE_RUNTIME].n > 0 },
		{ "/hooks/createContainer", s->hooks[HOOK_CREATE_CONTAINER].n > 0 },
		{ "/linux/devices", s->n_devices > 0 },
		{ "/linux/rootfsPropagation", s->root_propagation != 0 },
		{ "/linux/mountLabel", s->mount_label != NULL },
		{ "/linux/uidMappings without \"io.nfrun.ids\": \"claim\"",
		  s->uid_maps.n > 0 && w->ids != IDS_CLAIM },
		{ "a mount namespace to join", joins(s, CLONE_NEWNS) },
		{ "a user namespace to join", joins(s, CLONE_NEWUSER) },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i].is_there)
			problem_add(r, at, "does not go with %s", rows[i].what);
	for (size_t i = 0; i < s->n_mounts; i++)
		if (is_bundles(&s->mounts[i]))
			problem_add(
				r, at,
				"does not go with the options of /mounts/%zu, of which ro, nosuid, "
				"nodev, noexec, noatime, strictatime, bind and rbind do",
				i);
}

static void check_root(struct reading *r, const struct spec *s, struct wanted *w,
		       const struct where *annotations)
{
	struct where at = { .up = annotations, .key = "io.nfrun.rootfs" };
	struct where upper = { .up = &at, .key = "upper" };

	w->vnf.rootfs.path = str_dup(s->root.path);
	w->vnf.rootfs.readonly = s->root.readonly;
	w->vnf.rootfs.overlay = w->root == ROOT_OVERLAY;
	if (w->vnf.rootfs.upper && w->root != ROOT_OVERLAY && reading_clean(r, &at))
		problem_add(r, &upper, "needs \"kind\": \"overlay\"");
	else if (s->root.path)
		vnf_check_rootfs(r, &w->vnf.rootfs, &at);
	if (w->root == ROOT_BUNDLE)
		check_needs_root(r, w, annotations);
	else
		check_as_vnf(r, s, w, &at);
}

static void check_dirs(struct reading *r, const struct wanted *w, const struct where *annotations)
{
	struct where dirs = { .up = annotations, .key = "io.nfrun.dirs" };

	for (size_t i = 0; i < w->vnf.n_dirs; i++) {
		struct where at = { .up = &dirs, .index = i };
		struct where path = { .up = &at, .key = "path" };

		if (reading_clean(r, &at) && vnf_is_reserved(w->vnf.dirs[i].path))
			problem_add(r, &path, "%s is nfrun's to make", w->vnf.dirs[i].path);
	}
}

static bool is_one_range(const struct spec_idmaps *m)
{
	return m->n == 1 && m->v[0].inside == 0;
}

static void check_ids(struct reading *r, const struct spec *s, const struct wanted *w,
		      const struct where *annotations)
{
	struct where at = { .up = annotations, .key = "io.nfrun.ids" };
	const struct spec_idmaps *uids = &s->uid_maps, *gids = &s->gid_maps;

	if (w->ids == IDS_MAPPED)
		return;
	if (!(s->namespaces & CLONE_NEWUSER))
		problem_add(r, &at, "there is no new user namespace in /linux/namespaces");
	else if (w->ids == IDS_AUTO && uids->n + gids->n > 0)
		problem_add(r, &at, "nfrun chooses the ids: leave uidMappings and gidMappings out");
	else if (w->ids == IDS_CLAIM &&
		 (!is_one_range(uids) || !is_one_range(gids) ||
		  uids->v[0].outside != gids->v[0].outside || uids->v[0].size != gids->v[0].size))
		problem_add(r, &at,
			    "uidMappings and gidMappings have to be one and the same range from "
			    "containerID 0 on");
}

static void check_process(struct reading *r, const struct spec *s, const struct wanted *w,
			  const struct where *annotations)
{
	struct where setup = { .up = annotations, .key = "io.nfrun.setup" };
	struct where seccomp = { .up = annotations, .key = "io.nfrun.seccomp" };

	if (w->vnf.n_setup > 0 && w->init == INIT_NO)
		problem_add(r, &setup,
			    "it takes a PID 1 that runs it: \"io.nfrun.init\" is missing");
	if (w->vnf.seccomp && s->profile)
		problem_add(r, &seccomp, "/linux/seccomp is there too");
}

void wanted_check(struct reading *r, const struct spec *s, struct wanted *w,
		  const struct where *annotations)
{
	struct where resources = { .up = annotations, .key = "io.nfrun.resources" };

	check_net(r, s, w, annotations);
	check_dirs(r, w, annotations);
	check_ids(r, s, w, annotations);
	check_root(r, s, w, annotations);
	check_process(r, s, w, annotations);
	vnf_check_resources(r, &w->vnf.resources, &resources);
	if (reading_clean(r, &resources))
		check_packet(r, s, w, annotations);
}
