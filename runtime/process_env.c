/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/process_parts.h"

#include <stdlib.h>
#include <string.h>

struct setting {
	const char *text;
	size_t name; /* length */
	size_t place;
};

/* By name, then by place. */
static int compare(const void *x, const void *y)
{
	const struct setting *a = x, *b = y;
	size_t n = a->name < b->name ? a->name : b->name;
	int order = memcmp(a->text, b->text, n);

	if (order == 0 && a->name != b->name)
		order = a->name < b->name ? -1 : 1;
	if (order == 0)
		order = a->place < b->place ? -1 : 1;
	return order;
}

static bool same_name(const struct setting *a, const struct setting *b)
{
	return a->name == b->name && memcmp(a->text, b->text, a->name) == 0;
}

/* Sets *HAS_HOME; an empty one is none. */
static void copy_last(const struct strs *env, struct strs *out, bool *has_home)
{
	struct setting *all = mem_alloc((env->n + 1) * sizeof *all);
	bool *hidden = mem_alloc((env->n + 1) * sizeof *hidden);

	for (size_t i = 0; i < env->n; i++)
		all[i] = (struct setting){ env->v[i], strcspn(env->v[i], "="), i };
	qsort(all, env->n, sizeof *all, compare);
	for (size_t i = 0; i + 1 < env->n; i++)
		hidden[all[i].place] = same_name(&all[i], &all[i + 1]);
	*has_home = false;
	for (size_t i = 0; i < env->n; i++) {
		if (hidden[i] || strcmp(env->v[i], "HOME=") == 0)
			continue;
		*has_home = *has_home || strncmp(env->v[i], "HOME=", 5) == 0;
		strs_add(out, env->v[i]);
	}
	free(all);
	free(hidden);
}

void process_env(const struct spec_process *p, const char *home, struct strs *out)
{
	bool has_home;

	*out = (struct strs){ 0 };
	copy_last(&p->env, out, &has_home);
	if (!has_home)
		strs_addf(out, "HOME=%s", home);
}
