/* SPDX-License-Identifier: MIT */
/*
 * upstream PORT: a small HTTP server on loopback, a thread for each connection, kept alive:
 *	/large   a mebibyte
 *	/stream  an event every STREAM_MS for ever, each with its time: CLOCK_MONOTONIC, nanoseconds
 *	else     SMALL bytes
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define SMALL	    100
#define LARGE	    (1 << 20)
#define STREAM_MS   5
#define REQUEST_MAX 4096

static struct answer {
	char bytes[LARGE + 256];
	size_t len;
} small, large;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static bool send_all(int fd, const char *bytes, size_t len)
{
	while (len > 0) {
		ssize_t n = send(fd, bytes, len, MSG_NOSIGNAL);

		if (n <= 0)
			return false;
		bytes += n;
		len -= (size_t)n;
	}
	return true;
}

/* A head without content; nobody sends the next one before the answer. */
static bool read_request(int fd, char ret_request[static REQUEST_MAX + 1])
{
	size_t len = 0;

	while (len < REQUEST_MAX) {
		ssize_t n = read(fd, ret_request + len, REQUEST_MAX - len);

		if (n <= 0)
			return false;
		len += (size_t)n;
		ret_request[len] = '\0';
		if (len >= 4 && !memcmp(ret_request + len - 4, "\r\n\r\n", 4))
			return true;
	}
	return false;
}

static bool stream(int fd)
{
	static const char head[] = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n"
				   "transfer-encoding: chunked\r\n\r\n";
	const struct timespec pause = { .tv_nsec = STREAM_MS * 1000000 };
	bool going = send_all(fd, head, sizeof(head) - 1);

	while (going) {
		struct timespec now;
		char event[64];
		int n;

		(void)nanosleep(&pause, NULL);
		(void)clock_gettime(CLOCK_MONOTONIC, &now);
		n = snprintf(event, sizeof(event), "1c\r\ndata: %020lld\n\n\r\n",
			     (long long)now.tv_sec * 1000000000 + now.tv_nsec);
		going = send_all(fd, event, (size_t)n);
	}
	return false;
}

static void *serve(void *arg)
{
	int fd = (int)(intptr_t)arg;
	char request[REQUEST_MAX + 1];
	bool going = true;

	while (going && read_request(fd, request)) {
		if (!strncmp(request, "GET /stream ", 12))
			going = stream(fd);
		else if (!strncmp(request, "GET /large ", 11))
			going = send_all(fd, large.bytes, large.len);
		else
			going = send_all(fd, small.bytes, small.len);
	}
	(void)close(fd);
	return NULL;
}

/* With so many zeros for content. */
static void prepare(struct answer *answer, size_t size)
{
	int n = snprintf(answer->bytes, sizeof(answer->bytes),
			 "HTTP/1.1 200 OK\r\ncontent-type: application/octet-stream\r\n"
			 "content-length: %zu\r\n\r\n",
			 size);

	answer->len = (size_t)n + size;
}

static int listen_on(const char *port)
{
	const struct sockaddr_in here = { .sin_family = AF_INET,
					  .sin_port = htons((uint16_t)atoi(port)),
					  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	const int on = 1;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0 ||
	    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) < 0 ||
	    bind(fd, (const struct sockaddr *)&here, sizeof(here)) < 0 || listen(fd, 2048) < 0)
		die("port");
	return fd;
}

int main(int argc, char **argv)
{
	pthread_attr_t detached;
	pthread_t thread;
	int port, fd;

	if (argc != 2)
		return 2;
	prepare(&small, SMALL);
	prepare(&large, LARGE);
	port = listen_on(argv[1]);
	(void)pthread_attr_init(&detached);
	(void)pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
	while ((fd = accept4(port, NULL, NULL, SOCK_CLOEXEC)) >= 0)
		if (pthread_create(&thread, &detached, serve, (void *)(intptr_t)fd) != 0)
			die("pthread_create");
	die("accept");
}
