/* SPDX-License-Identifier: Apache-2.0 */
/* config.md, "Mounts". */
#include "runtime/spec/document.h"
#include "runtime/spec/mount_words.h"
#include "runtime/spec/oci_load.h"
#include "runtime/spec/oci_tables.h"

#include <string.h>

static field_loader load_type, load_options;

/* "bind" among the options says more than the type, which is a dummy then. */
static void load_type(struct reading *r, json_t *v, const struct field *f, void *out,
		      const struct where *at)
{
	struct spec_mount *m = out;
	const struct field unread = { .offset = 0 };
	char *type = NULL;

	(void)f;
	load_optional(r, v, &unread, &type, at);
	if (m->type)
		free(type);
	else
		m->type = type;
}

/* The data of mount(2) is one text with commas, so an option may hold several. Commas inside
 * quotes (an SELinux context) and behind a backslash (a path of an overlay) divide nothing. */
static void add_data(struct strs *data, const char *option)
{
	while (*option) {
		bool quoted = false;
		size_t len = 0;

		for (; option[len] && (quoted || option[len] != ','); len++) {
			if (option[len] == '"')
				quoted = !quoted;
			else if (option[len] == '\\' && option[len + 1])
				len++;
		}
		if (len > 0)
			strs_addf(data, "%.*s", (int)len, option);
		option += len + (option[len] == ',');
	}
}

static void option_load(struct reading *r, json_t *v, const struct field *f, void *out,
			const struct where *at)
{
	const char *word = json_string_value(v);
	struct spec_mount *m = out;

	(void)f;
	if (!word || document_is_huge(v)) {
		problem_type(r, at, "a string", v);
		return;
	}
	switch (mount_word_set(word, m)) {
	case MOUNT_WORD_DONE:
		break;
	case MOUNT_WORD_GONE:
		warning_add(r, at, "'%s' has no effect any more", word);
		break;
	case MOUNT_WORD_SUPER:
	case MOUNT_WORD_UNKNOWN:
		add_data(&m->data, word);
		break;
	}
}

static void load_options(struct reading *r, json_t *v, const struct field *f, void *out,
			 const struct where *at)
{
	static const struct each options = { "a list of strings", option_load };

	each_item(r, v, f, out, at, &options);
}

#define STRUCT struct spec_mount
#define IDMAPS .load = load_list, .table = &oci_idmap_table
static const struct field mount_fields[] = {
	{ .key = "destination", REQUIRED_KEY, MEMBER(target), .load = load_text },
	{ .key = "type", .load = load_type },
	{ .key = "source", MEMBER(source), .load = load_optional },
	{ .key = "options", .load = load_options },
	{ .key = "uidMappings", LIST(uid_maps.v, uid_maps.n), IDMAPS },
	{ .key = "gidMappings", LIST(gid_maps.v, gid_maps.n), IDMAPS },
};
const struct field_table oci_mount_table = OBJECT_TABLE(mount_fields);
#undef IDMAPS
#undef STRUCT

/* What all runtimes do: a warning that it is deprecated, and the container's root to start from. */
static void finish_target(struct reading *r, struct spec_mount *m, const struct where *at)
{
	const struct where here = { .up = at, .key = "destination" };
	scoped_str char *given = m->target;

	if (*given != '/')
		warning_add(r, &here, "'%s' is not an absolute path, taken for /%s", given, given);
	m->target = path_tidy(given);
}

static void finish_bind(struct reading *r, struct spec_mount *m, const struct where *at)
{
	const struct where options = { .up = at, .key = "options" };

	/* A remount has what is there already. */
	if (!m->source && !m->remount)
		problem_add(r, at, "missing key 'source'");
	if (m->source) {
		scoped_str char *given = m->source;
		scoped_str char *full =
			*given == '/' ? str_dup(given) : str_printf("%s/%s", r->dir, given);

		m->source = path_tidy(full);
	}
	/* The kernel pays no attention to them, and neither does runc. */
	for (size_t i = 0; i < m->data.n; i++)
		warning_add(r, &options, "'%s' has no effect on a bind mount", m->data.v[i]);
	strs_free(&m->data);
}

static void mount_load(struct reading *r, json_t *v, const struct field *f, void *out,
		       const struct where *at)
{
	struct spec_mount *m = list_add(field_member(f, out), field_also(f, out), sizeof *m);

	fields_load(r, v, f->table, m, at);
	if (!reading_clean(r, at))
		return;
	finish_target(r, m, at);
	if (m->type && strcmp(m->type, "bind") == 0)
		finish_bind(r, m, at);
	else if (!m->type && !m->remount)
		problem_add(r, at, "missing key 'type': it is no bind mount");
	if (m->copy_up && (!m->type || strcmp(m->type, "tmpfs") != 0)) {
		warning_add(r, at, "'tmpcopyup' has an effect on tmpfs alone");
		m->copy_up = false;
	}
	if (m->idmapped == SPEC_IDMAP_NO && m->uid_maps.n + m->gid_maps.n > 0)
		m->idmapped = SPEC_IDMAP_TOP;
}

void load_mounts(struct reading *r, json_t *v, const struct field *f, void *out,
		 const struct where *at)
{
	static const struct each mounts = { "a list of mounts", mount_load };

	each_item(r, v, f, out, at, &mounts);
}

const char *const *oci_mount_words(void)
{
	return mount_word_names();
}
