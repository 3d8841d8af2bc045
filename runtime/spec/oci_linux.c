/* SPDX-License-Identifier: Apache-2.0 */
/* config-linux.md: the object itself, namespaces and ids. */
#include "runtime/spec/oci_load.h"
#include "runtime/spec/oci_tables.h"
#include "runtime/spec/seccomp_fields.h"

#include <sched.h>
#include <string.h>
#include <sys/mount.h>

static field_loader load_namespaces, load_propagation, load_seccomp_object, load_cgroups_path;

/* --- namespaces --- */

static const char *const namespace_words[] = { "cgroup", "ipc",  "mount", "network", "pid",
					       "time",   "user", "uts",   NULL };
static const int namespace_flags[] = {
	CLONE_NEWCGROUP, CLONE_NEWIPC,  CLONE_NEWNS,   CLONE_NEWNET,
	CLONE_NEWPID,    CLONE_NEWTIME, CLONE_NEWUSER, CLONE_NEWUTS,
};

struct namespace
{
	int word;
	char *path;
};

static void load_namespace_path(struct reading *r, json_t *v, const struct field *f, void *out,
				const struct where *at)
{
	if (json_string_length(v) == 0)
		load_optional(r, v, f, out, at);
	else
		load_path(r, v, f, out, at);
}

#define STRUCT struct namespace
static const struct field namespace_fields[] = {
	{ .key = "type", REQUIRED_KEY, MEMBER(word), .load = load_word, .words = namespace_words },
	{ .key = "path", MEMBER(path), .load = load_namespace_path },
};
static const struct field_table namespace_table = OBJECT_TABLE(namespace_fields);
#undef STRUCT

static bool is_joined(const struct spec *s, int type)
{
	for (size_t i = 0; i < s->n_joins; i++)
		if (s->joins[i].type == type)
			return true;
	return false;
}

static void namespace_load(struct reading *r, json_t *v, const struct field *f, void *out,
			   const struct where *at)
{
	struct namespace ns = { .word = -1 };
	struct spec *s = out;

	fields_load(r, v, f->table, &ns, at);

	scoped_str char *path = ns.path;
	if (!reading_clean(r, at))
		return;

	int type = namespace_flags[ns.word];
	if ((s->namespaces & (uint64_t)type) || is_joined(s, type)) {
		problem_add(r, at, "a second namespace of type '%s'", namespace_words[ns.word]);
	} else if (path) {
		struct spec_join *j = list_add(&s->joins, &s->n_joins, sizeof *j);

		*j = (struct spec_join){ type, str_take(&path) };
	} else {
		s->namespaces |= (uint64_t)type;
	}
}

static void load_namespaces(struct reading *r, json_t *v, const struct field *f, void *out,
			    const struct where *at)
{
	static const struct each namespaces = { "a list of namespaces", namespace_load };

	each_item(r, v, f, out, at, &namespaces);
}

const char *const *oci_namespace_words(void)
{
	return namespace_words;
}

/* --- ids and clocks --- */

#define STRUCT struct spec_idmap
static const struct field idmap_fields[] = {
	{ .key = "containerID",
	  REQUIRED_KEY,
	  MEMBER(inside),
	  .load = load_u32,
	  RANGE(0, UINT32_MAX) },
	{ .key = "hostID", REQUIRED_KEY, MEMBER(outside), .load = load_u32, RANGE(0, UINT32_MAX) },
	{ .key = "size", REQUIRED_KEY, MEMBER(size), .load = load_u32, RANGE(1, UINT32_MAX) },
};
const struct field_table oci_idmap_table = OBJECT_TABLE(idmap_fields);
#undef STRUCT

#define STRUCT struct spec_time_offset
static const struct field offset_fields[] = {
	{ .key = "secs", MEMBER(secs), .load = load_i64, RANGE(INT64_MIN, INT64_MAX) },
	{ .key = "nanosecs", MEMBER(nanosecs), .load = load_u32, RANGE(0, 999999999) },
};
static const struct field_table offset_table = OBJECT_TABLE(offset_fields);
#undef STRUCT

/* The keys are names of clocks, and there are no others: it is not open. */
#define STRUCT struct spec
#define CLOCK  .load = load_given, .table = &offset_table
static const struct field clock_fields[] = {
	{ .key = "monotonic", LIST(monotonic, monotonic.given), CLOCK },
	{ .key = "boottime", LIST(boottime, boottime.given), CLOCK },
};
static const struct field_table clock_table = { .fields = clock_fields,
						.n = ARRAY_LEN(clock_fields) };
