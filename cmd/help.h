/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_CMD_HELP_H
#define NFRUN_CMD_HELP_H

/* What the tables say about themselves. */

#include "cmd/command.h"

#include <stdio.h>

void help_usage(FILE *out, const struct command *c); /* one line; NULL: of nfrun as a whole */
void help_all(FILE *out);
void help_command(FILE *out, const struct command *c);

/* The sections SYNOPSIS, OPTIONS and COMMANDS of nfrun(1), in man(7)'s macros. */
void man_sections(FILE *out);

/* The completion for bash. */
void completion_bash(FILE *out);

#endif
