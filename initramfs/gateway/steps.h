/* SPDX-License-Identifier: MIT */
/*
 * The way of a connection through its stages (conn.h): what each does when it is a connection's
 * turn, and what it waits for then. Only the loop calls a step, so none is inside another: what a
 * connection waits for is put down in it by whoever has it, who wakes it (conn_wake()).
 */
#ifndef GATEWAY_STEPS_H
#define GATEWAY_STEPS_H

#include <sys/socket.h>

/* A client has connected. Takes the socket over; it is closed if there is no room (conn_new()). */
void steps_begin(int fd, const struct sockaddr_storage *peer);

#endif
