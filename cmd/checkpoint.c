/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/checkpoint.h"
#include "cmd/create.h"
#include "runtime/base/scope.h"
#include "runtime/oci_checkpoint.h"

#include <string.h>

struct checkpoint_options {
	struct criu_wishes wishes;
	uint64_t status_fd;
};

int opt_groups(const char *text, void *member, struct err *e)
{
	static const char *const words[] = { [CRIU_GROUPS_SOFT] = "soft",
					     [CRIU_GROUPS_FULL] = "full",
					     [CRIU_GROUPS_STRICT] = "strict",
					     [CRIU_GROUPS_IGNORE] = "ignore" };

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (strcmp(text, words[i]) == 0) {
			*(enum criu_groups *)member = (enum criu_groups)i;
			return 0;
		}
	return err_set(e, 0, "must be 'soft', 'full', 'strict' or 'ignore'");
}

static int run(const struct invocation *in, struct err *e)
{
	const struct checkpoint_options *o = in->options;
	scoped_words struct oci_words said = { 0 };
	struct criu_wishes w = o->wishes;

	w.has_status_fd = o->status_fd != UINT64_MAX;
	int r = oci_checkpoint(in->root, in->argv[0], &w, &said.warnings, e);
	create_tell(in, &said);
	return r < 0 ? RUN_FAILED : 0;
}

#define OWN(m) WISH(checkpoint_options, m)
static const struct opt options[] = {
	CRIU_ROWS(checkpoint_options),
	{ "parent-path", 0, "DIR", "an earlier pre-dump, relative to the images", opt_text,
	  OWN(parent_path), NULL },
	{ "leave-running", 0, NULL, "let it go on afterwards", opt_switch, OWN(leave_running),
	  NULL },
	{ "tcp-skip-in-flight", 0, NULL, "pass over TCP connections that are being made",
	  opt_switch, OWN(tcp_skip_in_flight), NULL },
	{ "link-remap", 0, NULL, "allow open files that have been deleted", opt_switch,
	  OWN(link_remap), NULL },
	{ "page-server", 0, "ADDRESS:PORT", "send the memory there", opt_text, OWN(page_server),
	  NULL },
	{ "pre-dump", 0, NULL, "memory only, and let it go on: a later checkpoint is quicker",
	  opt_switch, OWN(pre_dump), NULL },
	{ "status-fd", 0, "FD", "refused, as it belongs to --lazy-pages", opt_unsigned,
	  offsetof(struct checkpoint_options, status_fd), NULL },
};
#undef OWN

const struct command cmd_checkpoint = {
	.name = "checkpoint",
	.args = "ID",
	.summary = "save a running OCI container into files",
	.about =
		"Writes the state of all its processes into image files and, unless told otherwise, ends "
		"and deletes the container; 'nfrun restore' continues it. Its links are not part of the "
		"images: restore makes them anew." NEEDS_CRIU,
	.options = options,
	.n_options = ARRAY_LEN(options),
	.defaults = &(const struct checkpoint_options){ .status_fd = UINT64_MAX },
	.size = sizeof(struct checkpoint_options),
	.min_args = 1,
	.max_args = 1,
	.hidden = CRIU_HIDDEN,
	.one_dash = true,
	.completes = COMPLETE_NAME,
	.run = run,
};
