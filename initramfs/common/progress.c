/* SPDX-License-Identifier: MIT */
#include "initramfs/common/progress.h"

#include <errno.h>

void progress_write(const struct status *status, uint8_t ret_message[static PROGRESS_LEN])
{
	ret_message[0] = (uint8_t)status->stage;
	ret_message[1] = (uint8_t)status->percent;
}

int progress_read(const uint8_t message[static PROGRESS_LEN], const struct status *last,
		  struct status *ret_status)
{
	if (message[0] >= STATUS_SERVING || message[1] > 100)
		return -EBADMSG;
	if (message[0] < last->stage || message[1] < last->percent)
		return -EPROTO;
	ret_status->stage = (enum status_stage)message[0];
	ret_status->percent = message[1];
	return 0;
}
