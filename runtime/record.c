/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/record.h"
#include "runtime/record_netdev.h"
#include "runtime/base/fs.h"
#include "runtime/base/scope.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>

enum { RECORD_VERSION = 2 };

static const char *const status_names[] = {
	[STATUS_CREATING] = "creating", [STATUS_CREATED] = "created",
	[STATUS_RUNNING] = "running",   [STATUS_RESTARTING] = "restarting",
	[STATUS_STOPPED] = "stopped",
};

const char *status_name(enum status s)
{
	return status_names[s];
}

static void json_drop(json_t **j)
{
	json_decref(*j);
	*j = NULL;
}
#define scoped_json scoped(json_drop)

/* One row a member, for both directions: what is saved is what is loaded. */
struct member {
	const char *key;
	json_t *(*save)(const void *member);
	int (*load)(json_t *v, void *member);
	size_t offset;
};

static json_t *save_str(const void *m)
{
	const char *s = *(char *const *)m;

	return s ? json_string(s) : json_null();
}

static int load_str(json_t *v, void *m)
{
	if (!json_is_string(v) && !json_is_null(v))
		return -1;
	*(char **)m = str_dup(json_string_value(v));
	return 0;
}

static json_t *save_bool(const void *m)
{
	return json_boolean(*(const bool *)m);
}

static int load_bool(json_t *v, void *m)
{
	*(bool *)m = json_is_true(v);
	return json_is_boolean(v) ? 0 : -1;
}

static json_t *save_int(const void *m)
{
	return json_integer(*(const int *)m);
}

static int load_int(json_t *v, void *m)
{
	json_int_t n = json_integer_value(v);

	*(int *)m = (int)n;
	return json_is_integer(v) && n == (int)n ? 0 : -1;
}

static json_t *save_u32(const void *m)
{
	return json_integer(*(const uint32_t *)m);
}

static int load_u32(json_t *v, void *m)
{
	json_int_t n = json_integer_value(v);

	*(uint32_t *)m = (uint32_t)n;
	return json_is_integer(v) && n == (uint32_t)n ? 0 : -1;
}

static json_t *save_u64(const void *m)
{
	return json_integer((json_int_t) * (const uint64_t *)m);
}

static int load_u64(json_t *v, void *m)
{
	*(uint64_t *)m = (uint64_t)json_integer_value(v);
	return json_is_integer(v) && json_integer_value(v) >= 0 ? 0 : -1;
}

static json_t *save_time(const void *m)
{
	const struct timespec *t = m;

	return json_pack("[I,I]", (json_int_t)t->tv_sec, (json_int_t)t->tv_nsec);
}

static int load_time(json_t *v, void *m)
{
	json_int_t sec = 0, nsec = 0;

	if (json_unpack(v, "[I,I]", &sec, &nsec) < 0 || nsec < 0 || nsec > 999999999)
		return -1;
	*(struct timespec *)m = (struct timespec){ sec, nsec };
	return 0;
}

static json_t *save_status(const void *m)
{
	return json_string(status_names[*(const enum status *)m]);
}

static int load_status(json_t *v, void *m)
{
	for (size_t i = 0; json_is_string(v) && i < ARRAY_LEN(status_names); i++) {
		if (strcmp(json_string_value(v), status_names[i]) != 0)
			continue;
		*(enum status *)m = (enum status)i;
		return 0;
	}
	return -1;
}

static json_t *save_proc(const void *m)
{
	const struct proc_id *p = m;

	return json_pack("[i,I]", p->pid, (json_int_t)p->start);
}

static int load_proc(json_t *v, void *m)
{
	int pid = 0;
	json_int_t start = 0;

	if (json_unpack(v, "[i,I]", &pid, &start) < 0 || pid < 0 || start < 0)
		return -1;
	*(struct proc_id *)m = (struct proc_id){ pid, (uint64_t)start };
	return 0;
}

static json_t *save_strs(const void *m)
{
	const struct strs *s = m;
	json_t *list = json_array();

	for (size_t i = 0; i < s->n; i++)
		json_array_append_new(list, json_string(s->v[i]));
	return list;
}

static int load_strs(json_t *v, void *m)
{
	size_t i;
	json_t *item;

	if (!json_is_array(v))
		return -1;
	json_array_foreach(v, i, item)
	{
		if (!json_is_string(item))
			return -1;
		strs_add(m, json_string_value(item));
	}
	return 0;
}

#define ROW(name, type)                                                                            \
	{                                                                                          \
#name, save_##type, load_##type, offsetof(struct record, name)                     \
	}
#define END_ROW(name, type)                                                                        \
	{                                                                                          \
		"end_" #name, save_##type, load_##type, offsetof(struct record, end.name)          \
	}
