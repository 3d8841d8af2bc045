/* SPDX-License-Identifier: Apache-2.0 */
/* Units of systemd by name, as runc's callers give them (its docs/systemd.md). */
#include "cgroups/systemd.h"

#include <errno.h>
#include <string.h>

static bool ends_with(const char *text, const char *end)
{
	size_t n = strlen(text), m = strlen(end);

	return n > m && strcmp(text + n - m, end) == 0;
}

static int err_path(const char *path, struct err *e)
{
	return err_set(e, EINVAL,
		       "cgroups path '%s': the systemd driver wants SLICE:PREFIX:NAME, such as "
		       "machine.slice:libpod:web (a path of directories is for cgroupfs)",
		       path);
}

/* Each prefix of the name up to a '-' is a slice that holds the next (systemd.slice(5)). */
char *slice_expand(const char *slice, struct err *e)
{
	scoped_str char *path = str_dup("");

	if (strcmp(slice, "-") == 0 || strcmp(slice, "-.slice") == 0)
		return str_take(&path);
	if (!ends_with(slice, ".slice") || strchr(slice, '/') || *slice == '-' ||
	    strstr(slice, "--") || strstr(slice, "-.slice")) {
		err_set(e, EINVAL,
			"'%s' is not the name of a slice: words with '-' between them, and "
			".slice at the end",
			slice);
		return NULL;
	}

	const char *dot = slice + strlen(slice) - strlen(".slice");
	for (const char *at = slice; at < dot; at++) {
		at += strcspn(at, "-");
		if (at > dot)
			at = dot;

		char *longer = str_printf("%s%s%.*s.slice", path, *path ? "/" : "",
					  (int)(at - slice), slice);
		str_drop(&path);
		path = longer;
	}
	return str_take(&path);
}

int unit_names(const char *path, char **slice, char **unit, struct err *e)
{
	const char *prefix = strchr(path, ':');
	const char *name = prefix ? strchr(prefix + 1, ':') : NULL;

	if (!name || strchr(name + 1, ':') || strchr(path, '/'))
		return err_path(path, e);
	if (!name[1])
		return err_set(e, EINVAL, "cgroups path '%s': NAME is empty", path);
	if (ends_with(name + 1, ".slice"))
		return err_set(e, EINVAL,
			       "cgroups path '%s': a container is a scope; a slice holds groups "
			       "and no processes",
			       path);

	int len = (int)(name - prefix - 1);
	*slice = prefix == path ? str_dup("system.slice")
				: str_printf("%.*s", (int)(prefix - path), path);
	*unit = str_printf("%.*s-%s.scope", len, prefix + 1, name + 1);
	return 0;
}