#undef CLOCK
#undef STRUCT

/* --- the rest --- */

static const struct {
	const char *name;
	unsigned long flags;
} propagations[] = {
	{ "private", MS_PRIVATE },       { "rprivate", MS_PRIVATE | MS_REC },
	{ "shared", MS_SHARED },         { "rshared", MS_SHARED | MS_REC },
	{ "slave", MS_SLAVE },           { "rslave", MS_SLAVE | MS_REC },
	{ "unbindable", MS_UNBINDABLE }, { "runbindable", MS_UNBINDABLE | MS_REC },
};

static void load_propagation(struct reading *r, json_t *v, const struct field *f, void *out,
			     const struct where *at)
{
	const struct field unread = { .offset = 0 };
	char *read = NULL;

	load_optional(r, v, &unread, &read, at);

	scoped_str char *text = read;
	if (!text)
		return;
	for (size_t i = 0; i < ARRAY_LEN(propagations); i++) {
		if (strcmp(propagations[i].name, text) == 0) {
			*(unsigned long *)field_member(f, out) = propagations[i].flags;
			return;
		}
	}
	problem_add(r, at,
		    "'%s' is none of private, shared, slave, unbindable or one of these "
		    "with an r before it",
		    text);
}

static void load_cgroups_path(struct reading *r, json_t *v, const struct field *f, void *out,
			      const struct where *at)
{
	char **path = field_member(f, out);

	load_optional(r, v, f, out, at);
	for (const char *p = *path; p && (p = strstr(p, "..")); p += 2)
		if ((p == *path || p[-1] == '/') && (p[2] == '/' || !p[2]))
			problem_add(r, at, "'%s' has '..' in it", *path);
}

static void load_seccomp_object(struct reading *r, json_t *v, const struct field *f, void *out,
				const struct where *at)
{
	struct seccomp_profile **profile = field_member(f, out);

	/* runc takes an object without anything in it for none. */
	if (json_is_object(v) && !json_object_get(v, "defaultAction") &&
	    json_array_size(json_object_get(v, "syscalls")) == 0)
		return;
	*profile = mem_alloc(sizeof **profile);
	seccomp_profile_fill(r, v, *profile, at);
}

#define STRUCT struct spec
#define IDMAPS .load = load_list, .table = &oci_idmap_table
static const struct field linux_fields[] = {
	{ .key = "namespaces", .load = load_namespaces, .table = &namespace_table },
	{ .key = "uidMappings", LIST(uid_maps.v, uid_maps.n), IDMAPS },
	{ .key = "gidMappings", LIST(gid_maps.v, gid_maps.n), IDMAPS },
	{ .key = "timeOffsets", .load = load_object, .table = &clock_table },
	{ .key = "devices",
	  LIST(devices, n_devices),
	  .load = load_nodes,
	  .table = &oci_device_table },
	{ .key = "cgroupsPath", MEMBER(cgroups_path), .load = load_cgroups_path },
	{ .key = "resources",
	  MEMBER(resources),
	  .load = load_resources,
	  .table = &oci_resources_table },
	{ .key = "sysctl", LIST(sysctl, n_sysctl), .load = load_settings },
	{ .key = "seccomp", MEMBER(profile), .load = load_seccomp_object },
	{ .key = "rootfsPropagation", MEMBER(root_propagation), .load = load_propagation },
	{ .key = "maskedPaths", MEMBER(masked_paths), .load = load_paths },
	{ .key = "readonlyPaths", MEMBER(readonly_paths), .load = load_paths },
	{ .key = "mountLabel", MEMBER(mount_label), .load = load_optional },
	{ .key = "personality", .load = load_personality, .table = &oci_personality_table },
	{ .key = "intelRdt", MEMBER(rdt), .load = load_rdt, .table = &oci_rdt_table },
	{ .key = "memoryPolicy",
	  MEMBER(memory_policy),
	  .load = load_memory_policy,
	  .table = &oci_memory_policy_table },
	{ .key = "netDevices", LIST(net_devices, n_net_devices), .load = load_net_devices },
};
const struct field_table oci_linux_table = OBJECT_TABLE(linux_fields);
#undef IDMAPS
#undef STRUCT
