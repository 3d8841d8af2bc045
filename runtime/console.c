/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/console.h"
#include "runtime/base/scope.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>

/* What /dev/ptmx is in there is up to the container: O_NONBLOCK, as opening a FIFO would wait. */
int console_open(int *master, struct err *e)
{
	scoped_fd int fd = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	int unlocked = 0, number;

	if (fd < 0)
		return err_set(e, errno, "open /dev/ptmx");
	if (ioctl(fd, TIOCGPTN, &number) < 0)
		return err_set(e, 0, "open /dev/ptmx: it makes no terminals");
	if (ioctl(fd, TIOCSPTLCK, &unlocked) < 0)
		return err_set(e, errno, "unlock the terminal");
	if (fcntl(fd, F_SETFL, O_RDWR) < 0)
		return err_set(e, errno, "set up the terminal");
	*master = fd_take(&fd);
	return 0;
}

int console_size(int master, uint32_t rows, uint32_t columns, struct err *e)
{
	const struct winsize size = { .ws_row = (unsigned short)rows,
				      .ws_col = (unsigned short)columns };

	if (rows == 0 && columns == 0)
		return 0;
	return ioctl(master, TIOCSWINSZ, &size) < 0 ? err_set(e, errno, "set the terminal's size")
						    : 0;
}

/* None, where the configuration has set one. */
static bool has_size(int terminal)
{
	struct winsize size = { 0 };

	return ioctl(terminal, TIOCGWINSZ, &size) == 0 && (size.ws_row || size.ws_col);
}

int console_attach(int master, struct err *e)
{
	/* By descriptor: a path could have been replaced. ioctl_tty(2), Linux 4.13. */
	scoped_fd int slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	struct winsize size;

	if (slave < 0)
		return err_set(e, errno, "open the terminal");
	if (!has_size(slave) && ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == 0)
		(void)ioctl(slave, TIOCSWINSZ, &size); /* the size is a convenience */
	if (ioctl(slave, TIOCSCTTY, 0) < 0)
		return err_set(e, errno, "take the terminal");
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (dup2(slave, fd) < 0)
			return err_set(e, errno, "make the terminal stdin, stdout and stderr");
	return 0;
}
