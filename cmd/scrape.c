/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/scrape.h"
#include "cmd/view.h"
#include "runtime/base/scope.h"
#include "runtime/base/strs.h"
#include "runtime/prometheus.h"

#include <errno.h>

static int find(const char *root, char *const *names, int n, struct listing *l, struct err *e)
{
	scoped_strs struct strs unreadable = { 0 }; /* the others are still worth telling */

	if (n == 0)
		return vnf_list(root, &l->views, &l->n, &unreadable, e);
	l->views = mem_alloc((size_t)n * sizeof *l->views);
	for (int i = 0; i < n; i++) {
		if (vnf_look(root, names[i], &l->views[l->n], e) < 0)
			return err_wrap(e, "%s", names[i]);
		l->n++;
	}
	return 0;
}

static int read_usage(const char *root, bool named, struct listing *l, struct err *e)
{
	l->usages = mem_alloc(l->n * sizeof *l->usages);
	l->rows = mem_alloc(l->n * sizeof *l->rows);
	for (size_t i = 0; i < l->n; i++) {
		const struct vnf_view *v = &l->views[i];
		bool reads = vnf_usage_of(root, v, &l->usages[i], e) == 0;

		if (!reads && named)
			return err_wrap(e, "%s", v->rec.id);
		l->rows[i] = (struct report_vnf){ v, reads ? &l->usages[i] : NULL };
	}
	return 0;
}

int scrape(const char *root, char *const *names, int n, char **text, struct err *e)
{
	scoped(listing_drop) struct listing l = { 0 };

	if (find(root, names, n, &l, e) < 0 || read_usage(root, n > 0, &l, e) < 0)
		return -1;
	*text = report_prometheus(l.rows, l.n);
	return 0;
}
