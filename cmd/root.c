/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/root.h"
#include "runtime/base/strs.h"

#include <errno.h>
#include <string.h>

/* The deepest part of PATH that exists is resolved; the rest, which will be made, is put behind it.
 */
static char *resolve_existing(char *path)
{
	scoped_str char *real = realpath(path, NULL);

	if (real)
		return str_take(&real);
	if (errno != ENOENT)
		return NULL;

	char *slash = strrchr(path, '/');
	*slash = '\0';
	real = resolve_existing(*path ? path : (char[]){ "/" });
	if (!real)
		return NULL;
	return str_printf("%s/%s", strcmp(real, "/") == 0 ? "" : real, slash + 1);
}

int path_absolute(const char *path, char **out, struct err *e)
{
	scoped_str char *cwd = *path == '/' ? str_dup("") : getcwd(NULL, 0);

	if (!cwd)
		return err_set(e, errno, "find the working directory, for %s", path);

	char *absolute = strcmp(path, ".") == 0
				 ? str_dup(cwd)
				 : str_printf("%s%s%s", cwd, *path == '/' ? "" : "/", path);
	for (size_t n = strlen(absolute); n > 1 && absolute[n - 1] == '/'; n--)
		absolute[n - 1] = '\0';
	*out = absolute;
	return 0;
}

int root_resolve(const char *path, char **out, struct err *e)
{
	scoped_str char *absolute = NULL;

	if (!*path)
		return err_set(e, 0, "the state root must not be empty");
	if (path_absolute(path, &absolute, e) < 0)
		return err_wrap(e, "state root");
	*out = resolve_existing(absolute);
	if (!*out)
		return err_set(e, errno, "state root %s", path);
	return 0;
}
