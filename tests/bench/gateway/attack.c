/* SPDX-License-Identifier: MIT */
/*
 * attack PORT: how much longer a client at 127.0.0.2 waits for a whole exchange with the gateway at
 * 127.0.0.1:PORT (a connection, a handshake, a request of its own) while one at 127.0.0.1 attacks
 * it. Prints "KIND QUIET_US BUSY_US RATIO", medians of ROUNDS, for each:
 *	keys	  updates of keys without end
 *	connects  connections that say nothing, 400 a second
 *	hellos	  handshakes as fast as one processor makes them
 *	pipeline  requests to the gateway itself, hundreds at a time
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS 51
#define KEYS   30000

static const char request[] = "GET /.well-known/rampart HTTP/1.1\r\nhost: r\r\n\r\n";
static SSL_CTX *context;
static in_port_t port;

static int connect_from(const char *address)
{
	struct sockaddr_in from = { .sin_family = AF_INET };
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons(port),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	inet_pton(AF_INET, address, &from.sin_addr);
	if (fd >= 0 && bind(fd, (struct sockaddr *)&from, sizeof(from)) == 0 &&
	    connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

static void leave(SSL *ssl)
{
	if (!ssl)
		return;
	close(SSL_get_fd(ssl));
	SSL_free(ssl);
}

static SSL *client(const char *address)
{
	SSL *ssl = SSL_new(context);
	int fd = connect_from(address);

	SSL_set_fd(ssl, fd);
	if (fd >= 0 && SSL_connect(ssl) == 1)
		return ssl;
	leave(ssl);
	return NULL;
}

static bool exchange(void)
{
	char answer[4096];
	SSL *ssl = client("127.0.0.2");
	bool good = ssl && SSL_write(ssl, request, sizeof(request) - 1) > 0 &&
		    SSL_read(ssl, answer, sizeof(answer)) > 12 && !memcmp(answer + 9, "200", 3);

	leave(ssl);
	return good;
}

static void keys(void)
{
	SSL *ssl = client("127.0.0.1");

	for (int i = 0; ssl && i < KEYS; i++)
		if (SSL_key_update(ssl, SSL_KEY_UPDATE_NOT_REQUESTED) != 1 ||
		    SSL_do_handshake(ssl) != 1)
			break;
	leave(ssl);
}

/* The descriptors that are in use are closed by the end of the oldest ones. */
static void connects(void)
{
	static int held[512];
	static size_t next;
	const struct timespec pause = { .tv_nsec = 2500000 };

	if (held[next] > 0)
		close(held[next]);
	held[next] = connect_from("127.0.0.1");
	next = (next + 1) % (sizeof(held) / sizeof(held[0]));
	nanosleep(&pause, NULL);
}

static void hellos(void)
{
	leave(client("127.0.0.1"));
}

static void pipeline(void)
{
	static char many[16000], got[65536];
	size_t len = sizeof(request) - 1, n = sizeof(many) / len;
	SSL *ssl = client("127.0.0.1");

	for (size_t i = 0; i < n; i++)
		memcpy(many + i * len, request, len);
	while (ssl && SSL_write(ssl, many, (int)(n * len)) > 0 &&
	       SSL_read(ssl, got, sizeof(got)) > 0)
		continue;
	leave(ssl);
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

/* Microseconds, or negative: one was not answered. */
static double median(void)
{
	double us[ROUNDS];

	for (int i = 0; i < ROUNDS; i++) {
		struct timespec before, after;

		clock_gettime(CLOCK_MONOTONIC, &before);
		if (!exchange())
			return -1;
		clock_gettime(CLOCK_MONOTONIC, &after);
		us[i] = (double)(after.tv_sec - before.tv_sec) * 1e6 +
			(double)(after.tv_nsec - before.tv_nsec) / 1e3;
	}
	qsort(us, ROUNDS, sizeof(us[0]), compare);
	return us[ROUNDS / 2];
}

static bool measure(const char *name, void (*attack)(void))
{
	const struct timespec start = { .tv_nsec = 500000000 };
	double quiet = median(), busy;
	pid_t pid = fork();

	if (pid == 0)
		for (;;)
			attack();
	nanosleep(&start, NULL);
	busy = median();
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	if (quiet < 0 || busy < 0) {
		fprintf(stderr, "attack %s: the other client was not answered\n", name);
		return false;
	}
	printf("%s %.0f %.0f %.2f\n", name, quiet, busy, busy / quiet);
	fflush(stdout);
	return true;
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: attack PORT\n");
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	port = (in_port_t)atoi(argv[1]);
	context = SSL_CTX_new(TLS_client_method());
	return measure("keys", keys) && measure("connects", connects) &&
			       measure("hellos", hellos) && measure("pipeline", pipeline)
		       ? 0
		       : 1;
}
