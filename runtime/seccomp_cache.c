/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/base/fs.h"
#include "runtime/base/hash.h"
#include "runtime/base/scope.h"
#include "runtime/base/strs.h"
#include "runtime/seccomp_policy.h"

#include <fcntl.h>
#include <inttypes.h>
#include <linux/filter.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>

struct cache_head { /* then n instructions, then the key's text */
	char magic[8];
	uint64_t key, sum; /* sum: of the instructions, its own field and the flags */
	uint32_t n, flags;
	uint64_t text; /* bytes */
};

static const char magic[8] = { 'n', 'f', 'r', 'u', 'n', 'b', 'p', '2' };

static uint64_t sum_of(const struct cache_head *h, const void *bpf)
{
	uint64_t sum = hash_bytes(h->key, &h->flags, sizeof h->flags);

	return hash_bytes(sum, bpf, h->n * sizeof(struct sock_filter));
}

static bool is_ours_alone(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && st.st_uid == geteuid() && (st.st_mode & 077) == 0;
}

char *seccomp_profile_text(const struct seccomp_profile *p)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		abort(); /* as mem_alloc does */
	fprintf(f, "%d %u %u\n", p->default_action, p->default_errno, p->last_known);
	for (size_t i = 0; i < p->architectures.n; i++)
		fprintf(f, "%s\n", p->architectures.v[i]);
	for (size_t i = 0; i < p->flags.n; i++)
		fprintf(f, "%s\n", p->flags.v[i]);
	for (size_t i = 0; i < p->n_rules; i++) {
		const struct profile_rule *r = &p->rules[i];

		fprintf(f, "%d %u %zu %zu\n", r->action, r->errno_ret, r->n_args, r->names.n);
		for (size_t n = 0; n < r->names.n; n++)
			fprintf(f, "%zu %s\n", strlen(r->names.v[n]), r->names.v[n]);
		for (size_t n = 0; n < r->n_args; n++)
			fprintf(f, "%u %d %" PRIu64 " %" PRIu64 "\n", r->args[n].index,
				r->args[n].op, r->args[n].value, r->args[n].value_two);
	}
	fclose(f);
	return text;
}

int seccomp_cache_open(const char *path)
{
	struct err ignored;

	if (fs_mkdirs_at(AT_FDCWD, path, 0700, &ignored) < 0)
		return -1;
	scoped_fd int dir = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	return dir >= 0 && is_ours_alone(dir) ? fd_take(&dir) : -1;
}

static char *file_name(uint64_t key)
{
	return str_printf("%016" PRIx64 ".bpf", key);
}

static bool fits(const struct cache_head *h, struct seccomp_key key, off_t size)
{
	size_t body = h->n * sizeof(struct sock_filter) + h->text;

	return memcmp(h->magic, magic, sizeof magic) == 0 && h->key == key.hash && h->n > 0 &&
	       h->n <= BPF_MAXINSNS && h->text == strlen(key.text) &&
	       size == (off_t)(sizeof *h + body);
}

bool seccomp_cache_read(int dir, struct seccomp_key key, struct seccomp_program *out)
{
	struct cache_head h;
	scoped_str char *name = file_name(key.hash);
	scoped_fd int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || !is_ours_alone(fd) || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return false;
	if (read(fd, &h, sizeof h) != sizeof h || !fits(&h, key, st.st_size))
		return false;

	size_t size = h.n * sizeof(struct sock_filter);
	scoped_str char *bpf = mem_alloc(size), *text = mem_alloc(h.text + 1);
	if (read(fd, bpf, size) != (ssize_t)size || read(fd, text, h.text) != (ssize_t)h.text)
		return false;
	if (sum_of(&h, bpf) != h.sum || memcmp(text, key.text, h.text) != 0)
		return false;
	*out = (struct seccomp_program){ .bpf = str_take(&bpf), .n = h.n, .flags = h.flags };
	return true;
}

void seccomp_cache_write(int dir, struct seccomp_key key, const struct seccomp_program *p)
{
	size_t size = p->n * sizeof(struct sock_filter), text = strlen(key.text);
	size_t all = sizeof(struct cache_head) + size + text;
	struct cache_head h = {
		.key = key.hash, .n = (uint32_t)p->n, .flags = p->flags, .text = text
	};
	scoped_str char *name = file_name(key.hash), *bytes = mem_alloc(all);
	/* A name of our own: others may be at the same. */
	scoped_str char *temp = str_printf("%s.%d", name, (int)getpid());
	struct err ignored;

	memcpy(h.magic, magic, sizeof magic);
	h.sum = sum_of(&h, p->bpf);
	memcpy(bytes, &h, sizeof h);
	memcpy(bytes + sizeof h, p->bpf, size);
	memcpy(bytes + sizeof h + size, key.text, text);
	if (fs_replace_at(dir, temp, bytes, all, 0600, &ignored) < 0 ||
	    renameat(dir, temp, dir, name) < 0)
		(void)unlinkat(dir, temp, 0); /* not there is as good */
}
