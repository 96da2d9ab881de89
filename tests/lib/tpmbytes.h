/* SPDX-License-Identifier: MIT */
/*
 * Quotes, signatures and public areas put together by hand, for tests of their parsers and checks.
 * The recipes start from SAMPLE_QUOTE and SAMPLE_KEY_*; a test changes what it is about.
 */
#ifndef TESTS_LIB_TPMBYTES_H
#define TESTS_LIB_TPMBYTES_H

#include "tests/lib/bytes.h"

/* TPM_ALG_ID */
enum {
	ALG_RSA = 0x0001,
	ALG_SHA1 = 0x0004,
	ALG_SHA256 = 0x000b,
	ALG_SHA384 = 0x000c,
	ALG_SHA512 = 0x000d,
	ALG_NULL = 0x0010,
	ALG_RSASSA = 0x0014,
	ALG_RSAPSS = 0x0016,
	ALG_ECDSA = 0x0018,
	ALG_ECC = 0x0023,
};

/* As put_le() and set_le(), big-endian. */
void put_be(struct bytes *b, uint64_t v, size_t len);
void set_be(uint8_t *p, uint64_t v, size_t len);

/* A TPM2B. */
void put_2b(struct bytes *b, const void *p, size_t len);

struct quote_recipe {
	uint32_t magic;
	uint16_t type;
	uint32_t resets, restarts;
	size_t n_banks;
	struct {
		uint16_t alg;
		uint32_t pcrs;
	} bank[4];
	uint8_t extra[32], digest[64];
	size_t digest_len;
};

#define SAMPLE_QUOTE                          \
	{ .magic = 0xff544347,                \
	  .type = 0x8018,                     \
	  .resets = 7,                        \
	  .restarts = 3,                      \
	  .n_banks = 1,                       \
	  .bank = { { ALG_SHA256, 0xffff } }, \
	  .extra = { 0xe1, 0xe2 },            \
	  .digest = { 0xd1, 0xd2 },           \
	  .digest_len = 32 }

/* Where the fields of a quote of one bank begin. */
enum {
	AT_MAGIC = 0,
	AT_TYPE = 4,
	AT_SIGNER = 6,
	AT_EXTRA = 42,
	AT_CLOCK = 76,
	AT_RESET = 84,
	AT_RESTART = 88,
	AT_SAFE = 92,
	AT_FIRMWARE = 93,
	AT_COUNT = 101,
	AT_BANK = 105,
	AT_BITMAP_LEN = 107,
	AT_BITMAP = 108,
	AT_DIGEST = 111,
	QUOTE_LEN = 145,
};

/* A TPMS_ATTEST. */
void put_quote(struct bytes *b, const struct quote_recipe *q);

struct key_recipe {
	uint16_t type, name_alg;
	uint32_t attributes;
	size_t policy_len;
	uint16_t symmetric, scheme, hash;
	uint16_t bits; /* RSA: of the key. ECC: TPM_ECC_CURVE */
	uint32_t exponent;
	uint8_t n[512], y[48]; /* ECC: x is in n */
	size_t n_len, y_len;
};

/* restricted, sign, noDA, userWithAuth, sensitiveDataOrigin, fixedParent, fixedTPM */
#define AK_ATTRIBUTES 0x00050472

#define SAMPLE_KEY_RSA                       \
	{ .type = ALG_RSA,                   \
	  .name_alg = ALG_SHA256,            \
	  .attributes = AK_ATTRIBUTES,       \
	  .symmetric = ALG_NULL,             \
	  .scheme = ALG_RSASSA,              \
	  .hash = ALG_SHA256,                \
	  .bits = 2048,                      \
	  .n = { [0] = 0xc1, [255] = 0x0f }, \
	  .n_len = 256 }

#define SAMPLE_KEY_ECC                 \
	{ .type = ALG_ECC,             \
	  .name_alg = ALG_SHA256,      \
	  .attributes = AK_ATTRIBUTES, \
	  .symmetric = ALG_NULL,       \
	  .scheme = ALG_ECDSA,         \
	  .hash = ALG_SHA256,          \
	  .bits = 0x0003,              \
	  .n = { 0x11, 0x12 },         \
	  .n_len = 32,                 \
	  .y = { 0x21, 0x22 },         \
	  .y_len = 32 }

/* A TPMT_PUBLIC. */
void put_key(struct bytes *b, const struct key_recipe *k);

/* A TPMT_SIGNATURE of one number (RSA) or, if s_len is not 0, of two (ECDSA). */
void put_signature(struct bytes *b, uint16_t scheme, uint16_t hash, const void *r, size_t r_len,
		   const void *s, size_t s_len);

#endif
