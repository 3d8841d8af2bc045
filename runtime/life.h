/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_RUNTIME_LIFE_H
#define NFRUN_RUNTIME_LIFE_H

/* The life of a container is a table of steps, each with its revert: creation walks it forward,
 * deletion backward. A revert treats "already gone" as done, so deletion works after a crash at any
 * point and twice in a row. The record is written before the first kernel object is made. */

#include "runtime/container.h"

#include <stddef.h>

struct step {
	const char *name; /* "": its errors need no context */
	int (*apply)(struct container *c, struct err *e);
	int (*revert)(struct container *c, struct err *e);
	const char *what; /* for --debug; NULL: the name */
};

/* The walkers, apart from the table so that tests can walk tables of their own. */
int steps_apply(const struct step *s, size_t n, struct container *c, struct err *e);
int steps_revert(const struct step *s, size_t n, struct container *c, struct err *e);

/* The container is locked and c->spec set. On failure nothing is left of it, its state directory
 * included if this process made that; one that was there stays, as stopped. */
int life_create(struct container *c, struct err *e);

/* Undo all but the record, which then says stopped; its claims on addresses, on a mark and on
 * its upper layer are given back, that on its ids is kept. Needs no spec. */
int life_stop(struct container *c, struct err *e);

/* The same, and nothing stays. */
int life_delete(struct container *c, struct err *e);

/* For a restart: end what belongs to the namespaces and make it again under the same names. The
 * group stays with its limits and counters. */
int life_unplug(struct container *c, struct err *e);
int life_replug(struct container *c, struct err *e);

/* The filter that S asks for, by policy or profile; the caller drops OUT. */
int filter_prepare(const char *root, const struct spec *s, caps_mask caps,
		   struct seccomp_program *out, struct err *e);

/* Steps of both faces. */
int life_step_record(struct container *c, struct err *e);
int life_revert_record(struct container *c, struct err *e);
int life_step_cgroup(struct container *c, struct err *e);
int life_revert_cgroup(struct container *c, struct err *e);
int life_step_init(struct container *c, struct err *e);

/* life_oci.c: how a container of a config.json comes to be; it is undone like any other. */
int life_create_oci(struct container *c, struct err *e);
int life_step_cgroup_oci(struct container *c, struct err *e);
/* Init has ended without a word, which E says: when its limits are the reason, so does E then. */
void life_explain_silence(struct container *c, struct err *e);
/* oci_scope.c: C->cgroup by the systemd driver; NAME is for a unit that nobody has named. */
int life_plan_scope(struct container *c, const struct cgroup_host *host, const char *name,
		    struct err *e);
/* Needs c->spec; nothing to do without linux.intelRdt. */
int life_revert_rdt(struct container *c, struct err *e);

/* network.c: the step of that name. */
int network_plan(struct container *c, struct err *e); /* names into the record */
int network_apply(struct container *c, struct err *e);
int network_revert(struct container *c, struct err *e);

/* plan.c: the id range, the mark and the addresses that it claims, into the record. */
int plan_claims(struct container *c, struct err *e);

#endif
