/* SPDX-License-Identifier: Apache-2.0 */
/* What goes in front of libseccomp's program, which knows no ranges of numbers. Jumps are relative,
 * so it does not mind. */
#include "runtime/seccomp_policy.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stddef.h>

enum { X32_BIT = 0x40000000 };

#define ENOSYS_IF_ABOVE(nr)                                                                        \
	BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, (nr), 0, 1),                                           \
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS)

static uint32_t last_of(const struct seccomp_last *last, size_t n, uint32_t arch)
{
	for (size_t i = 0; i < n; i++)
		if (last[i].arch == arch)
			return last[i].nr;
	return 0;
}

static size_t append(struct sock_filter *out, size_t n, const struct sock_filter *block, size_t len)
{
	for (size_t i = 0; i < len; i++)
		out[n + i] = block[i];
	return n + len;
}

/* The architecture is in the accumulator, and still is when it is another. What is judged jumps
 * beyond the last block, by K that is to be set. x32's numbers come under the name of x86_64. */
static size_t block_for(const struct seccomp_last *l, uint32_t x32, struct sock_filter *out,
			size_t n)
{
	if (l->arch == SCMP_ARCH_X86_64) {
		const struct sock_filter block[] = {
			BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, l->arch, 0, 7),
			BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
			BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, X32_BIT, 2, 0),
			ENOSYS_IF_ABOVE(l->nr ? l->nr : X32_BIT),
			/* -1 is what a tracer sets to skip a call */
			ENOSYS_IF_ABOVE(x32 ? x32 : UINT32_MAX),
			BPF_STMT(BPF_JMP | BPF_JA, 0),
		};
		return append(out, n, block, sizeof block / sizeof *block);
	}

	const struct sock_filter block[] = {
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, l->arch, 0, 4),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		ENOSYS_IF_ABOVE(l->nr),
		BPF_STMT(BPF_JMP | BPF_JA, 0),
	};
	return l->nr ? append(out, n, block, sizeof block / sizeof *block) : n;
}

size_t seccomp_head(const struct seccomp_last *last, size_t n, struct sock_filter *out)
{
	const struct sock_filter load =
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch));
	uint32_t x32 = last_of(last, n, SCMP_ARCH_X32);
	size_t len = append(out, 0, &load, 1);

	for (size_t i = 0; i < n; i++)
		if (last[i].arch != SCMP_ARCH_X32)
			len = block_for(&last[i], x32, out, len);
	if (len == 1)
		return 0;
	for (size_t i = 0; i < len; i++)
		if (out[i].code == (BPF_JMP | BPF_JA))
			out[i].k = (uint32_t)(len - i - 1);
	return len;
}
