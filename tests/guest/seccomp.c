/* SPDX-License-Identifier: MIT */
/*
 * The container's filter of system calls, as its list is compiled, loaded the way the guest loads
 * it and judged by this machine's kernel: what is allowed comes through, what programs only ask for
 * fails softly, and attacks kill.
 */
#define _GNU_SOURCE
#include <asm/ioctls.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/prctl.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "initramfs/common/bpf.h"
#include "measure/cmd/plan/seccomp.h"
#include "measure/lib/wall.h"
#include "tests/lib/filtered.h"
#include "tests/lib/tap.h"

#define LISTS "initramfs/seccomp/"
#define LIST  LISTS "container.list"
#define X32   0x40000000L

/* Arguments that do no harm if the filter should let the call through. */
static const struct {
	const char *what;
	long call, arg[4];
	int want; /* 0: the kernel does it; an errno; or KILLED */
} calls[] = {
	{ "getpid", SYS_getpid, { 0 }, 0 },
	{ "TCP socket", SYS_socket, { AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0 }, 0 },
	{ "TCP socket by its number", SYS_socket, { AF_INET, SOCK_STREAM, 6 }, 0 },
	{ "MPTCP socket", SYS_socket, { AF_INET, SOCK_STREAM, 262 }, EPROTONOSUPPORT },
	{ "local socket", SYS_socket, { AF_UNIX, SOCK_DGRAM, 0 }, 0 },
	{ "UDP socket", SYS_socket, { AF_INET, SOCK_DGRAM, 0 }, EAFNOSUPPORT },
	{ "IPv6 socket", SYS_socket, { AF_INET6, SOCK_STREAM, 0 }, EAFNOSUPPORT },
	{ "netlink socket", SYS_socket, { AF_NETLINK, SOCK_RAW, 0 }, EAFNOSUPPORT },
	{ "SCTP socket", SYS_socket, { AF_INET, SOCK_STREAM, 132 }, EPROTONOSUPPORT },
	{ "raw socket", SYS_socket, { AF_INET, SOCK_RAW, 1 }, ESOCKTNOSUPPORT },
	{ "packet socket", SYS_socket, { AF_PACKET, SOCK_RAW, 0 }, EAFNOSUPPORT },
	{ "vsock", SYS_socket, { 40, SOCK_STREAM, 0 }, EAFNOSUPPORT },
	{ "alg socket", SYS_socket, { AF_ALG, SOCK_SEQPACKET, 0 }, EAFNOSUPPORT },
	{ "a family with high bits",
	  SYS_socket,
	  { AF_PACKET | 1L << 32, SOCK_RAW, 0 },
	  EAFNOSUPPORT },
	{ "a pair of local sockets", SYS_socketpair, { AF_UNIX, SOCK_STREAM, 0, 0 }, EFAULT },
	{ "a pair of others", SYS_socketpair, { AF_INET, SOCK_STREAM, 0, 0 }, EAFNOSUPPORT },
	{ "sendto", SYS_sendto, { -1, 0, 0, MSG_NOSIGNAL }, EBADF },
	{ "sendto that connects", SYS_sendto, { -1, 0, 0, MSG_FASTOPEN }, EOPNOTSUPP },
	{ "sendmsg that connects", SYS_sendmsg, { -1, 0, MSG_FASTOPEN }, EOPNOTSUPP },
	{ "sendto that connects, out of band",
	  SYS_sendto,
	  { -1, 0, 0, MSG_FASTOPEN | MSG_OOB },
	  EOPNOTSUPP },
	{ "sendto out of band", SYS_sendto, { -1, 0, 0, MSG_OOB | MSG_NOSIGNAL }, EOPNOTSUPP },
	{ "sendmsg out of band", SYS_sendmsg, { -1, 0, MSG_OOB }, EOPNOTSUPP },
	{ "sendmmsg out of band", SYS_sendmmsg, { -1, 0, 0, MSG_OOB }, EOPNOTSUPP },
	{ "recvfrom out of band", SYS_recvfrom, { -1, 0, 0, MSG_OOB | MSG_DONTWAIT }, EOPNOTSUPP },
	{ "recvmsg out of band", SYS_recvmsg, { -1, 0, MSG_OOB }, EOPNOTSUPP },
	{ "recvmmsg out of band", SYS_recvmmsg, { -1, 0, 0, MSG_OOB }, EOPNOTSUPP },
	{ "recvfrom out of band, high bits",
	  SYS_recvfrom,
	  { -1, 0, 0, MSG_OOB | 1L << 32 },
	  EOPNOTSUPP },
	{ "sendmsg", SYS_sendmsg, { -1, 0, MSG_NOSIGNAL | MSG_MORE }, EBADF },
	{ "sendmmsg", SYS_sendmmsg, { -1, 0, 0, MSG_DONTWAIT }, EBADF },
	{ "recvfrom", SYS_recvfrom, { -1, 0, 0, MSG_PEEK | MSG_DONTWAIT }, EBADF },
	{ "recvmsg", SYS_recvmsg, { -1, 0, MSG_CMSG_CLOEXEC }, EBADF },
	{ "recvmmsg", SYS_recvmmsg, { -1, 0, 0, MSG_WAITFORONE }, EBADF },
	/* The kernel looks at 32 bits of each, and so does the filter. */
	{ "an option with high bits",
	  SYS_setsockopt,
	  { -1, SOL_SOCKET, 1L << 32 | SO_REUSEADDR },
	  EBADF },
	{ "another option with high bits",
	  SYS_setsockopt,
	  { -1, 1L << 32 | SOL_SOCKET, 1L << 32 | SO_ATTACH_FILTER },
	  ENOPROTOOPT },
	{ "pages of the network",
	  SYS_getsockopt,
	  { -1, IPPROTO_TCP, TCP_ZEROCOPY_RECEIVE },
	  ENOPROTOOPT },
	{ "another socket's filter", SYS_getsockopt, { -1, SOL_SOCKET, SO_GET_FILTER }, EBADF },
	{ "an error of a socket", SYS_getsockopt, { -1, SOL_SOCKET, SO_ERROR }, EBADF },
	{ "clone3", SYS_clone3, { 0 }, ENOSYS },
	{ "clone with a user namespace", SYS_clone, { CLONE_NEWUSER | SIGCHLD }, KILLED },
	{ "clone with a network namespace", SYS_clone, { CLONE_NEWNET | SIGCHLD }, KILLED },
	{ "unshare", SYS_unshare, { 0 }, KILLED },
	{ "setns", SYS_setns, { -1 }, KILLED },
	{ "mount", SYS_mount, { 0 }, KILLED },
	{ "umount2", SYS_umount2, { 0 }, KILLED },
	{ "open_tree", SYS_open_tree, { -1 }, KILLED },
	{ "fsopen", SYS_fsopen, { 0 }, KILLED },
	{ "move_mount", SYS_move_mount, { -1, 0, -1 }, KILLED },
	{ "pivot_root", SYS_pivot_root, { 0 }, KILLED },
	{ "chroot", SYS_chroot, { 0 }, EPERM },
	{ "ptrace", SYS_ptrace, { 99 }, KILLED },
	{ "process_vm_readv", SYS_process_vm_readv, { 0 }, KILLED },
	{ "process_vm_writev", SYS_process_vm_writev, { 0 }, KILLED },
	{ "pidfd_getfd", SYS_pidfd_getfd, { -1 }, KILLED },
	{ "bpf", SYS_bpf, { -1 }, KILLED },
	{ "perf_event_open", SYS_perf_event_open, { 0 }, KILLED },
	{ "io_uring_setup", SYS_io_uring_setup, { 0 }, ENOSYS },
	{ "io_uring_enter", SYS_io_uring_enter, { -1 }, ENOSYS },
	{ "userfaultfd", SYS_userfaultfd, { -1 }, KILLED },
	{ "keyctl", SYS_keyctl, { -1 }, KILLED },
	{ "add_key", SYS_add_key, { 0 }, KILLED },
	{ "kexec_load", SYS_kexec_load, { 0, 0, 0 }, KILLED },
	{ "init_module", SYS_init_module, { 0 }, KILLED },
	{ "finit_module", SYS_finit_module, { -1 }, KILLED },
	{ "reboot", SYS_reboot, { 0 }, KILLED },
	{ "swapon", SYS_swapon, { 0 }, EPERM },
	{ "settimeofday", SYS_settimeofday, { 0 }, EPERM },
	{ "clock_settime", SYS_clock_settime, { -1 }, EPERM },
	{ "sethostname", SYS_sethostname, { 0, -1 }, EPERM },
	{ "personality", SYS_personality, { 0xffffffff }, 0 },
	{ "syslog", SYS_syslog, { 10 }, EPERM },
	{ "mknod", SYS_mknod, { 0 }, EPERM },
	{ "iopl", SYS_iopl, { 0 }, EPERM },
	{ "open_by_handle_at", SYS_open_by_handle_at, { -1 }, KILLED },
	{ "fanotify_init", SYS_fanotify_init, { -1 }, EPERM },
	{ "memfd_secret", SYS_memfd_secret, { -1 }, ENOSYS },
	{ "landlock_create_ruleset", SYS_landlock_create_ruleset, { 0, 0, 1 }, ENOSYS },
	{ "seccomp", SYS_seccomp, { 99 }, ENOSYS },
	{ "setuid", SYS_setuid, { 0 }, EPERM },
	{ "prctl that names", SYS_prctl, { PR_GET_DUMPABLE }, 0 },
	{ "prctl that traces", SYS_prctl, { PR_SET_PTRACER }, EINVAL },
	{ "prctl for the machine's memory map", SYS_prctl, { PR_SET_MM }, EINVAL },
	{ "a call of no number", 9999, { 0 }, ENOSYS },
	{ "the call before the first", -1, { 0 }, ENOSYS },
	/* What programs ask for as they start, and go on without. */
	{ "bash: whose terminal it is", SYS_ioctl, { -1, 0x540f /* TIOCGPGRP */ }, ENOTTY },
	{ "cp, mv, install: a clone of a file",
	  SYS_ioctl,
	  { -1, 0x40049409 /* FICLONE */ },
	  ENOTTY },
	{ "nginx: a signal for its channel", SYS_ioctl, { -1, FIOASYNC }, EBADF },
	{ "isatty() of glibc 2.42", SYS_ioctl, { -1, 0x802c542a /* TCGETS2 */ }, EBADF },
	{ "the same of musl, which extends the sign",
	  SYS_ioctl,
	  { -1, (long)0xffffffff802c542a },
	  EBADF },
	{ "ioctl that types", SYS_ioctl, { -1, 0x5412 /* TIOCSTI */ }, ENOTTY },
	{ "the machine's interfaces", SYS_ioctl, { -1, 0x8912 /* SIOCGIFCONF */ }, ENOTTY },
	{ "Go, Python: a descriptor of a process", SYS_pidfd_open, { 1, -1 }, EINVAL },
	{ "a signal by it", SYS_pidfd_send_signal, { -1, 0, 0, 0 }, EBADF },
	{ "node: a key for pages", SYS_pkey_alloc, { 0 }, ENOSYS },
	{ "Mesa: whether files are the same", SYS_kcmp, { 0 }, ENOSYS },
	{ "MPI: memory of System V", SYS_shmget, { 0, 4096, 0600 }, ENOSYS },
	{ "semaphores of System V", SYS_semget, { 0, 1, 0600 }, ENOSYS },
	{ "queues of System V", SYS_msgget, { 0, 0600 }, ENOSYS },
	{ "a queue of POSIX", SYS_mq_open, { 0 }, ENOSYS },
	{ "nginx: asynchronous files", SYS_io_setup, { 1, 0 }, ENOSYS },
	{ "Rust, Go: a pipe between files", SYS_splice, { -1, 0, -1, 0 }, EINVAL },
	{ "tee", SYS_tee, { -1, -1, 0, 0 }, EINVAL },
	{ "vmsplice", SYS_vmsplice, { -1, 0, 0, 0 }, EINVAL },
	{ "Wine: many futexes", 449 /* futex_waitv */, { 0 }, ENOSYS },
	{ "advice for another process", SYS_process_madvise, { -1 }, ENOSYS },
	{ "what of a file is cached", 451 /* cachestat */, { -1 }, ENOSYS },
	{ "the mode of a link", 452 /* fchmodat2 */, { -1, 0, 0, -1 }, EINVAL },
	{ "the name of a file in numbers", SYS_name_to_handle_at, { -1, 0, 0, 0 }, ENOSYS },
	{ "sync", SYS_sync, { 0 }, 0 },
	{ "sync of one file system", SYS_syncfs, { -1 }, EBADF },
	{ "a named pipe", SYS_mknod, { 0, 0010600, 0 }, EFAULT },
	{ "a named pipe in a folder", SYS_mknodat, { -1, 0, 0010600, 0 }, EFAULT },
	{ "a node", SYS_mknod, { 0, 0020600, 0x101 }, EPERM },
	{ "a node in a folder", SYS_mknodat, { -1, 0, 0060600, 0x101 }, EPERM },
	{ "a file in memory", SYS_memfd_create, { 0, 3 }, ENOSYS },
	{ "how a process is scheduled", SYS_sched_getattr, { 0, 0, 0 }, EINVAL },
	{ "addresses that are not random", SYS_personality, { 0x0040000 }, EPERM },
	{ "a setting of the clock", SYS_adjtimex, { 0 }, EPERM },
	{ "an attribute of a file", SYS_removexattr, { 0 }, EOPNOTSUPP },
	{ "the same call, x32", SYS_getpid | X32, { 0 }, KILLED },
};

