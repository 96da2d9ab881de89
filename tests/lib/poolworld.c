/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "tests/lib/poolworld.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "initramfs/common/dial.h"
#include "initramfs/common/service.h"
#include "measure/lib/plan.h"
#include "tests/lib/guestroot.h"
#include "tests/lib/program.h"
#include "tests/lib/tap.h"

#define PATIENCE_MS 60000
#define FILES_LIMIT 64
#define PIDS_LIMIT  64

static int filters[3]; /* of launcher, container, dialer */
static char version[32];
static struct dial gateway;
static int reports;
static pid_t init;

void pool_init(const char *program, const char *model)
{
	signal(SIGPIPE, SIG_IGN);
	filters[0] = filter_of("initramfs/seccomp/launcher.list");
	filters[1] = filter_of("initramfs/seccomp/container.list");
	filters[2] = filter_of("initramfs/seccomp/dialer.list");
	snprintf(version, sizeof(version), "test-%d", (int)getpid());
	guestroot_enter("build/guest/groupless", program, model);
}

static int plan_of_pool(unsigned containers, const char *args)
{
#define ZERO "sha256:0000000000000000000000000000000000000000000000000000000000000000"
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		die("plan");
	dprintf(fds[1], "rampart-plan/1\n%scontainer " ZERO " 4096\ndebug 0\n", args);
	if (containers > 0)
		dprintf(fds[1], "gateway.concurrency 1 0\nimage test\nisolate connection %u\n",
			containers);
	else
		dprintf(fds[1], "image test\n");
	dprintf(fds[1],
		"limit.cpu 0\nlimit.files %d\nlimit.memory 67108864\nlimit.pids %d\nport 8080\n"
		"restart never\nrestart.max 0\nrestart.window 600\nscratch 1048576\n",
		FILES_LIMIT, PIDS_LIMIT);
	for (int i = 0; i < PLAN_ROLES_N; i++)
		dprintf(fds[1], "seccomp.%s " ZERO " 8\n", plan_roles[i]);
	dprintf(fds[1], "version %s\nworkdir /\n", version);
	close(fds[1]);
	return fds[0];
}

static void become_launcher(const int *fds)
{
	int high[6];

	for (int i = 0; i < 6; i++)
		high[i] = fcntl(fds[i], F_DUPFD, 64);
	for (int i = 0; i < 6; i++)
		dup2(high[i], SERVICE_SUBJECT + i);
	close_range(SERVICE_SUBJECT + 6, ~0U, 0);
	execl("/launcher", "rampart", NULL);
	_exit(127);
}

/* Process 1 of a namespace: who loses its parent is its child, and all end with it. */
static void be_init(const int *fds)
{
	pid_t launcher = fork(), pid;
	int status;

	if (launcher == 0)
		become_launcher(fds);
	close_range(SERVICE_SUBJECT, ~0U, 0);
	while ((pid = waitpid(-1, &status, 0)) > 0)
		if (pid == launcher)
			_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128);
	_exit(127);
}

/* A socket that blocks. */
static int take(void)
{
	struct pollfd p = { .fd = gateway.socket, .events = POLLIN };
	int fd = -1;

	if (poll(&p, 1, PATIENCE_MS) != 1 || dial_answer(&gateway, &fd) < 0 || fd < 0)
		die("no connection");
	p = (struct pollfd){ .fd = fd, .events = POLLOUT };
	if (poll(&p, 1, PATIENCE_MS) != 1 || fcntl(fd, F_SETFL, 0) < 0)
		die("no connection");
	return fd;
}

/* Nobody has said when the one container listens. */
static void wait_listening(void)
{
	int error = 1;

	while (error) {
		socklen_t len = sizeof(error);
		int fd;

		pool_ask();
		fd = take();
		if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0)
			die("getsockopt");
		dial_drop(fd);
	}
}

void pool_start(unsigned containers, const char *args)
{
	int dialer[2], report[2], own;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, dialer) < 0 ||
	    pipe2(report, O_CLOEXEC | O_NONBLOCK) < 0)
		die("pool");
	gateway = (struct dial){ .socket = dialer[0] };
	reports = report[0];
	own = open("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC);
	if (own < 0 || unshare(CLONE_NEWPID) < 0)
		die("pid namespace");
	init = fork_child();
	if (init == 0) {
		int fds[] = { plan_of_pool(containers, args),
			      report[1],
			      dialer[1],
			      filters[0],
			      filters[1],
			      filters[2] };

		be_init(fds);
	}
	if (setns(own, CLONE_NEWPID) < 0)
		die("back to the first pid namespace");
	close(own);
	close(dialer[1]);
	close(report[1]);
	if (containers == 0)
		wait_listening();
}

int pool_ended(char ret_said[static 256])
{
	int status = -1;
	ssize_t n;

	if (waitpid(init, &status, 0) != init)
		die("waitpid");
	n = read(reports, ret_said, 255);
	ret_said[n > 0 ? n : 0] = '\0';
	ret_said[strcspn(ret_said, "\n")] = '\0';
	close(reports);
	close(gateway.socket);
	/* With init all its processes have ended. */
	for (int i = 0; i < PLAN_POOL_MAX; i++) {
		char path[64];

		snprintf(path, sizeof(path), GUESTROOT_GROUPS "/%s.%d", version, i);
		(void)rmdir(path);
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void pool_stop(void)
{
	char said[256];

	kill(init, SIGKILL);
	(void)pool_ended(said);
}

void pool_ask(void)
{
	if (dial_ask(&gateway) < 0)
		die("dial_ask");
}

bool pool_waits(void)
{
	struct pollfd p = { .fd = gateway.socket, .events = POLLIN };

	return poll(&p, 1, 0) == 0;
}

int pool_take(void)
{
	return take();
}

int pool_dial(void)
{
	pool_ask();
	return pool_take();
}

const char *pool_say(int fd, const char *request, size_t size)
{
	static char text[4096];
	size_t len = 0;
	ssize_t n;

	(void)!write(fd, request, strlen(request));
	while (len < size && len < sizeof(text) - 1 &&
	       (n = read(fd, text + len, sizeof(text) - 1 - len)) > 0)
		len += (size_t)n;
	text[len] = '\0';
	return text;
}

const char *pool_get(int fd, const char *request)
{
	const char *text = pool_say(fd, request, SIZE_MAX), *body = strstr(text, "\r\n\r\n");

	dial_drop(fd);
	return body ? body + 4 : "";
}

void pool_kill(unsigned slot)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), GUESTROOT_GROUPS "/%s.%u/cgroup.kill", version, slot);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, "1", 1) != 1)
		die(path);
	close(fd);
}
