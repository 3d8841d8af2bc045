/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_CMD_VIEW_H
#define NFRUN_CMD_VIEW_H

#include "cmd/command.h"
#include "cmd/table.h"
#include "runtime/report.h"
#include "runtime/vnf.h"

#define scoped_view __attribute__((cleanup(vnf_view_drop)))

/* vnf_look, and a word on stderr when a supervisor had died. Errors begin with NAME. */
int view_look(const struct invocation *in, const char *name, struct vnf_view *out, struct err *e);
void view_tell(const struct vnf_view *v);

/* What it uses, or NULL: it does not run, or that cannot be read. ROOT is the state root; NULL:
 * without the packets. OUT is overwritten and stays the caller's. */
const struct usage *view_usage(const char *root, const struct vnf_view *v, struct usage *out);

/* "exit code 1", "killed by SIGKILL, out of memory"; OUT has VIEW_TEXT bytes; returns OUT. */
enum { VIEW_TEXT = 64 };
const char *view_end(const struct record_end *end, char *out);

/* Several of them, and what they use. */
struct listing {
	struct vnf_view *views;
	struct usage *usages; /* NULL: not read */
	struct report_vnf *rows;
	size_t n;
};
void listing_drop(struct listing *l);

enum colour view_colour(const struct record *r);

/* "256M", or "-" when it is unset; OUT has VIEW_TEXT bytes. */
const char *view_size(uint64_t bytes, char *out);
const char *view_count(uint64_t n, char *out);

/* "  label        text" */
void view_say(const char *label, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Run VERB on each name, go on after a failure, which has been printed then. Returns the exit
 * status. */
int view_each(const struct invocation *in,
	      int (*verb)(const struct invocation *in, const char *name, struct err *e));

/* Warnings of a start. */
void view_warnings(const char *name, const struct strs *warnings);

#endif
