/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_CMD_CREATE_H
#define NFRUN_CMD_CREATE_H

/* What create and run have in common. */

#include "cmd/command.h"
#include "runtime/oci.h"

#define scoped_words scoped(oci_words_drop)

struct create_options {
	const char *bundle, *console_socket, *pidfd_socket, *pid_file;
	uint64_t preserve_fds;
	bool no_pivot, no_new_keyring;
};

#define CREATE_MEMBER(type, m) (offsetof(struct type, create) + offsetof(struct create_options, m))
/* Rows of a table whose struct TYPE has a struct create_options named create. */
#define CREATE_ROWS(type)                                                                          \
	{ "bundle", 'b',                                                                           \
	  "DIR",    "the bundle: config.json and what it names (default: .)",                      \
	  opt_text, CREATE_MEMBER(type, bundle),                                                   \
	  NULL },                                                                                  \
		{ "console-socket",                                                                \
		  0,                                                                               \
		  "PATH",                                                                          \
		  "a socket that is sent the terminal's master",                                   \
		  opt_text,                                                                        \
		  CREATE_MEMBER(type, console_socket),                                             \
		  NULL },                                                                          \
		{ "pidfd-socket",                                                                  \
		  0,                                                                               \
		  "PATH",                                                                          \
		  "a socket that is sent a pidfd of the process",                                  \
		  opt_text,                                                                        \
		  CREATE_MEMBER(type, pidfd_socket),                                               \
		  NULL },                                                                          \
		{ "pid-file", 0,                                                                   \
		  "FILE",     "write the process's pid there",                                     \
		  opt_text,   CREATE_MEMBER(type, pid_file),                                       \
		  NULL },                                                                          \
		{ "preserve-fds",                                                                  \
		  0,                                                                               \
		  "N",                                                                             \
		  "descriptors 3 to 2+N are for the process",                                      \
		  opt_unsigned,                                                                    \
		  CREATE_MEMBER(type, preserve_fds),                                               \
		  NULL },                                                                          \
		{ "no-pivot", 0,                                                                   \
		  NULL,       "move the root instead of pivot_root (on a ramdisk)",                \
		  opt_switch, CREATE_MEMBER(type, no_pivot),                                       \
		  NULL },                                                                          \
	{                                                                                          \
		"no-new-keyring", 0, NULL, "keep the caller's session keyring", opt_switch,        \
			CREATE_MEMBER(type, no_new_keyring), NULL                                  \
	}

/* Make absolute what is not, into strings that live as long as the process. */
int create_load(const struct invocation *in, const struct create_options *o, const char *config,
		struct oci_create *out, struct err *e);

/* All problems but the first, which is the error's, then the warnings, to stderr. */
void create_tell(const struct invocation *in, const struct oci_words *said);

#endif
