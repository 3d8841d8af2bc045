/* SPDX-License-Identifier: Apache-2.0 */
/* What a config.json can say in annotations alone: the counterpart of oci_annotations.c. */
#include "runtime/spec/oci_json.h"
#include "runtime/spec/packet_json.h"
#include "runtime/spec/vnf_merge.h"

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>

/* --- links and interfaces, as the descriptor has them --- */

static void put_mac(json_t *object, const uint8_t mac[MAC_LEN])
{
	char text[MAC_TEXT];

	oci_put_text(object, "mac", mac_format(mac, text));
}

static void put_addrs(json_t *object, const struct ipaddr *addrs, size_t n, int family)
{
	struct strs texts = { 0 };
	char text[INET_TEXT];

	for (size_t i = 0; i < n; i++)
		if (addrs[i].family == family)
			strs_add(&texts, ipaddr_format_prefix(&addrs[i], text));
	oci_put_texts(object, family == AF_INET ? "ipv4" : "ipv6", &texts);
	strs_free(&texts);
}

/* One that is not listed is made on demand. */
static bool is_by_default(const struct spec_bridge *b)
{
	return b->create && b->mtu == 0 && !b->has_mac && b->n_addrs == 0;
}

static json_t *write_links(const struct spec *s)
{
	json_t *list = json_array();
	bool all_by_default = true;

	for (size_t i = 0; i < s->n_bridges; i++) {
		const struct spec_bridge *b = &s->bridges[i];
		json_t *link = json_object();

		all_by_default = all_by_default && is_by_default(b);
		oci_put_text(link, "bridge", b->name);
		if (!b->create)
			oci_put(link, "create", json_false());
		if (b->mtu)
			oci_put_number(link, "mtu", b->mtu);
		if (b->has_mac)
			put_mac(link, b->mac);
		put_addrs(link, b->addrs, b->n_addrs, AF_INET);
		put_addrs(link, b->addrs, b->n_addrs, AF_INET6);
		oci_add(list, link);
	}
	if (all_by_default)
		json_array_clear(list);
	return list;
}

static void put_to(json_t *route, const struct spec_route *r)
{
	char text[INET_TEXT];
	bool is_default = r->to.prefix == 0 && r->via.family != 0;

	oci_put_text(route, "to", is_default ? "default" : ipaddr_format_prefix(&r->to, text));
}

static void put_routes(json_t *iface, const struct spec_port *p)
{
	json_t *list = json_array();
	char text[INET_TEXT];

	for (size_t i = 0; i < p->n_routes; i++) {
		const struct spec_route *r = &p->routes[i];
		json_t *route = json_object();

		put_to(route, r);
		if (r->via.family)
			oci_put_text(route, "via", ipaddr_format(&r->via, text));
		if (r->metric)
			oci_put_number(route, "metric", r->metric);
		if (r->onlink)
			oci_put(route, "onlink", json_true());
		oci_add(list, route);
	}
	if (p->n_routes > 0)
		oci_put(iface, "routes", json_incref(list));
	json_decref(list);
}

static json_t *write_interfaces(const struct spec *s)
{
	json_t *list = json_array();

	for (size_t i = 0; i < s->n_ports; i++) {
		const struct spec_port *p = &s->ports[i];
		json_t *iface = json_object();

		oci_put_text(iface, "name", p->name);
		oci_put_text(iface, "bridge", p->bridge);
		put_mac(iface, p->mac);
		oci_put_number(iface, "mtu", p->mtu);
		put_addrs(iface, p->addrs, p->n_addrs, AF_INET);
		put_addrs(iface, p->addrs, p->n_addrs, AF_INET6);
		put_routes(iface, p);
		if (p->dad)
			oci_put(iface, "dad", json_true());
		if (p->packet_cpu.given)
			oci_put(iface, "packet_cpu", packet_cpu_json(&p->packet_cpu));
		oci_add(list, iface);
	}
	return list;
}

/* --- files --- */

static json_t *write_rootfs(const struct spec *s)
{
	static const char *const kinds[] = {
		[SPEC_ROOT_DIR] = "dir",
		[SPEC_ROOT_OVERLAY] = "overlay",
		[SPEC_ROOT_HOST_VIEW] = "host-view",
	};
	json_t *root = json_object();

	oci_put_text(root, "kind", kinds[s->root.kind]);
	if (s->root.upper)
		oci_put_text(root, "upper", s->root.upper);
	return root;
}

static json_t *write_dirs(const struct spec *s)
{
	json_t *list = json_array();

	for (size_t i = 0; i < s->n_dirs; i++) {
		scoped_str char *mode = str_printf("%04o", s->dirs[i].mode);
		json_t *dir = json_object();

		oci_put_text(dir, "path", s->dirs[i].path);
		oci_put_text(dir, "mode", mode);
		if (s->dirs[i].owner)
			oci_put_text(dir, "owner", s->dirs[i].owner);
		oci_add(list, dir);
	}
	return list;
}

