/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/base/strs.h"
#include "runtime/oci_state.h"
#include "runtime/report_json.h"
#include "runtime/report_packet_json.h"
#include "runtime/state.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

static json_t *time_or_null(const struct timespec *t)
{
	char text[REPORT_TIME];

	return t->tv_sec ? json_string(report_time(t, text)) : json_null();
}

char *report_print(json_t *doc)
{
	scoped_str char *text = json_dumps(doc, JSON_INDENT(2) | JSON_REAL_PRECISION(6));

	json_decref(doc);
	return str_printf("%s\n", text);
}

static json_t *strings(const struct strs *s)
{
	json_t *a = json_array();

	for (size_t i = 0; i < s->n; i++)
		json_array_append_new(a, json_string(s->v[i]));
	return a;
}

static json_t *last_end(const struct record *r)
{
	if (!r->has_ended)
		return json_null();

	const struct record_end *end = &r->end;
	const char *name = end->signal ? sigabbrev_np(end->signal) : NULL;
	scoped_str char *signal = NULL;

	if (end->signal)
		signal = name ? str_printf("SIG%s", name) : str_printf("%d", end->signal);
	return json_pack("{s:o, s:o, s:b, s:b, s:o}", "exit_code",
			 end->exit_code < 0 ? json_null() : json_integer(end->exit_code), "signal",
			 text_or_null(signal), "oom_kill", end->oom, "unknown", end->unknown,
			 "time", time_or_null(&end->time));
}

static json_t *unified(const struct cgroup_limits *l)
{
	json_t *files = json_object();

	for (size_t i = 0; i < l->n_unified; i++)
		json_object_set_new(files, l->unified[i].file, json_string(l->unified[i].value));
	return files;
}

static json_t *limits(const struct report_vnf *v)
{
	const struct vnf *d = v->view->vnf;
	scoped_str char *exec_cpus = d ? vnf_exec_cpus(&d->resources) : NULL;
	scoped(cgroup_limits_drop) struct cgroup_limits l = CGROUP_LIMITS_UNSET;
	json_t *o;

	report_all_limits(v, &l);
	o = report_limits_json(&l);
	json_object_set_new(o, "exec_cpus", text_or_null(exec_cpus));
	json_object_set_new(o, "unified", unified(&l));
	return o;
}

static json_t *counters(uint64_t packets, uint64_t bytes, uint64_t dropped, uint64_t errors)
{
	return json_pack("{s:I, s:I, s:I, s:I}", "packets", (json_int_t)packets, "bytes",
			 (json_int_t)bytes, "dropped", (json_int_t)dropped, "errors",
			 (json_int_t)errors);
}

json_t *report_received_json(const struct port_stats *s)
{
	return s ? counters(s->rx_packets, s->rx_bytes, s->rx_dropped, s->rx_errors) : json_null();
}

json_t *report_sent_json(const struct port_stats *s)
{
	return s ? counters(s->tx_packets, s->tx_bytes, s->tx_dropped, s->tx_errors) : json_null();
}

static json_t *interface(const struct report_port *p, const struct usage *usage)
{
	char mac[MAC_TEXT], addr[INET_TEXT];
	json_t *addrs = json_array();

	for (size_t i = 0; i < p->n_addrs; i++)
		json_array_append_new(addrs, json_string(ipaddr_format_prefix(&p->addrs[i], addr)));
	return json_pack("{s:s, s:s, s:o, s:s, s:I, s:o, s:o, s:o, s:o, s:o}", "name", p->name,
			 "bridge", p->bridge, "host_name", text_or_null(p->host_name), "mac",
			 mac_format(p->mac, mac), "mtu", (json_int_t)p->mtu, "addresses", addrs,
			 "up", p->stats ? json_boolean(p->stats->up) : json_null(), "rx",
			 report_received_json(p->stats), "tx", report_sent_json(p->stats),
			 "packet_cpu", report_packet_port_json(p, usage));
}

static json_t *interfaces(const struct report_vnf *v)
{
	json_t *a = json_array();
	struct report_ports ports;

	report_ports(v, &ports);
	for (size_t i = 0; i < ports.n; i++)
		json_array_append_new(a, interface(&ports.v[i], v->usage));
	report_ports_drop(&ports);
	return a;
}

static json_t *restart(const struct vnf *v)
{
	if (!v)
		return json_null();
	return json_pack("{s:s, s:I}", "policy", report_restart(v->restart), "max_retries",
			 (json_int_t)v->max_retries);
}

