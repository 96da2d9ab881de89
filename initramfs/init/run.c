/* SPDX-License-Identifier: MIT */
/*
 * The run stage: starts the container's launcher and the gateway, and powers off as soon as either
 * ends. They talk to each other over a socket pair and to init over a pipe each (see their main.c).
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "boot.h"
#include "child.h"
#include "console.h"
#include "fail.h"

/* A program that init cannot do without, and what it had to say. */
struct service {
	const char *name;
	pid_t pid;
	int report;	/* read end, non-blocking */
	char text[256]; /* the last thing it reported */
};

struct run {
	int null, out; /* stdin, and stdout and stderr, of what is started */
	int dialer[2]; /* seqpacket: the gateway's end, the launcher's end */
	struct service container, gateway;
	bool serving;
};

/* Only root may bind a port below 1024. The gateway listens on it when it can serve. */
static int bind_port(int *ret_fd)
{
	const struct sockaddr_in any = { .sin_family = AF_INET, .sin_port = htons(GUEST_PORT) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0 || bind(fd, (const struct sockaddr *)&any, sizeof(any)) < 0)
		return because(-errno, "cannot bind port %d: %s", GUEST_PORT, strerror(errno));
	*ret_fd = fd;
	return 0;
}

/* The read end of a pipe that holds exactly the bytes that were measured. */
static int plan_pipe(const struct boot *b, int *ret_fd)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return because(-errno, "cannot make a pipe: %s", strerror(errno));
	/* A pipe holds PLAN_SIZE_MAX; non-blocking all the same, since nobody reads yet. */
	if (fcntl(fds[1], F_SETFL, O_NONBLOCK) < 0 ||
	    write(fds[1], b->plan_bytes, b->plan_len) != (ssize_t)b->plan_len)
		return because(-EIO, "cannot hand the plan to the launcher");
	(void)close(fds[1]);
	*ret_fd = fds[0];
	return 0;
}

/* Descriptors: 3 what it works on, 4 where it reports, 5 its end of the dialer's socket. */
static int start_service(struct run *run, struct service *service, const char *path, int subject,
			 int dialer)
{
	static const char *const argv[] = { "rampart", NULL };
	int fds[] = { run->null, run->out, run->out, subject, -1, dialer };
	const struct child child = { .path = path, .argv = argv, .fds = fds, .n_fds = 6 };
	int report[2], r;

	if (pipe2(report, O_CLOEXEC | O_NONBLOCK) < 0)
		return because(-errno, "cannot make a pipe: %s", strerror(errno));
	fds[4] = report[1];
	r = child_start(&child, &service->pid);
	(void)close(report[1]);
	service->report = report[0];
	return r;
}

static int start_services(struct boot *b, struct run *run)
{
	int plan = -1, port = -1, r = plan_pipe(b, &plan);

	if (r < 0)
		return r;
	r = start_service(run, &run->container, "/bin/container", plan, run->dialer[1]);
	(void)close(plan);
	if (r < 0)
		return r;
	r = bind_port(&port);
	if (r < 0)
		return r;
	r = start_service(run, &run->gateway, "/bin/gateway", port, run->dialer[0]);
	(void)close(port);
	return r;
}

/* Debug images only; the plan that allows it is measured, and production has no shell to start. */
static int start_shell(void)
{
	static const char *const argv[] = { "sh", NULL };
	static const int fds[] = { 0, 1, 2 };
	const struct child child = { .path = "/bin/busybox", .argv = argv, .fds = fds, .n_fds = 3 };
	pid_t pid;

	console_share();
	return child_start(&child, &pid);
}

static int start(struct boot *b, struct run *run)
{
	int r;

	run->null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (run->null < 0)
		return because(-errno, "cannot open /dev/null: %s", strerror(errno));
	run->out = b->plan.debug ? STDOUT_FILENO : run->null;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, run->dialer) < 0)
		return because(-errno, "cannot make a socket pair: %s", strerror(errno));
	r = start_services(b, run);
	if (r == 0 && b->plan.debug)
		r = start_shell();
	(void)close(run->dialer[0]);
	(void)close(run->dialer[1]);
	return r;
}

/* "serving" is news; anything else is kept, to be the reason when the program ends. */
static void listen_to(struct run *run, struct service *service)
{
	static const char serving[] = "serving\n";
	char text[sizeof(service->text)];
	ssize_t n = read(service->report, text, sizeof(text) - 1);
	char *rest = text;

	if (n <= 0)
		return;
	text[n] = '\0';
	if (!strncmp(text, serving, sizeof(serving) - 1)) {
		run->serving = true;
		boot_hurry(false);
		say("SERVING port=%d", GUEST_PORT);
		rest += sizeof(serving) - 1;
	}
	strcpy(service->text, rest);
	service->text[strcspn(service->text, "\n")] = '\0';
}

static int ended(struct run *run, struct service *service, int status)
{
	const char *when;
	char how[64];

	listen_to(run, service);
	when = run->serving ? "" : " before it listened";
	child_status_text(status, how, sizeof(how));
	if (service->text[0] != '\0')
		return because(-ECHILD, "%s: %s%s", service->name, service->text, when);
	return because(-ECHILD, "%s: its program %s%s", service->name, how, when);
}

static int reap(struct run *run)
{
	int status, r = 0;
	pid_t pid;

	while (r == 0 && (pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid == run->container.pid)
			r = ended(run, &run->container, status);
		else if (pid == run->gateway.pid)
			r = ended(run, &run->gateway, status);
	}
	return r;
}

static int supervise(struct boot *b, struct run *run)
{
	for (;;) {
		struct pollfd p[] = { { .fd = b->signals, .events = POLLIN },
				      { .fd = run->container.report, .events = POLLIN },
				      { .fd = run->gateway.report, .events = POLLIN } };
		int r;

		if (poll(p, 3, -1) < 0 && errno != EINTR)
			return because(-errno, "cannot poll: %s", strerror(errno));
		if (p[1].revents & POLLIN)
			listen_to(run, &run->container);
		if (p[2].revents & POLLIN)
			listen_to(run, &run->gateway);
		child_drain(b->signals);
		r = reap(run);
		if (r < 0)
			return r;
	}
}

int stage_run(struct boot *b)
{
	struct run run = { .container.name = "container", .gateway.name = "gateway" };
	int r = start(b, &run);

	return r < 0 ? r : supervise(b, &run);
}
