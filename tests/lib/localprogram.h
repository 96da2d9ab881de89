/* SPDX-License-Identifier: MIT */
/* Local programs that use `rampart connect`, whose port is local_port. */
#ifndef TESTS_LIB_LOCALPROGRAM_H
#define TESTS_LIB_LOCALPROGRAM_H

extern unsigned local_port;

/* A connection to this port of 127.0.0.1; to a Unix socket, or -1. */
int dial(unsigned port);
int dial_unix(const char *path);

void say(int fd, const char *text);

/* What comes until it has these words (NULL: until the end), or "silence" after a long time. Good
 * until the next call. */
const char *hear(int fd, const char *words);

/* "HOST" in the text is the proxy's own. Good until the next call. */
const char *filled(const char *text);

/* One connection: says it all, filled, and nothing more; what comes back. */
const char *local_ask(const char *text);

/* How often text has these words, in any case. */
unsigned times(const char *text, const char *words);

#endif
