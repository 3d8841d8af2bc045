/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/spec/oci_json.h"

#include <sched.h>
#include <stdio.h>
#include <string.h>

void oci_put(json_t *object, const char *key, json_t *value)
{
	if (!value || json_object_set_new(object, key, value) < 0)
		abort();
}

void oci_add(json_t *list, json_t *value)
{
	if (!value || json_array_append_new(list, value) < 0)
		abort();
}

void oci_put_text(json_t *object, const char *key, const char *text)
{
	oci_put(object, key, json_string(text));
}

void oci_put_number(json_t *object, const char *key, uint64_t n)
{
	oci_put(object, key, json_integer(n > INT64_MAX ? -1 : (json_int_t)n));
}

void oci_put_texts(json_t *object, const char *key, const struct strs *texts)
{
	json_t *list = json_array();

	for (size_t i = 0; i < texts->n; i++)
		oci_add(list, json_string(texts->v[i]));
	if (texts->n > 0)
		oci_put(object, key, json_incref(list));
	json_decref(list);
}

void oci_put_list(json_t *object, const char *key, const char *const *texts)
{
	json_t *list = json_array();

	for (size_t i = 0; texts[i]; i++)
		oci_add(list, json_string(texts[i]));
	oci_put(object, key, list);
}

json_t *oci_namespaces(uint64_t flags)
{
	static const struct {
		uint64_t flag;
		const char *type;
	} types[] = {
		{ CLONE_NEWPID, "pid" },   { CLONE_NEWNET, "network" },   { CLONE_NEWIPC, "ipc" },
		{ CLONE_NEWUTS, "uts" },   { CLONE_NEWNS, "mount" },      { CLONE_NEWUSER, "user" },
		{ CLONE_NEWTIME, "time" }, { CLONE_NEWCGROUP, "cgroup" },
	};
	json_t *list = json_array();

	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		json_t *one = json_object();

		oci_put_text(one, "type", types[i].type);
		if (flags & types[i].flag)
			oci_add(list, json_incref(one));
		json_decref(one);
	}
	return list;
}

json_t *oci_idmap(uint32_t inside, uint32_t outside, uint32_t size)
{
	json_t *list = json_array();
	json_t *map = json_object();

	oci_put_number(map, "containerID", inside);
	oci_put_number(map, "hostID", outside);
	oci_put_number(map, "size", size);
	oci_add(list, map);
	return list;
}

static void put_caps(json_t *object, const char *key, caps_mask mask)
{
	json_t *list = json_array();
	char name[32];

	for (int i = 0; i < 64; i++) {
		if (!(mask & 1ULL << i))
			continue;
		scoped_str char *full = str_printf("CAP_%s", caps_name(i, name));
		oci_add(list, json_string(full));
	}
	oci_put(object, key, list);
}

json_t *oci_capabilities(const struct caps_sets *caps)
{
	json_t *sets = json_object();

	put_caps(sets, "bounding", caps->bounding);
	put_caps(sets, "effective", caps->effective);
	put_caps(sets, "permitted", caps->permitted);
	put_caps(sets, "inheritable", caps->inheritable);
	put_caps(sets, "ambient", caps->ambient);
	return sets;
}

/* The next -1 of oci_put_number's. Inside a string the quote would have a backslash before it. */
static const char *next_unlimited(const char *text)
{
	static const char pattern[] = "\": -1";
	const char *at = text;

	while ((at = strstr(at, pattern)) && at[-1] == '\\')
		at++;
	return at ? at + strlen("\": ") : NULL;
}

char *oci_text(json_t *document)
{
	scoped_str char *plain = json_dumps(document, JSON_INDENT(2));
	scoped_file FILE *f = NULL;
	char *text = NULL;
	size_t size;

	json_decref(document);
	f = open_memstream(&text, &size);
	if (!f || !plain)
		abort();

	const char *from = plain, *at;
	for (; (at = next_unlimited(from)); from = at + strlen("-1"))
		fprintf(f, "%.*s%llu", (int)(at - from), from, (unsigned long long)UINT64_MAX);
	fprintf(f, "%s\n", from);
	file_drop(&f);
	return text;
}
