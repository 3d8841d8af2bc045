/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_RUNTIME_USERS_H
#define NFRUN_RUNTIME_USERS_H

/* Users and groups as a container's own /etc/passwd and /etc/group name them. ROOT is a descriptor
 * of the container's root directory (for a process inside: of "/"); the files are opened within it,
 * and the host's name service is never asked. */

#include "runtime/base/err.h"
#include "runtime/base/strs.h"

#include <stddef.h>
#include <sys/types.h>

struct user {
	uid_t uid;
	gid_t gid;
	char *home; /* "/" for an id that /etc/passwd does not list */
};

/* WHO is "user" or "user:group", each a name or a number; NULL is root. Without a group it is the
 * user's own one, 0 for a number that /etc/passwd does not list. A name that is not there is an
 * error. The caller drops OUT, also after an error. */
int users_find(int root, const char *who, struct user *out, struct err *e);
void user_drop(struct user *u);

/* A group by name or number. */
int users_find_group(int root, const char *group, gid_t *gid, struct err *e);

/* All of NAMES, each a name or a number, into a malloc'd *GIDS of NAMES->n; the caller frees. */
int users_find_groups(int root, const struct strs *names, gid_t **gids, struct err *e);

#endif
