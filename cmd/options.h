/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_CMD_OPTIONS_H
#define NFRUN_CMD_OPTIONS_H

/* The kinds of option: each turns the text after an option into the member of an options struct.
 * TEXT is NULL for a switch. The error says what would have been right. */

#include "runtime/base/err.h"

typedef int opt_load(const char *text, void *member, struct err *e);

enum format { FORMAT_TABLE, FORMAT_JSON };
enum choice { CHOICE_AUTO, CHOICE_YES, CHOICE_NO };

opt_load opt_switch;   /* bool */
opt_load opt_yes;      /* enum choice */
opt_load opt_no;       /* enum choice */
opt_load opt_text;     /* const char *, which stays the caller's; not empty */
opt_load opt_any;      /* const char *, may be empty */
opt_load opt_list;     /* struct strs: may come several times; args_drop frees it */
opt_load opt_quota;    /* uint64_t, from 0 on; -1: CGROUP_NO_LIMIT */
opt_load opt_unsigned; /* uint64_t, from 0 on */
opt_load opt_format;   /* enum format */
opt_load opt_signal;   /* int: "TERM", "SIGTERM", "15" */
opt_load opt_duration; /* int64_t, ms */
opt_load opt_tail;     /* int64_t: a count, or -1 for "all" */
opt_load opt_count;    /* uint64_t, from 1 on */
opt_load opt_size;     /* uint64_t, bytes */
opt_load opt_cpus;     /* uint64_t, 1/1000 CPU: "0.5" */
opt_load opt_weight;   /* uint64_t, 1..10000 */
opt_load opt_cpulist;  /* char *, which stays the caller's */
opt_load opt_packet;   /* struct packet_changes: may come several times; args_drop frees it */
/* options_limits.c */
opt_load opt_time_us;   /* uint64_t, us: "20ms", or a number of them; max: 0 */
opt_load opt_zero_one;  /* uint64_t */
opt_load opt_percent;   /* uint64_t, 1/100 percent */
opt_load opt_partition; /* char *, which stays the caller's */
opt_load opt_exec_cpus; /* the same; max: "" */
/* struct cgroup_limits: may come several times; args_drop frees its lists */
opt_load opt_io, opt_hugetlb, opt_rdma, opt_unified;
opt_load opt_env; /* struct strs: "KEY=value", may come several times; args_drop frees it */

/* "SIGTERM" and the like; a number where there is no name. OUT has 16 bytes; returns OUT. */
const char *signal_text(int number, char *out);

#endif
