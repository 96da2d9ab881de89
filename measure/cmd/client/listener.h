/* SPDX-License-Identifier: MIT */
/*
 * Where `rampart connect` listens: a port of 127.0.0.1, a Unix socket of the user's own, or a socket
 * that a supervisor made and hands over.
 */
#ifndef MEASURE_CMD_CLIENT_LISTENER_H
#define MEASURE_CMD_CLIENT_LISTENER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct listener {
	int fd;
	uint16_t port;	  /* 0: a Unix socket */
	bool is_v6;	  /* the port is of ::1 */
	const char *path; /* of the Unix socket, borrowed; NULL: a port */
	dev_t dev;	  /* of the file at path, as it was made */
	ino_t ino;
};

/*
 * 0, or EXIT_UNSURE after an error line. port 0 takes any that is free; ret->port says which.
 */
int listen_port(uint16_t port, struct listener *ret);

/*
 * The socket gets mode 0600. A socket that nobody listens on any more is replaced; anything else
 * that lies at path is left alone, and an error.
 */
int listen_unix(const char *path, struct listener *ret);

/*
 * fd, which is owned from then on: a stream socket that listens, on a port of this computer's
 * loopback or on a path.
 */
int listen_passed(int fd, struct listener *ret);

/*
 * Blocks the signals that end a program, except ignored ones, in this thread and those it makes
 * from then on. Called before the first thread. 0, or EXIT_UNSURE after an error line.
 */
int listener_signals(int *ret_fd);

#define LISTENER_TERMINATED (-2)

/*
 * Waits for the next client: a descriptor that the caller owns. LISTENER_TERMINATED: SIGTERM came;
 * -1 after an error line. When another of those signals comes, the socket's file is removed, and
 * the program ends by that signal.
 */
int listener_accept(struct listener *listener, int signals);

/*
 * Waits until gone is readable, but no longer than wait_ms. Whether it is. Any of those signals ends
 * the program.
 */
bool listener_drain(int signals, int gone, int wait_ms);

/* Closes it, and removes the socket's file unless another program has put one there since. */
void listener_done(struct listener *listener);

#endif
