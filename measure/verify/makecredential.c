/* SPDX-License-Identifier: MIT */
#include "makecredential.h"

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

#include "../lib/hash.h"

#define FILE_MAGIC   0xbadcc0deu
#define FILE_VERSION 1
#define SHA256_LEN   32
#define AES_LEN	     16
#define RSA_LEN	     256
#define COORD_LEN    32
#define IDENTITY     "IDENTITY" /* with its NUL in all places where it stands */
#define IDENTITY_LEN (2 + MAKECREDENTIAL_SECRET_LEN)

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
static bool kdfa(const uint8_t seed[static SHA256_LEN], const char *label,
		 const struct tpmkey_name *context, uint8_t *ret_key, size_t len)
{
	uint8_t data[4 + 16 + TPMKEY_NAME_MAX + 4], block[SHA256_LEN];
	struct out o = { .p = data };
	bool made;

	put_be(&o, 1, 4);
	put_bytes(&o, label, strlen(label) + 1);
	if (context)
		put_bytes(&o, context->bytes, context->len);
	put_be(&o, (uint32_t)(8 * len), 4);
	made = HMAC(EVP_sha256(), seed, SHA256_LEN, data, o.len, block, NULL);
	memcpy(ret_key, block, len);
	OPENSSL_cleanse(block, sizeof(block));
	return made;
}

static bool encrypt_cfb(const uint8_t key[static AES_LEN], const uint8_t plain[static IDENTITY_LEN],
			uint8_t ret_cipher[static IDENTITY_LEN])
{
	static const uint8_t zero[AES_LEN];
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int len = 0;
	bool made = ctx && EVP_EncryptInit_ex2(ctx, EVP_aes_128_cfb128(), key, zero, NULL) == 1 &&
		    EVP_EncryptUpdate(ctx, ret_cipher, &len, plain, IDENTITY_LEN) == 1 &&
		    len == IDENTITY_LEN;

	EVP_CIPHER_CTX_free(ctx);
	return made;
}

/* The TPM2B_ID_OBJECT. */
static bool put_object(struct out *o, const uint8_t seed[static SHA256_LEN],
		       const struct tpmkey_name *ak, const uint8_t *secret)
{
	uint8_t plain[IDENTITY_LEN], cipher[IDENTITY_LEN + TPMKEY_NAME_MAX], hmac[SHA256_LEN];
	uint8_t aes[AES_LEN], mac_key[SHA256_LEN];
	struct out p = { .p = plain };
	bool made;

	put_2b(&p, secret, MAKECREDENTIAL_SECRET_LEN);
	made = kdfa(seed, "STORAGE", ak, aes, sizeof(aes)) && encrypt_cfb(aes, plain, cipher) &&
	       kdfa(seed, "INTEGRITY", NULL, mac_key, sizeof(mac_key));
	memcpy(cipher + IDENTITY_LEN, ak->bytes, ak->len);
	made = made && HMAC(EVP_sha256(), mac_key, sizeof(mac_key), cipher, IDENTITY_LEN + ak->len,
			    hmac, NULL);
	OPENSSL_cleanse(plain, sizeof(plain));
	OPENSSL_cleanse(aes, sizeof(aes));
	OPENSSL_cleanse(mac_key, sizeof(mac_key));
	if (!made)
		return false;
	put_be(o, 2 + SHA256_LEN + IDENTITY_LEN, 2);
	put_2b(o, hmac, SHA256_LEN);
	put_bytes(o, cipher, IDENTITY_LEN);
	return true;
}

static bool is_p256(EVP_PKEY *ek)
{
	char group[32];
	size_t len;

	return EVP_PKEY_is_a(ek, "EC") &&
	       EVP_PKEY_get_group_name(ek, group, sizeof(group), &len) == 1 &&
	       OBJ_txt2nid(group) == NID_X9_62_prime256v1;
}

static bool is_rsa_2048(EVP_PKEY *ek)
{
	return EVP_PKEY_is_a(ek, "RSA") && EVP_PKEY_get_bits(ek) == 8 * RSA_LEN;
}

bool makecredential_can(EVP_PKEY *ek)
{
	return is_rsa_2048(ek) || is_p256(ek);
}

static bool encrypt_oaep(EVP_PKEY *ek, const uint8_t seed[static SHA256_LEN],
			 uint8_t ret_cipher[static RSA_LEN])
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, ek, NULL);
	void *label = OPENSSL_memdup(IDENTITY, sizeof(IDENTITY));
	size_t len = RSA_LEN;
	bool made = ctx && label && EVP_PKEY_encrypt_init(ctx) > 0 &&
		    EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_OAEP_PADDING) > 0 &&
		    EVP_PKEY_CTX_set_rsa_oaep_md(ctx, EVP_sha256()) > 0 &&
		    EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, EVP_sha256()) > 0;

	if (made && EVP_PKEY_CTX_set0_rsa_oaep_label(ctx, label, sizeof(IDENTITY)) > 0)
		label = NULL; /* it is the context's now */
	made = made && !label && EVP_PKEY_encrypt(ctx, ret_cipher, &len, seed, SHA256_LEN) > 0 &&
	       len == RSA_LEN;
	OPENSSL_free(label);
	EVP_PKEY_CTX_free(ctx);
	return made;
}

