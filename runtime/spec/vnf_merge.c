/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/spec/oci_json.h"
#include "runtime/spec/packet_json.h"
#include "runtime/spec/vnf_load.h"
#include "runtime/spec/vnf_merge.h"
#include "runtime/spec/vnf_tables.h"

#include <string.h>

static int packet_merge(json_t *doc, const struct packet_changes *changes, struct err *e)
{
	for (size_t i = 0; i < changes->n; i++) {
		const struct packet_change *c = &changes->v[i];

		if (!c->iface[0])
			oci_put(doc, "packet_cpu", packet_cpu_json(&c->to));
		else if (packet_merge_interface(json_object_get(doc, "interfaces"), c, e) < 0)
			return -1;
	}
	return 0;
}

static int put(json_t *doc, const struct vnf_change *change, struct err *e)
{
	if (!json_is_object(doc))
		return 0; /* which loading it will tell */
	vnf_merge_resources(doc, change->resources);
	return packet_merge(doc, &change->packet, e);
}

int vnf_merge(const char *text, const struct vnf_change *change, char **out, struct err *e)
{
	static const char name[] = "update";
	scoped_strs struct strs problems = { 0 };
	scoped_str char *merged = NULL;
	struct vnf *checked = NULL;
	json_error_t at;
	json_t *doc = json_loads(text, JSON_REJECT_DUPLICATES, &at);

	if (!doc)
		return err_set(e, 0, "read descriptor: %d:%d: %s", at.line, at.column, at.text);

	int r = put(doc, change, e);
	merged = vnf_document_text(doc);
	json_decref(doc);
	if (r < 0)
		return -1;
	/* There is no file to name, and one reason is enough for a command line. */
	if (vnf_load_bytes(merged, strlen(merged), name, NULL, &checked, &problems) < 0)
		return err_set(e, 0, "%s", problems.v[0] + strlen(name) + 2);
	vnf_free(checked);
	*out = str_take(&merged);
	return 0;
}
