/* SPDX-License-Identifier: Apache-2.0 */
/* The systemd driver of a build without libsystemd. */
#include "cgroups/systemd.h"

#ifndef NFRUN_SYSTEMD

#include <errno.h>

struct systemd_bus {
	char none;
};

bool cgroup_systemd_is_built(void)
{
	return false;
}

int cgroup_systemd_check(struct err *e)
{
	return err_tell(e, ENOSYS,
			"this build of nfrun has no systemd driver for control groups: build it "
			"where libsystemd is installed (Debian: apt-get install libsystemd-dev)");
}

int systemd_bus_open(struct systemd_bus **out, struct err *e)
{
	(void)out;
	return cgroup_systemd_check(e);
}

void systemd_bus_close(struct systemd_bus *b)
{
	(void)b;
}

int systemd_bus_version(struct systemd_bus *b, unsigned *out, struct err *e)
{
	(void)b;
	(void)out;
	return cgroup_systemd_check(e);
}

int systemd_bus_start(struct systemd_bus *b, const char *unit, const struct properties *p,
		      struct err *e)
{
	(void)b;
	(void)unit;
	(void)p;
	return cgroup_systemd_check(e);
}

int systemd_bus_stop(struct systemd_bus *b, const char *unit, struct err *e)
{
	(void)b;
	(void)unit;
	return cgroup_systemd_check(e);
}

int systemd_bus_reset(struct systemd_bus *b, const char *unit, struct err *e)
{
	(void)b;
	(void)unit;
	return cgroup_systemd_check(e);
}

int systemd_bus_set(struct systemd_bus *b, const char *unit, const struct properties *p,
		    struct err *e)
{
	(void)b;
	(void)unit;
	(void)p;
	return cgroup_systemd_check(e);
}

#endif
