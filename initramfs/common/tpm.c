/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "initramfs/common/tpm.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <tss2/tss2_sys.h>
#include <tss2/tss2_tcti_device.h>

#include "initramfs/common/reason.h"
#include "measure/lib/pcrs.h"
#include "measure/lib/span.h"

#define TRIES_MAX 10 /* of a busy TPM; the kernel's driver waits some 2 s in each */

/*
 * Errors after which the TPM wants the command again. TCG TPM 2.0 Library, Part 2 "Structures",
 * warning codes.
 */
static bool try_again(TSS2_RC rc)
{
	return rc == TPM2_RC_RETRY || rc == TPM2_RC_YIELDED || rc == TPM2_RC_TESTING;
}

TSS2_RC tpm_authorize(struct tpm *tpm, TSS2_RC prepared)
{
	static const TSS2L_SYS_AUTH_COMMAND empty_password = {
		.count = 1,
		.auths = { { .sessionHandle = TPM2_RS_PW } },
	};

	return prepared ? prepared : Tss2_Sys_SetCmdAuths(tpm->sys, &empty_password);
}

/* What became of a command that was sent. */
static int outcome_of(const char *command, TSS2_RC rc, int32_t wait_ms, TSS2_RC *ret_rc)
{
	if (rc == TSS2_RC_SUCCESS)
		return 0;
	if (rc == TSS2_TCTI_RC_TRY_AGAIN)
		return because(-ETIMEDOUT, "TPM failed: %s got no answer in %" PRId32 " ms",
			       command, wait_ms);
	if (rc == TSS2_TCTI_RC_IO_ERROR)
		return because(-EIO, "TPM failed: %s got an I/O error", command);
	if ((rc & TSS2_RC_LAYER_MASK) != TSS2_TPM_RC_LAYER)
		return tpm_refused(command, rc);
	*ret_rc = rc;
	return -EREMOTEIO;
}

/* A refused command leaves the context prepared, so it can be sent again as it is. */
int tpm_try(struct tpm *tpm, const char *command, TSS2_RC prepared, int32_t wait_ms,
	    TSS2_RC *ret_rc)
{
	TSS2_RC rc = 0;

	if (prepared)
		return tpm_unusable(command, prepared);
	for (int i = 0; i < TRIES_MAX; i++) {
		rc = Tss2_Sys_ExecuteAsync(tpm->sys);
		if (rc == TSS2_RC_SUCCESS)
			rc = Tss2_Sys_ExecuteFinish(tpm->sys, wait_ms);
		if (!try_again(rc))
			break;
	}
	return outcome_of(command, rc, wait_ms, ret_rc);
}

/* The code of an answer: a tag of two bytes, the length of four, the code. */
static TSS2_RC code_of(struct span answer)
{
	struct span head;

	if (span_take(&answer, 6, &head) < 0 || answer.left < 4)
		return TSS2_TCTI_RC_IO_ERROR;
	return (TSS2_RC)answer.p[0] << 24 | (TSS2_RC)answer.p[1] << 16 | (TSS2_RC)answer.p[2] << 8 |
	       answer.p[3];
}

int tpm_vendor(struct tpm *tpm, const char *command, const uint8_t *bytes, size_t len,
	       TSS2_RC *ret_rc)
{
	uint8_t answer[TPM2_MAX_RESPONSE_SIZE];
	TSS2_TCTI_CONTEXT *tcti = NULL;
	TSS2_RC rc = Tss2_Sys_GetTctiContext(tpm->sys, &tcti);

	for (int i = 0; tcti && i < TRIES_MAX; i++) {
		size_t size = sizeof(answer);

		rc = Tss2_Tcti_Transmit(tcti, len, bytes);
		if (rc == TSS2_RC_SUCCESS)
			rc = Tss2_Tcti_Receive(tcti, &size, answer, TPM_ANSWER_MS);
		if (rc == TSS2_RC_SUCCESS)
			rc = code_of(span_of(answer, size));
		if (!try_again(rc))
			break;
	}
	return outcome_of(command, rc, TPM_ANSWER_MS, ret_rc);
}

int tpm_execute(struct tpm *tpm, const char *command, TSS2_RC prepared)
{
	TSS2_RC rc;
	int r = tpm_try(tpm, command, prepared, TPM_ANSWER_MS, &rc);

	return r == -EREMOTEIO ? tpm_refused(command, rc) : r;
}

int tpm_refused(const char *command, TSS2_RC rc)
{
	return because(-EIO, "TPM failed: %s got error 0x%08" PRIx32, command, rc);
}

bool tpm_blames_parameters(TSS2_RC rc)
{
	return (rc & TPM2_RC_FMT1) && ((rc & TPM2_RC_P) || (rc & TPM2_RC_N_MASK) == 0);
}

int tpm_unusable(const char *command, TSS2_RC rc)
{
	return because(-EBADMSG, "TPM failed: %s is malformed: 0x%08" PRIx32, command, rc);
}

