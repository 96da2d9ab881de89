/* SPDX-License-Identifier: MIT */
/*
 * The run stage: starts the container's launcher and the gateway. They talk to each other over a
 * socket pair and to init over a pipe each (see their main.c). When the container ended and the
 * plan wants it again, another launcher is started, with everything new but that socket pair: the
 * gateway goes on, and what it asks of the dialer meanwhile waits there. Any other end powers off.
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
#include <time.h>
#include <unistd.h>

#include "boot.h"
#include "child.h"
#include "console.h"
#include "fail.h"
#include "file.h"
#include "service.h"

/* A program that init cannot do without, and what it had to say. */
struct service {
	const char *name;
	pid_t pid;
	int report;	/* read end, non-blocking */
	char text[256]; /* the last thing it reported */
};

struct run {
	struct boot *boot;
	int null, out; /* stdin, and stdout and stderr, of what is started */
	int dialer[2]; /* seqpacket: the gateway's end, the launcher's end */
	struct service container, gateway;
	bool serving;
	time_t restarts[PLAN_RESTARTS_MAX]; /* the last ones; a ring */
	size_t n_restarts;
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

/* fds: those of service.h, from 0; the one for reports is filled in. */
static int start_service(struct service *service, const char *path, int *fds, size_t n_fds)
{
	static const char *const argv[] = { "rampart", NULL };
	const struct child child = { .path = path, .argv = argv, .fds = fds, .n_fds = n_fds };
	int report[2], r;

	if (pipe2(report, O_CLOEXEC | O_NONBLOCK) < 0)
		return because(-errno, "cannot make a pipe: %s", strerror(errno));
	fds[SERVICE_REPORT] = report[1];
	r = child_start(&child, &service->pid);
	(void)close(report[1]);
	service->report = report[0];
	service->text[0] = '\0';
	return r;
}

static int start_container(struct run *run)
{
	const int *filters = run->boot->filters;
	int fds[] = { run->null,
		      run->out,
		      run->out,
		      [SERVICE_DIALER] = run->dialer[1],
		      [SERVICE_FILTER] = filters[PLAN_LAUNCHER],
		      [SERVICE_CONTAINER_FILTER] = filters[PLAN_CONTAINER],
		      [SERVICE_DIALER_FILTER] = filters[PLAN_DIALER] };
	int r = plan_pipe(run->boot, &fds[SERVICE_SUBJECT]);

	if (r < 0)
		return r;
	r = start_service(&run->container, "/bin/container", fds, _SERVICE_MAX);
	(void)close(fds[SERVICE_SUBJECT]);
	return r;
}

static int start_gateway(struct run *run)
{
	int fds[] = { run->null, run->out, run->out, [SERVICE_DIALER] = run->dialer[0],
		      [SERVICE_FILTER] = run->boot->filters[PLAN_GATEWAY] };
	int r = bind_port(&fds[SERVICE_SUBJECT]);

	if (r < 0)
		return r;
	r = start_service(&run->gateway, "/bin/gateway", fds, SERVICE_FILTER + 1);
	(void)close(fds[SERVICE_SUBJECT]);
	(void)close(run->dialer[0]); /* the other end stays, for the next dialer */
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

/*
 * From here on the kernel has things to say that the container decides: the name of a process that
 * ran out of memory goes to the log, and would go to the console. Only emergencies still do (but
 * in a debug image). And what runs out of memory is never init or one of its own.
 */
static int before_others(const struct boot *b)
{
	int r = file_write_text("/proc/sys/kernel/printk", b->plan.debug ? "7" : "1");

	if (r == 0)
		r = file_write_text("/proc/self/oom_score_adj", "-1000");
	return r < 0 ? because(r, "cannot prepare for what it starts: %s", strerror(-r)) : 0;
}

static int start(struct boot *b, struct run *run)
{
	int r = before_others(b);

	if (r < 0)
		return r;
	run->null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (run->null < 0)
		return because(-errno, "cannot open /dev/null: %s", strerror(errno));
	run->out = b->plan.debug ? STDOUT_FILENO : run->null;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, run->dialer) < 0)
		return because(-errno, "cannot make a socket pair: %s", strerror(errno));
	r = start_container(run);
	if (r == 0)
		r = start_gateway(run);
	if (r == 0 && b->plan.debug)
		r = start_shell();
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

/* Whether the plan wants another one after this end, and has not had too many lately. */
static bool may_restart(struct run *run, int status)
{
	const struct plan *plan = &run->boot->plan;
	bool failed = WIFEXITED(status) && WEXITSTATUS(status) == LAUNCHER_FAILED;
	bool ended_well = WIFEXITED(status) && WEXITSTATUS(status) == LAUNCHER_EXITED_0;
	struct timespec now = { 0 };
	time_t *oldest;

	if (!(failed && plan->restart != PLAN_NEVER) &&
	    !(ended_well && plan->restart == PLAN_ALWAYS))
		return false;
	(void)clock_gettime(CLOCK_BOOTTIME, &now);
	oldest = &run->restarts[run->n_restarts % plan->restart_max];
	if (run->n_restarts >= plan->restart_max &&
	    now.tv_sec - *oldest < (time_t)plan->restart_window)
		return false;
	*oldest = now.tv_sec;
	run->n_restarts++;
	return true;
}

/*
 * A container that has seen a client could say something by the way it ends; so only a debug image
 * tells how. Launchers that failed by themselves have nothing to hide.
 */
static int container_ended(struct run *run, int status)
{
	struct service *container = &run->container;
	bool its_own = WIFEXITED(status) && (WEXITSTATUS(status) == LAUNCHER_EXITED_0 ||
					     WEXITSTATUS(status) == LAUNCHER_FAILED);
	bool again = may_restart(run, status);

	listen_to(run, container);
	if (its_own && run->serving && !run->boot->plan.debug)
		strcpy(container->text, "ended");
	if (!again)
		return ended(run, container, status);
	say("RESTART %zu container: %s", run->n_restarts, container->text);
	(void)close(container->report);
	return start_container(run);
}

static int reap(struct run *run)
{
	int status, r = 0;
	pid_t pid;

	while (r == 0 && (pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid == run->container.pid)
			r = container_ended(run, status);
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
	static struct run run = { .container.name = "container", .gateway.name = "gateway" };
	int r;

	run.boot = b;
	r = start(b, &run);
	return r < 0 ? r : supervise(b, &run);
}
