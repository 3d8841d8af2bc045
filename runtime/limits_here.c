/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/limits_here.h"
#include "runtime/base/fs.h"
#include "runtime/base/units.h"
#include "runtime/blockdev.h"
#include "runtime/devices.h"

#include <fcntl.h>
#include <string.h>

/* Of a config.json, exec says it, as runc's does: it may never be called. Those within 'cpus' are
 * judged with these, by cgroups/. */
static int check_exec_cpus(const struct spec *s, struct err *e)
{
	static const char path[] = "/sys/devices/system/cpu/online";
	const char *cpus = s->process.affinity_final;
	scoped_str char *online = NULL;
	struct cpulist there, wanted;

	if (s->oci || !cpus || s->resources.cpus)
		return 0;
	if (fs_read_at(AT_FDCWD, path, &online, NULL, e) < 0)
		return -1;
	online[strcspn(online, "\n")] = '\0';
	if (cpulist_parse(online, &there) && cpulist_parse(cpus, &wanted) &&
	    cpulist_within(&wanted, &there))
		return 0;
	return err_set(e, 0, "/resources/cpu/exec_cpus: %s: this host has %s", cpus, online);
}

int limits_here(struct spec *s, struct err *e)
{
	if (check_exec_cpus(s, e) < 0)
		return -1;
	if (!s->oci && s->resources.has_devices && devices_allow(s, e) < 0)
		return -1;
	return blockdev_resolve(&s->resources, e);
}
