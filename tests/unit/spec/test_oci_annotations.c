/* SPDX-License-Identifier: Apache-2.0 */
/* io.nfrun.* of a config.json, by themselves: the rest of the document is a struct spec here. */
#include "runtime/spec/oci_annotations.h"
#include "runtime/spec/vnf_load.h"
#include "tests/support/support.h"
#include "tests/unit/spec/spec_text.h"

#include <sched.h>

enum { NEW_NET = CLONE_NEWNS | CLONE_NEWNET };

static const struct where annotations = { .up = &(const struct where){ 0 }, .key = "annotations" };

/* A container with the annotations PAIRS: key, value, key, ..., NULL. */
static struct spec *container(uint64_t namespaces, const char *const *pairs)
{
	struct spec *s = mem_alloc(sizeof *s);

	s->oci = true;
	s->namespaces = namespaces;
	s->root.path = str_dup("/srv/rootfs");
	strs_add(&s->process.args, "/bin/true");
	s->process.user = str_dup("0:0");
	cgroup_limits_init(&s->resources);
	for (; pairs[0]; pairs += 2) {
		s->annotations =
			mem_grow(s->annotations, s->n_annotations + 1, sizeof *s->annotations);
		s->annotations[s->n_annotations++] =
			(struct spec_pair){ str_dup(pairs[0]), str_dup(pairs[1]) };
	}
	return s;
}

static void apply(struct spec *s, struct strs *problems)
{
	scoped_reading struct reading r = {
		.name = "config.json", .dir = "/bundle", .problems = problems, .max = 20
	};

	oci_annotations_apply(&r, s, &annotations);
}

static struct spec *applied(uint64_t namespaces, const char *const *pairs)
{
	scoped_strs struct strs problems = { 0 };
	struct spec *s = container(namespaces, pairs);

	apply(s, &problems);
	cr_assert_eq(problems.n, 0, "%s", problems.n ? problems.v[0] : "");
	return s;
}

#define INTERFACES                                                                                 \
	"[{\"name\":\"eth0\",\"bridge\":\"br-lan\",\"ipv6\":[\"fd00::1/64\"],"                     \
	"\"ipv4\":[\"10.0.1.1/24\",\"10.0.2.1/24\"],\"gateway4\":\"10.0.1.254\",\"mtu\":1400,"     \
	"\"routes\":[{\"to\":\"10.9.0.0/16\"},{\"to\":\"default\",\"via\":\"fe80::1\"}]},"         \
	"{\"name\":\"eth1\",\"bridge\":\"br-wan\",\"mac\":\"02:00:00:00:00:01\",\"dad\":true}]"
#define LINKS                                                                                      \
	"[{\"bridge\":\"br-wan\",\"create\":false,\"mtu\":9000,"                                   \
	"\"mac\":\"02:00:00:00:00:fe\",\"ipv4\":[\"10.0.1.254/24\"]}]"

static char *net_text(const struct spec *s)
{
	char *text = NULL;
	size_t size;
	scoped_file FILE *f = open_memstream(&text, &size);

	put_net(f, s);
	file_drop(&f);
	return text;
}

Test(oci_annotations, links_and_interfaces_are_those_of_the_same_descriptor)
{
	static const char descriptor[] =
		"{\"name\":\"a\",\"setup\":[[\"x\"]],\"interfaces\":" INTERFACES ",\"links\":" LINKS
		"}";
	const char *const pairs[] = { "org.example.other",
				      "[",
				      "io.nfrun.interfaces",
				      INTERFACES,
				      "io.nfrun.links",
				      LINKS,
				      NULL };
	scoped_strs struct strs problems = { 0 };
	struct spec *s = applied(NEW_NET, pairs);
	struct vnf *v = NULL;

	cr_assert_eq(vnf_load_bytes(descriptor, strlen(descriptor), "x", NULL, &v, &problems), 0);

	struct spec *of_vnf = vnf_expand(v);
	spec_derive_macs(s, "a"); /* the engine's part, which knows the id */
	scoped_str char *want = net_text(of_vnf);
	scoped_str char *got = net_text(s);
	cr_expect_str_eq(got, want, "got\n%s\nwanted\n%s", got, want);
	cr_expect_eq(s->n_ports, 2);
	spec_free(of_vnf);
	spec_free(s);
	vnf_free(v);
}

Test(oci_annotations, a_joined_network_namespace_will_do)
{
	const char *const pairs[] = { "io.nfrun.interfaces", INTERFACES, NULL };
	scoped_strs struct strs problems = { 0 };
	struct spec *s = container(CLONE_NEWNS, pairs);

	s->joins = mem_alloc(sizeof *s->joins);
	s->joins[s->n_joins++] = (struct spec_join){ CLONE_NEWNET, str_dup("/run/netns/pod") };
	apply(s, &problems);
	cr_expect_eq(problems.n, 0);
	cr_expect_eq(s->n_ports, 2);
	spec_free(s);
}

