/* SPDX-License-Identifier: MIT */
/* The low-level functions are deprecated in favour of EVP; hash.h says why they are used all the
 * same. */
#define OPENSSL_API_COMPAT 10101
#include "measure/lib/hash.h"

#include <assert.h>
#include <errno.h>
#include <openssl/sha.h>
#include <string.h>

static_assert(sizeof(SHA_CTX) <= sizeof(((struct hash_ctx *)0)->state), "SHA-1 state fits");
static_assert(sizeof(SHA256_CTX) <= sizeof(((struct hash_ctx *)0)->state), "SHA-256 state fits");
static_assert(sizeof(SHA512_CTX) <= sizeof(((struct hash_ctx *)0)->state), "SHA-512 state fits");

static const struct {
	const char *name;
	size_t len;
	uint16_t tpm_alg;
} algs[_HASH_MAX] = {
	[HASH_SHA1] = { "sha1", 20, 0x0004 },
	[HASH_SHA256] = { "sha256", 32, 0x000b },
	[HASH_SHA384] = { "sha384", 48, 0x000c },
	[HASH_SHA512] = { "sha512", 64, 0x000d },
};

size_t hash_len(enum hash_alg alg)
{
	return algs[alg].len;
}

uint16_t hash_tpm_alg(enum hash_alg alg)
{
	return algs[alg].tpm_alg;
}

const char *hash_name(enum hash_alg alg)
{
	return algs[alg].name;
}

int hash_from_tpm_alg(uint16_t tpm_alg, enum hash_alg *ret_alg)
{
	for (size_t i = 0; i < _HASH_MAX; i++)
		if (algs[i].tpm_alg == tpm_alg) {
			*ret_alg = (enum hash_alg)i;
			return 0;
		}
	return -ENOTSUP;
}

int hash_from_name(const char *name, size_t len, enum hash_alg *ret_alg)
{
	for (size_t i = 0; i < _HASH_MAX; i++)
		if (strlen(algs[i].name) == len && !memcmp(algs[i].name, name, len)) {
			*ret_alg = (enum hash_alg)i;
			return 0;
		}
	return -ENOTSUP;
}

void hash_init(struct hash_ctx *ctx, enum hash_alg alg)
{
	void *state = ctx->state;

	ctx->alg = alg;
	switch (alg) {
	case HASH_SHA1:
		SHA1_Init(state);
		break;
	case HASH_SHA256:
		SHA256_Init(state);
		break;
	case HASH_SHA384:
		SHA384_Init(state);
		break;
	case HASH_SHA512:
	case _HASH_MAX:
		SHA512_Init(state);
		break;
	}
}

void hash_update(struct hash_ctx *ctx, const void *data, size_t len)
{
	void *state = ctx->state;

	if (len == 0)
		return;
	switch (ctx->alg) {
	case HASH_SHA1:
		SHA1_Update(state, data, len);
		break;
	case HASH_SHA256:
		SHA256_Update(state, data, len);
		break;
	case HASH_SHA384:
		SHA384_Update(state, data, len);
		break;
	case HASH_SHA512:
	case _HASH_MAX:
		SHA512_Update(state, data, len);
		break;
	}
}

void hash_final(struct hash_ctx *ctx, struct digest *ret_digest)
{
	void *state = ctx->state;

	*ret_digest = (struct digest){ .alg = ctx->alg };
	switch (ctx->alg) {
	case HASH_SHA1:
		SHA1_Final(ret_digest->bytes, state);
		break;
	case HASH_SHA256:
		SHA256_Final(ret_digest->bytes, state);
		break;
	case HASH_SHA384:
		SHA384_Final(ret_digest->bytes, state);
		break;
	case HASH_SHA512:
	case _HASH_MAX:
		SHA512_Final(ret_digest->bytes, state);
		break;
	}
}

void hash_bytes(enum hash_alg alg, const void *data, size_t len, struct digest *ret_digest)
{
	struct hash_ctx ctx;

	hash_init(&ctx, alg);
	hash_update(&ctx, data, len);
	hash_final(&ctx, ret_digest);
}

bool digest_equal(const struct digest *a, const struct digest *b)
{
	return a->alg == b->alg && !memcmp(a->bytes, b->bytes, hash_len(a->alg));
}

void digest_hex(const struct digest *d, char ret_hex[static HASH_HEX_MAX])
{
	static const char digits[] = "0123456789abcdef";
	size_t len = hash_len(d->alg);

	for (size_t i = 0; i < len; i++) {
		ret_hex[2 * i] = digits[d->bytes[i] >> 4];
		ret_hex[2 * i + 1] = digits[d->bytes[i] & 0xf];
	}
	ret_hex[2 * len] = '\0';
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

int digest_from_hex(enum hash_alg alg, const char *hex, size_t len, struct digest *ret_digest)
{
	struct digest d = { .alg = alg };

	if (len != 2 * hash_len(alg))
		return -EBADMSG;
	for (size_t i = 0; i < len / 2; i++) {
		int hi = hex_value(hex[2 * i]), lo = hex_value(hex[2 * i + 1]);

		if (hi < 0 || lo < 0)
			return -EBADMSG;
		d.bytes[i] = (uint8_t)(hi << 4 | lo);
	}
	*ret_digest = d;
	return 0;
}

void pcr_extend(struct digest *pcr, const struct digest *digest)
{
	struct hash_ctx ctx;

	hash_init(&ctx, pcr->alg);
	hash_update(&ctx, pcr->bytes, hash_len(pcr->alg));
	hash_update(&ctx, digest->bytes, hash_len(digest->alg));
	hash_final(&ctx, pcr);
}
