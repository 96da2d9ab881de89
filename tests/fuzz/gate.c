/* SPDX-License-Identifier: MIT */
/* gate_check() and what it lets through: whatever a web page makes a browser send, and a machine
 * answers. */
#include "tests/fuzz/fuzz.h"
#include <strings.h>

#include "measure/cmd/client/cors.h"
#include "measure/cmd/client/gate.h"

static const struct gate gate = { .port = 8080,
				  .origin = { .v = { "https://app.example", "null" }, .n = 2 } };

static void check_passed(struct span head, const char *origin)
{
	struct span value = span_of("", 0);

	require(gate_field(head, "host", &value) == 1 && value.left >= 10);
	if (gate_field(head, "origin", &value) > 0)
		require(origin ? value.left == strlen(origin)
			       : value.left > 7 &&
					 !strncasecmp((const char *)value.p, "http://", 7));
	else
		require(!origin);
}

static void check_answer(struct span head)
{
	char *buf = room(head.left + CORS_MORE_MAX);
	size_t len = cors_answer(head, "https://app.example", buf);
	struct span value;

	require(len <= head.left + CORS_MORE_MAX && !memcmp(buf + len - 4, "\r\n\r\n", 4));
	require(gate_field(span_of(buf, len), "access-control-allow-origin", &value) == 1);
	free(buf);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span bytes = span_of(data, size);
	char why[GATE_WHY_MAX], preflight[4096];
	struct http_response response;
	struct http_request request;
	struct http_scan scan = { 0 };
	const char *origin;
	size_t len;

	if (http_scan(&scan, bytes, &len) < 0)
		return 0;
	bytes.left = len;
	if (http_parse_response(bytes, &response) == 0)
		check_answer(bytes);
	if (http_parse_request(bytes, &request) < 0)
		return 0;
	why[0] = 0;
	if (gate_check(&gate, bytes, &request, &origin, why) == GATE_REFUSED)
		require(why[0] && strlen(why) < GATE_WHY_MAX);
	else
		check_passed(bytes, origin);
	if (origin)
		require(cors_preflight(bytes, origin, preflight, sizeof(preflight)) <
			sizeof(preflight));
	return 0;
}
