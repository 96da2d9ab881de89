/* SPDX-License-Identifier: MIT */
/*
 * The world around a gateway under test: the real program behind its real filter, the real dialer,
 * a container made of a network namespace and a small server, logs, a pipe for its reports, and the
 * quoter's end, which the test holds. And a client that speaks TLS. Needs root, as in the toolbox.
 * There is one world a program; what cannot be set up ends the program.
 *
 * A connection's first byte says what the server does with it:
 *	e     echoes what follows until the end
 *	A-Z   speaks HTTP (httpserver.h)
 *	n     reads until the end, then answers with the number of bytes that followed
 *	t     reads until the end, and tells the test: "end", or "cut" if it is none
 *	c     closes at once
 *	a     answers "no" and closes, whatever else comes
 *	s     streams numbered lines for ever
 *	z     streams ZEROS zeros, and closes
 */
#ifndef TESTS_LIB_GATEWAYWORLD_H
#define TESTS_LIB_GATEWAYWORLD_H

#include <netinet/in.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "initramfs/common/quoting.h"
#include "initramfs/common/service.h"

#define GATEWAY	       "build/guest/gateway"
#define CONTAINER_PORT 8080
#define ZEROS	       (32 << 20)
#define DIALER	       65534 /* its user */
#define PATIENCE_MS    60000 /* for what must come; a machine may be slow */

/* What the world gives the gateway, and what the quoter says first. */
#define FIRMWARE_LOG "firmware log"
#define RUNTIME_LOG  "{\"recnum\":0}\n"
#define HELLO	     "\"schema\":\"rampart-evidence/1\",\"ak\":{},\"ek\":{},\"pcrs\":{}"

extern struct world {
	struct sockaddr_in port;
	int reports;  /* what the gateway says */
	int quoter;   /* the quoter's end */
	int progress; /* init's end of the pipe that tells of the boot */
	int go;	      /* a byte here lets the server listen */
	int told;     /* what the server tells the test */
	int telling;  /* its other end */
	int inside;   /* the container's network namespace */
	int outside;  /* the gateway's */
	int dialer_end;
	int alive[2]; /* the dialer lives as long as this pipe */
	pid_t gateway, dialer, server;
	char spki_hex[256]; /* as reported */
} world;

/* What the plan says about the gateway, and last about isolation, sorted lines; a test sets it before
 * the world starts. At
 * first "gateway.raw 1", so that a test need not speak HTTP with the server. */
extern const char *gateway_lines;

/* Not 0: so many dialers, each of which makes one connection and gives way to another, as for
 * containers of one connection each; here all lead to the same server. */
extern unsigned gateway_containers;

/* Whether this is root; otherwise the program is a skip, and says so. */
bool is_root(void);

/*
 * The gateway's port is in this network namespace, the container in one of its own. The server does
 * not listen and the quoter has said nothing yet; serve_world() goes on to a gateway that serves.
 */
void start_world(void);
void serve_world(void);

/* Another server, which listens when this returns; another dialer. The ones before have ended. */
void restart_server(void);
void restart_dialer(void);
void stop(pid_t pid);

/* fork_child() without the ends of others, so that those are closed when the test closes them. */
pid_t world_child(void);

/* Parts of the world, for one that is not quite this: what the gateway has from SERVICE_SUBJECT on,
 * as descriptors that are the caller's. */
int bind_port(void);
int log_of(const char *text);
int plan_of(const char *lines);
void start_gateway(int fds[static _SERVICE_MAX]);
void start_dialer(void);

/* A line that the gateway reports, without its newline; "" if none comes. Good until the next call. */
const char *reported(void);

/* What the server tells, up to size (at most 15) bytes; "" if nothing comes. */
const char *told(size_t size);

/* The quoter's part: a message to the gateway, and one from it: its bytes; 0: none comes. */
void quoter_says(char kind, const void *data, size_t len);
size_t quoter_hears(uint8_t ret_message[static QUOTING_MAX]);

/* Whether the gateway ends by itself with exit code 1, as it does when it reports why. */
bool gateway_ended(void);

/* A TCP connection to the gateway, which gives up after PATIENCE_MS. */
int client_connect(void);

/* TLS over it, with settings that the test may change. NULL, and fd is closed, if it fails. */
SSL_CTX *client_context(void);
SSL *client_handshake(int fd);

/* A new connection on which first was sent; client_close() ends it without a word. */
SSL *client(const char *first);

/* The same from an IPv4 address of its own, 127.x, with nothing sent yet. */
SSL *client_from(const char *address);
void client_send(SSL *ssl, const void *data, size_t len);
void client_close(SSL *ssl);

/* What arrives, up to size bytes (below 64 KiB), as a string. Good until the next call. */
const char *receive(SSL *ssl, size_t size);

/* Whether what came last was the announced end, not a broken connection. */
bool ended_well(const SSL *ssl);

#endif
