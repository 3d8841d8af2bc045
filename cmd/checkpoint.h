/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_CMD_CHECKPOINT_H
#define NFRUN_CMD_CHECKPOINT_H

/* What checkpoint and restore have in common. */

#include "cmd/command.h"
#include "runtime/criu.h"

opt_load opt_groups; /* enum criu_groups */

#define WISH(type, m) (offsetof(struct type, wishes) + offsetof(struct criu_wishes, m))
/* Rows of a table whose struct TYPE has a struct criu_wishes named wishes. */
#define CRIU_ROWS(type)                                                                             \
	{ "image-path", 0,                                                                          \
	  "DIR",        "where the images are (default: checkpoint)",                               \
	  opt_text,     WISH(type, image_path),                                                     \
	  NULL },                                                                                   \
		{ "work-path", 0,                                                                   \
		  "DIR",       "where CRIU writes its log (default: with the images)",              \
		  opt_text,    WISH(type, work_path),                                               \
		  NULL },                                                                           \
		{ "tcp-established",           0,   NULL, "allow open TCP connections", opt_switch, \
		  WISH(type, tcp_established), NULL },                                              \
		{ "ext-unix-sk", 0,                                                                 \
		  NULL,          "allow Unix sockets with a peer outside",                          \
		  opt_switch,    WISH(type, ext_unix_sk),                                           \
		  NULL },                                                                           \
		{ "shell-job", 0,                                                                   \
		  NULL,        "allow processes that belong to the caller's terminal",              \
		  opt_switch,  WISH(type, shell_job),                                               \
		  NULL },                                                                           \
		{ "file-locks",           0,   NULL, "allow file locks", opt_switch,                \
		  WISH(type, file_locks), NULL },                                                   \
		{ "manage-cgroups-mode",                                                            \
		  0,                                                                                \
		  "MODE",                                                                           \
		  "'soft', 'full', 'strict' or 'ignore'",                                           \
		  opt_groups,                                                                       \
		  WISH(type, groups),                                                               \
		  "soft full strict ignore" },                                                      \
		{ "empty-ns", 0,                                                                    \
		  "TYPE",     "'network', which always is left out",                                \
		  opt_list,   WISH(type, empty_ns),                                                 \
		  NULL },                                                                           \
		{ "auto-dedup",           0,   NULL, "free what a later image repeats", opt_switch, \
		  WISH(type, auto_dedup), NULL },                                                   \
	{                                                                                           \
		"lazy-pages", 0, NULL, "refused, as libcriu has no word for it", opt_switch,        \
			WISH(type, lazy_pages), NULL                                                \
	}

/* What a build cannot do does not stand among the verbs that help shows. */
#ifdef NFRUN_CRIU
#define CRIU_HIDDEN false
#define NEEDS_CRIU  "\n\nNeeds CRIU: the program criu, and its library."
#else
#define CRIU_HIDDEN true
#define NEEDS_CRIU                                                                                 \
	"\n\nThis build cannot: it has no CRIU. Build nfrun where libcriu is installed (Debian: "  \
	"apt-get install criu libprotobuf-c-dev)."
#endif

#endif
