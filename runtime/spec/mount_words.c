/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/spec/mount_words.h"
#include "runtime/base/scope.h"

#include <linux/mount.h>
#include <string.h>

static const struct {
	const char *name;
	uint64_t set, clear;
	bool recursive;
} words[] = {
	{ .name = "nosuid", .set = MOUNT_ATTR_NOSUID },
	{ .name = "suid", .clear = MOUNT_ATTR_NOSUID },
	{ .name = "nodev", .set = MOUNT_ATTR_NODEV },
	{ .name = "dev", .clear = MOUNT_ATTR_NODEV },
	{ .name = "noexec", .set = MOUNT_ATTR_NOEXEC },
	{ .name = "exec", .clear = MOUNT_ATTR_NOEXEC },
	{ .name = "noatime", .set = MOUNT_ATTR_NOATIME, .clear = MOUNT_ATTR__ATIME },
	{ .name = "relatime", .set = MOUNT_ATTR_RELATIME, .clear = MOUNT_ATTR__ATIME },
	{ .name = "strictatime", .set = MOUNT_ATTR_STRICTATIME, .clear = MOUNT_ATTR__ATIME },
	{ .name = "nodiratime", .set = MOUNT_ATTR_NODIRATIME },
	{ .name = "nosymfollow", .set = MOUNT_ATTR_NOSYMFOLLOW },
	{ .name = "rbind", .recursive = true },
};

bool mount_word_apply(const char *word, uint64_t *attrs, bool *recursive)
{
	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if (strcmp(words[i].name, word) != 0)
			continue;
		*attrs = (*attrs & ~words[i].clear) | words[i].set;
		*recursive = *recursive || words[i].recursive;
		return true;
	}
	return false;
}

bool mount_word_is_tmpfs(const char *word)
{
	static const struct {
		const char *prefix, *digits;
		size_t max;
	} values[] = {
		{ "mode=", "01234567", 4 },
		{ "uid=", "0123456789", 9 },
		{ "gid=", "0123456789", 9 },
		{ "nr_inodes=", "0123456789", 9 },
	};

	for (size_t i = 0; i < ARRAY_LEN(values); i++) {
		size_t len = strlen(values[i].prefix);

		if (strncmp(word, values[i].prefix, len) != 0)
			continue;
		word += len;
		return *word && strlen(word) <= values[i].max &&
		       !word[strspn(word, values[i].digits)];
	}
	return false;
}
