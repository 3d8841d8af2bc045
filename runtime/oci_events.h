/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_RUNTIME_OCI_EVENTS_H
#define NFRUN_RUNTIME_OCI_EVENTS_H

/* runc's `events`: what a container uses, and that it ran out of memory, as JSON lines that
 * containerd's go-runc reads. */

#include "cgroups/oci_stats.h"
#include "runtime/base/err.h"

#include <stdint.h>

/* {"type":"stats","id":...,"data":{...}} with a newline; the caller frees. */
char *event_stats(const char *id, const struct cgroup_oci_stats *s);
/* {"type":"oom","id":...} */
char *event_oom(const char *id);

/* One line of statistics; the caller frees. */
int oci_stats(const char *root, const char *id, char **line, struct err *e);
/* A line every INTERVAL_MS, and one for each time it runs out of memory, to SAY until the container
 * has ended or SAY returns -1. */
int oci_events(const char *root, const char *id, int64_t interval_ms,
	       int (*say)(const char *line, struct err *e), struct err *e);

#endif
