/* SPDX-License-Identifier: MIT */
/* Objects of the TPM, and the AK among them. */
#include <errno.h>
#include <string.h>
#include <tss2/tss2_mu.h>

#include "quote_check.h"
#include "quoter.h"
#include "reason.h"
#include "tpmkey.h"

const TPMS_AUTH_COMMAND empty_password = { .sessionHandle = TPM2_RS_PW };

/* An ECC key on P-256 that signs with ECDSA and SHA-256 what the TPM itself made. */
static const TPMT_PUBLIC own_template = {
	.type = TPM2_ALG_ECC,
	.nameAlg = TPM2_ALG_SHA256,
	.objectAttributes = TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT |
			    TPMA_OBJECT_SENSITIVEDATAORIGIN | TPMA_OBJECT_USERWITHAUTH |
			    TPMA_OBJECT_NODA | TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_SIGN_ENCRYPT,
	.parameters.eccDetail = { .symmetric.algorithm = TPM2_ALG_NULL,
				  .scheme = { .scheme = TPM2_ALG_ECDSA,
					      .details.ecdsa.hashAlg = TPM2_ALG_SHA256 },
				  .curveID = TPM2_ECC_NIST_P256,
				  .kdf.scheme = TPM2_ALG_NULL },
};

int primary_create(struct tpm *tpm, const TPMT_PUBLIC *template, TPM2_HANDLE *ret_handle,
		   TPMT_PUBLIC *ret_public)
{
	static const char command[] = "TPM2_CreatePrimary";
	const TPM2B_SENSITIVE_CREATE sensitive = { 0 };
	const TPM2B_PUBLIC in = { .publicArea = *template };
	const TSS2L_SYS_AUTH_COMMAND auths = { .count = 1, .auths = { empty_password } };
	const TPM2B_DATA outside = { 0 };
	const TPML_PCR_SELECTION pcrs = { 0 };
	TPM2B_PUBLIC out = { 0 };
	TPM2_HANDLE handle;
	TSS2_RC rc = Tss2_Sys_CreatePrimary_Prepare(tpm->sys, TPM2_RH_ENDORSEMENT, &sensitive, &in,
						    &outside, &pcrs);
	int r;

	if (!rc)
		rc = Tss2_Sys_SetCmdAuths(tpm->sys, &auths);
	if (rc)
		return tpm_unusable(command, rc);
	r = tpm_execute(tpm, command, &rc);
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

	if (rc)
		return tpm_unusable(command, rc);
	r = tpm_execute(tpm, command, &rc);
	if (r < 0)
		return r == -EREMOTEIO ? -ENOENT : r;
	rc = Tss2_Sys_ReadPublic_Complete(tpm->sys, &out, NULL, NULL);
	if (rc)
		return tpm_unusable(command, rc);
	*ret_public = out.publicArea;
	return 0;
}

int object_flush(struct tpm *tpm, TPM2_HANDLE handle)
{
	static const char command[] = "TPM2_FlushContext";
	TSS2_RC rc = Tss2_Sys_FlushContext_Prepare(tpm->sys, handle);
	int r;

	if (rc)
		return tpm_unusable(command, rc);
	r = tpm_execute(tpm, command, NULL);
	return r < 0 ? r : 0;
}

int ak_marshal(const struct ak *ak, uint8_t *ret_bytes, size_t *ret_len)
{
	size_t off = 0;
	TSS2_RC rc = Tss2_MU_TPMT_PUBLIC_Marshal(&ak->public, ret_bytes, sizeof(TPMT_PUBLIC), &off);

	if (rc)
		return because(-EBADMSG, "the AK's public area cannot be written: 0x%08x", rc);
	*ret_len = off;
	return 0;
}

/* The same questions that a verifier will ask. */
static bool is_ak(const struct ak *ak, enum quote_reason *ret_reason)
{
	uint8_t bytes[sizeof(TPMT_PUBLIC)];
	struct tpmkey key;
	size_t len;

	*ret_reason = QUOTE_KEY_INVALID;
	if (ak_marshal(ak, bytes, &len) < 0 || tpmkey_parse(span_of(bytes, len), &key, NULL) < 0)
		return false;
	*ret_reason = quote_check_key(&key);
	return *ret_reason == QUOTE_HOLDS;
}

int ak_find(struct tpm *tpm, struct ak *ret_ak)
{
	struct ak ak = { 0 };
	enum quote_reason why;
	int r = primary_create(tpm, &own_template, &ak.handle, &ak.public);

	if (r < 0)
		return because(r, "TPM failed: it makes no AK in the endorsement hierarchy");
	if (!is_ak(&ak, &why))
		return because(-EPROTO, "TPM failed: the AK that it made is none: %s",
			       quote_reason_text(why));
	*ret_ak = ak;
	return 0;
}
