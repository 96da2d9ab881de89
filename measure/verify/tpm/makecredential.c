/* SPDX-License-Identifier: MIT */
#include "measure/verify/tpm/makecredential.h"

#include <errno.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <string.h>

#include "measure/lib/array.h"
#include "measure/lib/hash.h"

#define FILE_MAGIC    0xbadcc0deu
#define FILE_VERSION  1
#define AES_LEN_MAX   32
#define RSA_LEN_MAX   512
#define COORD_LEN_MAX 48
#define IDENTITY      "IDENTITY" /* with its NUL in all places where it stands */
#define IDENTITY_LEN  (2 + MAKECREDENTIAL_SECRET_LEN)

/* What the templates of EKs of these keys have. */
struct kind {
	enum hash_alg hash; /* nameAlg */
	size_t hash_len, aes_len;
	size_t rsa_len;	   /* bytes of the modulus; 0: it is ECC */
	const char *group; /* NULL: it is RSA */
	int nid;
	size_t coord_len;
};

static const struct kind kinds[] = {
	{ HASH_SHA256, 32, 16, 256, NULL, 0, 0 },
	{ HASH_SHA384, 48, 32, 384, NULL, 0, 0 },
	{ HASH_SHA384, 48, 32, 512, NULL, 0, 0 },
	{ HASH_SHA256, 32, 16, 0, "P-256", NID_X9_62_prime256v1, 32 },
	{ HASH_SHA384, 48, 32, 0, "P-384", NID_secp384r1, 48 },
};

static const EVP_MD *md_of(const struct kind *kind)
{
	return kind->hash == HASH_SHA384 ? EVP_sha384() : EVP_sha256();
}

/* What is written, which always has room: the sum of everything is below MAKECREDENTIAL_MAX. */
struct out {
	uint8_t *p;
	size_t len;
};

static void put_be(struct out *o, uint32_t value, size_t len)
{
	while (len-- > 0)
		o->p[o->len++] = (uint8_t)(value >> (8 * len));
}

static void put_bytes(struct out *o, const void *p, size_t len)
{
	memcpy(o->p + o->len, p, len);
	o->len += len;
}

static void put_2b(struct out *o, const void *p, size_t len)
{
	put_be(o, (uint32_t)len, 2);
	put_bytes(o, p, len);
}

/* One block of KDFa, cut to len bytes: HMAC(seed, 1 || label, NUL || context || bits). */
static bool kdfa(const struct kind *kind, const uint8_t *seed, const char *label,
		 const struct tpmkey_name *context, uint8_t *ret_key, size_t len)
{
	uint8_t data[4 + 16 + TPMKEY_NAME_MAX + 4], block[HASH_LEN_MAX];
	struct out o = { .p = data };
	bool made;

	put_be(&o, 1, 4);
	put_bytes(&o, label, strlen(label) + 1);
	if (context)
		put_bytes(&o, context->bytes, context->len);
	put_be(&o, (uint32_t)(8 * len), 4);
	made = HMAC(md_of(kind), seed, (int)kind->hash_len, data, o.len, block, NULL);
	memcpy(ret_key, block, len);
	OPENSSL_cleanse(block, sizeof(block));
	return made;
}

static bool encrypt_cfb(const struct kind *kind, const uint8_t *key,
			const uint8_t plain[static IDENTITY_LEN],
			uint8_t ret_cipher[static IDENTITY_LEN])
{
	static const uint8_t zero[16]; /* a block */
	const EVP_CIPHER *aes = kind->aes_len == 32 ? EVP_aes_256_cfb128() : EVP_aes_128_cfb128();
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int len = 0;
	bool made = ctx && EVP_EncryptInit_ex2(ctx, aes, key, zero, NULL) == 1 &&
		    EVP_EncryptUpdate(ctx, ret_cipher, &len, plain, IDENTITY_LEN) == 1 &&
		    len == IDENTITY_LEN;

	EVP_CIPHER_CTX_free(ctx);
	return made;
}

