/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/base/debug.h"
#include "runtime/life.h"

/* Every revert runs, whatever the ones before it said; the first error is kept. */
int steps_revert(const struct step *s, size_t n, struct container *c, struct err *e)
{
	struct err later = { 0 };
	int r = 0;

	while (n-- > 0)
		if (s[n].revert && s[n].revert(c, r ? &later : e) < 0 && r == 0)
			r = s[n].name[0] ? err_wrap(e, "%s", s[n].name) : -1;
	return r;
}

int steps_apply(const struct step *s, size_t n, struct container *c, struct err *e)
{
	for (size_t i = 0; i < n; i++) {
		if (s[i].apply(c, e) == 0) {
			debug_say(s[i].what ? s[i].what : s[i].name);
			continue;
		}
		if (s[i].name[0])
			err_wrap(e, "%s", s[i].name);

		struct err ignored = { 0 };
		(void)steps_revert(s, i + 1, c,
				   &ignored); /* step i may be half done; the first error counts */
		return -1;
	}
	return 0;
}
