/* SPDX-License-Identifier: MIT */
#include "initramfs/quoter/activate.h"

#include <errno.h>

#include "initramfs/quoter/credential.h"

/* The hash is that of the EK's policy. */
static int start_session(struct tpm *tpm, TPMI_ALG_HASH hash, TPMI_SH_POLICY *ret_session)
{
	static const char command[] = "TPM2_StartAuthSession";
	const TPM2B_NONCE nonce = { .size = 32 }; /* nothing is encrypted with it */
	const TPM2B_ENCRYPTED_SECRET salt = { 0 };
	const TPMT_SYM_DEF none = { .algorithm = TPM2_ALG_NULL };
	TPM2B_NONCE answer = { 0 };
	TSS2_RC rc = Tss2_Sys_StartAuthSession_Prepare(tpm->sys, TPM2_RH_NULL, TPM2_RH_NULL, &nonce,
						       &salt, TPM2_SE_POLICY, &none, hash);
	int r;

	r = tpm_execute(tpm, command, rc);
	if (r < 0)
		return r;
	rc = Tss2_Sys_StartAuthSession_Complete(tpm->sys, ret_session, &answer);
	return rc ? tpm_unusable(command, rc) : 0;
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
	int r = start_session(tpm, ek->name_alg, &session), flushed;

	if (r == 0)
		r = ek_satisfy_policy(tpm, ek, session);
	if (r == 0)
		r = open_credential(tpm, ak, ek, session, credential, ret_secret);
	if (r < 0 && r != -EREMOTEIO)
		return r;
	flushed = key_flush(tpm, session);
	return flushed < 0 ? flushed : r;
}

/*
 * The kinds of EK that it can be for, which its form alone does not tell: of those that fit, the
 * ones that have a certificate, since verifiers go by these; without any, the one of the low range.
 */
static int find_kinds(struct tpm *tpm, struct ek ek[static _EK_KINDS],
		      const struct credential *credential, bool ret_kinds[static _EK_KINDS])
{
	bool any = false;

	for (enum ek_kind kind = 0; kind < _EK_KINDS; kind++) {
		int r = credential_fits(credential, kind) ? ek_is_certified(tpm, ek, kind) : 0;

		if (r < 0)
			return r;
		ret_kinds[kind] = r > 0;
		any |= r > 0;
	}
	for (enum ek_kind kind = 0; kind < _EK_KINDS && !any; kind++)
		ret_kinds[kind] = credential_fits(credential, kind) && ek_is_low(kind);
	return 0;
}

/* -EREMOTEIO, with no reason noted: not by this kind, as *ret_why says. */
static int try_kind(struct tpm *tpm, const struct ak *ak, struct ek ek[static _EK_KINDS],
		    enum ek_kind kind, const struct credential *credential,
		    TPM2B_DIGEST *ret_secret, const char **ret_why)
{
	int r = ek_open(tpm, ek, kind), closed;

	*ret_why = ek[kind].why_not;
	if (r < 0)
		return r;
	*ret_why = "it is for another EK or another AK, or damaged";
	r = open_in_session(tpm, ak, &ek[kind], credential, ret_secret);
	if (r < 0 && r != -EREMOTEIO)
		return r;
	closed = ek_close(tpm, &ek[kind]);
	return closed < 0 ? closed : r;
}

/* First those for which no key has to be made. */
static int try_kinds(struct tpm *tpm, const struct ak *ak, struct ek ek[static _EK_KINDS],
		     const struct credential *credential, TPM2B_DIGEST *ret_secret,
		     const char **ret_why)
{
	bool kinds[_EK_KINDS];
	int r = find_kinds(tpm, ek, credential, kinds);

	if (r < 0)
		return r;
	*ret_why = "the TPM has no EK of its kind";
	r = -EREMOTEIO;
	for (int at_hand = 1; at_hand >= 0; at_hand--)
		for (enum ek_kind kind = 0; kind < _EK_KINDS && r == -EREMOTEIO; kind++)
			if (kinds[kind] && ek_is_at_hand(&ek[kind]) == at_hand)
				r = try_kind(tpm, ak, ek, kind, credential, ret_secret, ret_why);
	return r;
}

int activate(struct tpm *tpm, const struct ak *ak, struct ek ek[static _EK_KINDS],
	     struct span bytes, TPM2B_DIGEST *ret_secret, const char **ret_why)
{
	struct credential credential;
	int r;

	*ret_why =
		"it is none for an EK of RSA 2048, 3072 or 4096, or ECC P-256 or P-384 (templates L-1, L-2, H-1, H-2, H-3, H-6, H-7)";
	if (credential_parse(bytes, &credential) < 0)
		return 0;
	r = try_kinds(tpm, ak, ek, &credential, ret_secret, ret_why);
	if (r < 0)
		return r == -EREMOTEIO ? 0 : r;
	*ret_why = ret_secret->size == 0 ? "it holds no secret" : NULL;
	return 0;
}
