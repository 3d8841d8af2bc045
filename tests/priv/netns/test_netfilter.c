/* SPDX-License-Identifier: Apache-2.0 */
#include "netns/port.h"
#include "tests/support/support.h"

#include <string.h>

static const char setting[] = "/proc/sys/net/bridge/bridge-nf-call-iptables";

HostTest(netfilter, warns_as_the_setting_is)
{
	skip_unless(access(setting, F_OK) == 0, "this kernel has no br_netfilter");
	write_text(setting, "0");
	cr_assert_null(bridge_netfilter_warning());
	write_text(setting, "1");
	const char *warning = bridge_netfilter_warning();
	cr_assert_not_null(warning);
	cr_assert(strstr(warning, "sysctl -w net.bridge.bridge-nf-call-iptables=0"), "%s", warning);
}
