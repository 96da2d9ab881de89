/* SPDX-License-Identifier: MIT */
/*
 * The launcher: puts the container and its dialer behind their walls, starts them, and tells init
 * how the first of them ended; whether there will be another launcher is init's to decide. Started
 * by init as root with the descriptors of service.h; the plan comes through a pipe, so that it is
 * the bytes that were measured. Where each connection has a container of its own, it keeps a pool of
 * them, and is the init of processes that each are such a launcher of one.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/prctl.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "initramfs/common/confine.h"
#include "initramfs/common/dialer.h"
#include "initramfs/common/reason.h"
#include "initramfs/common/service.h"
#include "initramfs/container/container.h"

static char plan_text[PLAN_SIZE_MAX + 1];

static int read_plan(struct container *c)
{
	struct diag diag = { 0 };
	size_t len = 0;
	ssize_t n;
	int r;

	while ((n = read(SERVICE_SUBJECT, plan_text + len, sizeof(plan_text) - len)) > 0)
		len += (size_t)n;
	if (n < 0)
		return -errno;
	(void)close(SERVICE_SUBJECT);
	r = plan_parse(plan_text, len, &c->plan, &diag);
	return diag.what ? because_of(r, diag.what) : r;
}

/*
 * A network namespace with nothing but loopback, for launcher, dialer and container. No port of it
 * is the machine's, so none wants a privilege, as with every runtime.
 */
static int enter_network(void)
{
	static const char first[] = "/proc/sys/net/ipv4/ip_unprivileged_port_start";
	struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd = -1;
	int r = sys(unshare(CLONE_NEWNET)) ?:
		sys(fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) ?:
		sys(ioctl(fd, SIOCSIFFLAGS, &lo)) ?: put(AT_FDCWD, first, "0");

	(void)close(fd);
	return r;
}

static void run_dialer(int alive, const struct container *c)
{
	int r;

	(void)close(SERVICE_REPORT);
	(void)syscall(SYS_close_range, SERVICE_FILTER, SERVICE_CONTAINER_FILTER, 0);
	r = confine(UID_DIALER, DIAL_FILES_MAX, c->plan.port, SERVICE_DIALER_FILTER);
	if (r == 0)
		r = dial_serve(SERVICE_DIALER, alive, c->plan.port, c->turn);
	_exit(r == 0 ? 0 : -r);
}

/* It ends with the launcher, by the pipe between them, and not in the middle of a request. */
static int start_dialer(struct container *c)
{
	int alive[2];

	if (pipe2(alive, O_CLOEXEC) < 0 || (c->dialer = fork()) < 0)
		return -errno;
	if (c->dialer == 0) {
		(void)close(alive[1]);
		run_dialer(alive[0], c);
	}
	c->alive = alive[1];
	(void)close(alive[0]);
	(void)close(SERVICE_DIALER);
	(void)close(SERVICE_DIALER_FILTER);
	return 0;
}

static void report_end(const char *who, int status, bool oom)
{
	if (oom)
		report("%skilled for using more memory than limit.memory", who);
	else if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
		report("%skilled for a call that the filter kills", who);
	else if (WIFSIGNALED(status))
		report("%skilled by signal %d", who, WTERMSIG(status));
	else
		report("%sexited with status %d", who, WEXITSTATUS(status));
}

/*
 * Until the first of both ends. Of several containers, one's end is for its dialer to know, which
 * then says whether it had a connection: that is what it was for.
 */
static int supervise(const struct container *c)
{
	int status, end = 0;
	pid_t pid;

	while ((pid = waitpid(-1, &status, 0)) > 0) {
		bool dialer = pid == c->dialer;

		if (dialer && c->plan.pool && (end || status == 0))
			return status ? end : 0;
		if (!c->served || c->plan.debug)
			report_end(dialer ? "its dialer " : "", status,
				   !dialer && cgroup_was_oom_killed(c));
		end = !dialer && status == 0 ? LAUNCHER_EXITED_0 : LAUNCHER_FAILED;
		if (dialer || !c->plan.pool)
			return end;
		(void)close(c->alive);
	}
	return 1;
}

/* What others have now the next one may find. */
static int fail(int r)
{
	report("%s", reason());
	return r == -ENOMEM || r == -EAGAIN ? LAUNCHER_FAILED : 1;
}

/*
 * The dialer is born before there is anything but the descriptors that it may have. The launcher
 * confines itself as soon as it only waits. The reason of a failure goes to init; there is only
 * one, since the launcher ends with it.
 */
static int launch(struct container *c)
{
	const unsigned long whole = PR_SCHED_CORE_SCOPE_THREAD_GROUP;
	/* No two containers share a core's threads, either; init has seen whether they can. */
	int r = because_of(sys(syscall(SYS_prctl, PR_SCHED_CORE, PR_SCHED_CORE_CREATE, 0, whole, 0)) == -ENOMEM ?
				   -ENOMEM : 0, "cannot have cores alone") ?:
		because_of(enter_network(), "cannot make its network namespace") ?:
		because_of(start_dialer(c), "cannot start its dialer") ?:
		because_of(devices_find(c), "cannot find its devices") ?:
		because_of(cgroup_make(c), "cannot make its control group") ?:
		because_of(container_start(c), "cannot make its namespaces") ?:
		because_of(confine(UID_LAUNCHER, 16, 0, SERVICE_FILTER),
			   "cannot confine the launcher");

	return r < 0 ? fail(r) : supervise(c);
}

/*
 * As many containers as the plan says, each in a process like the launcher's own, and another one
 * in the place of each that ends: all that is read is how. When one ends before its connection
 * came, and others have served, the next one waits: 1 s, 3, 7, 15, 31.
 */
static int keep_pool(struct container *c)
{
	static pid_t pids[PLAN_POOL_MAX];
	unsigned wait_s = 0;
	pid_t ended = 0;
	int status;

	c->turn = open("/run", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (c->turn < 0)
		return fail(because_of(-errno, "cannot make a lock"));
	for (;;) {
		for (c->slot = 0; c->slot < c->plan.pool; c->slot++) {
			if (pids[c->slot] == ended || pids[c->slot] < 0)
				pids[c->slot] = fork();
			if (pids[c->slot] == 0) {
				(void)sleep(wait_s);
				_exit(launch(c));
			}
		}
		ended = waitpid(-1, &status, 0);
		if (ended < 0)
			return LAUNCHER_FAILED;
		c->served |= status == 0;
		if (!c->served)
			return WIFEXITED(status) ? WEXITSTATUS(status) : LAUNCHER_FAILED;
		wait_s = status == 0 ? 0 : wait_s < 16 ? 2 * wait_s + 1 : wait_s;
	}
}

int main(void)
{
	static struct container c = { .turn = -1 };
	int r;

	service_init();
	r = because_of(read_plan(&c), "cannot read the plan");
	if (r < 0)
		return fail(r);
	return c.plan.pool ? keep_pool(&c) : launch(&c);
}
