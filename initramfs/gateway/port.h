/* SPDX-License-Identifier: MIT */
/* The port that the world sees: bound by init, SERVICE_SUBJECT. */
#ifndef GATEWAY_PORT_H
#define GATEWAY_PORT_H

/* What accepted sockets have from it. Before the program is confined. 0 or negative errno. */
int port_prepare(void);

/*
 * Accepts from now on; connections that were not accepted yet may be so many (listen(2)). It may be
 * called again, with another number. 0 or negative errno.
 */
int port_open(int backlog);

#endif
