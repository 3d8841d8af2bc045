/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/descriptor.h"
#include "runtime/base/fs.h"
#include "runtime/base/strs.h"
#include "runtime/devices.h"
#include "runtime/spec/oci_write.h"
#include "runtime/spec/spec.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

struct spec_options {
	const char *bundle, *vnf;
	bool rootless;
};

/* NULL and nothing in E: descriptor_load has said why. */
static char *vnf_document(const struct invocation *in, const char *file, struct err *e)
{
	struct vnf *v = descriptor_load(in, file);
	char *text = NULL;

	if (!v)
		return NULL;

	struct spec *s = vnf_expand(v);
	if (!v->has_devices || devices_allow(s, e) == 0)
		text = oci_write(s);
	spec_free(s);
	vnf_free(v);
	return text;
}

static int write_bundle(const char *bundle, const char *text, struct err *e)
{
	scoped_str char *path =
		bundle ? str_printf("%s/config.json", bundle) : str_dup("config.json");
	scoped_fd int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	size_t len = strlen(text);

	if (fd < 0 && errno == EEXIST)
		return err_set(e, 0, "%s is there already: remove it first", path);
	if (fd < 0)
		return err_set(e, errno, "make %s", path);

	ssize_t n = write(fd, text, len);
	if (n < 0 || (size_t)n < len)
		return err_set(e, n < 0 ? errno : ENOSPC, "write %s", path);
	return 0;
}

static int run(const struct invocation *in, struct err *e)
{
	const struct spec_options *o = in->options;
	const struct oci_default how = { o->rootless, geteuid(), getegid() };
	scoped_str char *text = NULL;

	if (o->vnf && o->rootless) {
		err_set(e, 0, "--rootless goes with the default document, not with --vnf");
		return RUN_USAGE;
	}
	text = o->vnf ? vnf_document(in, o->vnf, e) : oci_write_default(&how);
	if (!text)
		return *e->text ? RUN_FAILED : 1; /* and why has been said */
	if (o->vnf && !o->bundle) {
		fputs(text, stdout);
		return 0;
	}
	return write_bundle(o->bundle, text, e) < 0 ? RUN_FAILED : 0;
}

static const struct opt options[] = {
	{ "bundle", 'b', "DIR", "write to config.json in there (default: here)", opt_text,
	  offsetof(struct spec_options, bundle), NULL },
	{ "rootless", 0, NULL, "a document for a caller who is not root", opt_switch,
	  offsetof(struct spec_options, rootless), NULL },
	{ "vnf", 0, "FILE", "the equivalent of this descriptor, printed unless there is a bundle",
	  opt_text, offsetof(struct spec_options, vnf), NULL },
};
static const struct spec_options defaults = { 0 };

const struct command cmd_spec = {
	.name = "spec",
	.args = "",
	.summary = "write the config.json of a new bundle",
	.about =
		"Writes a config.json to start from: sh on a terminal, in the root file system rootfs/ beside\n"
		"it. A file that is there already is not touched.\n"
		"\n"
		"With --vnf the document is what 'nfrun start FILE' would run, for callers that know OCI\n"
		"bundles only. What OCI has no words for is in annotations; docs/oci-vnf.md tells of them.\n"
		"Restart policy, stop signal and log settings stay behind: these are the caller's.\n"
		"\n"
		"  nfrun spec --vnf edge-fw.json --bundle /srv/edge-fw\n"
		"  nfrun run --bundle /srv/edge-fw edge-fw",
	.options = options,
	.n_options = ARRAY_LEN(options),
	.defaults = &defaults,
	.size = sizeof defaults,
	.max_args = 0,
	.unprivileged = true,
	.run = run,
};
