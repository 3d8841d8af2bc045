/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/claims.h"
#include "runtime/base/fs.h"
#include "runtime/base/scope.h"
#include "runtime/base/strs.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <limits.h>
#include <string.h>
#include <sys/file.h>

enum { PARENT_ATTEMPTS = 100 };

/* The owner as the link has it, in OUT of NAME_MAX + 1 bytes. */
static int claim_holder(int root, const char *path, char *out, struct err *e)
{
	ssize_t n = readlinkat(root, path, out, NAME_MAX);

	if (n < 0)
		return err_set(e, errno, "read claim %s", path);
	out[n] = '\0';
	return 0;
}

/* Take PATH over from an owner that is gone. Two takers at a time are told apart by a lock. */
static int claim_take_over(int root, const char *path, const char *owner, char *holder,
			   struct err *e)
{
	scoped_fd int lock = fs_open_at(root, ".claims", O_RDONLY | O_DIRECTORY, 0, e);

	if (lock < 0)
		return -1;
	if (flock(lock, LOCK_EX) < 0)
		return err_set(e, errno, "lock .claims");
	if (claim_holder(root, path, holder, e) < 0)
		return -1;
	if (strcmp(holder, owner) == 0)
		return 0;
	if (faccessat(root, holder, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return err_tell(e, EEXIST, "%s is taken by '%s'", path + strlen(".claims/"),
				holder);
	if (unlinkat(root, path, 0) < 0 || symlinkat(owner, root, path) < 0)
		return err_set(e, errno, "take over claim %s", path);
	return 0;
}

static int make_parent(int root, const char *path, struct err *e)
{
	scoped_str char *parent = str_dup(path);

	*strrchr(parent, '/') = '\0';
	return fs_mkdirs_at(root, parent, 0700, e);
}

int claim_take(int root, const struct claim *c, struct strs *taken, char **holder, struct err *e)
{
	scoped_str char *path = str_printf(".claims/%s/%s", c->kind, c->key);
	char has[NAME_MAX + 1] = "";
	int r = symlinkat(c->owner, root, path);

	/* Again and again: a release removes folders that have become empty. */
	for (int i = 0; r < 0 && errno == ENOENT && i < PARENT_ATTEMPTS; i++) {
		if (make_parent(root, path, e) < 0)
			return -1;
		r = symlinkat(c->owner, root, path);
	}
	if (r < 0 && errno != EEXIST)
		return err_set(e, errno, "claim %s", path);
	if (r < 0 && claim_take_over(root, path, c->owner, has, e) < 0) {
		if (holder && e->code == EEXIST)
			*holder = str_dup(has);
		return -1;
	}
	strs_addf(taken, "%s/%s", c->kind, c->key);
	return 0;
}

int claim_slot(int root, const struct claim_range *r, struct strs *taken, uint32_t *slot,
	       struct err *e)
{
	for (uint32_t i = 0; i < r->count; i++) {
		char key[16];

		*slot = r->first + (r->hint % r->count + i) % r->count;
		snprintf(key, sizeof key, "%u", *slot);
		if (claim_take(root, &(struct claim){ r->kind, key, r->owner }, taken, NULL, e) ==
		    0)
			return 0;
		if (e->code != EEXIST)
			return -1;
	}
	return err_set(e, ENOSPC, "claim %s: all %u are taken", r->kind, r->count);
}

/* Folders that have become empty go, up to .claims itself. */
static void remove_parents(int root, char *path)
{
	for (char *slash = strrchr(path, '/'); slash; slash = strrchr(path, '/')) {
		*slash = '\0';
		if (unlinkat(root, path, AT_REMOVEDIR) < 0)
			break; /* ENOTEMPTY: in use */
	}
}

static bool is_of_kind(const char *claim, const char *kind)
{
	size_t n = kind ? strlen(kind) : 0;

	return !kind || (strncmp(claim, kind, n) == 0 && claim[n] == '/');
}

int claims_release(int root, const char *owner, const char *kind, struct strs *taken, struct err *e)
{
	struct strs kept = { 0 };
	int r = 0;

	for (size_t i = 0; i < taken->n; i++) {
		scoped_str char *path = str_printf(".claims/%s", taken->v[i]);
		char holder[NAME_MAX + 1];
		struct err gone = { 0 };

		if (!is_of_kind(taken->v[i], kind)) {
			strs_add(&kept, taken->v[i]);
			continue;
		}
		if (claim_holder(root, path, holder, &gone) < 0 || strcmp(holder, owner) != 0)
			continue;
		if (unlinkat(root, path, 0) < 0 && errno != ENOENT)
			r = err_set(e, errno, "release claim %s", path);
		remove_parents(root, path);
	}
	strs_free(taken);
	*taken = kept;
	return r;
}

int claims_sweep(const char *root_path, int root, const char *owner, struct err *e)
{
	scoped_str char *top = str_printf("%s/.claims", root_path);
	char *const tops[] = { top, NULL };
	scoped_strs struct strs found = { 0 };
	FTS *walk = fts_open(tops, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	char holder[NAME_MAX + 1];
	const FTSENT *f;

	if (!walk)
		return err_set(e, errno, "walk %s", top);
	while ((f = fts_read(walk))) {
		const char *claim = f->fts_path + strlen(top) + 1;
		scoped_str char *path = str_printf(".claims/%s", claim);
		struct err gone = { 0 };

		if ((f->fts_info == FTS_SL || f->fts_info == FTS_SLNONE) &&
		    claim_holder(root, path, holder, &gone) == 0 && strcmp(holder, owner) == 0)
			strs_add(&found, claim);
	}
	fts_close(walk);
	return claims_release(root, owner, NULL, &found, e);
}
