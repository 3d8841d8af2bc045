/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/support.h"

#include <string.h>

static char dir[] = "/tmp/nfrun-check-XXXXXX";

static void setup(void)
{
	cr_assert(mkdtemp(dir) != NULL);
	cr_assert_eq(chdir(dir), 0);
}

static void teardown(void)
{
	run_must((const char *const[]){ "rm", "-rf", dir, NULL });
}

TestSuite(check, .init = setup, .fini = teardown);

Test(check, a_good_descriptor_is_ok)
{
	write_text("good.json", "{ \"name\": \"fw\", \"process\": { \"args\": [\"/bin/true\"] } }");
	scoped_run struct run r = run_nfrun("check", "good.json");

	cr_assert_eq(r.status, 0, "%s", r.err);
	cr_assert_str_eq(r.out, "good.json: ok\n");
	cr_assert_str_empty(r.err);
}

Test(check, all_problems_of_all_files_are_told)
{
	write_text("good.json", "{ \"name\": \"fw\", \"process\": { \"args\": [\"/bin/true\"] } }");
	write_text("bad.json", "{ \"name\": \"fw\", \"process\": { \"args\": [\"/bin/true\"] },\n"
			       "  \"resources\": { \"pids\": 0 }, \"interfaces\": [\n"
			       "  { \"name\": \"eth0\", \"bridge\": \"br0\", \"mtu\": 70000 } ] }");
	write_text("torn.json", "{ \"name\": \n \"fw\", ");
	scoped_run struct run r =
		run_nfrun("check", "bad.json", "torn.json", "good.json", "none.json");

	cr_assert_eq(r.status, 1);
	cr_assert_str_eq(r.out, "good.json: ok\n");
	cr_assert(strstr(r.err,
			 "nfrun: check: bad.json: /interfaces/0/mtu: 70000 is outside 68..65535\n"),
		  "%s", r.err);
	cr_assert(strstr(r.err, "nfrun: check: bad.json: /resources/pids: "), "%s", r.err);
	cr_assert(strstr(r.err, "nfrun: check: torn.json:2:"), "%s", r.err);
	cr_assert(strstr(r.err, "No such file or directory"), "%s", r.err);
}

Test(check, the_examples_are_good)
{
	scoped_run struct run r =
		run_cmd("sh", "-c", "cd " NFRUN_SOURCE_DIR "/examples && exec \"$0\" check *.json",
			nfrun_path());

	cr_assert_eq(r.status, 0, "%s", r.err);
}

Test(check, needs_no_privileges)
{
	need_root(); /* to give them up */
	write_text("good.json", "{ \"name\": \"fw\", \"process\": { \"args\": [\"/bin/true\"] } }");
	must_run("chmod", "-R", "a+rX", dir);
	scoped_run struct run r = run_cmd("setpriv", "--reuid=65534", "--regid=65534",
					  "--clear-groups", nfrun_path(), "check", "good.json");

	cr_assert_eq(r.status, 0, "%s", r.err);
}
