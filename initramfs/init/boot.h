/* SPDX-License-Identifier: MIT */
/*
 * The state that PID 1 carries from stage to stage of the boot. Every stage is *measured, then
 * used*: what it reads goes into memory or an open file first, its digest into the TPM second, and
 * only then is it parsed, mounted or run.
 *
 * A stage returns 0, or a negative errno after naming the reason with because() (fail.h). main
 * stops at the first failure; nothing carries on half set up.
 */
#ifndef INIT_BOOT_H
#define INIT_BOOT_H

#include <sys/types.h>

#include "initramfs/common/tpm.h"
#include "initramfs/init/network.h"
#include "initramfs/init/progress.h"
#include "initramfs/init/runlog.h"
#include "initramfs/init/services.h"
#include "measure/lib/instance.h"
#include "measure/lib/plan.h"

#define CONTAINER_ROOT "/rampart/root" /* where the container's EROFS is mounted */
#define GUEST_PORT     443
#define FIRMWARE_LOG   "/sys/kernel/security/tpm0/binary_bios_measurements"

struct boot {
	struct tpm tpm;
	struct runlog log;
	struct plan plan;
	char plan_text[PLAN_SIZE_MAX];	/* spoilt by parsing; plan points into it */
	char plan_bytes[PLAN_SIZE_MAX]; /* as measured; the launcher gets these */
	size_t plan_len;
	int filters[PLAN_ROLES_N]; /* open files: the system call filters that the plan names */
	int signals;		   /* signalfd of every blocked signal */
	struct instance instance;  /* since config or metadata; without keys, if there is none */
	struct network network;	   /* since the stage of that name */
	/* since the stage identity */
	int null, out;	 /* stdin, and stdout and stderr, of what is started */
	int dialer[2];	 /* seqpacket: the gateway's end (closed here), the launcher's end */
	int quoter[2];	 /* seqpacket: the gateway's end (closed here), the quoter's end */
	int refusals[2]; /* in a debug image, seqpacket: that of initramfs/debug, the launcher's */
	struct service gateway;
	struct progress progress; /* what it is told of the boot */
};

int stage_mounts(struct boot *b);
int stage_lockdown(struct boot *b);
int stage_tpm(struct boot *b);
int stage_plan(struct boot *b);
int stage_firmware(struct boot *b);
int stage_modules(struct boot *b);
int stage_devices(struct boot *b);
int stage_config(struct boot *b);
int stage_network(struct boot *b);
int stage_metadata(struct boot *b);
int stage_identity(struct boot *b);
int stage_container(struct boot *b);
int stage_model(struct boot *b);
int stage_seal(struct boot *b);
int stage_ready(struct boot *b);
int stage_run(struct boot *b); /* returns only on failure */

/*
 * The kernel expedites RCU grace periods until it starts init, and no longer: then 20-30 ms pass
 * whenever a socket, a mount or a namespace is released. Boot is not over yet, so init keeps them
 * expedited until it serves. A kernel without that switch boots all the same.
 */
void boot_hurry(bool on);

/* Takes one of the plan's modules out of the kernel; as a stage. */
int module_remove(const char *name);

/* Logs the event, then extends the TPM with it. */
int measure(struct boot *b, const struct event *event);

#endif
