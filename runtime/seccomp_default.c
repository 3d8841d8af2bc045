/* SPDX-License-Identifier: Apache-2.0 */
/* The policy "default": what network functions call, and what is refused to them, as Docker's and
 * Podman's default profiles have it for x86_64 and aarch64 in 2024 (without io_uring, as there). A
 * call that only an architecture has is simply left out on the other.
 *
 * Not here, and so refused with EPERM: the kernel's keyrings, which no namespace divides; loading
 * of modules and kernels; userfaultfd and io_uring, the doors of too many exploits; ptrace and what
 * else reads other processes; what makes or enters namespaces and mounts. */
#include "runtime/seccomp_policy.h"

#include <errno.h>
#include <sched.h>
#include <sys/socket.h>

#define WORDS(...) (char *[]){ __VA_ARGS__ }, sizeof((char *[]){ __VA_ARGS__ }) / sizeof(char *)
#define ALLOW(...) .action = PROFILE_ALLOW, .names = { WORDS(__VA_ARGS__) }
#define WITH(cap)  .includes.caps = { WORDS(cap) }
#define FIRST(test, what)                                                                          \
	.args = (struct profile_arg[]){ { .op = (test), .value = (what) } }, .n_args = 1

#define NAMESPACE_FLAGS                                                                            \
	(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER |             \
	 CLONE_NEWPID | CLONE_NEWNET)

