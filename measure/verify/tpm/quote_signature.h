/* SPDX-License-Identifier: MIT */
/*
 * The signature of a quote, checked with libcrypto's EVP. Apart from the rest of the verifier, so
 * that only the programs that verify bring public-key code with them: the guest, which makes
 * quotes, does not.
 *
 * Thread-safe: nothing is kept between calls, and the calling thread's queue of OpenSSL errors,
 * which TLS code reads, is left as it was.
 *
 * Sources: TCG TPM 2.0 Library, Part 1 "Architecture" (revision 01.59), annexes "RSA" and "ECC":
 * RSASSA is RSASSA-PKCS1-v1_5 and RSAPSS is RSASSA-PSS of RFC 8017 (the mask is made with the hash
 * of the message; the length of the salt is the TPM's own choice), ECDSA that of FIPS 186.
 */
#ifndef MEASURE_VERIFY_TPM_QUOTE_SIGNATURE_H
#define MEASURE_VERIFY_TPM_QUOTE_SIGNATURE_H

#include <openssl/types.h>

#include "measure/lib/quote.h"
#include "measure/lib/quote_check.h"
#include "measure/lib/tpmkey.h"

/*
 * The key as libcrypto has it, for EVP_PKEY_free(): for comparing it with that of a certificate
 * (EVP_PKEY_eq). ret_pkey is untouched on failure: -EPROTO the point is not on its curve or the
 * numbers are otherwise no key, -ENOMEM.
 */
int quote_key_to_evp(const struct tpmkey *key, EVP_PKEY **ret_pkey);

/*
 * That signature is one over the bytes of quote (the TPMS_ATTEST, not its sized form), by key, with
 * the scheme and the hash that the key is bound to; the signature's own word on them is only
 * compared. QUOTE_KEY_NO_SCHEME if the key is not bound to any, QUOTE_KEY_INVALID,
 * QUOTE_SIGNATURE_SCHEME, QUOTE_SIGNATURE; QUOTE_UNSURE if memory ran out.
 */
enum quote_reason quote_check_signature(const struct quote *quote,
					const struct quote_signature *signature,
					const struct tpmkey *key);

#endif
