/* SPDX-License-Identifier: Apache-2.0 */
/* config.json: the rules across keys. What is wrong by itself has been told by then. */
#include "runtime/spec/oci_annotations.h"
#include "runtime/spec/oci_tables.h"
#include "runtime/spec/settings.h"

#include <inttypes.h>
#include <sched.h>
#include <string.h>

static const struct where top = { 0 }, linux_at = { .up = &top, .key = "linux" };

static struct where key_at(const char *key)
{
	return (struct where){ .up = &linux_at, .key = key };
}

/* The container has a namespace of TYPE that is not the runtime's, so far as the text tells. */
static bool has(const struct spec *s, uint64_t type)
{
	if (s->namespaces & type)
		return true;
	for (size_t i = 0; i < s->n_joins; i++)
		if ((uint64_t)s->joins[i].type == type)
			return true;
	return false;
}

static bool overlap(uint64_t a, uint64_t a_size, uint64_t b, uint64_t b_size)
{
	return a < b + b_size && b < a + a_size;
}

void oci_check_idmaps(struct reading *r, const struct spec_idmaps *m, const struct where *at)
{
	struct where here = { .up = at };

	for (; here.index < m->n; here.index++) {
		const struct spec_idmap *a = &m->v[here.index];

		if (!reading_clean(r, &here))
			continue;
		if ((uint64_t)a->inside + a->size > UINT32_MAX ||
		    (uint64_t)a->outside + a->size > UINT32_MAX)
			problem_add(r, &here, "ends above 4294967294");
		for (size_t i = 0; i < here.index; i++) {
			const struct spec_idmap *b = &m->v[i];

			if (overlap(a->inside, a->size, b->inside, b->size) ||
			    overlap(a->outside, a->size, b->outside, b->size))
				problem_add(r, &here, "overlaps with %zu", i);
		}
	}
}

static void check_user(struct reading *r, const struct spec *s)
{
	const struct where uids = key_at("uidMappings"), gids = key_at("gidMappings");
	const struct where namespaces = key_at("namespaces");
	size_t n = s->uid_maps.n + s->gid_maps.n;

	oci_check_idmaps(r, &s->uid_maps, &uids);
	oci_check_idmaps(r, &s->gid_maps, &gids);
	if (!reading_clean(r, &uids) || !reading_clean(r, &gids) || !reading_clean(r, &namespaces))
		return;
	if (!has(s, CLONE_NEWUSER) && n > 0)
		problem_add(r, s->uid_maps.n > 0 ? &uids : &gids,
			    "without a namespace of type 'user' there is nothing to map");
	else if ((s->namespaces & CLONE_NEWUSER) && !oci_annotations_choose_ids(s) &&
		 (s->uid_maps.n == 0 || s->gid_maps.n == 0))
		problem_add(r, &linux_at, "a new namespace of type 'user' needs '%s'",
			    s->uid_maps.n == 0 ? uids.key : gids.key);
	else if (!(s->namespaces & CLONE_NEWUSER) && n > 0)
		warning_add(r, s->uid_maps.n > 0 ? &uids : &gids,
			    "the namespace that is joined has its own, these have no effect");
}

/* What needs a namespace that is the container's. */
static void check_namespaces(struct reading *r, const struct spec *s)
{
	const struct {
		const char *key;
		const char *name;
		uint64_t type;
		bool wanted, in_linux;
	} rules[] = {
		{ "hostname", "uts", CLONE_NEWUTS, s->hostname, false },
		{ "domainname", "uts", CLONE_NEWUTS, s->domainname, false },
		{ "maskedPaths", "mount", CLONE_NEWNS, s->masked_paths.n > 0, true },
		{ "readonlyPaths", "mount", CLONE_NEWNS, s->readonly_paths.n > 0, true },
		{ "timeOffsets", "time", CLONE_NEWTIME, s->monotonic.given || s->boottime.given,
		  true },
		{ "netDevices", "network", CLONE_NEWNET, s->n_net_devices > 0, true },
	};
	const struct where namespaces = key_at("namespaces");

	for (size_t i = 0; i < ARRAY_LEN(rules) && reading_clean(r, &namespaces); i++) {
		const struct where at = { rules[i].in_linux ? &linux_at : &top, rules[i].key, 0 };

		if (rules[i].wanted && !has(s, rules[i].type) && reading_clean(r, &at))
			problem_add(r, &at,
				    "needs a namespace of type '%s', or it would be the "
				    "host's",
				    rules[i].name);
	}
}

