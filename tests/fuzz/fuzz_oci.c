/* SPDX-License-Identifier: Apache-2.0 */
/* config.json: whatever the bytes are, they load or are refused with a reason. What has
 * interfaces takes another packet mode for them. */
#include "runtime/spec/oci_load.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int holds)
{
	if (!holds)
		abort();
}

static void check_spec(const struct spec *s)
{
	must(s->oci && !s->id);
	for (size_t i = 0; i < s->n_mounts; i++) {
		const struct spec_mount *m = &s->mounts[i];

		must(*m->target == '/');
		must((m->attrs & m->attrs_clear) == 0 && (m->rec_set & m->rec_clear) == 0);
		if (m->type && strcmp(m->type, "bind") == 0)
			must(m->remount || *m->source == '/');
		else
			must(m->type || m->remount);
	}
	for (size_t i = 0; i < s->n_joins; i++)
		must((s->namespaces & (uint64_t)s->joins[i].type) == 0);
	for (size_t i = 0; i < s->process.n_rlimits; i++)
		must(s->process.rlimits[i].soft <= s->process.rlimits[i].hard);
	must(s->process.args.n == 0 || s->own_init || *s->process.cwd == '/');
}

static void load_parts(const char *json, size_t size)
{
	scoped_strs struct strs problems = { 0 }, more = { 0 };
	struct spec_process p;
	struct cgroup_limits l;

	must((oci_process_load(json, size, "x", &p, &problems) == 0) == (problems.n == 0));
	spec_process_drop(&p);
	must((oci_resources_load(json, size, "x", &l, &more) == 0) == (more.n == 0));
	cgroup_limits_drop(&l);
}

static void merge(const char *json, size_t size, const struct spec *s)
{
	struct packet_change packets[] = {
		{ .to = { .given = true, .mode = PACKET_OWN } },
		{ .to = { .given = true, .mode = PACKET_SHARED } },
	};
	const struct packet_changes changes = { packets, ARRAY_LEN(packets) };
	scoped_strs struct strs problems = { 0 }, warnings = { 0 };
	scoped_str char *text = NULL;
	struct spec *merged = NULL;
	struct err e = { 0 };

	memcpy(packets[1].iface, s->ports[0].name, sizeof packets[1].iface);
	must(oci_merge_packet(json, size, &changes, &text, &e) == 0);
	must(oci_load_bytes(text, strlen(text), "x", "/b", &merged, &problems, &warnings) == 0);
	must(merged->packet_cpu.mode == PACKET_OWN &&
	     merged->ports[0].packet_cpu.mode == PACKET_SHARED);
	must(merged->n_mounts == s->n_mounts && merged->n_annotations >= s->n_annotations);
	spec_free(merged);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	scoped_strs struct strs problems = { 0 }, warnings = { 0 };
	const char *json = (const char *)data;
	struct spec *s = NULL;

	load_parts(json, size);
	if (oci_load_bytes(json, size, "x", "/b", &s, &problems, &warnings) < 0) {
		must(problems.n > 0 && !s);
		return 0;
	}
	must(problems.n == 0);
	check_spec(s);
	if (s->n_ports > 0)
		merge(json, size, s);
	spec_free(s);
	return 0;
}
