/* SPDX-License-Identifier: MIT */
/*
 * What wrk does not measure, over TLS connections to PORT on loopback; each must be TLS 1.3 with
 * X25519MLKEM768 and a P-256 key, and not resumed:
 *	handshakes PORT CLIENTS SECONDS   full handshakes a second
 *	evidence PORT CLIENTS SECONDS	  attestations a second, each over a connection of its own;
 *					  then quotes a second, which is how many of theirs differ
 *	tokens PORT EVENTS [TOKEN]	  microseconds of an event of /stream (upstream.c) from
 *					  there to here, the median; then bytes that TCP brought,
 *					  for each of them. TOKEN is sent as a bearer token
 *	plain PORT EVENTS		  the same without TLS
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CLIENTS_MAX 1024
#define ANSWER_MAX  (256 << 10)
#define ANSWERS_MAX (1 << 20)
#define NONCE_LEN   32
#define NONCE_TEXT  45 /* base64, and NUL */
#define EVENT_DATA  "data: "
#define EVENT_LEN   (sizeof(EVENT_DATA) - 1 + 20)

static SSL_CTX *context;
static struct sockaddr_in port;
static int64_t end_ns;
static atomic_size_t n_done;
static uint64_t quotes[ANSWERS_MAX]; /* a hash of each answer's quote */

static void die(const char *what)
{
	(void)fprintf(stderr, "client: %s\n", what);
	exit(1);
}

static int64_t now_ns(void)
{
	struct timespec t = { 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int tcp_open(void)
{
	const int on = 1;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) < 0 ||
	    connect(fd, (const struct sockaddr *)&port, sizeof(port)) < 0)
		die("cannot connect");
	return fd;
}

/* That the peers compared do the same work. */
static void check(SSL *ssl)
{
	const char *group = SSL_get0_group_name(ssl);
	EVP_PKEY *key = X509_get0_pubkey(SSL_get0_peer_certificate(ssl));

	if (SSL_version(ssl) != TLS1_3_VERSION || SSL_session_reused(ssl) ||
	    strcmp(SSL_CIPHER_get_name(SSL_get_current_cipher(ssl)), "TLS_AES_256_GCM_SHA384") !=
		    0 ||
	    !group || strcmp(group, "X25519MLKEM768") != 0 || EVP_PKEY_get_bits(key) != 256)
		die("not the handshake that is measured");
}

static SSL *tls_open(void)
{
	SSL *ssl = SSL_new(context);

	if (!ssl || SSL_set_fd(ssl, tcp_open()) != 1 || SSL_connect(ssl) != 1)
		die("handshake failed");
	check(ssl);
	return ssl;
}

/* Both ends have ended: the server has seen the whole handshake. */
static void tls_close(SSL *ssl)
{
	char rest[512];
	int fd = SSL_get_fd(ssl);

	(void)SSL_shutdown(ssl);
	(void)shutdown(fd, SHUT_WR);
	while (read(fd, rest, sizeof(rest)) > 0)
		;
	(void)close(fd);
	SSL_free(ssl);
}

static void *shake_hands(void *arg)
{
	while (now_ns() < end_ns) {
		tls_close(tls_open());
		atomic_fetch_add(&n_done, 1);
	}
	return arg;
}

/* FNV-1a, of the string member "quote". */
static uint64_t hash_quote(const char *answer)
{
	const char *at = strstr(answer, "\"quote\":\"");
	uint64_t hash = 0xcbf29ce484222325;

	if (!at)
		die("an answer without a quote");
	for (at += 9; *at != '\0' && *at != '"'; at++)
		hash = (hash ^ (uint8_t)*at) * 0x100000001b3;
	return hash;
}

static uint64_t ask_evidence(char buf[static ANSWER_MAX])
{
	uint8_t nonce[NONCE_LEN];
	char text[NONCE_TEXT];
	SSL *ssl = tls_open();
	size_t len = 0, n;

	if (RAND_bytes(nonce, sizeof(nonce)) != 1)
		die("no random bytes");
	(void)EVP_EncodeBlock((unsigned char *)text, nonce, sizeof(nonce));
	len = (size_t)snprintf(buf, ANSWER_MAX,
			       "GET /.well-known/rampart/evidence?nonce=%s HTTP/1.1\r\n"
			       "host: rampart\r\nconnection: close\r\n\r\n",
			       text);
	if (SSL_write_ex(ssl, buf, len, &n) != 1)
		die("cannot send");
	for (len = 0;
	     len < ANSWER_MAX - 1 && SSL_read_ex(ssl, buf + len, ANSWER_MAX - 1 - len, &n) == 1;)
		len += n;
	buf[len] = '\0';
	tls_close(ssl);
	if (strncmp(buf, "HTTP/1.1 200 ", 13) != 0 || !strstr(buf, text) || buf[len - 1] != '}')
		die("an answer that is not evidence for its nonce");
	return hash_quote(buf);
}

