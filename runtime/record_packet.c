/* SPDX-License-Identifier: Apache-2.0 */
/* ROOT/ID/packet.json: how a container's packets are processed now. */
#include "runtime/base/fs.h"
#include "runtime/base/strs.h"
#include "runtime/packet_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <string.h>
#include <sys/stat.h>

#define FILE_NAME "packet.json"

static inline void json_drop(json_t **j)
{
	json_decref(*j);
	*j = NULL;
}
#define scoped_json scoped(json_drop)

static json_t *save_lines(const struct packet *p)
{
	json_t *list = json_array();

	for (size_t i = 0; i < p->n_lines; i++) {
		const struct packet_line *l = &p->lines[i];

		json_array_append_new(list,
				      json_pack("{s:s, s:s, s:i, s:s?, s:I, s:I}", "port", l->port,
						"dev", l->dev, "mode", (int)l->mode, "cpus",
						l->cpus, "past_ns", (json_int_t)l->past_ns,
						"past_drops", (json_int_t)l->past_drops));
	}
	return list;
}

static json_t *save_purses(const struct packet *p)
{
	json_t *list = json_array();

	for (size_t i = 0; i < p->n_purses; i++) {
		const struct packet_purse *u = &p->purses[i];

		json_array_append_new(list,
				      json_pack("{s:i, s:I, s:b, s:i, s:i}", "mode", (int)u->mode,
						"budget", (json_int_t)u->budget, "own", u->own,
						"wanted", (int)u->wanted, "means", (int)u->means));
	}
	return list;
}

static json_t *save_tasks(const struct packet_end *end)
{
	json_t *list = json_array();

	for (size_t i = 0; i < end->n_tasks; i++)
		json_array_append_new(list, json_pack("[i, I]", (int)end->tasks[i].tid,
						      (json_int_t)end->tasks[i].cpu_ns));
	return list;
}

static json_t *save_ends(const struct packet *p)
{
	json_t *list = json_array();

	for (size_t i = 0; i < p->n_ends; i++) {
		const struct packet_end *end = &p->ends[i];

		json_array_append_new(
			list, json_pack("{s:s, s:b, s:I, s:I, s:I, s:o}", "port", end->port, "host",
					end->side == NET_HOST, "purse", (json_int_t)end->purse,
					"past_ns", (json_int_t)end->past_ns, "share",
					(json_int_t)end->share, "tasks", save_tasks(end)));
	}
	return list;
}

/* It is replaced as a whole, so each has an inode of its own, or at least a time; 0: there is none.
 */
