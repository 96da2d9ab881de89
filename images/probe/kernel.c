/* SPDX-License-Identifier: MIT */
/* The kernel: system calls that an inference server never needs and that exploits begin with. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/filter.h>
#include <linux/perf_event.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "probe.h"

/*
 * An error that the kernel returns only after admitting the caller counts as having come through.
 */
static int let_in(int r, int later)
{
	return r == -later ? 0 : r;
}

static int run_keyctl(const char *arg)
{
	(void)arg; /* KEYCTL_GET_KEYRING_ID of the session, made if there is none */
	return result(syscall(SYS_keyctl, 0, -3, 1));
}

static int run_add_key(const char *arg)
{
	return result(syscall(SYS_add_key, "user", arg, "x", 1, -2 /* the process's keyring */));
}

static int run_request_key(const char *arg)
{
	int r = result(syscall(SYS_request_key, "user", arg, NULL, -2));

	return let_in(r, 126 /* ENOKEY */);
}

static int run_bpf_map(const char *arg)
{
	union bpf_attr attr = { .map_type = BPF_MAP_TYPE_ARRAY };

	(void)arg;
	attr.key_size = 4;
	attr.value_size = 4;
	attr.max_entries = 1;
	return result(syscall(SYS_bpf, BPF_MAP_CREATE, &attr, sizeof(attr)));
}

static int run_bpf_program(const char *arg)
{
	static const struct bpf_insn code[] = { { .code = BPF_ALU64 | BPF_MOV | BPF_K },
						{ .code = BPF_JMP | BPF_EXIT } };
	union bpf_attr attr = { .prog_type = BPF_PROG_TYPE_SOCKET_FILTER };

	attr.insns = (uintptr_t)code;
	attr.insn_cnt = 2;
	attr.license = (uintptr_t)arg;
	return result(syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr)));
}

/* arg: the process, "0" this one or "-1" every one on the first processor. */
static int run_perf(const char *arg)
{
	struct perf_event_attr attr = { .type = PERF_TYPE_SOFTWARE, .size = sizeof(attr) };
	int pid = atoi(arg);

	attr.config = PERF_COUNT_SW_CPU_CLOCK;
	attr.exclude_kernel = pid == 0;
	attr.exclude_hv = pid == 0;
	return result(syscall(SYS_perf_event_open, &attr, pid, pid < 0 ? 0 : -1, -1, 0));
}

static int run_io_uring(const char *arg)
{
	uint8_t params[120] = { 0 };

	(void)arg;
	return result(syscall(SYS_io_uring_setup, 4, params));
}

static int run_aio(const char *arg)
{
	unsigned long context = 0;

	(void)arg;
	return result(syscall(SYS_io_setup, 1, &context));
}

static int run_userfaultfd(const char *arg)
{
	return result(syscall(SYS_userfaultfd, O_CLOEXEC | strtol(arg, NULL, 0)));
}

static int run_traceme(const char *arg)
{
	(void)arg;
	return result(ptrace(PTRACE_TRACEME, 0, NULL, NULL));
}

static int run_attach_parent(const char *arg)
{
	int r = result(ptrace(PTRACE_ATTACH, getppid(), NULL, NULL));

	(void)arg;
	if (r == 0) {
		(void)waitpid(getppid(), NULL, __WALL);
		(void)ptrace(PTRACE_DETACH, getppid(), NULL, NULL);
	}
	return r;
}

/* The child waits on a pipe, so that it ends with its parent, however that ends. */
static int run_attach_child(const char *arg)
{
	int fds[2];
	pid_t pid;
	char byte;

	(void)arg;
	if (pipe(fds) < 0)
		return -errno;
	pid = fork();
	if (pid == 0) {
		(void)close(fds[1]);
		_exit((int)read(fds[0], &byte, 1));
	}
	return result(ptrace(PTRACE_SEIZE, pid, NULL, NULL));
}

