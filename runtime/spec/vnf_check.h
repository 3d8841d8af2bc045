/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_SPEC_VNF_CHECK_H
#define NFRUN_SPEC_VNF_CHECK_H

/* The rules across fields. A rule is judged only where its values loaded without a problem.
 * Internal to runtime/spec. */

#include "runtime/spec/fields.h"
#include "runtime/spec/vnf.h"

void vnf_check(struct reading *r, const struct vnf *v);
/* Parts of it, for where a part stands by itself: the objects at AT and RESOURCES, the lists at
 * their places. */
struct vnf_net_places {
	const struct where *links, *interfaces;
};
void vnf_check_net(struct reading *r, const struct vnf *v, const struct vnf_net_places *in);
void vnf_check_rootfs(struct reading *r, const struct vnf_rootfs *root, const struct where *at);
void vnf_check_resources(struct reading *r, const struct vnf_resources *res,
			 const struct where *resources);
/* The rules between packet_cpu and the rest. RES: the limits of whoever has those interfaces. */
struct vnf_packet_places {
	const struct where *vnf, *interfaces;
};
void vnf_check_packet(struct reading *r, const struct vnf *v, const struct vnf_resources *res,
		      const struct vnf_packet_places *in);
/* Where nfrun mounts by itself, so that a description may not. */
bool vnf_is_reserved(const char *path);

/* One interface's gateways and routes, and all of the VNF's against each other. */
void vnf_check_routes(struct reading *r, const struct vnf_iface *i, const struct where *at);
void vnf_check_same_routes(struct reading *r, const struct vnf *v, const struct where *interfaces);

/* Whether A is in a subnet of the interface, or covered by a route straight onto its link. */
bool vnf_iface_reaches(const struct vnf_iface *i, const struct ipaddr *a);

/* What holds for an interface without "mtu": its link's, where the descriptor says one, else 1500.
 */
uint32_t vnf_iface_mtu(const struct vnf *v, const struct vnf_iface *i);
/* The link of this descriptor that the interface plugs into, or NULL. */
const struct vnf_link *vnf_link_find(const struct vnf *v, const char *bridge);

#endif