static const char *namespace_name(int type)
{
	return type == CLONE_NEWNET   ? "network"
	       : type == CLONE_NEWIPC ? "ipc"
	       : type == CLONE_NEWUTS ? "uts"
				      : "user";
}

static void check_settings(struct reading *r, const struct spec *s)
{
	const struct where list = key_at("sysctl"), namespaces = key_at("namespaces");

	for (size_t i = 0; i < s->n_sysctl && reading_clean(r, &namespaces); i++) {
		const char *key = s->sysctl[i].key;
		const struct where at = { .up = &list, .key = key };
		int type = setting_namespace(key);

		if (type == 0)
			problem_add(r, &at,
				    "is the same for the whole host: no namespace has one "
				    "of its own");
		else if (strcmp(key, "kernel.hostname") == 0 || strcmp(key, "kernel/hostname") == 0)
			problem_add(r, &at, "has its own key, 'hostname'");
		else if (!has(s, (uint64_t)type))
			problem_add(r, &at,
				    "needs a namespace of type '%s', or it would be the "
				    "host's",
				    namespace_name(type));
	}
}

static bool is_mapped(const struct spec_idmaps *m, uint32_t id)
{
	for (size_t i = 0; i < m->n; i++)
		if (id >= m->v[i].inside && id - m->v[i].inside < m->v[i].size)
			return true;
	return false;
}

static void check_id(struct reading *r, const struct where *at, const struct spec_idmaps *m,
		     const char *text)
{
	uint32_t id = (uint32_t)strtoul(text, NULL, 10);

	if (!is_mapped(m, id))
		problem_add(r, at, "%u is mapped to no id of the host", id);
}

/* The process could not become them. Of a namespace that is joined only the kernel knows the maps.
 */
static void check_user_maps(struct reading *r, const struct spec *s)
{
	const struct where process = { .up = &top, .key = "process" };
	const struct where user = { .up = &process, .key = "user" };
	const struct where uid = { .up = &user, .key = "uid" }, gid = { .up = &user, .key = "gid" };
	const struct where groups = { .up = &user, .key = "additionalGids" };
	const char *colon = s->process.user ? strchr(s->process.user, ':') : NULL;

	const struct where uids = key_at("uidMappings"), gids = key_at("gidMappings");

	if (!(s->namespaces & CLONE_NEWUSER) || s->uid_maps.n == 0 || s->gid_maps.n == 0 ||
	    !reading_clean(r, &uids) || !reading_clean(r, &gids))
		return;
	if (colon && reading_clean(r, &user)) {
		check_id(r, &uid, &s->uid_maps, s->process.user);
		check_id(r, &gid, &s->gid_maps, colon + 1);
	}
	for (size_t i = 0; i < s->process.groups.n && reading_clean(r, &groups); i++) {
		const struct where at = { .up = &groups, .index = i };

		check_id(r, &at, &s->gid_maps, s->process.groups.v[i]);
	}
}

static void check_mounts(struct reading *r, const struct spec *s)
{
	const struct where list = { .up = &top, .key = "mounts" };
	struct where at = { .up = &list };

	for (; at.index < s->n_mounts; at.index++) {
		const struct spec_mount *m = &s->mounts[at.index];
		const struct where uids = { .up = &at, .key = "uidMappings" };
		const struct where gids = { .up = &at, .key = "gidMappings" };

		if (m->idmapped == SPEC_IDMAP_NO || !reading_clean(r, &at))
			continue;
		oci_check_idmaps(r, &m->uid_maps, &uids);
		oci_check_idmaps(r, &m->gid_maps, &gids);
		if (!m->type || strcmp(m->type, "bind") != 0)
			problem_add(r, &at, "ids are mapped on bind mounts alone");
		else if ((m->uid_maps.n == 0) != (m->gid_maps.n == 0))
			problem_add(r, &at, "has '%s' without '%s'",
				    m->uid_maps.n ? uids.key : gids.key,
				    m->uid_maps.n ? gids.key : uids.key);
		else if (m->uid_maps.n == 0 && !has(s, CLONE_NEWUSER))
			problem_add(r, &at,
				    "'idmap' needs 'uidMappings' and 'gidMappings', or a "
				    "namespace of type 'user'");
	}
}

void oci_check(struct reading *r, const struct spec *s)
{
	check_user(r, s);
	check_namespaces(r, s);
	check_settings(r, s);
	check_user_maps(r, s);
	check_mounts(r, s);
}
