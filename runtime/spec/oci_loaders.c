/* SPDX-License-Identifier: Apache-2.0 */
/* The loaders that more than one table of config.json uses. */
#include "runtime/spec/document.h"
#include "runtime/spec/oci_tables.h"

#include <string.h>

void load_optional(struct reading *r, json_t *v, const struct field *f, void *out,
		   const struct where *at)
{
	const char *text = json_string_value(v);

	if (!text || document_is_huge(v))
		problem_type(r, at, "a string", v);
	else if (*text)
		*(char **)field_member(f, out) = str_dup(text);
}

/* As it is: what ".." means depends on symbolic links. */
static const char *path_of(struct reading *r, json_t *v, const struct where *at)
{
	const char *text = text_of(r, v, at);

	if (!text || *text == '/')
		return text;
	problem_add(r, at, "'%s' is not an absolute path", text);
	return NULL;
}

void load_path(struct reading *r, json_t *v, const struct field *f, void *out,
	       const struct where *at)
{
	const char *path = path_of(r, v, at);

	if (path)
		*(char **)field_member(f, out) = str_dup(path);
}

static void path_load(struct reading *r, json_t *v, const struct field *f, void *out,
		      const struct where *at)
{
	const char *path = path_of(r, v, at);

	if (path)
		strs_add(field_member(f, out), path);
}

void load_paths(struct reading *r, json_t *v, const struct field *f, void *out,
		const struct where *at)
{
	static const struct each paths = { "a list of paths", path_load };

	each_item(r, v, f, out, at, &paths);
}

static void string_load(struct reading *r, json_t *v, const struct field *f, void *out,
			const struct where *at)
{
	if (!json_is_string(v) || document_is_huge(v))
		problem_type(r, at, "a string", v);
	else
		strs_add(field_member(f, out), json_string_value(v));
}

void load_strings(struct reading *r, json_t *v, const struct field *f, void *out,
		  const struct where *at)
{
	static const struct each strings = { "a list of strings", string_load };

	each_item(r, v, f, out, at, &strings);
}

void load_i64(struct reading *r, json_t *v, const struct field *f, void *out,
	      const struct where *at)
{
	json_int_t n = json_integer_value(v);

	if (!json_is_integer(v))
		problem_type(r, at, "an integer", v);
	else if (n < f->min || n > f->max)
		problem_add(r, at, "%lld is outside %lld..%lld", (long long)n, (long long)f->min,
			    (long long)f->max);
	else
		*(int64_t *)field_member(f, out) = n;
}

void load_int(struct reading *r, json_t *v, const struct field *f, void *out,
	      const struct where *at)
{
	int *member = field_member(f, out);
	const struct field wide = { .min = f->min, .max = f->max };
	int64_t n = *member;

	load_i64(r, v, &wide, &n, at);
	*member = (int)n;
}

void load_flag(struct reading *r, json_t *v, const struct field *f, void *out,
	       const struct where *at)
{
	*(bool *)field_also(f, out) = true;
	load_bool(r, v, f, out, at);
}

void load_given(struct reading *r, json_t *v, const struct field *f, void *out,
		const struct where *at)
{
	*(bool *)field_also(f, out) = true;
	load_object(r, v, f, out, at);
}

/* OUT is where the bits go. */
static void bit_load(struct reading *r, json_t *v, const struct field *f, void *out,
		     const struct where *at)
{
	const struct field word = { .words = f->words };
	int index = -1;

	load_word(r, v, &word, &index, at);
	if (index >= 0)
		*(uint64_t *)out |= UINT64_C(1) << (f->min + index);
}

static uint64_t bits_of(struct reading *r, json_t *v, const struct field *f, const struct where *at)
{
	static const struct each words = { "a list of strings", bit_load };
	uint64_t bits = 0;

	each_item(r, v, f, &bits, at, &words);
	return bits;
}

void load_int_bits(struct reading *r, json_t *v, const struct field *f, void *out,
		   const struct where *at)
{
	*(int *)field_member(f, out) |= (int)bits_of(r, v, f, at);
}

void load_u64_bits(struct reading *r, json_t *v, const struct field *f, void *out,
		   const struct where *at)
{
	*(uint64_t *)field_member(f, out) |= bits_of(r, v, f, at);
}

void load_pair(struct reading *r, json_t *v, const struct field *f, void *out,
	       const struct where *at)
{
	struct spec_pair *p;

	if (!json_is_string(v)) {
		problem_type(r, at, "a string", v);
		return;
	}
	p = list_add(field_member(f, out), field_also(f, out), sizeof *p);
	p->key = str_dup(at->key);
	p->value = str_dup(json_string_value(v));
}
