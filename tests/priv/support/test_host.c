/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/support.h"

#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

static char *new_since(const struct strs *before)
{
	scoped_strs struct strs now = { 0 };

	census_take(&now);
	return census_diff(before, &now);
}

HostTest(census, sees_what_a_runtime_may_leave_behind)
{
	static const struct {
		const char *make, *undo, *seen;
	} leftovers[] = {
		{ "ip link add br-x type bridge", "ip link del br-x", "+ link br-x\n" },
		{ "echo 1 >$NFRUN_ROOT/file", "rm $NFRUN_ROOT/file", "+ file " },
		{ "mkdir $NFRUN_ROOT/m; mount -t tmpfs x $NFRUN_ROOT/m",
		  "umount $NFRUN_ROOT/m; rmdir $NFRUN_ROOT/m", "+ mount tmpfs " },
		{ "mkdir -p $NFRUN_ROOT/.claims/ids; ln -s fw $NFRUN_ROOT/.claims/ids/9",
		  "rm $NFRUN_ROOT/.claims/ids/9", "+ file " },
		{ "setsid sleep 300 </dev/null >/dev/null 2>&1 & echo $! >/$NFRUN_ROOT/pid",
		  "kill $(cat $NFRUN_ROOT/pid); rm $NFRUN_ROOT/pid", "+ process " },
	};

	for (size_t i = 0; i < ARRAY_LEN(leftovers); i++) {
		scoped_strs struct strs before = { 0 };

		census_take(&before);
		must_run("sh", "-c", leftovers[i].make);
		scoped_str char *seen = new_since(&before);

		cr_expect(seen && strstr(seen, leftovers[i].seen), "%s: '%s'", leftovers[i].make,
			  seen ? seen : "nothing");
		must_run("sh", "-c", leftovers[i].undo);
		cr_expect(wait_until(!(str_drop(&seen), seen = new_since(&before)), 2000),
			  "%s: '%s'", leftovers[i].undo, seen);
	}
}

HostTest(host, has_only_a_loopback_and_is_reached_by_no_one_else)
{
	scoped_run struct run r = run_cmd("ip", "-o", "link");
	scoped_run struct run ping = run_cmd("ping", "-c1", "-W1", "127.0.0.1");

	cr_assert_null(strchr(strchr(r.out, '\n') + 1, '\n'), "%s", r.out);
	cr_assert_eq(ping.status, 0, "%s", ping.out);
}
