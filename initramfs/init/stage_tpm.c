/* SPDX-License-Identifier: MIT */
/* The tpm stage: no boot without a TPM that the firmware has measured into. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "initramfs/init/boot.h"
#include "initramfs/init/fail.h"

#define FIRMWARE_PCRS_N \
	8 /* PCR 0-7 get at least a separator each from any firmware that measures */

/* All zero or all ones: the two values that a PCR can have after a reset. */
static bool pristine(const struct digest *pcr)
{
	for (size_t i = 0; i < hash_len(pcr->alg); i++)
		if (pcr->bytes[i] != pcr->bytes[0])
			return false;
	return pcr->bytes[0] == 0 || pcr->bytes[0] == 0xff;
}

/* In every bank: anyone could fill one that the firmware skipped with a good machine's log. */
static int check_firmware(struct boot *b)
{
	for (size_t i = 0; i < b->tpm.n_banks; i++) {
		struct digest pcrs[TPM_PCRS_N];
		int r = tpm_read(&b->tpm, b->tpm.banks[i], pcrs);

		if (r < 0)
			return r;
		for (unsigned n = 0; n < FIRMWARE_PCRS_N; n++)
			if (pristine(&pcrs[n]))
				return because(
					-EPROTO,
					"PCR %u is pristine in bank %s: the firmware did not measure this boot",
					n, hash_name(b->tpm.banks[i]));
	}
	return 0;
}

int stage_tpm(struct boot *b)
{
	int r;

	if (access(TPM_DEVICE, F_OK) < 0)
		return because(-ENODEV, "no TPM device: %s: %s", TPM_DEVICE, strerror(errno));
	r = runlog_open(&b->log);
	if (r == 0)
		r = tpm_open(&b->tpm);
	if (r == 0)
		r = tpm_find_banks(&b->tpm);
	if (r == 0)
		r = check_firmware(b);
	return r;
}

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
