/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_BASE_FS_H
#define NFRUN_BASE_FS_H

#include "runtime/base/err.h"

#include <stddef.h>
#include <sys/types.h>

/* Files relative to an open directory (AT_FDCWD works too). Paths in errors are as given. */

/* The whole of a file as a string of its own, NUL-terminated; *LEN (may be NULL) without the NUL.
 * Works on kernel files, whose size is not known beforehand. At most 16 MiB. */
int fs_read_at(int dir, const char *path, char **text, size_t *len, struct err *e);

/* Of what is open already, from where it stands; NAME is for errors. */
int fs_read_fd(int fd, const char *name, char **text, size_t *len, struct err *e);

/* For a path of the caller's: "/dev/stdin", "/proc/self/fd/3" and their like also where the
 * descriptor is a socket, which the kernel does not open by name (ENXIO, open(2)). */
int fs_open_given(const char *path, int flags, mode_t mode, struct err *e);
int fs_read_given(const char *path, char **text, size_t *len, struct err *e);

/* Write VALUE to an existing file in one write(2), as kernel files want it. */
int fs_write_at(int dir, const char *path, const char *value, struct err *e);

/* Replace a file as a whole: written beside it, then renamed over it. Readers see the old or the
 * new content, never a part. Not synced to disk: for state below /run. */
int fs_replace_at(int dir, const char *path, const char *text, size_t len, mode_t mode,
		  struct err *e);

/* mkdir -p; what exists is left as it is. */
int fs_mkdirs_at(int dir, const char *path, mode_t mode, struct err *e);

/* rm -rf of PATH below DIR, following no symbolic link; gone already is fine. */
int fs_remove_tree_at(int dir, const char *path, struct err *e);

/* Open a directory by path, O_PATH or readable as FLAGS says; O_CLOEXEC is added. */
int fs_open_at(int dir, const char *path, int flags, mode_t mode, struct err *e);

/* openat2(2) with RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS: PATH, symbolic links in it included, is
 * resolved as if DIR were the root. O_CLOEXEC is added. */
int fs_open_in_root(int root, const char *path, int flags, mode_t mode, struct err *e);

/* mkdir -p inside ROOT, symbolic links resolved inside ROOT, those that lead to nothing too;
 * returns an O_PATH descriptor of the last directory. */
int fs_mkdirs_in_root(int root, const char *path, mode_t mode, struct err *e);

#endif
