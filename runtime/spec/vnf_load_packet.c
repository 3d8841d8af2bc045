/* SPDX-License-Identifier: Apache-2.0 */
/* packet_cpu, of a VNF and of one interface. */
#include "runtime/base/packet_cpu.h"
#include "runtime/base/strs.h"
#include "runtime/spec/vnf.h"
#include "runtime/spec/vnf_tables.h"

/* As it is written: which key a budget came by is a rule's business, then forgotten. */
struct written {
	int mode;
	uint32_t limit, guarantee;
	enum packet_means means;
	char *cpus;
};

static void load_budget(struct reading *r, json_t *v, const struct field *f, void *out,
			const struct where *at)
{
	const char *text = json_string_value(v);

	if (!text) {
		problem_type(r, at, "a share of one CPU (\"25%\")", v);
	} else if (!packet_budget_parse(text, field_member(f, out))) {
		scoped_str char *hint = packet_budget_hint(text);

		problem_add(r, at,
			    "'%s' is not a share of one CPU from 1%% to 100000%% (\"25%%\")%s",
			    text, hint);
	}
}

static void load_means(struct reading *r, json_t *v, const struct field *f, void *out,
		       const struct where *at)
{
	const char *text = text_of(r, v, at);

	if (text && !packet_means_parse(text, field_member(f, out)))
		problem_add(r, at, "'%s' is none of quota, deadline, governor", text);
}

#define MEMBER(m) offsetof(struct written, m)
static const struct field packet_fields[] = {
	{ .key = "mode", REQUIRED, MEMBER(mode), load_word, .words = packet_mode_words },
	{ .key = "limit", OPTIONAL, MEMBER(limit), load_budget },
	{ .key = "guarantee", OPTIONAL, MEMBER(guarantee), load_budget },
	{ .key = "means", OPTIONAL, MEMBER(means), load_means },
	{ .key = "cpus", OPTIONAL, MEMBER(cpus), load_cpulist },
};
#undef MEMBER
const struct field_table packet_table = { .fields = packet_fields, ARRAY_LEN(packet_fields) };

static void check_keys(struct reading *r, const struct written *w, const struct where *at)
{
	const bool has[PACKET_KEYS] = {
		[PACKET_LIMIT] = w->limit > 0,
		[PACKET_GUARANTEE] = w->guarantee > 0,
		[PACKET_MEANS] = w->means != PACKET_MEANS_NONE,
		[PACKET_CPUS] = w->cpus != NULL,
	};

	for (int k = 0; k < PACKET_KEYS; k++) {
		struct where here = { .up = at, .key = packet_key_words[k] };
		const char *fault =
			packet_key_fault((enum packet_mode)w->mode, has, (enum packet_key)k);

		if (fault)
			problem_add(r, has[k] ? &here : at, "%s", fault);
	}
}

void load_packet_cpu(struct reading *r, json_t *v, const struct field *f, void *out,
		     const struct where *at)
{
	struct packet_cpu *p = field_member(f, out);
	struct written w = { 0 };

	fields_load(r, v, &packet_table, &w, at);
	if (reading_clean(r, at))
		check_keys(r, &w, at);
	*p = (struct packet_cpu){ .given = true,
				  .mode = (enum packet_mode)w.mode,
				  .budget = w.limit ? w.limit : w.guarantee,
				  .means = w.means,
				  .cpus = w.cpus };
}

void load_packet_cpu_text(struct reading *r, json_t *v, const struct field *f, void *out,
			  const struct where *at)
{
	const char *text = json_string_value(v);
	struct err e = { 0 };

	if (!text)
		load_packet_cpu(r, v, f, out, at);
	else if (packet_cpu_parse(text, field_member(f, out), &e) < 0)
		problem_add(r, at, "%s", e.text);
}
