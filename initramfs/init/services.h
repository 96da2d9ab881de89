/* SPDX-License-Identifier: MIT */
/* The programs that init depends on, and what they report (common/service.h). */
#ifndef INIT_SERVICES_H
#define INIT_SERVICES_H

#include <stddef.h>
#include <sys/types.h>

#define SERVICE_TEXT_MAX 256

struct service {
	const char *name;
	pid_t pid;
	int report;		     /* read end, non-blocking */
	char text[SERVICE_TEXT_MAX]; /* the last line it reported */
	unsigned n_heard;
	int (*prepare)(void); /* as in struct child */
};

/*
 * fds: those of common/service.h, from 0; the one for reports is filled in. 0, or negative errno
 * with the reason noted.
 */
int service_start(struct service *service, const char *path, int *fds, size_t n_fds);

/* The read end of a pipe that holds exactly these bytes, of a plan. 0, or negative errno with the
 * reason noted. */
int service_plan(const void *bytes, size_t len, int *ret_fd);

/*
 * Reads new reports: the first line goes to line, which is empty if there is none; the last of the
 * others stays in service->text, as the reason in case the program ends.
 */
void service_listen(struct service *service, char line[static SERVICE_TEXT_MAX]);

/*
 * The descriptor to poll for reports, or -1 once the program can report no more or has reported
 * more than it should: no program's pipe can keep init from the others.
 */
int service_poll_fd(const struct service *service);

/*
 * For one that must not have ended: 0 while it runs, or has not been started; else -ECHILD with the
 * reason noted, as service_died() does for who has its status already.
 */
int service_lives(struct service *service);
int service_died(struct service *service, int status);

/*
 * Notes the reason that it gave, or else how it ended (a status of waitpid(2)). when: a tail, or
 * "".
 */
int service_ended(const struct service *service, int status, const char *when);

#endif
