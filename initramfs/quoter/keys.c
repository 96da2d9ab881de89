/* SPDX-License-Identifier: MIT */
#include "initramfs/quoter/keys.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <tss2/tss2_mu.h>

#include "initramfs/common/reason.h"
#include "initramfs/quoter/nv.h"
#include "measure/lib/array.h"
#include "measure/lib/quote_check.h"
#include "measure/lib/span.h"
#include "measure/lib/tpmkey.h"

/* What the kernel's driver waits for; an RSA key is the search for primes. */
#define KEY_MS 300000

/*
 * Makes a primary key of the endorsement hierarchy, whose password must be empty: the same one from
 * the same template, until somebody clears the TPM. The caller flushes it. -EREMOTEIO, with no
 * reason noted: the TPM makes no key of this template.
 */
static int create_primary(struct tpm *tpm, const TPMT_PUBLIC *template, TPM2_HANDLE *ret_handle,
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

/* -ENOENT, with no reason noted: the TPM shows no key at that handle. */
static int read_public(struct tpm *tpm, TPM2_HANDLE handle, TPMT_PUBLIC *ret_public)
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

/*
 * The key as only this TPM can read it, and only until its next reset; its place stays taken.
 * -EREMOTEIO, with no reason noted: the TPM saves none.
 */
static int save_key(struct tpm *tpm, TPM2_HANDLE handle, TPMS_CONTEXT *ret_context)
{
	static const char command[] = "TPM2_ContextSave";
	TSS2_RC rc = Tss2_Sys_ContextSave_Prepare(tpm->sys, handle);
	int r = tpm_try(tpm, command, rc, TPM_ANSWER_MS, &rc);

	if (r < 0)
		return r;
	rc = Tss2_Sys_ContextSave_Complete(tpm->sys, ret_context);
	return rc ? tpm_unusable(command, rc) : 0;
}

/* Gives a saved key a place again; the caller flushes it. -EREMOTEIO: the TPM does not load it. */
static int load_key(struct tpm *tpm, const TPMS_CONTEXT *context, TPM2_HANDLE *ret_handle)
{
	static const char command[] = "TPM2_ContextLoad";
	TSS2_RC rc = Tss2_Sys_ContextLoad_Prepare(tpm->sys, context);
	int r = tpm_try(tpm, command, rc, TPM_ANSWER_MS, &rc);

	if (r < 0)
		return r;
	rc = Tss2_Sys_ContextLoad_Complete(tpm->sys, ret_handle);
	return rc ? tpm_unusable(command, rc) : 0;
}

int key_flush(struct tpm *tpm, TPM2_HANDLE handle)
{
	return tpm_execute(tpm, "TPM2_FlushContext",
			   Tss2_Sys_FlushContext_Prepare(tpm->sys, handle));
}

/* ---- the AK ---- */

#define AZURE_HANDLE	  0x81000003
#define AZURE_CERTIFICATE 0x01c101d0

static const struct google {
	TPMI_RH_NV_INDEX template, certificate;
} google[] = {
	{ 0x01c10003, 0x01c10002 }, /* ECC */
	{ 0x01c10001, 0x01c10000 }, /* RSA */
};

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

/* Asks what a verifier will ask. ret_why: NULL if it may be an AK, and then it is in ret_ak. */
static void consider(TPM2_HANDLE handle, const TPMT_PUBLIC *public, TPMI_RH_NV_INDEX certificate,
		     struct ak *ret_ak, const char **ret_why)
{
	struct ak ak = { .handle = handle, .certificate = certificate };
	enum quote_reason reason;
	struct tpmkey key;

	*ret_why = "its public area is of no form for an AK";
	if (Tss2_MU_TPMT_PUBLIC_Marshal(public, ak.public, sizeof(ak.public), &ak.public_len) ||
	    tpmkey_parse(span_of(ak.public, ak.public_len), &key, NULL) < 0)
		return;
	reason = quote_check_key(&key);
	*ret_why = reason == QUOTE_HOLDS ? NULL : quote_reason_text(reason);
	if (reason == QUOTE_HOLDS)
		*ret_ak = ak;
}

/* -ENOENT: there is none. */
static int find_azure(struct tpm *tpm, struct ak *ret_ak)
{
	uint8_t der[NV_BYTES_MAX];
	TPMT_PUBLIC public = { 0 };
	const char *why;
	size_t len;
	int r = read_public(tpm, AZURE_HANDLE, &public);

	if (r == 0)
		r = nv_read_certificate(tpm, AZURE_CERTIFICATE, der, &len);
	if (r < 0)
		return r;
	consider(AZURE_HANDLE, &public, AZURE_CERTIFICATE, ret_ak, &why);
	return why ? -ENOENT : 0;
}

/* A template may be padded, as a certificate may. */
static int read_template(struct tpm *tpm, TPMI_RH_NV_INDEX index, TPMT_PUBLIC *ret_template)
{
	uint8_t bytes[NV_BYTES_MAX];
	TPMT_PUBLIC template = { 0 };
	size_t len = 0, off = 0;
	int r = nv_read(tpm, index, bytes, &len);

	if (r < 0)
		return r;
	if (Tss2_MU_TPMT_PUBLIC_Unmarshal(bytes, len, &off, &template))
		return -ENOENT;
	*ret_template = template;
	return 0;
}

static int find_google(struct tpm *tpm, const struct google *kind, struct ak *ret_ak)
{
	uint8_t der[NV_BYTES_MAX];
	TPMT_PUBLIC template, public = { 0 };
	TPM2_HANDLE handle = 0;
	const char *why;
	size_t len;
	int r = read_template(tpm, kind->template, &template);

	if (r == 0)
		r = nv_read_certificate(tpm, kind->certificate, der, &len);
	if (r == 0)
		r = create_primary(tpm, &template, &handle, &public);
	if (r < 0)
		return r == -EREMOTEIO ? -ENOENT : r;
	consider(handle, &public, kind->certificate, ret_ak, &why);
	if (!why)
		return 0;
	r = key_flush(tpm, handle);
	return r < 0 ? r : -ENOENT;
}

static int make_own(struct tpm *tpm, struct ak *ret_ak)
{
	TPMT_PUBLIC public = { 0 };
	TPM2_HANDLE handle = 0;
	const char *why;
	int r = create_primary(tpm, &own_template, &handle, &public);

	if (r == -EREMOTEIO)
		return because(r, "TPM failed: it makes no key on P-256 for ECDSA with SHA-256");
	if (r < 0)
		return r;
	consider(handle, &public, 0, ret_ak, &why);
	return why ? because(-EPROTO, "TPM failed: it made another AK: %s", why) : 0;
}

int ak_find(struct tpm *tpm, struct ak *ret_ak)
{
	int r = find_azure(tpm, ret_ak);

	for (size_t i = 0; r == -ENOENT && i < ARRAY_SIZE(google); i++)
		r = find_google(tpm, &google[i], ret_ak);
	return r == -ENOENT ? make_own(tpm, ret_ak) : r;
}

/* ---- policies ---- */

/*
 * The policies of EKs. Those of the low range want the password of the endorsement hierarchy
 * (PolicyA); those of the high range that, or what an NV index of the platform's owner allows
 * (PolicyC): PolicyB is either. Fulfilled is always PolicyA.
 */
static const struct policies {
	TPMI_ALG_HASH hash;
	TPM2B_DIGEST a, b, c;
} policies[] = {
	{
		.hash = TPM2_ALG_SHA256,
		.a = { .size = 32,
		       .buffer = { 0x83, 0x71, 0x97, 0x67, 0x44, 0x84, 0xb3, 0xf8, 0x1a, 0x90, 0xcc,
				   0x8d, 0x46, 0xa5, 0xd7, 0x24, 0xfd, 0x52, 0xd7, 0x6e, 0x06, 0x52,
				   0x0b, 0x64, 0xf2, 0xa1, 0xda, 0x1b, 0x33, 0x14, 0x69, 0xaa } },
		.b = { .size = 32,
		       .buffer = { 0xca, 0x3d, 0x0a, 0x99, 0xa2, 0xb9, 0x39, 0x06, 0xf7, 0xa3, 0x34,
				   0x24, 0x14, 0xef, 0xcf, 0xb3, 0xa3, 0x85, 0xd4, 0x4c, 0xd1, 0xfd,
				   0x45, 0x90, 0x89, 0xd1, 0x9b, 0x50, 0x71, 0xc0, 0xb7, 0xa0 } },
		.c = { .size = 32,
		       .buffer = { 0x37, 0x67, 0xe2, 0xed, 0xd4, 0x3f, 0xf4, 0x5a, 0x3a, 0x7e, 0x1e,
				   0xae, 0xfc, 0xef, 0x78, 0x64, 0x3d, 0xca, 0x96, 0x46, 0x32, 0xe7,
				   0xaa, 0xd8, 0x2c, 0x67, 0x3a, 0x30, 0xd8, 0x63, 0x3f, 0xde } },
	},
	{
		.hash = TPM2_ALG_SHA384,
		.a = { .size = 48,
		       .buffer = { 0x8b, 0xbf, 0x22, 0x66, 0x53, 0x7c, 0x17, 0x1c, 0xb5, 0x6e,
				   0x40, 0x3c, 0x4d, 0xc1, 0xd4, 0xb6, 0x4f, 0x43, 0x26, 0x11,
				   0xdc, 0x38, 0x6e, 0x6f, 0x53, 0x20, 0x50, 0xc3, 0x27, 0x8c,
				   0x93, 0x0e, 0x14, 0x3e, 0x8b, 0xb1, 0x13, 0x38, 0x24, 0xcc,
				   0xb4, 0x31, 0x05, 0x38, 0x71, 0xc6, 0xdb, 0x53 } },
		.b = { .size = 48,
		       .buffer = { 0xb2, 0x6e, 0x7d, 0x28, 0xd1, 0x1a, 0x50, 0xbc, 0x53, 0xd8,
				   0x82, 0xbc, 0xf5, 0xfd, 0x3a, 0x1a, 0x07, 0x41, 0x48, 0xbb,
				   0x35, 0xd3, 0xb4, 0xe4, 0xcb, 0x1c, 0x0a, 0xd9, 0xbd, 0xe4,
				   0x19, 0xca, 0xcb, 0x47, 0xba, 0x09, 0x69, 0x96, 0x46, 0x15,
				   0x0f, 0x9f, 0xc0, 0x00, 0xf3, 0xf8, 0x0e, 0x12 } },
		.c = { .size = 48,
		       .buffer = { 0xd6, 0x03, 0x2c, 0xe6, 0x1f, 0x2f, 0xb3, 0xc2, 0x40, 0xeb,
				   0x3c, 0xf6, 0xa3, 0x32, 0x37, 0xef, 0x2b, 0x6a, 0x16, 0xf4,
				   0x29, 0x3c, 0x22, 0xb4, 0x55, 0xe2, 0x61, 0xcf, 0xfd, 0x21,
				   0x7a, 0xd5, 0xb4, 0x94, 0x7c, 0x2d, 0x73, 0xe6, 0x30, 0x05,
				   0xee, 0xd2, 0xdc, 0x2b, 0x35, 0x93, 0xd1, 0x65 } },
	},
};

/* NULL: of another hash. */
static const struct policies *policies_of(TPMI_ALG_HASH hash)
{
	for (size_t i = 0; i < ARRAY_SIZE(policies); i++)
		if (policies[i].hash == hash)
			return &policies[i];
	return NULL;
}

/* The authPolicy of a template: PolicyA, or of the high range PolicyB. */
static void fill_policy(TPMI_ALG_HASH hash, bool high, TPM2B_DIGEST *ret_policy)
{
	const struct policies *p = policies_of(hash);

	*ret_policy = p ? (high ? p->b : p->a) : (TPM2B_DIGEST){ 0 };
}

static bool equal(const TPM2B_DIGEST *a, const TPM2B_DIGEST *b)
{
	return a->size == b->size && !memcmp(a->buffer, b->buffer, a->size);
}

/* Which of them a template has; -ENOENT: neither, or it is none of a key that opens credentials. */
static int policy_of(const TPMT_PUBLIC *template, bool *ret_high)
{
	const struct policies *p = policies_of(template->nameAlg);

	if (!(template->objectAttributes & TPMA_OBJECT_ADMINWITHPOLICY) ||
	    !(template->objectAttributes & TPMA_OBJECT_RESTRICTED) ||
	    !(template->objectAttributes & TPMA_OBJECT_DECRYPT))
		return -ENOENT;
	if (!p || (!equal(&template->authPolicy, &p->a) && !equal(&template->authPolicy, &p->b)))
		return -ENOENT;
	*ret_high = equal(&template->authPolicy, &p->b);
	return 0;
}

static int give_password(struct tpm *tpm, TPMI_SH_POLICY session)
{
	static const char command[] = "TPM2_PolicySecret";
	const TPM2B_NONCE no_nonce = { 0 }, no_ref = { 0 };
	const TPM2B_DIGEST no_parameters = { 0 };
	TSS2_RC rc = Tss2_Sys_PolicySecret_Prepare(tpm->sys, TPM2_RH_ENDORSEMENT, session,
						   &no_nonce, &no_parameters, &no_ref, 0);

	return tpm_execute(tpm, command, tpm_authorize(tpm, rc));
}

static int choose(struct tpm *tpm, const struct policies *p, TPMI_SH_POLICY session)
{
	static const char command[] = "TPM2_PolicyOR";
	const TPML_DIGEST either = { .count = 2, .digests = { p->a, p->c } };

	return tpm_execute(tpm, command, Tss2_Sys_PolicyOR_Prepare(tpm->sys, session, &either));
}

int ek_satisfy_policy(struct tpm *tpm, const struct ek *ek, TPMI_SH_POLICY session)
{
	const struct policies *p = policies_of(ek->name_alg);
	int r;

	if (!p)
		return because(-ENOTSUP, "an EK's policy of hash 0x%04x is not known",
			       ek->name_alg);
	r = give_password(tpm, session);
	return r == 0 && ek->high ? choose(tpm, p, session) : r;
}

/* ---- EKs ---- */

#define LOW                                                                                 \
	(TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT | TPMA_OBJECT_SENSITIVEDATAORIGIN | \
	 TPMA_OBJECT_ADMINWITHPOLICY | TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_DECRYPT)

static const struct kind {
	const char *name;
	TPMI_RH_NV_INDEX certificate, nonce, template; /* 0: there is no such place */
	TPMI_ALG_HASH name_alg;
	TPMI_RSA_KEY_BITS rsa_bits; /* 0: it is ECC */
	TPMI_ECC_CURVE curve;
	uint16_t number_len, aes_bits;
	bool high;
} kinds[_EK_KINDS] = {
	[EK_RSA_2048] = { "L-1 (RSA 2048)", 0x01c00002, 0x01c00003, 0x01c00004, TPM2_ALG_SHA256,
			  2048, 0, 256, 128, false },
	[EK_P256] = { "L-2 (ECC P-256)", 0x01c0000a, 0x01c0000b, 0x01c0000c, TPM2_ALG_SHA256, 0,
		      TPM2_ECC_NIST_P256, 32, 128, false },
	[EK_RSA_2048_HIGH] = { "H-1 (RSA 2048)", 0x01c00012, 0, 0x01c00013, TPM2_ALG_SHA256, 2048,
			       0, 256, 128, true },
	[EK_P256_HIGH] = { "H-2 (ECC P-256)", 0x01c00014, 0, 0x01c00015, TPM2_ALG_SHA256, 0,
			   TPM2_ECC_NIST_P256, 32, 128, true },
	[EK_P384] = { "H-3 (ECC P-384)", 0x01c00016, 0, 0x01c00017, TPM2_ALG_SHA384, 0,
		      TPM2_ECC_NIST_P384, 48, 256, true },
	[EK_RSA_3072] = { "H-6 (RSA 3072)", 0x01c0001c, 0, 0x01c0001d, TPM2_ALG_SHA384, 3072, 0,
			  384, 256, true },
	[EK_RSA_4096] = { "H-7 (RSA 4096)", 0x01c0001e, 0, 0x01c0001f, TPM2_ALG_SHA384, 4096, 0,
			  512, 256, true },
};

/* Where TPMs keep EKs, of whatever kind. */
static const TPM2_HANDLE persistent[] = { 0x81010001, 0x8101000a, 0x81010016, 0x8101001c,
					  0x8101001e };

TPMI_RH_NV_INDEX ek_certificate_index(enum ek_kind kind)
{
	return kinds[kind].certificate;
}

/* The template of the profile. Those of the high range leave the key's numbers empty. */
static void fill_template(const struct kind *kind, TPMT_PUBLIC *ret)
{
	const TPMT_SYM_DEF_OBJECT aes = { .algorithm = TPM2_ALG_AES,
					  .keyBits.aes = kind->aes_bits,
					  .mode.aes = TPM2_ALG_CFB };
	uint16_t len = kind->high ? 0 : kind->number_len;

	*ret = (TPMT_PUBLIC){ .type = kind->rsa_bits ? TPM2_ALG_RSA : TPM2_ALG_ECC,
			      .nameAlg = kind->name_alg,
			      .objectAttributes =
				      LOW | (kind->high ? TPMA_OBJECT_USERWITHAUTH : 0) };
	fill_policy(kind->name_alg, kind->high, &ret->authPolicy);
	if (kind->rsa_bits) {
		ret->parameters.rsaDetail = (TPMS_RSA_PARMS){ .symmetric = aes,
							      .scheme.scheme = TPM2_ALG_NULL,
							      .keyBits = kind->rsa_bits };
		ret->unique.rsa.size = len;
		return;
	}
	ret->parameters.eccDetail = (TPMS_ECC_PARMS){ .symmetric = aes,
						      .scheme.scheme = TPM2_ALG_NULL,
						      .curveID = kind->curve,
						      .kdf.scheme = TPM2_ALG_NULL };
	ret->unique.ecc.x.size = ret->unique.ecc.y.size = len;
}

/*
 * The maker's own template and nonce, where there are such: the nonce is the beginning of the
 * numbers, and zeros follow. What cannot be read as one is none.
 */
static int adjust_template(struct tpm *tpm, const struct kind *kind, TPMT_PUBLIC *template)
{
	uint8_t bytes[NV_BYTES_MAX];
	TPMT_PUBLIC own = { 0 };
	size_t len = 0, off = 0;
	int r = nv_read(tpm, kind->template, bytes, &len);

	if (r < 0 && r != -ENOENT)
		return r;
	if (r == 0 && Tss2_MU_TPMT_PUBLIC_Unmarshal(bytes, len, &off, &own) == TSS2_RC_SUCCESS &&
	    own.type == template->type)
		*template = own;
	r = kind->nonce ? nv_read(tpm, kind->nonce, bytes, &len) : -ENOENT;
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	if (len > kind->number_len)
		return 0;
	memset(&template->unique, 0, sizeof(template->unique));
	if (kind->rsa_bits) {
		template->unique.rsa.size = kind->number_len;
		memcpy(template->unique.rsa.buffer, bytes, len);
	} else {
		template->unique.ecc.x.size = template->unique.ecc.y.size = kind->number_len;
		memcpy(template->unique.ecc.x.buffer, bytes, len);
	}
	return 0;
}

/* Whether the key could be made from the template: what TPMs keep there is not always an EK. */
static bool is_of(const TPMT_PUBLIC *public, const TPMT_PUBLIC *template)
{
	BYTE a[sizeof(TPMT_PUBLIC)], b[sizeof(TPMT_PUBLIC)];
	size_t a_len = 0, b_len = 0;
	TPMT_PUBLIC p = *public;

	p.unique = template->unique;
	return Tss2_MU_TPMT_PUBLIC_Marshal(&p, a, sizeof(a), &a_len) == TSS2_RC_SUCCESS &&
	       Tss2_MU_TPMT_PUBLIC_Marshal(template, b, sizeof(b), &b_len) == TSS2_RC_SUCCESS &&
	       a_len == b_len && memcmp(a, b, a_len) == 0;
}

/*
 * Whether the certificate is of this key: its numbers stand in it, of ECC one behind the other. (No
 * other number of a certificate is as long and anybody's to choose but its maker's.) An empty
 * certificate is of any.
 */
static bool is_certified(const TPMT_PUBLIC *public, struct span certificate)
{
	uint8_t numbers[sizeof(public->unique)];
	size_t len = 0;

	if (public->type == TPM2_ALG_RSA) {
		len = public->unique.rsa.size;
		memcpy(numbers, public->unique.rsa.buffer, len);
	} else {
		const TPMS_ECC_POINT *point = &public->unique.ecc;

		memcpy(numbers, point->x.buffer, point->x.size);
		memcpy(numbers + point->x.size, point->y.buffer, point->y.size);
		len = (size_t)point->x.size + point->y.size;
	}
	for (size_t i = 0; len > 0 && i + len <= certificate.left; i++)
		if (!memcmp(certificate.p + i, numbers, len))
			return true;
	return certificate.left == 0;
}

/* -ENOENT: the TPM does not keep one. */
static int find_persistent(struct tpm *tpm, const TPMT_PUBLIC *template, struct span certificate,
			   TPM2_HANDLE *ret_handle)
{
	for (size_t i = 0; i < ARRAY_SIZE(persistent); i++) {
		TPMT_PUBLIC public = { 0 };
		int r = read_public(tpm, persistent[i], &public);

		if (r < 0 && r != -ENOENT)
			return r;
		if (r == 0 && is_of(&public, template) && is_certified(&public, certificate)) {
			*ret_handle = persistent[i];
			return 0;
		}
	}
	return -ENOENT;
}

/* Made once: what a TPM does not save it makes each time. */
static int make_ek(struct tpm *tpm, const TPMT_PUBLIC *template, struct span certificate,
		   struct ek *ek, const char **ret_why)
{
	TPMT_PUBLIC public = { 0 };
	TPM2_HANDLE handle = 0;
	int r = create_primary(tpm, template, &handle, &public);

	*ret_why = "the TPM makes no key of its template";
	if (r < 0)
		return r;
	if (!is_certified(&public, certificate)) {
		*ret_why =
			"the key that the TPM makes of its template is not that of its certificate";
		r = key_flush(tpm, handle);
		return r < 0 ? r : -EREMOTEIO;
	}
	ek->handle = handle;
	ek->made = true;
	r = save_key(tpm, handle, &ek->saved);
	return r == -EREMOTEIO ? 0 : r;
}

/* What the EK is made of, and the certificate that says which it is; len 0: there is none. */
static int find_parts(struct tpm *tpm, const struct kind *kind, TPMT_PUBLIC *ret_template,
		      uint8_t ret_der[static NV_BYTES_MAX], size_t *ret_len)
{
	int r = nv_read_certificate(tpm, kind->certificate, ret_der, ret_len);

	if (r == -ENOENT)
		*ret_len = 0;
	if (r < 0 && r != -ENOENT)
		return r;
	fill_template(kind, ret_template);
	return adjust_template(tpm, kind, ret_template);
}

/* -EREMOTEIO: there is none, as *ret_why says. */
static int find_ek(struct tpm *tpm, const struct kind *kind, struct ek *ek, const char **ret_why)
{
	uint8_t der[NV_BYTES_MAX];
	TPMT_PUBLIC template;
	size_t len = 0;
	int r = find_parts(tpm, kind, &template, der, &len);

	if (r < 0)
		return r;
	*ret_why = "its template is for other ways to use it than the profile's";
	if (policy_of(&template, &ek->high) < 0)
		return -EREMOTEIO;
	ek->name_alg = template.nameAlg;
	r = find_persistent(tpm, &template, span_of(der, len), &ek->handle);
	return r == -ENOENT ? make_ek(tpm, &template, span_of(der, len), ek, ret_why) : r;
}

int ek_open(struct tpm *tpm, struct ek ek[static _EK_KINDS], enum ek_kind kind)
{
	struct ek *of = &ek[kind];
	const char *why = NULL;
	int r;

	if (of->handle)
		return 0;
	if (of->why_not[0])
		return -EREMOTEIO;
	r = of->saved.contextBlob.size > 0 ? load_key(tpm, &of->saved, &of->handle) : -EREMOTEIO;
	if (r != -EREMOTEIO)
		return r;
	r = find_ek(tpm, &kinds[kind], of, &why);
	if (r == -EREMOTEIO)
		snprintf(of->why_not, sizeof(of->why_not),
			 "the EK %s, whose certificate would be in NV 0x%08" PRIx32
			 ", cannot be had: %s",
			 kinds[kind].name, kinds[kind].certificate, why);
	return r;
}

int ek_close(struct tpm *tpm, struct ek *ek)
{
	TPM2_HANDLE handle = ek->handle;

	if (!ek->made)
		return 0;
	ek->handle = 0;
	return key_flush(tpm, handle);
}

int ek_is_certified(struct tpm *tpm, struct ek ek[static _EK_KINDS], enum ek_kind kind)
{
	uint8_t der[NV_BYTES_MAX];
	size_t len;
	int r;

	if (ek[kind].certified == 0) {
		r = nv_read_certificate(tpm, kinds[kind].certificate, der, &len);
		if (r < 0 && r != -ENOENT)
			return r;
		ek[kind].certified = r == 0 ? 1 : -1;
	}
	return ek[kind].certified > 0;
}
