/* SPDX-License-Identifier: Apache-2.0 */
/* Changing what a running OCI container may use. */
#include "runtime/base/fs.h"
#include "runtime/base/scope.h"
#include "runtime/blockdev.h"
#include "runtime/oci_parts.h"
#include "runtime/oci_state.h"
#include "runtime/packet_engine.h"
#include "runtime/rdt.h"
#include "runtime/spec/oci_load.h"

#include <fcntl.h>
#include <string.h>

static int read_resources(const char *file, struct cgroup_limits *out, struct strs *problems,
			  struct err *e)
{
	bool from_stdin = strcmp(file, "-") == 0;
	const char *name = from_stdin ? "stdin" : file;
	scoped_str char *text = NULL;
	size_t n = 0;

	int r = from_stdin ? fs_read_fd(STDIN_FILENO, name, &text, &n, e)
			   : fs_read_given(file, &text, &n, e);
	if (r < 0)
		return err_wrap(e, "--resources");
	if (oci_resources_load(text, n, name, out, problems) < 0)
		return err_set(e, 0, "%s", problems->v[0]);
	return 0;
}

/* What goes on beside the files of the group. */
struct beside {
	struct container *c;
	const struct oci_update *how;
	struct spec *before; /* with packet changes: what the container's description was */
	bool packets, rdt;
};

static void beside_drop(struct beside *b)
{
	spec_free(b->before);
}

static int update_rdt(const struct container *c, const struct oci_update *how, struct err *e)
{
	struct spec_rdt changed = c->spec->rdt; /* borrows */
	scoped_str char *mount = NULL;

	if (!changed.given)
		return err_set(e, 0,
			       "the container was made without linux.intelRdt: there is no class "
			       "of its own to change");
	if (how->l3_schema)
		changed.l3_schema = (char *)how->l3_schema;
	if (how->mem_bw_schema)
		changed.mem_bw_schema = (char *)how->mem_bw_schema;
	return rdt_find(&mount, e) < 0 ? -1 : rdt_create(mount, &changed, c->id, e);
}

static void packets_back(struct beside *b)
{
	struct spec *wish = b->c->spec;
	struct err ignored = { 0 }; /* the failure that led here is the one to tell */

	if (!b->packets || !b->before)
		return;
	b->c->spec = b->before;
	(void)packet_update(b->c, &ignored);
	b->c->spec = wish;
}

static int update_beside(void *beside, struct err *e)
{
	struct beside *b = beside;

	if (b->packets && packet_update(b->c, e) < 0)
		return -1;
	if (!b->rdt || update_rdt(b->c, b->how, e) == 0)
		return 0;
	packets_back(b);
	return -1;
}

/* The container's configuration with the changes in it: *TEXT, and C's spec of it. */
static int merge_packets(struct container *c, const struct packet_changes *changes, char **text,
			 struct err *e)
{
	scoped_strs struct strs problems = { 0 }, warnings = { 0 };
	scoped_str char *config = NULL;
	struct spec *s = NULL;
	size_t n = 0;

	if (fs_read_at(c->dir_fd, "config.json", &config, &n, e) < 0 ||
	    oci_merge_packet(config, n, changes, text, e) < 0)
		return -1;
	if (oci_load_bytes(*text, strlen(*text), "config.json", c->rec.bundle, &s, &problems,
			   &warnings) < 0)
		return err_set(e, 0, "%s", problems.v[0]);
	s->id = str_dup(c->rec.id);
	c->spec = s;
	if (s->n_ports == 0)
		return err_set(e, 0,
			       "it has no interface of its own (those of a pod are the sandbox's)");
	return 0;
}

/* Packet work depends on the CPUs that the group may use, and on how much of them. */
static bool changes_cpus(const struct cgroup_limits *l)
{
	return l->cpus || l->cpu_quota_us != CGROUP_UNSET;
}

static bool touches_packets(const struct container *c, const struct oci_update *how,
			    const struct cgroup_limits *l)
{
	return how->packet.n > 0 || (changes_cpus(l) && c->spec && spec_has_packet_cpu(c->spec));
}

static int update_to(struct container *c, const struct oci_update *how, struct cgroup_limits *l,
		     struct err *e)
{
	scoped_str char *text = NULL;
	scoped(beside_drop) struct beside b = { .c = c,
						.how = how,
						.rdt = how->l3_schema || how->mem_bw_schema };

	if (oci_status_of(&c->rec) == OCI_STOPPED)
		return oci_not_running(e);
	if ((b.rdt || how->packet.n > 0 || changes_cpus(l)) &&
	    oci_spec_load(c->dir_fd, &c->rec, &c->spec, e) < 0)
		return -1;
	if (how->packet.n > 0) {
		b.before = c->spec;
		c->spec = NULL;
		if (merge_packets(c, &how->packet, &text, e) < 0)
			return -1;
	}
	b.packets = touches_packets(c, how, l);
	if (blockdev_resolve(l, e) < 0)
		return -1;
	if (oci_open_group(c, e) < 0 || cgroup_update_with(c->cgroup, l, update_beside, &b, e) < 0)
		return -1;
	if (text && fs_replace_at(c->dir_fd, "config.json", text, strlen(text), 0600, e) < 0)
		return -1;
	return b.packets ? packet_keeper_tell(c, e) : 0;
}

int oci_update(const char *root, const char *id, const struct oci_update *how,
	       struct oci_words *said, struct err *e)
{
	scoped(container_close) struct container c = CONTAINER_NONE;
	scoped(cgroup_limits_drop) struct cgroup_limits l = CGROUP_LIMITS_UNSET;

	if (how->file && read_resources(how->file, &l, &said->problems, e) < 0)
		return -1;
	if (oci_open(root, id, &c, e) < 0)
		return -1;
	if (update_to(&c, how, how->file ? &l : how->limits, e) < 0)
		return -1;
	if (c.packet)
		packet_tell_warning(&c, &said->warnings);
	return 0;
}
