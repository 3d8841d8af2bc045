/* SPDX-License-Identifier: Apache-2.0 */
/* What nfrun update does to a descriptor, and to a configuration. */
#include "runtime/base/scope.h"
#include "runtime/spec/document.h"
#include "runtime/spec/oci_load.h"
#include "runtime/spec/vnf_load.h"
#include "tests/support/support.h"

#include <string.h>

static struct vnf *load(const char *text)
{
	scoped_strs struct strs problems = { 0 };
	struct vnf *v = NULL;

	cr_assert_eq(vnf_load_bytes(text, strlen(text), "x", NULL, &v, &problems), 0, "%s",
		     problems.n ? problems.v[0] : "");
	return v;
}

static struct vnf_resources nothing(void)
{
	return (struct vnf_resources)VNF_RESOURCES_UNSET;
}

static int merge(const char *base, const struct vnf_resources *change, char **text, struct err *e)
{
	return vnf_merge(base, &(struct vnf_change){ .resources = change }, text, e);
}

static const char merge_base[] = "{\"name\":\"a\",\"setup\":[[\"x\"]],\"resources\":{\"cpu\":{"
				 "\"limit\":0.5,\"weight\":7},\"memory\":{\"limit\":\"64M\"}}}";

Test(vnf_merge, sets_what_is_given_and_keeps_the_rest)
{
	struct vnf_resources change = nothing();
	scoped_str char *text = NULL;
	struct err e = { 0 };

	change.cpu_limit = 1100;
	change.memory_high = 32 << 20;
	change.pids = 12;
	change.cpus = str_dup("0-1");
	cr_assert_eq(merge(merge_base, &change, &text, &e), 0, "%s", e.text);
	free(change.cpus);

	struct vnf *v = load(text);
	cr_expect_eq(v->resources.cpu_limit, 1100);
	cr_expect_eq(v->resources.cpu_weight, 7);
	cr_expect_str_eq(v->resources.cpus, "0-1");
	cr_expect_eq(v->resources.memory_limit, 64 << 20);
	cr_expect_eq(v->resources.memory_high, 32 << 20);
	cr_expect_eq(v->resources.memory_swap, VNF_UNSET);
	cr_expect_eq(v->resources.pids, 12);
	vnf_free(v);
}

Test(vnf_merge, into_a_descriptor_without_resources)
{
	struct vnf_resources change = nothing();
	scoped_str char *text = NULL;
	struct err e = { 0 };

	change.pids = 12;
	cr_assert_eq(merge("{\"name\":\"a\",\"setup\":[[\"x\"]]}", &change, &text, &e), 0);

	struct vnf *v = load(text);
	cr_expect_eq(v->resources.pids, 12);
	cr_expect_eq(v->resources.cpu_limit, VNF_UNSET);
	vnf_free(v);
}

Test(vnf_merge, checks_the_whole)
{
	struct vnf_resources change = nothing();
	char *text = NULL;
	struct err e = { 0 };

	change.memory_high = 128 << 20;
	cr_expect_eq(merge(merge_base, &change, &text, &e), -1);
	cr_expect_str_eq(e.text, "/resources/memory/high: 128M is above the limit, 64M");
	change = nothing();
	change.pids = 0;
	cr_expect_eq(merge(merge_base, &change, &text, &e), -1);
	cr_expect_str_eq(e.text, "/resources/pids: 0 is outside 2..4194304");
	cr_expect_eq(merge("{", &change, &text, &e), -1);
	cr_expect_eq(merge("[]", &change, &text, &e), -1);
	cr_expect_null(text);
}

static const char limits_base[] =
	"{\"name\":\"a\",\"setup\":[[\"x\"]],\"resources\":{\"cpu\":{\"limit\":1,\"burst\":\"10ms\","
	"\"weight\":7},\"memory\":{\"low\":\"1M\",\"oom_group\":true},\"io\":{\"devices\":["
	"{\"path\":\"/dev/a\",\"read_bps\":\"1M\"},{\"path\":\"/dev/b\",\"weight\":5}]},"
	"\"hugetlb\":{\"2048K\":\"2M\"},\"rdma\":{\"m\":{\"handles\":1}},\"unified\":{\"a.b\":\"1\"}}}";

