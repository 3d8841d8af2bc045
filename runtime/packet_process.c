/* SPDX-License-Identifier: Apache-2.0 */
/* Who keeps the packets of a container: a VNF's supervisor; of an OCI container, which has none, a
 * process that does nothing else. */
#include "runtime/base/scope.h"
#include "runtime/base/strs.h"
#include "runtime/daemon.h"
#include "runtime/oci_parts.h"
#include "runtime/packet_engine.h"
#include "runtime/packet_parts.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <stdnoreturn.h>
#include <sys/pidfd.h>

enum { KEEPER_END_MS = 1000 };

struct keeping {
	struct container c;
	struct packet_keeper *keeper;
	int signals;
};

static void keep_anew(struct keeping *k)
{
	struct err lost = { 0 }; /* nobody is there to be told; the threads stay as they are */

	packet_keeper_free(k->keeper);
	k->keeper = NULL;
	(void)packet_keeper_open(&k->c, &k->keeper, &lost);
}

/* Until the container has ended, or there is nothing to keep any more. */
static void serve(struct keeping *k)
{
	struct err lost = { 0 };

	keep_anew(k);
	while (k->keeper) {
		struct pollfd p[2 + PACKET_FDS] = { { .fd = k->c.init_pidfd, .events = POLLIN },
						    { .fd = k->signals, .events = POLLIN } };

		packet_keeper_poll(k->keeper, p + 2);
		if (poll(p, ARRAY_LEN(p), -1) < 0 && errno != EINTR)
			return;
		if (p[0].revents || (p[1].revents && container_told_to_go(&k->c)))
			return;
		if (k->c.told_to_look) {
			k->c.told_to_look = false;
			keep_anew(k);
		} else {
			(void)packet_keeper_run(k->keeper, p + 2, &k->c, &lost);
		}
	}
}

static noreturn void keeper_main(const char *root, const char *id)
{
	struct keeping k = { .c = CONTAINER_NONE, .signals = -1 };
	scoped_str char *title = str_printf("nfrun packets %s", id);
	struct err lost = { 0 };

	if (daemon_detach(title, NULL, 0, &k.signals, &lost) < 0 ||
	    container_open(root, id, false, &k.c, &lost) < 0)
		_exit(1);
	k.c.signals = k.signals;
	container_unlock(&k.c);
	k.c.init_pidfd = proc_id_open(&k.c.rec.init, &lost);
	if (k.c.init_pidfd >= 0)
		serve(&k);
	/* the kernel takes its links down now, and waits for threads that may not run */
	(void)packet_lift(&k.c, &lost);
	_exit(0);
}

int packet_keeper_start(struct container *c, struct err *e)
{
	char root[PATH_MAX];

	if (!c->packet || c->packet->n_ends == 0)
		return 0;
	if (!realpath(c->root, root))
		return err_set(e, errno, "resolve state root %s", c->root);
	pid_t pid = fork();
	if (pid < 0)
		return err_set(e, errno, "fork the keeper of its packets");
	if (pid == 0) {
		scoped_str char *id = str_dup(c->id); /* the arguments' memory becomes the title */

		keeper_main(root, id);
	}
	if (proc_id_of(pid, &c->packet->keeper, e) < 0)
		return -1;
	return packet_save(c->dir_fd, c->packet, e);
}

void packet_keeper_end(struct container *c)
{
	struct packet *p = NULL;
	struct err gone = { 0 };

	if (c->rec.vnf || packet_load(c->dir_fd, &p, &gone) < 0)
		return;
	scoped_fd int fd = proc_id_open(&p->keeper, &gone);
	packet_free(p);
	if (fd < 0 || pidfd_send_signal(fd, SIGTERM, NULL, 0) < 0)
		return;
	(void)poll(&(struct pollfd){ .fd = fd, .events = POLLIN }, 1, KEEPER_END_MS);
}

static void wake(const struct proc_id *who)
{
	struct err gone = { 0 };
	scoped_fd int fd = proc_id_open(who, &gone);

	if (fd >= 0)
		(void)pidfd_send_signal(fd, SIGHUP, NULL, 0); /* it may have ended */
}

int packet_keeper_tell(struct container *c, struct err *e)
{
	if (c->rec.vnf) {
		wake(&c->rec.supervisor);
		return 0;
	}
	if (!c->packet)
		return 0;
	if (!proc_id_alive(&c->packet->keeper))
		return packet_keeper_start(c, e);
	wake(&c->packet->keeper);
	return 0;
}
