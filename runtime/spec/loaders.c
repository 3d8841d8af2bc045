/* SPDX-License-Identifier: Apache-2.0 */
/* The loaders that more than one table uses. */
#include "runtime/base/units.h"
#include "runtime/spec/document.h"
#include "runtime/spec/fields.h"

#include <string.h>

void load_object(struct reading *r, json_t *v, const struct field *f, void *out,
		 const struct where *at)
{
	fields_load(r, v, f->table, field_member(f, out), at);
}

void *list_add(void *member, size_t *n, size_t size)
{
	char *items;

	/* The member is a pointer to some struct: read and written as bytes, as C's aliasing rules
	 * want. */
	memcpy(&items, member, sizeof items);
	items = mem_grow(items, *n + 1, size);
	memcpy(member, &items, sizeof items);
	memset(items + *n * size, 0, size);
	return items + (*n)++ * size;
}

void each_item(struct reading *r, json_t *v, const struct field *f, void *out,
	       const struct where *at, const struct each *how)
{
	struct where here = { .up = at };
	json_t *value;

	if (!json_is_array(v))
		problem_type(r, at, how->what, v);
	json_array_foreach(v, here.index, value) how->load(r, value, f, out, &here);
}

void each_member(struct reading *r, json_t *v, const struct field *f, void *out,
		 const struct where *at, const struct each *how)
{
	struct where here = { .up = at };
	json_t *value;

	if (!json_is_object(v))
		problem_type(r, at, how->what, v);
	json_object_foreach(v, here.key, value) how->load(r, value, f, out, &here);
}

static void object_load(struct reading *r, json_t *v, const struct field *f, void *out,
			const struct where *at)
{
	void *item = list_add(field_member(f, out), field_also(f, out), f->table->size);

	if (f->table->defaults)
		memcpy(item, f->table->defaults, f->table->size);
	fields_load(r, v, f->table, item, at);
}

void load_list(struct reading *r, json_t *v, const struct field *f, void *out,
	       const struct where *at)
{
	static const struct each objects = { "a list", object_load };

	if (f->max && json_array_size(v) > (size_t)f->max)
		problem_add(r, at, "%zu elements, at most %lld are possible", json_array_size(v),
			    (long long)f->max);
	each_item(r, v, f, out, at, &objects);
}

void load_bool(struct reading *r, json_t *v, const struct field *f, void *out,
	       const struct where *at)
{
	if (!json_is_boolean(v))
		problem_type(r, at, "true or false", v);
	else
		*(bool *)field_member(f, out) = json_is_true(v);
}

static bool integer_of(struct reading *r, json_t *v, const struct field *f, const struct where *at,
		       json_int_t *out)
{
	json_int_t n = json_integer_value(v);

	if (!json_is_integer(v)) {
		problem_type(r, at, "an integer", v);
		return false;
	}
	if (n < f->min || n > f->max) {
		problem_add(r, at, "%lld is outside %lld..%lld", (long long)n, (long long)f->min,
			    (long long)f->max);
		return false;
	}
	*out = n;
	return true;
}

void load_u32(struct reading *r, json_t *v, const struct field *f, void *out,
	      const struct where *at)
{
	json_int_t n;

	if (integer_of(r, v, f, at, &n))
		*(uint32_t *)field_member(f, out) = (uint32_t)n;
}

void load_u64(struct reading *r, json_t *v, const struct field *f, void *out,
	      const struct where *at)
{
	json_int_t n;

	if (integer_of(r, v, f, at, &n))
		*(uint64_t *)field_member(f, out) = (uint64_t)n;
}

void load_any_u64(struct reading *r, json_t *v, const struct field *f, void *out,
		  const struct where *at)
{
	if (document_u64(v, field_member(f, out)))
		return;
	if (json_is_integer(v))
		problem_add(r, at, "%lld is negative", (long long)json_integer_value(v));
	else
		problem_type(r, at, "an integer", v);
}

void load_size(struct reading *r, json_t *v, const struct field *f, void *out,
	       const struct where *at)
{
	const char *text = json_string_value(v);
	char min[16], max[16];
	uint64_t n = (uint64_t)json_integer_value(v);

	if (!text && !json_is_integer(v)) {
		problem_type(r, at, "a size (\"256M\", or bytes as an integer)", v);
		return;
	}
	if (text && !size_parse(text, &n)) {
		problem_add(r, at, "'%s' is not a size (\"256M\", \"1.5G\")", text);
		return;
	}
	/* A negative integer is a huge one here. */
	if (n < (uint64_t)f->min || n > (uint64_t)f->max) {
		size_format((uint64_t)f->min, min);
		size_format((uint64_t)f->max, max);
		if (text)
			problem_add(r, at, "%s is outside %s..%s", text, min, max);
		else
			problem_add(r, at, "%lld is outside %s..%s", (long long)n, min, max);
		return;
	}
	*(uint64_t *)field_member(f, out) = n;
}

