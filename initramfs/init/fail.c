/* SPDX-License-Identifier: MIT */
#include "initramfs/init/fail.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/reboot.h>
#include <unistd.h>

#include "initramfs/init/console.h"

/* After this no PCR of ours can look like that of a good boot, whatever happens next. */
static void cap_with_error(struct boot *b, const char *stage)
{
	for (size_t i = 0; i < EVENT_CAPPED_PCRS_N; i++) {
		struct event event;

		if (event_error(event_capped_pcrs[i], stage, reason(), &event) < 0 ||
		    measure(b, &event) < 0)
			return; /* each attempt could take a whole timeout */
	}
}

/* <5>: below the console's level with "quiet", so that the line is not printed twice. */
static void tell_kernel(const char *stage)
{
	char line[REASON_MAX + 64];
	int fd = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);
	int n = snprintf(line, sizeof(line), "<5>rampart: FAILED stage=%s reason=%s\n", stage,
			 reason());

	if (fd >= 0 && n > 0)
		(void)!write(fd, line, (size_t)n < sizeof(line) ? (size_t)n : sizeof(line) - 1);
	if (fd >= 0)
		(void)close(fd);
}

void fail(struct boot *b, const char *stage)
{
	(void)because(0, "no reason was given");
	(void)kill(-1, SIGKILL);
	cap_with_error(b, stage);
	console_be_patient(true); /* nothing else waits for init any more */
	say("FAILED stage=%s reason=%s", stage, reason());
	console_drain();
	tell_kernel(stage);
	sync();
	(void)reboot(RB_POWER_OFF);
	(void)reboot(RB_HALT_SYSTEM);
	for (;;)
		(void)pause();
}
