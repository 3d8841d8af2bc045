/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/descriptor.h"
#include "cmd/foreground.h"
#include "cmd/view.h"
#include "runtime/base/strs.h"
#include "runtime/oci.h"

#include <errno.h>
#include <string.h>

struct start_options {
	bool foreground;
};

struct job {
	const char *name;
	struct vnf *vnf; /* NULL: again, from the record */
	int ticket;
	bool failed;
};

struct jobs {
	struct job *v;
	size_t n;
};

static void jobs_drop(struct jobs *j)
{
	for (size_t i = 0; i < j->n; i++) {
		vnf_free(j->v[i].vnf);
		fd_drop(&j->v[i].ticket);
	}
	free(j->v);
}

/* Every other failure to look at it is a reason not to start it, too. */
static int check_stopped(const struct invocation *in, const char *name, struct err *e)
{
	scoped_view struct vnf_view v = { 0 };

	if (view_look(in, name, &v, e) < 0) {
		if (e->code != ENOENT)
			return -1;
		return err_set(
			e, 0,
			"%s: container does not exist; the path of a descriptor has a '/' in it or ends in .json",
			name);
	}
	if (v.rec.status == STATUS_STOPPED)
		return 0;
	return err_set(e, 0, "%s: is %s already; to start it afresh: nfrun restart %s", name,
		       status_name(v.rec.status), name);
}

static bool is_twice(const struct jobs *j, const char *name)
{
	for (size_t i = 0; i < j->n; i++)
		if (strcmp(j->v[i].name, name) == 0)
			return true;
	return false;
}

/* Everything that can be known to be wrong before anything is started. All of it is told. */
static int prepare(const struct invocation *in, struct jobs *j)
{
	int bad = 0;

	j->v = mem_alloc((size_t)in->argc * sizeof *j->v);
	for (int i = 0; i < in->argc; i++) {
		struct err e = { 0 };
		bool file = is_descriptor(in->argv[i]);
		struct job job = { .name = in->argv[i], .ticket = -1 };

		if (file)
			job.vnf = descriptor_load(in, in->argv[i]);
		else if (check_stopped(in, in->argv[i], &e) < 0)
			complain(in, &e);
		bad += file ? !job.vnf : e.text[0] != '\0';
		if (job.vnf)
			job.name = job.vnf->name;
		if (is_twice(j, job.name)) {
			err_set(&e, 0, "%s: %s is named twice", in->argv[i], job.name);
			complain(in, &e);
			bad++;
		}
		j->v[j->n++] = job;
	}
	if (bad && in->argc > 1)
		warn("start", "nothing has been started");
	return bad ? -1 : 0;
}

static void fail(const struct invocation *in, struct job *job, struct err *e)
{
	err_wrap(e, "%s", job->name);
	complain(in, e);
	job->failed = true;
}

static void begin(const struct invocation *in, struct job *job)
{
	struct err e = { 0 };

	if (job->vnf && vnf_start_begin(in->root, job->vnf, &job->ticket, &e) < 0)
		fail(in, job, &e);
}

static void finish(const struct invocation *in, struct job *job)
{
	const struct start_options *o = in->options;
	scoped_strs struct strs warnings = { 0 };
	struct err e = { 0 };
	int r;

	if (job->failed)
		return;
	if (job->vnf)
		r = vnf_start_wait(&job->ticket, &warnings, &e);
	else
		r = vnf_restart(in->root, job->name, &warnings, &e);
	if (r < 0) {
		fail(in, job, &e);
		return;
	}
	if (!o->foreground) {
		puts(job->name);
		fflush(stdout);
	}
	view_warnings(job->name, &warnings);
}

/* As runc's `start`: one container that create has made. */
static bool is_oci(const struct invocation *in)
{
	return in->argc == 1 && !is_descriptor(in->argv[0]) && oci_exists(in->root, in->argv[0]);
}

static int run(const struct invocation *in, struct err *e)
{
	const struct start_options *o = in->options;
	scoped(jobs_drop) struct jobs jobs = { 0 };
	struct timespec now;
	int status = 0;

	if (is_oci(in))
		return oci_start(in->root, in->argv[0], e) < 0 ? err_wrap(e, "%s", in->argv[0]) : 0;
	if (o->foreground && in->argc > 1) {
		err_set(e, 0, "--foreground is for one VNF at a time");
		return RUN_USAGE;
	}
	if (driver_systemd(in->globals))
		return err_set(
			e, 0,
			"%s: the systemd driver is for OCI containers; VNFs have their groups "
			"below nfrun/: leave it out",
			driver_systemd(in->globals));
	if (prepare(in, &jobs) < 0)
		return 1;
	clock_gettime(CLOCK_REALTIME, &now);
	for (size_t i = 0; i < jobs.n; i++)
		begin(in, &jobs.v[i]);
	for (size_t i = 0; i < jobs.n; i++) {
		finish(in, &jobs.v[i]);
		status |= jobs.v[i].failed;
	}
	if (status || !o->foreground)
		return status;
	return foreground(in, jobs.v[0].name, now, e);
}

static const struct opt options[] = {
	{ "foreground", 'f', NULL, "stay with it, show what it writes, and exit as it does",
	  opt_switch, offsetof(struct start_options, foreground), NULL },
};

const struct command cmd_start = {
	.name = "start",
	.args = "FILE|NAME...|ID",
	.summary = "start VNFs, or a created OCI container",
	.about =
		"Starts each VNF in the background and prints its name as soon as its links are up, its setup\n"
		"commands are through and its process has been exec'd. An argument that has a '/' or ends in\n"
		".json is a descriptor, see nfrun-vnf(5); any other is the name of a stopped VNF, which starts\n"
		"again from its record.\n\n"
		"All descriptors are read first: if one is bad, nothing is started. After that each VNF stands\n"
		"for itself, and of one that cannot start nothing is left behind.\n\n"
		"The id of a container that 'nfrun create' has made starts that container's process.\n\n"
		"With --foreground, nfrun stays until the VNF has ended for good. SIGINT, SIGTERM and SIGHUP stop\n"
		"it, the second one kills it.",
	.options = options,
	.n_options = ARRAY_LEN(options),
	.defaults = &(const struct start_options){ .foreground = false },
	.size = sizeof(struct start_options),
	.min_args = 1,
	.max_args = -1,
	.completes = COMPLETE_NAME_OR_FILE,
	.run = run,
};
