/* SPDX-License-Identifier: Apache-2.0 */
/* What systemd is told of a group's limits: what stands in its files. The files are written first
 * and by us, as systemd has no property for many of them; but of those it has one for it is the
 * master, and writes them anew after daemon-reload. */
#include "cgroups/systemd.h"
#include "runtime/base/fs.h"
#include "runtime/base/units.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

static int read_file(const char *dir, const char *file, char **out, struct err *e)
{
	scoped_str char *path = str_printf("%s/%s", dir, file);

	return fs_read_at(AT_FDCWD, path, out, NULL, e);
}

/* --- from a file's text to a property --- */

struct row;
typedef int translate(struct properties *p, const struct row *r, const char *dir, const char *text,
		      struct err *e);
static translate as_number, as_quota, as_weight, as_io_weight, as_bfq_weight, as_bits;

enum { CPU_IDLE_SINCE = 252 }; /* a CPUWeight of 0: "idle" */

/* The properties are those of systemd.resource-control(5) as the bus has them; a systemd older than
 * SINCE has none. */
static const struct row {
	const char *file, *property;
	unsigned since;
	translate *translate;
} rows[] = {
	{ "cpu.max", "CPUQuotaPerSecUSec", 242, as_quota },
	{ "cpu.weight", "CPUWeight", 0, as_weight },
	{ "cpu.idle", "CPUWeight", CPU_IDLE_SINCE, as_weight },
	{ "cpuset.cpus", "AllowedCPUs", 244, as_bits },
	{ "cpuset.mems", "AllowedMemoryNodes", 244, as_bits },
	{ "memory.high", "MemoryHigh", 0, as_number },
	{ "memory.low", "MemoryLow", 0, as_number },
	{ "memory.min", "MemoryMin", 0, as_number },
	{ "memory.max", "MemoryMax", 0, as_number },
	{ "memory.swap.max", "MemorySwapMax", 0, as_number },
	{ "pids.max", "TasksMax", 0, as_number },
	{ "io.weight", "IOWeight", 0, as_io_weight },
	{ "io.bfq.weight", "IOWeight", 0, as_bfq_weight },
};

/* systemd's word for no limit. */
#define INFINITE UINT64_MAX

static bool read_number(const char *text, uint64_t *out)
{
	if (strncmp(text, "max", 3) == 0) {
		*out = INFINITE;
		return true;
	}
	return sscanf(text, "%" SCNu64, out) == 1; /* NOLINT(cert-err34-c): the kernel's */
}

static int err_text(const struct row *r, const char *dir, const char *text, struct err *e)
{
	return err_set(e, EPROTO, "%s/%s has '%.*s'", dir, r->file, (int)strcspn(text, "\n"), text);
}

static int as_number(struct properties *p, const struct row *r, const char *dir, const char *text,
		     struct err *e)
{
	uint64_t value;

	if (!read_number(text, &value))
		return err_text(r, dir, text, e);
	properties_add_number(p, r->property, 't', value);
	return 0;
}

/* systemd keeps whole percents of a CPU (its CPUQuota=), so what is not is rounded up, as runc has
 * it: a child group may ask for as much as its parent was meant to have. The file has the exact
 * value. */
static int as_quota(struct properties *p, const struct row *r, const char *dir, const char *text,
		    struct err *e)
{
	enum { PERCENT_US = 10000 };
	const char *second = strchr(text, ' ');
	uint64_t quota, period;

	if (!second || !read_number(text, &quota) || !read_number(second + 1, &period) || !period)
		return err_text(r, dir, text, e);
	if (quota != INFINITE)
		quota = ((quota * 1000000 / period + PERCENT_US - 1) / PERCENT_US) * PERCENT_US;
	properties_add_number(p, r->property, 't', quota);
	properties_add_number(p, "CPUQuotaPeriodUSec", 't', period);
	return 0;
}

static bool has(const struct properties *p, const char *name)
{
	for (size_t i = 0; i < p->n; i++)
		if (strcmp(p->v[i].name, name) == 0)
			return true;
	return false;
}

/* For both of its files, as each has a say. */
static int as_weight(struct properties *p, const struct row *r, const char *dir, const char *text,
		     struct err *e)
{
	scoped_str char *idle = NULL, *weight = NULL;
	struct err old = { 0 }; /* cpu.idle: Linux 5.15 */
	uint64_t value;

	(void)text;
	if (has(p, r->property))
		return 0;
	if (read_file(dir, "cpu.idle", &idle, &old) == 0 && *idle == '1') {
		if (r->since) /* else such a systemd cannot say it */
			properties_add_number(p, r->property, 't', 0);
		return 0;
	}
	if (read_file(dir, "cpu.weight", &weight, e) < 0)
		return -1;
	if (!read_number(weight, &value))
		return err_text(r, dir, weight, e);
	properties_add_number(p, r->property, 't', value);
	return 0;
}

static int as_io_weight(struct properties *p, const struct row *r, const char *dir,
			const char *text, struct err *e)
{
	scoped_str char *line = settings_old_line(text, "default", "100");
	uint64_t value;

	if (!read_number(line + strlen("default "), &value))
		return err_text(r, dir, text, e);
	properties_add_number(p, r->property, 't', value);
	return 0;
}

