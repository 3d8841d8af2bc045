/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_CGROUPS_SYSTEMD_H
#define NFRUN_CGROUPS_SYSTEMD_H

/* The systemd driver: the group is the one of a transient scope unit, made, limited and removed by
 * way of systemd. Inside cgroups/ only. */

#include "cgroups/group.h"
#include "cgroups/settings.h"

/* --- systemd_name.c: units and where they are --- */

/* Takes "SLICE:PREFIX:NAME" apart: *SLICE and *UNIT are the caller's to free. */
int unit_names(const char *path, char **slice, char **unit, struct err *e);
/* "a.slice/a-b.slice" of "a-b.slice", "" of the root slice; NULL: not a slice. The caller frees. */
char *slice_expand(const char *slice, struct err *e);

/* --- systemd_value.c: a property of a unit, as D-Bus has it --- */

struct property_value {
	uint64_t number; /* integers, sign-extended; booleans */
	double real;
	char *text;
};

struct property {
	char *name;
	char type; /* D-Bus: one of b y n q i u x t d s o g */
	bool many; /* an array of them */
	struct property_value *v;
	size_t n;
};

struct properties {
	struct property *v;
	size_t n;
};

/* Append one; the values are copied. */
void properties_add_number(struct properties *p, const char *name, char type, uint64_t value);
void properties_add_text(struct properties *p, const char *name, const char *value);
void properties_add_pid(struct properties *p, const char *name, pid_t pid); /* a list of one */
void properties_add_bytes(struct properties *p, const char *name, const uint8_t *v, size_t n);
/* "NAME=VALUE", VALUE in GVariant's text format: 'text', uint64 5, true, ['a', 'b']. */
int properties_add_written(struct properties *p, const char *text, struct err *e);
void properties_add_all(struct properties *p, const struct properties *more);
void properties_drop(struct properties *p);

/* --- systemd_limits.c: what stands in a group's files as properties --- */

/* What the group's files that S wrote hold now, for a systemd of VERSION: limits that it is told of
 * survive its reload. */
int properties_of_files(struct properties *p, const char *dir, const struct settings *s,
			unsigned version, struct err *e);
/* Is there a file in S that systemd has a property for? */
bool properties_are_due(const struct settings *s);
/* The list of CPUs or nodes as bits, the first byte's lowest being 0; malloc'd. */
int bits_of_list(const char *list, uint8_t **bits, size_t *n, struct err *e);

/* Files that systemd writes when it is told of one of them: their texts now, and back to these. */
struct written_files;
struct written_files *written_files_keep(const char *dir);
int written_files_restore(const struct written_files *w, const char *dir, struct err *e);
void written_files_drop(struct written_files **w);

/* --- systemd_bus.c: all of libsystemd --- */

struct systemd_bus;
/* Loads the library. Fails and says what would help where systemd is not to be had. */
int systemd_bus_open(struct systemd_bus **out, struct err *e);
void systemd_bus_close(struct systemd_bus *b); /* NULL is fine */
int systemd_bus_version(struct systemd_bus *b, unsigned *out, struct err *e);
/* Start a transient unit, stop a unit: done when systemd says so. E->code EEXIST: there is one of
 * that name; ENOENT: there is none. */
int systemd_bus_start(struct systemd_bus *b, const char *unit, const struct properties *p,
		      struct err *e);
int systemd_bus_stop(struct systemd_bus *b, const char *unit, struct err *e);
/* Forget that a unit has failed. E->code ENOENT: there is none. */
int systemd_bus_reset(struct systemd_bus *b, const char *unit, struct err *e);
/* Until the next boot. */
int systemd_bus_set(struct systemd_bus *b, const char *unit, const struct properties *p,
		    struct err *e);

/* --- systemd.c: the driver --- */

/* What a planned scope is to be started with. */
struct scope {
	char *unit, *slice, *description; /* SLICE NULL: it is there already, out of a record */
	struct properties more;           /* the caller's own */
	struct systemd_bus *bus;          /* NULL: not connected */
	pid_t holder; /* a process of ours that stands for those to come; 0: none */
};
void scope_free(struct scope *s); /* NULL is fine */
/* Take our process out, and hang up. */
void scope_settle(struct scope *s);

/* Make the unit, with a process of ours in it. */
int scope_start(struct cgroup *c, const struct cgroup_limits *l, struct err *e);
/* Tell systemd what the files say that were WRITTEN. */
int scope_follow(struct cgroup *c, const struct settings *written, struct err *e);
/* End it, and with it the unit; gone is fine. */
int scope_stop(struct cgroup *c, struct err *e);

#endif
