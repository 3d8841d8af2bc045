/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/spec/annotations_test.h"

Test(oci_annotations_bad, maps_that_do_not_fit_the_ids_are_told)
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
	{ "io.nfrun.packet-cpu", "{\"mode\":\"own\",\"limit\":\"0.5%\"}",
	  "/limit: '0.5%' is not a share of one CPU from 1% to 100000% (\"25%\")" },
	{ "io.nfrun.packet-cpu", " {\"mode\":\"own\",}",
	  ": line 1, column 16 of this JSON: string or '}' expected near '}'" },
	{ "io.nfrun.packet-cpu", "owned", ": 'owned' is none of shared, own, reserve, pinned" },
	{ "io.nfrun.packet-cpu", "own,limit=25%", ": has no use without interfaces" },
	{ "io.nfrun.interfaces",
	  "[{\"name\":\"eth0\",\"bridge\":\"a\",\"packet_cpu\":{\"mode\":\"pinned\"}}]",
	  "/0/packet_cpu: mode pinned needs CPUs: 'cpus' here, or the VNF bound to some by "
	  "resources.cpu.cpus" },
	{ "io.nfrun.rootfs", "{\"kind\":\"dir\",\"path\":\"/srv\"}", "/path: unknown key" },
	{ "io.nfrun.rootfs", "{}", ": missing key 'kind'" },
	{ "io.nfrun.rootfs", "{\"kind\":\"hostview\"}",
	  "/kind: 'hostview' is none of bundle, dir, overlay, host-view" },
	{ "io.nfrun.rootfs", "{\"kind\":\"dir\",\"upper\":\"/up\"}",
	  "/upper: needs \"kind\": \"overlay\"" },
	{ "io.nfrun.rootfs", "{\"kind\":\"overlay\",\"upper\":\"/srv/rootfs/up\"}",
	  "/upper: lies in the root file system /srv/rootfs itself" },
	{ "io.nfrun.dirs", "[{\"path\":\"/run/a\"}]", ": it takes \"io.nfrun.rootfs\" beside it" },
	{ "io.nfrun.files", "{\"/etc/hosts\":\"\"}", ": it takes \"io.nfrun.rootfs\" beside it" },
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

Test(oci_annotations_bad, what_is_wrong_is_told_at_its_place)
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

Test(oci_annotations_bad, the_hosts_network_gets_no_interfaces)
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

Test(oci_annotations_bad, a_vnfs_root_refuses_what_only_a_bundles_has)
{
	const char *const pairs[] = { "io.nfrun.rootfs", "{\"kind\":\"dir\"}", NULL };
	static const char *const whats[] = {
		"/hooks/createContainer",
		"/linux/devices",
		"/linux/mountLabel",
		"/linux/uidMappings without \"io.nfrun.ids\": \"claim\"",
		"a mount namespace to join",
		"the options of /mounts/0, of which ro, nosuid, nodev, noexec, noatime, "
		"strictatime, bind and rbind do",
	};
	scoped_strs struct strs problems = { 0 };
	struct spec *s = container(CLONE_NEWUSER, pairs);

	s->hooks[HOOK_CREATE_CONTAINER].v = mem_alloc(sizeof(struct spec_hook));
	s->hooks[HOOK_CREATE_CONTAINER].n = 1;
	s->devices = mem_alloc(sizeof *s->devices);
	s->n_devices = 1;
	s->mount_label = str_dup("x");
	s->mounts = mem_alloc(sizeof *s->mounts);
	s->mounts[s->n_mounts++].copy_up = true;
	s->joins = mem_alloc(sizeof *s->joins);
	s->joins[s->n_joins++] = (struct spec_join){ CLONE_NEWNS, str_dup("/run/m") };
	map(&s->uid_maps, 0, 200000);
	apply(s, &problems);
	cr_assert_eq(problems.n, ARRAY_LEN(whats));
	for (size_t i = 0; i < ARRAY_LEN(whats); i++) {
		scoped_str char *want = str_printf(
			"config.json: /annotations/io.nfrun.rootfs: does not go with %s", whats[i]);

		cr_expect_str_eq(problems.v[i], want);
	}
	spec_free(s);
}

Test(oci_annotations_bad, a_pod_has_its_interfaces_and_no_more)
{
	static const char *const keys[] = { "io.nfrun.rootfs", "io.nfrun.dirs",
					    "io.nfrun.files",  "io.nfrun.setup",
					    "io.nfrun.init",   "io.nfrun.ids",
					    "io.nfrun.user",   "io.nfrun.resources",
					    "io.nfrun.seccomp" };

	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		const char *const pairs[] = { "io.kubernetes.cri-o.ContainerType", "container",
					      keys[i], "alone", NULL };
		scoped_str char *want = str_printf(
			"config.json: /annotations/%s: a Kubernetes pod has no say in this",
			keys[i]);
		scoped_strs struct strs problems = { 0 };
		struct spec *s = container(CLONE_NEWNS, pairs);

		apply(s, &problems);
		cr_assert_eq(problems.n, 1, "%s", keys[i]);
		cr_expect_str_eq(problems.v[0], want);
		spec_free(s);
	}
}

Test(oci_annotations_bad, two_filters_are_one_too_many)
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

/* config.md, "Annotations": an unknown key must not be an error. */
Test(oci_annotations_bad, one_that_is_not_known_is_ignored_with_a_word)
{
	const char *const pairs[] = { "io.nfrun.interface", "[]", "io.nfrun.", "", NULL };
	scoped_strs struct strs problems = { 0 }, warnings = { 0 };
	scoped_reading struct reading r = {
		.name = "config.json", .problems = &problems, .max = 20, .warnings = &warnings
	};
	struct spec *s = container(CLONE_NEWNS, pairs);

	oci_annotations_apply(&r, s, &annotations);
	cr_expect_eq(problems.n, 0);
	cr_assert_eq(warnings.n, 2);
	cr_expect(strstr(warnings.v[0], "did you mean 'io.nfrun.interfaces'?"), "%s",
		  warnings.v[0]);
	cr_expect(strstr(warnings.v[1], "/annotations/io.nfrun.: ignored"), "%s", warnings.v[1]);
	spec_free(s);
}