static json_t *userns(const struct record *r)
{
	if (r->id_size == 0)
		return json_null();
	return json_pack("{s:I, s:I}", "base", (json_int_t)r->id_base, "size",
			 (json_int_t)r->id_size);
}

static pid_t live_pid(const struct record *r)
{
	return r->status == STATUS_STOPPED || r->status == STATUS_RESTARTING ? 0 : r->init.pid;
}

/* null: it is not filtered. */
static json_t *devices(const struct vnf *v)
{
	json_t *a;

	if (!v || !v->has_devices)
		return json_null();
	a = json_array();
	for (size_t i = 0; i < v->n_devices; i++)
		json_array_append_new(a,
				      json_pack("{s:s, s:s}", "path", v->devices[i].path, "access",
						vnf_access_words[v->devices[i].access]));
	return a;
}

/* Of the VNF as a whole. */
static json_t *packet_cpu(const struct report_vnf *v)
{
	static const struct packet_cpu shared = { .mode = PACKET_SHARED };

	return report_packet_json(v->view->vnf ? &v->view->vnf->packet_cpu : &shared, v->usage);
}

static json_t *status(const char *root, const struct report_vnf *v)
{
	const struct record *r = &v->view->rec;
	int64_t up = report_uptime(r);
	scoped_str char *dir = str_printf("%s/%s", root, r->id);
	uint64_t memory = v->usage ? v->usage->cgroup.memory_current : VNF_UNSET;
	uint64_t pids = v->usage ? v->usage->cgroup.pids_current : VNF_UNSET;
	bool alive = r->supervisor.pid && proc_id_alive(&r->supervisor);

	json_t *o =
		json_pack("{s:s, s:s, s:i, s:o, s:o, s:o, s:I, s:o, s:o, s:I}", "name", r->id,
			  "status", status_name(r->status), "pid", (int)live_pid(r), "created",
			  time_or_null(&r->created), "started", time_or_null(&r->started), "uptime",
			  up < 0 ? json_null() : json_real((double)up / 1000), "restarts",
			  (json_int_t)r->restarts, "restart", restart(v->view->vnf), "last_end",
			  last_end(r), "oom_kills", (json_int_t)report_oom_kills(v));
	json_t *more = json_pack(
		"{s:{s:i, s:b}, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:s}", "supervisor", "pid",
		alive ? (int)r->supervisor.pid : 0, "alive", alive, "userns", userns(r), "limits",
		limits(v), "devices", devices(v->view->vnf), "memory", number_or_null(memory),
		"processes", number_or_null(pids), "packet_cpu", packet_cpu(v), "interfaces",
		interfaces(v), "warnings", strings(&r->warnings), "state_dir", dir);
	json_object_update(o, more);
	json_decref(more);
	return o;
}

/* Of an OCI container: as runc's list has it. */
static json_t *container(const struct record *r)
{
	scoped_str char *text = oci_state_text(r, NULL);

	return json_loads(text, 0, NULL);
}

char *report_status(const char *root, const struct report_vnf *v)
{
	return report_print(status(root, v));
}

char *report_list(const char *root, const struct report_vnf *v, size_t n)
{
	json_t *a = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(a, v[i].view->rec.vnf ? status(root, &v[i])
							    : container(&v[i].view->rec));
	return report_print(a);
}

/* runtime-spec's runtime.md knows four states; between two runs the process has exited: stopped. */
static const char *oci_status(enum status s)
{
	return s == STATUS_RESTARTING ? status_name(STATUS_STOPPED) : status_name(s);
}

char *report_state(const char *root, const struct vnf_view *v)
{
	const struct record *r = &v->rec;
	scoped_str char *dir = str_printf("%s/%s", root, r->id);
	const size_t n = v->vnf ? v->vnf->n_annotations : 0;
	const bool oom = r->status != STATUS_RUNNING && r->has_ended && r->end.oom;
	struct spec_pair *pairs = mem_alloc((n + 1) * sizeof *pairs);

	for (size_t i = 0; i < n; i++)
		pairs[i] = (struct spec_pair){ v->vnf->annotations[i].key,
					       v->vnf->annotations[i].value };
	pairs[n] = (struct spec_pair){ (char *)"io.nfrun.oom-killed", (char *)"true" };

	const struct oci_state state = { .id = r->id,
					 .status = oci_status(r->status),
					 .pid = live_pid(r),
					 .bundle = dir,
					 .annotations = pairs,
					 .n_annotations = n + oom };
	char *text = state_print(&state);
	free(pairs);
	return text;
}
