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
#include <seccomp.h>
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
	struct seccomp_key key = { seccomp_table_hash(&seccomp_default, caps), "" };

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

static int prepare_file(const char *path, caps_mask caps, int cache, struct seccomp_program *out,
			struct err *e)
{
	scoped_str char *json = NULL;
	size_t n;

	if (fs_read_at(AT_FDCWD, path, &json, &n, e) < 0)
		return err_wrap(e, "seccomp profile");

	struct seccomp_key key = { profile_key(json, n, caps), "" };
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
	return prepare_file(policy, caps, cache, out, e);
}

int seccomp_prepare_profile(const struct seccomp_profile *p, const char *cache_dir,
			    struct seccomp_program *out, struct err *e)
{
	scoped_str char *text = seccomp_profile_text(p);
	struct seccomp_key key = { hash_text(seccomp_builder_hash(), text), text };
	scoped_fd int cache = seccomp_cache_open(cache_dir);

	*out = (struct seccomp_program){ 0 };
	if (cache >= 0 && seccomp_cache_read(cache, key, out))
		return 0;
	if (seccomp_build(p, 0, out, e) < 0)
		return err_wrap(e, "linux.seccomp");
	if (cache >= 0)
		seccomp_cache_write(cache, key, out);
	return 0;
}

bool seccomp_notifies(const struct seccomp_program *p)
{
	return p->flags & SECCOMP_FILTER_FLAG_NEW_LISTENER;
}

int seccomp_refused(int code, struct err *e)
{
	if (code == EACCES)
		return err_set(e, EACCES,
			       "load the system call filter: without SYS_ADMIN it takes "
			       "no_new_privs");
	if (code == EBUSY)
		return err_tell(e, EBUSY,
				"load the system call filter: a filter with a listener is "
				"in force already, and the kernel takes one alone");
	return err_set(e, code, "load the system call filter");
}

int seccomp_apply(const struct seccomp_program *p, struct err *e)
{
	struct sock_fprog prog = { .len = (unsigned short)p->n, .filter = p->bpf };

	if (p->n == 0 || syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, p->flags, &prog) >= 0)
		return 0;
	return seccomp_refused(errno, e);
}

/* The kernel looks at the flags first, then at where the program should be: EFAULT. */
static bool takes_flag(unsigned flag)
{
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flag, NULL) < 0 && errno == EFAULT;
}

void seccomp_supported_flags(struct strs *out)
{
	static const struct {
		const char *word;
		unsigned flags;
	} rows[] = {
		{ "SECCOMP_FILTER_FLAG_TSYNC", SECCOMP_FILTER_FLAG_TSYNC },
		{ "SECCOMP_FILTER_FLAG_LOG", SECCOMP_FILTER_FLAG_LOG },
		{ "SECCOMP_FILTER_FLAG_SPEC_ALLOW", SECCOMP_FILTER_FLAG_SPEC_ALLOW },
		{ "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV",
		  SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV | SECCOMP_FILTER_FLAG_NEW_LISTENER },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (takes_flag(rows[i].flags))
			strs_add(out, rows[i].word);
}

char *seccomp_library_version(void)
{
	const struct scmp_version *v = seccomp_version();

	return str_printf("%u.%u.%u", v->major, v->minor, v->micro);
}
