/* SPDX-License-Identifier: MIT */
/*
 * attack PORT KIND...: how much longer a client at 127.0.0.2 waits for a whole exchange with the
 * gateway at 127.0.0.1:PORT (a connection, a handshake, a request) while one at 127.0.0.1 attacks
 * it. Prints "KIND QUIET_US BUSY_US RATIO", of medians, for each:
 *	keys	  updates of keys without end
 *	connects  connections that say nothing, 400 a second
 *	hellos	  handshakes as fast as one processor makes them
 *	pipeline  requests to the gateway itself, hundreds at a time
 *	idle	  12,000 connections, each with its handshake done, every other one with a byte of
 *		  a request sent; those that the gateway closes are made again
 *	held	  1,024 connections whose requests the container answers, read to the first byte;
 *		  likewise
 *	activate  credentials that no TPM opens, of clients that leave, and of others that stay
 * What the other client asks is the gateway's own; beside held the container's; beside activate
 * evidence, which the same TPM has to sign.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
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
#define IDLE   12000
#define HELD   1024
#define LOOKS  32 /* at those, in a turn */
#define ASKERS 16 /* with a credential, at once */

static const char request[] = "GET /.well-known/rampart HTTP/1.1\r\nhost: r\r\n\r\n";
static SSL_CTX *context;
static in_port_t port;
static int kept[IDLE]; /* 0 or -1: none */

/* Nobody answers the end of a handshake, so that the request behind it would wait for its
 * acknowledgement: 40 ms that are no wait for the gateway. */
