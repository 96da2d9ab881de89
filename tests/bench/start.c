/* SPDX-License-Identifier: MIT */
/*
 * Container start, in a guest: from fork(2) until the program says that it listens, by Rampart's
 * launcher and by `crun run`, in turns. Stands in the place of a debug image's shell, which init
 * starts as root; tests/bench/start.sh puts it there. Prints one line a round: ours and crun's, ms.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "initramfs/common/service.h"

#define ROUNDS	  15
#define CGROUP	  "/sys/fs/cgroup"
#define SAYS_MS	  20000
#define LISTENING "listening\n"

static int says[2]; /* what the program prints */

static void die(const char *what)
{
	printf("start: FAILED %s: %s\n", what, strerror(errno));
	fflush(stdout);
	for (;;)
		pause();
}

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		die(path);
	close(fd);
}

static int open_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		die(path);
	return fd;
}

/* Waits for the program's word. */
static double since(double start)
{
	char text[256] = "";
	size_t len = 0;

	while (!strstr(text, LISTENING)) {
		struct pollfd p = { .fd = says[0], .events = POLLIN };
		ssize_t n = poll(&p, 1, SAYS_MS) == 1
				    ? read(says[0], text + len, sizeof(text) - 1 - len)
				    : 0;

		if (n <= 0)
			die(len ? text : "the program said nothing");
		len += (size_t)n;
		text[len] = '\0';
	}
	return now_ms() - start;
}

static pid_t run(const char *const *argv, const int *fds, int n_fds)
{
	pid_t pid = fork();

	if (pid < 0)
		die("fork");
	if (pid > 0)
		return pid;
	dup2(says[1], STDOUT_FILENO);
	dup2(says[1], STDERR_FILENO);
	for (int i = 0; i < n_fds; i++)
		dup2(fds[i], SERVICE_SUBJECT + i);
	close_range((unsigned)(SERVICE_SUBJECT + n_fds), ~0U, CLOSE_RANGE_CLOEXEC);
	execv(argv[0], (char *const *)(uintptr_t)argv);
	_exit(127);
}

/* The descriptors of service.h, as init gives them, all above those that they will be. */
static void open_service(int fds[_SERVICE_MAX - SERVICE_SUBJECT])
{
	int report[2], dialer[2];

	if (pipe2(report, O_CLOEXEC) < 0 ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, dialer) < 0)
		die("pipes");
	fds[0] = open_file("/rampart/plan");
	fds[1] = report[1];
	fds[2] = dialer[0];
	fds[3] = open_file("/rampart/seccomp/launcher.bpf");
	fds[4] = open_file("/rampart/seccomp/container.bpf");
	fds[5] = open_file("/rampart/seccomp/dialer.bpf");
	for (int i = 0; i < 6; i++) {
		int low = fds[i];

		fds[i] = fcntl(low, F_DUPFD_CLOEXEC, 64);
		close(low);
	}
	close(report[0]);
	close(dialer[1]);
}

static double ours(void)
{
	static const char *const argv[] = { "/bin/container", NULL };
	int fds[_SERVICE_MAX - SERVICE_SUBJECT];
	double start, ms;
	pid_t pid;

	open_service(fds);
	start = now_ms();
	pid = run(argv, fds, 6);
	ms = since(start);
	put(CGROUP "/container/cgroup.kill", "1");
	waitpid(pid, NULL, 0);
	for (int i = 0; i < 6; i++)
		close(fds[i]);
	return ms;
}

/* Without its control groups, which it can only make with BPF; a container less than ours. */
#define CRUN "/usr/bin/crun", "--root=/run/crun", "--cgroup-manager=disabled"

static double crun(void)
{
	static const char *const start_argv[] = { CRUN, "run", "-b", "/bundle", "bench", NULL };
	static const char *const kill_argv[] = { CRUN, "kill", "bench", "KILL", NULL };
	static const char *const delete_argv[] = { CRUN, "delete", "-f", "bench", NULL };
	double start = now_ms(), ms;
	pid_t pid = run(start_argv, NULL, 0);
	struct pollfd p = { .events = POLLIN };
	char rest[256];

	ms = since(start);
	waitpid(run(kill_argv, NULL, 0), NULL, 0);
	waitpid(pid, NULL, 0);
	waitpid(run(delete_argv, NULL, 0), NULL, 0);
	p.fd = says[0]; /* what they had to say */
	while (poll(&p, 1, 0) == 1 && read(says[0], rest, sizeof(rest)) > 0)
		;
	return ms;
}

/*
 * A root of its own in the tree of control groups: the image's container keeps the one that it has.
 */
static void leave_cgroup(void)
{
	/* The launcher may not have been here yet. */
	put(CGROUP "/cgroup.subtree_control", "+memory +pids +cpu");
	if (mkdir(CGROUP "/bench", 0755) < 0)
		die(CGROUP "/bench");
	put(CGROUP "/bench/cgroup.procs", "0");
	if (unshare(CLONE_NEWCGROUP | CLONE_NEWNS) < 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    umount2(CGROUP, MNT_DETACH) < 0 || mount("cgroup", CGROUP, "cgroup2", 0, NULL) < 0)
		die("its own " CGROUP);
	if (mkdir(CGROUP "/self", 0755) < 0)
		die(CGROUP "/self");
	put(CGROUP "/self/cgroup.procs", "0");
}

int main(void)
{
	signal(SIGPIPE, SIG_IGN);
	if (pipe2(says, O_CLOEXEC) < 0)
		die("pipe");
	leave_cgroup();
	for (int i = 0; i < ROUNDS; i++) {
		double a = ours(), b = crun();

		printf("\nstart %.2f %.2f\n", a, b);
		fflush(stdout);
	}
	printf("\nstart: done\n");
	fflush(stdout);
	for (;;)
		pause();
}
