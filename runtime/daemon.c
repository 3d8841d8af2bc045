/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/daemon.h"
#include "runtime/process.h"
#include "runtime/title.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

int daemon_detach(const char *title, const int *keep, size_t n_keep, int *signals, struct err *e)
{
	sigset_t all;

	if (setsid() < 0)
		return err_set(e, errno, "start a session");
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0 || dup2(null, 2) < 0)
		return err_set(e, errno, "open /dev/null");
	if (process_close_all_but(keep, n_keep, e) < 0)
		return -1;
	if (chdir("/") < 0)
		return err_set(e, errno, "go to /");
	title_set(title);
	umask(0077);
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	*signals = signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
	return *signals < 0 ? err_set(e, errno, "make signalfd") : 0;
}
