/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/state.h"
#include "runtime/base/scope.h"
#include "runtime/base/strs.h"
#include "runtime/report.h"

#include <jansson.h>

/* Paths are bytes, JSON is UTF-8: a path that is none keeps its ASCII. */
static json_t *text(const char *s)
{
	json_t *j = json_string(s);

	if (j)
		return j;

	scoped_str char *ascii = str_dup(s);
	for (char *c = ascii; *c; c++)
		if ((unsigned char)*c >= 0x80)
			*c = '?';
	return json_string(ascii);
}

/* The order of keys is that of insertion. */
static json_t *required(const struct oci_state *s, bool pid_0)
{
	json_t *o = json_object();

	json_object_set_new(o, "ociVersion", json_string(OCI_VERSION));
	json_object_set_new(o, "id", text(s->id));
	json_object_set_new(o, "status", text(s->status));
	if (s->pid > 0 || pid_0)
		json_object_set_new(o, "pid", json_integer(s->pid));
	json_object_set_new(o, "bundle", text(s->bundle));
	return o;
}

static void add_annotations(json_t *o, const struct oci_state *s)
{
	json_t *a = json_object();

	for (size_t i = 0; i < s->n_annotations; i++)
		json_object_set_new(a, s->annotations[i].key, text(s->annotations[i].value));
	json_object_set_new(o, "annotations", a);
}

char *state_json(const struct oci_state *s)
{
	json_t *o = required(s, false);

	add_annotations(o, s);
	char *line = json_dumps(o, JSON_COMPACT);
	json_decref(o);
	return line;
}

char *state_agent_json(const struct oci_state *s, pid_t pid, const char *metadata)
{
	json_t *state = required(s, false), *o = json_object();

	add_annotations(state, s);
	json_object_set_new(o, "ociVersion", json_string(OCI_VERSION));
	json_object_set_new(o, "fds", json_pack("[s]", "seccompFd"));
	json_object_set_new(o, "pid", json_integer(pid));
	if (metadata)
		json_object_set_new(o, "metadata", text(metadata));
	json_object_set_new(o, "state", state);

	char *line = json_dumps(o, JSON_COMPACT);
	json_decref(o);
	return line;
}

char *state_print(const struct oci_state *s)
{
	json_t *o = required(s, true);
	char time[REPORT_TIME];

	if (s->rootfs)
		json_object_set_new(o, "rootfs", text(s->rootfs));
	if (s->created)
		json_object_set_new(o, "created", json_string(report_time(s->created, time)));
	add_annotations(o, s);
	if (s->owner)
		json_object_set_new(o, "owner", text(s->owner));

	scoped_str char *lines = json_dumps(o, JSON_INDENT(2));
	json_decref(o);
	return str_printf("%s\n", lines);
}

char *state_log_line(const char *level, const char *msg, const char *time)
{
	json_t *o = json_object();

	json_object_set_new(o, "level", text(level));
	json_object_set_new(o, "msg", text(msg));
	json_object_set_new(o, "time", text(time));

	scoped_str char *line = json_dumps(o, JSON_COMPACT);
	json_decref(o);
	return str_printf("%s\n", line);
}
