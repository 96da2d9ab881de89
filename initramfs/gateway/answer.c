/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "initramfs/gateway/answer.h"
#include "measure/lib/array.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEAD_MAX 512 /* bytes; the longest is well below */

/* code: what answer_error() says if nothing else was said. */
static const struct status {
	int number;
	const char *reason, *code;
} statuses[] = {
	{ 200, "OK", "" },
	{ 204, "No Content", "" },
	{ 400, "Bad Request", "bad_request" },
	{ 401, "Unauthorized", "invalid_api_key" },
	{ 403, "Forbidden", "forbidden" },
	{ 404, "Not Found", "unknown_url" },
	{ 405, "Method Not Allowed", "method_not_allowed" },
	{ 411, "Length Required", "length_required" },
	{ 413, "Content Too Large", "content_too_large" },
	{ 417, "Expectation Failed", "expectation_failed" },
	{ 422, "Unprocessable Content", "unprocessable_content" },
	{ 429, "Too Many Requests", "rate_limit_exceeded" },
	{ 431, "Request Header Fields Too Large", "head_too_large" },
	{ 502, "Bad Gateway", "bad_answer" },
	{ 503, "Service Unavailable", "busy" },
};

static const struct status *find_status(int number)
{
	static const struct status unknown = { 0, "", "unknown" };

	for (size_t i = 0; i < ARRAY_SIZE(statuses); i++)
		if (statuses[i].number == number)
			return &statuses[i];
	return &unknown;
}

struct answer *answer_new(int status, const char *fields, const struct answer_content *content,
			  bool keep_alive)
{
	struct answer *answer = malloc(sizeof(*answer) + HEAD_MAX + content->own.left);
	char about[128] = "";
	int n;

	if (!answer)
		return NULL;
	if (content->type)
		(void)snprintf(about, sizeof(about), "content-type: %s\r\ncontent-length: %zu\r\n",
			       content->type, content->shared.left + content->own.left);
	n = snprintf(answer->text, HEAD_MAX,
		     "HTTP/1.1 %d %s\r\n"
		     "%scache-control: no-store\r\n"
		     "connection: %s\r\n"
		     "%s\r\n",
		     status, find_status(status)->reason, about,
		     keep_alive ? "keep-alive" : "close", fields);
	if (n < 0 || n >= HEAD_MAX) {
		free(answer);
		return NULL;
	}
	answer->head_len = (size_t)n;
	answer->shared = content->shared;
	answer->own_len = content->own.left;
	answer->sent = 0;
	answer->status = (unsigned)status;
	answer->keep_alive = keep_alive;
	answer->interim = false;
	if (content->own.left > 0)
		memcpy(answer->text + n, content->own.p, content->own.left);
	return answer;
}

/* As a JSON string has it. */
static size_t escape(struct span text, char ret[static 2 * ANSWER_ERROR_MAX])
{
	size_t len = 0;

	for (size_t i = 0; i < text.left && i < ANSWER_ERROR_MAX; i++) {
		char c = (char)text.p[i];

		if (c < ' ' || c > '~')
			continue;
		if (c == '"' || c == '\\')
			ret[len++] = '\\';
		ret[len++] = c;
	}
	return len;
}

struct answer *answer_error(int status, const char *fields, const char *code, struct span text,
			    bool keep_alive)
{
	const char *type = status == 429  ? "rate_limit_error"
			   : status < 500 ? "invalid_request_error"
					  : "server_error";
	struct answer_content content = { .type = "application/json" };
	char message[2 * ANSWER_ERROR_MAX], body[sizeof(message) + 200];
	int n = snprintf(body, sizeof(body),
			 "{\"error\":{\"message\":\"%.*s\",\"type\":\"%s\",\"code\":\"%s\"}}\n",
			 (int)escape(text, message), message, type,
			 code ? code : find_status(status)->code);

	if (n < 0 || n >= (int)sizeof(body))
		return NULL;
	content.own = span_of(body, (size_t)n);
	return answer_new(status, fields, &content, keep_alive);
}

void answer_without_content(struct answer *answer)
{
	answer->shared = span_of(NULL, 0);
	answer->own_len = 0;
}

struct answer *answer_continue(void)
{
	static const char text[] = "HTTP/1.1 100 Continue\r\n\r\n";
	struct answer *answer = calloc(1, sizeof(*answer) + sizeof(text));

	if (!answer)
		return NULL;
	memcpy(answer->text, text, sizeof(text));
	answer->head_len = sizeof(text) - 1;
	answer->keep_alive = answer->interim = true;
	return answer;
}

void answer_free(struct answer *answer)
{
	if (answer)
		explicit_bzero(answer, sizeof(*answer) + answer->head_len + answer->own_len);
	free(answer);
}

struct span answer_rest(const struct answer *answer)
{
	const struct span parts[] = {
		{ (const uint8_t *)answer->text, answer->head_len },
		answer->shared,
		{ (const uint8_t *)answer->text + answer->head_len, answer->own_len },
	};
	size_t skip = answer->sent;

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		struct span part = parts[i];

		if (span_skip(&part, skip) == 0 && part.left > 0)
			return part;
		skip -= parts[i].left;
	}
	return span_of(NULL, 0);
}
