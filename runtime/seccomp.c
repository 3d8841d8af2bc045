/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/seccomp.h"
#include "runtime/base/fs.h"
#include "runtime/base/hash.h"
#include "runtime/base/scope.h"
#include "runtime/seccomp_policy.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>

void seccomp_drop(struct seccomp_program *p)
{
	free(p->bpf);
	*p = (struct seccomp_program){ 0 };
}

static int prepare_default(caps_mask caps, int cache, struct seccomp_program *out, struct err *e)
{
	uint64_t key = seccomp_table_hash(&seccomp_default, caps);

	if (cache >= 0 && seccomp_cache_read(cache, key, out))
		return 0;
	if (seccomp_build(&seccomp_default, caps, out, e) < 0)
		return err_wrap(e, "system call filter 'default'");
	if (cache >= 0)
		seccomp_cache_write(cache, key, out);
	return 0;
}

/* A profile may ask for capabilities and for the kernel's version. */
static uint64_t profile_key(const char *json, size_t n, caps_mask caps)
{
	struct utsname uts = { 0 };
	uint64_t key = hash_bytes(seccomp_builder_hash(), json, n);

	(void)uname(&uts); /* fails for a bad pointer only */
	return hash_text(hash_bytes(key, &caps, sizeof caps), uts.release);
}

static int build_profile(const char *path, const char *json, size_t n, caps_mask caps,
			 struct seccomp_program *out, struct err *e)
{
	scoped(seccomp_profile_drop) struct seccomp_profile p = { 0 };
	scoped_strs struct strs problems = { 0 };

	if (seccomp_profile_load(json, n, path, &p, &problems) < 0) {
		if (problems.n == 1)
			return err_set(e, 0, "%s", problems.v[0]);
		return err_set(e, 0, "%s (and %zu more)", problems.v[0], problems.n - 1);
	}
	if (seccomp_build(&p, caps, out, e) < 0)
		return err_wrap(e, "%s", path);
	return 0;
}

static int prepare_profile(const char *path, caps_mask caps, int cache, struct seccomp_program *out,
			   struct err *e)
{
	scoped_str char *json = NULL;
	size_t n;

	if (fs_read_at(AT_FDCWD, path, &json, &n, e) < 0)
		return err_wrap(e, "seccomp profile");

	uint64_t key = profile_key(json, n, caps);
	if (cache >= 0 && seccomp_cache_read(cache, key, out))
		return 0;
	if (build_profile(path, json, n, caps, out, e) < 0)
		return err_wrap(e, "seccomp profile");
	if (cache >= 0)
		seccomp_cache_write(cache, key, out);
	return 0;
}

int seccomp_prepare(const char *policy, caps_mask caps, const char *cache_dir,
		    struct seccomp_program *out, struct err *e)
{
	*out = (struct seccomp_program){ 0 };
	if (strcmp(policy, "unconfined") == 0)
		return 0;

	scoped_fd int cache = seccomp_cache_open(cache_dir);
	if (strcmp(policy, "default") == 0)
		return prepare_default(caps, cache, out, e);
	return prepare_profile(policy, caps, cache, out, e);
}

int seccomp_apply(const struct seccomp_program *p, struct err *e)
{
	struct sock_fprog prog = { .len = (unsigned short)p->n, .filter = p->bpf };

	if (p->n == 0)
		return 0;
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, p->flags, &prog) == 0)
		return 0;
	if (errno == EACCES)
		return err_set(e, EACCES,
			       "load the system call filter: without SYS_ADMIN it takes "
			       "no_new_privs");
	return err_set(e, errno, "load the system call filter");
}
