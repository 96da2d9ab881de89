/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>
#include <tss2/tss2_mu.h>

#include "quoter.h"
#include "reason.h"
#include "span.h"

#define FILE_MAGIC   0xbadcc0de
#define FILE_VERSION 1

/* TPM2_PolicySecret(TPM_RH_ENDORSEMENT), the profile's "PolicyA". */
#define POLICY_A                                                                              \
	{                                                                                     \
		.size = 32,                                                                   \
		.buffer = { 0x83, 0x71, 0x97, 0x67, 0x44, 0x84, 0xb3, 0xf8, 0x1a, 0x90, 0xcc, \
			    0x8d, 0x46, 0xa5, 0xd7, 0x24, 0xfd, 0x52, 0xd7, 0x6e, 0x06, 0x52, \
			    0x0b, 0x64, 0xf2, 0xa1, 0xda, 0x1b, 0x33, 0x14, 0x69, 0xaa },     \
	}
#define EK_ATTRIBUTES                                                                       \
	(TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT | TPMA_OBJECT_SENSITIVEDATAORIGIN | \
	 TPMA_OBJECT_ADMINWITHPOLICY | TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_DECRYPT)
#define AES_128_CFB { .algorithm = TPM2_ALG_AES, .keyBits.aes = 128, .mode.aes = TPM2_ALG_CFB }

/* One kind of EK: its template, where TPMs keep the key itself, and how long a secret for it is. */
static const struct ek {
	TPMT_PUBLIC template;
	TPM2_HANDLE persistent;
	size_t secret_min, secret_max;
} eks[] = {
	{ .template = { .type = TPM2_ALG_RSA, /* L-1 */
			.nameAlg = TPM2_ALG_SHA256,
			.objectAttributes = EK_ATTRIBUTES,
			.authPolicy = POLICY_A,
			.parameters.rsaDetail = { .symmetric = AES_128_CFB,
						  .scheme.scheme = TPM2_ALG_NULL,
						  .keyBits = 2048 },
			.unique.rsa.size = 256 },
	  .persistent = 0x81010001,
	  .secret_min = 256,
	  .secret_max = 256 },
	{ .template = { .type = TPM2_ALG_ECC, /* L-2 */
			.nameAlg = TPM2_ALG_SHA256,
			.objectAttributes = EK_ATTRIBUTES,
			.authPolicy = POLICY_A,
			.parameters.eccDetail = { .symmetric = AES_128_CFB,
						  .scheme.scheme = TPM2_ALG_NULL,
						  .curveID = TPM2_ECC_NIST_P256,
						  .kdf.scheme = TPM2_ALG_NULL },
			.unique.ecc = { .x.size = 32, .y.size = 32 } },
	  .persistent = 0x8101000a,
	  .secret_min = 6, /* two sizes and a point of at least a byte each */
	  .secret_max = 68 },
};

struct credential {
	TPM2B_ID_OBJECT blob;
	TPM2B_ENCRYPTED_SECRET secret;
	const struct ek *ek;
};

/* ---- the form ---- */

static int take_sized(struct span *s, size_t max, UINT16 *ret_size, BYTE *ret_bytes)
{
	struct span bytes;
	uint16_t size;

	if (span_u16be(s, &size) < 0 || size == 0 || size > max || span_take(s, size, &bytes) < 0)
		return -EBADMSG;
	memcpy(ret_bytes, bytes.p, size);
	*ret_size = size;
	return 0;
}

static int parse(struct span s, struct credential *ret)
{
	uint32_t magic, version;

	if (span_u32be(&s, &magic) < 0 || magic != FILE_MAGIC || span_u32be(&s, &version) < 0 ||
	    version != FILE_VERSION ||
	    take_sized(&s, sizeof(ret->blob.credential), &ret->blob.size, ret->blob.credential) <
		    0 ||
	    take_sized(&s, sizeof(ret->secret.secret), &ret->secret.size, ret->secret.secret) < 0 ||
	    s.left > 0)
		return -EBADMSG;
	for (size_t i = 0; i < sizeof(eks) / sizeof(eks[0]); i++)
		if (ret->secret.size >= eks[i].secret_min && ret->secret.size <= eks[i].secret_max)
			ret->ek = &eks[i];
	return ret->ek ? 0 : -EBADMSG;
}

/* ---- the EK ---- */

/* What a TPM keeps at the place of an EK is not always one of the template. */
static bool is_of(const TPMT_PUBLIC *public, const TPMT_PUBLIC *template)
{
	TPMT_PUBLIC p = *public;
	BYTE a[sizeof(TPMT_PUBLIC)], b[sizeof(TPMT_PUBLIC)];
	size_t a_len = 0, b_len = 0;

	p.unique = template->unique;
	return Tss2_MU_TPMT_PUBLIC_Marshal(&p, a, sizeof(a), &a_len) == TSS2_RC_SUCCESS &&
	       Tss2_MU_TPMT_PUBLIC_Marshal(template, b, sizeof(b), &b_len) == TSS2_RC_SUCCESS &&
	       a_len == b_len && memcmp(a, b, a_len) == 0;
}

