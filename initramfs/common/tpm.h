/* SPDX-License-Identifier: MIT */
/*
 * The TPM as init and quoter need it. Commands go to /dev/tpm0 through tpm2-tss (SAPI and the
 * device TCTI); one process at a time can open it. Every function returns 0, or negative errno with
 * the reason noted, which names the TPM command. -ETIMEDOUT: no answer in time.
 */
#ifndef GUEST_TPM_H
#define GUEST_TPM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <tss2/tss2_sys.h>

#include "measure/lib/event.h"

#define TPM_DEVICE "/dev/tpm0"
#define TPM_PCRS_N 16 /* PCR 0-15: the static ones; 16 and 23 are resettable and never used */

struct tpm {
	TSS2_SYS_CONTEXT *sys;		/* NULL: not open */
	enum hash_alg banks[_HASH_MAX]; /* active, ascending */
	size_t n_banks;
};

/* Opens the device. Its banks are not known yet. */
int tpm_open(struct tpm *tpm);

/* The same over the caller's transport, which tpm_close() finalizes and frees. */
int tpm_open_over(struct tpm *tpm, TSS2_TCTI_CONTEXT *tcti);

/*
 * Asks for the active banks. Refuses a TPM without a bank that suffices (measure/lib/pcrs.h), with
 * an active bank that event_digest cannot fill, or with a bank that lacks one of PCR 0-15: a bank
 * that is active but not extended would attest to anything.
 */
int tpm_find_banks(struct tpm *tpm);

/* Frees the device for another process. A TPM that is not open is no error. */
void tpm_close(struct tpm *tpm);

/*
 * For the caller's own commands. prepared is the result of the command's Tss2_Sys_..._Prepare() on
 * tpm->sys, passed through tpm_authorize() if its one handle has an empty password. Sends the
 * command, again as long as the TPM asks for that, and waits for the answer. command is its name.
 */
#define TPM_ANSWER_MS 10000 /* far above any but new keys; a dead TPM must not hang for ever */
TSS2_RC tpm_authorize(struct tpm *tpm, TSS2_RC prepared);
int tpm_execute(struct tpm *tpm, const char *command, TSS2_RC prepared);

/*
 * The same for a command that the TPM may legitimately refuse: then the result is -EREMOTEIO,
 * ret_rc (untouched otherwise) is the TPM's error, and no reason is noted.
 */
int tpm_try(struct tpm *tpm, const char *command, TSS2_RC prepared, int32_t wait_ms,
	    TSS2_RC *ret_rc);

/*
 * The same for a command of the TPM's vendor, which tpm2-tss does not know: the bytes of all of it.
 * What it answers beside its code is nobody's.
 */
int tpm_vendor(struct tpm *tpm, const char *command, const uint8_t *bytes, size_t len,
	       TSS2_RC *ret_rc);

/* Notes the reason for a TPM error that tpm_try() or tpm_vendor() returned. */
int tpm_refused(const char *command, TSS2_RC rc);

/*
 * Whether a TPM's error is about the command's parameters, and not about a handle, a session or
 * itself. TCG TPM 2.0 Library, Part 2 "Structures", section "TPM_RC (Response Codes)": format one,
 * and either it names a parameter or does not say what it names.
 */
bool tpm_blames_parameters(TSS2_RC rc);

/* A command that could not be built, or whose answer could not be read. */
int tpm_unusable(const char *command, TSS2_RC rc);

/* One of its properties, TPM2_PT_...; TCG TPM 2.0 Library, Part 2 "Structures", section "TPM_PT". */
int tpm_property(struct tpm *tpm, TPM2_PT property, uint32_t *ret_value);

/* Reads len random bytes from the TPM. */
int tpm_random(struct tpm *tpm, uint8_t *ret_bytes, size_t len);

/* Extends the event's PCR in every active bank with that bank's digest of the line. */
int tpm_extend(struct tpm *tpm, const struct event *event);

/* Reads PCR 0-15 of one bank from the TPM. ret_pcrs is untouched on failure. */
int tpm_read(struct tpm *tpm, enum hash_alg bank, struct digest ret_pcrs[static TPM_PCRS_N]);

#endif
