/* SPDX-License-Identifier: MIT */
/* http_answer_parse(): the client's end, which finds the length of an answer, or refuses it. */
#include "fuzz.h"
#include "measure/cmd/httpanswer.h"

#include <errno.h>

static void check_answer(const char *text, size_t len, const struct http_answer *answer)
{
	struct http_answer again;
	char *head = room(answer->head_len + 1);

	require(answer->head_len >= 4 && answer->head_len <= len &&
		!memcmp(text + answer->head_len - 4, "\r\n\r\n", 4));
	require(answer->status >= 0 && answer->status <= 999 && answer->body_len <= 999999999);
	memcpy(head, text, answer->head_len);
	head[answer->head_len] = 0;
	require(http_answer_parse(head, answer->head_len, &again) == 0 &&
		again.body_len == answer->body_len && again.status == answer->status);
	for (size_t n = answer->head_len; n-- > 0 && answer->head_len - n <= 32;) {
		head[n] = 0;
		require(http_answer_parse(head, n, &again) == -EAGAIN);
	}
	free(head);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct http_answer answer;
	char *text = room(size + 1);
	int r;

	memcpy(text, data, size);
	text[size] = 0;
	r = http_answer_parse(text, size, &answer);
	if (r == 0)
		check_answer(text, size, &answer);
	else
		require(r == -EAGAIN || (r == -EBADMSG && answer.why));
	free(text);
	return 0;
}
