/* SPDX-License-Identifier: MIT */
/*
 * The console's lines once more, for a machine that nobody sees the console of: from the moment on
 * that there is a network, each to the log-host of the instance configuration, as a datagram.
 *
 * Format: RFC 5424 "The Syslog Protocol", section 6, of facility daemon, severity informational, or
 * error for FAILED: "<30>1 - NAME rampart - - - TEXT", without a time, which the machine has none
 * of that could be believed. Transport: RFC 5426 "Transmission of Syslog Messages over UDP". What
 * does not arrive is not sent again, and nothing waits for it.
 */
#ifndef INIT_LOGHOST_H
#define INIT_LOGHOST_H

#include "measure/lib/instance.h"

/* Does nothing if the configuration has no log-host. 0, or negative errno with the reason noted. */
int loghost_open(const struct instance *instance);

/* One line's text, of printable ASCII. Does nothing before loghost_open(). */
void loghost_send(const char *text, size_t len);

#endif
