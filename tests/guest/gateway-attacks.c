/* SPDX-License-Identifier: MIT */
/* One client, at 127.0.0.1, tries to keep the gateway from others; a neighbour at 127.0.0.2 wants
 * his answers all the same. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tests/lib/gatewayworld.h"
#include "tests/lib/tap.h"

#define CONNECTS 2000
#define KEYS	 30000
#define WAITING	 4 /* QUOTES_ACTIVATIONS_SHARE, quotes.h */
#define HALVES	 320

static const char index_request[] = "GET /.well-known/rampart HTTP/1.1\r\nhost: r\r\n\r\n";

/* A connection from another address, without TLS. */
static int connect_from(const char *address)
{
	const struct timeval patience = { .tv_sec = PATIENCE_MS / 1000 };
	struct sockaddr_in from = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	inet_pton(AF_INET, address, &from.sin_addr);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	if (bind(fd, (struct sockaddr *)&from, sizeof(from)) < 0 ||
	    connect(fd, (struct sockaddr *)&world.port, sizeof(world.port)) < 0)
		die("connect");
	return fd;
}

static SSL *neighbour(void)
{
	SSL *ssl = client_handshake(connect_from("127.0.0.2"));

	if (!ssl)
		die("the neighbour's handshake");
	return ssl;
}

/* Whether a neighbour who comes now is served. */
static bool neighbour_is_served(void)
{
	SSL *ssl = neighbour();
	bool served;

	client_send(ssl, index_request, strlen(index_request));
	served = !strcmp(receive(ssl, 12), "HTTP/1.1 200");
	client_close(ssl);
	return served;
}

/* True if all could be sent. */
static bool update_keys(SSL *ssl, int n)
{
	for (int i = 0; i < n; i++)
		if (SSL_key_update(ssl, SSL_KEY_UPDATE_NOT_REQUESTED) != 1 ||
		    SSL_do_handshake(ssl) != 1)
			return false;
	return true;
}

static void test_keys(void)
{
	SSL *ssl = client("e");

	ok(update_keys(ssl, 16) && SSL_write(ssl, "1", 1) == 1, "16 new keys may come,");
	is_str(receive(ssl, 1), "1", "and data after them;");
	ok(update_keys(ssl, 16) && SSL_write(ssl, "2", 1) == 1, "then as many again,");
	is_str(receive(ssl, 1), "2", "and data after them;");
	(void)update_keys(ssl, 17);
	(void)!SSL_write(ssl, "3", 1);
	is_str(receive(ssl, 1), "", "one more ends the connection,");
	ok(!ended_well(ssl), "and not as an end that was meant");
	client_close(ssl);
}

/* As fast as can be, again and again, while the neighbour asks. */
static void test_key_flood(void)
{
	pid_t attacker = world_child();
	int good = 0;

	if (attacker == 0)
		for (;;) {
			SSL *ssl = client("e");

			(void)update_keys(ssl, KEYS);
			client_close(ssl);
		}
	for (int i = 0; i < 10; i++)
		good += neighbour_is_served();
	is_int(good, 10, "a neighbour is served while new keys come without end");
	stop(attacker);
}

/* A handshake in pieces of a byte: more records than any client needs. */
static void test_pieces(void)
{
	int fd = client_connect(), sent = 0;
	char byte;

	/* A handshake record with one byte of a ClientHello, whose length is 0x100. */
	for (int i = 0; i < 0x100; i++, sent++) {
		const uint8_t piece[] = { 22, 3, 1, 0, 1, i == 0 ? 1 : i == 2 ? 1 : 0 };

		if (send(fd, piece, sizeof(piece), MSG_NOSIGNAL) != sizeof(piece))
			break;
	}
	ok(recv(fd, &byte, 1, 0) <= 0, "a handshake in 256 records is ended before its end");
	close(fd);
}

/* Silent connections, far above what may be unfinished, while a neighbour takes his time. */
static void test_connects(void)
{
	static int silent[CONNECTS];
	int slow = connect_from("127.0.0.2"), gone = 0;
	char byte;
	SSL *ssl;

	for (int i = 0; i < CONNECTS; i++)
		silent[i] = client_connect();
	ok(neighbour_is_served(), "a neighbour is served beside thousands that only connect");
	ssl = client_handshake(slow);
	ok(ssl != NULL, "and one who came before them has kept his place");
	if (ssl)
		client_close(ssl);
	for (int i = 0; i < CONNECTS; i++)
		gone += recv(silent[i], &byte, 1, MSG_DONTWAIT) < 0 && errno == ECONNRESET;
	ok(gone >= CONNECTS - 512, "they have pushed out each other");
	for (int i = 0; i < CONNECTS; i++)
		close(silent[i]);
}