static uint8_t *bpf;
static size_t bpf_len;

static int try(long call, const long arg[4])
{
	return filtered_call(bpf, bpf_len, call, arg);
}

/* The options that a server may set; every other one, of any level, has to be refused softly. */
static const struct {
	long level, option;
} set_options[] = {
	{ SOL_SOCKET, SO_REUSEADDR },
	{ SOL_SOCKET, SO_REUSEPORT },
	{ SOL_SOCKET, SO_KEEPALIVE },
	{ SOL_SOCKET, SO_LINGER },
	{ SOL_SOCKET, SO_SNDBUF },
	{ SOL_SOCKET, SO_RCVBUF },
	{ SOL_SOCKET, SO_SNDTIMEO },
	{ SOL_SOCKET, SO_RCVTIMEO },
	{ SOL_SOCKET, SO_PASSCRED },
	{ SOL_SOCKET, SO_BROADCAST },
	{ IPPROTO_IP, IP_TOS },
	{ IPPROTO_TCP, TCP_NODELAY },
	{ IPPROTO_TCP, TCP_CORK },
	{ IPPROTO_TCP, TCP_KEEPIDLE },
	{ IPPROTO_TCP, TCP_KEEPINTVL },
	{ IPPROTO_TCP, TCP_KEEPCNT },
	{ IPPROTO_TCP, TCP_QUICKACK },
	{ IPPROTO_TCP, TCP_DEFER_ACCEPT },
	{ IPPROTO_TCP, TCP_USER_TIMEOUT },
};