static uint64_t file_of(int dir)
{
	struct stat st;

	if (fstatat(dir, FILE_NAME, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return 0;
	return st.st_ino ^ ((uint64_t)st.st_ctim.tv_sec << 30 | (uint64_t)st.st_ctim.tv_nsec) << 8;
}

bool packet_is_stale(int dir, const struct packet *p)
{
	return file_of(dir) != p->file;
}

int packet_save(int dir, struct packet *p, struct err *e)
{
	scoped_json json_t *doc =
		json_pack("{s:o, s:o, s:o, s:s?, s:[i, I]}", "lines", save_lines(p), "purses",
			  save_purses(p), "ends", save_ends(p), "why", p->why, "keeper",
			  (int)p->keeper.pid, (json_int_t)p->keeper.start);
	if (doc && p->has_bill)
		json_object_set_new(doc, "unbilled_ns", json_integer(p->unbilled_ns));

	scoped_str char *text = doc ? json_dumps(doc, JSON_COMPACT) : NULL;

	if (!text)
		return err_set(e, ENOMEM, "write packet.json");
	if (fs_replace_at(dir, FILE_NAME, text, strlen(text), 0600, e) < 0)
		return -1;
	p->changed = false;
	p->file = file_of(dir);
	return 0;
}

static bool load_name(json_t *o, const char *key, char out[IFNAMSIZ])
{
	json_t *v = json_object_get(o, key);
	const size_t n = json_string_length(v);

	if (n == 0 || n >= IFNAMSIZ)
		return false;
	memcpy(out, json_string_value(v), n + 1);
	return true;
}

static bool load_number(json_t *o, const char *key, uint64_t max, uint64_t *out)
{
	json_t *v = json_object_get(o, key);
	const json_int_t n = json_integer_value(v);

	*out = (uint64_t)n;
	return json_is_integer(v) && n >= 0 && (uint64_t)n <= max;
}

static bool load_line(json_t *o, struct packet_line *l)
{
	uint64_t mode;

	/* not there: of a version before */
	if (!load_number(o, "past_ns", INT64_MAX, &l->past_ns))
		l->past_ns = 0;
	l->past_drops = json_integer_value(json_object_get(o, "past_drops"));
	l->cpus = str_dup(json_string_value(json_object_get(o, "cpus")));
	if (!load_number(o, "mode", PACKET_PINNED, &mode))
		return false;
	l->mode = (enum packet_mode)mode;
	return load_name(o, "port", l->port) && load_name(o, "dev", l->dev) &&
	       (l->mode != PACKET_PINNED || l->cpus);
}

static bool load_purse(json_t *o, struct packet_purse *u)
{
	uint64_t mode, budget, wanted, means;

	if (!load_number(o, "mode", PACKET_PINNED, &mode) ||
	    !load_number(o, "budget", PACKET_BUDGET_MAX, &budget) ||
	    !load_number(o, "wanted", PACKET_MEANS_GOVERNOR, &wanted) ||
	    !load_number(o, "means", PACKET_MEANS_GOVERNOR, &means))
		return false;
	*u = (struct packet_purse){ .mode = (enum packet_mode)mode,
				    .budget = (uint32_t)budget,
				    .own = json_is_true(json_object_get(o, "own")),
				    .wanted = (enum packet_means)wanted,
				    .means = (enum packet_means)means };
	return true;
}

static bool load_tasks(json_t *list, struct packet_end *end)
{
	size_t i;
	json_t *v;

	end->tasks = mem_alloc(json_array_size(list) * sizeof *end->tasks);
	json_array_foreach(list, i, v)
	{
		json_int_t tid = json_integer_value(json_array_get(v, 0));

		if (tid <= 0 || tid > INT32_MAX)
			return false;
		end->tasks[end->n_tasks++] = (struct packet_task){
			.tid = (pid_t)tid,
			.cpu_ns = (uint64_t)json_integer_value(json_array_get(v, 1)),
		};
	}
	return json_is_array(list);
}

static bool load_end(json_t *o, const struct packet *p, struct packet_end *end)
{
	uint64_t purse, past, share;

	if (!load_name(o, "port", end->port) || p->n_purses == 0 ||
	    !load_number(o, "purse", p->n_purses - 1, &purse) ||
	    !load_number(o, "past_ns", UINT64_MAX, &past) ||
	    !load_number(o, "share", UINT32_MAX, &share))
		return false;
	end->side = json_is_true(json_object_get(o, "host")) ? NET_HOST : NET_GUEST;
	end->purse = purse;
	end->past_ns = past;
	end->share = (uint32_t)share;
	for (size_t i = 0; i < p->n_lines; i++)
		if (strcmp(p->lines[i].port, end->port) == 0)
			memcpy(end->dev, end->side == NET_HOST ? p->lines[i].dev : p->lines[i].port,
			       sizeof end->dev);
	return end->dev[0] && load_tasks(json_object_get(o, "tasks"), end);
}

static bool load_all(json_t *doc, struct packet *p)
{
	json_t *lines = json_object_get(doc, "lines"), *purses = json_object_get(doc, "purses"),
	       *ends = json_object_get(doc, "ends"), *v;
	size_t i;

	p->lines = mem_alloc(json_array_size(lines) * sizeof *p->lines);
	p->purses = mem_alloc(json_array_size(purses) * sizeof *p->purses);
	p->ends = mem_alloc(json_array_size(ends) * sizeof *p->ends);
	json_array_foreach(lines, i, v) if (!load_line(v, &p->lines[p->n_lines++])) return false;
	json_array_foreach(purses, i,
			   v) if (!load_purse(v, &p->purses[p->n_purses++])) return false;
	json_array_foreach(ends, i, v) if (!load_end(v, p, &p->ends[p->n_ends++])) return false;
	p->why = str_dup(json_string_value(json_object_get(doc, "why")));
	v = json_object_get(doc, "unbilled_ns");
	p->has_bill = json_is_integer(v);
	p->unbilled_ns = json_integer_value(v);
	v = json_object_get(doc, "keeper");
	p->keeper.pid = (pid_t)json_integer_value(json_array_get(v, 0));
	p->keeper.start = (uint64_t)json_integer_value(json_array_get(v, 1));
	return json_is_array(lines) && json_is_array(purses) && json_is_array(ends);
}

int packet_load_bytes(const char *text, size_t n, struct packet **out, struct err *e)
{
	json_error_t at;
	scoped_json json_t *doc = json_loadb(text, n, JSON_REJECT_DUPLICATES, &at);

	if (!doc)
		return err_set(e, 0, "packet.json: %d:%d: %s", at.line, at.column, at.text);

	struct packet *p = mem_alloc(sizeof *p);
	if (!load_all(doc, p)) {
		packet_free(p);
		return err_set(e, 0, "packet.json is not what nfrun writes");
	}
	*out = p;
	return 0;
}

int packet_load(int dir, struct packet **out, struct err *e)
{
	scoped_str char *text = NULL;
	size_t n = 0;

	if (fs_read_at(dir, FILE_NAME, &text, &n, e) < 0 || packet_load_bytes(text, n, out, e) < 0)
		return -1;
	(*out)->file = file_of(dir);
	return 0;
}