static const struct profile_rule rules[] = {
	{ ALLOW("accept", "accept4", "access", "adjtimex", "alarm", "bind", "brk", "capget",
		"capset", "chdir", "chmod", "chown", "clock_adjtime", "clock_getres",
		"clock_gettime", "clock_nanosleep", "close", "close_range", "connect",
		"copy_file_range", "creat", "dup", "dup2", "dup3", "epoll_create", "epoll_create1",
		"epoll_ctl", "epoll_ctl_old", "epoll_pwait", "epoll_pwait2", "epoll_wait",
		"epoll_wait_old", "eventfd", "eventfd2", "execve", "execveat", "exit", "exit_group",
		"faccessat", "faccessat2", "fadvise64", "fallocate", "fanotify_mark", "fchdir",
		"fchmod", "fchmodat", "fchown", "fchownat", "fcntl", "fdatasync", "fgetxattr",
		"flistxattr", "flock", "fork", "fremovexattr", "fsetxattr", "fstat", "fstatfs",
		"fsync", "ftruncate", "futex", "futex_waitv", "futimesat", "getcpu", "getcwd",
		"getdents", "getdents64", "getegid", "geteuid", "getgid", "getgroups", "getitimer",
		"getpeername", "getpgid", "getpgrp", "getpid", "getppid", "getpriority",
		"getrandom", "getresgid", "getresuid", "getrlimit", "get_robust_list", "getrusage",
		"getsid", "getsockname", "getsockopt", "get_thread_area", "gettid", "gettimeofday",
		"getuid", "getxattr", "inotify_add_watch", "inotify_init", "inotify_init1",
		"inotify_rm_watch", "io_cancel", "ioctl", "io_destroy", "io_getevents",
		"io_pgetevents", "ioprio_get", "ioprio_set", "io_setup", "io_submit", "kill",
		"landlock_add_rule", "landlock_create_ruleset", "landlock_restrict_self", "lchown",
		"lgetxattr", "link", "linkat", "listen", "listxattr", "llistxattr", "lremovexattr",
		"lseek", "lsetxattr", "lstat", "madvise", "membarrier", "memfd_create",
		"memfd_secret", "mincore", "mkdir", "mkdirat", "mknod", "mknodat", "mlock",
		"mlock2", "mlockall", "mmap", "mprotect", "mq_getsetattr", "mq_notify", "mq_open",
		"mq_timedreceive", "mq_timedsend", "mq_unlink", "mremap", "msgctl", "msgget",
		"msgrcv", "msgsnd", "msync", "munlock", "munlockall", "munmap", "name_to_handle_at",
		"nanosleep", "newfstatat", "open", "openat", "openat2", "pause", "pidfd_open",
		"pidfd_send_signal", "pipe", "pipe2", "pkey_alloc", "pkey_free", "pkey_mprotect",
		"poll", "ppoll", "prctl", "pread64", "preadv", "preadv2", "prlimit64",
		"process_mrelease", "pselect6", "pwrite64", "pwritev", "pwritev2", "read",
		"readahead", "readlink", "readlinkat", "readv", "recvfrom", "recvmmsg", "recvmsg",
		"remap_file_pages", "removexattr", "rename", "renameat", "renameat2",
		"restart_syscall", "rmdir", "rseq", "rt_sigaction", "rt_sigpending",
		"rt_sigprocmask", "rt_sigqueueinfo", "rt_sigreturn", "rt_sigsuspend",
		"rt_sigtimedwait", "rt_tgsigqueueinfo", "sched_getaffinity", "sched_getattr",
		"sched_getparam", "sched_get_priority_max", "sched_get_priority_min",
		"sched_getscheduler", "sched_rr_get_interval", "sched_setaffinity", "sched_setattr",
		"sched_setparam", "sched_setscheduler", "sched_yield", "seccomp", "select",
		"semctl", "semget", "semop", "semtimedop", "sendfile", "sendmmsg", "sendmsg",
		"sendto", "setfsgid", "setfsuid", "setgid", "setgroups", "setitimer", "setpgid",
		"setpriority", "setregid", "setresgid", "setresuid", "setreuid", "setrlimit",
		"set_robust_list", "setsid", "setsockopt", "set_thread_area", "set_tid_address",
		"setuid", "setxattr", "shmat", "shmctl", "shmdt", "shmget", "shutdown",
		"sigaltstack", "signalfd", "signalfd4", "socketpair", "splice", "stat", "statfs",
		"statx", "symlink", "symlinkat", "sync", "sync_file_range", "syncfs", "sysinfo",
		"tee", "tgkill", "time", "timer_create", "timer_delete", "timer_getoverrun",
		"timer_gettime", "timer_settime", "timerfd_create", "timerfd_gettime",
		"timerfd_settime", "times", "tkill", "truncate", "umask", "uname", "unlink",
		"unlinkat", "utime", "utimensat", "utimes", "vfork", "vmsplice", "wait4", "waitid",
		"write", "writev", "arch_prctl", "modify_ldt") },
	/* Any family but AF_VSOCK: it reaches the hypervisor, and no network namespace divides it.
	 */
	{ ALLOW("socket"), FIRST(PROFILE_NE, AF_VSOCK) },
	/* PER_LINUX and PER_LINUX32, each also with UNAME26; 0xffffffff asks. */
	{ ALLOW("personality"), FIRST(PROFILE_EQ, 0) },
	{ ALLOW("personality"), FIRST(PROFILE_EQ, 0x0008) },
	{ ALLOW("personality"), FIRST(PROFILE_EQ, 0x20000) },
	{ ALLOW("personality"), FIRST(PROFILE_EQ, 0x20008) },
	{ ALLOW("personality"), FIRST(PROFILE_EQ, 0xffffffff) },

	/* clone3's flags lie in memory, where no filter sees them: "not there" sends the C library
	 * back to clone. Who may make namespaces needs neither. */
	{ ALLOW("clone"), FIRST(PROFILE_MASKED_EQ, NAMESPACE_FLAGS),
	  .excludes.caps = { WORDS("SYS_ADMIN") } },
	{ .action = PROFILE_ERRNO,
	  .errno_ret = ENOSYS,
	  .names = { WORDS("clone3") },
	  .excludes.caps = { WORDS("SYS_ADMIN") } },
	{ ALLOW("bpf", "clone", "clone3", "fanotify_init", "fsconfig", "fsmount", "fsopen",
		"fspick", "lookup_dcookie", "mount", "mount_setattr", "move_mount", "open_tree",
		"perf_event_open", "quotactl", "quotactl_fd", "setdomainname", "sethostname",
		"setns", "syslog", "umount2", "unshare"),
	  WITH("SYS_ADMIN") },

	{ ALLOW("acct"), WITH("SYS_PACCT") },
	{ ALLOW("bpf"), WITH("BPF") },
	{ ALLOW("chroot"), WITH("SYS_CHROOT") },
	{ ALLOW("clock_settime", "settimeofday"), WITH("SYS_TIME") },
	{ ALLOW("get_mempolicy", "mbind", "set_mempolicy", "set_mempolicy_home_node"),
	  WITH("SYS_NICE") },
	{ ALLOW("ioperm", "iopl"), WITH("SYS_RAWIO") },
	{ ALLOW("kcmp", "pidfd_getfd", "process_madvise", "process_vm_readv", "process_vm_writev",
		"ptrace"),
	  WITH("SYS_PTRACE") },
	{ ALLOW("open_by_handle_at"), WITH("DAC_READ_SEARCH") },
	{ ALLOW("perf_event_open"), WITH("PERFMON") },
	{ ALLOW("reboot"), WITH("SYS_BOOT") },
	{ ALLOW("syslog"), WITH("SYSLOG") },
	{ ALLOW("vhangup"), WITH("SYS_TTY_CONFIG") },
};

const struct seccomp_profile seccomp_default = {
	.default_action = PROFILE_ERRNO,
	.default_errno = EPERM,
	/* set_mempolicy_home_node, Linux 5.17. Numbers above 402 are the same everywhere. What came
	 * later has been judged by nobody: "not there". */
	.last_known = 450,
	.rules = (struct profile_rule *)rules, /* nobody writes through it */
	.n_rules = sizeof rules / sizeof *rules,
};