#define N_SET_OPTIONS (sizeof(set_options) / sizeof(set_options[0]))

static bool may_set(long level, long option)
{
	for (size_t i = 0; i < N_SET_OPTIONS; i++)
		if (set_options[i].level == (int)level && set_options[i].option == (int)option)
			return true;
	return false;
}

/* Small numbers, then one for each bit of an argument. */
static long number(unsigned i)
{
	return i < 320 ? (long)i : (long)(UINT64_C(1) << (i - 320));
}

#define N_NUMBERS (320 + 64)

/* In one process, since the right answer never kills: how many options are answered wrongly. */
static int try_options(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		long wrong = 0;

		filtered_enter(bpf, bpf_len);
		for (unsigned l = 0; l < N_NUMBERS; l++)
			for (unsigned o = 0; o < N_NUMBERS; o++) {
				long level = number(l), option = number(o);
				long r = syscall(SYS_setsockopt, -1, level, option, 0, 0);
				int want = may_set(level, option) ? EBADF : ENOPROTOOPT;

				wrong += r != -1 || errno != want;
			}
		syscall(SYS_exit_group, wrong > 200 ? 200 : wrong);
	}
	return filtered_outcome(pid);
}

/* Numbers that no kernel gives away, or one newer than this list; 335 and 336 are uprobes' own. */
static int try_unknown(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		long wrong = 0;

		filtered_enter(bpf, bpf_len);
		for (long call = 337; call < 4096; call++)
			if (call < 424 || call > 452)
				wrong += syscall(call, -1, -1, -1, -1, -1, -1) != -1 ||
					 errno != ENOSYS;
		syscall(SYS_exit_group, wrong > 200 ? 200 : wrong);
	}
	return filtered_outcome(pid);
}

