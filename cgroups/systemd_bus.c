/* SPDX-License-Identifier: Apache-2.0 */
/* Talking to systemd, by sd-bus. */
#ifdef NFRUN_SYSTEMD
#include "cgroups/systemd.h"
#include "cgroups/systemd_library.h"
#include "runtime/base/scope.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

bool cgroup_systemd_is_built(void)
{
	return true;
}

/* A job that systemd has ended. */
struct ended {
	char *job, *result;
};

struct systemd_bus {
	struct systemd_library lib;
	sd_bus *bus;
	sd_bus_slot *slot;
	struct ended *ended;
	size_t n_ended;
};

#define DESTINATION "org.freedesktop.systemd1"
#define OBJECT      "/org/freedesktop/systemd1"
#define MANAGER     "org.freedesktop.systemd1.Manager"

/* --- the connection --- */

static int on_job_removed(sd_bus_message *m, void *bus, sd_bus_error *error)
{
	struct systemd_bus *b = bus;
	const char *job, *unit, *result;
	uint32_t id;

	(void)error;
	if (b->lib.message_read(m, "uoss", &id, &job, &unit, &result) < 0)
		return 0; /* not systemd's */
	b->ended = mem_grow(b->ended, b->n_ended + 1, sizeof *b->ended);
	b->ended[b->n_ended++] = (struct ended){ str_dup(job), str_dup(result) };
	return 0;
}

static void forget_ended(struct systemd_bus *b)
{
	for (size_t i = 0; i < b->n_ended; i++) {
		free(b->ended[i].job);
		free(b->ended[i].result);
	}
	free(b->ended);
	b->ended = NULL;
	b->n_ended = 0;
}

/* systemd's own socket, which is root's alone: no daemon in between, and signals come unasked. In a
 * container there may only be the bus. */
static int connect_bus(struct systemd_bus *b, struct err *e)
{
	static const char own[] = "/run/systemd/private";
	const char *sender = NULL;
	int r = -1;

	if (access(own, W_OK) == 0 && b->lib.new(&b->bus) >= 0) {
		r = b->lib.set_address(b->bus, "unix:path=/run/systemd/private");
		r = r < 0 ? r : b->lib.start(b->bus);
		if (r < 0)
			b->bus = b->lib.flush_close_unref(b->bus);
	}
	if (r < 0) {
		sender = DESTINATION; /* anybody may send signals there */
		r = b->lib.open_system(&b->bus);
	}
	if (r < 0)
		return err_set(e, -r,
			       "reach systemd by %s or the system bus "
			       "(/run/dbus/system_bus_socket)",
			       own);
	r = b->lib.match_signal(b->bus, &b->slot, sender, OBJECT, MANAGER, "JobRemoved",
				on_job_removed, b);
	return r < 0 ? err_set(e, -r, "listen to systemd") : 0;
}

void systemd_bus_close(struct systemd_bus *b)
{
	if (!b)
		return;
	if (b->slot)
		b->lib.slot_unref(b->slot);
	if (b->bus)
		b->lib.flush_close_unref(b->bus);
	forget_ended(b);
	free(b);
}

int cgroup_systemd_check(struct err *e)
{
	if (access("/run/systemd/system", F_OK) == 0)
		return 0;
	return err_tell(e, ENOENT,
			"systemd does not run here (there is no /run/systemd/system), so there is "
			"nobody to make a scope");
}

int systemd_bus_open(struct systemd_bus **out, struct err *e)
{
	struct systemd_bus *b = NULL;

	if (cgroup_systemd_check(e) < 0)
		return -1;
	b = mem_alloc(sizeof *b);
	if (systemd_library_load(&b->lib, e) == 0 && connect_bus(b, e) == 0) {
		*out = b;
		return 0;
	}
	systemd_bus_close(b);
	return -1;
}

/* --- calls --- */

static int err_bus(struct systemd_bus *b, sd_bus_error *error, int r, struct err *e)
{
	static const struct {
		const char *name;
		int code;
	} codes[] = { { "org.freedesktop.systemd1.UnitExists", EEXIST },
		      { "org.freedesktop.systemd1.NoSuchUnit", ENOENT } };
	int code = 0;

	for (size_t i = 0; i < ARRAY_LEN(codes) && error->name; i++)
		if (strcmp(error->name, codes[i].name) == 0)
			code = codes[i].code;
	if (error->message)
		err_tell(e, code ? code : b->lib.error_get_errno(error), "systemd says: %s",
			 error->message);
	else
		err_set(e, -r, "ask systemd");
	b->lib.error_free(error);
	return -1;
}

