/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/spec/packet_json.h"
#include "runtime/base/strs.h"
#include "runtime/spec/document.h"
#include "runtime/spec/oci_json.h"
#include "runtime/spec/oci_load.h"

#include <string.h>

json_t *packet_cpu_json(const struct packet_cpu *p)
{
	enum packet_key key = p->mode == PACKET_RESERVE ? PACKET_GUARANTEE : PACKET_LIMIT;
	json_t *o = json_object();
	char budget[16];

	oci_put_text(o, "mode", packet_mode_words[p->mode]);
	if (p->budget)
		oci_put_text(o, packet_key_words[key], packet_budget_format(p->budget, budget));
	if (p->means)
		oci_put_text(o, packet_key_words[PACKET_MEANS], packet_means_words[p->means]);
	if (p->cpus)
		oci_put_text(o, packet_key_words[PACKET_CPUS], p->cpus);
	return o;
}

int packet_merge_interface(json_t *interfaces, const struct packet_change *c, struct err *e)
{
	scoped_str char *names = str_dup("");
	json_t *iface;
	size_t i;

	json_array_foreach(interfaces, i, iface)
	{
		const char *name = json_string_value(json_object_get(iface, "name"));
		scoped_str char *so_far = names;

		if (name && strcmp(name, c->iface) == 0) {
			names = NULL;
			if (c->to.given)
				oci_put(iface, "packet_cpu", packet_cpu_json(&c->to));
			else
				json_object_del(iface, "packet_cpu");
			return 0;
		}
		names = str_printf("%s%s%s", so_far, i ? ", " : "", name ? name : "?");
	}
	if (!*names)
		return err_set(e, 0, "there is no interface '%s', nor any other", c->iface);
	return err_set(e, 0, "there is no interface '%s', only %s", c->iface, names);
}

/* The annotation is a JSON text in a JSON text. */
static int merge_annotation(json_t *annotations, const struct packet_change *c, struct err *e)
{
	static const char key[] = "io.nfrun.interfaces";
	const char *text = json_string_value(json_object_get(annotations, key));
	json_t *interfaces = text ? json_loads(text, JSON_REJECT_DUPLICATES, NULL) : NULL;
	int r = packet_merge_interface(interfaces, c, e);

	if (r == 0) {
		scoped_str char *merged = json_dumps(interfaces, JSON_COMPACT);

		oci_put_text(annotations, key, merged);
	}
	json_decref(interfaces);
	return r;
}

static int merge(json_t *doc, const struct packet_changes *changes, struct err *e)
{
	if (!json_is_object(json_object_get(doc, "annotations")))
		oci_put(doc, "annotations", json_object());

	json_t *annotations = json_object_get(doc, "annotations");
	for (size_t i = 0; i < changes->n; i++) {
		const struct packet_change *c = &changes->v[i];

		if (c->iface[0]) {
			if (merge_annotation(annotations, c, e) < 0)
				return -1;
		} else {
			scoped_str char *text = packet_cpu_format(&c->to);

			oci_put_text(annotations, "io.nfrun.packet-cpu", text);
		}
	}
	return 0;
}

int oci_merge_packet(const char *json, size_t n, const struct packet_changes *changes, char **out,
		     struct err *e)
{
	scoped_strs struct strs problems = { 0 };
	json_t *doc = document_parse_oci(json, n, "config.json", &problems);
	int r;

	if (!doc)
		return err_set(e, 0, "%s", problems.v[0]);
	r = json_is_object(doc) ? merge(doc, changes, e) : err_set(e, 0, "no configuration");
	if (r == 0)
		*out = document_text_oci(doc);
	json_decref(doc);
	return r;
}
