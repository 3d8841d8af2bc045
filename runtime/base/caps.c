/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/base/caps.h"
#include "runtime/base/scope.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/prctl.h>

static void cap_drop(cap_t *c)
{
	if (*c)
		cap_free(*c);
	*c = NULL;
}

static caps_mask bit(int number)
{
	return (caps_mask)1 << number;
}

int caps_number(const char *name)
{
	const char *bare = strncasecmp(name, "cap_", 4) == 0 ? name + 4 : name;
	scoped_str char *full = str_printf("cap_%s", bare);
	char known[32];
	cap_value_t number;

	/* libcap reads as far as it understands: "net_admin=ep" is NET_ADMIN to it, so look back.
	 */
	if (cap_from_name(full, &number) < 0 || strcasecmp(bare, caps_name(number, known)) != 0)
		return -1;
	return number;
}

const char *caps_name(int number, char *out)
{
	char *name = cap_to_name(number); /* "cap_net_admin", or digits for one it does not know */

	if (name && strncmp(name, "cap_", 4) == 0)
		snprintf(out, 32, "%s", name + 4);
	else
		snprintf(out, 32, "%d", number);
	if (name)
		cap_free(name);
	for (char *c = out; *c; c++)
		if (*c >= 'a' && *c <= 'z')
			*c = (char)(*c - 'a' + 'A');
	return out;
}

caps_mask caps_mask_of(const struct strs *names)
{
	caps_mask mask = 0;

	for (size_t i = 0; i < names->n; i++) {
		int number = caps_number(names->v[i]);

		if (number >= 0)
			mask |= bit(number);
	}
	return mask;
}

int caps_drop_bounding(caps_mask keep, struct err *e)
{
	char name[32];

	for (int i = 0; i < cap_max_bits(); i++) {
		if ((keep & bit(i)) || cap_get_bound(i) == 0)
			continue;
		if (cap_drop_bound(i) < 0)
			return err_set(e, errno, "drop capability %s", caps_name(i, name));
	}
	/* Else the change from user id 0 to another empties the permitted set: capabilities(7).
	 * exec resets the flag. */
	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0)
		return err_set(e, errno, "keep capabilities across the change of user");
	return 0;
}

static caps_mask flag_get(cap_t c, cap_flag_t flag)
{
	caps_mask mask = 0;
	cap_flag_value_t value;

	for (int i = 0; i < cap_max_bits(); i++)
		if (cap_get_flag(c, i, flag, &value) == 0 && value == CAP_SET)
			mask |= bit(i);
	return mask;
}

/* Cannot fail: C is a valid set and the numbers are below cap_max_bits. */
static void flag_set(cap_t c, cap_flag_t flag, caps_mask mask)
{
	for (int i = 0; i < cap_max_bits(); i++)
		if (mask & bit(i))
			(void)cap_set_flag(c, flag, 1, &i, CAP_SET);
}

static caps_mask bounding_get(void)
{
	caps_mask mask = 0;

	for (int i = 0; i < cap_max_bits(); i++)
		if (cap_get_bound(i) == 1)
			mask |= bit(i);
	return mask;
}

static int ambient_set(caps_mask mask, struct err *e)
{
	char name[32];

	if (cap_reset_ambient() < 0)
		return err_set(e, errno, "clear ambient capabilities");
	for (int i = 0; i < cap_max_bits(); i++)
		if ((mask & bit(i)) && cap_set_ambient(i, CAP_SET) < 0)
			return err_set(e, errno, "raise ambient capability %s", caps_name(i, name));
	return 0;
}

int caps_set(const struct caps_sets *sets, struct err *e)
{
	scoped(cap_drop) cap_t c = cap_get_proc();

	if (!c)
		return err_set(e, errno, "read capabilities");

	/* What capset(2) would refuse is left out: a permitted capability cannot come back, and an
	 * inheritable one comes from the permitted and bounding sets. */
	caps_mask held = flag_get(c, CAP_PERMITTED), inherited = flag_get(c, CAP_INHERITABLE);
	caps_mask permitted = sets->permitted & held;
	caps_mask inheritable = sets->inheritable & (inherited | (held & bounding_get()));

	if (cap_clear(c) < 0)
		return err_set(e, errno, "clear capabilities");
	flag_set(c, CAP_PERMITTED, permitted);
	flag_set(c, CAP_EFFECTIVE, sets->effective & permitted);
	flag_set(c, CAP_INHERITABLE, inheritable);
	if (cap_set_proc(c) < 0)
		return err_set(e, errno, "set capabilities");
	return ambient_set(sets->ambient & permitted & inheritable, e);
}

char *caps_words(caps_mask mask)
{
	char *words = str_dup("");
	char name[32];

	for (int i = 0; i < 64; i++) {
		scoped_str char *so_far = words;

		words = (mask & bit(i)) ? str_printf("%s%sCAP_%s", so_far, *so_far ? ", " : "",
						     caps_name(i, name))
					: str_take(&so_far);
	}
	return words;
}

static caps_mask available(void)
{
	scoped(cap_drop) cap_t c = cap_get_proc();

	return c ? flag_get(c, CAP_PERMITTED) & bounding_get() : 0;
}

void caps_warnings(const struct caps_sets *sets, bool all_held, struct strs *warnings)
{
	caps_mask held = all_held ? ~(caps_mask)0 : available();
	caps_mask wanted = sets->bounding | sets->permitted | sets->effective | sets->inheritable |
			   sets->ambient;
	caps_mask ambient = sets->ambient & held & ~(sets->permitted & sets->inheritable);

	if (wanted & ~held) {
		scoped_str char *words = caps_words(wanted & ~held);
		strs_addf(warnings, "ignoring capabilities that nfrun itself does not have: %s",
			  words);
	}
	if (ambient) {
		scoped_str char *words = caps_words(ambient);
		strs_addf(warnings,
			  "ignoring ambient capabilities that are not permitted and inheritable "
			  "as well: %s",
			  words);
	}
}

int caps_effective(caps_mask *out, struct err *e)
{
	scoped(cap_drop) cap_t c = cap_get_proc();

	if (!c)
		return err_set(e, errno, "read capabilities");
	*out = flag_get(c, CAP_EFFECTIVE);
	return 0;
}
