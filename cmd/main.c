/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/args.h"
#include "cmd/command.h"
#include "cmd/help.h"
#include "cmd/log.h"
#include "cmd/root.h"
#include "runtime/base/debug.h"
#include "runtime/base/strs.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

enum { EXIT_FAILED = 1, EXIT_USAGE = 2 };

/* The error printer. VERB is NULL before one is known. */
static void print_error(const char *verb, const struct err *e)
{
	fflush(stdout); /* what went before the error stands before it in a common log */
	fprintf(stderr, "nfrun: %s%s%s%s%s\n", verb ? verb : "", verb ? ": " : "", e->text,
		err_colon(e), err_cause(e));
}

void complain_more(const struct invocation *in, const struct err *e)
{
	print_error(in->command->name, e);
}

void complain(const struct invocation *in, const struct err *e)
{
	print_error(in->command->name, e);
	log_error(in->globals, e);
}

void warn(const char *about, const char *text)
{
	fflush(stdout);
	fprintf(stderr, "nfrun: warning: %s: %s\n", about, text);
}

static int usage_error(const struct command *c, const struct globals *g, const struct err *e)
{
	print_error(c ? c->name : NULL, e);
	log_error(g, e);
	help_usage(stderr, c);
	fprintf(stderr, "Try 'nfrun %s%s--help'.\n", c ? c->name : "", c ? " " : "");
	return EXIT_USAGE;
}

static int check_arguments(const struct command *c, int n, char **argv, struct err *e)
{
	if (n < c->min_args)
		return err_set(e, 0, "expected %s", c->args);
	if (c->max_args >= 0 && n > c->max_args)
		return err_set(e, 0, "unexpected argument '%s'", argv[c->max_args]);
	return 0;
}

/* All but the verbs that only read a file or the tables. */
static int check_privilege(const struct command *c, struct err *e)
{
	if (c->unprivileged || geteuid() == 0)
		return 0;
	return err_set(e, 0,
		       "must be run as root: network functions get namespaces, links and control "
		       "groups of their own; try 'sudo nfrun %s'",
		       c->name);
}

static int run_command(const struct invocation *in, struct err *e)
{
	int status = in->command->run(in, e);

	if (status == RUN_USAGE)
		return usage_error(in->command, in->globals, e);
	if (status >= 0)
		return status;
	complain(in, e);
	return EXIT_FAILED;
}

/* The verb with its options loaded into VALUES. ARGV[0] is the verb. */
static int dispatch(const struct command *c, struct globals *g, void *values, int argc, char **argv)
{
	size_t n_globals;
	const struct opt *global_rows = global_options(&n_globals);
	struct err e = { 0 };
	struct opt_set sets[] = { { c->options, c->n_options, values },
				  { global_rows, n_globals - 1, g } };
	struct args a = { sets, ARRAY_LEN(sets), c->options_first, c->one_dash };
	int first = args_parse(&a, argc, argv, &e);

	if (first < 0)
		return usage_error(c, g, &e);
	if (g->help) {
		help_command(stdout, c);
		return 0;
	}
	if (check_arguments(c, argc - first, argv + first, &e) < 0)
		return usage_error(c, g, &e);

	scoped_str char *root = NULL;
	struct invocation in = { .command = c,
				 .globals = g,
				 .options = values,
				 .argc = argc - first,
				 .argv = argv + first };

	debug_enable(g->debug);
	if (log_open(g, &e) < 0 || check_privilege(c, &e) < 0 ||
	    root_resolve(g->root, &root, &e) < 0) {
		complain(&in, &e);
		return EXIT_FAILED;
	}
	in.root = root;
	return run_command(&in, &e);
}

static int unknown_verb(const struct globals *g, const char *word)
{
	const char *meant = command_suggest(word);
	struct err e = { 0 };

	if (meant)
		err_set(&e, 0, "unknown verb '%s'; did you mean '%s'?", word, meant);
	else
		err_set(&e, 0, "unknown verb '%s'", word);
	return usage_error(NULL, g, &e);
}

static int run_verb(struct globals *g, int argc, char **argv)
{
	const struct command *c = command_find(argv[0]);

	if (!c)
		return unknown_verb(g, argv[0]);

	void *values = mem_alloc(c->size);
	if (c->size)
		memcpy(values, c->defaults, c->size);

	int status = dispatch(c, g, values, argc, argv);
	args_drop(&(struct opt_set){ c->options, c->n_options, values });
	free(values);
	return status;
}

static int run_line(struct globals *g, int argc, char **argv)
{
	size_t n_globals;
	const struct opt *global_rows = global_options(&n_globals);
	struct opt_set set = { global_rows, n_globals, g };
	struct err e = { 0 };
	int first = args_parse(&(struct args){ &set, 1, true, false }, argc, argv, &e);

	if (first < 0)
		return usage_error(NULL, g, &e);
	if (g->help) {
		help_all(stdout);
		return 0;
	}
	if (g->version) {
		/* "NAME version NUMBER": dockerd and podman take it apart at the word "version",
		 * go-runc (which wants runc's own name) passes over it, people can read it. */
		puts("nfrun version " NFRUN_VERSION "\nspec: 1.3.0");
		return 0;
	}
	if (first == argc) {
		help_all(stderr);
		return EXIT_USAGE;
	}
	return run_verb(g, argc - first, argv + first);
}

/* A caller may have closed any of them; the next file opened would then be written to as our
 * output, and the supervisor would take its descriptor for one of these. */
static void fill_standard_descriptors(void)
{
	int fd;

	do
		/* no CLOEXEC: they are for what exec starts, too.
		 * NOLINTNEXTLINE(android-cloexec-open) */
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd > STDERR_FILENO)
		close(fd);
}

int main(int argc, char **argv)
{
	const char *from_env = getenv("NFRUN_ROOT");
	struct globals g = { .root = from_env && *from_env ? from_env : "/run/nfrun" };
	struct err e = { 0 };

	fill_standard_descriptors();
	/* A caller that ignores it would have our children reaped by the kernel, and their ends
	 * lost. */
	(void)signal(SIGCHLD, SIG_DFL);

	int status = run_line(&g, argc, argv);

	/* What could not be written was not said. */
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	err_set(&e, errno, "write to standard output");
	print_error(NULL, &e);
	return status ? status : EXIT_FAILED;
}
