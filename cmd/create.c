/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/create.h"
#include "cmd/root.h"
#include "runtime/base/scope.h"

struct options_of_create {
	struct create_options create;
};

int create_load(const struct invocation *in, const struct create_options *o, const char *config,
		struct oci_create *out, struct err *e)
{
	static char *bundle; /* for the process's whole life, as argv is */

	str_drop(&bundle);
	if (path_absolute(o->bundle ? o->bundle : ".", &bundle, e) < 0)
		return err_wrap(e, "--bundle");
	if (driver_systemd(in->globals) && oci_systemd_check(e) < 0)
		return err_wrap(e, "%s", driver_systemd(in->globals));
	*out = (struct oci_create){
		.bundle = bundle,
		.config = config,
		.console_socket = o->console_socket,
		.pid_file = o->pid_file,
		.pidfd_socket = o->pidfd_socket,
		.preserve_fds = (unsigned)o->preserve_fds,
		.how = {
			.rootless = in->globals->rootless,
			.no_pivot = o->no_pivot,
			.no_new_keyring = o->no_new_keyring,
			.no_cgroup = in->globals->cgroups == CGROUPS_DISABLED,
			.systemd = driver_systemd(in->globals) != NULL,
		},
	};
	return 0;
}

void create_tell(const struct invocation *in, const struct oci_words *said)
{
	for (size_t i = 1; i < said->problems.n; i++) {
		struct err e = { 0 };

		err_set(&e, 0, "%s", said->problems.v[i]);
		complain(in, &e);
	}
	for (size_t i = 0; i < said->warnings.n; i++)
		warn(in->argv[0], said->warnings.v[i]);
}

static int run(const struct invocation *in, struct err *e)
{
	const struct options_of_create *o = in->options;
	scoped_words struct oci_words said = { 0 };
	struct oci_create how;

	if (create_load(in, &o->create, NULL, &how, e) < 0)
		return RUN_FAILED;
	int r = oci_create(in->root, in->argv[0], &how, &said, e);
	create_tell(in, &said);
	return r < 0 ? RUN_FAILED : 0;
}

static const struct opt options[] = { CREATE_ROWS(options_of_create) };

const struct command cmd_create = {
	.name = "create",
	.args = "ID",
	.summary = "make an OCI container from a bundle",
	.about =
		"Makes a container as the bundle's config.json says (OCI runtime-spec 1.3), up to the state\n"
		"created: all but its process, which 'nfrun start ID' starts. It has the caller's stdin, stdout and\n"
		"stderr, or a terminal whose other end goes to --console-socket.",
	.options = options,
	.n_options = ARRAY_LEN(options),
	.defaults = &(const struct options_of_create){ .create = { .bundle = NULL } },
	.size = sizeof(struct options_of_create),
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
