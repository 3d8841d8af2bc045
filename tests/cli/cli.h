/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_TESTS_CLI_H
#define NFRUN_TESTS_CLI_H

/* For the tests that run VNFs end to end, each in a HostTest. */

#include "tests/support/support.h"

#include <string.h>
#include <sys/mman.h>

/* A descriptor in memory, which leaves no file behind; its path is malloc'd. */
static inline char *descriptor(const char *name, const char *body)
{
	scoped_str char *text = str_printf("{ \"name\": \"%s\", %s }", name, body);
	int fd = memfd_create(name, MFD_CLOEXEC);

	cr_assert_geq(fd, 0);
	cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	return str_printf("/proc/%d/fd/%d", getpid(), fd);
}

/* The same, with a shell SCRIPT for the process, and MORE keys ("" or ", ..."). */
static inline char *shell_vnf(const char *name, const char *script, const char *more)
{
	scoped_str char *body = str_printf(
		"\"process\": { \"args\": [\"/bin/sh\", \"-c\", \"%s\"] } %s", script, more);

	return descriptor(name, body);
}

/* What jq says about the JSON of `nfrun VERB NAME`; malloc'd, without the newline. */
static inline char *ask(const char *verb, const char *name, const char *expression)
{
	scoped_run struct run r =
		run_cmd("bash", "-c",
			"set -o pipefail; \"$0\" $1 $2 $([ $1 = state ] || echo --format json) "
			"| jq -rc \"$3\"",
			nfrun_path(), verb, name, expression);

	cr_assert_eq(r.status, 0, "%s %s %s: %s", verb, name, expression, r.err);
	r.out[strcspn(r.out, "\n")] = '\0';
	return str_dup(r.out);
}

static inline bool says(const char *verb, const char *name, const char *expression,
			const char *want)
{
	scoped_str char *got = ask(verb, name, expression);

	return strcmp(got, want) == 0;
}

#define expect_says(verb, name, expression, want)                                                  \
	do {                                                                                       \
		scoped_str char *got_ = ask(verb, name, expression);                               \
		cr_expect_str_eq(got_, want, "%s of %s: %s is %s, wanted %s", verb, name,          \
				 expression, got_, want);                                          \
	} while (0)

static inline bool has(const char *text, const char *part)
{
	return strstr(text, part) != NULL;
}

#endif
