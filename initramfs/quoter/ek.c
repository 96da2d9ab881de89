/* SPDX-License-Identifier: MIT */
#include "ek.h"

#include <errno.h>
#include <string.h>
#include <tss2/tss2_mu.h>

/* TPM2_PolicySecret(TPM_RH_ENDORSEMENT): the profile's "PolicyA" with SHA-256. */
#define POLICY_A                                                                              \
	{                                                                                     \
		.size = 32,                                                                   \
		.buffer = { 0x83, 0x71, 0x97, 0x67, 0x44, 0x84, 0xb3, 0xf8, 0x1a, 0x90, 0xcc, \
			    0x8d, 0x46, 0xa5, 0xd7, 0x24, 0xfd, 0x52, 0xd7, 0x6e, 0x06, 0x52, \
			    0x0b, 0x64, 0xf2, 0xa1, 0xda, 0x1b, 0x33, 0x14, 0x69, 0xaa },     \
	}
#define ATTRIBUTES                                                                          \
	(TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT | TPMA_OBJECT_SENSITIVEDATAORIGIN | \
	 TPMA_OBJECT_ADMINWITHPOLICY | TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_DECRYPT)
#define AES_128_CFB { .algorithm = TPM2_ALG_AES, .keyBits.aes = 128, .mode.aes = TPM2_ALG_CFB }

#define HANDLES_N   2

static const struct {
	TPMT_PUBLIC template;
	TPM2_HANDLE persistent[HANDLES_N]; /* where TPMs keep it; 0: nowhere else */
} kinds[] = {
	[EK_RSA_2048] = { .template = { .type = TPM2_ALG_RSA, /* L-1 */
					.nameAlg = TPM2_ALG_SHA256,
					.objectAttributes = ATTRIBUTES,
					.authPolicy = POLICY_A,
					.parameters.rsaDetail = { .symmetric = AES_128_CFB,
								  .scheme.scheme = TPM2_ALG_NULL,
								  .keyBits = 2048 },
					.unique.rsa.size = 256 },
			  .persistent = { 0x81010001 } },
	[EK_P256] = { .template = { .type = TPM2_ALG_ECC, /* L-2 */
				    .nameAlg = TPM2_ALG_SHA256,
				    .objectAttributes = ATTRIBUTES,
				    .authPolicy = POLICY_A,
				    .parameters.eccDetail = { .symmetric = AES_128_CFB,
							      .scheme.scheme = TPM2_ALG_NULL,
							      .curveID = TPM2_ECC_NIST_P256,
							      .kdf.scheme = TPM2_ALG_NULL },
				    .unique.ecc = { .x.size = 32, .y.size = 32 } },
		      .persistent = { 0x8101000a, 0x81010016 } },
};

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

/* -ENOENT: the TPM does not keep one. */
static int find_persistent(struct tpm *tpm, enum ek_kind kind, TPM2_HANDLE *ret_handle)
{
	for (size_t i = 0; i < HANDLES_N && kinds[kind].persistent[i]; i++) {
		TPMT_PUBLIC public = { 0 };
		int r = object_read(tpm, kinds[kind].persistent[i], &public);

		if (r < 0 && r != -ENOENT)
			return r;
		if (r == 0 && is_of(&public, &kinds[kind].template)) {
			*ret_handle = kinds[kind].persistent[i];
			return 0;
		}
	}
	return -ENOENT;
}

static int put_away(struct tpm *tpm, struct ek *ek)
{
	int r = ek->made ? object_flush(tpm, ek->handle) : 0;

	*ek = (struct ek){ 0 };
	return r;
}

int ek_open(struct tpm *tpm, struct ek *ek, enum ek_kind kind)
{
	TPMT_PUBLIC public;
	TPM2_HANDLE handle = 0;
	bool made;
	int r;

	if (ek->handle && ek->kind == kind)
		return 0;
	r = put_away(tpm, ek);
	if (r == 0)
		r = find_persistent(tpm, kind, &handle);
	made = r == -ENOENT;
	if (made)
		r = object_create_primary(tpm, &kinds[kind].template, &handle, &public);
	if (r == 0)
		*ek = (struct ek){ .handle = handle, .kind = kind, .made = made };
	return r;
}
