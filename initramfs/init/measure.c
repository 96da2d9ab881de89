/* SPDX-License-Identifier: MIT */
#include <errno.h>

#include "initramfs/init/boot.h"
#include "initramfs/init/fail.h"

int measure(struct boot *b, const struct event *event)
{
	int r;

	if (!b->log.fd || !b->tpm.sys)
		return because(-ENODEV, "nothing can be measured yet");
	r = runlog_append(&b->log, event, b->tpm.banks, b->tpm.n_banks);
	if (r < 0)
		return r;
	return tpm_extend(&b->tpm, event);
}