static int run_vm_read(const char *arg)
{
	char byte, *target = &byte;
	struct iovec here = { .iov_base = &byte, .iov_len = 1 };
	struct iovec there = { .iov_base = target, .iov_len = 1 };

	(void)arg;
	return result(syscall(SYS_process_vm_readv, getppid(), &here, 1, &there, 1, 0));
}

static int run_vm_write(const char *arg)
{
	char byte = 0;
	struct iovec here = { .iov_base = &byte, .iov_len = 1 };
	struct iovec there = { .iov_base = &byte, .iov_len = 1 };

	(void)arg; /* the byte is at the same place in the parent's stack, above all that it uses */
	return result(syscall(SYS_process_vm_writev, getppid(), &here, 1, &there, 1, 0));
}

static int run_getfd(const char *arg)
{
	int fd = (int)syscall(SYS_pidfd_open, getppid(), 0);

	(void)arg;
	return fd < 0 ? -errno : result(syscall(SYS_pidfd_getfd, fd, 0, 0));
}

static int run_kcmp(const char *arg)
{
	(void)arg;
	return result(syscall(SYS_kcmp, getpid(), getppid(), 0, 0, 0));
}

static int run_kexec(const char *arg)
{
	(void)arg; /* no segments: unloads a kernel that was never loaded */
	return result(syscall(SYS_kexec_load, 0, 0, NULL, 0));
}

static int run_kexec_file(const char *arg)
{
	return let_in(result(syscall(SYS_kexec_file_load, -1, -1, 0, arg, 0)), EBADF);
}

static int run_init_module(const char *arg)
{
	return let_in(result(syscall(SYS_init_module, arg, 1, "")), ENOEXEC);
}

static int run_finit_module(const char *arg)
{
	return let_in(result(syscall(SYS_finit_module, -1, arg, 0)), EBADF);
}

static int run_delete_module(const char *arg)
{
	int r = result(syscall(SYS_delete_module, arg, O_NONBLOCK));

	return let_in(r, ENOENT);
}

static int run_iopl(const char *arg)
{
	return result(syscall(SYS_iopl, atoi(arg)));
}

static int run_ioperm(const char *arg)
{
	(void)arg;
	return result(syscall(SYS_ioperm, 0x80, 1, 1));
}

static int run_modify_ldt(const char *arg)
{
	uint8_t entry[16] = { 0 };

	(void)arg;
	entry[12] = 0x21; /* a 32-bit data segment that is not present */
	return result(syscall(SYS_modify_ldt, 1, entry, sizeof(entry)));
}

static int run_personality(const char *arg)
{
	return result(syscall(SYS_personality, strtol(arg, NULL, 0)));
}

static int run_swapon(const char *arg)
{
	return let_in(result(syscall(SYS_swapon, arg, 0)), EINVAL);
}

static int run_swapoff(const char *arg)
{
	return let_in(result(syscall(SYS_swapoff, arg)), EINVAL);
}

static int run_reboot(const char *arg)
{
	(void)arg; /* switches Ctrl-Alt-Del off: as privileged as a restart, and harmless */
	return result(syscall(SYS_reboot, 0xfee1dead, 672274793, 0, NULL));
}

static int run_clock_settime(const char *arg)
{
	struct timespec now;

	(void)arg;
	if (clock_gettime(CLOCK_REALTIME, &now) < 0)
		return -errno;
	return result(syscall(SYS_clock_settime, CLOCK_REALTIME, &now));
}

static int run_settimeofday(const char *arg)
{
	struct timespec now;
	long time[2];

	(void)arg;
	if (clock_gettime(CLOCK_REALTIME, &now) < 0)
		return -errno;
	time[0] = now.tv_sec;
	time[1] = now.tv_nsec / 1000;
	return result(syscall(SYS_settimeofday, time, NULL));
}

