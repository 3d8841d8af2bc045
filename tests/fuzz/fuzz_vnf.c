/* SPDX-License-Identifier: Apache-2.0 */
/* The descriptor: whatever the bytes are, they load or are refused with a reason; what loads
 * expands, takes new limits and packet modes, and its text loads again into the same. */
#include "runtime/spec/spec.h"
#include "runtime/spec/vnf_load.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int holds)
{
	if (!holds)
		abort();
}

static void reload(const struct vnf *v)
{
	scoped_strs struct strs problems = { 0 };
	struct vnf *again = NULL;

	must(vnf_load_bytes(v->text, strlen(v->text), "again", NULL, &again, &problems) == 0);
	must(strcmp(v->text, again->text) == 0);
	must(v->resources.cpu_limit == again->resources.cpu_limit);
	vnf_free(again);
}

static void merge(const struct vnf *v)
{
	struct vnf_resources change = VNF_RESOURCES_UNSET;
	struct packet_change packets[] = {
		{ .to = { .given = true, .mode = PACKET_OWN } },
		{ .to = { .given = true, .mode = PACKET_SHARED } },
	};
	struct vnf_change all = { &change, { packets, v->n_interfaces ? 2 : 0 } };
	scoped_str char *text = NULL;
	struct err e = { 0 };

	change.pids = 4194304;
	if (v->resources.more.cpu_idle != 1) /* which goes without */
		change.cpu_weight = 100;
	if (v->n_interfaces)
		memcpy(packets[1].iface, v->interfaces[0].name, sizeof packets[1].iface);
	must(vnf_merge(v->text, &all, &text, &e) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	scoped_strs struct strs problems = { 0 };
	struct vnf *v = NULL;

	if (vnf_load_bytes((const char *)data, size, "x", "/d", &v, &problems) < 0) {
		must(problems.n > 0 && problems.n <= VNF_PROBLEMS_MAX + 1 && !v);
		return 0;
	}
	must(problems.n == 0);
	reload(v);
	merge(v);
	spec_free(vnf_expand(v));
	vnf_free(v);
	return 0;
}
