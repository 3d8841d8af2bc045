/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_CMD_LOGS_H
#define NFRUN_CMD_LOGS_H

#include "runtime/logfile.h"

struct logs_shown {
	bool timestamps;
	bool within_line[2]; /* by stream */
};

/* For log_read: print the entry on the stream that it came from. DATA is a struct logs_shown. */
int logs_show(const struct log_entry *entry, void *data);

#endif
