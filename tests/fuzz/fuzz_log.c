/* SPDX-License-Identifier: Apache-2.0 */
/* A log whose content is anything: the first byte says how it is asked for, the second where it is
 * cut into two files. Entries lie inside of what was read and come in either order of asking. */
#include "runtime/base/fs.h"
#include "runtime/base/scope.h"
#include "runtime/logfile.h"

#include <assert.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static int dir = -1;
static char path[] = "/dev/shm/fuzz-log-XXXXXX";

static void clean(void)
{
	struct err e;

	(void)fs_remove_tree_at(AT_FDCWD, path, &e); /* left behind below /dev/shm at worst */
}

static void start(void)
{
	if (dir >= 0)
		return;
	dir = mkdtemp(path) ? open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	if (dir < 0)
		abort();
	atexit(clean);
}

static int count(const struct log_entry *entry, void *data)
{
	int64_t *n = data;

	assert(entry->len == 0 || entry->text[entry->len - 1] != '\n');
	assert(entry->time.tv_nsec >= 0 && entry->time.tv_nsec < 1000000000);
	(*n)++;
	return 0;
}

static int64_t entries(int64_t tail)
{
	struct log_query q = { .tail = tail, .stop_fd = -1 };
	struct err e;
	int64_t n = 0;

	if (log_read(dir, &q, count, &n, &e) < 0)
		abort();
	return n;
}

static void put(const char *name, const char *bytes, size_t n)
{
	struct err e;

	if (fs_replace_at(dir, name, bytes, n, 0600, &e) < 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct log_entry entry;

	if (n < 2)
		return 0;
	start();
	const char *bytes = (const char *)data + 2;
	size_t size = n - 2, cut = data[1] * size / 255;
	int64_t tail = data[0], all;

	(void)log_entry_parse(bytes, size, &entry);
	put("log.1", bytes, cut);
	put("log", bytes + cut, size - cut);
	all = entries(-1);
	if (entries(tail) != (all < tail ? all : tail))
		abort();
	return 0;
}
