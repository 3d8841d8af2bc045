/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/base/fs.h"
#include "runtime/base/scope.h"
#include "runtime/record.h"
#include "tests/support/support.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char dir_path[] = "/tmp/nfrun-record-XXXXXX";

static int make_dir(void)
{
	cr_assert(mkdtemp(dir_path));
	return open(dir_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static void remove_dir(void)
{
	struct err e = { 0 };

	cr_assert_eq(fs_remove_tree_at(AT_FDCWD, dir_path, &e), 0, "%s", e.text);
}

static void add_net_device(struct record *r)
{
	struct netdev d = { .name = "eth1",
			    .inside = "net0",
			    .inside_index = 7,
			    .mtu = 9000,
			    .flags = 1,
			    .mac = str_dup("02:00:00:00:00:01"),
			    .parent = str_dup("0000:00:03.0") };

	strs_add(&d.addrs, "10.0.0.1/24");
	record_add_net_device(r, &d);
}

static void fill(struct record *r)
{
	const struct record_port p = { "eth0", "fw.123456", "br-lan" };
	struct err e = { 0 };

	record_init(r);
	r->id = str_dup("fw");
	r->vnf = true;
	r->status = STATUS_RESTARTING;
	r->init = (struct proc_id){ 12, 34567 };
	r->supervisor = (struct proc_id){ 13, 34568 };
	r->created = (struct timespec){ 1700000000, 999999999 };
	r->has_ended = true;
	r->end = (struct record_end){ .exit_code = -1, .signal = 9, .oom = true };
	r->restarts = 3;
	r->oom_kills = 2;
	r->id_base = 0x6fff0000;
	r->id_size = 65536;
	r->mark = 0xfedc0001;
	r->bridge_mark = 0xfedc0000;
	r->host_netns = 4026531840;
	strs_add(&r->cgroup, "=/sys/fs/cgroup/nfrun/x");
	strs_add(&r->bridges, "br-lan");
	strs_add(&r->claims, "ids/28671");
	strs_add(&r->warnings, "beware");
	r->descriptor = str_dup("{\"name\":\"fw\"}");
	record_add_port(r, &p);
	add_net_device(r);
	cr_assert_eq(boot_id_read(&r->boot_id, &e), 0);
}

Test(record, what_is_saved_is_what_is_loaded)
{
	scoped_fd int dir = make_dir();
	struct record a, b;
	struct err e = { 0 };

	fill(&a);
	cr_assert_eq(record_save(dir, &a, &e), 0, "%s", e.text);
	cr_assert_eq(record_load(dir, &b, &e), 0, "%s", e.text);
	cr_expect_str_eq(b.id, a.id);
	cr_expect_eq(b.status, STATUS_RESTARTING);
	cr_expect_eq(b.init.pid, 12);
	cr_expect_eq(b.init.start, 34567);
	cr_expect_eq(b.created.tv_nsec, 999999999);
	cr_expect_eq(b.end.signal, 9);
	cr_expect_eq(b.end.exit_code, -1);
	cr_expect(b.end.oom && b.has_ended && b.vnf && !b.end.unknown);
	cr_expect_eq(b.mark, 0xfedc0001);
	cr_expect_eq(b.host_netns, 4026531840);
	cr_expect_str_eq(b.claims.v[0], "ids/28671");
	cr_expect_str_eq(b.ports[0].host_name, "fw.123456");
	cr_expect_str_eq(b.descriptor, a.descriptor);

	/* Saved again it is the same to the byte: no member is lost on the way. */
	scoped_str char *first = NULL, *second = NULL;
	cr_assert_eq(fs_read_at(dir, "state.json", &first, NULL, &e), 0);
	cr_assert_eq(record_save(dir, &b, &e), 0);
	cr_assert_eq(fs_read_at(dir, "state.json", &second, NULL, &e), 0);
	cr_expect_str_eq(first, second);
	record_drop(&a);
	record_drop(&b);
	remove_dir();
}

Test(record, pids_of_another_boot_are_forgotten)
{
	scoped_fd int dir = make_dir();
	struct record a, b;
	struct err e = { 0 };

	fill(&a);
	free(a.boot_id);
	a.boot_id = str_dup("00000000-0000-0000-0000-000000000000");
	cr_assert_eq(record_save(dir, &a, &e), 0);
	cr_assert_eq(record_load(dir, &b, &e), 0);
	cr_expect_eq(b.init.pid, 0);
	cr_expect_eq(b.supervisor.pid, 0);
	record_drop(&a);
	record_drop(&b);
	remove_dir();
}

Test(record, refuses_what_is_not_wholly_a_record)
{
	static const struct {
		const char *text, *error;
	} bad[] = {
		{ "", "state file: line 1, column 0: '[' or '{' expected near end of file" },
		{ "[]", "state file: of another version of nfrun" },
		{ "{\"version\":99}", "state file: of another version of nfrun" },
		{ "{\"version\":2}", "state file: /id: missing or malformed" },
		{ "{\"version\":2,\"id\":7}", "state file: /id: missing or malformed" },
		{ "{\"version\":2,\"id\":\"x\",\"vnf\":1}",
		  "state file: /vnf: missing or malformed" },
	};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct record r;
		struct err e = { 0 };

		cr_assert_eq(record_load_bytes(bad[i].text, strlen(bad[i].text), &r, &e), -1, "%s",
			     bad[i].text);
		cr_expect_str_eq(e.text, bad[i].error);
	}
}

Test(procid, start_time_is_found_behind_any_command_name)
{
	static const struct {
		const char *stat;
		uint64_t start;
	} cases[] = {
		{ "1 (init) S 0 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 4242 1000 2", 4242 },
		{ "9 (a) b (c) 1 2) R 0 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 77 1000", 77 },
		{ "1 (short) S 0", 0 },
		{ "", 0 },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		cr_expect_eq(proc_start_parse(cases[i].stat), cases[i].start, "%s", cases[i].stat);
}

Test(procid, alive_until_it_ends_and_not_for_another_start)
{
	struct proc_id p;
	struct err e = { 0 };
	pid_t pid = fork();

	if (pid == 0) {
		pause();
		_exit(0);
	}
	cr_assert_eq(proc_id_of(pid, &p, &e), 0);
	cr_expect(proc_id_alive(&p));
	struct proc_id other = { p.pid, p.start + 1 };
	cr_expect(!proc_id_alive(&other));
	kill(pid, SIGKILL);
	cr_expect(wait_until(!proc_id_alive(&p), 2000), "a zombie is not alive");
	waitpid(pid, NULL, 0);
	cr_expect(!proc_id_alive(&p));
	cr_expect(!proc_id_alive(&(struct proc_id){ 0 }));
}