/* Requests to the gateway itself, hundreds in one record, without a pause. */
static void test_pipeline(void)
{
	pid_t attackers[4];
	int good = 0;

	for (int i = 0; i < 4; i++) {
		attackers[i] = world_child();
		if (attackers[i] == 0) {
			static char many[16000], got[65536];
			SSL *ssl = client("");

			for (size_t n = strlen(index_request), at = 0; at + n < sizeof(many);
			     at += n)
				memcpy(many + at, index_request, n);
			fcntl(SSL_get_fd(ssl), F_SETFL, O_NONBLOCK);
			for (;;) {
				(void)!SSL_write(ssl, many, (int)strlen(many));
				(void)!SSL_read(ssl, got, sizeof(got));
			}
		}
	}
	for (int i = 0; i < 10; i++)
		good += neighbour_is_served();
	is_int(good, 10, "a neighbour is served beside those who ask without end");
	for (int i = 0; i < 4; i++)
		stop(attackers[i]);
}

/* The memory in which requests are collected: unfinished ones, of an address that wants it all. */
static void test_collected(void)
{
	static const char head[] =
		"POST /ask HTTP/1.1\r\nhost: r\r\ncontent-length: 100000\r\n\r\n";
	static char content[100000];
	SSL *halves[HALVES], *other = neighbour();
	int refused = 0;

	memset(content, 'x', sizeof(content));
	for (int i = 0; i < HALVES; i++) {
		halves[i] = client(head);
		client_send(halves[i], content, 70000);
	}
	client_send(other, head, sizeof(head) - 1);
	client_send(other, content, sizeof(content));
	is_str(receive(other, 12), "HTTP/1.1 200",
	       "a neighbour's large request is collected beside an address with hundreds of halves");
	for (int i = 0; i < HALVES; i++) {
		refused += recv(SSL_get_fd(halves[i]), content, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
		client_close(halves[i]);
	}
	ok(refused > 0, "which has no more than its share");
	client_close(other);
}

/* Until the gateway's socket has it: what is sent on two connections need not arrive in this order. */
static void post(SSL *ssl, const char content[static 5])
{
	char request[256];
	int len = snprintf(request, sizeof(request),
			   "POST /.well-known/rampart/activate HTTP/1.1\r\nhost: r\r\n"
			   "content-length: 5\r\n\r\n%s",
			   content);
	int left = 0;

	client_send(ssl, request, (size_t)len);
	while (ioctl(SSL_get_fd(ssl), SIOCOUTQ, &left) == 0 && left > 0)
		(void)poll(NULL, 0, 1);
}

static const char *asked(void)
{
	static uint8_t question[QUOTING_MAX + 1];

	question[quoter_hears(question)] = '\0';
	return (const char *)question;
}

/* One client has as many credentials as it may; a neighbour comes last and is next. */
static void test_activations(void)
{
	const struct linger now = { .l_onoff = 1, .l_linger = 0 };
	SSL *mine[WAITING + 1], *other = neighbour(), *quote = neighbour();

	for (int i = 0; i < WAITING; i++) {
		mine[i] = client("");
		post(mine[i], "mine.");
	}
	is_str(asked(), "Amine.", "the quoter opens a first credential");
	mine[WAITING] = client("");
	post(mine[WAITING], "more.");
	is_str(receive(mine[WAITING], 12), "HTTP/1.1 503", "an address with four has no fifth");
	post(other, "other");
	client_send(quote, index_request, strlen(index_request));
	is_str(receive(quote, 12), "HTTP/1.1 200", "the gateway has seen all of that");
	quoter_says(QUOTING_ACTIVATE, "secret", 6);
	is_str(receive(mine[0], 12), "HTTP/1.1 200", "who was first has his secret");
	is_str(asked(), "Aother", "and then it is a neighbour's turn, who came last");
	for (int i = 1; i < WAITING; i++) {
		if (i == 1) /* one way to leave, and another */
			setsockopt(SSL_get_fd(mine[i]), SOL_SOCKET, SO_LINGER, &now, sizeof(now));
		client_close(mine[i]);
	}
	client_close(mine[0]);
	ok(neighbour_is_served(), "those who wait leave");
	quoter_says(QUOTING_ACTIVATE, "secret", 6);
	is_str(receive(other, 12), "HTTP/1.1 200", "the neighbour has his secret");
	mine[0] = client("");
	post(mine[0], "again");
	is_str(asked(), "Aagain", "and nobody who left is opened a credential for");
	/* HTTP allows to close one's half and to wait. */
	SSL_shutdown(mine[0]);
	shutdown(SSL_get_fd(mine[0]), SHUT_WR);
	ok(neighbour_is_served(), "a client ends what it sends");
	quoter_says(QUOTING_ACTIVATE, "secret", 6);
	is_str(receive(mine[0], 12), "HTTP/1.1 200", "and has its answer all the same");
	client_close(mine[0]);
	client_close(mine[WAITING]);
	client_close(other);
	client_close(quote);
}

int main(void)
{
	struct rlimit files;

	if (!is_root())
		return 0;
	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = CONNECTS + 1000;
	setrlimit(RLIMIT_NOFILE, &files);
	serve_world();
	test_keys();
	test_key_flood();
	test_pieces();
	test_connects();
	test_pipeline();
	test_collected();
	test_activations();
	stop(world.gateway);
	kill(world.server, SIGKILL);
	return tap_done();
}
