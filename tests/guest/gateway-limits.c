/* SPDX-License-Identifier: MIT */
/* How many the gateway serves at once, and what happens to the others. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/lib/gatewayworld.h"
#include "tests/lib/tap.h"

#define INNER_MAX      1024 /* initramfs/gateway/conn.c */
#define IDLE	       2000
#define INNER_SHARE    768	  /* what one address may hold of them */
#define HANDSHAKES_MAX 512	  /* conn.c */
#define CONTENT_S      30	  /* from one byte of a content to the next: conn.c */
#define UPLOAD	       (48 << 20) /* more than sockets take */

/* Another server may have the socket open, too. */
static void leave(SSL *ssl)
{
	shutdown(SSL_get_fd(ssl), SHUT_RDWR);
	client_close(ssl);
}

static bool was_reset(SSL *ssl)
{
	char byte;

	return recv(SSL_get_fd(ssl), &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == ECONNRESET;
}

/* A client from an address of its own, who asks for an inner connection. */
static SSL *from(const char *address)
{
	SSL *ssl = client_from(address);

	client_send(ssl, "e1", 2);
	return ssl;
}

/* One address has its share, a second all the rest; then a third one comes. */
static void test_others(SSL *clients[static INNER_SHARE])
{
	static SSL *second[INNER_MAX - INNER_SHARE];
	int lost = 0, lost_of_second = 0;
	SSL *third;
	char byte;

	for (int i = 0; i < INNER_MAX - INNER_SHARE; i++)
		second[i] = from("127.0.0.2");
	third = from("127.0.0.3");
	ok(recv(SSL_get_fd(clients[0]), &byte, 1, MSG_PEEK) < 0 && errno == ECONNRESET,
	   "when none is free, the address that holds most loses what was idle for longest,");
	for (int i = 1; i < INNER_SHARE; i++)
		lost += was_reset(clients[i]);
	for (int i = 0; i < INNER_MAX - INNER_SHARE; i++) {
		lost_of_second += was_reset(second[i]);
		leave(second[i]);
	}
	is_int(lost, 0, "and nothing else,");
	is_int(lost_of_second, 0, "nobody else loses any,");
	ok(!was_reset(third) && recv(SSL_get_fd(third), &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0,
	   "and who came has it");
	leave(third);
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
	test_others(clients);
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

/* Whether so much content goes through, and is answered. */
static bool upload(size_t size)
{
	static const char part[1 << 16];
	char head[128];
	SSL *ssl = client("");
	bool sent = true;

	(void)snprintf(head, sizeof(head),
		       "POST /large HTTP/1.1\r\nhost: r\r\ncontent-length: %zu\r\n\r\n", size);
	client_send(ssl, head, strlen(head));
	for (size_t n = 0; n < size && sent; n += sizeof(part))
		sent = SSL_write(ssl, part, sizeof(part)) == sizeof(part);
	return sent && !strcmp(receive(ssl, 12), "HTTP/1.1 200");
}

/* The server takes nothing for longer than a client may be late. */
static void test_stalled_server(void)
{
	int status;
	pid_t pid;

	kill(world.server, SIGSTOP);
	pid = world_child();
	if (pid == 0)
		_exit(upload(UPLOAD) ? 0 : 1);
	sleep(CONTENT_S + 3);
	kill(world.server, SIGCONT);
	is_int(waitpid(pid, &status, 0) == pid ? status : -1, 0,
	       "a client is not late because the server is");
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
	test_stalled_server();
	kill(world.server, SIGKILL);
	return tap_done();
}
