/* SPDX-License-Identifier: MIT */
/*
 * The run stage: starts the quoter and the container's launcher; the gateway has been running since
 * the stage identity, and has all of its share of the processor from now on. They talk to each other over socket pairs and to init over a pipe each (see
 * their main.c). When the container has ended and the plan says to restart it, another launcher is
 * started after a while, with everything new but the socket pair to the gateway: the gateway goes
 * on, and its requests to the dialer wait there meanwhile. Any other end powers off.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/prctl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "initramfs/common/backoff.h"
#include "initramfs/common/clock.h"
#include "initramfs/common/file.h"
#include "initramfs/common/service.h"
#include "initramfs/init/boot.h"
#include "initramfs/init/child.h"
#include "initramfs/init/console.h"
#include "initramfs/init/fail.h"

#define CONTAINER_GROUP	 "/sys/fs/cgroup/container" /* made by the launcher */
#define UNSERVED_MAX	 5			    /* restarts, without limit by the plan */
#define CONSOLE_RETRY_MS 1000			    /* between two attempts at a full console */

struct run {
	struct boot *boot;
	struct service container, quoter;
	struct service reporter; /* if the plan wants one; it ends when it was heard */
	bool serving;
	int64_t restarts[PLAN_RESTARTS_MAX]; /* the last ones, if the plan limits them; a ring */
	size_t n_restarts;
	/* uptimes, in ms, of the container's last start, and of the next one; 0: it runs */
	int64_t started_ms, restart_ms;
	struct backoff backoff;
	bool again; /* whether it is started then; else the machine powers off */
	int status; /* of its last end */
};

/*
 * Runs in the launcher's process before its program: while it, or what it starts, runs on one
 * thread of a core, no other process runs on the core's other threads, where it would share buffers
 * and predictors with the container. ENODEV: no core has more than one thread.
 */
static int take_cores(void)
{
	if (syscall(SYS_prctl, PR_SCHED_CORE, PR_SCHED_CORE_CREATE, 0,
		    PR_SCHED_CORE_SCOPE_THREAD_GROUP, 0) < 0 &&
	    errno != ENODEV)
		return -errno;
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
		      [SERVICE_DIALER_FILTER] = filters[PLAN_DIALER],
		      [SERVICE_REFUSALS] = run->boot->refusals[1] };
	int r = service_plan(run->boot->plan_bytes, run->boot->plan_len, &fds[SERVICE_SUBJECT]);

	if (r < 0)
		return r;
	r = service_start(&run->container, "/bin/container", fds,
			  SERVICE_DIALER_FILTER + 1 + run->boot->plan.debug);
	(void)close(fds[SERVICE_SUBJECT]);
	run->started_ms = clock_ms(CLOCK_BOOTTIME);
	return r;
}

/*
 * The quoter owns the TPM from now on; it opens the device itself, which has one user at a time.
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

/* Behind the filter of the dialer, which makes the same calls. Nothing depends on it. */
static int start_reporter(struct run *run)
{
	struct boot *b = run->boot;
	int fds[] = { b->null,
		      b->out,
		      b->out,
		      [SERVICE_SUBJECT] = b->null,
		      [SERVICE_DIALER] = b->null,
		      [SERVICE_FILTER] = b->filters[PLAN_DIALER] };

	return service_start(&run->reporter, "/bin/cloud", fds, SERVICE_FILTER + 1);
}

static void reporter_ended(struct run *run, int status)
{
	char how[64];

	child_status_text(status, how, sizeof(how));
	if (status == 0)
		say("REPORTED azure: ready");
	else
		say("REPORT azure: not heard; the reporter %s", how);
	(void)close(run->reporter.report);
	run->reporter.pid = 0;
}

/*
 * Debug images only: a shell, and who names the calls that are refused. The plan that allows it is
 * measured, and a production image has neither.
 */
static int start_debug(const struct boot *b)
{
	static const char *const shell[] = { "sh", NULL };
	static const char *const refusals[] = { "refusals", "/rampart/seccomp/container.bpf",
						"/bin/refusals-calls", "/dev/kmsg", NULL };
	const int fds[] = { b->out, b->out, b->out, b->refusals[0] };
	pid_t pid;
	int r;

	console_share();
	r = child_start(&(struct child){ "/bin/busybox", shell, fds, 3, NULL }, &pid)
		    ?: child_start(&(struct child){ "/bin/refusals", refusals, fds, 4, NULL },
				   &pid);
	(void)close(b->refusals[0]); /* without it no call waits for an answer */
	return r;
}

/* Nothing is loaded any more. */
static int end_loading(struct boot *b)
{
	if (b->progress.pipe > 0)
		(void)close(b->progress.pipe);
	b->progress.pipe = 0;
	if (setpriority(PRIO_PROCESS, (id_t)b->gateway.pid, 0) < 0)
		return because(-errno, "gateway: cannot give it its share: %s", strerror(errno));
	return 0;
}

static int start(struct run *run)
{
	int r = end_loading(run->boot);

	if (r == 0)
		r = start_quoter(run);
	if (r == 0 && run->boot->plan.debug)
		r = start_debug(run->boot);
	if (r == 0)
		r = start_container(run);
	if (r == 0 && run->boot->plan.report_azure)
		r = start_reporter(run);
	return r;
}

