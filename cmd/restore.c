/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/checkpoint.h"
#include "cmd/create.h"
#include "runtime/base/scope.h"
#include "runtime/oci_checkpoint.h"

struct restore_options {
	struct criu_wishes wishes;
	struct create_options create;
	bool detach, no_subreaper;
};

static int run(const struct invocation *in, struct err *e)
{
	const struct restore_options *o = in->options;
	scoped_words struct oci_words said = { 0 };
	struct oci_run how = { .detach = o->detach, .subreaper = !o->no_subreaper };

	if (create_load(in, &o->create, NULL, &how.create, e) < 0)
		return RUN_FAILED;
	int status = oci_restore(in->root, in->argv[0], &how, &o->wishes, &said, e);
	create_tell(in, &said);
	return status < 0 ? RUN_FAILED : status;
}

static const struct opt options[] = {
	CRIU_ROWS(restore_options),
	{ "bundle", 'b', "DIR", "the bundle: config.json and what it names (default: .)", opt_text,
	  CREATE_MEMBER(restore_options, bundle), NULL },
	{ "console-socket", 0, "PATH", "a socket that is sent the terminal's master", opt_text,
	  CREATE_MEMBER(restore_options, console_socket), NULL },
	{ "pid-file", 0, "FILE", "write the process's pid there", opt_text,
	  CREATE_MEMBER(restore_options, pid_file), NULL },
	{ "no-pivot", 0, NULL, "for runc's callers: CRIU makes the root its own way", opt_switch,
	  CREATE_MEMBER(restore_options, no_pivot), NULL },
	{ "detach", 'd', NULL, "return once it goes on", opt_switch,
	  offsetof(struct restore_options, detach), NULL },
	{ "no-subreaper", 0, NULL, "do not adopt what its processes leave behind", opt_switch,
	  offsetof(struct restore_options, no_subreaper), NULL },
	{ "lsm-profile", 0, "TYPE:NAME", "the process's profile, instead of the images'", opt_text,
	  WISH(restore_options, lsm_profile), NULL },
	{ "lsm-mount-context", 0, "LABEL", "the mounts' label, instead of the images'", opt_text,
	  WISH(restore_options, lsm_mount_context), NULL },
};

const struct command cmd_restore = {
	.name = "restore",
	.args = "ID",
	.summary = "continue an OCI container from the files of a checkpoint",
	.about =
		"Makes the container's group and network as the bundle's config.json says, and its "
		"processes as the images do. In the foreground it does what 'nfrun run' does." NEEDS_CRIU,
	.options = options,
	.n_options = ARRAY_LEN(options),
	.defaults = &(const struct restore_options){ .detach = false },
	.size = sizeof(struct restore_options),
	.min_args = 1,
	.max_args = 1,
	.hidden = CRIU_HIDDEN,
	.one_dash = true,
	.run = run,
};