/* Those that are listed are not made, since they would change this process. */
static int try_prctls(void)
{
	static const uint32_t listed[] = {
		PR_SET_NAME,
		PR_GET_NAME,
		PR_SET_PDEATHSIG,
		PR_GET_PDEATHSIG,
		PR_SET_DUMPABLE,
		PR_GET_DUMPABLE,
		PR_SET_NO_NEW_PRIVS,
		PR_GET_NO_NEW_PRIVS,
		PR_GET_KEEPCAPS,
		PR_GET_SECUREBITS,
		PR_CAPBSET_READ,
		PR_SET_THP_DISABLE,
		PR_GET_THP_DISABLE,
		PR_SET_TIMERSLACK,
		PR_GET_TIMERSLACK,
		PR_SET_CHILD_SUBREAPER,
		PR_GET_CHILD_SUBREAPER,
	};
	pid_t pid = fork();

	if (pid == 0) {
		long wrong = 0;

		filtered_enter(bpf, bpf_len);
		for (unsigned i = 0; i < N_NUMBERS; i++) {
			bool skip = false;

			for (size_t j = 0; j < sizeof(listed) / sizeof(listed[0]); j++)
				skip |= (uint32_t)number(i) == listed[j];
			if (!skip)
				wrong += syscall(SYS_prctl, number(i), 1, 0, 0, 0) != -1 ||
					 errno != EINVAL;
		}
		wrong += syscall(SYS_prctl, PR_GET_DUMPABLE, 0, 0, 0, 0) < 0;
		wrong += syscall(SYS_prctl, PR_GET_PDEATHSIG, &wrong, 0, 0, 0) < 0;
		wrong += syscall(SYS_prctl, PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0;
		syscall(SYS_exit_group, wrong > 200 ? 200 : wrong);
	}
	return filtered_outcome(pid);
}

static int socket_error(uint32_t family, uint32_t type, uint32_t protocol)
{
	if (family == AF_UNIX)
		return 0; /* whatever the kernel says of the rest */
	if (family != AF_INET || (type & 15) == SOCK_DGRAM)
		return EAFNOSUPPORT;
	if ((type & 15) != SOCK_STREAM)
		return ESOCKTNOSUPPORT;
	return protocol == 0 || protocol == IPPROTO_TCP ? 0 : EPROTONOSUPPORT;
}

/* No socket is made where one may be: the kernel refuses the kind by its bit 4, which is none. */
static int try_sockets(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		long wrong = 0;

		filtered_enter(bpf, bpf_len);
		for (unsigned f = 0; f < N_NUMBERS; f++)
			for (unsigned t = 0; t < 64; t++)
				for (unsigned p = 0; p < 300; p++) {
					uint32_t family = (uint32_t)number(f);
					int want = socket_error(family, t, p);
					long r = syscall(SYS_socket, number(f), t | 16, p);

					wrong += r != -1 || errno != (want ? want : EINVAL);
				}
		syscall(SYS_exit_group, wrong > 200 ? 200 : wrong);
	}
	return filtered_outcome(pid);
}

