/* SPDX-License-Identifier: MIT */
/*
 * The hash algorithms of TPM banks, over libcrypto's low-level functions: the same code hashes in
 * the guest and on the host. (The low-level ones and not EVP: they bring the SHA code of the
 * processor without the rest of libcrypto, which PID 1 would otherwise have to trust.)
 *
 * Algorithm identifiers and names: TCG Algorithm Registry, TPM_ALG_ID (0x0004 sha1, 0x000b sha256,
 * 0x000c sha384, 0x000d sha512).
 */
#ifndef MEASURE_HASH_H
#define MEASURE_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum hash_alg { HASH_SHA1, HASH_SHA256, HASH_SHA384, HASH_SHA512, _HASH_MAX };

#define HASH_LEN_MAX 64
#define HASH_HEX_MAX (2 * HASH_LEN_MAX + 1)

/* A digest with its algorithm. Bytes past hash_len(alg) are zero. */
struct digest {
	enum hash_alg alg;
	uint8_t bytes[HASH_LEN_MAX];
};

/* A running hash; large enough for every algorithm. May be copied by assignment to fork it. */
struct hash_ctx {
	enum hash_alg alg;
	uint64_t state[32];
};

size_t hash_len(enum hash_alg alg);	  /* bytes of a digest */
uint16_t hash_tpm_alg(enum hash_alg alg); /* TPM_ALG_ID */
const char *hash_name(enum hash_alg alg); /* "sha256" */

/* By TPM_ALG_ID or by the len bytes of a name. -ENOTSUP if unknown; ret_alg untouched then. */
int hash_from_tpm_alg(uint16_t tpm_alg, enum hash_alg *ret_alg);
int hash_from_name(const char *name, size_t len, enum hash_alg *ret_alg);

void hash_init(struct hash_ctx *ctx, enum hash_alg alg);
void hash_update(struct hash_ctx *ctx, const void *data, size_t len);
void hash_final(struct hash_ctx *ctx, struct digest *ret_digest);

/* All at once. data may be NULL when len is 0. */
void hash_bytes(enum hash_alg alg, const void *data, size_t len, struct digest *ret_digest);

bool digest_equal(const struct digest *a, const struct digest *b);

/* Lower-case hex with a closing NUL. */
void digest_hex(const struct digest *d, char ret_hex[static HASH_HEX_MAX]);

/* Exactly 2 * hash_len(alg) lower-case hex digits at hex; -EBADMSG otherwise, ret untouched. */
int digest_from_hex(enum hash_alg alg, const char *hex, size_t len, struct digest *ret_digest);

/*
 * pcr := H(pcr || digest). Both of one algorithm. The start value is the caller's business: zero
 * for PCR 0-15, but PCR 0 starts with the startup locality in its last byte (TCG PC Client Platform
 * Firmware Profile, "Startup Locality Event").
 * Source: TCG TPM 2.0 Library, Part 1 "Architecture", extend of a PCR.
 */
void pcr_extend(struct digest *pcr, const struct digest *digest);

#endif
