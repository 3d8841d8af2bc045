/* SPDX-License-Identifier: Apache-2.0 */
/* io.nfrun.* of a config.json, by themselves: the rest of the document is a struct spec here. */
#include "runtime/spec/vnf_load.h"
#include "tests/unit/spec/annotations_test.h"
#include "tests/unit/spec/spec_text.h"

static struct spec *applied(uint64_t namespaces, const char *const *pairs)
{
	scoped_strs struct strs problems = { 0 };
	struct spec *s = container(namespaces, pairs);

	apply(s, &problems);
	cr_assert_eq(problems.n, 0, "%s", problems.n ? problems.v[0] : "");
	return s;
}

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
		"{\"kind\":\"overlay\",\"upper\":\"up\"}",
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
	cr_expect(s->root.as_vnf);
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
	cr_expect_not(s->root.as_vnf);
	cr_expect_null(s->seccomp);
	cr_expect_not(oci_annotations_choose_ids(s));
	spec_free(s);
}

Test(oci_annotations, the_host_view_has_no_path)
{
	const char *const pairs[] = { "io.nfrun.rootfs", "{\"kind\":\"host-view\"}", NULL };
	struct spec *s = applied(CLONE_NEWNS, pairs);

	cr_expect_eq(s->root.kind, SPEC_ROOT_HOST_VIEW);
	cr_expect_null(s->root.path);
	spec_free(s);
}

Test(oci_annotations, ids_are_chosen_claimed_or_just_mapped)
{
	const char *const automatic[] = { "io.nfrun.ids", "auto", "io.nfrun.rootfs",
					  "{\"kind\":\"dir\"}", NULL };
	const char *const claimed[] = { "io.nfrun.ids", "claim", "io.nfrun.rootfs",
					"{\"kind\":\"dir\"}", NULL };
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

Test(oci_annotations, packet_cpu_is_a_text_or_an_object)
{
	static const struct {
		const char *value, *want;
	} rows[] = {
		{ "own,limit=25%", "own,limit=25%" },
		{ "{\"mode\":\"own\",\"limit\":\"25%\"}", "own,limit=25%" },
		{ " {\"mode\":\"reserve\",\"guarantee\":\"1.5%\"}", "reserve,guarantee=1.5%" },
		{ "pinned,cpus=2,1,0", "pinned,cpus=0-2" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const char *const pairs[] = { "io.nfrun.packet-cpu", rows[i].value,
					      "io.nfrun.interfaces", INTERFACES, NULL };
		struct spec *s = applied(NEW_NET, pairs);
		scoped_str char *got = packet_cpu_format(&s->packet_cpu);

		cr_expect(s->packet_cpu.given);
		cr_expect_str_eq(got, rows[i].want);
		spec_free(s);
	}
}

/* Wherever the configuration has them. */
Test(oci_annotations, pinned_packets_go_to_the_containers_cpus)
{
	const char *const pairs[] = { "io.nfrun.packet-cpu", "pinned", "io.nfrun.interfaces",
				      INTERFACES, NULL };
	const char *const also[] = { "io.nfrun.packet-cpu",
				     "pinned",
				     "io.nfrun.interfaces",
				     INTERFACES,
				     "io.nfrun.resources",
				     "{\"cpu\":{\"cpus\":\"1\"}}",
				     NULL };
	scoped_strs struct strs problems = { 0 };
	struct spec *s = container(NEW_NET, pairs);

	s->resources.cpus = str_dup("0-1");
	apply(s, &problems);
	cr_expect_eq(problems.n, 0);
	cr_expect_eq(s->packet_cpu.mode, PACKET_PINNED);
	cr_expect_null(s->packet_cpu.cpus);
	spec_free(s);
	spec_free(applied(NEW_NET, also));
}

Test(oci_annotations, a_packet_budget_is_within_the_containers_quota)
{
	const char *const pairs[] = { "io.nfrun.packet-cpu", "own,limit=50.1%",
				      "io.nfrun.interfaces", INTERFACES, NULL };
	scoped_strs struct strs problems = { 0 };
	struct spec *s = container(NEW_NET, pairs);

	s->resources.cpu_quota_us = 50000;
	s->resources.cpu_period_us = 100000;
	apply(s, &problems);
	cr_assert_eq(problems.n, 1);
	cr_expect_str_eq(problems.v[0],
			 "config.json: /annotations/io.nfrun.packet-cpu/limit: 50.1% is more than "
			 "all of the VNF may use, resources.cpu.limit 0.5: ask for less, or raise "
			 "that");
	spec_free(s);
}

Test(oci_annotations, a_pods_packets_are_its_sandboxs)
{
	const char *const pairs[] = { "io.nfrun.packet-cpu",
				      "own",
				      "io.nfrun.interfaces",
				      INTERFACES,
				      "io.kubernetes.cri-o.ContainerType",
				      "container",
				      NULL };
	struct spec *s = applied(NEW_NET, pairs);

	cr_expect_not(s->packet_cpu.given);
	spec_free(s);
}
