/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/log.h"
#include "runtime/base/fs.h"
#include "runtime/base/scope.h"
#include "runtime/base/strs.h"
#include "runtime/report.h"
#include "runtime/state.h"

#include <fcntl.h>
#include <string.h>
#include <time.h>

static int open_log(const struct globals *g, struct err *e)
{
	return fs_open_given(g->log, O_WRONLY | O_CREAT | O_APPEND, 0644, e);
}

static bool is_asked_for(const struct globals *g)
{
	return g->log && *g->log;
}

int log_open(const struct globals *g, struct err *e)
{
	scoped_fd int fd = is_asked_for(g) ? open_log(g, e) : -1;

	return is_asked_for(g) && fd < 0 ? err_wrap(e, "--log") : 0;
}

/* logrus' form, which runc writes. */
static char *text_line(const char *msg, const char *time)
{
	scoped_str char *quoted = mem_alloc(2 * strlen(msg) + 1);
	char *to = quoted;

	for (; *msg; msg++) {
		if (*msg == '"' || *msg == '\\')
			*to++ = '\\';
		*to++ = (char)(*msg == '\n' ? ' ' : *msg);
	}
	return str_printf("time=\"%s\" level=error msg=\"%s\"\n", time, quoted);
}

void log_error(const struct globals *g, const struct err *e)
{
	scoped_str char *msg = str_printf("%s%s%s", e->text, err_colon(e), err_cause(e));
	struct err ignored = { 0 };
	scoped_fd int fd = is_asked_for(g) ? open_log(g, &ignored) : -1;
	struct timespec now;
	char time[REPORT_TIME];

	if (fd < 0)
		return;
	clock_gettime(CLOCK_REALTIME, &now);
	report_time(&now, time);

	scoped_str char *line = g->log_format == LOG_JSON ? state_log_line("error", msg, time)
							  : text_line(msg, time);
	(void)!write(fd, line, strlen(line)); /* stderr has it too */
}