/*
 * "serving" from the gateway counts once; anything else is kept, as the reason in case the program
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

/*
 * When one of gateway and quoter ends, so does the other; the quoter reports nothing if it was the
 * second.
 */
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

/*
 * Whether another launcher may do better. Only the kernel, out of memory, sends a launcher SIGKILL.
 */
static bool passes(int status)
{
	if (WIFSIGNALED(status))
		return WTERMSIG(status) == SIGKILL;
	return WEXITSTATUS(status) == LAUNCHER_EXITED_0 || WEXITSTATUS(status) == LAUNCHER_FAILED;
}

/*
 * Whether the plan allows one more restart now. "unlimited" counts only once the machine has
 * served: before that no client can be the cause.
 */
static bool within_limit(const struct run *run, int64_t now)
{
	const struct plan *plan = &run->boot->plan;

	if (plan->restart_max == PLAN_UNLIMITED)
		return run->serving || run->n_restarts < UNSERVED_MAX;
	return run->n_restarts < plan->restart_max ||
	       now - run->restarts[run->n_restarts % plan->restart_max] >=
		       (int64_t)plan->restart_window * 1000;
}

/* Whether the plan says to restart after this end, and there were not too many restarts lately. */
static bool may_restart(struct run *run, int status, int64_t now)
{
	const struct plan *plan = &run->boot->plan;
	bool ended_well = WIFEXITED(status) && WEXITSTATUS(status) == LAUNCHER_EXITED_0;

	if (!passes(status) || plan->restart == PLAN_NEVER ||
	    (ended_well && plan->restart != PLAN_ALWAYS) || !within_limit(run, now))
		return false;
	if (plan->restart_max != PLAN_UNLIMITED)
		run->restarts[run->n_restarts % plan->restart_max] = now;
	run->n_restarts++;
	return true;
}

/*
 * A container that has seen a client could signal something by how and when it ends. So only a
 * debug image says how, and what follows, a restart or power off, waits. Launchers that failed by
 * themselves have nothing to hide.
 */
static int container_ended(struct run *run, int status)
{
	struct service *container = &run->container;
	int64_t now = clock_ms(CLOCK_BOOTTIME);

	run->again = may_restart(run, status, now);
	run->status = status;
	/*
	 * Kills what is left of the container, if the launcher did not end last; there may be no
	 * group, either.
	 */
	(void)file_write_text(CONTAINER_GROUP "/cgroup.kill", "1");
	listen_to(run, container);
	if (passes(status) && run->serving && !run->boot->plan.debug)
		strcpy(container->text, "ended");
	if (!passes(status))
		return ended(run, container, status);
	if (run->again && container->text[0] == '\0')
		child_status_text(status, container->text, sizeof(container->text));
	(void)close(container->report);
	container->report = -1;
	container->pid = 0;
	run->restart_ms = backoff_next(&run->backoff, run->started_ms, now,
				       (int64_t)run->boot->plan.restart_window * 1000);
	return 0;
}

/* When it is time. */
static int restart_container(struct run *run)
{
	if (run->restart_ms == 0 || clock_ms(CLOCK_BOOTTIME) < run->restart_ms)
		return 0;
	run->restart_ms = 0;
	if (!run->again)
		return ended(run, &run->container, run->status);
	say("RESTART %zu container: %s", run->n_restarts, run->container.text);
	return start_container(run);
}

/* Milliseconds until then; -1: nothing is to be started. */
static int restart_wait_ms(const struct run *run)
{
	int64_t left = run->restart_ms - clock_ms(CLOCK_BOOTTIME);

	if (run->restart_ms == 0)
		return -1;
	return left > 0 ? (int)left : 0;
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
		else if (pid == run->reporter.pid)
			reporter_ended(run, status);
		else
			(void)network_ended(&run->boot->network, pid, status,
					    clock_ms(CLOCK_BOOTTIME));
	}
	return r;
}

/* Milliseconds until the next of what is due by itself. */
static int wait_ms(const struct run *run)
{
	int wait = network_wait_ms(&run->boot->network, clock_ms(CLOCK_BOOTTIME));
	int restart = restart_wait_ms(run);

	if (restart >= 0 && restart < wait)
		wait = restart;
	return console_is_behind() && wait > CONSOLE_RETRY_MS ? CONSOLE_RETRY_MS : wait;
}

static int supervise(struct boot *b, struct run *run)
{
	for (;;) {
		struct pollfd p[] = { { .fd = b->signals, .events = POLLIN },
				      { .fd = service_poll_fd(&run->container), .events = POLLIN },
				      { .fd = service_poll_fd(&run->quoter), .events = POLLIN },
				      { .fd = service_poll_fd(&b->gateway), .events = POLLIN } };
		int r;

		if (poll(p, 4, wait_ms(run)) < 0 && errno != EINTR)
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
		if (r == 0)
			r = restart_container(run);
		if (r < 0)
			return r;
		network_turn(&b->network, clock_ms(CLOCK_BOOTTIME));
	}
}

int stage_run(struct boot *b)
{
	static struct run run = { .container.name = "container",
				  .container.prepare = take_cores,
				  .quoter.name = "quoter",
				  .reporter.name = "reporter" };
	int r;

	run.boot = b;
	console_be_patient(false);
	r = start(&run);
	return r < 0 ? r : supervise(b, &run);
}
