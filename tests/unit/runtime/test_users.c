/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/users.h"
#include "runtime/base/fs.h"
#include "tests/support/support.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

static char root[] = "/tmp/nfrun-users-XXXXXX";
static int fd = -1;

static void setup(void)
{
	cr_assert(mkdtemp(root) != NULL);
	scoped_str char *etc = str_printf("%s/etc", root);
	scoped_str char *passwd = str_printf("%s/etc/passwd", root);
	scoped_str char *group = str_printf("%s/etc/group", root);

	make_dirs(etc);
	write_text(passwd, "root:x:0:0:root:/root:/bin/sh\n"
			   "www:x:33:34:www:/var/www:/bin/false\n"
			   "homeless:x:40:41:::\n");
	write_text(group, "root:x:0:\nwww:x:34:\nadm:x:4:www\n");
	fd = open(root, O_PATH | O_CLOEXEC);
	cr_assert_geq(fd, 0);
}

static void cleanup(void)
{
	struct err e = { 0 };

	fd_drop(&fd);
	fs_remove_tree_at(AT_FDCWD, root, &e);
}

Test(users, finds_names_and_numbers, .init = setup, .fini = cleanup)
{
	static const struct {
		const char *who;
		uid_t uid;
		gid_t gid;
		const char *home;
	} rows[] = {
		{ NULL, 0, 0, "/root" },          { "root", 0, 0, "/root" },
		{ "www", 33, 34, "/var/www" },    { "33", 33, 34, "/var/www" },
		{ "www:adm", 33, 4, "/var/www" }, { "33:7", 33, 7, "/var/www" },
		{ "5000", 5000, 0, "/" },         { "5000:www", 5000, 34, "/" },
		{ "homeless", 40, 41, "/" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct user u __attribute__((cleanup(user_drop))) = { 0 };
		struct err e = { 0 };
		const char *who = rows[i].who ? rows[i].who : "NULL";

		cr_assert_eq(users_find(fd, rows[i].who, &u, &e), 0, "%s: %s", who, e.text);
		cr_expect_eq(u.uid, rows[i].uid, "%s: uid %u", who, u.uid);
		cr_expect_eq(u.gid, rows[i].gid, "%s: gid %u", who, u.gid);
		cr_expect_str_eq(u.home, rows[i].home, "%s: home %s", who, u.home);
	}
}

Test(users, says_which_name_is_missing, .init = setup, .fini = cleanup)
{
	static const struct {
		const char *who, *text;
	} rows[] = {
		{ "nobody", "user 'nobody' is not in the container's /etc/passwd" },
		{ "", "user '' is not in the container's /etc/passwd" },
		{ "-1", "user '-1' is not in the container's /etc/passwd" },
		{ "4294967295", "user '4294967295' is not in the container's /etc/passwd" },
		{ "www:", "group '' is not in the container's /etc/group" },
		{ "www:wheel", "group 'wheel' is not in the container's /etc/group" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct user u __attribute__((cleanup(user_drop))) = { 0 };
		struct err e = { 0 };

		cr_assert_eq(users_find(fd, rows[i].who, &u, &e), -1, "%s found", rows[i].who);
		cr_expect_str_eq(e.text, rows[i].text);
	}
}

Test(users, a_root_without_lists_knows_numbers_only)
{
	char empty[] = "/tmp/nfrun-users-XXXXXX";
	struct user u __attribute__((cleanup(user_drop))) = { 0 };
	struct user v __attribute__((cleanup(user_drop))) = { 0 };
	struct err e = { 0 };

	cr_assert(mkdtemp(empty) != NULL);
	scoped_fd int dir = open(empty, O_PATH | O_CLOEXEC);
	rmdir(empty);
	cr_assert_eq(users_find(dir, "7:8", &u, &e), 0, "%s", e.text);
	cr_expect(u.uid == 7 && u.gid == 8);
	cr_expect_eq(users_find(dir, "www", &v, &e), -1);
}

Test(users, finds_supplementary_groups, .init = setup, .fini = cleanup)
{
	scoped_strs struct strs names = { 0 };
	gid_t *gids = NULL;
	struct err e = { 0 };

	strs_add(&names, "adm");
	strs_add(&names, "99");
	cr_assert_eq(users_find_groups(fd, &names, &gids, &e), 0, "%s", e.text);
	cr_expect(gids[0] == 4 && gids[1] == 99);
	free(gids);
	strs_add(&names, "wheel");
	cr_expect_eq(users_find_groups(fd, &names, &gids, &e), -1);
}
