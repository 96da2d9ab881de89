/* SPDX-License-Identifier: MIT */
/*
 * What a debug image says of refused calls: the guest's own program, a process behind the filter of
 * such an image as `rampart plan` makes it, and this machine's kernel.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "initramfs/common/dialer.h"
#include "initramfs/common/service.h"
#include "measure/cmd/plan/filterfiles.h"
#include "measure/cmd/plan/refused.h"
#include "measure/cmd/plan/seccomp.h"
#include "measure/lib/wall.h"
#include "tests/lib/filtered.h"
#include "tests/lib/tap.h"

#define PROGRAM "build/guest/refusals"
#define LIST	"initramfs/seccomp/container.list"

static char dir[] = "/tmp/refusals.XXXXXX";
static uint8_t *bpf;
static size_t bpf_len;

static const char *in_dir(const char *name)
{
	static char path[4][64];
	static unsigned turn;
	char *at = path[turn++ % 4];

	(void)snprintf(at, sizeof(path[0]), "%s/%s", dir, name);
	return at;
}

static void make_files(void)
{
	static const struct words none;
	struct rampart_error error;

	if (!mkdtemp(dir))
		die("mkdtemp");
	if (seccomp_compile(LIST, NULL, &none, &bpf, &bpf_len, &error) < 0)
		die(error.text);
	refused_become(SECCOMP_RET_USER_NOTIF, bpf, bpf_len);
	if (filterfiles_write("test", dir, "container", bpf, bpf_len) ||
	    filterfiles_calls("test", dir))
		die("no files");
}

/* Its standard error is said, and its end of the pair the other end of socket. */
static pid_t start(int *ret_socket, int *ret_said, const char *kmsg)
{
	int pair[2], said[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0 ||
	    pipe2(said, O_CLOEXEC) < 0)
		die("no sockets");
	pid = fork();
	if (pid == 0) {
		(void)dup2(said[1], STDERR_FILENO);
		if (pair[0] == SERVICE_SUBJECT)
			(void)fcntl(pair[0], F_SETFD, 0);
		else
			(void)dup2(pair[0], SERVICE_SUBJECT);
		(void)execl(PROGRAM, PROGRAM, in_dir("container.bpf"), in_dir("calls"), kmsg,
			    (char *)NULL);
		_exit(127);
	}
	(void)close(pair[0]);
	(void)close(said[1]);
	*ret_socket = pair[1];
	*ret_said = said[0];
	return pid;
}

