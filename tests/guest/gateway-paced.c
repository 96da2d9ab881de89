/* SPDX-License-Identifier: MIT */
/* What a watcher sees of streamed answers on a clock: the lengths of their records, and their order. */
#define _GNU_SOURCE
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "tests/lib/gatewayworld.h"
#include "tests/lib/httpclient.h"
#include "tests/lib/httpserver.h"
#include "tests/lib/tap.h"

#define HOST	"host: r\r\n"
#define RECORD	(512 + 16) /* of the plan below: a block, and the tag of the cipher */
#define COMMENT "3\r\n:\n\n\r\n"

/* One record of data, of any length, and what is in it. */
static size_t next_record(SSL *ssl, char *text, size_t size)
{
	uint8_t head[5];
	size_t n;

	if (recv(SSL_get_fd(ssl), head, 5, MSG_PEEK | MSG_WAITALL) != 5 ||
	    head[0] != SSL3_RT_APPLICATION_DATA || SSL_read_ex(ssl, text, size - 1, &n) != 1)
		die("no record");
	text[n] = '\0';
	return (size_t)head[3] << 8 | head[4];
}

struct stream {
	int records, comments;
	bool even;	  /* all records have one length */
	char text[65536]; /* the content without the comments */
};

/* The data of a piece, which is one chunk; 0: it is the last one. */
static size_t data_of(const char *piece, const char **ret_data)
{
	char *end;
	size_t len = strtoul(piece, &end, 16);

	if (strncmp(end, "\r\n", 2) || strcmp(end + 2 + len, "\r\n"))
		die("a record is not one chunk");
	*ret_data = end + 2;
	return len;
}

/* The container goes on when so many comments came since it has said something. */
static struct stream *read_stream(SSL *ssl, const char *text, int comments)
{
	static struct stream s;
	char request[4096], piece[20000];
	const char *data;
	int quiet = comments; /* those before the first event do not count */

	s = (struct stream){ .even = true };
	snprintf(request, sizeof(request), "GET /events?%s HTTP/1.1\r\n" HOST "\r\n", text);
	client_send(ssl, request, strlen(request));
	s.even &= next_record(ssl, piece, sizeof(piece)) == RECORD;
	if (!strstr(piece, "text/event-stream") || strcmp(strstr(piece, "\r\n\r\n"), "\r\n\r\n"))
		die("the head is not alone");
	for (;;) {
		size_t len;

		s.even &= next_record(ssl, piece, sizeof(piece)) == RECORD;
		s.records++;

		len = data_of(piece, &data);
		if (len == 0)
			return &s;
		if (!strcmp(piece, COMMENT)) {
			s.comments++;
			if (++quiet == comments)
				seen->go++;
			continue;
		}
		quiet = 0;
		strncat(s.text, data, len);
	}
}

#define LONG "data:%20" X64 X64 X64 X64 X64 X64 X64 X64 X64 X64 "%0a%0a"
#define X64  "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

static void test_streams(void)
{
	SSL *ssl = client("");
	struct stream *s = read_stream(ssl, "data:%20a%0a%0a", 3);

	ok(s->even, "every record of a stream has one length");
	is_str(s->text, "data: a\n\ndata: a\n\ndata: a\n\n", "and the client has its events");
	ok(s->comments >= 9, "with comments, while the container says nothing");
	s = read_stream(ssl, "data:%20another,%20longer%20token%0d%0a%0d%0a", 8);
	ok(s->even && s->comments >= 24, "other tokens and pauses: records of the same length");
	s = read_stream(ssl, LONG, 2);
	ok(s->even && s->records - s->comments >= 7, "a long event has several of them");
	is_int((int64_t)strlen(s->text), 3 * (6 + 640 + 2), "and is whole");
	client_send(ssl, "GET /a HTTP/1.1\r\n" HOST "\r\n",
		    strlen("GET /a HTTP/1.1\r\n" HOST "\r\n"));
	is_str(response(ssl)->body, "GET /a HTTP/1.1 0", "the connection goes on behind a stream");
	client_close(ssl);
}

#define EVENTS "HTTP/1.1%20200%20OK%0d%0acontent-type:%20text/event-stream%0d%0a"

/* Streams that do not end by themselves. */
static void test_ends(void)
{
	SSL *ssl = client("GET /cut?" EVENTS "%0d%0adata:%20a%0a%0a HTTP/1.1\r\n" HOST "\r\n");
	const char *text;

	(void)response_head(ssl);
	text = receive(ssl, 1000);
	ok(strstr(text, "data: a\n\n") && !strstr(text, "\r\n"),
	   "a stream that ends with its connection has no chunks");
	ok(ended_well(ssl), "and ends well");
	client_close(ssl);
	ssl = client("GET /cut?" EVENTS "transfer-encoding:%20chunked%0d%0a%0d%0a"
		     "9%0d%0adata:%20a%0a%0a%0d%0a HTTP/1.1\r\n" HOST "\r\n");
	(void)response_head(ssl);
	text = receive(ssl, 1000);
	ok(strstr(text, "9\r\ndata: a\n\n\r\n") && !strstr(text, "0\r\n\r\n"),
	   "one that was cut has its events, and no last chunk");
	client_close(ssl);
	ssl = client("GET /say?" EVENTS "content-length:%209%0d%0a%0d%0adata:%20a%0a%0a"
		     " HTTP/1.1\r\n" HOST "\r\n");
	is_str(response(ssl)->body, "data: a\n\n", "one with a length is as it is");
	client_close(ssl);
	ssl = client("GET /cut?" EVENTS
		     "transfer-encoding:%20chunked%0d%0a%0d%0az HTTP/1.1\r\n" HOST "\r\n");
	(void)response_head(ssl);
	ok(!strstr(receive(ssl, 1000), "z"), "what is no chunk does not pass");
	client_close(ssl);
}

int main(void)
{
	if (!is_root())
		return 0;
	gateway_lines = "gateway.pace 10\n"
			"gateway.padding 512\n";
	serve_world();
	test_streams();
	test_ends();
	kill(world.server, SIGKILL);
	return tap_done();
}
