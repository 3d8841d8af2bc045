/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_BASE_STRS_H
#define NFRUN_BASE_STRS_H

#include "runtime/base/scope.h"

#include <stdarg.h>
#include <stddef.h>

/* An owned list of strings. v is NULL-terminated once it is not empty, so it serves as an argv;
 * a zeroed struct is the empty list. */
struct strs {
	char **v;
	size_t n;
};

/* Memory for a few strings and small structs is taken as given: these abort when it is not, as
 * there is nothing a caller could undo better than process exit does. */
void *mem_alloc(size_t size);                     /* zeroed, never NULL */
void *mem_grow(void *old, size_t n, size_t size); /* reallocarray */
char *str_dup(const char *s);                     /* NULL stays NULL */
char *str_vprintf(const char *fmt, va_list ap) __attribute__((format(printf, 1, 0)));
char *str_printf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

void strs_add(struct strs *s, const char *text); /* copies */
void strs_addf(struct strs *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void strs_copy(struct strs *to, const struct strs *from); /* TO is overwritten */
int strs_has(const struct strs *s, const char *text);
void strs_free(struct strs *s); /* leaves the empty list */

/* Environments: entries of MORE replace those of the same name, as execve(2) keeps both and
 * getenv(3) finds the first. */
void env_merge(struct strs *to, const struct strs *more);

#define scoped_strs scoped(strs_free)

#endif
