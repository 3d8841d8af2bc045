/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_RUNTIME_HOOKS_H
#define NFRUN_RUNTIME_HOOKS_H

/* OCI hooks: runtime-spec config.md, "POSIX-platform Hooks".
 *
 * Where they run is up to the caller, who is already there. As runc does: prestart, createRuntime,
 * poststart and poststop in the bundle; createContainer in the directory of the root, before pivot;
 * startContainer in the process's cwd, inside. */

#include "runtime/base/err.h"
#include "runtime/spec/spec.h"

/* "createRuntime" */
const char *hook_kind_name(enum spec_hook_kind kind);

/* Run the hooks in order, each to its end; the first that fails ends it, and E says "hook 0
 * (/path): exited with 1, saying: ..."; the caller puts "run createRuntime" before it. A hook gets
 * STATE_JSON on stdin, its own args and env and no other, default signals, no descriptor but 0 to
 * 2, and CWD (NULL: the caller's directory). What it writes goes nowhere; the last of it is in the
 * error. One that runs past its timeout is killed, it alone. Processes that it leaves behind are
 * not waited for, not even when they hold its stdout. SIGCHLD may be ignored by the caller. */
int hooks_run(const struct spec_hooks *h, const char *state_json, const char *cwd, struct err *e);

/* The I-th alone: for poststop, where the specification wants a failure warned of and the next ones
 * run all the same. */
int hooks_run_one(const struct spec_hooks *h, size_t i, const char *state_json, const char *cwd,
		  struct err *e);

#endif
