/* SPDX-License-Identifier: MIT */
/*
 * The whole launcher (build/guest/groupless: without limits of control groups) in a root as it is in
 * the guest (guestroot.h), and the gateway's end of what it speaks with its
 * dialers. One launcher at a time. Needs root; what cannot be set up ends the program.
 */
#ifndef TESTS_LIB_POOLWORLD_H
#define TESTS_LIB_POOLWORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Once, first of all: compiles the filters and enters the root, with this program as /httpd and this
 * model, or NULL. */
void pool_init(const char *program, const char *model);

/*
 * A launcher of a plan with these containers, each for one connection; 0: one for all. args: the
 * plan's lines "arg.NN WORD" (rampart-plan(5)), each with its newline.
 */
void pool_start(unsigned containers, const char *args);

/* How the launcher exited, which it does by itself; what it reported last, without the newline. */
int pool_ended(char ret_said[static 256]);

/* Ends it, and all that it started. */
void pool_stop(void);

/* Asks for a connection, and waits for it: a socket that blocks. pool_ask() alone asks, pool_take()
 * waits; pool_waits(): there is none to take. */
int pool_dial(void);
void pool_ask(void);
int pool_take(void);
bool pool_waits(void);

/* Sends a request and reads until the end, or size bytes. Good until the next call. */
const char *pool_say(int fd, const char *request, size_t size);

/* The same, and it closes it as the gateway does; what is behind the head. */
const char *pool_get(int fd, const char *request);

/* Kills the container in this slot, whatever it does. */
void pool_kill(unsigned slot);

#endif
