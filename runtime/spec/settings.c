/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/spec/settings.h"
#include "runtime/base/scope.h"

#include <sched.h>
#include <stddef.h>
#include <string.h>

bool setting_is_name(const char *key)
{
	const char *separator = strchr(key, '/') ? "/" : ".";
	size_t parts = 0, len;

	if (key[strspn(key, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-/")])
		return false;
	for (;; key += len + 1) {
		len = strcspn(key, separator);
		if (len == 0 || (len <= 2 && strspn(key, ".") >= len))
			return false;
		parts++;
		if (key[len] == '\0')
			return parts > 1;
	}
}

/* Whether KEY is NAME, either with any separators; a NAME with one at its end is a prefix. */
static bool matches(const char *key, const char *name)
{
	for (; *key && *name; key++, name++)
		if (*key != *name && !(*key == '/' && *name == '.'))
			return false;
	return !*name && (!*key || name[-1] == '.');
}

int setting_namespace(const char *key)
{
	static const struct {
		const char *name;
		int namespace;
	} known[] = {
		{ "net.", CLONE_NEWNET },
		{ "fs.mqueue.", CLONE_NEWIPC },
		{ "kernel.msgmax", CLONE_NEWIPC },
		{ "kernel.msgmnb", CLONE_NEWIPC },
		{ "kernel.msgmni", CLONE_NEWIPC },
		{ "kernel.sem", CLONE_NEWIPC },
		{ "kernel.shmall", CLONE_NEWIPC },
		{ "kernel.shmmax", CLONE_NEWIPC },
		{ "kernel.shmmni", CLONE_NEWIPC },
		{ "kernel.shm_rmid_forced", CLONE_NEWIPC },
		{ "kernel.hostname", CLONE_NEWUTS },
		{ "kernel.domainname", CLONE_NEWUTS },
		{ "user.", CLONE_NEWUSER },
	};

	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (matches(key, known[i].name))
			return known[i].namespace;
	return 0;
}
