/* SPDX-License-Identifier: MIT */
#include "initramfs/init/progress.h"

#include <unistd.h>

#include "initramfs/common/progress.h"

static void tell(const struct progress *p)
{
	uint8_t message[PROGRESS_LEN];

	if (p->pipe == 0)
		return;
	progress_write(&p->now, message);
	(void)!write(p->pipe, message, sizeof(message));
}

void progress_stage(struct progress *p, enum status_stage stage)
{
	p->now.stage = stage;
	tell(p);
}

/* 100 is said of all bytes and not before; sizes of files fit 63 bits, their sum 64. */
void progress_bytes(struct progress *p, uint64_t bytes)
{
	uint64_t done = p->loaded + bytes;
	unsigned percent = done >= p->total ? 100 : (unsigned)(done / (p->total / 100 + 1));

	if (percent <= p->now.percent)
		return;
	p->now.percent = percent;
	tell(p);
}

void progress_add(struct progress *p, uint64_t bytes)
{
	p->loaded += bytes;
	progress_bytes(p, 0);
}
