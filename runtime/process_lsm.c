/* SPDX-License-Identifier: Apache-2.0 */
/* AppArmor profiles and SELinux labels: what a process is to be labelled with at its next exec. */
#include "runtime/base/fs.h"
#include "runtime/process_parts.h"
#include "runtime/procfs.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

/* Every kernel can do that. */
static bool wants_apparmor(const struct spec_process *p)
{
	return p->apparmor && *p->apparmor && strcmp(p->apparmor, "unconfined") != 0;
}

static bool wants_selinux(const struct spec_process *p)
{
	return p->selinux && *p->selinux;
}

static bool file_has(const char *path, const char *text)
{
	scoped_str char *content = NULL;
	struct err ignored;

	return fs_read_at(AT_FDCWD, path, &content, NULL, &ignored) == 0 && strstr(content, text);
}

int process_lsm_check(const struct spec_process *p, struct err *e)
{
	if (wants_apparmor(p) && !file_has("/sys/module/apparmor/parameters/enabled", "Y"))
		return err_tell(e, ENOTSUP,
				"process.apparmorProfile is \"%s\", but this host's kernel runs "
				"without AppArmor: enable it (apparmor=1 security=apparmor) or "
				"leave the profile out",
				p->apparmor);
	if (wants_selinux(p) && !file_has("/proc/filesystems", "\tselinuxfs\n"))
		return err_tell(e, ENOTSUP,
				"process.selinuxLabel is \"%s\", but this host's kernel runs "
				"without SELinux: enable it or leave the label out",
				p->selinux);
	return 0;
}

static int open_attr(int proc, const char *name, struct err *e)
{
	scoped_str char *path = str_printf("thread-self/attr/%s", name);

	return procfs_open_file(proc, path, O_WRONLY, e);
}

static int set_attr(const char *name, const char *fallback, const char *value, struct err *e)
{
	scoped_fd int proc = procfs_open(e);
	scoped_fd int fd = proc < 0 ? -1 : open_attr(proc, name, e);
	char cause[64];

	if (fd < 0 && fallback && e->code == ENOENT)
		fd = open_attr(proc, fallback, e);
	if (fd < 0)
		return e->code == 0 ? -1
				    : err_tell(e, 0,
					       "cannot write its label: /proc/thread-self/attr/%s "
					       "is not there",
					       name);
	if (write(fd, value, strlen(value)) >= 0)
		return 0;
	int code = errno;
	if (code == ENOENT)
		return err_tell(e, 0, "no such profile is loaded");
	return err_tell(e, 0, "%s", process_cause(code, cause, sizeof cause));
}

int process_label(const struct spec_process *p, struct err *e)
{
	scoped_str char *order = str_printf("exec %s", p->apparmor ? p->apparmor : "");

	if (wants_apparmor(p) && set_attr("apparmor/exec", "exec", order, e) < 0)
		return err_wrap(e, "AppArmor profile \"%s\"", p->apparmor);
	if (wants_selinux(p) && set_attr("exec", NULL, p->selinux, e) < 0)
		return err_wrap(e, "SELinux label \"%s\"", p->selinux);
	return 0;
}
