/* SPDX-License-Identifier: MIT */
#include "measure/lib/tpmkey.h"

#include <errno.h>
#include <string.h>

#define ALG_RSA	     0x0001
#define ALG_NULL     0x0010
#define ALG_ECC	     0x0023
#define CURVE_P256   0x0003
#define CURVE_P384   0x0004
#define RSA_EXPONENT 65537
#define RSA_LEN_MAX  512 /* bytes: 4096 bits */

/* TPMA_OBJECT up to x509sign (19), without the reserved bits 0, 3 and 12 to 15. */
#define ATTRIBUTES 0x000f0ff6u

size_t tpmkey_coord_len(enum tpmkey_type type)
{
	switch (type) {
	case TPMKEY_P256:
		return 32;
	case TPMKEY_P384:
		return TPMKEY_COORD_MAX;
	case TPMKEY_RSA:
		break;
	}
	return 0;
}

static int take_rsa(struct tpmread *r, struct tpmkey *key)
{
	uint32_t exponent;
	uint16_t bits;

	if (key->scheme.alg == TPM_SCHEME_ECDSA)
		return tpmread_refuse(r, -EPROTO, "an RSA key with a scheme of ECC");
	if (tpmread_u16(r, &bits) < 0)
		return r->error;
	if (bits != 2048 && bits != 3072 && bits != 4096)
		return tpmread_refuse(r, -ENOTSUP,
				      "an RSA key of other than 2048, 3072, 4096 bits");
	if (tpmread_u32(r, &exponent) < 0)
		return r->error;
	if (exponent != 0 && exponent != RSA_EXPONENT)
		return tpmread_refuse(r, -ENOTSUP, "an RSA exponent other than 65537");
	if (tpmread_2b(r, RSA_LEN_MAX, &key->n) < 0)
		return r->error;
	if (key->n.left != bits / 8 || key->n.p[0] < 0x80)
		return tpmread_refuse(r, -EPROTO, "an RSA modulus not of the key's size");
	if (key->n.p[key->n.left - 1] % 2 == 0)
		return tpmread_refuse(r, -EPROTO, "an even RSA modulus");
	return 0;
}

static int take_coord(struct tpmread *r, enum tpmkey_type type, struct span *ret)
{
	if (tpmread_2b(r, tpmkey_coord_len(type), ret) < 0)
		return r->error;
	if (ret->left == 0)
		return tpmread_refuse(r, -EPROTO, "an ECC point without a coordinate");
	return 0;
}

static int take_ecc(struct tpmread *r, struct tpmkey *key)
{
	uint16_t curve, kdf;

	if (key->scheme.alg == TPM_SCHEME_RSASSA || key->scheme.alg == TPM_SCHEME_RSAPSS)
		return tpmread_refuse(r, -EPROTO, "an ECC key with a scheme of RSA");
	if (tpmread_u16(r, &curve) < 0)
		return r->error;
	if (curve != CURVE_P256 && curve != CURVE_P384)
		return tpmread_refuse(r, -ENOTSUP, "a curve other than P-256 and P-384");
	key->type = curve == CURVE_P256 ? TPMKEY_P256 : TPMKEY_P384;
	if (tpmread_u16(r, &kdf) < 0)
		return r->error;
	if (kdf != ALG_NULL)
		return tpmread_refuse(r, -ENOTSUP,
				      "a key derivation, which no key for signing has");
	if (take_coord(r, key->type, &key->x) < 0 || take_coord(r, key->type, &key->y) < 0)
		return r->error;
	return 0;
}

/* What both types have before their parameters, from nameAlg to the scheme. */
static int take_common(struct tpmread *r, struct tpmkey *key)
{
	uint16_t symmetric;
	struct span policy;

	if (tpmread_hash(r, &key->name_alg) < 0 || tpmread_u32(r, &key->attributes) < 0)
		return r->error;
	if (key->attributes & ~ATTRIBUTES)
		return tpmread_refuse(r, -EPROTO, "reserved attributes are set");
	if (tpmread_2b(r, HASH_LEN_MAX, &policy) < 0)
		return r->error;
	if (policy.left != 0 && policy.left != hash_len(key->name_alg))
		return tpmread_refuse(r, -EPROTO, "a policy that is no digest of the key's hash");
	if (tpmread_u16(r, &symmetric) < 0)
		return r->error;
	if (symmetric != ALG_NULL)
		return tpmread_refuse(r, -ENOTSUP, "a storage key: it has a symmetric algorithm");
	return tpmread_scheme(r, &key->scheme);
}

int tpmkey_parse(struct span bytes, struct tpmkey *ret_key, struct diag *diag)
{
	struct tpmkey key = { .bytes = bytes };
	struct tpmread r;
	uint16_t type;

	tpmread_init(&r, bytes, diag);
	if (tpmread_u16(&r, &type) < 0)
		return r.error;
	if (type != ALG_RSA && type != ALG_ECC)
		return tpmread_refuse(&r, -ENOTSUP, "a key that is neither RSA nor ECC");
	if (take_common(&r, &key) < 0)
		return r.error;
	if ((type == ALG_RSA ? take_rsa(&r, &key) : take_ecc(&r, &key)) < 0)
		return r.error;
	if (tpmread_end(&r) < 0)
		return r.error;
	*ret_key = key;
	return 0;
}

void tpmkey_name(const struct tpmkey *key, struct tpmkey_name *ret_name)
{
	uint16_t id = hash_tpm_alg(key->name_alg);
	struct digest digest;

	hash_bytes(key->name_alg, key->bytes.p, key->bytes.left, &digest);
	*ret_name = (struct tpmkey_name){ .len = 2 + hash_len(key->name_alg) };
	ret_name->bytes[0] = (uint8_t)(id >> 8);
	ret_name->bytes[1] = (uint8_t)id;
	memcpy(ret_name->bytes + 2, digest.bytes, hash_len(key->name_alg));
}
