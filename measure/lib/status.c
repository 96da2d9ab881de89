/* SPDX-License-Identifier: MIT */
#include "measure/lib/status.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

const char *const status_stages[_STATUS_STAGES] = { "container", "model", "start", "serving" };

size_t status_text(const struct status *status, char ret_text[static STATUS_TEXT_MAX])
{
	return (size_t)snprintf(
		ret_text, STATUS_TEXT_MAX,
		"{\"schema\":\"rampart-status/1\",\"stage\":\"%s\",\"percent\":%u,\"ready\":%s}\n",
		status_stages[status->stage], status->percent,
		status->stage == STATUS_SERVING ? "true" : "false");
}

/* There is one text for each status, and there are few of them. */
int status_parse(struct span text, struct status *ret_status)
{
	char line[STATUS_TEXT_MAX];

	for (enum status_stage stage = 0; stage < _STATUS_STAGES; stage++)
		for (unsigned percent = 0; percent <= 100; percent++) {
			const struct status status = { stage, percent };

			if (status_text(&status, line) != text.left ||
			    memcmp(line, text.p, text.left) != 0)
				continue;
			*ret_status = status;
			return 0;
		}
	return -EBADMSG;
}
