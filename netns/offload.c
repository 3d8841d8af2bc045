/* SPDX-License-Identifier: Apache-2.0 */
#include "netns/side.h"
#include "runtime/base/strs.h"

#include <errno.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <netlink/socket.h>
#include <string.h>
#include <sys/ioctl.h>

/* TSO is several features: the kernel has these two commands stand for all of them together
 * (NETIF_F_ALL_TSO), and reads 1 while any is on. That is also what veth looks at. */
static const struct {
	enum offload which;
	uint32_t get, set;
	const char *name;
} offloads[] = {
	{ OFFLOAD_GRO, ETHTOOL_GGRO, ETHTOOL_SGRO, "GRO" },
	{ OFFLOAD_TSO, ETHTOOL_GTSO, ETHTOOL_STSO, "TSO" },
};

/* The ioctl acts in the network namespace that its socket belongs to, and any socket will do:
 * netlink hands on what it does not know. */
static int ethtool(const struct net *n, enum net_side side, const char *name,
		   struct ethtool_value *v)
{
	struct ifreq r = { .ifr_data = (void *)v };

	memcpy(r.ifr_name, name, strnlen(name, sizeof r.ifr_name - 1));
	return ioctl(nl_socket_get_fd(side_socket(n, side)), SIOCETHTOOL, &r);
}

int offload_get(struct net *n, enum net_side side, const char *name, unsigned *on, struct err *e)
{
	unsigned found = 0;

	for (size_t i = 0; i < ARRAY_LEN(offloads); i++) {
		struct ethtool_value v = { .cmd = offloads[i].get };

		if (ethtool(n, side, name, &v) < 0)
			return err_set(e, errno, "read whether %s of %s is on", offloads[i].name,
				       name);
		if (v.data)
			found |= offloads[i].which;
	}
	*on = found;
	return 0;
}

/* The kernel takes a wish, and says nothing when something else stands against it. */
static int check(const char *name, unsigned mask, unsigned on, unsigned now, struct err *e)
{
	for (size_t i = 0; i < ARRAY_LEN(offloads); i++)
		if ((on ^ now) & mask & offloads[i].which)
			return err_tell(e, EOPNOTSUPP, "%s of %s stays %s", offloads[i].name, name,
					now & offloads[i].which ? "on" : "off");
	return 0;
}

int offload_set(struct net *n, enum net_side side, const char *name, unsigned mask, unsigned on,
		struct err *e)
{
	unsigned now;

	if (offload_get(n, side, name, &now, e) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(offloads); i++) {
		bool want = on & offloads[i].which;
		struct ethtool_value v = { .cmd = offloads[i].set, .data = want };

		if (!((on ^ now) & mask & offloads[i].which))
			continue;
		if (ethtool(n, side, name, &v) < 0)
			return err_set(e, errno, "turn %s of %s %s", offloads[i].name, name,
				       want ? "on" : "off");
	}
	return offload_get(n, side, name, &now, e) < 0 ? -1 : check(name, mask, on, now, e);
}
