/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_BASE_DEBUG_H
#define NFRUN_BASE_DEBUG_H

#include <stdbool.h>

/* --debug: what is done, on stderr, each line with the milliseconds since the one before. */
void debug_enable(bool on);
void debug_say(const char *what);

#endif