static int run_adjtimex(const char *arg)
{
	struct timex timex = { .modes = ADJ_MAXERROR };

	(void)arg;
	return result(syscall(SYS_adjtimex, &timex));
}

static int run_syslog(const char *arg)
{
	char text[64];

	return result(syscall(SYS_syslog, atoi(arg), text, sizeof(text)));
}

static int run_fanotify(const char *arg)
{
	return result(syscall(SYS_fanotify_init, strtol(arg, NULL, 0), O_RDONLY));
}

static int run_acct(const char *arg)
{
	return result(syscall(SYS_acct, arg));
}

static int run_quotactl(const char *arg)
{
	/* Q_GETFMT of a device */
	return let_in(result(syscall(SYS_quotactl, 0x800004 << 8, arg, 0, NULL)), ENOTBLK);
}

static int run_lookup_dcookie(const char *arg)
{
	char path[64];

	(void)arg;
	return result(syscall(SYS_lookup_dcookie, 1UL, path, sizeof(path)));
}

static int run_vhangup(const char *arg)
{
	(void)arg;
	return result(syscall(SYS_vhangup));
}

static int run_memfd_secret(const char *arg)
{
	(void)arg;
	return result(syscall(SYS_memfd_secret, 0));
}

static int run_move_pages(const char *arg)
{
	(void)arg;
	return result(syscall(SYS_move_pages, 0, 0, NULL, NULL, NULL, 0));
}

static int run_mbind(const char *arg)
{
	(void)arg;
	return result(syscall(SYS_set_mempolicy, 0, NULL, 0));
}

