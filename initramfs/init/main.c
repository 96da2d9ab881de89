/* SPDX-License-Identifier: MIT */
/* PID 1. main is the order of the boot; each stage has a file of its own. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "initramfs/init/boot.h"
#include "initramfs/init/console.h"
#include "initramfs/init/fail.h"
#include "measure/lib/array.h"

static const struct stage {
	const char *name;
	int (*run)(struct boot *b);
} stages[] = {
	{ "mounts", stage_mounts },
	{ "lockdown", stage_lockdown },
	{ "tpm", stage_tpm },
	{ "plan", stage_plan },
	{ "firmware", stage_firmware },
	{ "modules", stage_modules },
	{ "devices", stage_devices },
	{ "config", stage_config },
	{ "network", stage_network },
	{ "metadata", stage_metadata }, /* config again, of a cloud */
	{ "identity", stage_identity },
	{ "container", stage_container },
	{ "model", stage_model },
	{ "seal", stage_seal },
	{ "ready", stage_ready },
	{ "run", stage_run },
};

static struct boot boot;

/*
 * Faults stay deliverable: a fault in PID 1 is a kernel panic, which powers off, and so fails
 * closed.
 */
static int block_signals(struct boot *b)
{
	static const int faults[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGABRT };
	sigset_t set;

	sigfillset(&set);
	for (size_t i = 0; i < ARRAY_SIZE(faults); i++)
		sigdelset(&set, faults[i]);
	if (sigprocmask(SIG_SETMASK, &set, NULL) < 0)
		return because(-errno, "cannot block signals: %s", strerror(errno));
	b->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (b->signals < 0)
		return because(-errno, "cannot open a signalfd: %s", strerror(errno));
	return 0;
}

int main(void)
{
	if (getpid() != 1) {
		static const char refusal[] =
			"rampart init: only the kernel starts this, as PID 1\n";

		(void)!write(STDERR_FILENO, refusal, sizeof(refusal) - 1);
		return 2;
	}
	console_open();
	if (block_signals(&boot) < 0)
		fail(&boot, "signals");
	for (size_t i = 0; i < ARRAY_SIZE(stages); i++) {
		say("stage %s", stages[i].name);
		/* A gateway that is gone must not be missed until it is needed. */
		if (stages[i].run(&boot) < 0 || service_lives(&boot.gateway) < 0)
			fail(&boot, stages[i].name);
	}
	(void)because(-EPROTO, "the last stage ended");
	fail(&boot, "run");
}
