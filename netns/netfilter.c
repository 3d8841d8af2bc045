/* SPDX-License-Identifier: Apache-2.0 */
#include "netns/nl.h"
#include "netns/port.h"
#include "runtime/base/strs.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

/* The first character of a kernel file that is there and not empty, else 0. */
static char first_of(const char *path)
{
	scoped_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
	char c;

	if (fd < 0 || read(fd, &c, 1) != 1)
		return 0;
	return c;
}

static void see_chain(struct nlmsghdr *h, void *arg)
{
	const struct nfgenmsg *g = nlmsg_data(h);
	struct nlattr *hook = nlmsg_find_attr(h, sizeof *g, NFTA_CHAIN_HOOK);

	if (!hook || (g->nfgen_family != NFPROTO_IPV4 && g->nfgen_family != NFPROTO_IPV6 &&
		      g->nfgen_family != NFPROTO_INET))
		return;
	struct nlattr *number = nla_find(nla_data(hook), nla_len(hook), NFTA_HOOK_HOOKNUM);
	if (number && ntohl(nla_get_u32(number)) == NF_INET_FORWARD)
		*(bool *)arg = true;
}

/* Whether a chain of nft, or of iptables on top of it, sees what is forwarded. */
static bool nft_sees_forwarded(void)
{
	const struct nfgenmsg g = { .nfgen_family = NFPROTO_UNSPEC, .version = NFNETLINK_V0 };
	scoped_batch struct nl_batch b = { 0 };
	struct nl_sock *sk = NULL;
	bool seen = false;
	struct err ignored = { 0 }; /* a kernel without nf_tables has no chains */

	if (nl_open(&sk, NETLINK_NETFILTER, &ignored) < 0)
		return false;
	nl_header(nl_add(&b, NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETCHAIN, NLM_F_DUMP,
			 str_dup("list chains")),
		  &g, sizeof g);
	(void)nl_get(sk, &b, see_chain, &seen, &ignored);
	nl_socket_free(sk);
	return seen;
}

/* br_netfilter asks whether the sysctl or the bridge's own nf_call_iptables is set, so that a made
 * bridge's 0 does not help against the sysctl's 1. Without rules it does no harm: kernels with
 * br_netfilter built in have a 1 in every namespace. */
const char *bridge_netfilter_warning(void)
{
	char on = first_of("/proc/sys/net/bridge/bridge-nf-call-iptables");
	bool legacy = first_of("/proc/thread-self/net/ip_tables_names") != 0;

	if ((on == 0 || on == '0') || !(legacy || nft_sees_forwarded()))
		return NULL;
	return "the host's iptables FORWARD rules also see packets between VNFs on one bridge, and may "
	       "drop them (net.bridge.bridge-nf-call-iptables is 1): accept them there, or `sysctl -w "
	       "net.bridge.bridge-nf-call-iptables=0`";
}
