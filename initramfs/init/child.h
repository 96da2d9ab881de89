/* SPDX-License-Identifier: MIT */
/* Programs that init starts, and their ends. */
#ifndef INIT_CHILD_H
#define INIT_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define CHILD_FDS_MAX 12 /* _SERVICE_MAX of service.h */

struct child {
	const char *path;
	const char *const *argv;
	const int *fds; /* become its descriptors 0, 1, ...; it gets no others */
	size_t n_fds;
	int (*prepare)(void); /* run in it as root before the program; NULL: nothing */
};

/*
 * Starts a program in a session of its own, with no signal blocked and only PATH=/bin in its
 * environment. Returns once it runs. 0, or negative errno with the reason noted.
 */
int child_start(const struct child *child, pid_t *ret_pid);

/* "exited with status 3" or "was killed by signal 9", for a status of waitpid(2). */
void child_status_text(int status, char *buf, size_t size);

/*
 * Waits for pid, reaping any other child that ends meanwhile. ret_status is that of waitpid(2).
 * -ETIMEDOUT after timeout_ms: the child was killed. signals is the signalfd.
 */
int child_wait(int signals, pid_t pid, int timeout_ms, int *ret_status);

/* Empties the signalfd: SIGCHLDs merge, so only waitpid(2) tells how many ended. */
void child_drain(int signals);

#endif