void load_duration(struct reading *r, json_t *v, const struct field *f, void *out,
		   const struct where *at)
{
	const char *text = json_string_value(v);
	char min[32], max[32];
	uint64_t ms;

	if (!text) {
		problem_type(r, at, "a duration (\"10s\", \"1m30s\")", v);
		return;
	}
	if (!duration_parse(text, &ms)) {
		problem_add(r, at, "'%s' is not a duration (\"10s\", \"500ms\", \"1m30s\")", text);
		return;
	}
	if (ms < (uint64_t)f->min || ms > (uint64_t)f->max) {
		problem_add(r, at, "%s is outside %s..%s", text,
			    duration_format((uint64_t)f->min, min),
			    duration_format((uint64_t)f->max, max));
		return;
	}
	*(uint64_t *)field_member(f, out) = ms;
}

const char *text_of(struct reading *r, json_t *v, const struct where *at)
{
	const char *text = json_string_value(v);

	if (!text)
		problem_type(r, at, "a string", v);
	else if (!*text)
		problem_add(r, at, "is empty");
	return text && *text ? text : NULL;
}

void load_word(struct reading *r, json_t *v, const struct field *f, void *out,
	       const struct where *at)
{
	const char *text = text_of(r, v, at);
	scoped_str char *list = NULL;

	if (!text)
		return;
	for (int i = 0; f->words[i]; i++) {
		if (strcmp(f->words[i], text) == 0) {
			*(int *)field_member(f, out) = i;
			return;
		}
		scoped_str char *so_far = str_take(&list);
		list = so_far ? str_printf("%s, %s", so_far, f->words[i]) : str_dup(f->words[i]);
	}
	problem_add(r, at, "'%s' is none of %s", text, list);
}

void load_text(struct reading *r, json_t *v, const struct field *f, void *out,
	       const struct where *at)
{
	const char *text = text_of(r, v, at);

	if (text)
		*(char **)field_member(f, out) = str_dup(text);
}

static void text_load(struct reading *r, json_t *v, const struct field *f, void *out,
		      const struct where *at)
{
	const char *text = text_of(r, v, at);

	if (text)
		strs_add(field_member(f, out), text);
}

void load_texts(struct reading *r, json_t *v, const struct field *f, void *out,
		const struct where *at)
{
	static const struct each texts = { "a list of strings", text_load };

	if (json_is_array(v) && json_array_size(v) < (size_t)f->min)
		problem_add(r, at, "is empty");
	each_item(r, v, f, out, at, &texts);
}

char *path_tidy(const char *text)
{
	char *out = mem_alloc(strlen(text) + 2), *p = out;

	while (*text) {
		size_t len = strcspn(text += strspn(text, "/"), "/");

		if (len > 0 && !(len == 1 && *text == '.')) {
			*p++ = '/';
			memcpy(p, text, len);
			p += len;
		}
		text += len;
	}
	if (p == out)
		*p = '/';
	return out;
}

static bool has_dotdot(const char *path)
{
	const char *p = path;

	while ((p = strstr(p, "/.."))) {
		p += 3;
		if (*p == '/' || *p == '\0')
			return true;
	}
	return false;
}

void load_inner_path(struct reading *r, json_t *v, const struct field *f, void *out,
		     const struct where *at)
{
	const char *text = text_of(r, v, at);

	if (!text)
		return;
	if (*text != '/')
		problem_add(r, at, "'%s' is not an absolute path", text);
	else if (has_dotdot(text))
		problem_add(r, at, "'%s' has '..' in it", text);
	else
		*(char **)field_member(f, out) = path_tidy(text);
}

void load_host_path(struct reading *r, json_t *v, const struct field *f, void *out,
		    const struct where *at)
{
	const char *text = text_of(r, v, at);

	if (!text)
		return;
	if (*text != '/' && !r->dir) {
		problem_add(r, at, "'%s' is not an absolute path", text);
		return;
	}

	scoped_str char *full = *text == '/' ? str_dup(text) : str_printf("%s/%s", r->dir, text);
	scoped_str char *tidy = path_tidy(full);

	/* The document itself becomes absolute too: it outlives the folder it was read in. */
	json_string_set(v, tidy);
	*(char **)field_member(f, out) = str_take(&tidy);
}
