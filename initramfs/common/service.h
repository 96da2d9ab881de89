/* SPDX-License-Identifier: MIT */
/*
 * What init gives the programs that it depends on (init/stage_run.c): descriptors, and a way to
 * report.
 */
#ifndef GUEST_SERVICE_H
#define GUEST_SERVICE_H

enum {
	/* launcher: pipe with the plan; gateway: the bound port; quoter: its end of the pair with
	 * the gateway (quoting.h) */
	SERVICE_SUBJECT = 3,
	SERVICE_REPORT =
		4, /* pipe to init: "serving" and the like, or why the program is about to end */
	SERVICE_DIALER = 5, /* one end of the socket pair between gateway and dialer (dialer.h) */
	SERVICE_FILTER = 6, /* the program's own filter of system calls, verified by init */
	/* launcher only: the filters of what it starts */
	SERVICE_CONTAINER_FILTER = 7,
	SERVICE_DIALER_FILTER = 8,
	SERVICE_REFUSALS = 9, /* in a debug image: one end of the socket pair to initramfs/debug */
	/* gateway only: its end of the pair with the quoter, and both logs, which are complete when
	 * the quoter speaks */
	SERVICE_QUOTER = 7,
	SERVICE_FIRMWARE_LOG = 8,
	SERVICE_RUNTIME_LOG = 9,
	SERVICE_PLAN = 10,     /* and a pipe with the plan, as the launcher has */
	SERVICE_PROGRESS = 11, /* and one through which init tells how far it is (progress.h) */
	_SERVICE_MAX = 12
};

/*
 * How the launcher exits when a restart may help: the container or its dialer ran and ended, or the
 * machine was short of something. Any other exit is the launcher's own failure.
 */
enum { LAUNCHER_EXITED_0 = 10, LAUNCHER_FAILED = 11 };

/* Makes them close-on-exec, so that no program started later has them. */
void service_init(void);

/* One line of at most 255 bytes to init, and to stderr, which only a debug image shows. */
void report(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
