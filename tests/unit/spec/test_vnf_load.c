/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/base/scope.h"
#include "runtime/spec/vnf_load.h"
#include "tests/support/support.h"

#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

static struct vnf *load(const char *text)
{
	scoped_strs struct strs problems = { 0 };
	struct vnf *v = NULL;

	cr_assert_eq(vnf_load_bytes(text, strlen(text), "x", NULL, &v, &problems), 0, "%s",
		     problems.n ? problems.v[0] : "");
	return v;
}

Test(vnf_load, defaults)
{
	struct vnf *v =
		load("{\"name\":\"a\",\"setup\":[[\"/bin/true\"]],\"links\":[{\"bridge\":\"b\"}],"
		     "\"interfaces\":[{\"name\":\"e\",\"bridge\":\"b\"}],\"dirs\":[{\"path\":"
		     "\"/run/a\"}]}");

	cr_expect_str_eq(v->hostname, "a");
	cr_expect_null(v->rootfs.path);
	cr_expect_eq(v->dirs[0].mode, 0755);
	cr_expect_null(v->dirs[0].owner);
	cr_expect_eq(v->process.umask, 022);
	cr_expect_eq(v->process.stop_signal, SIGTERM);
	cr_expect_eq(v->process.stop_timeout, 10000);
	cr_expect_eq(v->capabilities.n, 0);
	cr_expect(v->no_new_privs);
	cr_expect_str_eq(v->seccomp, "default");
	cr_expect(v->userns);
	cr_expect_not(v->ids.given);
	cr_expect_eq(v->resources.cpu_limit, VNF_UNSET);
	cr_expect_eq(v->resources.cpu_weight, VNF_UNSET);
	cr_expect_null(v->resources.cpus);
	cr_expect_eq(v->resources.memory_limit, VNF_UNSET);
	cr_expect_eq(v->resources.memory_high, VNF_UNSET);
	cr_expect_eq(v->resources.memory_swap, VNF_UNSET);
	cr_expect_eq(v->resources.pids, VNF_UNSET);
	cr_expect(v->links[0].create);
	cr_expect_eq(v->links[0].mtu, 0);
	cr_expect_eq(v->interfaces[0].mtu, 0);
	cr_expect_not(v->interfaces[0].has_mac);
	cr_expect_not(v->interfaces[0].dad);
	cr_expect_eq(v->restart, VNF_RESTART_NO);
	cr_expect_eq(v->max_retries, 0);
	cr_expect_eq(v->backoff, 1000);
	cr_expect_eq(v->log_max_size, 1 << 20);
	cr_expect_eq(v->log_files, 4);
	vnf_free(v);
}

Test(vnf_load, every_value_lands_in_its_member)
{
	struct vnf *v = load(
		"{\"name\":\"a\",\"process\":{\"args\":[\"x\",\"y\"],\"env\":{\"A\":\"1\"},\"cwd\":\"/c/"
		"./d/\",\"user\":\"u:g\",\"groups\":[7,\"adm\"],\"umask\":\"077\",\"rlimits\":{"
		"\"NOFILE\":{\"soft\":1,\"hard\":\"unlimited\"},\"CORE\":0},\"stop_signal\":\"SIGQUIT\","
		"\"stop_timeout\":\"1m30s\"},\"capabilities\":[\"CAP_NET_RAW\"],\"no_new_privs\":false,"
		"\"ids\":{\"base\":100000,\"size\":2000},\"resources\":{\"cpu\":{\"limit\":1.25,"
		"\"weight\":7,\"cpus\":\"2,0-1\"},\"memory\":{\"limit\":\"2M\",\"high\":1048576,"
		"\"swap\":0},\"pids\":9},\"restart\":{\"policy\":\"on-failure\",\"max_retries\":3,"
		"\"backoff\":\"2s\"},\"log\":{\"max_size\":\"64K\",\"files\":2}}");
	const struct vnf_rlimit *l = v->process.rlimits;

	cr_expect_eq(v->process.args.n, 2);
	cr_expect_str_eq(v->process.env.v[0], "A=1");
	cr_expect_str_eq(v->process.cwd, "/c/d");
	cr_expect_str_eq(v->process.user, "u:g");
	cr_expect_str_eq(v->process.groups.v[0], "7");
	cr_expect_str_eq(v->process.groups.v[1], "adm");
	cr_expect_eq(v->process.umask, 077);
	cr_assert_eq(v->process.n_rlimits, 2);
	cr_expect(l[0].resource == RLIMIT_NOFILE && l[0].soft == 1 && l[0].hard == RLIM_INFINITY);
	cr_expect(l[1].resource == RLIMIT_CORE && l[1].soft == 0 && l[1].hard == 0);
	cr_expect_eq(v->process.stop_signal, SIGQUIT);
	cr_expect_eq(v->process.stop_timeout, 90000);
	cr_expect_str_eq(v->capabilities.v[0], "NET_RAW");
	cr_expect_not(v->no_new_privs);
	cr_expect(v->ids.given && v->ids.base == 100000 && v->ids.size == 2000);
	cr_expect_eq(v->resources.cpu_limit, 1250);
	cr_expect_eq(v->resources.cpu_weight, 7);
	cr_expect_str_eq(v->resources.cpus, "0-2");
	cr_expect_eq(v->resources.memory_limit, 2 << 20);
	cr_expect_eq(v->resources.memory_high, 1 << 20);
	cr_expect_eq(v->resources.memory_swap, 0);
	cr_expect_eq(v->resources.pids, 9);
	cr_expect_eq(v->restart, VNF_RESTART_ON_FAILURE);
	cr_expect_eq(v->max_retries, 3);
	cr_expect_eq(v->backoff, 2000);
	cr_expect_eq(v->log_max_size, 65536);
	cr_expect_eq(v->log_files, 2);
	vnf_free(v);
}

