/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/spec/mount_words.h"
#include "runtime/base/scope.h"

#include <linux/mount.h>
#include <string.h>
#include <sys/mount.h>

enum kind {
	SET,         /* bits of MOUNT_ATTR_* */
	CLEAR,       /* the same, taken away */
	ATIME,       /* one of MOUNT_ATTR__ATIME's values */
	NOT_ATIME,   /* that value no more: the kernel's usual one, relatime */
	PROPAGATION, /* MS_* */
	BIND,        /* bits: recursive */
	IDMAP,       /* bits: enum spec_idmapped */
	COPY_UP,
	NO_FOLLOW,
	REMOUNT,
	NOTHING,
	SUPER,
	GONE,
};

/* config.md, "Linux mount options", and what runc and crun know beyond it. */
static const struct word {
	const char *name;
	uint64_t bits;
	enum kind kind;
	bool below; /* of all mounts below it too */
	bool vnf;   /* a descriptor may have it */
} words[] = {
	{ .name = "async", .kind = SUPER },
	{ .name = "atime", .kind = NOT_ATIME, .bits = MOUNT_ATTR_NOATIME },
	{ .name = "bind", .kind = BIND, .bits = false },
	{ .name = "defaults", .kind = NOTHING },
	{ .name = "dest-nofollow", .kind = NO_FOLLOW },
	{ .name = "dev", .kind = CLEAR, .bits = MOUNT_ATTR_NODEV, .vnf = true },
	{ .name = "diratime", .kind = CLEAR, .bits = MOUNT_ATTR_NODIRATIME },
	{ .name = "dirsync", .kind = SUPER },
	{ .name = "exec", .kind = CLEAR, .bits = MOUNT_ATTR_NOEXEC, .vnf = true },
	{ .name = "idmap", .kind = IDMAP, .bits = SPEC_IDMAP_TOP },
	{ .name = "iversion", .kind = GONE },
	{ .name = "lazytime", .kind = SUPER },
	{ .name = "loud", .kind = NOTHING }, /* whether the kernel's log is told */
	{ .name = "mand", .kind = SUPER },
	{ .name = "noatime", .kind = ATIME, .bits = MOUNT_ATTR_NOATIME, .vnf = true },
	{ .name = "nodev", .kind = SET, .bits = MOUNT_ATTR_NODEV, .vnf = true },
	{ .name = "nodiratime", .kind = SET, .bits = MOUNT_ATTR_NODIRATIME, .vnf = true },
	{ .name = "noexec", .kind = SET, .bits = MOUNT_ATTR_NOEXEC, .vnf = true },
	{ .name = "noiversion", .kind = GONE },
	{ .name = "nolazytime", .kind = SUPER },
	{ .name = "nomand", .kind = SUPER },
	{ .name = "norelatime",
	  .kind = NOTHING }, /* mount(2): relatime is what there is without strictatime */
	{ .name = "nostrictatime", .kind = NOT_ATIME, .bits = MOUNT_ATTR_STRICTATIME },
	{ .name = "nosuid", .kind = SET, .bits = MOUNT_ATTR_NOSUID, .vnf = true },
	{ .name = "nosymfollow", .kind = SET, .bits = MOUNT_ATTR_NOSYMFOLLOW, .vnf = true },
	{ .name = "private", .kind = PROPAGATION, .bits = MS_PRIVATE },
	{ .name = "ratime", .kind = NOT_ATIME, .bits = MOUNT_ATTR_NOATIME, .below = true },
	{ .name = "rbind", .kind = BIND, .bits = true, .vnf = true },
	{ .name = "rdev", .kind = CLEAR, .bits = MOUNT_ATTR_NODEV, .below = true },
	{ .name = "rdiratime", .kind = CLEAR, .bits = MOUNT_ATTR_NODIRATIME, .below = true },
	{ .name = "relatime", .kind = ATIME, .bits = MOUNT_ATTR_RELATIME, .vnf = true },
	{ .name = "remount", .kind = REMOUNT },
	{ .name = "rexec", .kind = CLEAR, .bits = MOUNT_ATTR_NOEXEC, .below = true },
	{ .name = "ridmap", .kind = IDMAP, .bits = SPEC_IDMAP_RECURSIVE },
	{ .name = "rnoatime", .kind = ATIME, .bits = MOUNT_ATTR_NOATIME, .below = true },
	{ .name = "rnodev", .kind = SET, .bits = MOUNT_ATTR_NODEV, .below = true },
	{ .name = "rnodiratime", .kind = SET, .bits = MOUNT_ATTR_NODIRATIME, .below = true },
	{ .name = "rnoexec", .kind = SET, .bits = MOUNT_ATTR_NOEXEC, .below = true },
	{ .name = "rnorelatime", .kind = NOTHING },
	{ .name = "rnostrictatime",
	  .kind = NOT_ATIME,
	  .bits = MOUNT_ATTR_STRICTATIME,
	  .below = true },
	{ .name = "rnosuid", .kind = SET, .bits = MOUNT_ATTR_NOSUID, .below = true },
	{ .name = "rnosymfollow", .kind = SET, .bits = MOUNT_ATTR_NOSYMFOLLOW, .below = true },
	{ .name = "ro", .kind = SET, .bits = MOUNT_ATTR_RDONLY },
	{ .name = "rprivate", .kind = PROPAGATION, .bits = MS_PRIVATE | MS_REC },
	{ .name = "rrelatime", .kind = ATIME, .bits = MOUNT_ATTR_RELATIME, .below = true },
	{ .name = "rro", .kind = SET, .bits = MOUNT_ATTR_RDONLY, .below = true },
	{ .name = "rrw", .kind = CLEAR, .bits = MOUNT_ATTR_RDONLY, .below = true },
	{ .name = "rshared", .kind = PROPAGATION, .bits = MS_SHARED | MS_REC },
	{ .name = "rslave", .kind = PROPAGATION, .bits = MS_SLAVE | MS_REC },
	{ .name = "rstrictatime", .kind = ATIME, .bits = MOUNT_ATTR_STRICTATIME, .below = true },
	{ .name = "rsuid", .kind = CLEAR, .bits = MOUNT_ATTR_NOSUID, .below = true },
	{ .name = "rsymfollow", .kind = CLEAR, .bits = MOUNT_ATTR_NOSYMFOLLOW, .below = true },
	{ .name = "runbindable", .kind = PROPAGATION, .bits = MS_UNBINDABLE | MS_REC },
	{ .name = "rw", .kind = CLEAR, .bits = MOUNT_ATTR_RDONLY },
	{ .name = "shared", .kind = PROPAGATION, .bits = MS_SHARED },
	{ .name = "silent", .kind = NOTHING },
	{ .name = "slave", .kind = PROPAGATION, .bits = MS_SLAVE },
	{ .name = "src-nofollow", .kind = NO_FOLLOW },
	{ .name = "strictatime", .kind = ATIME, .bits = MOUNT_ATTR_STRICTATIME, .vnf = true },
	{ .name = "suid", .kind = CLEAR, .bits = MOUNT_ATTR_NOSUID, .vnf = true },
	{ .name = "symfollow", .kind = CLEAR, .bits = MOUNT_ATTR_NOSYMFOLLOW },
	{ .name = "sync", .kind = SUPER },
	{ .name = "tmpcopyup", .kind = COPY_UP },
	{ .name = "unbindable", .kind = PROPAGATION, .bits = MS_UNBINDABLE },
};

