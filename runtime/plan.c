/* SPDX-License-Identifier: Apache-2.0 */
/* What a container takes for itself alone, decided before anything is made. */
#include "runtime/base/hash.h"
#include "runtime/base/scope.h"
#include "runtime/claims.h"
#include "runtime/life.h"
#include "runtime/rootfs.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* The range that systemd sets aside for containers (its UIDS-GIDS document), in slots of 65,536:
 * far from users, from subuid(5)'s usual start at 100,000, and from the ends of what 32 bits hold.
 */
enum { SLOT_SIZE = 65536, FIRST_SLOT = 0x80000 / SLOT_SIZE, LAST_SLOT = 0x6fff0000 / SLOT_SIZE };

/* Marks: the upper half is the state root's, the lower the container's; 0 there stands for bridges.
 */
enum { MARKS = 0xffff };

/* The description gets what was decided: whoever builds the root has to know. */
static void set_range(struct container *c, uint32_t base, uint32_t size)
{
	c->rec.id_base = c->spec->id_base = base;
	c->rec.id_size = c->spec->id_size = size;
}

static int claim_given_range(struct container *c, uint32_t base, uint32_t size, struct err *e)
{
	uint32_t last = (base + (size - 1)) / SLOT_SIZE;

	for (uint32_t slot = base / SLOT_SIZE; slot <= last; slot++) {
		scoped_str char *holder = NULL;
		char key[16];

		snprintf(key, sizeof key, "%u", slot);
		if (claim_take(c->root_fd, &(struct claim){ "ids", key, c->id }, &c->rec.claims,
			       &holder, e) == 0)
			continue;
		if (e->code != EEXIST)
			return -1;
		return err_set(
			e, 0,
			"ids: host ids %u..%u are taken by '%s'; choose another base or delete it",
			base, base + (size - 1), holder);
	}
	set_range(c, base, size);
	return 0;
}

/* In order: what the descriptor says, what the files of a persistent upper layer already belong to,
 * what this container had before, and the first free range from a place that its name and its state
 * root decide. */
static int plan_ids(struct container *c, struct err *e)
{
	uint32_t slot = 0, owner = 0, had = c->rec.id_base, root = 0;

	c->rec.id_base = c->rec.id_size = 0;
	if (!(c->spec->namespaces & CLONE_NEWUSER) || c->spec->uid_maps.n > 0)
		return 0; /* OCI: the caller's business, who may give many containers the same */
	if (c->spec->ids_given)
		return claim_given_range(c, c->spec->id_base, c->spec->id_size, e);
	if (rootfs_upper_owner(c->spec, &owner, e) < 0)
		return -1;
	if (owner || had)
		return claim_given_range(c, owner ? owner : had, SLOT_SIZE, e);

	/* Claims hold within one state root; that another root's start elsewhere keeps most apart.
	 */
	if (container_root_hash(c->root, &root, e) < 0)
		return -1;
	const struct claim_range r = { "ids", c->id, (uint32_t)hash_text(root, c->id), FIRST_SLOT,
				       LAST_SLOT - FIRST_SLOT + 1 };
	if (claim_slot(c->root_fd, &r, &c->rec.claims, &slot, e) < 0)
		return -1;
	set_range(c, slot * SLOT_SIZE, SLOT_SIZE);
	return 0;
}

static int plan_mark(struct container *c, struct err *e)
{
	const struct claim_range r = { "mark", c->id, (uint32_t)hash_text(0, c->id), 1, MARKS };
	uint32_t root = 0, slot = 0;

	if (container_root_hash(c->root, &root, e) < 0)
		return -1;
	c->rec.bridge_mark =
		(root | 0x10000) & 0xffff0000; /* never 0, the kernel's default group */
	c->rec.mark = 0;
	if (c->spec->n_ports == 0)
		return 0;
	if (claim_slot(c->root_fd, &r, &c->rec.claims, &slot, e) < 0)
		return -1;
	c->rec.mark = c->rec.bridge_mark | slot;
	return 0;
}

static int claim_address(struct container *c, const struct spec_port *p, const struct ipaddr *a,
			 struct err *e)
{
	scoped_str char *kind = str_printf("ip/%s", p->bridge);
	scoped_str char *holder = NULL;
	char text[INET_TEXT];
	const struct claim claim = { kind, ipaddr_format(a, text), c->id };

	if (claim_take(c->root_fd, &claim, &c->rec.claims, &holder, e) == 0)
		return 0;
	if (e->code != EEXIST)
		return -1;
	return err_set(e, 0, "interface %s: address %s is in use on bridge %s by VNF '%s'", p->name,
		       text, p->bridge, holder);
}

static int plan_addresses(struct container *c, struct err *e)
{
	for (size_t i = 0; i < c->spec->n_ports; i++)
		for (size_t k = 0; k < c->spec->ports[i].n_addrs; k++)
			if (claim_address(c, &c->spec->ports[i], &c->spec->ports[i].addrs[k], e) <
			    0)
				return -1;
	return 0;
}

/* Two overlays on one upper layer spoil it; the kernel only warns of it, in its log. */
static int plan_upper(struct container *c, struct err *e)
{
	const struct spec_root *root = &c->spec->root;
	scoped_str char *holder = NULL;
	char key[48];
	struct stat st;

	if (root->kind != SPEC_ROOT_OVERLAY || !root->upper)
		return 0;
	if (stat(root->upper, &st) < 0)
		return err_set(e, errno, "look at %s", root->upper);
	snprintf(key, sizeof key, "%jx-%jx", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
	if (claim_take(c->root_fd, &(struct claim){ "upper", key, c->id }, &c->rec.claims, &holder,
		       e) == 0)
		return 0;
	if (e->code != EEXIST)
		return -1;
	return err_set(e, 0, "upper layer %s is in use by VNF '%s'; give each its own", root->upper,
		       holder);
}

int plan_claims(struct container *c, struct err *e)
{
	/* What an earlier run had is given back first: it may be asked for differently now. */
	if (claims_release(c->root_fd, c->id, NULL, &c->rec.claims, e) < 0)
		return -1;
	if (plan_upper(c, e) < 0 || plan_ids(c, e) < 0 || plan_mark(c, e) < 0)
		return -1;
	return plan_addresses(c, e);
}