/* BFQ's 1..100..1000 is systemd's 1..100..10000, in two straight lines. */
static int as_bfq_weight(struct properties *p, const struct row *r, const char *dir,
			 const char *text, struct err *e)
{
	enum { BOTH = 100, STEEPER = 11 };
	scoped_str char *line = settings_old_line(text, "default", "100");
	uint64_t value;

	if (!read_number(line + strlen("default "), &value))
		return err_text(r, dir, text, e);
	if (has(p, r->property))
		return 0;
	properties_add_number(p, r->property, 't',
			      value <= BOTH ? value : BOTH + (value - BOTH) * STEEPER);
	return 0;
}

int bits_of_list(const char *list, uint8_t **bits, size_t *n, struct err *e)
{
	scoped_str char *text = str_printf("%.*s", (int)strcspn(list, "\n"), list);
	struct cpulist l = { 0 };

	*bits = NULL;
	*n = 0;
	if (*text && !cpulist_parse(text, &l))
		return err_set(e, EINVAL, "'%s' is not a list such as 0-2,5", text);
	for (unsigned i = 0; i < CPU_MAX && *text; i++) {
		if (!cpulist_has(&l, i))
			continue;
		*bits = mem_grow(*bits, i / 8 + 1, 1);
		for (; *n <= i / 8; (*n)++)
			(*bits)[*n] = 0;
		(*bits)[i / 8] = (uint8_t)((*bits)[i / 8] | 1 << i % 8);
	}
	return 0;
}

static int as_bits(struct properties *p, const struct row *r, const char *dir, const char *text,
		   struct err *e)
{
	uint8_t *bits = NULL;
	size_t n = 0;

	if (bits_of_list(text, &bits, &n, e) < 0)
		return err_text(r, dir, text, e);
	properties_add_bytes(p, r->property, bits, n);
	free(bits);
	return 0;
}

/* --- which --- */

/* DIR NULL: in whatever directory. */
static bool is_written(const struct settings *s, const char *dir, const char *file)
{
	for (size_t i = 0; i < s->n; i++) {
		scoped_str char *above = dir_above(s->v[i].path);

		if (strcmp(strrchr(s->v[i].path, '/') + 1, file) == 0 &&
		    (!dir || strcmp(above, dir) == 0))
			return true;
	}
	return false;
}

bool properties_are_due(const struct settings *s)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (is_written(s, NULL, rows[i].file))
			return true;
	return false;
}

int properties_of_files(struct properties *p, const char *dir, const struct settings *s,
			unsigned version, struct err *e)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct row *r = &rows[i];
		scoped_str char *text = NULL;

		if (version < r->since || !is_written(s, dir, r->file))
			continue;
		if (read_file(dir, r->file, &text, e) < 0 || r->translate(p, r, dir, text, e) < 0)
			return -1;
	}
	return 0;
}

/* --- what systemd writes besides --- */

/* Told of one limit of a controller it writes all that it knows of that controller: what it was not
 * told of it would lift, and a quota it would round. */
static const char *const known[] = { "cpu.idle",        "cpu.weight",       "cpu.max",
				     "cpuset.cpus",     "cpuset.mems",      "memory.min",
				     "memory.low",      "memory.high",      "memory.max",
				     "memory.swap.max", "memory.zswap.max", "memory.oom.group",
				     "pids.max",        "io.weight",        "io.bfq.weight" };

struct written_files {
	char *texts[ARRAY_LEN(known)]; /* NULL: there was no such file */
};

struct written_files *written_files_keep(const char *dir)
{
	struct written_files *w = mem_alloc(sizeof *w);

	for (size_t i = 0; i < ARRAY_LEN(known); i++) {
		struct err missing = { 0 };

		if (read_file(dir, known[i], &w->texts[i], &missing) < 0)
			w->texts[i] = NULL;
	}
	return w;
}

static int write_lines(const char *path, const char *text, struct err *e)
{
	scoped_str char *copy = str_dup(text);
	char *rest = copy, *line;

	if (*text == '\n')
		return fs_write_at(AT_FDCWD, path, text, e);
	while ((line = strsep(&rest, "\n")))
		if (*line && fs_write_at(AT_FDCWD, path, line, e) < 0)
			return -1;
	return 0;
}

int written_files_restore(const struct written_files *w, const char *dir, struct err *e)
{
	for (size_t i = 0; i < ARRAY_LEN(known); i++) {
		scoped_str char *path = str_printf("%s/%s", dir, known[i]), *now = NULL;

		if (!w->texts[i])
			continue;
		if (fs_read_at(AT_FDCWD, path, &now, NULL, e) < 0)
			return -1;
		if (strcmp(now, w->texts[i]) != 0 && write_lines(path, w->texts[i], e) < 0)
			return -1;
	}
	return 0;
}

void written_files_drop(struct written_files **w)
{
	for (size_t i = 0; *w && i < ARRAY_LEN(known); i++)
		free((*w)->texts[i]);
	free(*w);
	*w = NULL;
}
