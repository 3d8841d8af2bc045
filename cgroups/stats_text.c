/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroups/stats_text.h"
#include "runtime/base/strs.h"

#include <stdlib.h>
#include <string.h>

void stats_each_line(const char *text, void (*line)(void *context, char *), void *context)
{
	scoped_str char *copy = str_dup(text);
	char *rest = copy, *one;

	while ((one = strsep(&rest, "\n")))
		if (*one)
			line(context, one);
}

static bool is_number(const char *text)
{
	return text && *text >= '0' && *text <= '9';
}

/* --- memory.stat --- */

struct named {
	struct cgroup_named **v;
	size_t *n;
};

static void named_line(void *context, char *line)
{
	const struct named *to = context;
	char *value = strchr(line, ' ');

	if (!value || !is_number(value + 1))
		return;
	*value++ = '\0';
	*to->v = mem_grow(*to->v, *to->n + 1, sizeof **to->v);
	(*to->v)[(*to->n)++] = (struct cgroup_named){ str_dup(line), strtoull(value, NULL, 10) };
}

void stats_parse_named(struct cgroup_named **v, size_t *n, const char *text)
{
	stats_each_line(text, named_line, &(struct named){ v, n });
}

uint64_t stats_named(const struct cgroup_named *v, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(v[i].name, name) == 0)
			return v[i].value;
	return CGROUP_UNSET;
}

/* --- pressure (PSI) --- */

/* The kernel's form has two digits behind the point, whatever the locale says of points. */
static double percent(const char *text)
{
	char *end;
	double whole = (double)strtoull(text, &end, 10);

	return *end == '.' ? whole + (double)strtoull(end + 1, NULL, 10) / 100 : whole;
}

static void pressure_line(void *context, char *line)
{
	struct cgroup_pressure *p = context;
	const char *kind = strsep(&line, " ");
	struct cgroup_pressure_line *to = strcmp(kind, "some") == 0   ? &p->some
					  : strcmp(kind, "full") == 0 ? &p->full
								      : NULL;
	char *pair;

	while (to && (pair = strsep(&line, " "))) {
		const char *value = strchr(pair, '=');

		if (!value)
			continue;
		value++;
		if (strncmp(pair, "avg10=", 6) == 0)
			to->avg10 = percent(value);
		else if (strncmp(pair, "avg60=", 6) == 0)
			to->avg60 = percent(value);
		else if (strncmp(pair, "avg300=", 7) == 0)
			to->avg300 = percent(value);
		else if (strncmp(pair, "total=", 6) == 0)
			to->total_us = strtoull(value, NULL, 10);
		p->known = true;
	}
}

uint64_t stats_parse_percent(const char *text)
{
	return is_number(text) ? (uint64_t)(percent(text) * 100 + 0.5) : CGROUP_UNSET;
}

void stats_parse_pressure(struct cgroup_pressure *p, const char *text)
{
	stats_each_line(text, pressure_line, p);
}

/* --- cpuacct --- */

static void add_number(struct cgroup_numbers *to, uint64_t value)
{
	to->v = mem_grow(to->v, to->n + 1, sizeof *to->v);
	to->v[to->n++] = value;
}

void stats_parse_numbers(struct cgroup_numbers *out, const char *text)
{
	for (char *end; text += strspn(text, " \n"), is_number(text); text = end)
		add_number(out, strtoull(text, &end, 10));
}

static void usage_all_line(void *context, char *line)
{
	struct cgroup_cpu_use *cpu = context;
	struct cgroup_numbers row = { 0 };

	stats_parse_numbers(&row, line); /* the heading has none */
	if (row.n == 3) {
		add_number(&cpu->percpu_user, row.v[1]);
		add_number(&cpu->percpu_kernel, row.v[2]);
	}
	free(row.v);
}

void stats_parse_usage_all(struct cgroup_cpu_use *cpu, const char *text)
{
	stats_each_line(text, usage_all_line, cpu);
}

/* --- rdma --- */

static uint64_t pair_value(const char *line, const char *key)
{
	const char *at = strstr(line, key);

	return at && is_number(at + strlen(key)) ? strtoull(at + strlen(key), NULL, 10)
						 : CGROUP_UNSET;
}

struct rdma {
	struct cgroup_rdma_use **v;
	size_t *n;
};

static void rdma_line(void *context, char *line)
{
	const struct rdma *to = context;
	char *values = strchr(line, ' ');

	if (!values)
		return;
	*values++ = '\0';
	*to->v = mem_grow(*to->v, *to->n + 1, sizeof **to->v);
	(*to->v)[(*to->n)++] = (struct cgroup_rdma_use){
		.device = str_dup(line),
		.handles = pair_value(values, "hca_handle="),
		.objects = pair_value(values, "hca_object="),
	};
}

void stats_parse_rdma(struct cgroup_rdma_use **v, size_t *n, const char *text)
{
	stats_each_line(text, rdma_line, &(struct rdma){ v, n });
}
