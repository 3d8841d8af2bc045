/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_CMD_ROOT_H
#define NFRUN_CMD_ROOT_H

#include "runtime/base/err.h"

/* The one spelling of a state root: absolute, without symbolic links, whether it exists yet or not.
 * The names of links and groups hash it, so two spellings would be two roots. Malloc'd. */
int root_resolve(const char *path, char **out, struct err *e);

/* PATH from the working directory on; nothing is resolved. Malloc'd. */
int path_absolute(const char *path, char **out, struct err *e);

#endif
