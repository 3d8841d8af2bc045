/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of the descriptor, each for itself and against share/vnf.schema.json. */
#include "runtime/base/caps.h"
#include "runtime/spec/vnf_tables.h"
#include "tests/support/support.h"

#include <string.h>

static void expect_sound(const struct field_table *t, const char *path)
{
	cr_expect_gt(t->n, 0, "%s: no keys", path);
	for (size_t i = 0; i < t->n; i++) {
		const struct field *f = &t->fields[i];
		scoped_str char *here = str_printf("%s/%s", path, f->key);

		cr_expect(f->load, "%s: no loader", here);
		for (size_t j = 0; j < i; j++)
			cr_expect_str_neq(f->key, t->fields[j].key, "%s is there twice", here);
		if (f->load == load_list)
			cr_expect(f->table && f->table->size > 0 && f->also != f->offset, "%s",
				  here);
		if (f->load == load_object)
			cr_expect(f->table, "%s", here);
		if (f->load == load_word)
			cr_expect(f->words && f->words[0], "%s", here);
		if (f->load == load_u32 || f->load == load_u64 || f->load == load_size ||
		    f->load == load_duration)
			cr_expect_lt(f->min, f->max, "%s", here);
		if (f->table)
			expect_sound(f->table, here);
	}
}

Test(vnf_tables, keys_are_unique_and_loaders_have_what_they_read)
{
	expect_sound(&vnf_table, "");
}

static const json_t *resolved(const json_t *schema, const json_t *node)
{
	const char *ref = json_string_value(json_object_get(node, "$ref"));

	if (!ref)
		return node;
	cr_assert_eq(strncmp(ref, "#/$defs/", 8), 0, "%s", ref);
	return json_object_get(json_object_get(schema, "$defs"), ref + 8);
}

/* The object that NODE describes: itself, a list's elements, or one of several forms. */
static const json_t *object_of(const json_t *schema, const json_t *node)
{
	const json_t *form;
	size_t i;

	node = resolved(schema, node);
	if (json_object_get(node, "properties"))
		return node;
	if (json_object_get(node, "items"))
		return object_of(schema, json_object_get(node, "items"));
	json_array_foreach(json_object_get(node, "anyOf"), i,
			   form) if (json_object_get(resolved(schema, form),
						     "properties")) return resolved(schema, form);
	return NULL;
}

static bool is_required(const json_t *object, const char *key)
{
	const json_t *name;
	size_t i;

	json_array_foreach(json_object_get(object, "required"), i,
			   name) if (strcmp(json_string_value(name), key) == 0) return true;
	return false;
}

static void expect_same_keys(const json_t *schema, const json_t *node, const struct field_table *t,
			     const char *path)
{
	const json_t *object = object_of(schema, node);
	json_t *properties = json_object_get(object, "properties");

	cr_assert(properties, "%s: the schema has no object here", path);
	cr_expect(json_is_false(json_object_get(object, "additionalProperties")), "%s", path);
	cr_expect_eq(json_object_size(properties), t->n, "%s: %zu keys in the schema, %zu here",
		     path, json_object_size(properties), t->n);
	for (size_t i = 0; i < t->n; i++) {
		const struct field *f = &t->fields[i];
		const json_t *property = json_object_get(properties, f->key);
		scoped_str char *here = str_printf("%s/%s", path, f->key);

		cr_assert(property, "%s: not in the schema", here);
		cr_expect(json_object_get(property, "description") ||
				  json_object_get(resolved(schema, property), "description"),
			  "%s: no description for editors", here);
		cr_expect_eq(is_required(object, f->key), f->required, "%s: required?", here);
		if (f->table)
			expect_same_keys(schema, property, f->table, here);
	}
}

static json_t *schema_load(void)
{
	json_error_t at;
	json_t *schema = json_load_file("share/vnf.schema.json", JSON_REJECT_DUPLICATES, &at);

	cr_assert(schema, "%d:%d: %s", at.line, at.column, at.text);
	return schema;
}

Test(vnf_tables, the_schema_has_the_same_keys)
{
	json_t *schema = schema_load();

	expect_same_keys(schema, schema, &vnf_table, "");
	json_decref(schema);
}

Test(vnf_tables, the_schema_lists_the_capabilities)
{
	json_t *schema = schema_load();
	json_t *list = json_object_get(json_object_get(schema, "properties"), "capabilities");
	json_t *forms = json_object_get(json_object_get(list, "items"), "anyOf");
	const json_t *names = json_object_get(json_array_get(forms, 0), "enum"), *name;
	size_t i;

	cr_expect_gt(json_array_size(names), 40);
	json_array_foreach(names, i, name) cr_expect_eq(caps_number(json_string_value(name)),
							(int)i, "%s", json_string_value(name));
	json_decref(schema);
}

static bool line_names(const char *line, const char *key)
{
	const char *end = line + strcspn(line, "\n"), *word = line + strcspn(line, " \n");
	static const char others[] = " ,./=\"(){}:\\\n";

	while (word < end) {
		size_t len = strcspn(word += strspn(word, others), others);

		if (word < end && len == strlen(key) && strncmp(word, key, len) == 0)
			return true;
		word += len;
	}
	return false;
}

static bool page_names(const char *page, const char *key)
{
	for (const char *p = page; (p = strstr(p, "\n.B")); p++)
		if (line_names(p + 1, key))
			return true;
	return false;
}

static void expect_named(const char *page, const struct field_table *t, const char *path)
{
	for (size_t i = 0; i < t->n; i++) {
		scoped_str char *here = str_printf("%s/%s", path, t->fields[i].key);

		cr_expect(page_names(page, t->fields[i].key), "%s: not in the man page", here);
		if (t->fields[i].table)
			expect_named(page, t->fields[i].table, here);
	}
}

Test(vnf_tables, the_man_page_names_every_key)
{
	scoped_str char *page = read_text("docs/man/nfrun-vnf.5");

	expect_named(page, &vnf_table, "");
	cr_expect_not(page_names(page, "frobnicate"));
}

Test(vnf_tables, the_schema_holds_over_all_samples)
{
	/* Debian's python3-jsonschema comes with Debian's Python, not with another in PATH. */
	static const char *const python = "/usr/bin/python3";
	scoped_run struct run has = run_cmd(python, "-c", "import jsonschema");

	skip_unless(has.status == 0, "needs python3-jsonschema");
	scoped_run struct run r = run_cmd("/bin/sh", "-c",
					  "exec /usr/bin/python3 tests/unit/spec/schema_check.py "
					  "share/vnf.schema.json tests/data/vnf examples/*.json");
	cr_expect_eq(r.status, 0, "%s%s", r.out, r.err);
	cr_expect_str_eq(r.out, "");
}
