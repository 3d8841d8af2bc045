/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroups/oci_stats_text.h"
#include "runtime/base/strs.h"

#include <stdlib.h>
#include <string.h>

/* Calls LINE for each line of TEXT, with CONTEXT. */
static void each_line(const char *text, void (*line)(void *context, char *), void *context)
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

static void raw_line(void *context, char *line)
{
	struct cgroup_oci_stats *s = context;
	char *value = strchr(line, ' ');

	if (!value || !is_number(value + 1))
		return;
	*value++ = '\0';
	s->memory_raw = mem_grow(s->memory_raw, s->n_memory_raw + 1, sizeof *s->memory_raw);
	s->memory_raw[s->n_memory_raw++] =
		(struct cgroup_named){ str_dup(line), strtoull(value, NULL, 10) };
}

void stats_parse_raw(struct cgroup_oci_stats *s, const char *text)
{
	each_line(text, raw_line, s);
}

uint64_t stats_raw(const struct cgroup_oci_stats *s, const char *name)
{
	for (size_t i = 0; i < s->n_memory_raw; i++)
		if (strcmp(s->memory_raw[i].name, name) == 0)
			return s->memory_raw[i].value;
	return CGROUP_UNSET;
}

/* --- block devices --- */

/* "8:0" at the beginning of *LINE, which is moved behind it and the blank. */
static bool take_device(char **line, struct cgroup_io_use *out)
{
	char *colon, *end;

	out->major = strtoull(*line, &colon, 10);
	if (colon == *line || *colon != ':')
		return false;
	out->minor = strtoull(colon + 1, &end, 10);
	if (end == colon + 1 || *end != ' ')
		return false;
	*line = end + 1;
	return true;
}

static void add_io(struct cgroup_oci_stats *s, enum cgroup_io_table table,
		   const struct cgroup_io_use *one, const char *op, uint64_t value)
{
	struct cgroup_io_use *to;

	s->io[table].v = mem_grow(s->io[table].v, s->io[table].n + 1, sizeof *s->io[table].v);
	to = &s->io[table].v[s->io[table].n++];
	*to = (struct cgroup_io_use){ .major = one->major, .minor = one->minor, .value = value };
	(void)snprintf(to->op, sizeof to->op, "%s", op);
}

struct io_context {
	struct cgroup_oci_stats *s;
	enum cgroup_io_table table;
};

static void io_v1_line(void *context, char *line)
{
	const struct io_context *to = context;
	struct cgroup_io_use one = { 0 };
	char *value;

	if (!take_device(&line, &one))
		return;
	value = strchr(line, ' ');
	if (value)
		*value++ = '\0';
	if (value && is_number(value) && strcmp(line, "Total") != 0)
		add_io(to->s, to->table, &one, line, strtoull(value, NULL, 10));
	else if (!value && is_number(line))
		add_io(to->s, to->table, &one, "", strtoull(line, NULL, 10));
}

void stats_parse_io_v1(struct cgroup_oci_stats *s, enum cgroup_io_table table, const char *text)
{
	each_line(text, io_v1_line, &(struct io_context){ s, table });
}

static const struct {
	const char *key;
	enum cgroup_io_table table;
	const char *op;
} io_keys[] = {
	{ "rbytes", CGROUP_IO_SERVICE_BYTES, "Read" },
	{ "wbytes", CGROUP_IO_SERVICE_BYTES, "Write" },
	{ "dbytes", CGROUP_IO_SERVICE_BYTES, "Discard" },
	{ "rios", CGROUP_IO_SERVICED, "Read" },
	{ "wios", CGROUP_IO_SERVICED, "Write" },
	{ "dios", CGROUP_IO_SERVICED, "Discard" },
};

static void io_v2_line(void *context, char *line)
{
	struct cgroup_io_use one = { 0 };
	char *pair;

	if (!take_device(&line, &one))
		return;
	while ((pair = strsep(&line, " "))) {
		char *value = strchr(pair, '=');

		if (!value || !is_number(value + 1))
			continue;
		*value++ = '\0';
		for (size_t i = 0; i < ARRAY_LEN(io_keys); i++)
			if (strcmp(io_keys[i].key, pair) == 0)
				add_io(context, io_keys[i].table, &one, io_keys[i].op,
				       strtoull(value, NULL, 10));
	}
}

void stats_parse_io_v2(struct cgroup_oci_stats *s, const char *text)
{
	each_line(text, io_v2_line, s);
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

void stats_parse_pressure(struct cgroup_pressure *p, const char *text)
{
	each_line(text, pressure_line, p);
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
	each_line(text, usage_all_line, cpu);
}

/* --- rdma --- */

static uint64_t pair_value(const char *line, const char *key)
{
	const char *at = strstr(line, key);

	return at && is_number(at + strlen(key)) ? strtoull(at + strlen(key), NULL, 10)
						 : CGROUP_UNSET;
}

static void rdma_line(void *context, char *line)
{
	struct cgroup_oci_stats *s = context;
	char *values = strchr(line, ' ');

	if (!values)
		return;
	*values++ = '\0';
	s->rdma = mem_grow(s->rdma, s->n_rdma + 1, sizeof *s->rdma);
	s->rdma[s->n_rdma++] = (struct cgroup_rdma_use){
		.device = str_dup(line),
		.handles = pair_value(values, "hca_handle="),
		.objects = pair_value(values, "hca_object="),
	};
}

void stats_parse_rdma(struct cgroup_oci_stats *s, const char *text)
{
	each_line(text, rdma_line, s);
}
