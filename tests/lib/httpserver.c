/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "tests/lib/httpserver.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/lib/tap.h"

struct seen *seen;

void seen_init(void)
{
	seen = mmap(NULL, sizeof(*seen), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	must(seen != MAP_FAILED);
}

/* One connection: what was read and not used yet. */
struct http_peer {
	int fd;
	char buf[131072];
	size_t len;
};

static void note(const char *bytes, size_t len)
{
	if (len > sizeof(seen->raw) - seen->raw_len)
		len = sizeof(seen->raw) - seen->raw_len;
	memcpy(seen->raw + seen->raw_len, bytes, len);
	seen->raw_len += len;
}

static bool peer_read(struct http_peer *peer)
{
	ssize_t n = read(peer->fd, peer->buf + peer->len, sizeof(peer->buf) - 1 - peer->len);

	if (n <= 0)
		return false;
	seen->bytes += (int)n;
	note(peer->buf + peer->len, (size_t)n);
	peer->len += (size_t)n;
	peer->buf[peer->len] = '\0';
	return true;
}

static void peer_drop(struct http_peer *peer, size_t len)
{
	memmove(peer->buf, peer->buf + len, peer->len - len + 1);
	peer->len -= len;
}

static bool say(int fd, const char *bytes, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, bytes, len);

		if (n <= 0)
			return false;
		bytes += n;
		len -= (size_t)n;
	}
	return true;
}

static size_t percent_decode(char *text)
{
	char *out = text;

	for (const char *in = text; *in; in++) {
		char digits[3] = "";

		if (*in != '%') {
			*out++ = *in;
			continue;
		}
		memcpy(digits, in + 1, 2);
		*out++ = (char)strtoul(digits, NULL, 16);
		in += 2;
	}
	return (size_t)(out - text);
}

/* Content of that length, or in chunks, of which the end is all that is looked for; -1: cut. */
static long read_content(struct http_peer *peer, const char *head)
{
	static const char last[] = "\r\n\r\n";
	const char *field = strcasestr(head, "\r\ncontent-length:");
	long length = field ? strtol(field + 17, NULL, 10) : 0, got = 0;

	if (strcasestr(head, "\r\ntransfer-encoding:")) {
		const char *end;

		while (!(end = memmem(peer->buf, peer->len, last, strlen(last)))) {
			size_t n = peer->len > 3 ? peer->len - 3 : 0;

			peer_drop(peer, n);
			got += (long)n;
			if (!peer_read(peer))
				return -1;
		}
		got += end - peer->buf;
		peer_drop(peer, (size_t)(end - peer->buf) + strlen(last));
		return got;
	}
	while (got < length) {
		size_t n = peer->len < (size_t)(length - got) ? peer->len : (size_t)(length - got);

		peer_drop(peer, n);
		got += (long)n;
		if (got < length && !peer_read(peer))
			return -1;
	}
	return got;
}

static bool answer_plainly(int fd, const char *line, long content)
{
	char body[4096], text[8192];
	int n = snprintf(body, sizeof(body), "%.*s %ld", (int)strcspn(line, "\r"), line, content);

	n = snprintf(text, sizeof(text), "HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%s", n,
		     strncmp(line, "HEAD ", 5) ? body : "");
	return say(fd, text, (size_t)n);
}

static void echo(struct http_peer *peer)
{
	do {
		if (!say(peer->fd, peer->buf, peer->len))
			return;
		peer->len = 0;
	} while (peer_read(peer));
}

static bool has_left(int fd)
{
	char byte;
	ssize_t n = recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);

	return n == 0 || (n < 0 && errno != EAGAIN);
}

static bool hold(int fd, const char *line, long content)
{
	while (!seen->go) {
		if (has_left(fd)) {
			seen->cut++;
			return false;
		}
		usleep(1000);
	}
	return answer_plainly(fd, line, content);
}

static bool stream(int fd)
{
	static const char head[] = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
	bool going = say(fd, head, sizeof(head) - 1);

	while (going && !has_left(fd)) {
		going = say(fd, "7\r\ntoken\r\n\r\n", 12);
		usleep(1000);
	}
	seen->cut++;
	return false;
}

static bool say_events(int fd, const char *text)
{
	static const char head[] = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n"
				   "transfer-encoding: chunked\r\n\r\n";
	const int go = seen->go;
	char chunk[4096];
	bool going = say(fd, head, sizeof(head) - 1);

	for (int i = 0; i < 3 && going; i++) {
		int n = snprintf(chunk, sizeof(chunk), "%zx\r\n%s\r\n", strlen(text), text);

		going = say(fd, chunk, (size_t)n);
		while (going && seen->go == go + i)
			usleep(1000);
	}
	return going && say(fd, "0\r\n\r\n", 5);
}

/* Whether another request may follow. */
static bool serve_request(struct http_peer *peer, const char *head)
{
	const char *path = strchr(head, ' ') + 1, *query = strchr(path, '?');
	static char bytes[65536];
	long content = 0;
	size_t len;

	snprintf(bytes, sizeof(bytes), "%.*s", query ? (int)strcspn(query + 1, " \r") : 0,
		 query ? query + 1 : "");
	len = percent_decode(bytes);
	if (!strncmp(path, "/early", 6) && !say(peer->fd, bytes, len))
		return false;
	content = read_content(peer, head);
	if (content < 0)
		return false;
	if (!strncmp(path, "/early", 6))
		return true;
	if (!strncmp(path, "/hold", 5))
		return hold(peer->fd, head, content);
	if (!strncmp(path, "/stream", 7))
		return stream(peer->fd);
	bytes[len] = '\0';
	if (!strncmp(path, "/events", 7))
		return say_events(peer->fd, bytes);
	if (!strncmp(path, "/say", 4))
		return say(peer->fd, bytes, len);
	if (!strncmp(path, "/cut", 4))
		return say(peer->fd, bytes, len) && false;
	if (!strncmp(path, "/raw", 4)) {
		if (say(peer->fd, bytes, len))
			echo(peer);
		return false;
	}
	if (!answer_plainly(peer->fd, head, content))
		return false;
	while (!strncmp(path, "/late", 5) && !seen->go)
		usleep(1000);
	return strncmp(path, "/late", 5) != 0 || say(peer->fd, bytes, len);
}

/* first: the connection's first byte, which was read. */
void serve_http(int fd, char first)
{
	static struct http_peer peer;
	static char head[65536 + 1];
	const char *end;
	bool going = true;

	peer = (struct http_peer){ .fd = fd, .buf = { first }, .len = 1 };
	seen->connections++;
	seen->bytes++;
	note(&first, 1);
	while (going) {
		while (!(end = strstr(peer.buf, "\r\n\r\n")))
			if (!peer_read(&peer))
				return;
		seen->requests++;
		snprintf(head, sizeof(head), "%.*s", (int)(end + 4 - peer.buf), peer.buf);
		peer_drop(&peer, (size_t)(end + 4 - peer.buf));
		going = serve_request(&peer, head);
	}
}
