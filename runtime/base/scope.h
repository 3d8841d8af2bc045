/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_BASE_SCOPE_H
#define NFRUN_BASE_SCOPE_H

/* Ownership by scope: a variable declared scoped_* releases what it holds when it goes out of
 * scope. Initialise it at its declaration; hand it on with its _take. */

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define ARRAY_LEN(a) (sizeof(a) / sizeof *(a))

/* Close and forget: calling it twice, or on a -1, does nothing. */
static inline void fd_drop(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* Hand the descriptor to a new owner. */
static inline int fd_take(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

static inline void str_drop(char **s)
{
	free(*s);
	*s = NULL;
}

static inline char *str_take(char **s)
{
	char *taken = *s;

	*s = NULL;
	return taken;
}

static inline void file_drop(FILE **f)
{
	if (*f)
		fclose(*f);
	*f = NULL;
}

static inline void dir_drop(DIR **d)
{
	if (*d)
		closedir(*d);
	*d = NULL;
}

#define scoped(drop) __attribute__((cleanup(drop)))
#define scoped_fd    scoped(fd_drop)
#define scoped_str   scoped(str_drop)
#define scoped_file  scoped(file_drop)
#define scoped_dir   scoped(dir_drop)

#endif
