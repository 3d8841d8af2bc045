/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_TESTS_PROMETHEUS_H
#define NFRUN_TESTS_PROMETHEUS_H

/* A reader of Prometheus' text format, version 0.0.4, that is stricter than Prometheus: what each
 * metric is has to stand before its samples, these together, none twice, counters called _total. */

#include "runtime/base/strs.h"

/* NULL: it is well-formed; else what is wrong, and where. The caller frees. */
char *prometheus_problem(const char *text);
/* The value behind SERIES, "name{label=\"value\"}"; NULL: no such sample. The caller frees. */
char *prometheus_value(const char *text, const char *series);

#endif