static void *attest(void *arg)
{
	char *buf = malloc(ANSWER_MAX);

	if (!buf)
		die("no memory");
	while (now_ns() < end_ns) {
		uint64_t quote = ask_evidence(buf);
		size_t i = atomic_fetch_add(&n_done, 1);

		if (i < ANSWERS_MAX)
			quotes[i] = quote;
	}
	free(buf);
	return arg;
}

static int compare(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static size_t n_quotes(void)
{
	size_t n = n_done < ANSWERS_MAX ? n_done : ANSWERS_MAX, different = 0;

	qsort(quotes, n, sizeof(quotes[0]), compare);
	for (size_t i = 0; i < n; i++)
		different += i == 0 || quotes[i] != quotes[i - 1];
	return different;
}

static void run(void *(*client)(void *arg), int n_clients, int seconds)
{
	static pthread_t thread[CLIENTS_MAX];
	int64_t start = now_ns();
	double spent;

	end_ns = start + (int64_t)seconds * 1000000000;
	if (n_clients < 1 || n_clients > CLIENTS_MAX)
		die("so many clients cannot be");
	for (int i = 0; i < n_clients; i++)
		if (pthread_create(&thread[i], NULL, client, NULL) != 0)
			die("no thread");
	for (int i = 0; i < n_clients; i++)
		(void)pthread_join(thread[i], NULL);
	spent = (double)(now_ns() - start) / 1e9;
	printf("%.1f", (double)n_done / spent);
	if (client == attest)
		printf(" %.1f", (double)n_quotes() / spent);
	printf("\n");
}

/* One read; ssl may be NULL. */
static size_t receive(SSL *ssl, int fd, char *buf, size_t size)
{
	size_t n = 0;
	ssize_t r;

	if (ssl)
		return SSL_read_ex(ssl, buf, size, &n) == 1 ? n : 0;
	r = read(fd, buf, size);
	return r > 0 ? (size_t)r : 0;
}

/* The whole event in buf, or NULL. */
static char *find_event(char *buf, size_t len)
{
	char *at = memmem(buf, len, EVENT_DATA, sizeof(EVENT_DATA) - 1);

	return at && len - (size_t)(at - buf) >= EVENT_LEN ? at : NULL;
}

static uint64_t received(int fd)
{
	struct tcp_info info = { 0 };
	socklen_t len = sizeof(info);

	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) < 0)
		die("TCP_INFO");
	return info.tcpi_bytes_received;
}

static void ask_stream(SSL *ssl, int fd, const char *token)
{
	char request[512];
	int len = snprintf(
		request, sizeof(request), "GET /stream HTTP/1.1\r\nhost: rampart\r\n%s%s%s\r\n",
		token ? "authorization: Bearer " : "", token ? token : "", token ? "\r\n" : "");

	if ((size_t)len >= sizeof(request) ||
	    (ssl ? SSL_write(ssl, request, len) : (int)write(fd, request, (size_t)len)) != len)
		die("cannot send");
}

static void follow(SSL *ssl, int fd, size_t n_events, const char *token)
{
	uint64_t *ns = calloc(n_events, sizeof(*ns));
	uint64_t before = received(fd);
	char buf[4096], *at;
	size_t len = 0, n, i = 0;

	if (!ns || n_events == 0)
		die("no events");
	ask_stream(ssl, fd, token);
	while (i < n_events && (n = receive(ssl, fd, buf + len, sizeof(buf) - len)) > 0) {
		int64_t now = now_ns();

		len += n;
		while (i < n_events && (at = find_event(buf, len))) {
			ns[i++] = (uint64_t)(now - strtoll(at + sizeof(EVENT_DATA) - 1, NULL, 10));
			len -= (size_t)(at - buf) + EVENT_LEN;
			memmove(buf, at + EVENT_LEN, len);
		}
	}
	if (i < n_events)
		die("the stream ended");
	qsort(ns, n_events, sizeof(*ns), compare);
	printf("%.1f %.1f\n", (double)ns[n_events / 2] / 1e3,
	       (double)(received(fd) - before) / (double)n_events);
	free(ns);
}

int main(int argc, char **argv)
{
	const char *what = argc > 3 ? argv[1] : "";
	SSL *ssl;

	(void)signal(SIGPIPE, SIG_IGN);
	context = SSL_CTX_new(TLS_client_method());
	if (!context)
		die("no TLS");
	port = (struct sockaddr_in){ .sin_family = AF_INET,
				     .sin_port = htons((uint16_t)atoi(argc > 2 ? argv[2] : "")),
				     .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	if (!strcmp(what, "handshakes") && argc == 5)
		run(shake_hands, atoi(argv[3]), atoi(argv[4]));
	else if (!strcmp(what, "evidence") && argc == 5)
		run(attest, atoi(argv[3]), atoi(argv[4]));
	else if (!strcmp(what, "tokens") && argc <= 5 && (ssl = tls_open()))
		follow(ssl, SSL_get_fd(ssl), (size_t)atoi(argv[3]), argv[4]);
	else if (!strcmp(what, "plain") && argc == 4)
		follow(NULL, tcp_open(), (size_t)atoi(argv[3]), NULL);
	else
		return 2;
	return 0;
}
