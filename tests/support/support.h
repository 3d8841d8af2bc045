/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_TESTS_SUPPORT_H
#define NFRUN_TESTS_SUPPORT_H

/* Helpers that every test may use. All of them end the test with a message when they cannot do what
 * they are for, so callers need not check. */

#include "runtime/base/scope.h"
#include "runtime/base/strs.h"

#include <criterion/criterion.h>
#include <stdbool.h>
#include <stdint.h>

/* --- skipping --- */

/* Go on only when COND holds. NFRUN_MUST_RUN=1 (scripts/test and CI set it) turns the skip into a
 * failure, so that nothing passes by not being run. */
void skip_unless(bool cond, const char *why);
void need_root(void);

/* --- files --- */

/* A file's text without its last newline; the caller frees. */
char *read_text(const char *path);
/* The lines of a list as one text, without a last newline; the caller frees. */
char *lines_joined(const struct strs *lines);
/* Make or replace a file; its directory has to be there. */
void write_text(const char *path, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void make_dirs(const char *path); /* mkdir -p */

/* --- time --- */

int64_t now_ms(void); /* CLOCK_MONOTONIC */
void sleep_ms(int ms);

/* True as soon as COND is, false when it still is not after TIMEOUT_MS. COND is evaluated again and
 * again, every 10 ms. */
#define wait_until(cond, timeout_ms)                                                               \
	({                                                                                         \
		int64_t wait_end_ = now_ms() + (timeout_ms);                                       \
		bool wait_ok_;                                                                     \
		while (!(wait_ok_ = (cond)) && now_ms() < wait_end_)                               \
			sleep_ms(10);                                                              \
		wait_ok_;                                                                          \
	})

/* --- running programs --- */

struct run {
	int status; /* exit status; 128 + signal; -1: killed by us after the time-out */
	char *out;  /* what it wrote, never NULL, the last newline kept */
	char *err;
};
void run_drop(struct run *r);
#define scoped_run scoped(run_drop)

struct run_how {
	const char *input; /* stdin's content; NULL: /dev/null */
	const char *const
		*env;   /* "KEY=value" added to the environment, NULL at the end; may be NULL */
	int timeout_ms; /* 0: 30 s */
};

/* Run ARGV to its end and collect what it writes. The test fails when a process it left behind
 * still holds its stdout or stderr a while after its end: a caller in a pipe would hang there. */
struct run run_program(const char *const *argv, const struct run_how *how);
const char *nfrun_path(void); /* $NFRUN, else the dev preset's */

/* scoped_run struct run r = run_nfrun("list", "--format", "json"); */
#define run_nfrun(...) run_program((const char *const[]){ nfrun_path(), __VA_ARGS__, NULL }, NULL)
#define run_nfrun_with(how, ...)                                                                   \
	run_program((const char *const[]){ nfrun_path(), __VA_ARGS__, NULL }, how)
#define run_cmd(...) run_program((const char *const[]){ __VA_ARGS__, NULL }, NULL)
/* The same for commands that have to succeed. */
#define must_run(...)       run_must((const char *const[]){ __VA_ARGS__, NULL })
#define must_run_nfrun(...) run_must((const char *const[]){ nfrun_path(), __VA_ARGS__, NULL })
void run_must(const char *const *argv);

/* --- a host of one's own --- */

/* The test process leaves for a network namespace (lo up) and a mount namespace of its own that
 * play the host; the machine's links and mounts are out of reach from then on. Needs root. */
void host_netns(void);

/* All of a test's world: host_netns(), a state root of its own (a tmpfs below /run, removed
 * afterwards; NFRUN_ROOT names it), every orphan below it becomes its child. Usually by way of
 * HostTest. */
void host_begin(void);
const char *host_root(void);
/* The census equals the one that host_begin took, or the test fails and says what was left. */
void host_end(void);
/* Kill and remove what is left, without judging: Criterion's .fini. After a crash or a time-out,
 * which skip it, scripts/test does it. */
void host_clean(void);

/* Test() inside such a world, with the census before and after. An assertion that fails in a .fini
 * is not counted by Criterion 2.4, so the comparison is part of the test itself. */
#define HostTest(suite, name, ...) HostTestWithin(120, suite, name, ##__VA_ARGS__)
/* The same for one that may take more SECONDS than that. */
#define HostTestWithin(seconds, suite, name, ...)                                                  \
	static void suite##_##name##_body(void);                                                   \
	Test(suite, name, .fini = host_clean, .timeout = seconds, ##__VA_ARGS__)                   \
	{                                                                                          \
		host_begin();                                                                      \
		suite##_##name##_body();                                                           \
		host_end();                                                                        \
	}                                                                                          \
	static void suite##_##name##_body(void)

/* --- census: what there is that nfrun could leave behind --- */

/* One line each, sorted: links of this network namespace, mounts of this mount namespace and those
 * of the machine below our state root, control groups of our state root, processes below this one,
 * files of our state root. */
void census_take(struct strs *out);
/* "+ link br-lan\n- ..." for what is in one only; NULL when there is no difference. The caller
 * frees. */
char *census_diff(const struct strs *before, const struct strs *after);

#endif
