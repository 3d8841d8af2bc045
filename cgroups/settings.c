/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroups/settings.h"
#include "cgroups/group.h"
#include "runtime/base/fs.h"
#include "runtime/base/units.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>

static void add(struct settings *s, const struct setting *it)
{
	s->v = mem_grow(s->v, s->n + 1, sizeof *s->v);
	s->v[s->n++] = *it;
}

void settings_add(struct settings *s, const char *dir, const char *file, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	char *text = str_vprintf(fmt, ap);
	va_end(ap);
	add(s, &(struct setting){ .path = str_printf("%s/%s", dir, file), .text = text });
}

void settings_add_keyed(struct settings *s, const char *path, const char *key, const char *value,
			const char *none)
{
	add(s, &(struct setting){
		       .path = str_dup(path),
		       .text = str_printf("%s %s", key, value),
		       .key = str_dup(key),
		       .none = none,
	       });
}

void settings_add_bare(struct settings *s, const char *dir, const char *file, const char *key,
		       const char *value)
{
	add(s, &(struct setting){
		       .path = str_printf("%s/%s", dir, file),
		       .text = str_dup(value),
		       .key = str_dup(key),
		       .none = value, /* it cannot be missing */
		       .bare = true,
	       });
}

void settings_add_word(struct settings *s, const char *dir, const char *file, const char *word,
		       setting_check *check)
{
	add(s, &(struct setting){
		       .path = str_printf("%s/%s", dir, file),
		       .text = str_dup(word),
		       .check = check,
		       .word = true,
	       });
}

void settings_add_lines(struct settings *s, const char *dir, const char *file, const char *text)
{
	scoped_str char *copy = str_dup(text);
	char *rest = copy, *line;

	while ((line = strsep(&rest, "\n"))) {
		if (!*line && *text)
			continue; /* the last newline */
		add(s, &(struct setting){
			       .path = str_printf("%s/%s", dir, file),
			       .text = str_dup(line),
			       .blind = true,
		       });
	}
}

void settings_drop(struct settings *s)
{
	for (size_t i = 0; i < s->n; i++) {
		free(s->v[i].path);
		free(s->v[i].text);
		free(s->v[i].old);
		free(s->v[i].key);
	}
	free(s->v);
	*s = (struct settings){ 0 };
}

/* --- back --- */

char *settings_old_line(const char *old, const char *key, const char *none)
{
	size_t len = strlen(key);

	for (const char *line = old; line && *line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, key, len) == 0 && line[len] == ' ')
			return str_printf("%.*s", (int)strcspn(line, "\n"), line);
	}
	return str_printf("%s %s", key, none);
}

static int write_lines(const char *path, const char *text, struct err *e)
{
	scoped_str char *copy = str_dup(text);
	char *rest = copy, *line;

	while ((line = strsep(&rest, "\n")))
		if (*line && fs_write_at(AT_FDCWD, path, line, e) < 0)
			return -1;
	return 0;
}

static int put_back(struct setting *s, struct err *e)
{
	if (!s->old)
		return 0;
	if (s->word)
		s->old[strcspn(s->old, " \n")] = '\0';
	if (!s->key)
		return s->blind ? write_lines(s->path, s->old, e)
				: fs_write_at(AT_FDCWD, s->path, s->old, e);

	scoped_str char *line = settings_old_line(s->old, s->key, s->none);
	return fs_write_at(AT_FDCWD, s->path, line + (s->bare ? strlen(s->key) + 1 : 0), e);
}

static void put_back_first(struct settings *s, size_t n, struct err *e)
{
	while (n-- > 0) {
		struct err failed = { 0 };

		if (put_back(&s->v[n], &failed) < 0)
			err_wrap(e, "%s could not be put back (%s)", s->v[n].path,
				 strerror(failed.code)); /* NOLINT(concurrency-mt-unsafe) */
	}
}

void settings_put_back(struct settings *s, struct err *e)
{
	put_back_first(s, s->n, e);
}

/* --- forth --- */

static bool is_idle(const char *dir)
{
	scoped_str char *path = str_printf("%s/cpu.idle", dir), *text = NULL;
	struct err missing = { 0 };

	return fs_read_at(AT_FDCWD, path, &text, NULL, &missing) == 0 && *text == '1';
}

static int explain_invalid(const struct setting *s, const char *dir, const char *file,
			   struct err *e)
{
	if (strncmp(file, "cpu.rt_", 7) == 0)
		return err_wrap(e, "the groups above have to grant as much in their own %s", file);
	if ((strcmp(file, "cpu.weight") == 0 || strcmp(file, "cpu.shares") == 0) && is_idle(dir))
		return err_set(e, EINVAL,
			       "set %s to %s: the group is idle (cpu.idle 1), which has no weight: "
			       "set cpu.idle to 0 too",
			       s->path, s->text);
	return -1;
}

/* v1 only: v2 kills where it cannot reclaim. */
static int explain_busy(const struct setting *s, const char *dir, const char *file, struct err *e)
{
	bool both = strncmp(file, "memory.memsw.", 13) == 0;
	scoped_str char *path = str_printf("%s/memory.%susage_in_bytes", dir, both ? "memsw." : "");
	scoped_str char *used = NULL;
	struct err missing = { 0 };
	char size[16];

	if (fs_read_at(AT_FDCWD, path, &used, NULL, &missing) < 0)
		return -1;
	return err_set(e, EBUSY,
		       "set %s to %s: more than that is in use (%s) and cannot be reclaimed",
		       s->path, s->text, size_format(strtoull(used, NULL, 10), size));
}

static int explain(const struct setting *s, struct err *e)
{
	const char *file = strrchr(s->path, '/') + 1;
	scoped_str char *dir = dir_above(s->path);

	if (e->code == ENOENT && access(dir, F_OK) == 0)
		return err_set(e, ENOENT, "this kernel has no %s, which would hold that limit",
			       s->path);
	if (e->code == EBUSY && strncmp(file, "memory.", 7) == 0)
		return explain_busy(s, dir, file, e);
	if (e->code == EINVAL)
		return explain_invalid(s, dir, file, e);
	if ((e->code == ENODEV || e->code == ENXIO) && s->key)
		return err_wrap(e, "no such device %s", s->key);
	return -1;
}

static int remember(struct setting *it, struct err *e)
{
	struct err failed = { 0 };

	if (fs_read_at(AT_FDCWD, it->path, &it->old, NULL, &failed) == 0)
		return 0;
	it->old = NULL;
	if (it->blind && failed.code != ENOENT)
		return 0;
	*e = failed;
	return -1;
}

int settings_write(struct settings *s, bool undo, struct err *e)
{
	for (size_t i = 0; i < s->n; i++) {
		struct setting *it = &s->v[i];

		bool known = !undo || it->once || remember(it, e) == 0;
		bool written = known && fs_write_at(AT_FDCWD, it->path, it->text, e) == 0;
		if (written && (!it->check || it->check(it, e) == 0))
			continue;
		if (!written)
			(void)(known && it->why ? it->why(it, e) : explain(it, e));
		if (undo)
			put_back_first(s, written ? i + 1 : i, e);
		return -1;
	}
	return 0;
}
