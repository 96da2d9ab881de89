/* SPDX-License-Identifier: MIT */
/*
 * The run stage: starts the quoter and the container's launcher; the gateway runs since the stage
 * identity. They talk to each other over socket pairs and to init over a pipe each (see their
 * main.c). When the container ended and the
 * plan wants it again, another launcher is started, with everything new but that socket pair: the
 * gateway goes on, and what it asks of the dialer meanwhile waits there. Any other end powers off.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
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
#include "service.h"

struct run {
	struct boot *boot;
	struct service container, quoter;
	bool serving;
	time_t restarts[PLAN_RESTARTS_MAX]; /* the last ones; a ring */
	size_t n_restarts;
};

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

static int start_container(struct run *run)
{
	const int *filters = run->boot->filters;
	int fds[] = { run->boot->null,
		      run->boot->out,
		      run->boot->out,
		      [SERVICE_DIALER] = run->boot->dialer[1],
		      [SERVICE_FILTER] = filters[PLAN_LAUNCHER],
		      [SERVICE_CONTAINER_FILTER] = filters[PLAN_CONTAINER],
		      [SERVICE_DIALER_FILTER] = filters[PLAN_DIALER] };
	int r = plan_pipe(run->boot, &fds[SERVICE_SUBJECT]);

	if (r < 0)
		return r;
	r = service_start(&run->container, "/bin/container", fds, SERVICE_DIALER_FILTER + 1);
	(void)close(fds[SERVICE_SUBJECT]);
	return r;
}

/*
 * The TPM is the quoter's from now on; it opens the device itself, which has one user at a time.
 */
static int start_quoter(struct run *run)
{
	struct boot *b = run->boot;
	int fds[] = { b->null,
		      b->out,
		      b->out,
		      [SERVICE_SUBJECT] = b->quoter[1],
		      [SERVICE_DIALER] = b->null,
		      [SERVICE_FILTER] = b->filters[PLAN_QUOTER] };
	int r;

	tpm_close(&b->tpm);
	r = service_start(&run->quoter, "/bin/quoter", fds, SERVICE_FILTER + 1);
	(void)close(b->quoter[1]);
	return r;
}

/* Debug images only; the plan that allows it is measured, and production has no shell to start. */
static int start_shell(const struct boot *b)
{
	static const char *const argv[] = { "sh", NULL };
	const int fds[] = { b->out, b->out, b->out };
	const struct child child = { .path = "/bin/busybox", .argv = argv, .fds = fds, .n_fds = 3 };
	pid_t pid;

	console_share();
	return child_start(&child, &pid);
}

static int start(struct run *run)
{
	int r = start_quoter(run);

	if (r == 0)
		r = start_container(run);
	if (r == 0 && run->boot->plan.debug)
		r = start_shell(run->boot);
	return r;
}

/*
 * "serving", of the gateway, is news once; anything else is kept, to be the reason when the program
 * ends.
 */
static void listen_to(struct run *run, struct service *service)
{
	char line[SERVICE_TEXT_MAX];

	service_listen(service, line);
	if (strcmp(line, "serving") != 0) {
		if (line[0] != '\0' && service->text[0] == '\0')
			strcpy(service->text, line);
		return;
	}
	if (run->serving || service != &run->boot->gateway)
		return;
	run->serving = true;
	boot_hurry(false);
	say("SERVING port=%d", GUEST_PORT);
}

static int ended(struct run *run, struct service *service, int status)
{
	listen_to(run, service);
	return service_ended(service, status, run->serving ? "" : " before it listened");
}

/* Gateway and quoter end with each other, and the quoter says nothing if it was not the first. */
static int one_of_two_ended(struct run *run, struct service *service, int status)
{
	struct service *gateway = &run->boot->gateway;

	listen_to(run, &run->quoter);
	listen_to(run, gateway);
	if (run->quoter.text[0] != '\0')
		service = &run->quoter;
	else if (gateway->text[0] != '\0')
		service = gateway;
	return ended(run, service, status);
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
		else if (pid == run->quoter.pid)
			r = one_of_two_ended(run, &run->quoter, status);
		else if (pid == run->boot->gateway.pid)
			r = one_of_two_ended(run, &run->boot->gateway, status);
	}
	return r;
}

static int supervise(struct boot *b, struct run *run)
{
	for (;;) {
		struct pollfd p[] = { { .fd = b->signals, .events = POLLIN },
				      { .fd = service_poll_fd(&run->container), .events = POLLIN },
				      { .fd = service_poll_fd(&run->quoter), .events = POLLIN },
				      { .fd = service_poll_fd(&b->gateway), .events = POLLIN } };
		int r;

		if (poll(p, 4, console_is_behind() ? 1000 : -1) < 0 && errno != EINTR)
			return because(-errno, "cannot poll: %s", strerror(errno));
		if (p[1].revents)
			listen_to(run, &run->container);
		if (p[2].revents)
			listen_to(run, &run->quoter);
		if (p[3].revents)
			listen_to(run, &b->gateway);
		child_drain(b->signals);
		console_catch_up();
		r = reap(run);
		if (r < 0)
			return r;
	}
}

int stage_run(struct boot *b)
{
	static struct run run = { .container.name = "container", .quoter.name = "quoter" };
	int r;

	run.boot = b;
	console_be_patient(false);
	r = start(&run);
	return r < 0 ? r : supervise(b, &run);
}
