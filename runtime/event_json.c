/* SPDX-License-Identifier: Apache-2.0 */
/* The documents of `events`. Those of one OCI container: runc's types/events.go has the names,
 * which go-runc reads. */
#include "runtime/base/strs.h"
#include "runtime/event.h"
#include "runtime/oci_events.h"
#include "runtime/report.h"

#include <jansson.h>
#include <string.h>

/* Zero is left out, as Go's omitempty does; readers take it for what is not there. */
static void add(json_t *o, const char *key, uint64_t n)
{
	if (n != 0 && n != CGROUP_UNSET)
		json_object_set_new(o, key, json_integer((json_int_t)n));
}

static void add_always(json_t *o, const char *key, uint64_t n)
{
	json_object_set_new(o, key, json_integer(n == CGROUP_UNSET ? 0 : (json_int_t)n));
}

static void add_numbers(json_t *o, const char *key, const struct cgroup_numbers *n)
{
	json_t *a = json_array();

	for (size_t i = 0; i < n->n; i++)
		json_array_append_new(a, json_integer((json_int_t)n->v[i]));
	if (n->n > 0)
		json_object_set(o, key, a);
	json_decref(a);
}

static json_t *pressure_line(const struct cgroup_pressure_line *l)
{
	return json_pack("{s:f, s:f, s:f, s:I}", "avg10", l->avg10, "avg60", l->avg60, "avg300",
			 l->avg300, "total", (json_int_t)l->total_us);
}

static void add_pressure(json_t *o, const struct cgroup_pressure *p)
{
	if (p->known)
		json_object_set_new(o, "psi",
				    json_pack("{s:o, s:o}", "some", pressure_line(&p->some), "full",
					      pressure_line(&p->full)));
}

static json_t *cpu(const struct cgroup_cpu_use *c)
{
	json_t *o = json_object(), *usage = json_object(), *throttling = json_object();

	add(usage, "total", c->total_ns);
	add_numbers(usage, "percpu", &c->percpu);
	add_numbers(usage, "percpu_kernel", &c->percpu_kernel);
	add_numbers(usage, "percpu_user", &c->percpu_user);
	add_always(usage, "kernel", c->kernel_ns);
	add_always(usage, "user", c->user_ns);
	add(throttling, "periods", c->periods);
	add(throttling, "throttledPeriods", c->throttled_periods);
	add(throttling, "throttledTime", c->throttled_ns);
	json_object_set_new(o, "usage", usage);
	json_object_set_new(o, "throttling", throttling);
	add_pressure(o, &c->pressure);
	return o;
}

/* A limit that there is none of is the kernel's largest number, as on v1: readers compare with it.
 */
static json_t *memory_use(const struct cgroup_memory_use *m)
{
	json_t *o = json_object();

	if (m->limit == CGROUP_UNSET)
		json_object_set_new(o, "limit", json_integer(INT64_MAX));
	else
		add_always(o, "limit", m->limit);
	add(o, "usage", m->usage);
	add(o, "max", m->max);
	add_always(o, "failcnt", m->failcnt);
	return o;
}

static json_t *memory(const struct cgroup_oci_stats *s)
{
	json_t *o = json_object(), *raw = json_object();

	add(o, "cache", s->memory_cache);
	json_object_set_new(o, "usage", memory_use(&s->memory));
	json_object_set_new(o, "swap", memory_use(&s->swap));
	json_object_set_new(o, "kernel", memory_use(&s->kernel));
	json_object_set_new(o, "kernelTCP", memory_use(&s->kernel_tcp));
	for (size_t i = 0; i < s->n_memory_raw; i++)
		add_always(raw, s->memory_raw[i].name, s->memory_raw[i].value);
	json_object_set_new(o, "raw", raw);
	add_pressure(o, &s->memory_pressure);
	return o;
}

static json_t *io_table(const struct cgroup_io_use *v, size_t n)
{
	json_t *a = json_array();

	for (size_t i = 0; i < n; i++) {
		json_t *o = json_object();

		add(o, "major", v[i].major);
		add(o, "minor", v[i].minor);
		if (v[i].op[0])
			json_object_set_new(o, "op", json_string(v[i].op));
		add(o, "value", v[i].value);
		json_array_append_new(a, o);
	}
	return a;
}

