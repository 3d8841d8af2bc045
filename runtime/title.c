/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/title.h"
#include "runtime/base/fs.h"
#include "runtime/base/scope.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>

enum { ARG_START = 48, ARG_END = 49 }; /* fields of /proc/PID/stat: proc(5) */

/* The memory that the kernel shows as the command line; false: not known. */
static bool command_line(char **start, size_t *size)
{
	scoped_str char *stat = NULL;
	struct err ignored = { 0 };

	if (fs_read_at(AT_FDCWD, "/proc/self/stat", &stat, NULL, &ignored) < 0)
		return false;

	/* Behind the name in brackets, which may hold anything, comes field 3. */
	const char *at = strrchr(stat, ')');
	uintptr_t field[ARG_END + 1] = { 0 };
	for (int i = 3; at && i <= ARG_END; i++) {
		at = strchr(at + 1, ' ');
		if (at)
			field[i] = strtoull(at + 1, NULL, 10);
	}
	if (field[ARG_START] == 0 || field[ARG_END] <= field[ARG_START])
		return false;
	*start = (char *)field[ARG_START]; /* NOLINT(performance-no-int-to-ptr): our own memory */
	*size = field[ARG_END] - field[ARG_START];
	return true;
}

void title_set(const char *text)
{
	char *start;
	size_t size;

	(void)prctl(PR_SET_NAME, text); /* cut by the kernel */
	if (!command_line(&start, &size))
		return;

	size_t n = strnlen(text, size - 1);
	memset(start, 0, size);
	memcpy(start, text, n);
}