/* LIMITS_BASE with CHANGE in it has RESOURCES. */
static void expect_merged(const struct vnf_resources *change, const char *resources)
{
	scoped_str char *text = NULL;
	struct err e = { 0 };

	cr_assert_eq(merge(limits_base, change, &text, &e), 0, "%s", e.text);
	cr_expect(strstr(text, resources), "%s\n  is not in\n%s", resources, text);
}

Test(vnf_merge, limits_of_every_kind)
{
	struct vnf_resources change = nothing();

	change.more.cpu_burst_us = 1500;
	change.more.uclamp_min = 1250;
	change.more.mems = str_dup("0");
	change.exec_cpus = str_dup("1");
	change.more.memory_min = 1 << 20;
	limits_io_add(&change.more, IO_LATENCY, "/dev//a", 20000);
	limits_io_add(&change.more, IO_WRITE_IOPS, "/dev/c", 9);
	limits_hugepage_add(&change.more, "2MB", 4 << 20);
	limits_hugepage_add(&change.more, "1GB", 0);
	limits_rdma_add(&change.more, "m")->objects = 2;
	limits_file_add(&change.more, "c.d", "2");
	expect_merged(
		&change,
		"{\"cpu\":{\"limit\":1,\"burst\":\"1500us\",\"weight\":7,\"util_min\":\"12.5%\","
		"\"exec_cpus\":\"1\",\"mems\":\"0\"},\"memory\":{\"low\":\"1M\",\"oom_group\":true,"
		"\"min\":1048576},\"io\":{\"devices\":[{\"path\":\"/dev/a\",\"read_bps\":\"1M\","
		"\"latency\":\"20ms\"},{\"path\":\"/dev/b\",\"weight\":5},{\"path\":\"/dev/c\","
		"\"write_iops\":9}]},\"hugetlb\":{\"2048K\":4194304,\"1G\":0},\"rdma\":{\"m\":{"
		"\"handles\":1,\"objects\":2}},\"unified\":{\"a.b\":\"1\",\"c.d\":\"2\"}}");
	vnf_resources_drop(&change);
}

Test(vnf_merge, limits_are_taken_out_and_the_kernel_is_told)
{
	struct vnf_resources change = nothing();
	scoped(cgroup_limits_drop) struct cgroup_limits l = CGROUP_LIMITS_UNSET;

	change.cpu_limit = change.more.memory_low = VNF_NO_LIMIT;
	change.more.cpu_burst_us = change.more.memory_oom_group = 0;
	change.more.cpu_partition = str_dup("member");
	limits_io_add(&change.more, IO_READ_BPS, "/dev/a", 0);
	limits_hugepage_add(&change.more, "2MB", CGROUP_NO_LIMIT);
	limits_rdma_add(&change.more, "m")->handles = CGROUP_NO_LIMIT;
	expect_merged(&change,
		      "\"resources\":{\"cpu\":{\"weight\":7,\"partition\":\"member\"},\"io\":{"
		      "\"devices\":[{\"path\":\"/dev/b\",\"weight\":5}]},\"unified\":");
	vnf_lift(&change, &l);
	cr_expect_eq(l.cpu_quota_us, CGROUP_NO_LIMIT);
	cr_expect_eq(l.memory_low, 0, "max would keep all memory for it");
	cr_expect_eq(l.cpu_burst_us, 0);
	cr_expect_eq(l.memory_oom_group, 0);
	cr_expect_eq(l.memory_max, CGROUP_UNSET);
	cr_expect_str_eq(l.cpu_partition, "member");
	cr_assert_eq(l.io[IO_READ_BPS].n, 1);
	cr_expect_eq(l.io[IO_READ_BPS].v[0].value, 0);
	cr_expect_eq(l.hugepages[0].limit, CGROUP_NO_LIMIT);
	cr_expect_eq(l.rdma[0].handles, CGROUP_NO_LIMIT);
	cr_expect_eq(l.rdma[0].objects, CGROUP_UNSET);
	vnf_resources_drop(&change);
}

