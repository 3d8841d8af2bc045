/* SPDX-License-Identifier: Apache-2.0 */
/* Which descriptors go with a process. */
#include "runtime/process_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum { KEEP_MAX = 8, HANDED_MAX = 4096 };

static int compare_fds(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

static int close_from_to(unsigned first, unsigned last, struct err *e)
{
	if (first > last || close_range(first, last, 0) == 0)
		return 0;
	return err_set(e, errno, "close descriptors %u..%u", first, last);
}

int process_close_from(unsigned first, const int *keep, size_t n, struct err *e)
{
	int sorted[KEEP_MAX];
	unsigned next = first;

	if (n > KEEP_MAX)
		return err_set(e, E2BIG, "keep %zu descriptors", n);
	if (n > 0) {
		memcpy(sorted, keep, n * sizeof *sorted);
		qsort(sorted, n, sizeof *sorted, compare_fds);
	}
	for (size_t i = 0; i < n; i++) {
		if (sorted[i] < (int)next)
			continue;
		if ((unsigned)sorted[i] > next &&
		    close_from_to(next, (unsigned)sorted[i] - 1, e) < 0)
			return -1;
		next = (unsigned)sorted[i] + 1;
	}
	return close_from_to(next, UINT_MAX, e);
}

int process_close_all_but(const int *keep, size_t n, struct err *e)
{
	return process_close_from(STDERR_FILENO + 1, keep, n, e);
}

/* As sd_listen_fds(3): 0 unless they are meant for this very process. */
static unsigned listen_fds(void)
{
	const char *pid = getenv("LISTEN_PID"), *n = getenv("LISTEN_FDS");
	char *end = NULL;

	if (!pid || !n || strtol(pid, NULL, 10) != getpid())
		return 0;
	unsigned long number = strtoul(n, &end, 10);
	return *end || number > HANDED_MAX ? 0 : (unsigned)number;
}

int process_keep_fds(unsigned preserved, struct strs *env, unsigned *first, struct err *e)
{
	unsigned activated = env ? listen_fds() : 0, begin = STDERR_FILENO + 1;

	if (preserved > HANDED_MAX)
		return err_set(e, 0, "preserve %u descriptors: at most %d", preserved, HANDED_MAX);
	*first = begin + activated + preserved;
	for (unsigned fd = begin; fd < *first; fd++)
		if (fcntl((int)fd, F_GETFD) < 0)
			return err_tell(e, EBADF,
					"descriptor %u is to be handed to the container, but the "
					"caller has not opened it",
					fd);
	if (activated > 0) {
		strs_addf(env, "LISTEN_FDS=%u", activated);
		strs_add(env, "LISTEN_PID=1");
	}
	return 0;
}
