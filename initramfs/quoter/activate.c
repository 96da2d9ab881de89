/* SPDX-License-Identifier: MIT */
#include "activate.h"

#include <errno.h>

#include "credential.h"

static int start_session(struct tpm *tpm, TPMI_SH_POLICY *ret_session)
{
	static const char command[] = "TPM2_StartAuthSession";
	const TPM2B_NONCE nonce = { .size = 32 }; /* nothing is encrypted with it */
	const TPM2B_ENCRYPTED_SECRET salt = { 0 };
	const TPMT_SYM_DEF none = { .algorithm = TPM2_ALG_NULL };
	TPM2B_NONCE answer = { 0 };
	TSS2_RC rc =
		Tss2_Sys_StartAuthSession_Prepare(tpm->sys, TPM2_RH_NULL, TPM2_RH_NULL, &nonce,
						  &salt, TPM2_SE_POLICY, &none, TPM2_ALG_SHA256);
	int r;

	r = tpm_execute(tpm, command, rc);
	if (r < 0)
		return r;
	rc = Tss2_Sys_StartAuthSession_Complete(tpm->sys, ret_session, &answer);
	return rc ? tpm_unusable(command, rc) : 0;
}

/* An EK wants the password of the endorsement hierarchy, by its policy. */
static int satisfy_policy(struct tpm *tpm, TPMI_SH_POLICY session)
{
	static const char command[] = "TPM2_PolicySecret";
	const TPM2B_NONCE no_nonce = { 0 }, no_ref = { 0 };
	const TPM2B_DIGEST no_parameters = { 0 };
	TSS2_RC rc = Tss2_Sys_PolicySecret_Prepare(tpm->sys, TPM2_RH_ENDORSEMENT, session,
						   &no_nonce, &no_parameters, &no_ref, 0);

	return tpm_execute(tpm, command, tpm_authorize(tpm, rc));
}

/*
 * What is wrong with a credential and not with the TPM: anybody may send one, and must not end the
 * machine with it. NO_RESULT is a point off the curve. FAILURE is libtpms's word for a number that
 * does not decrypt; a TPM that has failed says so again when the session is flushed.
 */
static bool blames_credential(TSS2_RC rc)
{
	return tpm_blames_parameters(rc) || rc == TPM2_RC_NO_RESULT || rc == TPM2_RC_FAILURE;
}

/* -EREMOTEIO, with no reason noted: the TPM has looked at the credential and does not open it. */
static int open_credential(struct tpm *tpm, const struct ak *ak, const struct ek *ek,
			   TPMI_SH_POLICY session, const struct credential *credential,
			   TPM2B_DIGEST *ret_secret)
{
	static const char command[] = "TPM2_ActivateCredential";
	const TSS2L_SYS_AUTH_COMMAND auths = {
		.count = 2,
		.auths = { { .sessionHandle = TPM2_RS_PW },
			   { .sessionHandle = session,
			     .sessionAttributes = TPMA_SESSION_CONTINUESESSION } },
	};
	TPM2B_DIGEST secret = { 0 };
	TSS2_RC rc = Tss2_Sys_ActivateCredential_Prepare(tpm->sys, ak->handle, ek->handle,
							 &credential->object, &credential->secret);
	int r;

	if (!rc)
		rc = Tss2_Sys_SetCmdAuths(tpm->sys, &auths);
	r = tpm_try(tpm, command, rc, TPM_ANSWER_MS, &rc);
	if (r == -EREMOTEIO && !blames_credential(rc))
		return tpm_refused(command, rc);
	if (r < 0)
		return r;
	rc = Tss2_Sys_ActivateCredential_Complete(tpm->sys, &secret);
	if (rc)
		return tpm_unusable(command, rc);
	*ret_secret = secret;
	return 0;
}

/* The session stays when it was used, whether the TPM liked the credential or not. */
static int open_in_session(struct tpm *tpm, const struct ak *ak, const struct ek *ek,
			   const struct credential *credential, TPM2B_DIGEST *ret_secret)
{
	TPMI_SH_POLICY session = 0;
	int r = start_session(tpm, &session), flushed;

	if (r == 0)
		r = satisfy_policy(tpm, session);
	if (r == 0)
		r = open_credential(tpm, ak, ek, session, credential, ret_secret);
	if (r < 0 && r != -EREMOTEIO)
		return r;
	flushed = object_flush(tpm, session);
	return flushed < 0 ? flushed : r;
}

int activate(struct tpm *tpm, const struct ak *ak, struct ek *ek, struct span bytes,
	     TPM2B_DIGEST *ret_secret, const char **ret_why)
{
	struct credential credential;
	int r;

	*ret_why = "it is none for an EK of RSA 2048 or ECC P-256 (templates L-1 and L-2)";
	if (credential_parse(bytes, &credential) < 0)
		return 0;
	r = ek_open(tpm, ek, credential.ek);
	*ret_why = "the TPM has no EK of its kind";
	if (r < 0)
		return r == -EREMOTEIO ? 0 : r;
	r = open_in_session(tpm, ak, ek, &credential, ret_secret);
	*ret_why = "it is for another EK or another AK, or damaged";
	if (r < 0)
		return r == -EREMOTEIO ? 0 : r;
	*ret_why = ret_secret->size == 0 ? "it holds no secret" : NULL;
	return 0;
}
