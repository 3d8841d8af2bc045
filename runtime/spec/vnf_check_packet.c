/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/base/packet_cpu.h"
#include "runtime/base/units.h"
#include "runtime/spec/vnf_check.h"

#include <inttypes.h>

static void check_cpus(struct reading *r, const struct packet_cpu *p,
		       const struct vnf_resources *res, const struct where *at)
{
	if (p->mode == PACKET_PINNED && !p->cpus && !res->cpus)
		problem_add(r, at,
			    "mode pinned needs CPUs: 'cpus' here, or the VNF bound to some by "
			    "resources.cpu.cpus");
}

/* What could never be used, or be kept: the threads run on the VNF's CPUs, and their time counts
 * among the VNF's. */
static void check_budget(struct reading *r, const struct packet_cpu *p,
			 const struct vnf_resources *res, const struct where *at)
{
	enum packet_key key = p->mode == PACKET_RESERVE ? PACKET_GUARANTEE : PACKET_LIMIT;
	struct where here = { .up = at, .key = packet_key_words[key] };
	char budget[16];
	struct cpulist l;

	if (p->budget == 0)
		return;
	if (res->cpus && cpulist_parse(res->cpus, &l) && p->budget > cpulist_count(&l) * 1000)
		problem_add(r, &here, "%s is more than the CPUs of resources.cpu.cpus, %zu",
			    packet_budget_format(p->budget, budget), cpulist_count(&l));
	if (res->cpu_limit != VNF_UNSET && p->budget > res->cpu_limit)
		problem_add(r, &here,
			    "%s is more than all of the VNF may use, resources.cpu.limit %g: ask "
			    "for less, or raise that",
			    packet_budget_format(p->budget, budget), (double)res->cpu_limit / 1000);
}

struct sum {
	const struct vnf_resources *res;
	uint64_t so_far; /* of the budgets before, 1/1000 of a CPU */
	bool told;
};

/* One alone that is too much has been told of. */
static void add_budget(struct reading *r, struct sum *sum, const struct packet_cpu *p,
		       const struct where *at)
{
	enum packet_key key = p->mode == PACKET_RESERVE ? PACKET_GUARANTEE : PACKET_LIMIT;
	struct where here = { .up = at, .key = packet_key_words[key] };
	uint64_t limit = sum->res->cpu_limit;
	char budget[16], before[16];

	if (sum->told || !p->given || p->budget == 0 || limit == VNF_UNSET || p->budget > limit)
		return;
	if (sum->so_far + p->budget > limit && sum->so_far > 0) {
		problem_add(
			r, &here,
			"%s and the VNF's other packet budgets, %s, are together more than all of "
			"it may use, resources.cpu.limit %g: ask for less, or raise that",
			packet_budget_format(p->budget, budget),
			packet_budget_format((uint32_t)sum->so_far, before), (double)limit / 1000);
		sum->told = true;
	}
	sum->so_far += p->budget;
}

/* Each interface of its own has a budget beside the VNF's, which those have that say nothing. */
static void check_sum(struct reading *r, const struct vnf *v, const struct vnf_resources *res,
		      const struct vnf_packet_places *in)
{
	struct sum sum = { .res = res };

	for (size_t i = 0; i < v->n_interfaces && sum.so_far == 0; i++)
		if (!v->interfaces[i].packet_cpu.given)
			add_budget(r, &sum, &v->packet_cpu, in->vnf);
	for (size_t i = 0; i < v->n_interfaces; i++) {
		struct where at = { .up = in->interfaces, .index = i };
		struct where here = { .up = &at, .key = "packet_cpu" };

		add_budget(r, &sum, &v->interfaces[i].packet_cpu, &here);
	}
}

static void check_one(struct reading *r, const struct packet_cpu *p,
		      const struct vnf_resources *res, const struct where *at)
{
	if (!p->given || !reading_clean(r, at))
		return;
	check_cpus(r, p, res, at);
	check_budget(r, p, res, at);
}

void vnf_check_packet(struct reading *r, const struct vnf *v, const struct vnf_resources *res,
		      const struct vnf_packet_places *in)
{
	check_one(r, &v->packet_cpu, res, in->vnf);
	if (v->packet_cpu.given && v->n_interfaces == 0 && reading_clean(r, in->interfaces))
		problem_add(r, in->vnf, "has no use without interfaces");
	for (size_t i = 0; i < v->n_interfaces; i++) {
		struct where at = { .up = in->interfaces, .index = i };
		struct where here = { .up = &at, .key = "packet_cpu" };

		check_one(r, &v->interfaces[i].packet_cpu, res, &here);
	}
	check_sum(r, v, res, in);
}