/* What the filter says of a call without arguments, for calls that not every kernel has. */
static uint32_t verdict(uint32_t arch, int nr)
{
	const struct seccomp_data call = { .nr = nr, .arch = arch };
	static struct sock_filter filter[BPF_MAXINSNS];

	must(bpf_len <= sizeof(filter));
	memcpy(filter, bpf, bpf_len);
	return bpf_verdict(filter, bpf_len / sizeof(filter[0]), &call);
}

/* Calls by the entries of other architectures are judged by the filter alone, before any number. */
static void test_other_entries(void)
{
	bool killed = true;

	is_int(verdict(AUDIT_ARCH_X86_64, SYS_getpid), SECCOMP_RET_ALLOW, "getpid, as it is read");
	for (int nr = 0; nr < 512; nr++)
		killed &= verdict(AUDIT_ARCH_I386, nr) == SECCOMP_RET_KILL_PROCESS;
	ok(killed, "every call by the 32-bit entry kills");
}

/* getpid() by the 32-bit entry: 0 if it answers. */
static int try_32bit(bool filtered)
{
	pid_t pid = fork();

	if (pid == 0) {
		long r;

		if (filtered)
			filtered_enter(bpf, bpf_len);
		__asm__ volatile("int $0x80"
				 : "=a"(r)
				 : "a"(20L)
				 : "memory", "r8", "r9", "r10", "r11");
		syscall(SYS_exit_group, r < 0 ? 1 : 0);
	}
	return filtered_outcome(pid);
}

