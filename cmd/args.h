/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_CMD_ARGS_H
#define NFRUN_CMD_ARGS_H

/* Options by table, on top of getopt_long(3). */

#include "cmd/command.h"

struct opt_set { /* a table and the struct it fills */
	const struct opt *options;
	size_t n;
	void *values;
};

/* Parse ARGV (argv[0] is skipped) against all SETS together. The arguments that are no options end
 * up last, from the returned index on; with OPTIONS_FIRST the first of them ends the options. -1: a
 * usage error, and E says which. */
struct args {
	const struct opt_set *sets;
	size_t n_sets;
	bool options_first;
	bool one_dash; /* "-name" is "--name", unless it is a row of letters */
};
int args_parse(const struct args *a, int argc, char **argv, struct err *e);

/* Free what the loaders of repeatable options gathered. */
void args_drop(const struct opt_set *s);

/* The candidate that WORD was likely meant to be, or NULL. */
const char *suggest(const char *word, const char *const *candidates, size_t n);

#endif
