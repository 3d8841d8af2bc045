/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroups/devices.h"
#include "cgroups/bpf_devices.h"
#include "runtime/base/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

enum { NUMBER_MAX = 0xfffff, TEXT_SIZE = 64 }; /* a minor is 20 bits, a major 12 */

int device_access(const struct limits_device *rule)
{
	int bits = 0;

	if (memchr(rule->access, 'r', sizeof rule->access))
		bits |= BPF_DEVCG_ACC_READ;
	if (memchr(rule->access, 'w', sizeof rule->access))
		bits |= BPF_DEVCG_ACC_WRITE;
	if (memchr(rule->access, 'm', sizeof rule->access))
		bits |= BPF_DEVCG_ACC_MKNOD;
	return bits ? bits : DEVICE_ALL;
}

/* Every device and every way to use it: such a rule leaves nothing of those before it. */
static bool is_total(const struct limits_device *r)
{
	return r->type == 'a' && r->major < 0 && r->minor < 0 && device_access(r) == DEVICE_ALL;
}

static int check(const struct limits_device *rules, size_t n, struct err *e)
{
	for (size_t i = 0; i < n; i++)
		if (rules[i].major > NUMBER_MAX || rules[i].minor > NUMBER_MAX)
			return err_set(e, ERANGE,
				       "device rule %zu: no device has the number %" PRId64
				       ":%" PRId64,
				       i, rules[i].major, rules[i].minor);
	return 0;
}

/* --- v1 --- */

/* "c 1:3 rwm" into OUT of TEXT_SIZE; returns OUT. */
static const char *rule_text(const struct limits_device *r, char type, char *out)
{
	int access = device_access(r);
	char major[24] = "*", minor[24] = "*";

	if (r->major >= 0)
		(void)snprintf(major, sizeof major, "%" PRId64, r->major);
	if (r->minor >= 0)
		(void)snprintf(minor, sizeof minor, "%" PRId64, r->minor);
	(void)snprintf(out, TEXT_SIZE, "%c %s:%s %s%s%s", type, major, minor,
		       access & BPF_DEVCG_ACC_READ ? "r" : "",
		       access & BPF_DEVCG_ACC_WRITE ? "w" : "",
		       access & BPF_DEVCG_ACC_MKNOD ? "m" : "");
	return out;
}

static bool overlap(int64_t a, int64_t b)
{
	return a < 0 || b < 0 || a == b;
}

/* Both speak of some device, but not of the same devices in the same words. */
static bool is_crosswise(const struct limits_device *a, const struct limits_device *b)
{
	bool types = a->type == b->type || a->type == 'a' || b->type == 'a';
	bool same = a->major == b->major && a->minor == b->minor;

	return types && !same && overlap(a->major, b->major) && overlap(a->minor, b->minor) &&
	       (device_access(a) & device_access(b));
}

int devices_check_v1(const struct limits_device *rules, size_t n, struct err *e)
{
	size_t from = 0;
	bool basis = false; /* what is so before any exception */
	char text[TEXT_SIZE], other[TEXT_SIZE];

	for (size_t i = 0; i < n; i++) {
		if (is_total(&rules[i])) {
			from = i + 1;
			basis = rules[i].allow;
			continue;
		}
		for (size_t k = from; k < i && rules[i].allow == basis; k++)
			if (rules[k].allow != basis && is_crosswise(&rules[i], &rules[k]))
				return err_set(
					e, EINVAL,
					"device rule %zu, '%s': cgroup v1 cannot make an exception "
					"from rule %zu, '%s'",
					i, rule_text(&rules[i], rules[i].type, text), k,
					rule_text(&rules[k], rules[k].type, other));
	}
	return 0;
}

static int write_rule(int dir, const struct limits_device *r, struct err *e)
{
	const char *file = r->allow ? "devices.allow" : "devices.deny";
	char text[TEXT_SIZE];

	if (is_total(r))
		return fs_write_at(dir, file, "a", e);
	/* the kernel takes an 'a' for all there is, whatever follows it */
	if (r->type != 'a')
		return fs_write_at(dir, file, rule_text(r, r->type, text), e);
	return fs_write_at(dir, file, rule_text(r, 'b', text), e) < 0
		       ? -1
		       : fs_write_at(dir, file, rule_text(r, 'c', text), e);
}

static int write_rules(int dir, const struct limits_device *rules, size_t n, struct err *e)
{
	if ((n == 0 || !is_total(&rules[0])) && fs_write_at(dir, "devices.deny", "a", e) < 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (write_rule(dir, &rules[i], e) < 0)
			return err_wrap(e, "device rule %zu%s", i,
					rules[i].allow && e->code == EPERM
						? " (a group above does not allow it)"
						: "");
	return 0;
}

static void put_back(int dir, char *list, struct err *e)
{
	struct err failed = { 0 };
	char *line;
	int rc = fs_write_at(dir, "devices.deny", "a", &failed);

	while ((line = strsep(&list, "\n")))
		if (*line && rc == 0)
			rc = fs_write_at(dir, "devices.allow", line, &failed);
	if (rc < 0)
		err_wrap(e, "devices.allow could not be put back (%s)", failed.text);
}

static int apply_v1(const char *path, const struct cgroup_limits *l, bool undo, struct err *e)
{
	scoped_fd int dir = fs_open_at(AT_FDCWD, path, O_PATH | O_DIRECTORY, 0, e);
	scoped_str char *old = NULL;

	if (dir < 0 || devices_check_v1(l->devices, l->n_devices, e) < 0 ||
	    (undo && fs_read_at(dir, "devices.list", &old, NULL, e) < 0))
		return -1;
	if (write_rules(dir, l->devices, l->n_devices, e) == 0)
		return 0;
	if (undo)
		put_back(dir, old, e);
	return err_wrap(e, "%s", path);
}

/* --- either --- */

int devices_apply(struct cgroup *c, const struct cgroup_limits *l, bool undo, struct err *e)
{
	const struct part *p = part_of(c, "devices");

	if (!p)
		return err_set(e, 0,
			       "devices: neither cgroup2 nor the v1 controller devices is mounted "
			       "(/proc/self/mountinfo)");
	if (check(l->devices, l->n_devices, e) < 0)
		return -1;
	if (!p->v2)
		return apply_v1(p->dir, l, undo, e);

	scoped_fd int dir = fs_open_at(AT_FDCWD, p->dir, O_RDONLY | O_DIRECTORY, 0, e);
	if (dir < 0)
		return -1;
	return bpf_devices_attach(dir, l->devices, l->n_devices, e) < 0 ? err_wrap(e, "%s", p->dir)
									: 0;
}
