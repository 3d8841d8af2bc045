/* SPDX-License-Identifier: Apache-2.0 */
/* Block devices in the kernel's texts. */
#include "cgroups/stats_text.h"
#include "runtime/base/strs.h"

#include <stdlib.h>
#include <string.h>

static bool is_number(const char *text)
{
	return text && *text >= '0' && *text <= '9';
}

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

/* The next "KEY=NUMBER" of *LINE: the number, with *KEY cut off before it; NULL: no more. What is
 * no such pair, "KEY=max" too, is passed over. */
static const char *take_pair(char **line, const char **key)
{
	char *pair;

	while ((pair = strsep(line, " "))) {
		char *value = strchr(pair, '=');

		if (!value || !is_number(value + 1))
			continue;
		*value++ = '\0';
		*key = pair;
		return value;
	}
	return NULL;
}

/* --- use --- */

static void add_io(struct cgroup_io_list *to, const struct cgroup_io_use *device, const char *op,
		   uint64_t value)
{
	struct cgroup_io_use *one;

	to->v = mem_grow(to->v, to->n + 1, sizeof *to->v);
	one = &to->v[to->n++];
	*one = (struct cgroup_io_use){ .major = device->major,
				       .minor = device->minor,
				       .value = value };
	(void)snprintf(one->op, sizeof one->op, "%s", op);
}

static void io_v1_line(void *context, char *line)
{
	struct cgroup_io_use one = { 0 };
	char *value;

	if (!take_device(&line, &one))
		return;
	value = strchr(line, ' ');
	if (value)
		*value++ = '\0';
	if (value && is_number(value) && strcmp(line, "Total") != 0)
		add_io(context, &one, line, strtoull(value, NULL, 10));
	else if (!value && is_number(line))
		add_io(context, &one, "", strtoull(line, NULL, 10));
}

void stats_parse_io_v1(struct cgroup_io_list *out, const char *text)
{
	stats_each_line(text, io_v1_line, out);
}

struct io_stat {
	struct cgroup_io_list *bytes, *count;
};

static void io_v2_line(void *context, char *line)
{
	static const struct {
		const char *key;
		bool bytes;
		const char *op;
	} keys[] = {
		{ "rbytes", true, "Read" },    { "wbytes", true, "Write" },
		{ "dbytes", true, "Discard" }, { "rios", false, "Read" },
		{ "wios", false, "Write" },    { "dios", false, "Discard" },
	};
	const struct io_stat *to = context;
	struct cgroup_io_use one = { 0 };
	const char *key, *value;

	if (!take_device(&line, &one))
		return;
	while ((value = take_pair(&line, &key)))
		for (size_t i = 0; i < ARRAY_LEN(keys); i++)
			if (strcmp(keys[i].key, key) == 0)
				add_io(keys[i].bytes ? to->bytes : to->count, &one, keys[i].op,
				       strtoull(value, NULL, 10));
}

void stats_parse_io_v2(struct cgroup_io_list *bytes, struct cgroup_io_list *count, const char *text)
{
	stats_each_line(text, io_v2_line, &(struct io_stat){ bytes, count });
}

static struct cgroup_io_device *device_of(struct cgroup_io_device **v, size_t *n,
					  const struct cgroup_io_use *use)
{
	for (size_t i = 0; i < *n; i++)
		if ((*v)[i].major == use->major && (*v)[i].minor == use->minor)
			return &(*v)[i];
	*v = mem_grow(*v, *n + 1, sizeof **v);
	(*v)[*n] = (struct cgroup_io_device){ .major = use->major,
					      .minor = use->minor,
					      .rbytes = CGROUP_UNSET,
					      .wbytes = CGROUP_UNSET,
					      .dbytes = CGROUP_UNSET,
					      .rios = CGROUP_UNSET,
					      .wios = CGROUP_UNSET,
					      .dios = CGROUP_UNSET };
	return &(*v)[(*n)++];
}

void stats_io_devices(const struct cgroup_io_list *bytes, const struct cgroup_io_list *count,
		      struct cgroup_io_device **v, size_t *n)
{
	static const struct {
		const char *op;
		size_t bytes, count;
	} ops[] = {
#define OP(name, letter)                                                                           \
	{ name, offsetof(struct cgroup_io_device, letter##bytes),                                  \
	  offsetof(struct cgroup_io_device, letter##ios) }
		OP("Read", r),
		OP("Write", w),
		OP("Discard", d),
#undef OP
	};

	for (size_t k = 0; k < bytes->n + count->n; k++) {
		bool is_bytes = k < bytes->n;
		const struct cgroup_io_use *use = is_bytes ? &bytes->v[k] : &count->v[k - bytes->n];

		for (size_t i = 0; i < ARRAY_LEN(ops); i++) {
			if (strcmp(use->op, ops[i].op) != 0)
				continue;
			memcpy((char *)device_of(v, n, use) +
				       (is_bytes ? ops[i].bytes : ops[i].count),
			       &use->value, sizeof use->value);
		}
	}
}

/* --- limits --- */

static void add_limit(struct limits_io_list *to, const struct cgroup_io_use *device,
		      const char *value)
{
	to->v = mem_grow(to->v, to->n + 1, sizeof *to->v);
	to->v[to->n++] = (struct limits_io){ .major = device->major,
					     .minor = device->minor,
					     .value = strtoull(value, NULL, 10),
					     .leaf_weight = CGROUP_UNSET };
}

static void limit_v1_line(void *context, char *line)
{
	struct cgroup_io_use one = { 0 };

	if (take_device(&line, &one) && is_number(line))
		add_limit(context, &one, line);
}

void stats_parse_io_limit_v1(struct limits_io_list *out, const char *text)
{
	stats_each_line(text, limit_v1_line, out);
}

static void limits_line(void *context, char *line)
{
	static const struct {
		const char *key;
		enum limits_io_kind kind;
	} keys[] = {
		{ "rbps", IO_READ_BPS },    { "wbps", IO_WRITE_BPS }, { "riops", IO_READ_IOPS },
		{ "wiops", IO_WRITE_IOPS }, { "target", IO_LATENCY },
	};
	struct cgroup_limits *l = context;
	struct cgroup_io_use one = { 0 };
	const char *key, *value;

	if (!take_device(&line, &one))
		return;
	while ((value = take_pair(&line, &key)))
		for (size_t i = 0; i < ARRAY_LEN(keys); i++)
			if (strcmp(keys[i].key, key) == 0)
				add_limit(&l->io[keys[i].kind], &one, value);
}

void stats_parse_io_limits(struct cgroup_limits *out, const char *text)
{
	stats_each_line(text, limits_line, out);
}

static void weight_line(void *context, char *line)
{
	struct cgroup_limits *l = context;
	struct cgroup_io_use one = { 0 };

	if (strncmp(line, "default ", 8) == 0 && is_number(line + 8))
		l->io_share = strtoull(line + 8, NULL, 10);
	else if (take_device(&line, &one) && is_number(line))
		add_limit(&l->io[IO_SHARE], &one, line);
}

void stats_parse_io_weight(struct cgroup_limits *out, const char *text)
{
	stats_each_line(text, weight_line, out);
}