/* None of the machine's own programs that talk to strangers can turn bytes into code. */
static void test_no_code(void)
{
	static const char *const lists[] = { "gateway", "quoter", "dialer", "launcher" };
	static const struct words none;
	struct rampart_error error;
	char path[64];
	const long flags = MAP_PRIVATE | MAP_ANONYMOUS, page = (long)sysconf(_SC_PAGESIZE);
	const long data = (long)mmap(NULL, (size_t)page, PROT_READ | PROT_WRITE, (int)flags, -1, 0);

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		const long map[4] = { 0, page, PROT_READ | PROT_WRITE | PROT_EXEC, flags };
		const long protect[4] = { data, page, PROT_READ | PROT_EXEC };

		snprintf(path, sizeof(path), "initramfs/seccomp/%s.list", lists[i]);
		if (seccomp_compile(path, NULL, &none, &bpf, &bpf_len, &error) < 0) {
			ok(false, error.text);
			continue;
		}
		snprintf(path, sizeof(path), "the %s maps no code", lists[i]);
		is_int(try(SYS_mmap, map), KILLED, path);
		snprintf(path, sizeof(path), "the %s makes nothing code", lists[i]);
		is_int(try(SYS_mprotect, protect), KILLED, path);
		if (i == 0) {
			const long plain[4] = { 0, page, PROT_READ | PROT_WRITE, flags };

			is_int(try(SYS_mmap, plain), 0, "the gateway maps memory");
			is_int(try(SYS_mprotect, (const long[4]){ data, page, PROT_READ }), 0,
			       "the gateway protects memory");
		}
		free(bpf);
	}
}

int main(void)
{
	static const struct words none;
	char name[] = "mlock", option[] = "setsockopt";
	struct rampart_error error;
	char *more_names[] = { name, option, NULL };
	const struct words more = { .v = more_names, .n = 2 };
	const struct rlimit no_core = { 0, 0 };

	setrlimit(RLIMIT_CORE, &no_core);
	if (seccomp_compile(LIST, NULL, &none, &bpf, &bpf_len, &error) < 0) {
		printf("Bail out! %s\n", error.text);
		return 1;
	}
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		is_int(try(calls[i].call, calls[i].arg), calls[i].want, calls[i].what);
	is_int(try_options(), 0, "every option of a socket: set, or unknown");
	is_int(try_unknown(), 0, "every call that is not known: refused as one");
	is_int(try_prctls(), 0, "every option of prctl: listed, or unknown");
	is_int(try_sockets(), 0, "every kind of socket: TCP, local, or unknown");
	test_other_entries();
	if (try_32bit(false) == 0)
		is_int(try_32bit(true), KILLED, "and does where the kernel has it");
	is_int(try(SYS_mlock, (const long[4]){ 0 }), EPERM, "mlock: refused by the list");
	free(bpf);
	if (seccomp_compile(LIST, NULL, &more, &bpf, &bpf_len, &error) < 0)
		return 1;
	is_int(try(SYS_mlock, (const long[4]){ 0 }), 0, "mlock: allowed by an image's addition");
	is_int(try(SYS_setsockopt, (const long[4]){ -1, SOL_SOCKET, SO_ATTACH_FILTER }), EBADF,
	       "every option of a socket: allowed by an image's addition");
	is_int(try(SYS_ioctl, (const long[4]){ -1, 0xc0406400 /* DRM_IOCTL_VERSION */ }), ENOTTY,
	       "an ioctl of DRM, without a device");
	free(bpf);
	test_no_code();
	return tap_done();
}
