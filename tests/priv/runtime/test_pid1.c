/* SPDX-License-Identifier: Apache-2.0 */
/* PID 1 of a VNF as the VNF meets it. */
#include "tests/priv/runtime/engine_test.h"

/* A profile is made for a program, by looking at what the program calls. PID 1's calls are not in
 * it. */
static const char profile[] =
	"{\"defaultAction\":\"%s\",\"syscalls\":[{\"action\":\"SCMP_ACT_ALLOW\",\"names\":[\"execve\","
	"\"brk\",\"arch_prctl\",\"access\",\"faccessat\",\"open\",\"openat\",\"newfstatat\",\"fstat\","
	"\"mmap\",\"close\",\"read\",\"pread64\",\"mprotect\",\"munmap\",\"set_tid_address\","
	"\"set_robust_list\",\"rseq\",\"prlimit64\",\"getrandom\",\"clock_nanosleep\",\"nanosleep\","
	"\"exit_group\",\"futex\"]}]}";

HostTest(pid1, a_profile_of_the_process_is_not_pid_1s)
{
	static const char *const defaults[] = { "SCMP_ACT_ERRNO", "SCMP_ACT_KILL_PROCESS" };
	scoped_str char *path = str_printf("%s/../profile.json", host_root());
	scoped_str char *vnf =
		str_printf("{\"name\":\"a\",\"seccomp\":\"%s\",\"process\":{\"args\":[\"/bin/"
			   "sleep\",\"0.3\"]}}",
			   path);

	for (size_t i = 0; i < ARRAY_LEN(defaults); i++) {
		write_text(path, profile, defaults[i]);
		must_start(vnf);
		cr_expect(wait_until(status_of("a") == STATUS_STOPPED, 3000),
			  "%s: its end is missed", defaults[i]);
		struct vnf_view v = look("a");
		cr_expect_eq(v.rec.end.exit_code, 0, "%s: exit code %d, signal %d", defaults[i],
			     v.rec.end.exit_code, v.rec.end.signal);
		vnf_view_drop(&v);
		must_delete("a");
	}
	unlink(path);
}

HostTest(pid1, it_does_not_show_the_hosts_command_line)
{
	must_start("{\"name\":\"a\"," SH(
		"tr -d '[\\\\000]' </proc/1/cmdline; echo; echo done; sleep 1000") "}");
	cr_assert(wait_until(log_has("a", "done"), 5000));
	scoped_str char *log = log_of("a");
	cr_expect(strstr(log, "nfrun-init"), "%s", log);
	scoped_str char *own = proc_text(getpid(), "cmdline");
	cr_expect_null(strstr(log, own), "%s", log);
	must_delete("a");
}
