/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "initramfs/init/services.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "initramfs/common/reason.h"
#include "initramfs/common/service.h"
#include "initramfs/init/child.h"

#define HEARD_MAX 64 /* they report two things: that they serve, and why they end */

int service_start(struct service *service, const char *path, int *fds, size_t n_fds)
{
	static const char *const argv[] = { "rampart", NULL };
	const struct child child = {
		.path = path, .argv = argv, .fds = fds, .n_fds = n_fds, .prepare = service->prepare
	};
	int report[2], r;

	if (pipe2(report, O_CLOEXEC | O_NONBLOCK) < 0)
		return because(-errno, "cannot make a pipe: %s", strerror(errno));
	fds[SERVICE_REPORT] = report[1];
	r = child_start(&child, &service->pid);
	(void)close(report[1]);
	service->report = report[0];
	service->text[0] = '\0';
	service->n_heard = 0;
	return r;
}

int service_plan(const void *bytes, size_t len, int *ret_fd)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return because(-errno, "cannot make a pipe: %s", strerror(errno));
	/* A pipe holds PLAN_SIZE_MAX; non-blocking all the same, since nobody reads yet. */
	if (fcntl(fds[1], F_SETFL, O_NONBLOCK) < 0 || write(fds[1], bytes, len) != (ssize_t)len)
		return because(-EIO, "cannot hand the plan on");
	(void)close(fds[1]);
	*ret_fd = fds[0];
	return 0;
}

void service_listen(struct service *service, char line[static SERVICE_TEXT_MAX])
{
	ssize_t n = read(service->report, line, SERVICE_TEXT_MAX - 1);
	char *rest;

	service->n_heard = n == 0 ? HEARD_MAX : service->n_heard + 1;
	line[n > 0 ? n : 0] = '\0';
	rest = strchr(line, '\n');
	if (!rest)
		return;
	*rest++ = '\0';
	if (*rest == '\0')
		return;
	strcpy(service->text, rest);
	service->text[strcspn(service->text, "\n")] = '\0';
}

int service_poll_fd(const struct service *service)
{
	return service->n_heard < HEARD_MAX ? service->report : -1;
}

int service_ended(const struct service *service, int status, const char *when)
{
	char how[64];

	child_status_text(status, how, sizeof(how));
	if (service->text[0] != '\0')
		return because(-ECHILD, "%s: %s%s", service->name, service->text, when);
	return because(-ECHILD, "%s: its program %s%s", service->name, how, when);
}

int service_died(struct service *service, int status)
{
	char line[SERVICE_TEXT_MAX];

	service_listen(service, line);
	if (line[0] != '\0' && service->text[0] == '\0')
		strcpy(service->text, line);
	return service_ended(service, status, " before it listened");
}

int service_lives(struct service *service)
{
	int status;

	if (service->pid == 0 || waitpid(service->pid, &status, WNOHANG) != service->pid)
		return 0;
	return service_died(service, status);
}
