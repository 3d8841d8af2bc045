/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_SPEC_MOUNT_WORDS_H
#define NFRUN_SPEC_MOUNT_WORDS_H

/* Mount options as descriptors write them. */

#include <stdbool.h>
#include <stdint.h>

/* Whether WORD is an option of mounts of any type ("noexec", "dev", "rbind"); if so *ATTRS
 * (MOUNT_ATTR_*) and *RECURSIVE are changed as it says. */
bool mount_word_apply(const char *word, uint64_t *attrs, bool *recursive);

/* Whether WORD is an option of tmpfs alone: "mode=1777", "uid=0", "gid=0", "nr_inodes=1000". */
bool mount_word_is_tmpfs(const char *word);

#endif
