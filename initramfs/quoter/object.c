/* SPDX-License-Identifier: MIT */
#include "initramfs/quoter/object.h"

#include <errno.h>

#include "initramfs/common/reason.h"

#define KEY_MS                                                                            \
	300000 /* what the kernel's driver waits for; an RSA key is the search for primes \
		*/

int object_create_primary(struct tpm *tpm, const TPMT_PUBLIC *template, TPM2_HANDLE *ret_handle,
			  TPMT_PUBLIC *ret_public)
{
	static const char command[] = "TPM2_CreatePrimary";
	const TPM2B_SENSITIVE_CREATE sensitive = { 0 };
	const TPM2B_PUBLIC in = { .publicArea = *template };
	const TPM2B_DATA outside = { 0 };
	const TPML_PCR_SELECTION pcrs = { 0 };
	TPM2B_PUBLIC out = { 0 };
	TPM2_HANDLE handle;
	TSS2_RC rc = Tss2_Sys_CreatePrimary_Prepare(tpm->sys, TPM2_RH_ENDORSEMENT, &sensitive, &in,
						    &outside, &pcrs);
	int r;

	r = tpm_try(tpm, command, tpm_authorize(tpm, rc), KEY_MS, &rc);
	if (r == -EREMOTEIO && !tpm_blames_parameters(rc))
		return tpm_refused(command, rc);
	if (r < 0)
		return r;
	rc = Tss2_Sys_CreatePrimary_Complete(tpm->sys, &handle, &out, NULL, NULL, NULL, NULL);
	if (rc)
		return tpm_unusable(command, rc);
	*ret_handle = handle;
	*ret_public = out.publicArea;
	return 0;
}

int object_read(struct tpm *tpm, TPM2_HANDLE handle, TPMT_PUBLIC *ret_public)
{
	static const char command[] = "TPM2_ReadPublic";
	TPM2B_PUBLIC out = { 0 };
	TSS2_RC rc = Tss2_Sys_ReadPublic_Prepare(tpm->sys, handle);
	int r;

	r = tpm_try(tpm, command, rc, TPM_ANSWER_MS, &rc);
	if (r < 0)
		return r == -EREMOTEIO ? -ENOENT : r;
	rc = Tss2_Sys_ReadPublic_Complete(tpm->sys, &out, NULL, NULL);
	if (rc)
		return tpm_unusable(command, rc);
	*ret_public = out.publicArea;
	return 0;
}

int object_save(struct tpm *tpm, TPM2_HANDLE handle, TPMS_CONTEXT *ret_context)
{
	static const char command[] = "TPM2_ContextSave";
	TSS2_RC rc = Tss2_Sys_ContextSave_Prepare(tpm->sys, handle);
	int r = tpm_try(tpm, command, rc, TPM_ANSWER_MS, &rc);

	if (r < 0)
		return r;
	rc = Tss2_Sys_ContextSave_Complete(tpm->sys, ret_context);
	return rc ? tpm_unusable(command, rc) : 0;
}

int object_load(struct tpm *tpm, const TPMS_CONTEXT *context, TPM2_HANDLE *ret_handle)
{
	static const char command[] = "TPM2_ContextLoad";
	TSS2_RC rc = Tss2_Sys_ContextLoad_Prepare(tpm->sys, context);
	int r = tpm_execute(tpm, command, rc);

	if (r < 0)
		return r;
	rc = Tss2_Sys_ContextLoad_Complete(tpm->sys, ret_handle);
	return rc ? tpm_unusable(command, rc) : 0;
}

int object_flush(struct tpm *tpm, TPM2_HANDLE handle)
{
	static const char command[] = "TPM2_FlushContext";
	TSS2_RC rc = Tss2_Sys_FlushContext_Prepare(tpm->sys, handle);

	return tpm_execute(tpm, command, rc);
}
