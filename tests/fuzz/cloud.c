/* SPDX-License-Identifier: MIT */
/*
 * What a cloud's host answers: answer_read() keeps within the bytes, and what is an answer with more
 * to come stays one; of what the rest judges, a configuration is at most as long as one may be, and a
 * token or a goal state has no character that could end a header.
 */
#include <errno.h>

#include "initramfs/cloud/imds.h"
#include "initramfs/cloud/wire.h"
#include "tests/fuzz/fuzz.h"

static void judge(const struct answer *answer)
{
	static char text[INSTANCE_SIZE_MAX];
	struct imds_token token;
	struct wire_goal goal;
	size_t len;

	for (enum plan_source source = PLAN_IMDS_GCE; source < _PLAN_SOURCE_MAX; source++)
		if (imds_text(source, answer, text, &len) == 0)
			require(len <= sizeof(text) && answer->status == 200 && !answer->open);
	if (imds_token(answer, &token) == 0)
		require(token.text[0] && !strpbrk(token.text, "\r\n: "));
	if (wire_goal(answer->content, &goal) == 0)
		require(!strpbrk(goal.incarnation, "\r\n<>&") &&
			!strpbrk(goal.instance, "\r\n<>&"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *bytes = room(size);

	for (int ended = 0; ended < 2; ended++) {
		struct answer answer;
		int r;

		memcpy(bytes, data, size);
		memset(&answer, FRESH, sizeof(answer));
		r = answer_read(bytes, size, ended, &answer);
		require(r == 0 || (r == -EAGAIN && !ended) || r == -EBADMSG);
		if (r < 0) {
			require(is_fresh(&answer, sizeof(answer)));
			continue;
		}
		require(is_inside(answer.head, span_of(bytes, size)));
		require(is_inside(answer.content, span_of(bytes, size)));
		require(answer.status >= 100 && answer.status <= 999);
		judge(&answer);
	}
	free(bytes);
	return 0;
}