/* ret_made: it takes a place in the TPM that has to be given back. */
static int open_ek(struct tpm *tpm, const struct ek *ek, TPM2_HANDLE *ret_handle, bool *ret_made)
{
	TPMT_PUBLIC public;
	int r = object_read(tpm, ek->persistent, &public);

	if (r < 0 && r != -ENOENT)
		return r;
	*ret_made = r == -ENOENT || !is_of(&public, &ek->template);
	*ret_handle = ek->persistent;
	return *ret_made ? primary_create(tpm, &ek->template, ret_handle, &public) : 0;
}

/* ---- the policy of an EK ---- */

static int start_session(struct tpm *tpm, TPMI_SH_POLICY *ret_session)
{
	static const char command[] = "TPM2_StartAuthSession";
	const TPM2B_NONCE nonce = { .size = 32 };
	const TPM2B_ENCRYPTED_SECRET salt = { 0 };
	const TPMT_SYM_DEF none = { .algorithm = TPM2_ALG_NULL };
	TPM2B_NONCE answer = { 0 };
	TSS2_RC rc =
		Tss2_Sys_StartAuthSession_Prepare(tpm->sys, TPM2_RH_NULL, TPM2_RH_NULL, &nonce,
						  &salt, TPM2_SE_POLICY, &none, TPM2_ALG_SHA256);
	int r;

	if (rc)
		return tpm_unusable(command, rc);
	r = tpm_execute(tpm, command, NULL);
	if (r < 0)
		return r;
	rc = Tss2_Sys_StartAuthSession_Complete(tpm->sys, ret_session, &answer);
	return rc ? tpm_unusable(command, rc) : 0;
}

static int satisfy_policy(struct tpm *tpm, TPMI_SH_POLICY session)
{
	static const char command[] = "TPM2_PolicySecret";
	const TSS2L_SYS_AUTH_COMMAND auths = { .count = 1, .auths = { empty_password } };
	const TPM2B_NONCE no_nonce = { 0 }, no_ref = { 0 };
	const TPM2B_DIGEST no_parameters = { 0 };
	TSS2_RC rc = Tss2_Sys_PolicySecret_Prepare(tpm->sys, TPM2_RH_ENDORSEMENT, session,
						   &no_nonce, &no_parameters, &no_ref, 0);

	if (!rc)
		rc = Tss2_Sys_SetCmdAuths(tpm->sys, &auths);
	if (rc)
		return tpm_unusable(command, rc);
	return tpm_execute(tpm, command, NULL);
}

/* ---- the command ---- */

/* -EREMOTEIO: the TPM has looked at the credential and does not open it. */
static int activate_with(struct tpm *tpm, const struct ak *ak, TPM2_HANDLE ek,
			 TPMI_SH_POLICY session, const struct credential *credential,
			 TPM2B_DIGEST *ret_secret)
{
	static const char command[] = "TPM2_ActivateCredential";
	const TSS2L_SYS_AUTH_COMMAND auths = {
		.count = 2,
		.auths = { empty_password,
			   { .sessionHandle = session,
			     .sessionAttributes = TPMA_SESSION_CONTINUESESSION } },
	};
	TSS2_RC rc = Tss2_Sys_ActivateCredential_Prepare(tpm->sys, ak->handle, ek,
							 &credential->blob, &credential->secret);
	int r;

	if (!rc)
		rc = Tss2_Sys_SetCmdAuths(tpm->sys, &auths);
	if (rc)
		return tpm_unusable(command, rc);
	r = tpm_execute(tpm, command, &rc);
	if (r < 0)
		return r;
	ret_secret->size = 0;
	rc = Tss2_Sys_ActivateCredential_Complete(tpm->sys, ret_secret);
	return rc || ret_secret->size > QUOTING_SECRET_MAX ? tpm_unusable(command, rc) : 0;
}

static int activate_in_session(struct tpm *tpm, const struct ak *ak, TPM2_HANDLE ek,
			       const struct credential *credential, TPM2B_DIGEST *ret_secret)
{
	TPMI_SH_POLICY session;
	int r = start_session(tpm, &session), flushed;

	if (r < 0)
		return r;
	r = satisfy_policy(tpm, session);
	if (r == 0)
		r = activate_with(tpm, ak, ek, session, credential, ret_secret);
	flushed = object_flush(tpm, session);
	return r < 0 ? r : flushed;
}

int activate(struct tpm *tpm, const struct ak *ak, const uint8_t *bytes, size_t len,
	     TPM2B_DIGEST *ret_secret, const char **ret_why)
{
	struct credential credential = { 0 };
	TPM2_HANDLE ek;
	bool made;
	int r, flushed = 0;

	*ret_why = NULL;
	if (parse(span_of(bytes, len), &credential) < 0) {
		*ret_why = "not a credential for an EK of template L-1 (RSA 2048) or L-2 (P-256)";
		return 0;
	}
	r = open_ek(tpm, credential.ek, &ek, &made);
	if (r == -EREMOTEIO) {
		*ret_why = "the TPM has no EK of that kind";
		return 0;
	}
	if (r < 0)
		return r;
	r = activate_in_session(tpm, ak, ek, &credential, ret_secret);
	if (made)
		flushed = object_flush(tpm, ek);
	if (r == -EREMOTEIO) {
		*ret_why =
			"the TPM does not open it: it is for another EK or another AK, or damaged";
		r = 0;
	}
	return r < 0 ? r : flushed;
}