static int open_tcti(TSS2_TCTI_CONTEXT **ret_tcti)
{
	TSS2_TCTI_CONTEXT *tcti;
	TSS2_TCTI_POLL_HANDLE handle;
	size_t size, n_handles = 1;
	TSS2_RC rc = Tss2_Tcti_Device_Init(NULL, &size, TPM_DEVICE);

	tcti = rc ? NULL : calloc(1, size);
	if (!tcti)
		return because(-ENOMEM, "no memory for the TPM's context");
	rc = Tss2_Tcti_Device_Init(tcti, &size, TPM_DEVICE);
	if (rc)
		return because(-EIO, "TPM failed: %s does not answer: 0x%08" PRIx32, TPM_DEVICE,
			       rc);
	/* tpm2-tss opens it inheritable, but no program that init starts may have the TPM. */
	rc = Tss2_Tcti_GetPollHandles(tcti, &handle, &n_handles);
	if (rc || n_handles != 1 || fcntl(handle.fd, F_SETFD, FD_CLOEXEC) < 0)
		return because(-EIO, "cannot close %s to other programs", TPM_DEVICE);
	*ret_tcti = tcti;
	return 0;
}

static void free_tcti(TSS2_TCTI_CONTEXT *tcti)
{
	Tss2_Tcti_Finalize(tcti);
	free(tcti);
}

int tpm_open_over(struct tpm *tpm, TSS2_TCTI_CONTEXT *tcti)
{
	TSS2_ABI_VERSION abi = TSS2_ABI_VERSION_CURRENT;
	size_t size = Tss2_Sys_GetContextSize(0);
	TSS2_SYS_CONTEXT *sys = calloc(1, size);

	if (!sys || Tss2_Sys_Initialize(sys, size, tcti, &abi)) {
		free(sys);
		free_tcti(tcti);
		return because(-EIO, "cannot initialise the TPM's context");
	}
	tpm->sys = sys;
	return 0;
}

int tpm_open(struct tpm *tpm)
{
	TSS2_TCTI_CONTEXT *tcti = NULL;
	int r = open_tcti(&tcti);

	return r < 0 ? r : tpm_open_over(tpm, tcti);
}

void tpm_close(struct tpm *tpm)
{
	TSS2_TCTI_CONTEXT *tcti = NULL;

	if (!tpm->sys)
		return;
	(void)Tss2_Sys_GetTctiContext(tpm->sys, &tcti);
	Tss2_Sys_Finalize(tpm->sys);
	free(tpm->sys);
	tpm->sys = NULL;
	if (tcti)
		free_tcti(tcti);
}

/* 0: inactive, 1: active with every PCR we use. */
static int check_bank(const TPMS_PCR_SELECTION *bank)
{
	unsigned all = 0;

	for (size_t i = 0; i < bank->sizeofSelect && i < sizeof(bank->pcrSelect); i++)
		all |= bank->pcrSelect[i];
	if (all == 0)
		return 0;
	if (bank->sizeofSelect < 2 || bank->pcrSelect[0] != 0xff || bank->pcrSelect[1] != 0xff)
		return because(-EPROTO, "TPM bank 0x%04x lacks one of PCR 0-15", bank->hash);
	return 1;
}

static int add_banks(struct tpm *tpm, const TPML_PCR_SELECTION *banks)
{
	bool active[_HASH_MAX] = { false };

	for (size_t i = 0; i < banks->count && i < TPM2_NUM_PCR_BANKS; i++) {
		const TPMS_PCR_SELECTION *bank = &banks->pcrSelections[i];
		enum hash_alg alg;
		int r = check_bank(bank);

		if (r < 0)
			return r;
		if (r == 0)
			continue;
		if (hash_from_tpm_alg(bank->hash, &alg) < 0)
			return because(-ENOTSUP,
				       "TPM bank 0x%04x is active and cannot be measured into",
				       bank->hash);
		active[alg] = true;
	}
	if (!pcrs_bank_suffices(active))
		return because(-EPROTO, "TPM has no active bank sha256 or sha384");
	tpm->n_banks = 0;
	for (size_t i = 0; i < _HASH_MAX; i++)
		if (active[i])
			tpm->banks[tpm->n_banks++] = (enum hash_alg)i;
	return 0;
}

int tpm_find_banks(struct tpm *tpm)
{
	static const char command[] = "TPM2_GetCapability";
	TPMS_CAPABILITY_DATA data = { 0 };
	TPMI_YES_NO more;
	TSS2_RC rc = Tss2_Sys_GetCapability_Prepare(tpm->sys, TPM2_CAP_PCRS, 0, 1);
	int r;

	r = tpm_execute(tpm, command, rc);
	if (r < 0)
		return r;
	rc = Tss2_Sys_GetCapability_Complete(tpm->sys, &more, &data);
	if (rc || data.capability != TPM2_CAP_PCRS)
		return tpm_unusable(command, rc);
	return add_banks(tpm, &data.data.assignedPCR);
}

