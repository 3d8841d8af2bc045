/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_CMD_SAMPLES_H
#define NFRUN_CMD_SAMPLES_H

#include "cmd/view.h"

/* The last two readings of some VNFs. */
struct sample {
	char *name;
	bool has_before;
	struct usage before, now;
};
struct samples {
	struct sample *v;
	size_t n;
	bool has_softirq_before, has_softirq;
	struct softirq_reading softirq_before, softirq;
};
/* The host's packet work, watched from the first sample on that has packets nobody is billed for.
 */
struct samples_watch {
	struct softirq softirq;
	bool begun; /* which this host may not allow: then it is not asked again */
};
#define SAMPLES_WATCH_NONE                                                                         \
	{                                                                                          \
		.softirq = SOFTIRQ_NONE                                                            \
	}
void samples_watch_drop(struct samples_watch *w);

/* Read once more: the readings of OLD become those before, and OLD is empty afterwards. Of the
 * names given on the command line, or of all that run. One that cannot be read is an error only
 * when it was given and OLD is empty: later it has just ended. */
int samples_take(const struct invocation *in, struct samples_watch *w, struct samples *old,
		 struct samples *out, struct err *e);
void samples_drop(struct samples *s);
#define scoped_samples __attribute__((cleanup(samples_drop)))

void samples_print(const struct samples *s, FILE *out);
void samples_print_json(const struct samples *s, FILE *out);

#endif
