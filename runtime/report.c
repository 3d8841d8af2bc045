/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/report.h"
#include "runtime/base/strs.h"
#include "runtime/spec/spec.h"

#include <stdio.h>
#include <string.h>

const char *report_time(const struct timespec *t, char *out)
{
	struct tm utc;
	size_t n;

	gmtime_r(&t->tv_sec, &utc);
	n = strftime(out, REPORT_TIME, "%Y-%m-%dT%H:%M:%S", &utc);
	snprintf(out + n, REPORT_TIME - n, ".%03ldZ", t->tv_nsec / 1000000);
	return out;
}

uint64_t report_oom_kills(const struct report_vnf *v)
{
	uint64_t now = v->usage ? v->usage->cgroup.memory_oom_kills : CGROUP_UNSET;

	return now != CGROUP_UNSET ? now : v->view->rec.oom_kills;
}

int64_t report_uptime(const struct record *r)
{
	struct timespec now;

	if (r->status != STATUS_RUNNING)
		return -1;
	clock_gettime(CLOCK_REALTIME, &now);

	int64_t ms = (int64_t)(now.tv_sec - r->started.tv_sec) * 1000 +
		     (now.tv_nsec - r->started.tv_nsec) / 1000000;
	return ms < 0 ? 0 : ms; /* the clock was set back */
}

const char *report_restart(enum vnf_restart policy)
{
	static const char *const names[] = {
		[VNF_RESTART_NO] = "no",
		[VNF_RESTART_ON_FAILURE] = "on-failure",
		[VNF_RESTART_ALWAYS] = "always",
	};

	return names[policy];
}

static uint64_t quota_milli(const struct cgroup_limits *l)
{
	if (l->cpu_quota_us == CGROUP_UNSET || l->cpu_period_us == CGROUP_UNSET ||
	    !l->cpu_period_us)
		return VNF_UNSET;
	return (l->cpu_quota_us * 1000 + l->cpu_period_us / 2) / l->cpu_period_us;
}

void report_limits(const struct report_vnf *v, struct vnf_resources *out)
{
	*out = (struct vnf_resources)VNF_RESOURCES_UNSET;
	if (v->usage) {
		const struct cgroup_limits *l = &v->usage->cgroup.limits;

		out->cpu_limit = quota_milli(l);
		out->cpu_weight = l->cpu_weight;
		out->cpus = (char *)l->cpus;
		out->memory_limit = l->memory_max;
		out->memory_high = l->memory_high;
		out->memory_swap = l->memory_swap_max;
		out->pids = l->pids_max;
	} else if (v->view->vnf) {
		*out = v->view->vnf->resources;
	}
}

static const struct record_port *recorded(const struct record *r, const char *name)
{
	for (size_t i = 0; i < r->n_ports; i++)
		if (strcmp(r->ports[i].name, name) == 0)
			return &r->ports[i];
	return NULL;
}

void report_ports(const struct report_vnf *v, struct report_ports *out)
{
	const struct record *r = &v->view->rec;

	*out = (struct report_ports){ 0 };
	if (!v->view->vnf)
		return;
	out->facts = vnf_expand(v->view->vnf);
	out->v = mem_alloc(out->facts->n_ports * sizeof *out->v);
	for (; out->n < out->facts->n_ports; out->n++) {
		const struct spec_port *s = &out->facts->ports[out->n];
		const struct record_port *rec = recorded(r, s->name);
		const struct usage_port *use = v->usage ? usage_port_find(v->usage, s->name) : NULL;
		struct report_port *p = &out->v[out->n];

		*p = (struct report_port){
			.name = s->name,
			.bridge = s->bridge,
			.host_name = rec && v->usage ? rec->host_name : NULL,
			.mtu = s->mtu,
			.addrs = s->addrs,
			.n_addrs = s->n_addrs,
			.stats = use && use->present ? &use->stats : NULL,
			.packet_cpu =
				s->packet_cpu.given ? &s->packet_cpu : &out->facts->packet_cpu,
			.own_packet_cpu = s->packet_cpu.given,
		};
		memcpy(p->mac, s->mac, MAC_LEN);
	}
}

double report_unbilled(const struct report_use *u)
{
	if (!u->softirq_before || !u->softirq_now)
		return -1;
	return usage_unbilled_percent(u->before, u->now, u->softirq_before, u->softirq_now);
}

void report_ports_drop(struct report_ports *p)
{
	free(p->v);
	spec_free(p->facts);
	*p = (struct report_ports){ 0 };
}
