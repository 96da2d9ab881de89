/* SPDX-License-Identifier: MIT */
/* The gateway between clients and the container: it opens, relays, refuses, and ends. */
#define _GNU_SOURCE
#include "world.h"

#include "dial.h"

static void test_opening(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	start_world();
	snprintf(world.spki_hex, sizeof(world.spki_hex), "%s", reported());
	ok(!strncmp(world.spki_hex, "identity 3059", 13),
	   "the gateway says its key before anybody else has said something");
	quoter_says(QUOTING_HELLO, HELLO, strlen(HELLO));
	ok(connect(fd, (struct sockaddr *)&world.port, sizeof(world.port)) < 0 &&
		   errno == ECONNREFUSED,
	   "the port is closed while the container does not listen");
	close(fd);
	if (write(world.go, "x", 1) != 1)
		die("write");
	is_str(reported(), "serving", "the gateway says when the container accepts");
}

static void test_echo(void)
{
	enum { SIZE = 1 << 20 };
	char *sent = malloc(SIZE), *got = malloc(SIZE);
	uint32_t x = 1;
	size_t len = 0, written = 0, n;
	SSL *ssl = client("e");
	struct pollfd p = { .fd = SSL_get_fd(ssl) };

	if (!sent || !got)
		die("malloc");
	for (size_t i = 0; i < SIZE; i++)
		sent[i] = (char)((x = x * 1103515245 + 12345) >> 16);
	fcntl(p.fd, F_SETFL, O_NONBLOCK);
	SSL_set_mode(ssl, SSL_MODE_ENABLE_PARTIAL_WRITE);
	while (len < SIZE) {
		p.events = POLLIN | (written < SIZE ? POLLOUT : 0);
		if (!SSL_has_pending(ssl) && poll(&p, 1, PATIENCE_MS) != 1)
			break;
		if (written < SIZE && SSL_write_ex(ssl, sent + written, SIZE - written, &n) == 1)
			written += n;
		if (SSL_read_ex(ssl, got + len, SIZE - len, &n) == 1)
			len += n;
	}
	ok(len == SIZE && !memcmp(sent, got, SIZE),
	   "a mebibyte each way at once arrives whole and in order");
	fcntl(p.fd, F_SETFL, 0);
	SSL_shutdown(ssl);
	is_str(receive(ssl, 1), "", "and its end arrives, too");
	ok(ended_well(ssl), "and is announced");
	client_close(ssl);
	free(sent);
	free(got);
}

static void test_ping_pong(void)
{
	SSL *ssl = client("e");
	int good = 0;

	for (int i = 0; i < 100; i++) {
		const char byte = (char)('a' + i % 26);

		client_send(ssl, &byte, 1);
		good += receive(ssl, 1)[0] == byte;
	}
	is_int(good, 100, "every single byte goes through before the next is sent");
	client_close(ssl);
}

int main(void)
{
	if (!is_root())
		return 0;
	test_opening();
	test_echo();
	test_ping_pong();
	kill(world.server, SIGKILL);
	return tap_done();
}
