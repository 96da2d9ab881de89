/* SPDX-License-Identifier: MIT */
/* What init gives the programs it cannot do without (init/run.c): descriptors, and a way to report.
 */
#ifndef GUEST_SERVICE_H
#define GUEST_SERVICE_H

enum {
	SERVICE_SUBJECT = 3, /* launcher: pipe with the plan; gateway: the bound port */
	SERVICE_REPORT = 4,  /* pipe to init: "serving", or why the program is about to end */
	SERVICE_DIALER = 5,  /* one end of the socket pair between gateway and dialer (dialer.h) */
	SERVICE_FILTER = 6,  /* the program's own filter of system calls, verified by init */
	SERVICE_CONTAINER_FILTER = 7, /* launcher only: those of what it starts */
	SERVICE_DIALER_FILTER = 8,
	_SERVICE_MAX
};

/* How the launcher ends when the container ran and ended; any other way is the launcher's failure.
 */
enum { LAUNCHER_EXITED_0 = 10, LAUNCHER_FAILED = 11 };

/* Keeps them from every program that is started later. */
void service_init(void);

/* One line of at most 255 bytes to init, and to stderr, which only a debug image shows. */
void report(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
