/* SPDX-License-Identifier: MIT */
/* The local programs that use `rampart connect`: a thread for each connection. */
#ifndef MEASURE_CMD_CLIENT_CLIENTS_H
#define MEASURE_CMD_CLIENT_CLIENTS_H

#include "measure/cmd/client/proxy.h"

#define CLIENTS_MAX 256 /* further ones are closed */

/* Takes ownership of a connection: a thread serves and closes it. */
void clients_serve(struct proxy *proxy, int client);

/*
 * Asks every client to end after the answer that it waits for. Returns how many there are;
 * proxy->all_gone becomes readable when they have ended.
 */
unsigned clients_drain(struct proxy *proxy);

#endif