static const struct member members[] = {
	ROW(id, str),          ROW(vnf, bool),        ROW(status, status),
	ROW(init, proc),       ROW(supervisor, proc), ROW(created, time),
	ROW(started, time),    ROW(has_ended, bool),  END_ROW(exit_code, int),
	END_ROW(signal, int),  END_ROW(oom, bool),    END_ROW(unknown, bool),
	END_ROW(time, time),   ROW(restarts, u32),    ROW(oom_kills, u64),
	ROW(id_base, u32),     ROW(id_size, u32),     ROW(mark, u32),
	ROW(bridge_mark, u32), ROW(host_netns, u64),  ROW(cgroup, strs),
	ROW(bridges, strs),    ROW(claims, strs),     ROW(warnings, strs),
	ROW(descriptor, str),  ROW(bundle, str),      ROW(rootfs, str),
	ROW(boot_id, str),
};
#undef ROW
#undef END_ROW

void record_init(struct record *r)
{
	*r = (struct record){ 0 };
}

void record_drop(struct record *r)
{
	free(r->id);
	free(r->descriptor);
	free(r->bundle);
	free(r->rootfs);
	free(r->boot_id);
	free(r->ports);
	strs_free(&r->cgroup);
	netdevs_free(&r->net_devices);
	strs_free(&r->bridges);
	strs_free(&r->claims);
	strs_free(&r->warnings);
	record_init(r);
}

void record_add_port(struct record *r, const struct record_port *p)
{
	r->ports = mem_grow(r->ports, r->n_ports + 1, sizeof *r->ports);
	r->ports[r->n_ports++] = *p;
}

int record_save(int dir, const struct record *r, struct err *e)
{
	scoped_json json_t *doc = json_object();
	json_t *ports = json_array();

	json_object_set_new(doc, "version", json_integer(RECORD_VERSION));
	for (size_t i = 0; i < ARRAY_LEN(members); i++)
		json_object_set_new(doc, members[i].key,
				    members[i].save((const char *)r + members[i].offset));
	for (size_t i = 0; i < r->n_ports; i++)
		json_array_append_new(ports, json_pack("{s:s,s:s,s:s}", "name", r->ports[i].name,
						       "host_name", r->ports[i].host_name, "bridge",
						       r->ports[i].bridge));
	json_object_set_new(doc, "ports", ports);
	json_object_set_new(doc, "net_devices", netdevs_save(&r->net_devices));

	scoped_str char *text = json_dumps(doc, JSON_COMPACT);
	if (!text)
		return err_set(e, 0, "write state file: not valid UTF-8");
	return fs_replace_at(dir, "state.json", text, strlen(text), 0600, e);
}

static int copy_name(char out[IFNAMSIZ], const char *name)
{
	size_t n = strlen(name);

	if (n == 0 || n >= IFNAMSIZ)
		return -1;
	memcpy(out, name, n + 1);
	return 0;
}

static int load_ports(json_t *ports, struct record *r, struct err *e)
{
	size_t i;
	json_t *item;

	if (!json_is_array(ports))
		return err_set(e, 0, "state file: /ports: expected an array");
	json_array_foreach(ports, i, item)
	{
		struct record_port p = { 0 };
		const char *name, *host, *bridge;

		if (json_unpack(item, "{s:s,s:s,s:s}", "name", &name, "host_name", &host, "bridge",
				&bridge) < 0 ||
		    copy_name(p.name, name) < 0 || copy_name(p.host_name, host) < 0 ||
		    copy_name(p.bridge, bridge) < 0)
			return err_set(e, 0, "state file: /ports/%zu: not a port", i);
		record_add_port(r, &p);
	}
	return 0;
}

int record_load_bytes(const char *bytes, size_t n, struct record *r, struct err *e)
{
	json_error_t at;
	scoped_json json_t *doc = json_loadb(bytes, n, JSON_REJECT_DUPLICATES, &at);

	record_init(r);
	if (!doc)
		return err_set(e, 0, "state file: line %d, column %d: %s", at.line, at.column,
			       at.text);
	if (json_integer_value(json_object_get(doc, "version")) != RECORD_VERSION)
		return err_set(e, 0, "state file: of another version of nfrun");
	for (size_t i = 0; i < ARRAY_LEN(members); i++) {
		json_t *v = json_object_get(doc, members[i].key);

		if (v && members[i].load(v, (char *)r + members[i].offset) == 0)
			continue;
		record_drop(r);
		return err_set(e, 0, "state file: /%s: missing or malformed", members[i].key);
	}
	if (!r->id || !r->boot_id || load_ports(json_object_get(doc, "ports"), r, e) < 0 ||
	    netdevs_load(json_object_get(doc, "net_devices"), &r->net_devices, e) < 0) {
		int code = r->id && r->boot_id ? -1 : err_set(e, 0, "state file: no id");

		record_drop(r);
		return code;
	}
	return 0;
}

int record_load(int dir, struct record *r, struct err *e)
{
	scoped_str char *text = NULL, *boot = NULL;
	size_t n = 0;

	record_init(r);
	if (fs_read_at(dir, "state.json", &text, &n, e) < 0)
		return -1;
	if (record_load_bytes(text, n, r, e) < 0)
		return -1;
	if (boot_id_read(&boot, e) < 0) {
		record_drop(r);
		return -1;
	}
	if (strcmp(boot, r->boot_id) != 0) {
		r->init = r->supervisor = (struct proc_id){ 0 };
		r->host_netns = 0; /* nobody's cookie */
		r->of_past_boot = true;
	}
	return 0;
}
