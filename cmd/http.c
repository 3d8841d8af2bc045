/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/http.h"
#include "runtime/base/scope.h"
#include "runtime/base/strs.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <microhttpd.h>
#include <string.h>

/* A start of nfrun that serves nothing does not load it, and what it is linked with (GnuTLS). */
static const char library_name[] = "libmicrohttpd.so.12";

/* Those of its functions that are needed: microhttpd.h says what they do. */
struct library {
	__typeof__(MHD_start_daemon) *start_daemon;
	__typeof__(MHD_stop_daemon) *stop_daemon;
	__typeof__(MHD_get_daemon_info) *get_daemon_info;
	__typeof__(MHD_get_timeout) *get_timeout;
	__typeof__(MHD_run) *run;
	__typeof__(MHD_create_response_from_buffer) *create_response_from_buffer;
	__typeof__(MHD_add_response_header) *add_response_header;
	__typeof__(MHD_queue_response) *queue_response;
	__typeof__(MHD_destroy_response) *destroy_response;
};

#define SYMBOL(name)                                                                               \
	{                                                                                          \
		"MHD_" #name, offsetof(struct library, name)                                       \
	}
static const struct {
	const char *name;
	size_t offset;
} symbols[] = {
	SYMBOL(start_daemon),
	SYMBOL(stop_daemon),
	SYMBOL(get_daemon_info),
	SYMBOL(get_timeout),
	SYMBOL(run),
	SYMBOL(create_response_from_buffer),
	SYMBOL(add_response_header),
	SYMBOL(queue_response),
	SYMBOL(destroy_response),
};
#undef SYMBOL

struct http {
	struct library lib;
	struct MHD_Daemon *daemon;
	http_handler *handler;
	void *arg;
};

/* Never let go again. */
static int load_library(struct library *l, struct err *e)
{
	void *handle = dlopen(library_name, RTLD_NOW);

	if (!handle)
		return err_tell(e, ENOENT,
				"libmicrohttpd is not installed: %s (Debian: apt-get install "
				"libmicrohttpd12)",
				dlerror());
	for (size_t i = 0; i < ARRAY_LEN(symbols); i++) {
		void *symbol = dlsym(handle, symbols[i].name);

		if (!symbol)
			return err_tell(e, ENOSYS, "%s is too old: it has no %s", library_name,
					symbols[i].name);
		memcpy((char *)l + symbols[i].offset, &symbol, sizeof symbol);
	}
	return 0;
}

/* --- a request --- */

/* A takes its body over. */
static enum MHD_Result answer(const struct http *h, struct MHD_Connection *to,
			      const struct http_answer *a)
{
	struct MHD_Response *r =
		h->lib.create_response_from_buffer(strlen(a->body), a->body, MHD_RESPMEM_MUST_FREE);
	enum MHD_Result result = MHD_NO;

	if (!r)
		return MHD_NO; /* closes the connection */
	if (h->lib.add_response_header(r, "Content-Type", a->type) == MHD_YES &&
	    (a->status != MHD_HTTP_METHOD_NOT_ALLOWED ||
	     h->lib.add_response_header(r, "Allow", "GET, HEAD") == MHD_YES))
		result = h->lib.queue_response(to, a->status, r);
	h->lib.destroy_response(r); /* one reference of it */
	return result;
}

static bool is_read(const char *method)
{
	return strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;
}

/* Called for the head of a request, and again once what follows it can be answered. The library's
 * signature. */
/* NOLINTBEGIN(readability-function-size,readability-non-const-parameter) */
static enum MHD_Result take(void *arg, struct MHD_Connection *from, const char *path,
			    const char *method, const char *version, const char *data, size_t *size,
			    void **seen)
/* NOLINTEND(readability-function-size,readability-non-const-parameter) */
{
	static char mark;
	const struct http *h = arg;
	struct http_answer a = { .status = MHD_HTTP_METHOD_NOT_ALLOWED, .type = "text/plain" };

	(void)version;
	(void)data;
	(void)size;
	if (is_read(method) && *seen != &mark) {
		*seen = &mark;
		return MHD_YES;
	}
	if (is_read(method))
		h->handler(path, &a, h->arg);
	else
		a.body = str_dup("only GET and HEAD\n");
	return answer(h, from, &a);
}

/* --- the server --- */

/* A caller that says nothing, or too much, takes no more than its place. */
enum { CALLERS_MAX = 32, SILENCE_MAX_S = 10, CALLER_BYTES = 16384 };

int http_open(int listener, http_handler *handler, void *arg, struct http **out, struct err *e)
{
	struct http *h = mem_alloc(sizeof *h);

	*h = (struct http){ .handler = handler, .arg = arg };
	if (load_library(&h->lib, e) < 0) {
		free(h);
		return -1;
	}
	errno = 0;
	h->daemon = h->lib.start_daemon(
		MHD_USE_EPOLL, 0, NULL, NULL, take, h, MHD_OPTION_LISTEN_SOCKET, listener,
		MHD_OPTION_CONNECTION_LIMIT, (unsigned)CALLERS_MAX, MHD_OPTION_CONNECTION_TIMEOUT,
		(unsigned)SILENCE_MAX_S, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CALLER_BYTES,
		MHD_OPTION_END);
	if (!h->daemon) {
		free(h);
		return err_set(e, errno, "start the HTTP server");
	}
	*out = h;
	return 0;
}

int http_fd(const struct http *h)
{
	return h->lib.get_daemon_info(h->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
}

int http_timeout_ms(const struct http *h)
{
	MHD_UNSIGNED_LONG_LONG ms;

	if (h->lib.get_timeout(h->daemon, &ms) != MHD_YES)
		return -1;
	return ms > INT_MAX ? INT_MAX : (int)ms;
}

int http_run(struct http *h, struct err *e)
{
	return h->lib.run(h->daemon) == MHD_YES ? 0 : err_set(e, 0, "the HTTP server failed");
}

void http_close(struct http *h)
{
	if (!h)
		return;
	h->lib.stop_daemon(h->daemon);
	free(h);
}
