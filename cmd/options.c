/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/options.h"
#include "runtime/base/packet_cpu.h"
#include "runtime/base/strs.h"
#include "runtime/base/units.h"
#include "runtime/spec/vnf.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

int opt_switch(const char *text, void *member, struct err *e)
{
	(void)text;
	(void)e;
	*(bool *)member = true;
	return 0;
}

int opt_yes(const char *text, void *member, struct err *e)
{
	(void)text;
	(void)e;
	*(enum choice *)member = CHOICE_YES;
	return 0;
}

int opt_no(const char *text, void *member, struct err *e)
{
	(void)text;
	(void)e;
	*(enum choice *)member = CHOICE_NO;
	return 0;
}

int opt_text(const char *text, void *member, struct err *e)
{
	if (!*text)
		return err_set(e, 0, "must not be empty");
	*(const char **)member = text;
	return 0;
}

int opt_any(const char *text, void *member, struct err *e)
{
	(void)e;
	*(const char **)member = text;
	return 0;
}

int opt_list(const char *text, void *member, struct err *e)
{
	if (!*text)
		return err_set(e, 0, "must not be empty");
	strs_add(member, text);
	return 0;
}

int opt_format(const char *text, void *member, struct err *e)
{
	if (strcmp(text, "json") != 0 && strcmp(text, "table") != 0)
		return err_set(e, 0, "must be 'table' or 'json'");
	*(enum format *)member = *text == 'j' ? FORMAT_JSON : FORMAT_TABLE;
	return 0;
}

/* A whole decimal number from MIN to MAX, digits only: strtoull would take " -1". */
static bool number_parse(const char *text, uint64_t min, uint64_t max, uint64_t *out)
{
	size_t len = strlen(text);

	if (len == 0 || len > 19 || strspn(text, "0123456789") != len)
		return false;

	uint64_t n = strtoull(text, NULL, 10);
	if (n < min || n > max)
		return false;
	*out = n;
	return true;
}

int opt_unsigned(const char *text, void *member, struct err *e)
{
	if (!number_parse(text, 0, INT64_MAX, member))
		return err_set(e, 0, "is not a number");
	return 0;
}

/* "RTMIN+3", "RTMAX-1": of systemd's own, which callers pass on by name. */
static bool realtime_signal(const char *name, int *out)
{
	bool from_min = strncasecmp(name, "RTMIN", 5) == 0;
	uint64_t n = 0;

	if (!from_min && strncasecmp(name, "RTMAX", 5) != 0)
		return false;
	if (name[5] && (name[5] != (from_min ? '+' : '-') ||
			!number_parse(name + 6, 0, (uint64_t)(SIGRTMAX - SIGRTMIN), &n)))
		return false;
	*out = from_min ? SIGRTMIN + (int)n : SIGRTMAX - (int)n;
	return true;
}

int opt_signal(const char *text, void *member, struct err *e)
{
	const char *name = strncasecmp(text, "SIG", 3) == 0 ? text + 3 : text;
	uint64_t number;

	if (number_parse(text, 1, (uint64_t)SIGRTMAX, &number)) {
		*(int *)member = (int)number;
		return 0;
	}
	if (realtime_signal(name, member))
		return 0;
	for (int s = 1; s < NSIG; s++) {
		const char *known = sigabbrev_np(s);

		if (!known || strcasecmp(known, name) != 0)
			continue;
		*(int *)member = s;
		return 0;
	}
	return err_set(e, 0, "is not a signal: say TERM, SIGUSR1 or 15");
}

int opt_duration(const char *text, void *member, struct err *e)
{
	uint64_t ms;

	if (!duration_parse(text, &ms) || ms > INT64_MAX)
		return err_set(e, 0, "is not a duration: say 10s, 500ms or 1m30s");
	*(int64_t *)member = (int64_t)ms;
	return 0;
}

int opt_tail(const char *text, void *member, struct err *e)
{
	uint64_t n;

	if (strcmp(text, "all") == 0) {
		*(int64_t *)member = -1;
		return 0;
	}
	if (!number_parse(text, 0, INT64_MAX, &n))
		return err_set(e, 0, "is not a number of lines, or 'all'");
	*(int64_t *)member = (int64_t)n;
	return 0;
}

/* No limit, in the kernel's word for it. */
static bool is_max(const char *text, void *member)
{
	if (strcmp(text, "max") != 0)
		return false;
	*(uint64_t *)member = VNF_NO_LIMIT;
	return true;
}

/* -1 is OCI's word for it. */
static bool is_unlimited(const char *text, void *member)
{
	return is_max(strcmp(text, "-1") == 0 ? "max" : text, member);
}

int opt_quota(const char *text, void *member, struct err *e)
{
	if (!is_unlimited(text, member) && !number_parse(text, 0, INT64_MAX, member))
		return err_set(e, 0, "is not a number, or -1 for no limit");
	return 0;
}

int opt_count(const char *text, void *member, struct err *e)
{
	if (!is_max(text, member) && !number_parse(text, 1, INT64_MAX, member))
		return err_set(e, 0, "is not a number above 0, or max");
	return 0;
}

/* runc's callers write "64m". */
static char *upper_unit(const char *text)
{
	char *upper = str_dup(text), *unit = upper + strspn(upper, "0123456789.");

	if (*unit >= 'a' && *unit <= 'z')
		*unit = (char)(*unit - 'a' + 'A');
	return upper;
}

int opt_size(const char *text, void *member, struct err *e)
{
	scoped_str char *size = upper_unit(text);

	if (!is_unlimited(text, member) && !size_parse(size, member))
		return err_set(e, 0, "is not a size: say 256M, 1.5G, a number of bytes, or max");
	return 0;
}

int opt_cpus(const char *text, void *member, struct err *e)
{
	size_t whole = strspn(text, "0123456789");
	size_t part = text[whole] == '.' ? strspn(text + whole + 1, "0123456789") : 0;
	bool shaped = whole > 0 && whole <= 4 && part <= 3 &&
		      text[whole + (text[whole] == '.') + part] == '\0' &&
		      (text[whole] != '.' || part > 0);
	uint64_t milli = 0;

	if (is_max(text, member))
		return 0;
	if (shaped) {
		milli = strtoull(text, NULL, 10) * 1000;
		for (size_t i = 0, unit = 100; i < part; i++, unit /= 10)
			milli += (uint64_t)(text[whole + 1 + i] - '0') * unit;
	}
	if (milli < 10)
		return err_set(e, 0, "is not a number of CPUs: say 0.5 or 2, at least 0.01");
	*(uint64_t *)member = milli;
	return 0;
}

int opt_weight(const char *text, void *member, struct err *e)
{
	if (!number_parse(text, 1, 10000, member))
		return err_set(e, 0, "is not a weight from 1 to 10000");
	return 0;
}

int opt_cpulist(const char *text, void *member, struct err *e)
{
	struct cpulist parsed;

	if (!cpulist_parse(text, &parsed))
		return err_set(e, 0, "is not a CPU list: say 0-3,8");
	*(const char **)member = text;
	return 0;
}

int opt_packet(const char *text, void *member, struct err *e)
{
	return packet_change_parse(text, member, e);
}

int opt_env(const char *text, void *member, struct err *e)
{
	if (!strchr(text, '=') || *text == '=')
		return err_set(e, 0, "is not KEY=VALUE");
	strs_add(member, text);
	return 0;
}

const char *signal_text(int number, char *out)
{
	const char *name = sigabbrev_np(number);

	if (name)
		snprintf(out, 16, "SIG%s", name);
	else
		snprintf(out, 16, "signal %d", number);
	return out;
}