int tpm_property(struct tpm *tpm, TPM2_PT property, uint32_t *ret_value)
{
	static const char command[] = "TPM2_GetCapability";
	TPMS_CAPABILITY_DATA data = { 0 };
	const TPML_TAGGED_TPM_PROPERTY *list = &data.data.tpmProperties;
	TPMI_YES_NO more;
	TSS2_RC rc = Tss2_Sys_GetCapability_Prepare(tpm->sys, TPM2_CAP_TPM_PROPERTIES, property, 1);
	int r = tpm_execute(tpm, command, rc);

	if (r < 0)
		return r;
	rc = Tss2_Sys_GetCapability_Complete(tpm->sys, &more, &data);
	if (rc || data.capability != TPM2_CAP_TPM_PROPERTIES || list->count != 1 ||
	    list->tpmProperty[0].property != property)
		return tpm_unusable(command, rc);
	*ret_value = list->tpmProperty[0].value;
	return 0;
}

int tpm_random(struct tpm *tpm, uint8_t *ret_bytes, size_t len)
{
	static const char command[] = "TPM2_GetRandom";
	TPM2B_DIGEST got;

	for (size_t done = 0; done < len; done += got.size) {
		size_t left = len - done;
		UINT16 ask = (UINT16)(left < sizeof(got.buffer) ? left : sizeof(got.buffer));
		TSS2_RC rc = Tss2_Sys_GetRandom_Prepare(tpm->sys, ask);
		int r;

		r = tpm_execute(tpm, command, rc);
		if (r < 0)
			return r;
		got.size = 0; /* or it would be taken for the size of the buffer */
		rc = Tss2_Sys_GetRandom_Complete(tpm->sys, &got);
		if (rc || got.size == 0 || got.size > ask)
			return tpm_unusable(command, rc);
		memcpy(ret_bytes + done, got.buffer, got.size);
	}
	explicit_bzero(&got, sizeof(got));
	return 0;
}

static void fill_digests(const struct tpm *tpm, const struct event *event,
			 TPML_DIGEST_VALUES *ret_values)
{
	*ret_values = (TPML_DIGEST_VALUES){ .count = (UINT32)tpm->n_banks };
	for (size_t i = 0; i < tpm->n_banks; i++) {
		struct digest d;

		event_digest(event, tpm->banks[i], &d);
		ret_values->digests[i].hashAlg = hash_tpm_alg(d.alg);
		memcpy(&ret_values->digests[i].digest, d.bytes, hash_len(d.alg));
	}
}

int tpm_extend(struct tpm *tpm, const struct event *event)
{
	static const char command[] = "TPM2_PCR_Extend";
	TPML_DIGEST_VALUES values;
	TSS2_RC rc;
	int r;

	fill_digests(tpm, event, &values);
	rc = Tss2_Sys_PCR_Extend_Prepare(tpm->sys, event->pcr, &values);
	r = tpm_execute(tpm, command, tpm_authorize(tpm, rc));
	if (r < 0)
		return r;
	rc = Tss2_Sys_PCR_Extend_Complete(tpm->sys);
	return rc ? tpm_unusable(command, rc) : 0;
}

/*
 * Asks for the PCRs in wanted (one bit each), stores those that the TPM returned and clears their
 * bits.
 */
static int read_some(struct tpm *tpm, enum hash_alg bank, unsigned *wanted, struct digest *pcrs)
{
	static const char command[] = "TPM2_PCR_Read";
	TPML_PCR_SELECTION in = { .count = 1 }, out = { 0 };
	TPMS_PCR_SELECTION *select = &in.pcrSelections[0];
	TPML_DIGEST values = { 0 };
	UINT32 counter;
	size_t n = 0;
	TSS2_RC rc;
	int r;

	select->hash = hash_tpm_alg(bank);
	select->sizeofSelect = 3;
	select->pcrSelect[0] = (BYTE)*wanted;
	select->pcrSelect[1] = (BYTE)(*wanted >> 8);
	rc = Tss2_Sys_PCR_Read_Prepare(tpm->sys, &in);
	r = tpm_execute(tpm, command, rc);
	if (r < 0)
		return r;
	rc = Tss2_Sys_PCR_Read_Complete(tpm->sys, &counter, &out, &values);
	if (rc || out.count != 1 || out.pcrSelections[0].hash != select->hash)
		return tpm_unusable(command, rc);

	for (unsigned i = 0; i < TPM_PCRS_N; i++) {
		if (!(out.pcrSelections[0].pcrSelect[i / 8] >> i % 8 & 1) || !(*wanted >> i & 1))
			continue;
		if (n == values.count || values.digests[n].size != hash_len(bank))
			return tpm_unusable(command, rc);
		pcrs[i] = (struct digest){ .alg = bank };
		memcpy(pcrs[i].bytes, values.digests[n++].buffer, hash_len(bank));
		*wanted &= ~(1u << i);
	}
	return n > 0 ? 0 : tpm_unusable(command, rc);
}

int tpm_read(struct tpm *tpm, enum hash_alg bank, struct digest ret_pcrs[static TPM_PCRS_N])
{
	struct digest pcrs[TPM_PCRS_N];
	unsigned wanted = (1u << TPM_PCRS_N) - 1;

	while (wanted) {
		int r = read_some(tpm, bank, &wanted, pcrs);

		if (r < 0)
			return r;
	}
	memcpy(ret_pcrs, pcrs, sizeof(pcrs));
	return 0;
}
