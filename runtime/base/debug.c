/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/base/debug.h"

#include <stdio.h>
#include <time.h>

/* The log target: the one thing that may be global. */
static bool enabled;
static struct timespec last;

void debug_enable(bool on)
{
	enabled = on;
	clock_gettime(CLOCK_MONOTONIC, &last);
}

void debug_say(const char *what)
{
	struct timespec now;

	if (!enabled)
		return;
	clock_gettime(CLOCK_MONOTONIC, &now);
	dprintf(2, "nfrun: debug: %s: %.2f ms\n", what,
		(double)(now.tv_sec - last.tv_sec) * 1e3 +
			(double)(now.tv_nsec - last.tv_nsec) / 1e6);
	last = now;
}
