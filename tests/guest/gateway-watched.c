/* SPDX-License-Identifier: MIT */
/* What a watcher sees of the gateway: its sums, and how long its records are. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/lib/gatewayworld.h"
#include "tests/lib/httpclient.h"
#include "tests/lib/httpserver.h"
#include "tests/lib/openmetrics.h"
#include "tests/lib/tap.h"

#define HOST	"host: r\r\n"
#define METRICS "GET /.well-known/rampart/metrics HTTP/1.1\r\n" HOST "\r\n"
#define PADDING 512 /* of the plan below */

static void test_metrics(void)
{
	SSL *ssl = client("");
	const struct response *r;
	static char first[65536];

	for (int i = 0; i < 100; i++) {
		client_send(ssl, "GET /a HTTP/1.1\r\n" HOST "\r\n", 28);
		if (response(ssl)->status != 200)
			die("no answer");
	}
	client_send(ssl, METRICS, strlen(METRICS));
	r = response(ssl);
	ok(r->status == 200 && strstr(r->head, "content-type: application/openmetrics-text; "
					       "version=1.0.0; charset=utf-8\r\n"),
	   "whoever asks gets the sums");
	ok(openmetrics_ok(r->body), "as OpenMetrics");
	snprintf(first, sizeof(first), "%s", r->body);
	is_int(openmetrics_of(first, "rampart_answers_total{class=\"2xx\"}") / 32, 3,
	       "a hundred answers are about a hundred");
	ok(openmetrics_of(first, "rampart_memory_available_bytes") > 0, "some memory is free");
	for (int i = 0; i < 100; i++) {
		client_send(ssl, "GET /a HTTP/1.1\r\n" HOST "\r\n", 28);
		if (response(ssl)->status != 200)
			die("no answer");
	}
	client_send(ssl, METRICS, strlen(METRICS));
	is_str(response(ssl)->body, first, "a hundred more are not seen within the minute");
	client_close(ssl);
	ssl = client("GET /.well-known/rampart/status HTTP/1.1\r\n" HOST "\r\n");
	is_int(response(ssl)->status, 404,
	       "nothing tells of the start if the plan does not say so");
	client_close(ssl);
	ssl = client("POST /.well-known/rampart/metrics HTTP/1.1\r\n" HOST
		     "content-length: 0\r\n\r\n");
	is_int(response(ssl)->status, 405, "they cannot be changed");
	client_close(ssl);
}

/* The lengths of records, as they are on the wire. */
struct records {
	size_t len[64], n;
};

/* Whether an answer with a length is whole. */
static bool is_whole(const char *text, size_t len)
{
	const char *end = strstr(text, "\r\n\r\n"), *field = strstr(text, "content-length: ");

	return end && field && len - (size_t)(end + 4 - text) == strtoul(field + 16, NULL, 10);
}

/* Of the answer to a request. OpenSSL reads no further than the record that it needs. */
static struct records records_of(SSL *ssl, const char *request)
{
	static char text[65536];
	struct records records = { 0 };
	size_t len = 0, n;

	text[0] = '\0';
	client_send(ssl, request, strlen(request));
	while (!is_whole(text, len) && records.n < 64) {
		uint8_t head[5];

		if (recv(SSL_get_fd(ssl), head, 5, MSG_PEEK | MSG_WAITALL) != 5 ||
		    head[0] != SSL3_RT_APPLICATION_DATA ||
		    SSL_read_ex(ssl, text + len, sizeof(text) - 1 - len, &n) != 1)
			die("no record");
		records.len[records.n++] = (size_t)head[3] << 8 | head[4];
		text[len += n] = '\0';
	}
	return records;
}

#define SAY(body, length)                                                                     \
	"GET /say?HTTP/1.1%20200%20OK%0d%0acontent-length:%20" length "%0d%0a%0d%0a" body " " \
	"HTTP/1.1\r\n" HOST "\r\n"

/* A record is a block, a byte for its type (inside the padding) and the tag of the cipher. */
static void test_padding(void)
{
	static const char *const requests[] = {
		SAY("a", "1"),
		SAY("a%20longer%20token", "14"),
		SAY("and%20one%20that%20is%20longer%20still,%20by%20a%20lot", "38"),
		METRICS,
	};
	SSL *ssl = client("");
	struct records first;
	bool longer = false;

	first = records_of(ssl, requests[0]);
	if (!ok(first.n == 1 && first.len[0] == PADDING + 16, "one byte is a block"))
		printf("# %zu records, the first of %zu bytes\n", first.n, first.len[0]);
	for (size_t i = 1; i < 3; i++) {
		struct records other = records_of(ssl, requests[i]);

		ok(other.n == first.n && !memcmp(other.len, first.len, sizeof(size_t) * first.n),
		   "an answer with another word has records as long");
	}
	first = records_of(ssl, requests[3]);
	for (size_t i = 0; i < first.n; i++) {
		ok((first.len[i] - 16) % PADDING == 0, "a longer one has whole blocks");
		longer |= first.len[i] > PADDING + 16;
	}
	ok(longer, "and more of them");
	client_close(ssl);
}

int main(void)
{
	if (!is_root())
		return 0;
	gateway_lines = "gateway.metrics 1\n"
			"gateway.padding 512\n";
	serve_world();
	test_metrics();
	test_padding();
	kill(world.server, SIGKILL);
	return tap_done();
}
