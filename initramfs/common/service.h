/* SPDX-License-Identifier: MIT */
/* What init gives the programs it cannot do without (init/run.c): descriptors, and a way to report.
 */
#ifndef GUEST_SERVICE_H
#define GUEST_SERVICE_H

enum {
	SERVICE_SUBJECT = 3, /* launcher: pipe with the plan; gateway: the bound port */
	SERVICE_REPORT = 4,  /* pipe to init: "serving", or why the program is about to end */
	SERVICE_DIALER = 5,  /* one end of the socket pair between gateway and dialer (dialer.h) */
};

/* Keeps the three from every program that is started later. */
void service_init(void);

/* One line of at most 255 bytes to init, and to stderr, which only a debug image shows. */
void report(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
