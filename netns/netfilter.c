/* SPDX-License-Identifier: Apache-2.0 */
#include "netns/port.h"
#include "runtime/base/scope.h"

#include <fcntl.h>

/* br_netfilter asks whether the sysctl or the bridge's own nf_call_iptables is set, so that a made
 * bridge's 0 does not help against the sysctl's 1. */
const char *bridge_netfilter_warning(void)
{
	scoped_fd int fd =
		open("/proc/sys/net/bridge/bridge-nf-call-iptables", O_RDONLY | O_CLOEXEC);
	char on = '0';

	if (fd < 0 || read(fd, &on, 1) != 1 || on == '0')
		return NULL;
	return "the host's iptables FORWARD rules also see packets between VNFs on one bridge, and may "
	       "drop them (net.bridge.bridge-nf-call-iptables is 1): accept them there, or `sysctl -w "
	       "net.bridge.bridge-nf-call-iptables=0`";
}
