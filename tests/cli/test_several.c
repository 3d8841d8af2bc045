/* SPDX-License-Identifier: Apache-2.0 */
/* Several descriptors in one start; what cannot be started leaves nothing and keeps nothing from
 * the rest. */
#include "tests/cli/cli.h"

#define SLEEP "exec sleep 100"

HostTest(several, all_are_started)
{
	scoped_str char *a = shell_vnf("a", SLEEP, "");
	scoped_str char *b = shell_vnf("b", SLEEP, "");
	scoped_str char *c = shell_vnf("c", SLEEP, "");
	scoped_run struct run r = run_nfrun("start", a, b, c);

	cr_expect_eq(r.status, 0, "%s", r.err);
	cr_expect_str_eq(r.out, "a\nb\nc\n");
	scoped_run struct run list = run_nfrun("list", "-q");
	cr_expect_str_eq(list.out, "a\nb\nc\n");
	must_run_nfrun("stop", "a", "b", "c");
	must_run_nfrun("delete", "a", "b", "c");
}

HostTest(several, one_bad_descriptor_and_nothing_is_started)
{
	scoped_str char *good = shell_vnf("good", SLEEP, "");
	scoped_str char *bad =
		descriptor("bad", "\"process\": { \"args\": [] }, \"colour\": \"red\"");
	scoped_str char *twice = shell_vnf("good", SLEEP, "");
	scoped_run struct run r = run_nfrun("start", good, bad);
	scoped_run struct run t = run_nfrun("start", good, twice);
	scoped_run struct run g = run_nfrun("start", good, "ghost");
	scoped_run struct run list = run_nfrun("list", "-q");

	cr_expect_eq(r.status, 1);
	cr_expect(has(r.err, "/colour: unknown key"), "%s", r.err);
	cr_expect(has(r.err, "nothing has been started"), "%s", r.err);
	cr_expect_str_empty(r.out);
	cr_expect_eq(t.status, 1);
	cr_expect(has(t.err, "good is named twice"), "%s", t.err);
	cr_expect_eq(g.status, 1);
	cr_expect(has(g.err, "ghost: container does not exist"), "%s", g.err);
	cr_expect_str_empty(list.out);
}

HostTest(several, one_that_fails_does_not_hold_the_others)
{
	scoped_str char *a = shell_vnf("a", SLEEP, "");
	scoped_str char *b = descriptor("b", "\"process\": { \"args\": [\"/no/such/program\"] }");
	scoped_str char *c = shell_vnf("c", SLEEP, "");
	scoped_run struct run r = run_nfrun("start", a, b, c);

	cr_expect_eq(r.status, 1);
	cr_expect_str_eq(r.out, "a\nc\n");
	cr_expect(has(r.err, "nfrun: start: b: "), "%s", r.err);
	cr_expect(has(r.err, "/no/such/program"), "%s", r.err);
	cr_expect(has(r.err, "No such file or directory"), "%s", r.err);
	scoped_run struct run list = run_nfrun("list", "-q");
	cr_expect_str_eq(list.out, "a\nc\n");

	scoped_run struct run stop = run_nfrun("stop", "a", "ghost", "c");
	cr_expect_eq(stop.status, 1);
	cr_expect_str_eq(stop.err, "nfrun: stop: ghost: container does not exist\n");
	must_run_nfrun("delete", "a", "c");
}

HostTest(several, a_failed_start_says_the_whole_reason_and_leaves_nothing)
{
	static const struct {
		const char *name, *body, *why;
	} cases[] = {
		{ "setup", "\"setup\": [[\"/bin/false\"]]", "/bin/false" },
		{ "bridge",
		  "\"process\": { \"args\": [\"/bin/true\"] }, \"links\": [{ \"bridge\": \"br9\", \"create\": false }], "
		  "\"interfaces\": [{ \"name\": \"eth0\", \"bridge\": \"br9\" }]",
		  "br9" },
		{ "rootfs",
		  "\"rootfs\": { \"path\": \"/nowhere\" }, \"process\": { \"args\": [\"/bin/true\"] }",
		  "/nowhere" },
		{ "user", "\"process\": { \"args\": [\"/bin/true\"], \"user\": \"nosuchuser\" }",
		  "nosuchuser" },
		{ "sysctl",
		  "\"process\": { \"args\": [\"/bin/true\"] }, \"sysctl\": { \"net.ipv4.no_such\": \"1\" }",
		  "no_such" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		scoped_str char *file = descriptor(cases[i].name, cases[i].body);
		scoped_run struct run r = run_nfrun("start", file);

		cr_expect_eq(r.status, 1, "%s", cases[i].name);
		cr_expect(has(r.err, cases[i].why), "%s: %s", cases[i].name, r.err);
	}
	scoped_run struct run list = run_nfrun("list", "-q");
	cr_expect_str_empty(list.out);
}

HostTest(several, an_upper_layer_belongs_to_one_running_vnf)
{
	scoped_str char *dir = str_printf("%s/.layers", host_root());
	scoped_str char *low = str_printf("%s/low", dir);
	scoped_str char *up = str_printf("%s/up", dir);
	scoped_str char *body = str_printf(
		"\"userns\": false, \"rootfs\": { \"path\": \"%s\", \"overlay\": true, \"upper\": "
		"\"%s\" }, \"mounts\": [ { \"type\": \"bind\", \"source\": \"/usr\", \"target\": "
		"\"/usr\", \"readonly\": true } ], \"process\": { \"args\": [\"/bin/sleep\", \"1000\"] }",
		low, up);
	scoped_str char *a = descriptor("a", body), *b = descriptor("b", body);

	make_dirs(low);
	make_dirs(up);
	must_run("cp", "-d", "/bin", "/lib", "/lib64", low);
	must_run_nfrun("start", a);
	scoped_run struct run r = run_nfrun("start", b);
	cr_expect_eq(r.status, 1);
	cr_expect(strstr(r.err, "is in use by VNF 'a'"), "%s", r.err);
	must_run_nfrun("stop", "--kill", "a");
	must_run_nfrun("start", b);
	must_run_nfrun("delete", "--force", "a", "b");
	must_run("rm", "-r", dir);
}