static json_t *write_files(const struct spec *s)
{
	json_t *files = json_object();

	for (size_t i = 0; i < s->n_files; i++)
		oci_put_text(files, s->files[i].path, s->files[i].text);
	return files;
}

/* --- the process --- */

static bool is_number(const char *text, size_t len, uint32_t *out)
{
	if (len == 0 || len > 10 || strspn(text, "0123456789") < len)
		return false;
	*out = (uint32_t)strtoul(text, NULL, 10);
	return true;
}

bool oci_user_numbers(const struct spec_process *p, uint32_t *uid, uint32_t *gid)
{
	const char *user = p->user ? p->user : "0:0";
	size_t len = strcspn(user, ":");
	uint32_t group;

	for (size_t i = 0; i < p->groups.n; i++)
		if (!is_number(p->groups.v[i], strlen(p->groups.v[i]), &group))
			return false;
	/* a user alone has the group that the container's /etc/passwd says */
	return user[len] == ':' && is_number(user, len, uid) &&
	       is_number(user + len + 1, strlen(user + len + 1), gid);
}

static json_t *write_user(const struct spec *s)
{
	const struct spec_process *p = &s->process;
	json_t *user = json_object();
	uint32_t uid, gid;

	if (oci_user_numbers(p, &uid, &gid))
		return user;
	oci_put_text(user, "user", p->user ? p->user : "0:0");
	oci_put_texts(user, "groups", &p->groups);
	return user;
}

static json_t *write_setup(const struct spec *s)
{
	json_t *list = json_array();

	for (size_t i = 0; i < s->n_setup; i++) {
		json_t *argv = json_array();

		for (size_t k = 0; k < s->setup[i].n; k++)
			oci_add(argv, json_string(s->setup[i].v[k]));
		oci_add(list, argv);
	}
	return list;
}

/* Limits that linux.resources has no word for, as the descriptor has them. A partition is nothing
 * without its CPUs, so these are here too. */
static json_t *write_resources(const struct spec *s)
{
	const struct cgroup_limits *l = &s->resources;
	struct vnf_resources r = VNF_RESOURCES_UNSET; /* borrows */
	json_t *document = json_object(), *resources;

	r.cpu_weight = l->cpu_weight;
	r.cpus = l->cpu_partition ? l->cpus : NULL;
	r.memory_high = l->memory_high;
	r.more.cpu_partition = l->cpu_partition;
	r.more.uclamp_min = l->uclamp_min;
	r.more.uclamp_max = l->uclamp_max;
	r.more.memory_low = l->memory_low;
	r.more.memory_min = l->memory_min;
	r.more.memory_oom_group = l->memory_oom_group;
	r.more.io_share = l->io_share;
	r.more.disks = l->disks;
	r.more.n_disks = l->n_disks;
	memcpy(r.more.io, l->io, sizeof r.more.io);
	vnf_merge_resources(document, &r);
	resources = json_incref(json_object_get(document, "resources"));
	json_decref(document);
	return resources;
}

/* Those whose value is a word. */
static void put_words(json_t *out, const struct spec *s)
{
	if (s->own_init)
		oci_put_text(out, "io.nfrun.init", s->process.args.n > 0 ? "process" : "alone");
	if (s->namespaces & CLONE_NEWUSER)
		oci_put_text(out, "io.nfrun.ids", s->ids_given ? "claim" : "auto");
	if (s->seccomp && strcmp(s->seccomp, "unconfined") != 0)
		oci_put_text(out, "io.nfrun.seccomp", s->seccomp);
	if (s->packet_cpu.given) {
		scoped_str char *text = packet_cpu_format(&s->packet_cpu);

		oci_put_text(out, "io.nfrun.packet-cpu", text);
	}
}

static const struct {
	const char *key;
	json_t *(*write)(const struct spec *s); /* what is empty is left out */
} documents[] = {
	{ "io.nfrun.interfaces", write_interfaces },
	{ "io.nfrun.links", write_links },
	{ "io.nfrun.rootfs", write_rootfs },
	{ "io.nfrun.dirs", write_dirs },
	{ "io.nfrun.files", write_files },
	{ "io.nfrun.setup", write_setup },
	{ "io.nfrun.user", write_user },
	{ "io.nfrun.resources", write_resources },
};

json_t *oci_write_annotations(const struct spec *s)
{
	json_t *out = json_object();

	for (size_t i = 0; i < s->n_annotations; i++)
		oci_put_text(out, s->annotations[i].key, s->annotations[i].value);
	for (size_t i = 0; i < ARRAY_LEN(documents); i++) {
		json_t *v = documents[i].write(s);
		scoped_str char *text = json_dumps(v, JSON_COMPACT);

		if (json_array_size(v) + json_object_size(v) > 0)
			oci_put_text(out, documents[i].key, text);
		json_decref(v);
	}
	put_words(out, s);
	return out;
}