static int new_call(struct systemd_bus *b, const char *method, sd_bus_message **m, struct err *e)
{
	int r = b->lib.message_new_method_call(b->bus, m, DESTINATION, OBJECT, MANAGER, method);

	return r < 0 ? err_set(e, -r, "prepare %s", method) : 0;
}

static void message_drop(struct systemd_bus *b, sd_bus_message *m)
{
	if (m)
		b->lib.message_unref(m);
}

/* Sends M, which is done with then. *JOB (may be NULL): what the answer has, malloc'd. */
static int send_call(struct systemd_bus *b, sd_bus_message *m, int built, char **job, struct err *e)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	sd_bus_message *reply = NULL;
	const char *path = NULL;
	int r = built < 0 ? built : b->lib.call(b->bus, m, 0, &error, &reply);

	message_drop(b, m);
	if (r < 0)
		return err_bus(b, &error, r, e);
	if (job && (r = b->lib.message_read(reply, "o", &path)) >= 0)
		*job = str_dup(path);
	message_drop(b, reply);
	return r < 0 ? err_set(e, -r, "understand systemd") : 0;
}

static uint64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static const char *result_of(const struct systemd_bus *b, const char *job)
{
	for (size_t i = 0; i < b->n_ended; i++)
		if (strcmp(b->ended[i].job, job) == 0)
			return b->ended[i].result;
	return NULL;
}

/* Until systemd says that JOB is over: what is queued first, then what comes. */
static int await_job(struct systemd_bus *b, const char *verb, const char *unit, const char *job,
		     struct err *e)
{
	enum { WAIT_US = 30 * 1000000 };
	uint64_t end = now_us() + WAIT_US;
	const char *result;

	while (!(result = result_of(b, job))) {
		int r = b->lib.process(b->bus, NULL);
		uint64_t now = now_us();

		if (r == 0 && now >= end)
			return err_set(e, ETIMEDOUT, "%s unit %s: systemd has not done it in 30 s",
				       verb, unit);
		if (r == 0)
			r = b->lib.wait(b->bus, end - now);
		if (r < 0 && r != -EINTR)
			return err_set(e, -r, "%s unit %s: wait for systemd", verb, unit);
	}
	if (strcmp(result, "done") == 0)
		return 0;
	return err_set(e, 0, "%s unit %s: its job ended with '%s' (journalctl -u %s says more)",
		       verb, unit, result, unit);
}

/* METHOD with the strings UNIT and, unless NULL, MODE; awaited when it has a mode, as such a method
 * makes a job. */
static int call_unit(struct systemd_bus *b, const char *method, const char *unit, const char *mode,
		     struct err *e)
{
	scoped_str char *job = NULL;
	sd_bus_message *m = NULL;

	forget_ended(b);
	if (new_call(b, method, &m, e) < 0)
		return -1;
	int r = b->lib.message_append(m, "s", unit);
	if (r >= 0 && mode)
		r = b->lib.message_append(m, "s", mode);
	if (send_call(b, m, r, mode ? &job : NULL, e) < 0)
		return -1;
	return mode ? await_job(b, "stop", unit, job, e) : 0;
}

int systemd_bus_stop(struct systemd_bus *b, const char *unit, struct err *e)
{
	return call_unit(b, "StopUnit", unit, "replace", e);
}

int systemd_bus_reset(struct systemd_bus *b, const char *unit, struct err *e)
{
	return call_unit(b, "ResetFailedUnit", unit, NULL, e);
}

/* "252.38-1~deb12u1", "v255". */
int systemd_bus_version(struct systemd_bus *b, unsigned *out, struct err *e)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	scoped_str char *text = NULL;
	int r = b->lib.get_property_string(b->bus, DESTINATION, OBJECT, MANAGER, "Version", &error,
					   &text);

	if (r < 0)
		return err_bus(b, &error, r, e);
	*out = (unsigned)strtoul(text + strcspn(text, "0123456789"), NULL, 10);
	return 0;
}

