/* SPDX-License-Identifier: MIT */
/*
 * Whole evidence of a machine that a test TPM signed: start(), change something, seal(), and then
 * only() says which checks find a lie. Most lies are signed by the right key, so that the signature
 * cannot be what finds them. There is one machine, which make_signers() makes and free_signers()
 * frees; what cannot be made ends the program.
 */
#ifndef TESTS_LIB_QUOTEMAKE_H
#define TESTS_LIB_QUOTEMAKE_H

#include "measure/lib/quote_check.h"
#include "measure/verify/tpm/quote_signature.h"
#include "tests/lib/tpmsign.h"

#define BIT(reason) (1ull << (reason))

/* How the test TPM signs; salt_len as put_signed() has it. */
extern struct signer {
	EVP_PKEY *pkey;
	uint16_t scheme, hash;
	int salt_len;
} rsa, p256;

/* What a verifier has: the peer's bytes as they were read, and what he expects of them. */
extern struct evidence {
	struct bytes key_bytes, quote_bytes, sig_bytes;
	struct tpmkey key;
	struct quote quote;
	struct quote_signature sig;
	struct merkle_path path;

	struct tpmkey_name name;
	struct binding_leaf leaf;
	bool bank[_HASH_MAX];
	struct pcrs values;
} evidence;

/* What seal() makes the quote and the key's public area of. */
extern struct quote_recipe quote;
extern struct key_recipe ak;

void make_signers(void);
void free_signers(void);

/* A machine with the bank sha256, and the recipes of its key and quote. */
void start(const struct signer *signer);

/* The digest of the quote over evidence.values, as recipe_values() has it. */
void digest_values(const enum hash_alg *bank, size_t n_banks, uint32_t pcrs, uint16_t hash);

/* Signs the quote as it is now, certifies the key as it is now, and reads both again. */
void seal(const struct signer *signer);

/* Reads the peer's bytes again; not 0 if one of the three is malformed. */
int parse(void);

/* All checks that have something to say, as bits by reason. */
uint64_t lies(void);

/* A check: that this reason is given, and no other; QUOTE_HOLDS: none. */
void only(enum quote_reason reason, const char *name);

#endif
