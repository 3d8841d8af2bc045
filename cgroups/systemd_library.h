/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_CGROUPS_SYSTEMD_LIBRARY_H
#define NFRUN_CGROUPS_SYSTEMD_LIBRARY_H

/* libsystemd, which is found when nfrun is built and loaded when it is used: who uses the other
 * driver does not pay for it. Between systemd_library.c and systemd_bus.c. */

#include "runtime/base/err.h"

#include <systemd/sd-bus.h>

/* Those of its functions that are needed: sd-bus(3) says what they do. */
struct systemd_library {
	int (*new)(sd_bus **);
	int (*set_address)(sd_bus *, const char *);
	int (*start)(sd_bus *);
	int (*open_system)(sd_bus **);
	sd_bus *(*flush_close_unref)(sd_bus *);
	int (*get_fd)(sd_bus *);
	int (*call)(sd_bus *, sd_bus_message *, uint64_t, sd_bus_error *, sd_bus_message **);
	int (*process)(sd_bus *, sd_bus_message **);
	int (*wait)(sd_bus *, uint64_t);
	int (*match_signal)(sd_bus *, sd_bus_slot **, const char *, const char *, const char *,
			    const char *, sd_bus_message_handler_t, void *);
	int (*get_property_string)(sd_bus *, const char *, const char *, const char *, const char *,
				   sd_bus_error *, char **);
	sd_bus_slot *(*slot_unref)(sd_bus_slot *);
	sd_bus_message *(*message_unref)(sd_bus_message *);
	int (*message_new_method_call)(sd_bus *, sd_bus_message **, const char *, const char *,
				       const char *, const char *);
	int (*message_append)(sd_bus_message *, const char *, ...);
	int (*message_append_basic)(sd_bus_message *, char, const void *);
	int (*message_open_container)(sd_bus_message *, char, const char *);
	int (*message_close_container)(sd_bus_message *);
	int (*message_read)(sd_bus_message *, const char *, ...);
	int (*error_get_errno)(const sd_bus_error *);
	void (*error_free)(sd_bus_error *);
};

/* Loaded once, and never let go. */
int systemd_library_load(struct systemd_library *l, struct err *e);

#endif
