/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/command.h"
#include "runtime/base/scope.h"
#include "runtime/base/strs.h"
#include "runtime/oci.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>

static void pids_free(pid_t **pids)
{
	free(*pids);
}

struct ps_options {
	enum format format;
};

static void print_json(const pid_t *pids, size_t n)
{
	putchar('[');
	for (size_t i = 0; i < n; i++)
		printf("%s%d", i ? "," : "", pids[i]);
	puts("]");
}

/* The column of a ps(1) header whose title is PID; -1: it has none. */
static int pid_column(const char *header)
{
	scoped_str char *copy = str_dup(header);
	char *rest = NULL;
	int column = 0;

	for (char *w = strtok_r(copy, " \n", &rest); w; w = strtok_r(NULL, " \n", &rest), column++)
		if (strcmp(w, "PID") == 0)
			return column;
	return -1;
}

static pid_t pid_at(const char *line, int column)
{
	scoped_str char *copy = str_dup(line);
	char *rest = NULL, *w = strtok_r(copy, " \n", &rest);

	for (int i = 0; w && i < column; i++)
		w = strtok_r(NULL, " \n", &rest);
	return w ? (pid_t)strtol(w, NULL, 10) : 0;
}

static bool has(const pid_t *pids, size_t n, pid_t pid)
{
	for (size_t i = 0; i < n; i++)
		if (pids[i] == pid)
			return true;
	return false;
}

/* ps(1)'s own lines, those of the container. */
static int filter_ps(FILE *ps, const pid_t *pids, size_t n, struct err *e)
{
	scoped_str char *line = NULL;
	size_t size = 0;
	int column = -1;

	if (getline(&line, &size, ps) <= 0)
		return err_set(e, 0, "ps printed nothing");
	column = pid_column(line);
	if (column < 0)
		return err_set(e, 0,
			       "ps printed no column PID: it takes one to tell the container's "
			       "processes");
	fputs(line, stdout);
	while (getline(&line, &size, ps) > 0)
		if (has(pids, n, pid_at(line, column)))
			fputs(line, stdout);
	return 0;
}

/* As runc does: what ps(1) shows, its options the user's. */
static int print_table(const struct invocation *in, const pid_t *pids, size_t n, struct err *e)
{
	scoped_strs struct strs argv = { 0 };
	int ends[2], status = 0;

	strs_add(&argv, "ps");
	for (int i = 1; i < in->argc; i++)
		strs_add(&argv, in->argv[i]);
	if (in->argc == 1)
		strs_add(&argv, "-ef");
	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_set(e, errno, "make pipe");
	scoped_fd int reader = ends[0], writer = ends[1];

	fflush(stdout);
	pid_t pid = fork();
	if (pid < 0)
		return err_set(e, errno, "fork");
	if (pid == 0) {
		(void)dup2(writer, STDOUT_FILENO);
		execvp("ps", argv.v);
		_exit(127);
	}
	fd_drop(&writer);

	scoped_file FILE *out = fdopen(reader, "r");
	if (!out)
		return err_set(e, errno, "read from ps");
	(void)fd_take(&reader);
	int r = filter_ps(out, pids, n, e);
	file_drop(&out); /* else it could wait for us to read, as we do for its end */
	if (waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 127)
		return err_set(e, 0,
			       "there is no ps(1) on this host: install procps, or use "
			       "--format json");
	return r;
}

static int run(const struct invocation *in, struct err *e)
{
	const struct ps_options *o = in->options;
	scoped(pids_free) pid_t *pids = NULL;
	size_t n = 0;
	int r = oci_pids(in->root, in->argv[0], &pids, &n, e);

	if (r == 0 && o->format == FORMAT_JSON)
		print_json(pids, n);
	else if (r == 0)
		r = print_table(in, pids, n, e);
	return r < 0 ? err_wrap(e, "%s", in->argv[0]) : 0;
}

static const struct opt options[] = {
	{ "format", 'f', "FORMAT", "'table' for people, 'json': an array of pids", opt_format,
	  offsetof(struct ps_options, format), "table json" },
};

const struct command cmd_ps = {
	.name = "ps",
	.args = "ID [PS-OPTION...]",
	.summary = "list the processes of an OCI container",
	.about =
		"Lists the container's processes as ps(1) shows them; what stands behind ID goes to ps in place of\n"
		"-ef, and has to give a column PID. Options of nfrun stand before ID.",
	.options = options,
	.n_options = ARRAY_LEN(options),
	.defaults = &(const struct ps_options){ .format = FORMAT_TABLE },
	.size = sizeof(struct ps_options),
	.min_args = 1,
	.max_args = -1,
	.options_first = true,
	.completes = COMPLETE_NAME,
	.run = run,
};
