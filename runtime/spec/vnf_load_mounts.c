/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/spec/mount_words.h"
#include "runtime/spec/vnf.h"
#include "runtime/spec/vnf_tables.h"

static bool is_option(const char *word)
{
	uint64_t attrs = 0;
	bool recursive = false;

	return mount_word_apply(word, &attrs, &recursive) || mount_word_is_tmpfs(word);
}

static void option_load(struct reading *r, json_t *v, const struct field *f, void *out,
			const struct where *at)
{
	const char *word = text_of(r, v, at);

	if (word && !is_option(word))
		problem_add(r, at, "'%s' is not a mount option", word);
	else if (word)
		strs_add(field_member(f, out), word);
}

static void load_options(struct reading *r, json_t *v, const struct field *f, void *out,
			 const struct where *at)
{
	static const struct each options = { "a list of strings", option_load };

	each_item(r, v, f, out, at, &options);
}

static const char *const mount_types[] = { "bind", "tmpfs", NULL }; /* enum vnf_mount_type */

#define MEMBER(m) offsetof(struct vnf_mount, m)
static const struct field mount_fields[] = {
	{ .key = "type", OPTIONAL, MEMBER(type), load_word, .words = mount_types },
	{ .key = "source", OPTIONAL, MEMBER(source), load_host_path },
	{ .key = "target", REQUIRED, MEMBER(target), load_inner_path },
	{ .key = "readonly", OPTIONAL, MEMBER(readonly), load_bool },
	{ .key = "size", OPTIONAL, MEMBER(size), load_size, 4096, INT64_C(1) << 50 },
	{ .key = "options", OPTIONAL, MEMBER(options), load_options },
};
#undef MEMBER
static const struct vnf_mount mount_defaults = { .type = VNF_MOUNT_BIND, .size = VNF_UNSET };
const struct field_table mount_table = { .fields = mount_fields,
					 ARRAY_LEN(mount_fields),
					 .size = sizeof(struct vnf_mount),
					 .defaults = &mount_defaults };

/* --- devices --- */

#define MEMBER(m) offsetof(struct vnf_device, m)
static const struct field device_fields[] = {
	{ .key = "path", REQUIRED, MEMBER(path), load_inner_path },
	{ .key = "access", OPTIONAL, MEMBER(access), load_word, .words = vnf_access_words },
};
#undef MEMBER
const struct field_table device_table = { .fields = device_fields,
					  ARRAY_LEN(device_fields),
					  .size = sizeof(struct vnf_device) };

static void device_load(struct reading *r, json_t *v, const struct field *f, void *out,
			const struct where *at)
{
	void *device = list_add(field_member(f, out), field_also(f, out), f->table->size);

	if (json_is_string(v))
		load_inner_path(r, v, &device_fields[0], device, at);
	else if (json_is_object(v))
		fields_load(r, v, f->table, device, at);
	else
		problem_type(r, at, "a path or an object", v);
}

void load_devices(struct reading *r, json_t *v, const struct field *f, void *out,
		  const struct where *at)
{
	static const struct each devices = { "a list of devices", device_load };
	struct vnf *vnf = out;

	if (json_array_size(v) > (size_t)f->max) {
		problem_add(r, at, "%zu elements, at most %lld are possible", json_array_size(v),
			    (long long)f->max);
		return;
	}
	vnf->has_devices = true;
	each_item(r, v, f, out, at, &devices);
}
