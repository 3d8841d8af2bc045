/* SPDX-License-Identifier: Apache-2.0 */
/* config-linux.md: what the kernel has beside namespaces and groups. */
#include "runtime/spec/oci_load.h"
#include "runtime/spec/oci_tables.h"
#include "runtime/spec/settings.h"

#include <linux/mempolicy.h>
#include <string.h>
#include <sys/personality.h>

static field_loader load_clos_id, load_schema, load_domain, load_personality_flags;

/* --- Intel's resource director --- */

/* The name of a directory; "/" is resctrl's own one. */
static void load_clos_id(struct reading *r, json_t *v, const struct field *f, void *out,
			 const struct where *at)
{
	const char *text = json_string_value(v);

	load_optional(r, v, f, out, at);
	if (text && strcmp(text, "/") != 0 &&
	    (strchr(text, '/') || strcmp(text, ".") == 0 || strcmp(text, "..") == 0))
		problem_add(r, at, "'%s' is not the name of a directory", text);
}

static void load_schema(struct reading *r, json_t *v, const struct field *f, void *out,
			const struct where *at)
{
	const char *text = json_string_value(v);

	load_optional(r, v, f, out, at);
	if (text && *text && (strncmp(text, "MB:", 3) != 0 || strchr(text, '\n')))
		problem_add(r, at, "is not one line that starts with \"MB:\"");
}

#define STRUCT struct spec_rdt
static const struct field rdt_fields[] = {
	{ .key = "closID", MEMBER(clos_id), .load = load_clos_id },
	{ .key = "schemata", MEMBER(schemata), .load = load_texts },
	{ .key = "l3CacheSchema", MEMBER(l3_schema), .load = load_optional },
	{ .key = "memBwSchema", MEMBER(mem_bw_schema), .load = load_schema },
	{ .key = "enableMonitoring", MEMBER(enable_monitoring), .load = load_bool },
	{ .key = "enableCMT", MEMBER(enable_cmt), .load = load_bool }, /* until 1.2 */
	{ .key = "enableMBM", MEMBER(enable_mbm), .load = load_bool },
};
const struct field_table oci_rdt_table = OBJECT_TABLE(rdt_fields);
#undef STRUCT

void load_rdt(struct reading *r, json_t *v, const struct field *f, void *out,
	      const struct where *at)
{
	((struct spec_rdt *)field_member(f, out))->given = true;
	load_object(r, v, f, out, at);
}

/* --- where memory comes from --- */

/* By their numbers; younger ones than Debian 12's headers have. */
static const char *const mode_words[] = {
	[MPOL_DEFAULT] = "MPOL_DEFAULT",
	[MPOL_PREFERRED] = "MPOL_PREFERRED",
	[MPOL_BIND] = "MPOL_BIND",
	[MPOL_INTERLEAVE] = "MPOL_INTERLEAVE",
	[MPOL_LOCAL] = "MPOL_LOCAL",
	[MPOL_PREFERRED_MANY] = "MPOL_PREFERRED_MANY",
	[MPOL_PREFERRED_MANY + 1] = "MPOL_WEIGHTED_INTERLEAVE",
	NULL,
};

/* Bits from 13 on. */
static const char *const mode_flags[] = {
	"MPOL_F_NUMA_BALANCING",
	"MPOL_F_RELATIVE_NODES",
	"MPOL_F_STATIC_NODES",
	NULL,
};

const char *const *oci_memory_modes(void)
{
	return mode_words;
}

const char *const *oci_memory_flags(void)
{
	return mode_flags;
}

struct policy {
	int mode, flags;
	char *nodes;
};

#define STRUCT struct policy
static const struct field policy_fields[] = {
	{ .key = "mode", REQUIRED_KEY, MEMBER(mode), .load = load_word, .words = mode_words },
	{ .key = "nodes", MEMBER(nodes), .load = load_optional },
	{ .key = "flags",
	  MEMBER(flags),
	  .load = load_int_bits,
	  .words = mode_flags,
	  RANGE(13, 15) },
};
const struct field_table oci_memory_policy_table = OBJECT_TABLE(policy_fields);
#undef STRUCT

/* set_mempolicy(2) */
static void check_policy(struct reading *r, const struct policy *p, const struct where *at)
{
	static const int both = MPOL_F_STATIC_NODES | MPOL_F_RELATIVE_NODES;
	const char *mode = mode_words[p->mode];

	if (p->nodes && p->nodes[strspn(p->nodes, "0123456789,- ")])
		problem_add(r, at, "nodes: '%s' is not a list such as \"0-3,7\"", p->nodes);
	if (p->nodes && (p->mode == MPOL_DEFAULT || p->mode == MPOL_LOCAL))
		problem_add(r, at, "%s has no nodes", mode);
	else if (!p->nodes && p->mode != MPOL_DEFAULT && p->mode != MPOL_LOCAL &&
		 p->mode != MPOL_PREFERRED)
		problem_add(r, at, "%s needs nodes", mode);
	if ((p->flags & both) == both)
		problem_add(r, at,
			    "MPOL_F_STATIC_NODES and MPOL_F_RELATIVE_NODES exclude each other");
}

