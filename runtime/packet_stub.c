/* SPDX-License-Identifier: Apache-2.0 */
/* Only in the worktree of those who write the faces: to be dropped. */
#include "runtime/packet_engine.h"

int packet_update(struct container *c, struct err *e)
{
	(void)c, (void)e;
	return 0;
}