static int run_remap(const char *arg)
{
	void *p = mmap(NULL, 8192, PROT_READ, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	(void)arg;
	return result(syscall(SYS_remap_file_pages, p, 4096, 0, 1, 0));
}

/* A filter of its own with a listener: the way to answer other processes' calls. */
static int run_seccomp_listener(const char *arg)
{
	struct sock_filter allow = { .code = BPF_RET | BPF_K, .k = SECCOMP_RET_ALLOW };
	struct sock_fprog program = { .len = 1, .filter = &allow };

	(void)arg;
	return result(syscall(SYS_seccomp, 1, 8 /* NEW_LISTENER */, &program));
}

/* The entry for 32-bit programs: other numbers, other code, and filters that forget it. */
static int run_int80(const char *arg)
{
	long r = 20; /* getpid */

	(void)arg;
	__asm__ volatile("int $0x80" : "+a"(r) : : "memory", "r8", "r9", "r10", "r11");
	return r > 0 ? 0 : -ENOSYS;
}

static int run_x32(const char *arg)
{
	(void)arg;
	return result(syscall(0x40000000 | SYS_getpid));
}

static int run_vsyscall(const char *arg)
{
	long (*now)(long *) = (long (*)(long *))strtoul(arg, NULL, 0);

	return now(NULL) > 0 ? 0 : -ENOSYS;
}

static int run_null_page(const char *arg)
{
	void *p = mmap((void *)strtoul(arg, NULL, 0), 4096, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);

	return p == MAP_FAILED ? -errno : 0;
}

/* The kernel logs the name of a process that faults; the boot test looks for it on the console. */
static int run_fault(const char *arg)
{
	(void)prctl(PR_SET_NAME, arg);
	*(volatile char *)strtoul("8", NULL, 0) = 1;
	return 0;
}

#define CALL(id, reason, fn, arg) { id, reason, REFUSED, fn, arg, 0 }

static const struct attempt attempts[] = {
	CALL("keyctl", "use keys that outlive it", run_keyctl, NULL),
	CALL("add-key", "keep data in the kernel", run_add_key, "probe"),
	CALL("request-key", "have the kernel run a program", run_request_key, "probe"),
	CALL("bpf-map", "run code in the kernel", run_bpf_map, NULL),
	CALL("bpf-program", "run code in the kernel", run_bpf_program, "MIT"),
	CALL("perf-self", "fine timing", run_perf, "0"),
	CALL("perf-machine", "time everybody else", run_perf, "-1"),
	CALL("io-uring", "pass the filter by a queue", run_io_uring, NULL),
	CALL("aio", "pass the filter by a queue", run_aio, NULL),
	CALL("userfaultfd", "hold the kernel mid-way", run_userfaultfd, "0"),
	CALL("userfaultfd-user", "hold its own threads mid-way", run_userfaultfd, "1"),
	CALL("ptrace-me", "change calls after the filter", run_traceme, NULL),
	CALL("ptrace-parent", "take over another process", run_attach_parent, NULL),
	CALL("ptrace-child", "take over another process", run_attach_child, NULL),
	CALL("vm-readv", "read another process", run_vm_read, NULL),
	CALL("vm-writev", "write to another process", run_vm_write, NULL),
	CALL("pidfd-getfd", "take another's descriptors", run_getfd, NULL),
	CALL("kcmp", "find the kernel's addresses", run_kcmp, NULL),
	CALL("kexec", "start another kernel", run_kexec, NULL),
	CALL("kexec-file", "start another kernel", run_kexec_file, ""),
	CALL("init-module", "run code in the kernel", run_init_module, "x"),
	CALL("finit-module", "run code in the kernel", run_finit_module, ""),
	CALL("delete-module", "remove a guard", run_delete_module, "probe"),
	CALL("iopl", "talk to hardware", run_iopl, "3"),
	CALL("ioperm", "talk to hardware", run_ioperm, NULL),
	CALL("modify-ldt", "reach rarely tested code", run_modify_ldt, NULL),
	CALL("no-randomization", "know its own addresses", run_personality, "0x0040000"),
	CALL("read-is-exec", "run data", run_personality, "0x0400000"),
	CALL("swapon", "write memory to a disk", run_swapon, "/probe-spare"),
	CALL("swapoff", "take memory away", run_swapoff, "/probe-spare"),
	CALL("reboot", "stop the machine", run_reboot, NULL),
	CALL("clock-settime", "set the clock", run_clock_settime, NULL),
	CALL("settimeofday", "set the clock", run_settimeofday, NULL),
	CALL("adjtimex", "bend the clock", run_adjtimex, NULL),
	CALL("syslog-read", "read the kernel's log", run_syslog, "3"),
	CALL("syslog-console", "turn the console on", run_syslog, "7"),
	CALL("fanotify", "watch others' files", run_fanotify, "0"),
	CALL("fanotify-fid", "watch others' files", run_fanotify, "0x200"),
	CALL("acct", "write a log of others", run_acct, NULL),
	CALL("quotactl", "change quotas", run_quotactl, "/dev/null"),
	CALL("lookup-dcookie", "find names of files", run_lookup_dcookie, NULL),
	CALL("vhangup", "take a terminal away", run_vhangup, NULL),
	CALL("memfd-secret", "hide memory", run_memfd_secret, NULL),
	CALL("move-pages", "map physical memory", run_move_pages, NULL),
	CALL("set-mempolicy", "reach rarely tested code", run_mbind, NULL),
	CALL("remap-file-pages", "reach rarely tested code", run_remap, NULL),
	CALL("seccomp-listener", "answer others' system calls", run_seccomp_listener, NULL),
	{ "int80", "pass the filter by 32-bit calls", FAULTED, run_int80, NULL, 0 },
	CALL("x32", "pass the filter by x32 calls", run_x32, NULL),
	{ "vsyscall", "use code at a known address", FAULTED, run_vsyscall, "0xffffffffff600400",
	  0 },
	CALL("null-page", "turn kernel faults into code", run_null_page, "0"),
	{ "fault-name", "print in the kernel's log", FAULTED, run_fault, "PROBE-CANARY", 0 },
};

const struct topic kernel_topic = { "kernel", attempts, sizeof(attempts) / sizeof(attempts[0]) };