void load_memory_policy(struct reading *r, json_t *v, const struct field *f, void *out,
			const struct where *at)
{
	struct spec_memory_policy *m = field_member(f, out);
	struct policy p = { 0 };

	fields_load(r, v, f->table, &p, at);
	if (reading_clean(r, at))
		check_policy(r, &p, at);
	*m = (struct spec_memory_policy){ true, p.mode | p.flags, p.nodes };
}

/* --- personality --- */

static void load_domain(struct reading *r, json_t *v, const struct field *f, void *out,
			const struct where *at)
{
	static const char *const domains[] = { "LINUX", "LINUX32", NULL };
	const struct field word = { .words = domains };
	struct spec *s = out;
	int index = 0;

	(void)f;
	load_word(r, v, &word, &index, at);
	s->has_personality = true;
	s->personality = index == 1 ? PER_LINUX32 : PER_LINUX;
}

/* "Currently no flag values are supported." */
static void load_personality_flags(struct reading *r, json_t *v, const struct field *f, void *out,
				   const struct where *at)
{
	(void)f;
	(void)out;
	if (!json_is_array(v))
		problem_type(r, at, "a list", v);
	else if (json_array_size(v) > 0)
		problem_add(r, at, "the specification knows no flag yet: leave the list empty");
}

#define STRUCT struct spec
static const struct field personality_fields[] = {
	{ .key = "domain", REQUIRED_KEY, .load = load_domain },
	{ .key = "flags", .load = load_personality_flags },
};
const struct field_table oci_personality_table = OBJECT_TABLE(personality_fields);
#undef STRUCT

void load_personality(struct reading *r, json_t *v, const struct field *f, void *out,
		      const struct where *at)
{
	fields_load(r, v, f->table, out, at);
}

/* --- network devices --- */

/* dev_valid_name() of the kernel. */
static bool is_device(const char *name)
{
	return *name && strlen(name) < IFNAMSIZ && strcmp(name, ".") != 0 &&
	       strcmp(name, "..") != 0 && !name[strcspn(name, "/: \t\n\v\f\r\xa0")];
}

static void load_device_name(struct reading *r, json_t *v, const struct field *f, void *out,
			     const struct where *at)
{
	const char *name = json_string_value(v);
	char *member = field_member(f, out);

	if (!name)
		problem_type(r, at, "a string", v);
	else if (*name && !is_device(name))
		problem_add(r, at, "'%s' is not the name of a network device", name);
	else
		memcpy(member, name, strlen(name) + 1);
}

#define STRUCT struct spec_net_device
static const struct field net_device_fields[] = {
	{ .key = "name", MEMBER(rename), .load = load_device_name },
};
static const struct field_table net_device_table = OBJECT_TABLE(net_device_fields);
#undef STRUCT

static const char *name_inside(const struct spec_net_device *d)
{
	return *d->rename ? d->rename : d->name;
}

static void net_device_load(struct reading *r, json_t *v, const struct field *f, void *out,
			    const struct where *at)
{
	struct spec *s = out;
	struct spec_net_device d = { .name = "" };

	(void)f;
	if (!is_device(at->key)) {
		problem_add(r, at, "is not the name of a network device");
		return;
	}
	memcpy(d.name, at->key, strlen(at->key) + 1);
	fields_load(r, v, &net_device_table, &d, at);
	for (size_t i = 0; i < s->n_net_devices && reading_clean(r, at); i++)
		if (strcmp(name_inside(&s->net_devices[i]), name_inside(&d)) == 0)
			problem_add(r, at, "'%s' would have the name '%s' too",
				    s->net_devices[i].name, name_inside(&d));
	*(struct spec_net_device *)list_add(&s->net_devices, &s->n_net_devices, sizeof d) = d;
}

void load_net_devices(struct reading *r, json_t *v, const struct field *f, void *out,
		      const struct where *at)
{
	static const struct each devices = { "an object of network devices", net_device_load };

	each_member(r, v, f, out, at, &devices);
}

/* --- sysctl --- */

static void setting_load(struct reading *r, json_t *v, const struct field *f, void *out,
			 const struct where *at)
{
	if (!setting_is_name(at->key))
		problem_add(r, at, "is not a setting such as \"net.ipv4.ip_forward\"");
	else
		load_pair(r, v, f, out, at);
}

void load_settings(struct reading *r, json_t *v, const struct field *f, void *out,
		   const struct where *at)
{
	static const struct each settings = { "an object of strings", setting_load };

	each_member(r, v, f, out, at, &settings);
}
