/* SPDX-License-Identifier: MIT */
/*
 * The part of a TPM for tests: keys of libcrypto as public areas, and signatures by them. Hashes
 * and schemes are TPM_ALG_IDs (tpmbytes.h). What libcrypto does not do ends the program.
 */
#ifndef TESTS_LIB_TPMSIGN_H
#define TESTS_LIB_TPMSIGN_H

#include <openssl/evp.h>

#include "measure/lib/binding.h"
#include "measure/lib/pcrs.h"
#include "tests/lib/tap.h"
#include "tests/lib/tpmbytes.h"

/* The public area of an AK with this key, RSA or ECC; scheme and hash are the caller's. */
void recipe_of(EVP_PKEY *pkey, uint16_t scheme, uint16_t hash, struct key_recipe *ret_recipe);

/* libcrypto's name of a hash; SHA256 if it is none of the four. */
const char *md_name(uint16_t hash);

/*
 * The TPMT_SIGNATURE over data, behind what is in b. salt_len: of RSAPSS, as
 * EVP_PKEY_CTX_set_rsa_pss_saltlen() has it.
 */
void put_signed(struct bytes *b, EVP_PKEY *pkey, uint16_t scheme, uint16_t hash, int salt_len,
		const struct bytes *data);

/* Binds a request to the quote, the third of five; ret_path leads to it. */
void recipe_bind(struct quote_recipe *q, const struct binding_leaf *leaf,
		 struct merkle_path *ret_path);

/*
 * The digest over the values, with this hash, made with EVP: of the banks in the order given, the
 * PCRs whose bits are set.
 */
void recipe_values(struct quote_recipe *q, uint16_t hash, const struct pcrs *values,
		   const enum hash_alg *bank, size_t n_banks, uint32_t pcrs);

#endif
