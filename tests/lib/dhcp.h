/* SPDX-License-Identifier: MIT */
/*
 * A machine and the DHCP server on its network: the machine is PID 1 of namespaces of its own, with
 * what init's network stage needs of a root; the server is here, at the other end of its line, and
 * says what it is told to. Needs dhcp_possible().
 */
#ifndef TESTS_LIB_DHCP_H
#define TESTS_LIB_DHCP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* What a server does with the messages of one exchange. */
enum dhcp_manner {
	DHCP_ANSWER,
	DHCP_GARBAGE_FIRST,
	DHCP_NAK_FIRST,
	DHCP_NAK, /* offers, and refuses each request */
	DHCP_TWICE,
	DHCP_SILENCE
};

struct dhcp_server {
	enum dhcp_manner manner;
	uint32_t ip;	     /* that it gives */
	const char *options; /* in hex; message type, server and the time come before */
	uint32_t seconds;    /* that the lease holds; 0: an hour */
};

struct dhcp_exchange {
	int n;		   /* messages of the machine in it */
	uint32_t asked;	   /* the address that it asked for in its first, or 0 */
	char hostname[64]; /* that it told there, or "" */
};

/* Whether there can be such machines: for root, where user namespaces can be made. */
bool dhcp_possible(void);

/*
 * Starts run(out, arg) as such a machine, after setup, a shell's commands, here: $MACHINE is its
 * process, whose network they may change. ret_said: what it writes to out. Its process.
 */
pid_t dhcp_machine(void (*run)(int out, const void *arg), const void *arg, const char *setup,
		   int *ret_said);

/*
 * Writes what the machine, which calls this, has: "eth0 10.0.2.15/24 mtu 1500; 0.0.0.0/0 via
 * 10.0.2.2; 10.0.2.0/24". Each interface with an address, then all routes, as the kernel sorts
 * them.
 */
void dhcp_state(char *ret, size_t size);

/* The line's end here, a packet socket. */
int dhcp_line(const char *interface);

/* Takes one packet from the line, and answers it. */
void dhcp_serve(int line, const struct dhcp_server *server, struct dhcp_exchange *exchange);

#endif