Test(vnf_merge, an_idle_vnf_has_no_weight)
{
	struct vnf_resources change = nothing();

	change.more.cpu_idle = 1;
	expect_merged(&change, "\"cpu\":{\"limit\":1,\"burst\":\"10ms\",\"idle\":true}");
}

static void add(struct packet_changes *c, const char *text)
{
	struct err e = { 0 };

	cr_assert_eq(packet_change_parse(text, c, &e), 0, "%s", e.text);
}

static const char packet_base[] =
	"{\"name\":\"a\",\"setup\":[[\"x\"]],\"packet_cpu\":{\"mode\":\"own\",\"limit\":\"25%\"},"
	"\"interfaces\":[{\"name\":\"e0\",\"bridge\":\"b\"},"
	"{\"name\":\"e1\",\"bridge\":\"b\",\"packet_cpu\":{\"mode\":\"shared\"}}]}";

static int merge_packets(const char *base, const struct packet_changes *c, char **text,
			 struct err *e)
{
	struct vnf_resources none = nothing();

	return vnf_merge(base, &(struct vnf_change){ .resources = &none, .packet = *c }, text, e);
}

static void expect_packet_cpu(const struct packet_cpu *p, const char *want)
{
	scoped_str char *got = p->given ? packet_cpu_format(p) : str_dup("-");

	cr_expect_str_eq(got, want);
}

Test(vnf_merge, packet_cpu_of_the_vnf_and_of_interfaces)
{
	struct packet_changes c = { 0 };
	scoped_str char *text = NULL;
	struct err e = { 0 };

	add(&c, "reserve,guarantee=12.5%");
	add(&c, "e0=pinned,cpus=3,0-1");
	add(&c, "e1=own");
	cr_assert_eq(merge_packets(packet_base, &c, &text, &e), 0, "%s", e.text);
	packet_changes_drop(&c);

	struct vnf *v = load(text);
	expect_packet_cpu(&v->packet_cpu, "reserve,guarantee=12.5%");
	expect_packet_cpu(&v->interfaces[0].packet_cpu, "pinned,cpus=0-1,3");
	expect_packet_cpu(&v->interfaces[1].packet_cpu, "own");
	vnf_free(v);
}

Test(vnf_merge, an_interface_follows_the_vnf_again)
{
	struct packet_changes c = { 0 };
	scoped_str char *text = NULL;
	struct err e = { 0 };

	add(&c, "e1=inherit");
	add(&c, "e0=inherit");
	cr_assert_eq(merge_packets(packet_base, &c, &text, &e), 0, "%s", e.text);
	packet_changes_drop(&c);

	struct vnf *v = load(text);
	expect_packet_cpu(&v->packet_cpu, "own,limit=25%");
	expect_packet_cpu(&v->interfaces[0].packet_cpu, "-");
	expect_packet_cpu(&v->interfaces[1].packet_cpu, "-");
	vnf_free(v);
}