/* The TPM2B_ID_OBJECT. */
static bool put_object(const struct kind *kind, struct out *o, const uint8_t *seed,
		       const struct tpmkey_name *ak, const uint8_t *secret)
{
	uint8_t plain[IDENTITY_LEN], cipher[IDENTITY_LEN + TPMKEY_NAME_MAX], hmac[HASH_LEN_MAX];
	uint8_t aes[AES_LEN_MAX], mac_key[HASH_LEN_MAX];
	struct out p = { .p = plain };
	bool made;

	put_2b(&p, secret, MAKECREDENTIAL_SECRET_LEN);
	made = kdfa(kind, seed, "STORAGE", ak, aes, kind->aes_len) &&
	       encrypt_cfb(kind, aes, plain, cipher) &&
	       kdfa(kind, seed, "INTEGRITY", NULL, mac_key, kind->hash_len);
	memcpy(cipher + IDENTITY_LEN, ak->bytes, ak->len);
	made = made && HMAC(md_of(kind), mac_key, (int)kind->hash_len, cipher,
			    IDENTITY_LEN + ak->len, hmac, NULL);
	OPENSSL_cleanse(plain, sizeof(plain));
	OPENSSL_cleanse(aes, sizeof(aes));
	OPENSSL_cleanse(mac_key, sizeof(mac_key));
	if (!made)
		return false;
	put_be(o, (uint32_t)(2 + kind->hash_len + IDENTITY_LEN), 2);
	put_2b(o, hmac, kind->hash_len);
	put_bytes(o, cipher, IDENTITY_LEN);
	return true;
}

static bool is_of(EVP_PKEY *ek, const struct kind *kind)
{
	char group[32];
	size_t len;

	if (kind->rsa_len)
		return EVP_PKEY_is_a(ek, "RSA") &&
		       EVP_PKEY_get_bits(ek) == (int)(8 * kind->rsa_len);
	return EVP_PKEY_is_a(ek, "EC") &&
	       EVP_PKEY_get_group_name(ek, group, sizeof(group), &len) == 1 &&
	       OBJ_txt2nid(group) == kind->nid;
}

/* NULL: of none of them. */
static const struct kind *kind_of(EVP_PKEY *ek)
{
	for (size_t i = 0; ek && i < ARRAY_SIZE(kinds); i++)
		if (is_of(ek, &kinds[i]))
			return &kinds[i];
	return NULL;
}

bool makecredential_can(EVP_PKEY *ek)
{
	return kind_of(ek);
}

static bool encrypt_oaep(const struct kind *kind, EVP_PKEY *ek, const uint8_t *seed,
			 uint8_t *ret_cipher)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, ek, NULL);
	void *label = OPENSSL_memdup(IDENTITY, sizeof(IDENTITY));
	size_t len = kind->rsa_len;
	bool made = ctx && label && EVP_PKEY_encrypt_init(ctx) > 0 &&
		    EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_OAEP_PADDING) > 0 &&
		    EVP_PKEY_CTX_set_rsa_oaep_md(ctx, md_of(kind)) > 0 &&
		    EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, md_of(kind)) > 0;

	if (made && EVP_PKEY_CTX_set0_rsa_oaep_label(ctx, label, sizeof(IDENTITY)) > 0)
		label = NULL; /* it is the context's now */
	made = made && !label &&
	       EVP_PKEY_encrypt(ctx, ret_cipher, &len, seed, kind->hash_len) > 0 &&
	       len == kind->rsa_len;
	OPENSSL_free(label);
	EVP_PKEY_CTX_free(ctx);
	return made;
}

/* A random seed, and the TPM2B_ENCRYPTED_SECRET of it. */
static bool share_by_rsa(const struct kind *kind, EVP_PKEY *ek, uint8_t *ret_seed,
			 struct out *secret)
{
	uint8_t cipher[RSA_LEN_MAX];

	if (RAND_priv_bytes(ret_seed, (int)kind->hash_len) != 1 ||
	    !encrypt_oaep(kind, ek, ret_seed, cipher))
		return false;
	put_2b(secret, cipher, kind->rsa_len);
	return true;
}

