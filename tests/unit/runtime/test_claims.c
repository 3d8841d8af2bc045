/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/base/fs.h"
#include "runtime/base/scope.h"
#include "runtime/base/strs.h"
#include "runtime/claims.h"
#include "tests/support/support.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

static char dir_path[] = "/tmp/nfrun-claims-XXXXXX";
static int root = -1;

static void setup(void)
{
	cr_assert(mkdtemp(dir_path));
	root = open(dir_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cr_assert(mkdirat(root, "a", 0700) == 0 && mkdirat(root, "b", 0700) == 0);
}

static void teardown(void)
{
	struct err e = { 0 };

	fs_remove_tree_at(AT_FDCWD, dir_path, &e);
	fd_drop(&root);
}

TestSuite(claims, .init = setup, .fini = teardown);

static int take(const char *key, const char *owner, struct strs *taken, char **holder,
		struct err *e)
{
	return claim_take(root, &(struct claim){ "ip/br0", key, owner }, taken, holder, e);
}

Test(claims, one_owner_at_a_time)
{
	scoped_strs struct strs a = { 0 }, b = { 0 };
	scoped_str char *holder = NULL;
	struct err e = { 0 };

	cr_assert_eq(take("10.0.0.1", "a", &a, NULL, &e), 0, "%s", e.text);
	cr_assert_eq(take("10.0.0.1", "a", &a, NULL, &e), 0, "the same owner again");
	cr_assert_eq(take("10.0.0.1", "b", &b, &holder, &e), -1);
	cr_assert_eq(e.code, EEXIST);
	cr_assert_str_eq(holder, "a");
	cr_assert_eq(b.n, 0);
	cr_assert_eq(claims_release(root, "a", NULL, &a, &e), 0);
	cr_assert_eq(a.n, 0);
	cr_assert_eq(take("10.0.0.1", "b", &b, NULL, &e), 0);
}

Test(claims, void_when_the_owner_is_gone)
{
	scoped_strs struct strs a = { 0 }, b = { 0 };
	struct err e = { 0 };

	cr_assert_eq(take("10.0.0.1", "a", &a, NULL, &e), 0);
	cr_assert_eq(unlinkat(root, "a", AT_REMOVEDIR), 0);
	cr_assert_eq(take("10.0.0.1", "b", &b, NULL, &e), 0, "%s", e.text);

	/* The late owner gives back nothing that is not its own. */
	cr_assert_eq(claims_release(root, "a", NULL, &a, &e), 0);
	cr_assert_eq(take("10.0.0.1", "c", &a, NULL, &e), -1);
}

Test(claims, slots_go_round_and_run_out)
{
	scoped_strs struct strs a = { 0 };
	const struct claim_range r = { "ids", "a", 5, 10, 3 };
	const struct claim_range other = { "ids", "b", 5, 10, 3 };
	static const uint32_t want[] = { 12, 10, 11 };
	struct err e = { 0 };
	uint32_t slot = 0;

	for (size_t i = 0; i < ARRAY_LEN(want); i++) {
		/* Each by an owner of its own: the same owner would get its slot again. */
		char owner[8];
		snprintf(owner, sizeof owner, "o%zu", i);
		cr_assert_eq(mkdirat(root, owner, 0700), 0);
		struct claim_range mine = r;
		mine.owner = owner;
		cr_assert_eq(claim_slot(root, &mine, &a, &slot, &e), 0, "%s", e.text);
		cr_expect_eq(slot, want[i]);
	}
	cr_expect_eq(claim_slot(root, &other, &a, &slot, &e), -1);
	cr_expect_eq(e.code, ENOSPC);
}

Test(claims, release_of_one_kind_keeps_the_others)
{
	scoped_strs struct strs a = { 0 };
	struct err e = { 0 };

	cr_assert_eq(take("10.0.0.1", "a", &a, NULL, &e), 0);
	cr_assert_eq(claim_take(root, &(struct claim){ "ids", "8", "a" }, &a, NULL, &e), 0);
	cr_assert_eq(claims_release(root, "a", "ip", &a, &e), 0);
	cr_assert_eq(a.n, 1);
	cr_assert_str_eq(a.v[0], "ids/8");
}