Test(oci_annotations, a_pods_interfaces_are_its_sandboxs)
{
	static const struct {
		const char *key, *value;
		size_t ports;
	} rows[] = {
		{ "io.kubernetes.cri.container-type", "sandbox", 2 },
		{ "io.kubernetes.cri.container-type", "container", 0 },
		{ "io.kubernetes.cri-o.ContainerType", "sandbox", 2 },
		{ "io.kubernetes.cri-o.ContainerType", "container", 0 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const char *const pairs[] = { "io.nfrun.interfaces", INTERFACES, rows[i].key,
					      rows[i].value, NULL };
		struct spec *s = applied(NEW_NET, pairs);

		cr_expect_eq(s->n_ports, rows[i].ports, "%s %s", rows[i].key, rows[i].value);
		cr_expect_eq(s->n_bridges, rows[i].ports);
		spec_free(s);
	}
}

Test(oci_annotations, each_of_the_others_lands_in_its_member)
{
	const char *const pairs[] = {
		"io.nfrun.rootfs",
		"{\"overlay\":true,\"upper\":\"up\"}",
		"io.nfrun.dirs",
		"[{\"path\":\"/run/a\",\"mode\":\"0700\",\"owner\":\"www:www\"}]",
		"io.nfrun.files",
		"{\"/etc//hosts\":\"::1 a\\n\"}",
		"io.nfrun.setup",
		"[[\"nft\",\"-f\",\"\"]]",
		"io.nfrun.init",
		"alone",
		"io.nfrun.user",
		"{\"user\":\"www:www\",\"groups\":[\"adm\",4]}",
		"io.nfrun.resources",
		"{\"cpu\":{\"weight\":7,\"limit\":0.5},\"memory\":{\"high\":\"1G\"}}",
		"io.nfrun.seccomp",
		"/etc/profile.json",
		NULL
	};
	struct spec *s = applied(CLONE_NEWNS, pairs);

	cr_expect_eq(s->root.kind, SPEC_ROOT_OVERLAY);
	cr_expect_str_eq(s->root.path, "/srv/rootfs");
	cr_expect_str_eq(s->root.upper, "/bundle/up");
	cr_assert_eq(s->n_dirs, 1);
	cr_expect_str_eq(s->dirs[0].path, "/run/a");
	cr_expect_eq(s->dirs[0].mode, 0700);
	cr_expect_str_eq(s->dirs[0].owner, "www:www");
	cr_assert_eq(s->n_files, 1);
	cr_expect_str_eq(s->files[0].path, "/etc/hosts");
	cr_expect_str_eq(s->files[0].text, "::1 a\n");
	cr_assert_eq(s->n_setup, 1);
	cr_assert_eq(s->setup[0].n, 3);
	cr_expect_str_eq(s->setup[0].v[2], "");
	cr_expect(s->own_init);
	cr_expect_eq(s->process.args.n, 0);
	cr_expect_str_eq(s->process.user, "www:www");
	cr_assert_eq(s->process.groups.n, 2);
	cr_expect_str_eq(s->process.groups.v[1], "4");
	cr_expect_eq(s->resources.cpu_weight, 7);
	cr_expect_eq(s->resources.cpu_quota_us, 50000);
	cr_expect_eq(s->resources.memory_high, 1 << 30);
	cr_expect_eq(s->resources.memory_max, CGROUP_UNSET);
	cr_expect_str_eq(s->seccomp, "/etc/profile.json");
	spec_free(s);
}

Test(oci_annotations, without_any_all_stays_as_it_is)
{
	const char *const pairs[] = { "io.nfrun", "x", "io.nfrunner.interfaces", "y", NULL };
	struct spec *s = applied(0, pairs);

	cr_expect_not(s->own_init);
	cr_expect_eq(s->process.args.n, 1);
	cr_expect_str_eq(s->process.user, "0:0");
	cr_expect_eq(s->root.kind, SPEC_ROOT_DIR);
	cr_expect_null(s->seccomp);
	cr_expect_not(oci_annotations_choose_ids(s));
	spec_free(s);
}

Test(oci_annotations, the_host_view_has_no_path)
{
	const char *const pairs[] = { "io.nfrun.rootfs", "{\"host_view\":true}", NULL };
	struct spec *s = applied(CLONE_NEWNS, pairs);

	cr_expect_eq(s->root.kind, SPEC_ROOT_HOST_VIEW);
	cr_expect_null(s->root.path);
	spec_free(s);
}

static void map(struct spec_idmaps *m, uint32_t inside, uint32_t outside)
{
	m->v = mem_grow(m->v, m->n + 1, sizeof *m->v);
	m->v[m->n++] = (struct spec_idmap){ inside, outside, 1000 };
}

Test(oci_annotations, ids_are_chosen_claimed_or_just_mapped)
{
	const char *const automatic[] = { "io.nfrun.ids", "auto", NULL };
	const char *const claimed[] = { "io.nfrun.ids", "claim", NULL };
	scoped_strs struct strs problems = { 0 };
	struct spec *s = applied(CLONE_NEWUSER, automatic);

	cr_expect(oci_annotations_choose_ids(s));
	cr_expect_not(s->ids_given);
	cr_expect_eq(s->id_size, 0);
	spec_free(s);

	s = container(CLONE_NEWUSER, claimed);
	map(&s->uid_maps, 0, 200000);
	map(&s->gid_maps, 0, 200000);
	apply(s, &problems);
	cr_expect_eq(problems.n, 0);
	cr_expect(s->ids_given);
	cr_expect_eq(s->id_base, 200000);
	cr_expect_eq(s->id_size, 1000);
	cr_expect_eq(s->uid_maps.n + s->gid_maps.n, 0);
	spec_free(s);
}

Test(oci_annotations, maps_that_do_not_fit_the_ids_are_told)
{
	static const struct {
		const char *ids;
		uint32_t gids; /* 0: no maps */
		const char *problem;
	} rows[] = {
		{ "auto", 200000, "nfrun chooses the ids: leave uidMappings and gidMappings out" },
		{ "claim", 0,
		  "uidMappings and gidMappings have to be one and the same range from "
		  "containerID 0 on" },
		{ "claim", 300000,
		  "uidMappings and gidMappings have to be one and the same range from "
		  "containerID 0 on" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const char *const pairs[] = { "io.nfrun.ids", rows[i].ids, NULL };
		scoped_strs struct strs problems = { 0 };
		scoped_str char *want =
			str_printf("config.json: /annotations/io.nfrun.ids: %s", rows[i].problem);
		struct spec *s = container(CLONE_NEWUSER, pairs);

		if (rows[i].gids) {
			map(&s->uid_maps, 0, 200000);
			map(&s->gid_maps, 0, rows[i].gids);
		}
		apply(s, &problems);
		cr_assert_eq(problems.n, 1, "%zu: %zu problems", i, problems.n);
		cr_expect_str_eq(problems.v[0], want);
		spec_free(s);
	}
}

static const struct {
	const char *key, *value, *problem;
} bad[] = {
	{ "io.nfrun.interfaces",
	  "[{\"name\":\"eth0\",\"bridge\":\"br0\",\"mtu\":70000},{\"bridge\":\"br0\"}]",
	  "/0/mtu: 70000 is outside 68..65535" },
	{ "io.nfrun.interfaces",
	  "[{\"name\":\"eth0\",\"bridge\":\"a\"},{\"name\":\"eth0\",\"bridge\":\"b\"}]",
	  "/1/name: eth0 is the name of /annotations/io.nfrun.interfaces/0 too" },
	{ "io.nfrun.interfaces", "[{\"name\":\"eth0\",\"bridge\":\"a\",\"gateway4\":\"10.0.0.1\"}]",
	  "/0/gateway4: 10.0.0.1 is outside every subnet of the interface" },
	{ "io.nfrun.interfaces",
	  "[{\"name\":\"e0\",\"bridge\":\"a\",\"gateway6\":\"fe80::1\"},"
	  "{\"name\":\"e1\",\"bridge\":\"a\",\"gateway6\":\"fe80::2\"}]",
	  "/1/gateway6: /annotations/io.nfrun.interfaces/0/gateway6 is a route to ::/0 already; a "
	  "second one needs another metric, in 'routes'" },
	{ "io.nfrun.interfaces",
	  "[{\"name\":\"e0\",\"bridge\":\"a\",\"ipv4\":[\"10.0.0.1/24\"]},"
	  "{\"name\":\"e1\",\"bridge\":\"b\",\"ipv4\":[\"10.0.0.1/24\"]}]",
	  "/1/ipv4/0: 10.0.0.1 is an address of /annotations/io.nfrun.interfaces/0 too" },
	{ "io.nfrun.interfaces", "[{\"name\":\"eth0\",]",
	  ": line 1, column 17 of this JSON: string or '}' expected near ']'" },
	{ "io.nfrun.interfaces", "[{\"name\":\"a\",\"name\":\"b\",\"bridge\":\"c\"}]",
	  ": line 1, column 19 of this JSON: duplicate object key near '\"name\"'" },
	{ "io.nfrun.interfaces", "{}", ": expected a list, not an object" },
	{ "io.nfrun.interfaces", "[{\"name\":\"eth0\",\"bridge\":\"a\",\"antispoof\":true}]",
	  "/0/antispoof: not supported by this version of nfrun" },
	{ "io.nfrun.links", "[{\"bridge\":\"br0\"}]", "/0/bridge: no interface plugs into br0" },
	{ "io.nfrun.packet-cpu", "{\"mode\":\"own\"}", ": not supported by this version of nfrun" },
	{ "io.nfrun.interface", "[]",
	  ": unknown annotation of nfrun's, did you mean 'io.nfrun.interfaces'?" },
	{ "io.nfrun.packet_cpu", "x",
	  ": unknown annotation of nfrun's, did you mean 'io.nfrun.packet-cpu'?" },
	{ "io.nfrun.something", "x", ": unknown annotation of nfrun's" },
	{ "io.nfrun.", "x", ": unknown annotation of nfrun's" },
	{ "io.nfrun.rootfs", "{\"path\":\"/srv\"}", "/path: unknown key" },
	{ "io.nfrun.rootfs", "{\"upper\":\"/up\"}", "/upper: needs \"overlay\": true" },
	{ "io.nfrun.rootfs", "{\"overlay\":true,\"upper\":\"/srv/rootfs/up\"}",
	  "/upper: lies in the root file system /srv/rootfs itself" },
	{ "io.nfrun.rootfs", "{\"host_view\":true,\"overlay\":true}",
	  ": the host view has layers of its own: no 'overlay', no 'upper'" },
	{ "io.nfrun.dirs", "[{\"path\":\"/proc/a\"}]", "/0/path: /proc/a is nfrun's to make" },
	{ "io.nfrun.files", "{\"etc/hosts\":\"\"}",
	  "/etc~1hosts: 'etc/hosts' is not an absolute path" },
	{ "io.nfrun.files", "{\"/etc/hosts\":1}",
	  "/~1etc~1hosts: expected a string, not an integer" },
	{ "io.nfrun.setup", "[[\"x\"]]",
	  ": it takes a PID 1 that runs it: \"io.nfrun.init\" is missing" },
	{ "io.nfrun.init", "true", ": 'true' is none of no, process, alone" },
	{ "io.nfrun.ids", "auto", ": there is no new user namespace in /linux/namespaces" },
	{ "io.nfrun.user", "{\"user\":\"a b\"}",
	  "/user: 'a b' is not \"user\" or \"user:group\", names or numbers" },
	{ "io.nfrun.resources", "{\"memory\":{\"swap\":0}}",
	  "/memory/swap: needs a memory limit beside it" },
	{ "io.nfrun.seccomp", "unconfied",
	  ": 'unconfied' is neither \"default\", \"unconfined\" nor a path with a '/'" },
};

Test(oci_annotations, what_is_wrong_is_told_at_its_place)
{
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		const char *const pairs[] = { bad[i].key, bad[i].value, NULL };
		scoped_str char *want =
			str_printf("config.json: /annotations/%s%s", bad[i].key, bad[i].problem);
		scoped_strs struct strs problems = { 0 };
		struct spec *s = container(NEW_NET, pairs);

		apply(s, &problems);
		cr_assert_gt(problems.n, 0, "%s %s", bad[i].key, bad[i].value);
		cr_expect_str_eq(problems.v[0], want);
		cr_expect_eq(s->n_ports + s->n_bridges + s->n_setup + s->n_files, 0);
		spec_free(s);
	}
}

Test(oci_annotations, the_hosts_network_gets_no_interfaces)
{
	const char *const pairs[] = { "io.nfrun.interfaces", INTERFACES, NULL };
	scoped_strs struct strs problems = { 0 };
	struct spec *s = container(CLONE_NEWNS, pairs);

	apply(s, &problems);
	cr_assert_eq(problems.n, 1);
	cr_expect_str_eq(problems.v[0],
			 "config.json: /annotations/io.nfrun.interfaces: the container has the "
			 "host's network: give it a namespace of type \"network\" in "
			 "/linux/namespaces, new or by path");
	spec_free(s);
}

Test(oci_annotations, two_filters_are_one_too_many)
{
	const char *const pairs[] = { "io.nfrun.seccomp", "default", NULL };
	scoped_strs struct strs problems = { 0 };
	struct spec *s = container(CLONE_NEWNS, pairs);

	s->profile = mem_alloc(sizeof *s->profile);
	apply(s, &problems);
	cr_assert_eq(problems.n, 1);
	cr_expect_str_eq(problems.v[0], "config.json: /annotations/io.nfrun.seccomp: "
					"/linux/seccomp is there too");
	spec_free(s);
}