/* Whatever their order in the file. */
Test(vnf_load, ipv4_addresses_come_before_ipv6)
{
	struct vnf *v = load("{\"name\":\"a\",\"setup\":[[\"x\"]],\"interfaces\":[{\"name\":\"e\","
			     "\"bridge\":\"b\",\"ipv6\":[\"fd00::1/64\",\"fd00::2/64\"],\"ipv4\":["
			     "\"10.0.0.1/24\",\"10.0.0.2/24\"],\"routes\":[{\"to\":\"default\","
			     "\"via\":\"fd00::9\"}]}]}");
	static const char *const want[] = { "10.0.0.1/24", "10.0.0.2/24", "fd00::1/64",
					    "fd00::2/64" };
	const struct vnf_iface *i = v->interfaces;
	char text[INET_TEXT];

	cr_assert_eq(i->n_addrs, ARRAY_LEN(want));
	for (size_t n = 0; n < i->n_addrs; n++)
		cr_expect_str_eq(ipaddr_format_prefix(&i->addrs[n], text), want[n]);
	cr_expect_eq(i->routes[0].to.family, AF_INET6, "default is of the family of via");
	vnf_free(v);
}

Test(vnf_load, a_path_is_relative_to_the_descriptor)
{
	char dir[] = "/tmp/nfrun-test-XXXXXX";
	scoped_strs struct strs problems = { 0 };
	struct vnf *v = NULL;

	cr_assert(mkdtemp(dir));
	scoped_str char *file = str_printf("%s/a.json", dir);
	scoped_str char *want = str_printf("%s/../root", dir);
	write_text(file,
		   "{\"name\":\"a\",\"setup\":[[\"x\"]],\"rootfs\":{\"path\":\"./../root/\"}}");

	cr_expect_eq(vnf_load_file(file, &v, &problems), 0);
	cr_expect_str_eq(v->rootfs.path, want);
	vnf_free(v);
	v = NULL;
	/* The same from inside the folder, where the name has no folder in it. */
	cr_assert_eq(chdir(dir), 0);
	cr_expect_eq(vnf_load_file("a.json", &v, &problems), 0);
	cr_expect_str_eq(v->rootfs.path, want);
	cr_expect(strstr(v->text, want), "%s", v->text);
	vnf_free(v);
	cr_expect_eq(unlink(file), 0);
	cr_expect_eq(rmdir(dir), 0);
}

Test(vnf_load, without_a_folder_relative_paths_are_refused)
{
	static const char text[] =
		"{\"name\":\"a\",\"setup\":[[\"x\"]],\"rootfs\":{\"path\":\"r\"}}";
	scoped_strs struct strs problems = { 0 };
	struct vnf *v = NULL;

	cr_expect_eq(vnf_load_bytes(text, strlen(text), "n", NULL, &v, &problems), -1);
	cr_expect_str_eq(problems.v[0], "n: /rootfs/path: 'r' is not an absolute path");
}

Test(vnf_load, what_cannot_be_read_is_a_problem)
{
	static const struct {
		const char *path, *says;
	} cases[] = {
		{ "/nonexistent/a.json", "/nonexistent/a.json: No such file or directory" },
		{ "tests", "tests: Is a directory" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		scoped_strs struct strs problems = { 0 };
		struct vnf *v = NULL;

		cr_expect_eq(vnf_load_file(cases[i].path, &v, &problems), -1);
		cr_assert_eq(problems.n, 1);
		cr_expect_str_eq(problems.v[0], cases[i].says);
	}
}