/* One behind the filter, who sends its listener as the launcher does. Its exit code: call's errno. */
static int call_behind(int socket, const char *name, long call, const long arg[3], int times)
{
	pid_t pid = fork();

	if (pid == 0) {
		int fd = memfd_create("filter", 0), listener;
		long r = 0;

		(void)prctl(PR_SET_NAME, name);
		if (write(fd, bpf, bpf_len) != (ssize_t)bpf_len ||
		    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
			syscall(SYS_exit_group, 255);
		listener = wall_filter(fd, true);
		if (listener < 0 || dialer_answer(socket, 0, listener) != 1)
			syscall(SYS_exit_group, 255);
		(void)close(listener);
		while (times-- > 0)
			r = syscall(call, arg[0], arg[1], arg[2], 0, 0, 0);
		syscall(SYS_exit_group, r < 0 ? errno : 0);
	}
	return filtered_outcome(pid);
}

/* All that was said, once it has ended. */
static const char *hear(int said, pid_t pid, int *ret_status)
{
	static char text[4096];
	size_t len = 0;
	ssize_t n;

	while ((n = read(said, text + len, sizeof(text) - 1 - len)) > 0)
		len += (size_t)n;
	text[len] = '\0';
	(void)waitpid(pid, ret_status, 0);
	(void)close(said);
	return text;
}

static void test_refused(void)
{
	static const long none[3] = { 0 }, six[3] = { AF_INET6, SOCK_STREAM, 0 },
			  clone[3] = { 0x7f000000, 1, 2 };
	const char *text;
	int socket, said, status = -1;
	pid_t pid = start(&socket, &said, "/dev/null");

	is_int(call_behind(socket, "one", SYS_getpid, none, 1), 0,
	       "what is allowed is asked of nobody");
	is_int(call_behind(socket, "one", SYS_kcmp, none, 3), ENOSYS,
	       "an unknown call fails as in a real image");
	is_int(call_behind(socket, "one", SYS_socket, six, 1), EAFNOSUPPORT,
	       "and one with a reason of its own");
	is_int(call_behind(socket, "two\x1b[1m", SYS_kcmp, none, 1), ENOSYS, "in another program");
	is_int(call_behind(socket, "one", SYS_getpid + 0x400, clone, 1), ENOSYS,
	       "and a number that no call has");
	is_int(call_behind(socket, "one", SYS_ptrace, none, 1), KILLED, "what kills does");
	(void)close(socket);
	text = hear(said, pid, &status);
	is_str(text,
	       "refused: one: kcmp (call 312): Function not implemented\n"
	       "refused: one: socket (call 41): Address family not supported by protocol\n"
	       "refused: two?[1m: kcmp (call 312): Function not implemented\n"
	       "refused: one: a call without a name (call 1063): Function not implemented\n",
	       "each is said once: program, call, what it got");
	is_int(status, 0, "it ends when nobody can have a container any more");
}

/* Many containers one after the other, as restarts make them, and several at once. */
static void test_many(void)
{
	static const long none[3] = { 0 };
	int socket, said, status = -1, good = 0;
	pid_t pid = start(&socket, &said, "/dev/null");

	for (int i = 0; i < 300; i++)
		good += call_behind(socket, "again", SYS_kcmp, none, 1) == ENOSYS;
	is_int(good, 300, "so many one after the other are answered");
	(void)close(socket);
	(void)hear(said, pid, &status);
}

/* Records of the kernel's log, one at a time. */
static void test_killed(void)
{
	static const char *const records[] = {
		"6,1,1,-;httpd: potentially unexpected fatal signal 11.\n",
		"6,2,1,-;RSP: 002b:0 EFLAGS: 00000246 ORIG_RAX: 0000000000000027\n",
		"6,3,1,-;httpd: httpd: potentially unexpected fatal signal 31.\n",
		"6,4,1,-;CPU: 0 UID: 1000 PID: 61 Comm: httpd Not tainted\n",
		"6,5,1,-;RSP: 002b:0 EFLAGS: 00000246 ORIG_RAX: 0000000000000065\n",
		"6,6,1,-;RSP: 002b:0 EFLAGS: 00000246 ORIG_RAX: 0000000000000066\n",
	};
	int socket, said, status = -1, kmsg;
	pid_t pid;

	if (mkfifo(in_dir("fifo"), 0600) < 0)
		die("mkfifo");
	kmsg = open(in_dir("fifo"), O_RDWR | O_CLOEXEC);
	pid = start(&socket, &said, in_dir("fifo"));
	for (size_t i = 0; i < sizeof(records) / sizeof(records[0]); i++) {
		int left = 1;

		if (write(kmsg, records[i], strlen(records[i])) < 0)
			die("write");
		while (left > 0 && ioctl(kmsg, FIONREAD, &left) == 0)
			(void)usleep(1000);
	}
	(void)close(socket);
	is_str(hear(said, pid, &status), "killed: httpd: ptrace (call 101)\n",
	       "of the kernel's log, what SIGSYS ended, and its call");
	(void)close(kmsg);
}

int main(void)
{
	make_files();
	test_refused();
	test_many();
	test_killed();
	free(bpf);
	for (const char *const *name =
		     (const char *const[]){ "container.bpf", "calls", "fifo", NULL };
	     *name; name++)
		(void)unlink(in_dir(*name));
	(void)rmdir(dir);
	return tap_done();
}
