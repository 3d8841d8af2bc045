/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_RUNTIME_HOSTVIEW_H
#define NFRUN_RUNTIME_HOSTVIEW_H

#include "runtime/base/err.h"
#include "runtime/base/strs.h"

#include <stdio.h>

/* Write etc/passwd and etc/group below ROOT: root, nobody, and the users and groups that the
 * packages of the host made (of etc/passwd and etc/group below HOST those with ids below 1000). The
 * host's people stay out, and so do all passwords. */
int hostview_users(int host, int root, struct err *e);

/* The text of it. FROM may be NULL. The names that went into passwd are added to KEPT; they alone
 * stay members of groups. */
void hostview_passwd(FILE *from, FILE *to, struct strs *kept);
void hostview_group(FILE *from, FILE *to, const struct strs *kept);

#endif
