/* SPDX-License-Identifier: MIT */
/* The ready stage: caps init's PCRs, then prints on the console what a verifier needs. */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "initramfs/common/clock.h"
#include "initramfs/common/file.h"
#include "initramfs/init/boot.h"
#include "initramfs/init/console.h"
#include "initramfs/init/fail.h"
#include "initramfs/init/loading.h"
#include "measure/lib/base64.h"

#define FIRMWARE_LOG_MAX 1048576 /* firmware reserves 64 KiB; more on large machines */
#define BASE64_LINE	 768	 /* bytes a line: 1024 characters */

static int cap(struct boot *b)
{
	for (size_t i = 0; i < EVENT_CAPPED_PCRS_N; i++) {
		struct event event;
		int r = event_ready(event_capped_pcrs[i], &event);

		if (r == 0)
			r = measure(b, &event);
		if (r < 0)
			return r;
	}
	return 0;
}

/* For sizing a machine; includes the cost of the guest's own parts. */
static void say_ready(void)
{
	say("READY uptime_ms=%" PRId64 " available_kib=%" PRIu64, clock_ms(CLOCK_BOOTTIME),
	    memory_available_kib());
}

/* As the kernel reads them from the TPM; "-" if it cannot. Compared by the reader, not here. */
static void read_sysfs(enum hash_alg bank, unsigned pcr, char ret_hex[static HASH_HEX_MAX])
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/sys/class/tpm/tpm0/pcr-%s/%u", hash_name(bank), pcr);
	if (file_read_text(path, ret_hex, HASH_HEX_MAX) < 0)
		strcpy(ret_hex, "-");
	for (char *c = ret_hex; *c; c++)
		*c = (char)tolower(*c);
}

static int say_pcrs(struct boot *b)
{
	for (size_t i = 0; i < b->tpm.n_banks; i++) {
		enum hash_alg bank = b->tpm.banks[i];
		struct digest pcrs[TPM_PCRS_N];
		int r = tpm_read(&b->tpm, bank, pcrs);

		if (r < 0)
			return r;
		for (unsigned n = 0; n < TPM_PCRS_N; n++) {
			char hex[HASH_HEX_MAX], sysfs[HASH_HEX_MAX];

			digest_hex(&pcrs[n], hex);
			read_sysfs(bank, n, sysfs);
			say("pcr %s %u tpm=%s sysfs=%s", hash_name(bank), n, hex, sysfs);
		}
	}
	return 0;
}

/* A verifier without the log can still compare PCRs, so a missing one is only reported. */
static int say_firmware_log(void)
{
	char *log = malloc(FIRMWARE_LOG_MAX);
	size_t len = 0;
	int r;

	if (!log)
		return because(-ENOMEM, "no memory for the firmware's log");
	r = file_read(FIRMWARE_LOG, log, FIRMWARE_LOG_MAX, &len);
	if (r < 0)
		say("firmware-log is missing: %s: %s", FIRMWARE_LOG, strerror(-r));
	for (size_t off = 0; r == 0 && off < len; off += BASE64_LINE) {
		char text[BASE64_LINE / 3 * 4 + 1];
		size_t n = len - off < BASE64_LINE ? len - off : BASE64_LINE;

		base64_encode(log + off, n, text);
		say("firmware-log %s", text);
	}
	free(log);
	return 0;
}

static int say_runtime_log(void)
{
	FILE *log = fopen(RUNLOG_PATH, "re");
	char record[EVENT_CEL_MAX];

	if (!log)
		return because(-errno, "cannot read %s: %s", RUNLOG_PATH, strerror(errno));
	while (fgets(record, sizeof(record), log)) {
		record[strcspn(record, "\n")] = '\0';
		say("runtime-log %s", record);
	}
	(void)fclose(log);
	return 0;
}

/*
 * Soon the container decides some of what the kernel logs: the name of a process that ran out of
 * memory would reach the console. From here on only emergencies do. And one of the kernel's lines
 * inside one of ours would spoil both.
 */
static int hush_kernel(void)
{
	int r = file_write_text("/proc/sys/kernel/printk", "1");

	return because_of(r, "cannot quieten the kernel");
}

int stage_ready(struct boot *b)
{
	int r = cap(b);

	if (r == 0)
		r = hush_kernel();
	if (r < 0)
		return r;
	say_ready();
	r = say_pcrs(b);
	if (r == 0)
		r = say_firmware_log();
	if (r == 0)
		r = say_runtime_log();
	return r;
}
