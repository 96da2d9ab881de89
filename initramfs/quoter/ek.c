/* SPDX-License-Identifier: MIT */
#include "initramfs/quoter/ek.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <tss2/tss2_mu.h>

#include "initramfs/quoter/ekpolicy.h"
#include "initramfs/quoter/nv.h"
#include "measure/lib/span.h"

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
};

/* Where TPMs keep EKs, of whatever kind. */
static const TPM2_HANDLE persistent[] = { 0x81010001, 0x8101000a, 0x81010016, 0x8101001c };

#define PERSISTENT_N (sizeof(persistent) / sizeof(persistent[0]))

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
	ekpolicy_fill(kind->name_alg, kind->high, &ret->authPolicy);
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
	for (size_t i = 0; i < PERSISTENT_N; i++) {
		TPMT_PUBLIC public = { 0 };
		int r = object_read(tpm, persistent[i], &public);

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
static int make(struct tpm *tpm, const TPMT_PUBLIC *template, struct span certificate,
		struct ek *ek, const char **ret_why)
{
	TPMT_PUBLIC public = { 0 };
	TPM2_HANDLE handle = 0;
	int r = object_create_primary(tpm, template, &handle, &public);

	*ret_why = "the TPM makes no key of its template";
	if (r < 0)
		return r;
	if (!is_certified(&public, certificate)) {
		*ret_why = "the key that the TPM makes of its template is not that of its "
			   "certificate";
		r = object_flush(tpm, handle);
		return r < 0 ? r : -EREMOTEIO;
	}
	ek->handle = handle;
	ek->made = true;
	r = object_save(tpm, handle, &ek->saved);
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
static int find(struct tpm *tpm, const struct kind *kind, struct ek *ek, const char **ret_why)
{
	uint8_t der[NV_BYTES_MAX];
	TPMT_PUBLIC template;
	size_t len = 0;
	int r = find_parts(tpm, kind, &template, der, &len);

	if (r < 0)
		return r;
	*ret_why = "its template is for other ways to use it than the profile's";
	if (ekpolicy_of(&template, &ek->high) < 0)
		return -EREMOTEIO;
	ek->name_alg = template.nameAlg;
	r = find_persistent(tpm, &template, span_of(der, len), &ek->handle);
	return r == -ENOENT ? make(tpm, &template, span_of(der, len), ek, ret_why) : r;
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
	if (of->saved.contextBlob.size > 0)
		return object_load(tpm, &of->saved, &of->handle);
	r = find(tpm, &kinds[kind], of, &why);
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
	return object_flush(tpm, handle);
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
