/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/base/caps.h"
#include "runtime/base/scope.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define BIT(cap) ((caps_mask)1 << (cap))

Test(caps, names_in_every_spelling)
{
	static const struct {
		const char *name;
		int number;
	} rows[] = {
		{ "NET_ADMIN", CAP_NET_ADMIN },
		{ "CAP_NET_ADMIN", CAP_NET_ADMIN },
		{ "cap_net_raw", CAP_NET_RAW },
		{ "Net_Raw", CAP_NET_RAW },
		{ "CHOWN", 0 },
		{ "CHECKPOINT_RESTORE", CAP_CHECKPOINT_RESTORE },
		{ "", -1 },
		{ "CAP_", -1 },
		{ "12", -1 },
		{ "NET_ADMIN=ep", -1 },
		{ "NET_ADMIN ", -1 },
		{ "NET_ADMI", -1 },
		{ "CAP_CAP_CHOWN", -1 },
		{ "ALL", -1 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		cr_expect_eq(caps_number(rows[i].name), rows[i].number, "'%s' is %d", rows[i].name,
			     caps_number(rows[i].name));
}

Test(caps, number_to_name_and_back)
{
	char name[32];

	cr_expect_str_eq(caps_name(CAP_NET_BIND_SERVICE, name), "NET_BIND_SERVICE");
	cr_expect_str_eq(caps_name(63, name), "63");
	for (int i = 0; i <= CAP_CHECKPOINT_RESTORE; i++)
		cr_expect_eq(caps_number(caps_name(i, name)), i, "%d is '%s'", i, name);
}

Test(caps, mask_of_names)
{
	scoped_strs struct strs names = { 0 };

	strs_add(&names, "CHOWN");
	strs_add(&names, "cap_sys_admin");
	cr_expect_eq(caps_mask_of(&names), BIT(CAP_CHOWN) | BIT(CAP_SYS_ADMIN));
}

/* A set of this process as the kernel shows it: "CapEff", "CapBnd", ... */
static caps_mask proc_caps(const char *key)
{
	scoped_file FILE *f = fopen("/proc/self/status", "re");
	char line[200];

	while (f && fgets(line, sizeof line, f))
		if (strncmp(line, key, strlen(key)) == 0)
			return strtoull(line + strlen(key) + 1, NULL, 16);
	return ~(caps_mask)0;
}

/* Run CHECK in a child; its exit status is the line that failed, 0 for none. */
static int in_child(int (*check)(void))
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0)
		_exit(check());
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

#define REQUIRE(cond)                                                                              \
	do {                                                                                       \
		if (!(cond))                                                                       \
			return __LINE__;                                                           \
	} while (0)

static const struct caps_sets two = {
	.bounding = BIT(CAP_NET_RAW) | BIT(CAP_CHOWN),
	.effective = BIT(CAP_NET_RAW),
	.permitted = BIT(CAP_NET_RAW) | BIT(CAP_CHOWN),
	.inheritable = BIT(CAP_CHOWN),
	.ambient = BIT(CAP_CHOWN),
};

static int exactly_two(void)
{
	REQUIRE(proc_caps("CapBnd:") == two.bounding);
	REQUIRE(proc_caps("CapPrm:") == two.permitted);
	REQUIRE(proc_caps("CapEff:") == two.effective);
	REQUIRE(proc_caps("CapInh:") == two.inheritable);
	REQUIRE(proc_caps("CapAmb:") == two.ambient);
	return 0;
}

static int as_root(void)
{
	struct err e = { 0 };
	caps_mask effective = 0;

	REQUIRE(caps_drop_bounding(two.bounding, &e) == 0);
	REQUIRE(caps_set(&two, &e) == 0);
	REQUIRE(caps_effective(&effective, &e) == 0 && effective == two.effective);
	return exactly_two();
}

static int as_another_user(void)
{
	struct err e = { 0 };

	REQUIRE(caps_drop_bounding(two.bounding, &e) == 0);
	REQUIRE(setgroups(0, NULL) == 0 && setresgid(77, 77, 77) == 0 &&
		setresuid(77, 77, 77) == 0);
	REQUIRE(proc_caps("CapEff:") == 0);
	REQUIRE(caps_set(&two, &e) == 0);
	return exactly_two();
}

static int without_one(void)
{
	const struct caps_sets all = { ~0ULL, ~0ULL, ~0ULL, ~0ULL, ~0ULL };
	struct err e = { 0 };
	caps_mask before;

	REQUIRE(caps_drop_bounding(~BIT(CAP_SYS_TIME), &e) == 0);
	REQUIRE(caps_set(&(struct caps_sets){ .permitted = ~BIT(CAP_SYS_BOOT), .effective = ~0ULL },
			 &e) == 0);
	before = proc_caps("CapPrm:");
	REQUIRE(!(before & BIT(CAP_SYS_BOOT)) && (before & BIT(CAP_SYS_TIME)));
	REQUIRE(caps_set(&all, &e) == 0);
	REQUIRE(proc_caps("CapPrm:") == before && proc_caps("CapEff:") == before);
	/* SYS_TIME is held, but outside of the bounding set it cannot become inheritable. */
	REQUIRE(proc_caps("CapInh:") == (before & ~BIT(CAP_SYS_TIME)));
	REQUIRE(proc_caps("CapAmb:") == (before & ~BIT(CAP_SYS_TIME)));
	return 0;
}

static int without_setpcap(void)
{
	struct err e = { 0 };

	REQUIRE(caps_set(&two, &e) == 0);
	REQUIRE(caps_drop_bounding(two.bounding, &e) == -1);
	REQUIRE(e.code == EPERM && strncmp(e.text, "drop capability ", 16) == 0);
	return 0;
}

Test(caps, sets_are_exact)
{
	if (geteuid() != 0)
		cr_skip_test("needs root");
	cr_expect_eq(in_child(as_root), 0, "failed at line %d", in_child(as_root));
	cr_expect_eq(in_child(as_another_user), 0, "failed at line %d", in_child(as_another_user));
}

Test(caps, what_is_not_held_is_left_out)
{
	if (geteuid() != 0)
		cr_skip_test("needs root");
	cr_expect_eq(in_child(without_one), 0, "failed at line %d", in_child(without_one));
}

Test(caps, refusal_is_told)
{
	if (geteuid() != 0)
		cr_skip_test("needs root");
	cr_expect_eq(in_child(without_setpcap), 0, "failed at line %d", in_child(without_setpcap));
}

Test(caps, words)
{
	scoped_str char *none = caps_words(0),
			*two_words = caps_words(BIT(CAP_CHOWN) | BIT(CAP_BPF));
	scoped_str char *unknown = caps_words(BIT(63));

	cr_expect_str_eq(none, "");
	cr_expect_str_eq(two_words, "CAP_CHOWN, CAP_BPF");
	cr_expect_str_eq(unknown, "CAP_63");
}

static int warnings(void)
{
	const caps_mask both = BIT(CAP_CHOWN) | BIT(CAP_SYS_TIME);
	const struct caps_sets sets = { .bounding = both,
					.permitted = both,
					.inheritable = BIT(CAP_CHOWN),
					.ambient = BIT(CAP_CHOWN) | BIT(CAP_SYS_TIME) };
	const struct caps_sets held = { .permitted = BIT(CAP_CHOWN) };
	struct strs all = { 0 }, some = { 0 }, none = { 0 };
	struct err e = { 0 };

	caps_warnings(&sets, true, &all);
	REQUIRE(all.n == 1);
	REQUIRE(strcmp(all.v[0], "ignoring ambient capabilities that are not permitted and "
				 "inheritable as well: CAP_SYS_TIME") == 0);
	REQUIRE(caps_set(&held, &e) == 0);
	caps_warnings(&sets, false, &some);
	REQUIRE(some.n == 1);
	REQUIRE(strcmp(some.v[0], "ignoring capabilities that nfrun itself does not have: "
				  "CAP_SYS_TIME") == 0);
	caps_warnings(&held, false, &none);
	REQUIRE(none.n == 0);
	strs_free(&all);
	strs_free(&some);
	return 0;
}

Test(caps, what_will_be_left_out_is_told)
{
	if (geteuid() != 0)
		cr_skip_test("needs root");
	cr_expect_eq(in_child(warnings), 0, "failed at line %d", in_child(warnings));
}
