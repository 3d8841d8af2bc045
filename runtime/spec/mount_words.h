/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_SPEC_MOUNT_WORDS_H
#define NFRUN_SPEC_MOUNT_WORDS_H

/* Mount options as descriptors and config.json write them: one table for both. */

#include "runtime/spec/spec.h"

#include <stdbool.h>
#include <stdint.h>

/* Whether WORD is an option of a descriptor's mounts of any type ("noexec", "dev", "rbind"); if so
 * *ATTRS (MOUNT_ATTR_*) and *RECURSIVE are changed as it says. */
bool mount_word_apply(const char *word, uint64_t *attrs, bool *recursive);

/* Whether WORD is an option of tmpfs alone: "mode=1777", "uid=0", "gid=0", "nr_inodes=1000". */
bool mount_word_is_tmpfs(const char *word);

enum mount_word {
	MOUNT_WORD_UNKNOWN, /* the file system's own: "size=64k" */
	MOUNT_WORD_DONE,    /* M was changed as it says */
	MOUNT_WORD_SUPER,   /* of a file system as a whole: "sync", by the kernel's own name */
	MOUNT_WORD_GONE,    /* the kernel's mount interface has no such thing */
};

/* An option of config.json. "bind" and "rbind" make M's type "bind"; of contrary words the last one
 * counts. */
enum mount_word mount_word_set(const char *word, struct spec_mount *m);

/* All that mount_word_set knows, ended by NULL. */
const char *const *mount_word_names(void);

#endif