Test(vnf_merge, packet_cpu_is_checked_with_the_rest)
{
	static const struct {
		const char *base, *change, *says;
	} rows[] = {
		{ packet_base, "e9=own", "there is no interface 'e9', only e0, e1" },
		{ merge_base, "e0=own", "there is no interface 'e0', nor any other" },
		{ merge_base, "own", "/packet_cpu: has no use without interfaces" },
		{ packet_base, "e1=pinned",
		  "/interfaces/1/packet_cpu: mode pinned needs CPUs: 'cpus' here, or the VNF bound "
		  "to some by resources.cpu.cpus" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct packet_changes c = { 0 };
		char *text = NULL;
		struct err e = { 0 };

		add(&c, rows[i].change);
		cr_expect_eq(merge_packets(rows[i].base, &c, &text, &e), -1, "%s", rows[i].change);
		cr_expect_str_eq(e.text, rows[i].says);
		cr_expect_null(text);
		packet_changes_drop(&c);
	}
}

/* --- config.json --- */

#define CONFIG(annotations)                                                                         \
	"{\"ociVersion\":\"1.3.0\",\"root\":{\"path\":\"r\"},\"process\":{\"cwd\":\"/\",\"args\":"  \
	"[\"x\"],\"user\":{\"uid\":0,\"gid\":0},\"rlimits\":[{\"type\":\"RLIMIT_CORE\",\"soft\":1," \
	"\"hard\":18446744073709551615}]},\"linux\":{\"namespaces\":[{\"type\":\"mount\"},"         \
	"{\"type\":\"network\"}]}" annotations "}"
#define INTERFACES                                                                                 \
	"[{\\\"name\\\":\\\"e0\\\",\\\"bridge\\\":\\\"b\\\"},"                                     \
	"{\\\"name\\\":\\\"e1\\\",\\\"bridge\\\":\\\"b\\\",\\\"packet_cpu\\\":"                    \
	"{\\\"mode\\\":\\\"shared\\\"}}]"

static struct spec *load_config(const char *text)
{
	scoped_strs struct strs problems = { 0 }, warnings = { 0 };
	struct spec *s = NULL;

	cr_assert_eq(oci_load_bytes(text, strlen(text), "x", "/b", &s, &problems, &warnings), 0,
		     "%s", problems.n ? problems.v[0] : "");
	return s;
}

Test(oci_merge, packet_cpu_goes_into_the_annotations)
{
	static const char config[] = CONFIG(
		",\"annotations\":{\"org.x\":\"y\",\"io.nfrun.interfaces\":\"" INTERFACES "\"}");
	struct packet_changes c = { 0 };
	scoped_str char *text = NULL;
	struct err e = { 0 };

	add(&c, "own,limit=10%");
	add(&c, "e0=pinned,cpus=1");
	add(&c, "e1=inherit");
	cr_assert_eq(oci_merge_packet(config, strlen(config), &c, &text, &e), 0, "%s", e.text);
	packet_changes_drop(&c);

	struct spec *s = load_config(text);
	expect_packet_cpu(&s->packet_cpu, "own,limit=10%");
	cr_assert_eq(s->n_ports, 2);
	expect_packet_cpu(&s->ports[0].packet_cpu, "pinned,cpus=1");
	expect_packet_cpu(&s->ports[1].packet_cpu, "-");
	cr_expect_eq(s->process.rlimits[0].hard, UINT64_MAX, "beyond what JSON libraries hold");
	cr_expect_str_eq(s->annotations[0].value, "y");
	spec_free(s);
}

Test(oci_merge, what_there_is_not_cannot_be_changed)
{
	static const struct {
		const char *config, *change, *says;
	} rows[] = {
		{ CONFIG(""), "e0=own", "there is no interface 'e0', nor any other" },
		{ CONFIG(",\"annotations\":{\"io.nfrun.interfaces\":\"" INTERFACES "\"}"), "e2=own",
		  "there is no interface 'e2', only e0, e1" },
		{ "[]", "own", "no configuration" },
		{ "{", "own", "config.json:1:1: string or '}' expected near end of file" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct packet_changes c = { 0 };
		char *text = NULL;
		struct err e = { 0 };

		add(&c, rows[i].change);
		cr_expect_eq(
			oci_merge_packet(rows[i].config, strlen(rows[i].config), &c, &text, &e),
			-1);
		cr_expect_str_eq(e.text, rows[i].says);
		cr_expect_null(text);
		packet_changes_drop(&c);
	}
}

Test(oci_merge, a_document_is_written_as_it_was_read)
{
	static const char *const texts[] = {
		"{\"a\":[18446744073709551615,9223372036854775808,-1,1,1.5],\"b\":\"u64 1\",\"c\":{}}",
		"[9223372036854775807,\"\\\"\",true]",
		"[9999999999999999999]",
		"[\"\\u0001u64 5\",\"\\u0001u64 \"]",
	};

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		scoped_strs struct strs problems = { 0 };
		json_t *doc = document_parse_oci(texts[i], strlen(texts[i]), "x", &problems);
		scoped_str char *text = document_text_oci(doc);

		cr_expect_str_eq(text, texts[i]);
		json_decref(doc);
	}
}
