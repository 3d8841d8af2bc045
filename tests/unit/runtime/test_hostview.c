/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/hostview.h"
#include "tests/support/support.h"

#include <string.h>

static const char passwd_in[] = "root:secret:0:0:Jane Admin,,,555:/root:/usr/bin/zsh\n"
				"toor:x:0:0::/root:/bin/sh\n"
				"daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin\n"
				"frr:x:102:107:Frr,,,:/nonexistent:/usr/sbin/nologin\n"
				"jane:x:1000:1000:Jane:/home/jane:/bin/bash\n"
				"+nis::::::\n"
				"nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n";
static const char passwd_out[] = "root:*:0:0:root:/root:/bin/sh\n"
				 "daemon:*:1:1::/usr/sbin:/usr/sbin/nologin\n"
				 "frr:*:102:107::/nonexistent:/usr/sbin/nologin\n"
				 "nobody:*:65534:65534::/nonexistent:/usr/sbin/nologin\n";
static const char group_in[] = "root:x:0:jane\n"
			       "sudo:secret:27:jane\n"
			       "frrvty:x:106:jane,frr,daemon\n"
			       "jane:x:1000:\n";
static const char group_out[] = "root:*:0:\n"
				"sudo:*:27:\n"
				"frrvty:*:106:frr,daemon\n"
				"nogroup:*:65534:\n";

Test(hostview, keeps_the_packages_users_and_nobody_else)
{
	scoped_strs struct strs kept = { 0 };
	char *users = NULL, *groups = NULL;
	size_t n = 0;
	scoped_file FILE *from_users = fmemopen((void *)passwd_in, strlen(passwd_in), "r");
	scoped_file FILE *from_groups = fmemopen((void *)group_in, strlen(group_in), "r");
	FILE *to = open_memstream(&users, &n);

	hostview_passwd(from_users, to, &kept);
	fclose(to);
	cr_expect_str_eq(users, passwd_out);
	to = open_memstream(&groups, &n);
	hostview_group(from_groups, to, &kept);
	fclose(to);
	cr_expect_str_eq(groups, group_out);
	free(users);
	free(groups);
}

Test(hostview, has_root_and_nobody_on_a_host_without_lists)
{
	scoped_strs struct strs kept = { 0 };
	char *text = NULL;
	size_t n = 0;
	FILE *to = open_memstream(&text, &n);

	hostview_passwd(NULL, to, &kept);
	hostview_group(NULL, to, &kept);
	fclose(to);
	cr_expect_str_eq(text, "root:*:0:0:root:/root:/bin/sh\n"
			       "nobody:*:65534:65534::/nonexistent:/usr/sbin/nologin\n"
			       "root:*:0:\n"
			       "nogroup:*:65534:\n");
	free(text);
}