static json_t *io(const struct cgroup_oci_stats *s)
{
	static const char *const names[] = {
		[CGROUP_IO_SERVICE_BYTES] = "ioServiceBytesRecursive",
		[CGROUP_IO_SERVICED] = "ioServicedRecursive",
		[CGROUP_IO_QUEUED] = "ioQueueRecursive",
		[CGROUP_IO_SERVICE_TIME] = "ioServiceTimeRecursive",
		[CGROUP_IO_WAIT_TIME] = "ioWaitTimeRecursive",
		[CGROUP_IO_MERGED] = "ioMergedRecursive",
		[CGROUP_IO_TIME] = "ioTimeRecursive",
		[CGROUP_IO_SECTORS] = "sectorsRecursive",
	};
	json_t *o = json_object();

	for (size_t i = 0; i < CGROUP_IO_TABLES; i++)
		if (s->io[i].n > 0)
			json_object_set_new(o, names[i], io_table(s->io[i].v, s->io[i].n));
	add_pressure(o, &s->io_pressure);
	return o;
}

static json_t *hugetlb(const struct cgroup_oci_stats *s)
{
	json_t *o = json_object();

	for (size_t i = 0; i < s->n_hugetlb; i++) {
		json_t *use = json_object();

		add(use, "usage", s->hugetlb[i].usage);
		add(use, "max", s->hugetlb[i].max);
		add_always(use, "failcnt", s->hugetlb[i].failcnt);
		json_object_set_new(o, s->hugetlb[i].page_size, use);
	}
	return o;
}

static json_t *data(const struct cgroup_oci_stats *s)
{
	json_t *o = json_object(), *pids = json_object(), *cpuset = json_object();

	add(pids, "current", s->pids_current);
	add(pids, "limit", s->pids_limit);
	if (s->cpus)
		json_object_set_new(cpuset, "cpus_list", json_string(s->cpus));
	if (s->mems)
		json_object_set_new(cpuset, "mems_list", json_string(s->mems));
	json_object_set_new(o, "cpu", cpu(&s->cpu));
	json_object_set_new(o, "cpuset", cpuset);
	json_object_set_new(o, "memory", memory(s));
	json_object_set_new(o, "pids", pids);
	json_object_set_new(o, "blkio", io(s));
	json_object_set_new(o, "hugetlb", hugetlb(s));
	json_object_set_new(o, "intel_rdt", json_object());
	json_object_set_new(o, "network_interfaces", json_null());
	return o;
}

/* Takes DATA over. */
static char *event(const char *type, const char *id, json_t *data_or_null)
{
	json_t *o = json_pack("{s:s, s:s}", "type", type, "id", id);

	if (data_or_null)
		json_object_set_new(o, "data", data_or_null);

	scoped_str char *line = json_dumps(o, JSON_COMPACT);
	json_decref(o);
	return str_printf("%s\n", line);
}

char *event_stats(const char *id, const struct cgroup_oci_stats *s)
{
	return event("stats", id, data(s));
}

char *event_oom(const char *id)
{
	return event("oom", id, NULL);
}

/* --- of VNFs, and of all containers of a root --- */

static json_t *member(const struct event_member *m)
{
	switch (m->kind) {
	case EVENT_NUMBER:
		return json_integer(m->number);
	case EVENT_TEXT:
		return json_string(m->text);
	case EVENT_BOOL:
		return json_boolean(m->number);
	case EVENT_NULL:
		break;
	}
	return json_null();
}

char *event_line(const struct event *ev)
{
	char time[REPORT_TIME];
	json_t *o = json_pack("{s:s, s:s, s:s?}", "time", report_time(&ev->time, time), "type",
			      ev->type, "name", ev->name);
	json_t *of_it = json_object();

	for (size_t i = 0; i < ev->n_data; i++)
		json_object_set_new(of_it, ev->data[i].key, member(&ev->data[i]));
	json_object_set_new(o, "data", of_it);

	scoped_str char *line = json_dumps(o, JSON_COMPACT);
	json_decref(o);
	return str_printf("%s\n", line);
}
