/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/listen.h"
#include "runtime/base/scope.h"
#include "runtime/base/strs.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

enum { PASSED_FIRST = 3 }; /* SD_LISTEN_FDS_START */

static bool parse_port(const char *text, in_port_t *out)
{
	size_t n = strlen(text);
	unsigned long port;

	if (n == 0 || n > 5 || strspn(text, "0123456789") != n)
		return false;
	port = strtoul(text, NULL, 10);
	if (port > UINT16_MAX)
		return false;
	*out = htons((in_port_t)port);
	return true;
}

static bool parse_address(const char *text, struct sockaddr_storage *out, in_port_t port)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)out;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)out;
	size_t n = strlen(text);

	*out = (struct sockaddr_storage){ 0 };
	if (text[0] == '[' && text[n - 1] == ']') {
		scoped_str char *inner = str_printf("%.*s", (int)n - 2, text + 1);

		v6->sin6_family = AF_INET6;
		v6->sin6_port = port;
		return inet_pton(AF_INET6, inner, &v6->sin6_addr) == 1;
	}
	v4->sin_family = AF_INET;
	v4->sin_port = port;
	return inet_pton(AF_INET, text, &v4->sin_addr) == 1;
}

int listen_parse(const char *text, struct sockaddr_storage *out, struct err *e)
{
	const char *colon = strrchr(text, ':');
	scoped_str char *address = colon ? str_printf("%.*s", (int)(colon - text), text) : NULL;
	in_port_t port;

	if (!colon || !*address || !parse_port(colon + 1, &port) ||
	    !parse_address(address, out, port))
		return err_set(e, 0, "is not ADDRESS:PORT: say 127.0.0.1:9310 or [::1]:9310");
	return 0;
}

const char *listen_text(int fd, char *out)
{
	struct sockaddr_storage at = { 0 };
	socklen_t size = sizeof at;
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)&at;
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)&at;
	char address[INET6_ADDRSTRLEN];

	(void)getsockname(fd, (struct sockaddr *)&at, &size); /* its family is 0 then */
	if (at.ss_family == AF_INET && inet_ntop(AF_INET, &v4->sin_addr, address, sizeof address))
		(void)snprintf(out, LISTEN_TEXT, "%s:%u", address, ntohs(v4->sin_port));
	else if (at.ss_family == AF_INET6 &&
		 inet_ntop(AF_INET6, &v6->sin6_addr, address, sizeof address))
		(void)snprintf(out, LISTEN_TEXT, "[%s]:%u", address, ntohs(v6->sin6_port));
	else
		(void)snprintf(out, LISTEN_TEXT, "the socket passed");
	return out;
}

/* For errors: the address as it was asked for. */
static const char *asked(const struct sockaddr_storage *at, char *out)
{
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)at;
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)at;
	bool is_v4 = at->ss_family == AF_INET;
	char address[INET6_ADDRSTRLEN] = "?";

	(void)inet_ntop(at->ss_family,
			is_v4 ? (const void *)&v4->sin_addr : (const void *)&v6->sin6_addr, address,
			sizeof address);
	(void)snprintf(out, LISTEN_TEXT, is_v4 ? "%s:%u" : "[%s]:%u", address,
		       ntohs(is_v4 ? v4->sin_port : v6->sin6_port));
	return out;
}

int listen_open(const struct sockaddr_storage *at, struct err *e)
{
	scoped_fd int fd = socket(at->ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	socklen_t size =
		at->ss_family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
	char text[LISTEN_TEXT];
	const int on = 1;

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0 ||
	    bind(fd, (const struct sockaddr *)at, size) < 0 || listen(fd, SOMAXCONN) < 0)
		return err_set(e, errno, "listen on %s", asked(at, text));
	return fd_take(&fd);
}

/* Whoever passes descriptors says so, by process id, and how many. */
static bool is_passed(long *n)
{
	const char *pid = getenv("LISTEN_PID"), *fds = getenv("LISTEN_FDS");

	*n = fds ? strtol(fds, NULL, 10) : 0;
	return pid && strtol(pid, NULL, 10) == getpid() && *n > 0;
}

int listen_passed(struct err *e)
{
	int listening = 0;
	socklen_t size = sizeof listening;
	long n;

	*e = (struct err){ 0 };
	if (!is_passed(&n))
		return -1;
	if (n != 1)
		return err_set(e, EINVAL, "%ld sockets were passed (LISTEN_FDS): pass one", n);
	if (getsockopt(PASSED_FIRST, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) < 0 ||
	    !listening)
		return err_set(e, EINVAL, "what was passed (LISTEN_FDS) is not a listening socket");
	if (fcntl(PASSED_FIRST, F_SETFD, FD_CLOEXEC) < 0 ||
	    fcntl(PASSED_FIRST, F_SETFL, fcntl(PASSED_FIRST, F_GETFL) | O_NONBLOCK) < 0)
		return err_set(e, errno, "take over the socket passed");
	return PASSED_FIRST;
}
