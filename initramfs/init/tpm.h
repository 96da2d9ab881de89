/* SPDX-License-Identifier: MIT */
/*
 * The TPM as init needs it: which banks are active, extend, read. Commands go to /dev/tpm0 through
 * tpm2-tss (SAPI and the device TCTI); nobody else has the device open. Every function returns 0,
 * or negative errno with the reason noted, which names the TPM command. -ETIMEDOUT: no answer in
 * time.
 */
#ifndef INIT_TPM_H
#define INIT_TPM_H

#include "event.h"

#define TPM_DEVICE "/dev/tpm0"
#define TPM_PCRS_N 16 /* PCR 0-15: the static ones; 16 and 23 are resettable and never used */

struct tpm {
	void *sys;			/* TSS2_SYS_CONTEXT; NULL: not open */
	enum hash_alg banks[_HASH_MAX]; /* active, ascending */
	size_t n_banks;
};

/*
 * Opens the TPM and asks for its active banks. Refuses a TPM without a sha256 bank, with an active
 * bank that event_digest cannot fill, or with a bank that lacks one of PCR 0-15: a bank that is
 * active and not extended would attest to anything.
 */
int tpm_open(struct tpm *tpm);

/* Extends the event's PCR in every active bank with that bank's digest of the line. */
int tpm_extend(struct tpm *tpm, const struct event *event);

/* Reads PCR 0-15 of one bank from the TPM. ret_pcrs is untouched on failure. */
int tpm_read(struct tpm *tpm, enum hash_alg bank, struct digest ret_pcrs[static TPM_PCRS_N]);

#endif
