/* SPDX-License-Identifier: MIT */
/* How many the gateway serves at once, and what happens to the others. */
#define _GNU_SOURCE
#include "world.h"

#define IDLE	       2000
#define INNER_SHARE    768 /* of DIALING_MAX, dialing.h: what one address may hold */
#define HANDSHAKES_MAX 512 /* conn.c */

/* Another server may have the socket open, too. */
static void leave(SSL *ssl)
{
	shutdown(SSL_get_fd(ssl), SHUT_RDWR);
	client_close(ssl);
}

/* Idle clients cost no inner connection; the server, which is stopped, holds those that there are
 * in its backlog. */
static void test_idle(void)
{
	static SSL *clients[IDLE];
	int refused = 0, alive = 0, pending = 0;

	kill(world.server, SIGSTOP);
	for (int i = 0; i < IDLE; i++)
		clients[i] = client("");
	for (int i = 0; i < INNER_SHARE; i++)
		client_send(clients[i], "e1", 2);
	for (int i = INNER_SHARE; i < INNER_SHARE + 10; i++) {
		client_send(clients[i], "e1", 2);
		refused += !strncmp(receive(clients[i], 13), "HTTP/1.1 503 ", 13);
	}
	is_int(refused, 10, "who asks for an inner connection too many for one address is refused");
	for (int i = 0; i < INNER_SHARE; i++) {
		char byte;

		pending += recv(SSL_get_fd(clients[i]), &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0;
	}
	is_int(pending, INNER_SHARE, "and nobody else");
	kill(world.server, SIGKILL);
	waitpid(world.server, NULL, 0);
	restart_server();
	for (int i = 0; i < INNER_SHARE + 10; i++)
		leave(clients[i]);
	for (int i = INNER_SHARE + 10; i < IDLE; i++) {
		client_send(clients[i], "e1", 2);
		alive += receive(clients[i], 1)[0] == '1';
		leave(clients[i]);
	}
	is_int(alive, IDLE - INNER_SHARE - 10, "those who were idle are served when they ask");
}

static void test_handshakes(void)
{
	static int silent[HANDSHAKES_MAX + 10];
	char byte;
	SSL *ssl;

	for (int i = 0; i < HANDSHAKES_MAX + 10; i++)
		silent[i] = client_connect();
	ssl = client("e1");
	is_str(receive(ssl, 1), "1", "clients that say nothing do not keep out those who do");
	client_close(ssl);
	ok(recv(silent[0], &byte, 1, 0) < 0 && errno == ECONNRESET, "and do not stay");
	for (int i = 0; i < HANDSHAKES_MAX + 10; i++)
		close(silent[i]);
	silent[0] = client_connect();
	is_int(recv(silent[0], &byte, 1, 0), 0, "not even one alone");
	close(silent[0]);
}

int main(void)
{
	struct rlimit files;

	if (!is_root())
		return 0;
	/* Not the hard limit, which the gateway raises for itself, and may not everywhere. */
	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = IDLE + 1000;
	setrlimit(RLIMIT_NOFILE, &files);
	serve_world();
	test_idle();
	test_handshakes();
	kill(world.server, SIGKILL);
	return tap_done();
}
