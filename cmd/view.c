/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/view.h"
#include "runtime/base/scope.h"
#include "runtime/base/units.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

void view_tell(const struct vnf_view *v)
{
	if (v->supervisor_restarted)
		warn(v->rec.id, "its supervisor had been killed; another one has been started");
}

int view_look(const struct invocation *in, const char *name, struct vnf_view *out, struct err *e)
{
	if (vnf_look(in->root, name, out, e) < 0)
		return err_wrap(e, "%s", name);
	if (out->oci) {
		vnf_view_drop(out);
		return err_set(e, 0, "%s: is an OCI container; %s is for VNFs", name,
			       in->command->name);
	}
	view_tell(out);
	return 0;
}

const struct usage *view_usage(const char *root, const struct vnf_view *v, struct usage *out)
{
	struct err ignored = {
		0
	}; /* it may end between two looks; what is not known is shown as "-" */

	*out = (struct usage){ 0 };
	if (v->rec.status != STATUS_RUNNING && v->rec.status != STATUS_CREATED)
		return NULL;

	scoped_fd int dir = root ? vnf_log_dir(root, v->rec.id, &ignored) : -1;
	return usage_read(dir, &v->rec, out, &ignored) == 0 ? out : NULL;
}

const char *view_end(const struct record_end *end, char *out)
{
	const char *oom = end->oom ? ", out of memory" : "";
	char name[16];

	if (end->unknown)
		snprintf(out, VIEW_TEXT, "ended unseen%s", oom);
	else if (end->signal)
		snprintf(out, VIEW_TEXT, "killed by %s%s", signal_text(end->signal, name), oom);
	else
		snprintf(out, VIEW_TEXT, "exit code %d%s", end->exit_code, oom);
	return out;
}

enum colour view_colour(const struct record *r)
{
	bool failed = r->has_ended && (r->end.exit_code != 0 || r->end.signal || r->end.oom);

	if (r->status == STATUS_RUNNING)
		return COLOUR_GOOD;
	if (r->status == STATUS_RESTARTING)
		return COLOUR_BAD;
	return failed ? COLOUR_BAD : COLOUR_FAINT;
}

const char *view_size(uint64_t bytes, char *out)
{
	if (bytes == VNF_UNSET)
		return memcpy(out, "-", 2);
	return size_format(bytes, out);
}

const char *view_count(uint64_t n, char *out)
{
	if (n == VNF_UNSET)
		return memcpy(out, "-", 2);
	snprintf(out, VIEW_TEXT, "%" PRIu64, n);
	return out;
}

void view_say(const char *label, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	scoped_str char *text = str_vprintf(fmt, ap);
	va_end(ap);
	printf("  %-12s %s\n", label, text);
}

int view_each(const struct invocation *in,
	      int (*verb)(const struct invocation *in, const char *name, struct err *e))
{
	int status = 0;

	for (int i = 0; i < in->argc; i++) {
		struct err e = { 0 };

		if (verb(in, in->argv[i], &e) == 0)
			continue;
		err_wrap(&e, "%s", in->argv[i]);
		complain(in, &e);
		status = 1;
	}
	return status;
}

void view_warnings(const char *name, const struct strs *warnings)
{
	for (size_t i = 0; i < warnings->n; i++)
		warn(name, warnings->v[i]);
}

void listing_drop(struct listing *l)
{
	for (size_t i = 0; l->usages && i < l->n; i++)
		usage_drop(&l->usages[i]);
	free(l->usages);
	free(l->rows);
	vnf_list_free(l->views, l->n);
}
