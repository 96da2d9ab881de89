/* SPDX-License-Identifier: MIT */
#include "initramfs/quoter/ak.h"

#include <errno.h>
#include <tss2/tss2_mu.h>

#include "initramfs/common/reason.h"
#include "initramfs/quoter/nv.h"
#include "measure/lib/quote_check.h"
#include "measure/lib/tpmkey.h"

#define AZURE_HANDLE	  0x81000003
#define AZURE_CERTIFICATE 0x01c101d0

static const struct google {
	TPMI_RH_NV_INDEX template, certificate;
} google[] = {
	{ 0x01c10003, 0x01c10002 }, /* ECC */
	{ 0x01c10001, 0x01c10000 }, /* RSA */
};

static const TPMT_PUBLIC own = {
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
	int r = object_read(tpm, AZURE_HANDLE, &public);

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
		r = object_create_primary(tpm, &template, &handle, &public);
	if (r < 0)
		return r == -EREMOTEIO ? -ENOENT : r;
	consider(handle, &public, kind->certificate, ret_ak, &why);
	if (!why)
		return 0;
	r = object_flush(tpm, handle);
	return r < 0 ? r : -ENOENT;
}

static int make_own(struct tpm *tpm, struct ak *ret_ak)
{
	TPMT_PUBLIC public = { 0 };
	TPM2_HANDLE handle = 0;
	const char *why;
	int r = object_create_primary(tpm, &own, &handle, &public);

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

	for (size_t i = 0; r == -ENOENT && i < sizeof(google) / sizeof(google[0]); i++)
		r = find_google(tpm, &google[i], ret_ak);
	return r == -ENOENT ? make_own(tpm, ret_ak) : r;
}
