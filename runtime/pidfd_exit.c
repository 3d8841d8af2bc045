/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/pidfd_exit.h"

#include <errno.h>
#include <stdint.h>
#include <sys/ioctl.h>

/* include/uapi/linux/pidfd.h, which Debian 12 has no such version of. */
struct info {
	uint64_t mask, cgroupid;
	uint32_t pid, tgid, ppid, ruid, rgid, euid, egid, suid, sgid, fsuid, fsgid;
	int32_t exit_code;
};
_Static_assert(sizeof(struct info) == 64, "PIDFD_INFO_SIZE_VER0");
#define GET_INFO _IOWR(0xFF, 11, struct info)
enum { INFO_EXIT = 1 << 3 };

int pidfd_exit_status(int pidfd)
{
	struct info i = { .mask = INFO_EXIT };

	if (ioctl(pidfd, GET_INFO, &i) < 0)
		return errno == EINVAL || errno == ENOTTY ? PIDFD_EXIT_UNKNOWN : PIDFD_EXIT_NOT_YET;
	return i.mask & INFO_EXIT ? i.exit_code : PIDFD_EXIT_NOT_YET;
}
