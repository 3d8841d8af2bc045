/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/base/bpf.h"
#include "runtime/base/scope.h"
#include "runtime/base/strs.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

int bpf_call(enum bpf_cmd cmd, union bpf_attr *attr)
{
	return (int)syscall(SYS_bpf, cmd, attr, sizeof *attr);
}

/* Before Linux 5.11 programs were charged to RLIMIT_MEMLOCK. */
static bool raise_memlock(void)
{
	struct rlimit l;

	if (getrlimit(RLIMIT_MEMLOCK, &l) < 0)
		return false;

	struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY }, hard = { l.rlim_max, l.rlim_max };
	return setrlimit(RLIMIT_MEMLOCK, &all) == 0 || setrlimit(RLIMIT_MEMLOCK, &hard) == 0;
}

/* The last line of the verifier's log says what is wrong, but for its statistics. */
static const char *verdict(char *log)
{
	char *stats = strstr(log, "\nprocessed "), *last;

	if (stats)
		*stats = '\0';
	while ((last = strrchr(log, '\n')) && !last[1])
		*last = '\0';
	return last ? last + 1 : log;
}

int bpf_load(const struct bpf_source *s, struct err *e)
{
	enum { LOG_SIZE = 1 << 16 };
	union bpf_attr attr = {
		.prog_type = s->type,
		.insn_cnt = (uint32_t)s->n,
		.insns = bpf_address(s->v),
		.license = bpf_address("Apache-2.0"),
	};

	memcpy(attr.prog_name, s->name, strnlen(s->name, sizeof attr.prog_name - 1));
	int fd = bpf_call(BPF_PROG_LOAD, &attr);

	if (fd < 0 && errno == EPERM && raise_memlock())
		fd = bpf_call(BPF_PROG_LOAD, &attr);
	if (fd >= 0)
		return fd;

	int code = errno;
	scoped_str char *log = mem_alloc(LOG_SIZE);
	attr.log_level = 1;
	attr.log_buf = bpf_address(log);
	attr.log_size = LOG_SIZE;
	fd = bpf_call(BPF_PROG_LOAD, &attr);
	if (fd >= 0)
		return fd;
	return *log ? err_set(e, code, "load %s (verifier: %s)", s->what, verdict(log))
		    : err_set(e, code, "load %s", s->what);
}

int bpf_program_open(uint32_t id)
{
	union bpf_attr attr = { .prog_id = id };

	return bpf_call(BPF_PROG_GET_FD_BY_ID, &attr);
}

int bpf_map_open(uint32_t id)
{
	union bpf_attr attr = { .map_id = id };

	return bpf_call(BPF_MAP_GET_FD_BY_ID, &attr);
}