/* --- properties --- */

static int append_value(struct systemd_bus *b, sd_bus_message *m, char type,
			const struct property_value *v)
{
	uint8_t byte = (uint8_t)v->number;
	uint16_t half = (uint16_t)v->number;
	uint32_t word = (uint32_t)v->number;
	int truth = v->number != 0;

	switch (type) {
	case 'y':
		return b->lib.message_append_basic(m, type, &byte);
	case 'b':
		return b->lib.message_append_basic(m, type, &truth);
	case 'n':
	case 'q':
		return b->lib.message_append_basic(m, type, &half);
	case 'i':
	case 'u':
		return b->lib.message_append_basic(m, type, &word);
	case 'd':
		return b->lib.message_append_basic(m, type, &v->real);
	case 'x':
	case 't':
		return b->lib.message_append_basic(m, type, &v->number);
	default:
		return b->lib.message_append_basic(m, type, v->text);
	}
}

/* NAME and a variant with its value, as (sv). */
static int append_property(struct systemd_bus *b, sd_bus_message *m, const struct property *p)
{
	char element[] = { p->type, '\0' }, list[] = { 'a', p->type, '\0' };
	int r = b->lib.message_open_container(m, 'r', "sv");

	if (r >= 0)
		r = b->lib.message_append_basic(m, 's', p->name);
	if (r >= 0)
		r = b->lib.message_open_container(m, 'v', p->many ? list : element);
	if (r >= 0 && p->many)
		r = b->lib.message_open_container(m, 'a', element);
	for (size_t i = 0; i < p->n && r >= 0; i++)
		r = append_value(b, m, p->type, &p->v[i]);
	for (int depth = p->many ? 3 : 2; depth > 0 && r >= 0; depth--)
		r = b->lib.message_close_container(m);
	return r;
}

static int append_properties(struct systemd_bus *b, sd_bus_message *m, const struct properties *p)
{
	int r = b->lib.message_open_container(m, 'a', "(sv)");

	for (size_t i = 0; i < p->n && r >= 0; i++)
		r = append_property(b, m, &p->v[i]);
	return r < 0 ? r : b->lib.message_close_container(m);
}

/* A scope is made of pids, and systemd would take ours for whatever has them with it. A peer that
 * is not in our pid namespace has the number 0 (unix(7), SO_PEERCRED; pid_namespaces(7)). */
static int check_pids(struct systemd_bus *b, struct err *e)
{
	struct ucred peer = { 0 };
	socklen_t len = sizeof peer;
	int fd = b->lib.get_fd(b->bus);

	if (fd < 0 || getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) < 0)
		return err_set(e, fd < 0 ? -fd : errno, "look who answers for systemd");
	if (peer.pid > 0)
		return 0;
	return err_set(e, 0,
		       "systemd is not in our pid namespace, so it cannot be told which process a "
		       "scope is for: run nfrun beside it, or use cgroupfs");
}

int systemd_bus_start(struct systemd_bus *b, const char *unit, const struct properties *p,
		      struct err *e)
{
	scoped_str char *job = NULL;
	sd_bus_message *m = NULL;

	forget_ended(b);
	if (check_pids(b, e) < 0 || new_call(b, "StartTransientUnit", &m, e) < 0)
		return -1;
	int r = b->lib.message_append(m, "ss", unit, "replace");
	if (r >= 0)
		r = append_properties(b, m, p);
	if (r >= 0)
		r = b->lib.message_append(m, "a(sa(sv))", 0); /* no units besides */
	if (send_call(b, m, r, &job, e) < 0)
		return err_wrap(e, "start unit %s", unit);
	return await_job(b, "start", unit, job, e);
}

int systemd_bus_set(struct systemd_bus *b, const char *unit, const struct properties *p,
		    struct err *e)
{
	sd_bus_message *m = NULL;

	if (new_call(b, "SetUnitProperties", &m, e) < 0)
		return -1;
	int r = b->lib.message_append(m, "sb", unit, 1); /* at run time */
	if (r >= 0)
		r = append_properties(b, m, p);
	return send_call(b, m, r, NULL, e) < 0 ? err_wrap(e, "set properties of unit %s", unit) : 0;
}

#endif