/* A random seed, and the TPM2B_ENCRYPTED_SECRET of it. */
static bool share_by_rsa(EVP_PKEY *ek, uint8_t ret_seed[static SHA256_LEN], struct out *secret)
{
	uint8_t cipher[RSA_LEN];

	if (RAND_priv_bytes(ret_seed, SHA256_LEN) != 1 || !encrypt_oaep(ek, ret_seed, cipher))
		return false;
	put_2b(secret, cipher, RSA_LEN);
	return true;
}

/* x and y of a key of P-256, 32 bytes each. */
static bool point_of(EVP_PKEY *pkey, uint8_t ret_point[static 2 * COORD_LEN])
{
	uint8_t bytes[1 + 2 * COORD_LEN];
	size_t len = 0;

	/* Uncompressed unless it was read in another form: then it is as long as nobody expects. */
	if (EVP_PKEY_get_octet_string_param(pkey, OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, bytes,
					    sizeof(bytes), &len) != 1 ||
	    len != sizeof(bytes) || bytes[0] != 0x04)
		return false;
	memcpy(ret_point, bytes + 1, 2 * COORD_LEN);
	return true;
}

static bool derive_x(EVP_PKEY *own, EVP_PKEY *peer, uint8_t ret_x[static COORD_LEN])
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, own, NULL);
	size_t len = COORD_LEN;
	bool made = ctx && EVP_PKEY_derive_init(ctx) > 0 &&
		    EVP_PKEY_derive_set_peer(ctx, peer) > 0 &&
		    EVP_PKEY_derive(ctx, ret_x, &len) > 0 && len == COORD_LEN;

	EVP_PKEY_CTX_free(ctx);
	return made;
}

/* KDFe, one block: H(1 || Z || label, NUL || x of the ephemeral key || x of the EK). */
static void kdfe(const uint8_t z[static COORD_LEN], const uint8_t own_x[static COORD_LEN],
		 const uint8_t ek_x[static COORD_LEN], uint8_t ret_seed[static SHA256_LEN])
{
	static const uint8_t counter[] = { 0, 0, 0, 1 };
	struct hash_ctx ctx;
	struct digest d;

	hash_init(&ctx, HASH_SHA256);
	hash_update(&ctx, counter, sizeof(counter));
	hash_update(&ctx, z, COORD_LEN);
	hash_update(&ctx, IDENTITY, sizeof(IDENTITY));
	hash_update(&ctx, own_x, COORD_LEN);
	hash_update(&ctx, ek_x, COORD_LEN);
	hash_final(&ctx, &d);
	memcpy(ret_seed, d.bytes, SHA256_LEN);
	OPENSSL_cleanse(&ctx, sizeof(ctx));
	OPENSSL_cleanse(&d, sizeof(d));
}

/* A key of the moment, and its public part as TPM2B_ENCRYPTED_SECRET. */
static bool share_by_ecdh(EVP_PKEY *ek, uint8_t ret_seed[static SHA256_LEN], struct out *secret)
{
	uint8_t own[2 * COORD_LEN], theirs[2 * COORD_LEN], z[COORD_LEN];
	EVP_PKEY *pkey = EVP_EC_gen("P-256");
	bool made = pkey && point_of(pkey, own) && point_of(ek, theirs) && derive_x(pkey, ek, z);

	EVP_PKEY_free(pkey);
	if (!made)
		return false;
	kdfe(z, own, theirs, ret_seed);
	OPENSSL_cleanse(z, sizeof(z));
	put_be(secret, 2 * (2 + COORD_LEN), 2);
	put_2b(secret, own, COORD_LEN);
	put_2b(secret, own + COORD_LEN, COORD_LEN);
	return true;
}

int makecredential(EVP_PKEY *ek, const struct tpmkey_name *ak,
		   const uint8_t secret[static MAKECREDENTIAL_SECRET_LEN],
		   uint8_t ret_bytes[static MAKECREDENTIAL_MAX], size_t *ret_len)
{
	uint8_t seed[SHA256_LEN] = { 0 }, shared[2 + RSA_LEN];
	struct out o = { .p = ret_bytes }, s = { .p = shared };
	bool made;

	if (!makecredential_can(ek))
		return -ENOTSUP;
	ERR_set_mark();
	made = is_p256(ek) ? share_by_ecdh(ek, seed, &s) : share_by_rsa(ek, seed, &s);
	put_be(&o, FILE_MAGIC, 4);
	put_be(&o, FILE_VERSION, 4);
	made = made && put_object(&o, seed, ak, secret);
	OPENSSL_cleanse(seed, sizeof(seed));
	ERR_pop_to_mark();
	if (!made)
		return -ENOMEM;
	put_bytes(&o, shared, s.len);
	*ret_len = o.len;
	return 0;
}
