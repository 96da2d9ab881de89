/* SPDX-License-Identifier: MIT */
/*
 * The launcher: puts the container and its dialer behind their walls, starts them, and tells init
 * how the first of them ended; whether there will be another launcher is init's to decide. Started
 * by init as root with the descriptors of service.h; the plan comes through a pipe, so that it is
 * the bytes that were measured.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cgroup.h"
#include "confine.h"
#include "dialer.h"
#include "service.h"
#include "start.h"

static char plan_text[PLAN_SIZE_MAX + 1];

/* The reason goes to init; there is only one, since the launcher ends with it. */
static int failed(const char *what, int r)
{
	report("%s: %s", what, strerror(-r));
	return r;
}

static int read_plan(struct plan *ret_plan)
{
	struct diag diag;
	size_t len = 0;
	ssize_t n;
	int r;

	while ((n = read(SERVICE_SUBJECT, plan_text + len, sizeof(plan_text) - len)) > 0)
		len += (size_t)n;
	if (n < 0)
		return failed("cannot read the plan", -errno);
	(void)close(SERVICE_SUBJECT);
	r = plan_parse(plan_text, len, ret_plan, &diag);
	return r < 0 ? failed(diag.what, r) : 0;
}

/* A network namespace with nothing but loopback, for launcher, dialer and container. */
static int enter_network(void)
{
	struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd, r = 0;

	if (unshare(CLONE_NEWNET) < 0)
		return -errno;
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (ioctl(fd, SIOCSIFFLAGS, &lo) < 0)
		r = -errno;
	(void)close(fd);
	return r;
}

static void run_dialer(int alive, uint16_t port)
{
	int r;

	(void)close(SERVICE_REPORT);
	(void)close(SERVICE_FILTER);
	(void)close(SERVICE_CONTAINER_FILTER);
	r = confine(UID_DIALER, 64, port, SERVICE_DIALER_FILTER);
	if (r == 0)
		r = dial_serve(SERVICE_DIALER, alive, port);
	_exit(r == 0 ? 0 : -r);
}

/* It ends with the launcher, by the pipe between them, and not in the middle of a request. */
static int start_dialer(uint16_t port, pid_t *ret_pid)
{
	int alive[2];
	pid_t pid;

	if (pipe2(alive, O_CLOEXEC) < 0)
		return -errno;
	pid = fork();
	if (pid < 0)
		return -errno;
	if (pid == 0) {
		(void)close(alive[1]);
		run_dialer(alive[0], port);
	}
	(void)close(alive[0]);
	(void)close(SERVICE_DIALER);
	(void)close(SERVICE_DIALER_FILTER);
	*ret_pid = pid;
	return 0;
}

static void report_end(const char *who, int status, bool oom)
{
	if (oom)
		report("%skilled for using more memory than limit.memory", who);
	else if (WIFSIGNALED(status))
		report("%skilled by signal %d", who, WTERMSIG(status));
	else
		report("%sexited with status %d", who, WEXITSTATUS(status));
}

static int supervise(pid_t container, pid_t dialer, const struct cgroup *group)
{
	for (;;) {
		int status;
		pid_t pid = waitpid(-1, &status, 0);

		if (pid == container) {
			report_end("", status, cgroup_was_oom_killed(group));
			return status == 0 ? LAUNCHER_EXITED_0 : LAUNCHER_FAILED;
		}
		if (pid == dialer) {
			report_end("its dialer ", status, false);
			return 1;
		}
		if (pid < 0 && errno != EINTR)
			return 1;
	}
}

/* The dialer is born before there is anything but the descriptors that it may have. */
static int start(struct cgroup *group, pid_t *container, pid_t *dialer)
{
	const char *what;
	struct plan plan;
	int r = read_plan(&plan);

	if (r < 0)
		return r;
	r = enter_network();
	if (r < 0)
		return failed("cannot make its network namespace", r);
	r = start_dialer(plan.port, dialer);
	if (r < 0)
		return failed("cannot start its dialer", r);
	r = cgroup_make(&plan, group, &what);
	if (r < 0)
		return failed(what, r);
	r = container_start(&plan, group, container);
	if (r < 0)
		return r;
	(void)close(SERVICE_CONTAINER_FILTER);
	r = confine(UID_LAUNCHER, 16, 0, SERVICE_FILTER); /* from here on it only waits */
	return r < 0 ? failed("cannot confine the launcher", r) : 0;
}

int main(void)
{
	pid_t container, dialer;
	struct cgroup group;

	service_init();
	if (start(&group, &container, &dialer) < 0)
		return 1;
	return supervise(container, dialer, &group);
}