static const struct word *find(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (strcmp(words[i].name, name) == 0)
			return &words[i];
	return NULL;
}

/* *SET and *CLEAR as W says: of contrary words the last one counts. relatime is no bit but the
 * absence of the others, so it is told by clearing them. */
static void change_attrs(const struct word *w, uint64_t *set, uint64_t *clear)
{
	uint64_t mask = w->bits, on = w->kind == SET ? w->bits : 0;

	if (w->kind == NOT_ATIME && (*set & MOUNT_ATTR__ATIME & ~w->bits))
		return; /* it is another value already */
	if (w->kind == ATIME || w->kind == NOT_ATIME) {
		mask = MOUNT_ATTR__ATIME;
		on = w->kind == ATIME ? w->bits : 0;
	}
	*set = (*set & ~mask) | on;
	*clear = on ? *clear & ~mask : *clear | mask;
}

enum mount_word mount_word_set(const char *word, struct spec_mount *m)
{
	const struct word *w = find(word);

	if (!w)
		return MOUNT_WORD_UNKNOWN;
	switch (w->kind) {
	case SET:
	case CLEAR:
	case ATIME:
	case NOT_ATIME:
		change_attrs(w, w->below ? &m->rec_set : &m->attrs,
			     w->below ? &m->rec_clear : &m->attrs_clear);
		break;
	case PROPAGATION:
		m->propagation = w->bits;
		break;
	case BIND:
		free(m->type);
		m->type = str_dup("bind");
		m->recursive = m->recursive || w->bits;
		break;
	case IDMAP:
		m->idmapped = (enum spec_idmapped)w->bits;
		break;
	case COPY_UP:
		m->copy_up = true;
		break;
	case NO_FOLLOW:
		m->no_follow = true;
		break;
	case REMOUNT:
		m->remount = true;
		break;
	case SUPER:
		return MOUNT_WORD_SUPER;
	case GONE:
		return MOUNT_WORD_GONE;
	case NOTHING:
		break;
	}
	return MOUNT_WORD_DONE;
}

bool mount_word_apply(const char *word, uint64_t *attrs, bool *recursive)
{
	const struct word *w = find(word);
	uint64_t clear = 0;

	if (!w || !w->vnf)
		return false;
	if (w->kind == BIND)
		*recursive = *recursive || w->bits;
	else
		change_attrs(w, attrs, &clear);
	return true;
}

const char *const *mount_word_names(void)
{
	static const char *names[ARRAY_LEN(words) + 1]; /* filled with the same at each call */

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		names[i] = words[i].name;
	return names;
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