static int connect_from(const char *address)
{
	const int on = 1;
	struct sockaddr_in from = { .sin_family = AF_INET };
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons(port),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	inet_pton(AF_INET, address, &from.sin_addr);
	if (fd >= 0 && setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) == 0 &&
	    bind(fd, (struct sockaddr *)&from, sizeof(from)) == 0 &&
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

static bool exchange(const char *asked)
{
	char answer[4096];
	SSL *ssl = client("127.0.0.2");
	bool good = ssl && SSL_write(ssl, asked, (int)strlen(asked)) > 0 &&
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

/* So that the connection stays without the memory that TLS takes on this side. */
static int descriptor(SSL *ssl)
{
	int fd = ssl ? SSL_get_fd(ssl) : -1;

	SSL_free(ssl);
	return fd;
}

static int stay(size_t i)
{
	SSL *ssl = client("127.0.0.1");

	if (ssl && i % 2)
		(void)SSL_write(ssl, "G", 1);
	return descriptor(ssl);
}

static int hold(size_t i)
{
	static const char large[] = "GET /large HTTP/1.1\r\nhost: r\r\n\r\n";
	const int room = 4096;
	SSL *ssl = client("127.0.0.1");
	char byte;

	(void)i;
	if (ssl && setsockopt(SSL_get_fd(ssl), SOL_SOCKET, SO_RCVBUF, &room, sizeof(room)) == 0 &&
	    SSL_write(ssl, large, sizeof(large) - 1) > 0)
		(void)SSL_read(ssl, &byte, sizeof(byte));
	return descriptor(ssl);
}

static bool is_open(int fd)
{
	char byte;

	return fd > 0 && (recv(fd, &byte, sizeof(byte), MSG_PEEK | MSG_DONTWAIT) > 0 ||
			  errno == EAGAIN || errno == EWOULDBLOCK);
}

/* Makes one anew of those that are not open, 400 a second. To look for them must cost the processor
 * little, which the other client shares. */
static void keep(size_t n, int (*make)(size_t i))
{
	static size_t next;
	const struct timespec pause = { .tv_nsec = 2500000 };

	for (int i = 0; i < LOOKS; i++) {
		next = (next + 1) % n;
		if (is_open(kept[next]))
			continue;
		if (kept[next] > 0)
			close(kept[next]);
		kept[next] = make(next);
		break;
	}
	nanosleep(&pause, NULL);
}

static void fill(size_t n, int (*make)(size_t i))
{
	for (size_t i = 0; i < n; i++)
		kept[i] = make(i);
}

static void fill_idle(void)
{
	fill(IDLE, stay);
}

static void idle(void)
{
	keep(IDLE, stay);
}

static void fill_held(void)
{
	fill(HELD, hold);
}

static void held(void)
{
	keep(HELD, hold);
}

/* In the form of credential.h for an EK of RSA 2048, and smaller than any modulus. */
static SSL *ask_with_credential(void)
{
	static const char head[] = "POST /.well-known/rampart/activate HTTP/1.1\r\nhost: r\r\n"
				   "content-length: 336\r\n\r\n";
	static const char sizes[] = "\xba\xdc\xc0\xde\0\0\0\1\0\x44\0\x20";
	char text[sizeof(head) - 1 + 336];
	SSL *ssl = client("127.0.0.1");

	memset(text, 0x55, sizeof(text));
	memcpy(text, head, sizeof(head) - 1);
	memcpy(text + sizeof(head) - 1, sizes, sizeof(sizes) - 1);
	memcpy(text + sizeof(text) - 258, "\1\0", 2);
	if (ssl && SSL_write(ssl, text, sizeof(text)) > 0)
		return ssl;
	leave(ssl);
	return NULL;
}

/* The TPM makes its EK for the first one. */
static void first_credential(void)
{
	SSL *ssl = ask_with_credential();
	char answer[1024];

	if (!ssl || SSL_read(ssl, answer, sizeof(answer)) < 12 || memcmp(answer + 9, "422", 3) != 0)
		fprintf(stderr, "attack: the credential is not refused by the TPM\n");
	leave(ssl);
}

static void activate(void)
{
	static SSL *asked[ASKERS];
	static size_t next;

	leave(asked[next]);
	asked[next] = ask_with_credential();
	if (next % 2) {
		leave(asked[next]);
		asked[next] = NULL;
	}
	next = (next + 1) % ASKERS;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

/* Microseconds of so many exchanges. False: one was not answered. */
static bool wait_for(const char *asked, double us[static ROUNDS])
{
	for (int i = 0; i < ROUNDS; i++) {
		struct timespec before, after;

		clock_gettime(CLOCK_MONOTONIC, &before);
		if (!exchange(asked))
			return false;
		clock_gettime(CLOCK_MONOTONIC, &after);
		us[i] = (double)(after.tv_sec - before.tv_sec) * 1e6 +
			(double)(after.tv_nsec - before.tv_nsec) / 1e3;
	}
	return true;
}

static double median(double *us, size_t n)
{
	qsort(us, n, sizeof(us[0]), compare);
	return us[n / 2];
}

static const struct attack {
	const char *name;
	const char *asked; /* by the other client */
	void (*begin)(void);
	void (*attack)(void); /* again and again */
} attacks[] = {
	{ "keys", request, NULL, keys },
	{ "connects", request, NULL, connects },
	{ "hellos", request, NULL, hellos },
	{ "pipeline", request, NULL, pipeline },
	{ "idle", request, fill_idle, idle },
	{ "held", "GET / HTTP/1.1\r\nhost: r\r\n\r\n", fill_held, held },
	{ "activate",
	  "GET /.well-known/rampart/evidence?nonce="
	  "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA HTTP/1.1\r\nhost: r\r\n\r\n",
	  first_credential, activate },
};

/* The process that attacks; it has begun when this returns. */
static pid_t start(const struct attack *a)
{
	int begun[2];
	char byte;
	pid_t pid;

	if (pipe(begun) < 0)
		return -1;
	pid = fork();
	if (pid == 0) {
		close(begun[0]);
		if (a->begin)
			a->begin();
		close(begun[1]);
		for (;;)
			a->attack();
	}
	close(begun[1]);
	(void)!read(begun[0], &byte, sizeof(byte));
	close(begun[0]);
	return pid;
}

/* Quiet is before and after it: what else the machine does changes. */
static bool measure(const struct attack *a)
{
	const struct timespec settled = { .tv_nsec = 500000000 }, over = { .tv_sec = 3 };
	double quiet[2 * ROUNDS], busy[ROUNDS], quiet_us, busy_us;
	bool good = wait_for(a->asked, quiet);
	pid_t pid = start(a);

	nanosleep(&settled, NULL);
	good = good && wait_for(a->asked, busy);
	if (pid > 0) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	nanosleep(&over, NULL);
	if (!good || pid < 0 || !wait_for(a->asked, quiet + ROUNDS)) {
		fprintf(stderr, "attack %s: the other client was not answered\n", a->name);
		return false;
	}
	quiet_us = median(quiet, 2 * ROUNDS);
	busy_us = median(busy, ROUNDS);
	printf("%s %.0f %.0f %.2f\n", a->name, quiet_us, busy_us, busy_us / quiet_us);
	fflush(stdout);
	return true;
}

static const struct attack *find_attack(const char *name)
{
	for (size_t i = 0; i < sizeof(attacks) / sizeof(attacks[0]); i++)
		if (!strcmp(attacks[i].name, name))
			return &attacks[i];
	return NULL;
}

int main(int argc, char **argv)
{
	bool good = true;

	if (argc < 3) {
		fprintf(stderr, "usage: attack PORT KIND...\n");
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	port = (in_port_t)atoi(argv[1]);
	context = SSL_CTX_new(TLS_client_method());
	for (int i = 2; i < argc && good; i++) {
		const struct attack *a = find_attack(argv[i]);

		good = a && measure(a);
	}
	return good ? 0 : 1;
}
