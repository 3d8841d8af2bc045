/* SPDX-License-Identifier: Apache-2.0 */
/* config-linux.md, "Devices" and "Allowed Device list". */
#include "runtime/spec/oci_load.h"
#include "runtime/spec/oci_tables.h"

#include <string.h>

static field_loader load_node_type, load_mode, load_allowed_type, load_access;

/* dev_t of the kernel: 12 and 20 bits. */
enum { MAJOR_MAX = 0xfff, MINOR_MAX = 0xfffff };

/* TEXT as one letter of LETTERS. */
static void load_letter(struct reading *r, json_t *v, const char *letters, char *out,
			const struct where *at)
{
	const char *text = text_of(r, v, at);

	if (!text)
		return;
	if (text[1] || !strchr(letters, *text))
		problem_add(r, at, "'%s' is none of the letters %s", text, letters);
	else
		*out = *text;
}

/* --- nodes --- */

static void load_node_type(struct reading *r, json_t *v, const struct field *f, void *out,
			   const struct where *at)
{
	char *type = field_member(f, out);

	load_letter(r, v, "bcup", type, at);
	if (*type == 'u') /* mknod(1): unbuffered, which is c */
		*type = 'c';
}

/* Some engines hand on st_mode, with the type in it. */
static void load_mode(struct reading *r, json_t *v, const struct field *f, void *out,
		      const struct where *at)
{
	struct spec_device *d = out;
	uint32_t mode = 0;

	load_u32(r, v, f, &mode, at);
	d->has_mode = true;
	d->mode = mode & 07777;
}

#define STRUCT struct spec_device
static const struct field device_fields[] = {
	{ .key = "path", REQUIRED_KEY, MEMBER(path), .load = load_path },
	{ .key = "type", REQUIRED_KEY, MEMBER(type), .load = load_node_type },
	{ .key = "major", MEMBER(major), .load = load_i64, RANGE(0, MAJOR_MAX) },
	{ .key = "minor", MEMBER(minor), .load = load_i64, RANGE(0, MINOR_MAX) },
	{ .key = "fileMode", .load = load_mode, RANGE(0, UINT32_MAX) },
	{ .key = "uid", MEMBER(uid), .load = load_u32, RANGE(0, UINT32_MAX - 1) },
	{ .key = "gid", MEMBER(gid), .load = load_u32, RANGE(0, UINT32_MAX - 1) },
};
static const struct spec_device device_defaults = { .mode = 0666, .major = -1, .minor = -1 };
const struct field_table oci_device_table = {
	.fields = device_fields,
	.n = ARRAY_LEN(device_fields),
	.open = true,
	.size = sizeof(STRUCT),
	.defaults = &device_defaults,
};
#undef STRUCT

void load_nodes(struct reading *r, json_t *v, const struct field *f, void *out,
		const struct where *at)
{
	struct where here = { .up = at };

	load_list(r, v, f, out, at);

	struct spec_device *list;
	memcpy(&list, field_member(f, out), sizeof list);
	for (; here.index < *(size_t *)field_also(f, out); here.index++) {
		struct spec_device *d = &list[here.index];

		if (d->type == 'p') /* a FIFO has no numbers */
			d->major = d->minor = 0;
		else if (reading_clean(r, &here) && (d->major < 0 || d->minor < 0))
			problem_add(r, &here, "missing key '%s'", d->major < 0 ? "major" : "minor");
	}
}

/* --- which of them may be used --- */

static void load_allowed_type(struct reading *r, json_t *v, const struct field *f, void *out,
			      const struct where *at)
{
	if (!json_is_string(v) || json_string_length(v) > 0) /* "": unset */
		load_letter(r, v, "abc", field_member(f, out), at);
}

static void load_access(struct reading *r, json_t *v, const struct field *f, void *out,
			const struct where *at)
{
	struct limits_device *d = out;
	const char *text = text_of(r, v, at);

	(void)f;
	if (!text)
		return;
	if (text[strspn(text, "rwm")]) {
		problem_add(r, at, "'%s' is not made of the letters rwm", text);
		return;
	}

	char *p = d->access;
	memset(d->access, 0, sizeof d->access);
	for (const char *letter = "rwm"; *letter; letter++)
		if (strchr(text, *letter))
			*p++ = *letter;
}

#define STRUCT struct limits_device
static const struct field allowed_fields[] = {
	{ .key = "allow", REQUIRED_KEY, MEMBER(allow), .load = load_bool },
	{ .key = "type", MEMBER(type), .load = load_allowed_type },
	{ .key = "major", MEMBER(major), .load = load_i64, RANGE(-1, UINT32_MAX) },
	{ .key = "minor", MEMBER(minor), .load = load_i64, RANGE(-1, UINT32_MAX) },
	{ .key = "access", .load = load_access },
};
static const struct limits_device allowed_defaults = { .type = 'a', .major = -1, .minor = -1 };
const struct field_table oci_allowed_table = {
	.fields = allowed_fields,
	.n = ARRAY_LEN(allowed_fields),
	.open = true,
	.size = sizeof(STRUCT),
	.defaults = &allowed_defaults,
};
#undef STRUCT

/* "access" is optional, and the specification does not say what without it: the safe meaning. */
static void settle_access(struct reading *r, struct cgroup_limits *l, const struct where *at)
{
	size_t kept = 0;

	for (size_t i = 0; i < l->n_devices; i++) {
		const struct where rule = { .up = at, .index = i };

		if (!l->devices[i].access[0] && l->devices[i].allow) {
			warning_add(r, &rule, "has no 'access', so it allows none");
			continue;
		}
		if (!l->devices[i].access[0])
			memcpy(l->devices[i].access, "rwm", 4);
		l->devices[kept++] = l->devices[i];
	}
	l->n_devices = kept;
}

void load_allowed(struct reading *r, json_t *v, const struct field *f, void *out,
		  const struct where *at)
{
	struct cgroup_limits *l = out;

	l->has_devices = true;
	load_list(r, v, f, out, at);
	settle_access(r, l, at);
}

/* Engines deny all and count on the runtime for the devices of config-linux.md ("Default Devices"),
 * terminals, and what runc has always allowed beside them: to make any node, which CAP_MKNOD is
 * needed for, and /dev/net/tun. */
void oci_default_devices(struct cgroup_limits *l)
{
	static const struct limits_device rules[] = {
		{ true, 'c', -1, -1, "m" },    { true, 'b', -1, -1, "m" },
		{ true, 'c', 1, 3, "rwm" },    { true, 'c', 1, 5, "rwm" },
		{ true, 'c', 1, 7, "rwm" },    { true, 'c', 1, 8, "rwm" },
		{ true, 'c', 1, 9, "rwm" },    { true, 'c', 5, 0, "rwm" },
		{ true, 'c', 5, 2, "rwm" },    { true, 'c', 136, -1, "rwm" },
		{ true, 'c', 10, 200, "rwm" },
	};
	static const struct limits_device none = { false, 'a', -1, -1, "rwm" };
	bool all = false;

	if (!l->has_devices)
		*(struct limits_device *)list_add(&l->devices, &l->n_devices, sizeof none) = none;
	l->has_devices = true;
	for (size_t i = 0; i < l->n_devices; i++) {
		const struct limits_device *d = &l->devices[i];

		if (d->type == 'a' && d->major < 0 && d->minor < 0)
			all = d->allow;
	}
	/* Where all is allowed, exceptions from that were wanted. */
	for (size_t i = 0; i < ARRAY_LEN(rules) && !all; i++)
		*(struct limits_device *)list_add(&l->devices, &l->n_devices, sizeof *rules) =
			rules[i];
}