/* x and y of a key, as long as the curve's field each. */
static bool point_of(const struct kind *kind, EVP_PKEY *pkey,
		     uint8_t ret_point[static 2 * COORD_LEN_MAX])
{
	uint8_t bytes[1 + 2 * COORD_LEN_MAX];
	size_t len = 0;

	/* Uncompressed unless it was read in another form: then it is as long as nobody expects. */
	if (EVP_PKEY_get_octet_string_param(pkey, OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, bytes,
					    sizeof(bytes), &len) != 1 ||
	    len != 1 + 2 * kind->coord_len || bytes[0] != 0x04)
		return false;
	memcpy(ret_point, bytes + 1, len - 1);
	return true;
}

static bool derive_x(const struct kind *kind, EVP_PKEY *own, EVP_PKEY *peer, uint8_t *ret_x)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, own, NULL);
	size_t len = kind->coord_len;
	bool made = ctx && EVP_PKEY_derive_init(ctx) > 0 &&
		    EVP_PKEY_derive_set_peer(ctx, peer) > 0 &&
		    EVP_PKEY_derive(ctx, ret_x, &len) > 0 && len == kind->coord_len;

	EVP_PKEY_CTX_free(ctx);
	return made;
}

/* KDFe, one block: H(1 || Z || label, NUL || x of the ephemeral key || x of the EK). */
static void kdfe(const struct kind *kind, const uint8_t *z, const uint8_t *own_x,
		 const uint8_t *ek_x, uint8_t *ret_seed)
{
	static const uint8_t counter[] = { 0, 0, 0, 1 };
	struct hash_ctx ctx;
	struct digest d;

	hash_init(&ctx, kind->hash);
	hash_update(&ctx, counter, sizeof(counter));
	hash_update(&ctx, z, kind->coord_len);
	hash_update(&ctx, IDENTITY, sizeof(IDENTITY));
	hash_update(&ctx, own_x, kind->coord_len);
	hash_update(&ctx, ek_x, kind->coord_len);
	hash_final(&ctx, &d);
	memcpy(ret_seed, d.bytes, kind->hash_len);
	OPENSSL_cleanse(&ctx, sizeof(ctx));
	OPENSSL_cleanse(&d, sizeof(d));
}

/* A key of the moment, and its public part as TPM2B_ENCRYPTED_SECRET. */
static bool share_by_ecdh(const struct kind *kind, EVP_PKEY *ek, uint8_t *ret_seed,
			  struct out *secret)
{
	uint8_t own[2 * COORD_LEN_MAX], theirs[2 * COORD_LEN_MAX], z[COORD_LEN_MAX];
	EVP_PKEY *pkey = EVP_EC_gen(kind->group);
	bool made = pkey && point_of(kind, pkey, own) && point_of(kind, ek, theirs) &&
		    derive_x(kind, pkey, ek, z);

	EVP_PKEY_free(pkey);
	if (!made)
		return false;
	kdfe(kind, z, own, theirs, ret_seed);
	OPENSSL_cleanse(z, sizeof(z));
	put_be(secret, (uint32_t)(2 * (2 + kind->coord_len)), 2);
	put_2b(secret, own, kind->coord_len);
	put_2b(secret, own + kind->coord_len, kind->coord_len);
	return true;
}

int makecredential(EVP_PKEY *ek, const struct tpmkey_name *ak,
		   const uint8_t secret[static MAKECREDENTIAL_SECRET_LEN],
		   uint8_t ret_bytes[static MAKECREDENTIAL_MAX], size_t *ret_len)
{
	uint8_t seed[HASH_LEN_MAX] = { 0 }, shared[2 + RSA_LEN_MAX];
	struct out o = { .p = ret_bytes }, s = { .p = shared };
	const struct kind *kind = kind_of(ek);
	bool made;

	if (!kind)
		return -ENOTSUP;
	ERR_set_mark();
	made = kind->rsa_len ? share_by_rsa(kind, ek, seed, &s) : share_by_ecdh(kind, ek, seed, &s);
	put_be(&o, FILE_MAGIC, 4);
	put_be(&o, FILE_VERSION, 4);
	made = made && put_object(kind, &o, seed, ak, secret);
	OPENSSL_cleanse(seed, sizeof(seed));
	ERR_pop_to_mark();
	if (!made)
		return -ENOMEM;
	put_bytes(&o, shared, s.len);
	*ret_len = o.len;
	return 0;
}
