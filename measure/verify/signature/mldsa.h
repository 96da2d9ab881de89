/* SPDX-License-Identifier: MIT */
/*
 * Signatures over files by ML-DSA-65, which a quantum computer does not forge, and its public keys: as
 * OpenSSL 3.5 makes them, since neither ssh-keygen nor minisign knows such keys.
 *
 *	openssl genpkey -algorithm ML-DSA-65 -out KEY
 *	openssl pkey -in KEY -pubout                        the public key, PEM
 *	openssl pkeyutl -sign -rawin -inkey KEY -in FILE -pkeyopt context-string:rampart-golden
 *
 * The context is the word that says what the file is for. The armor around the base64 of a signature,
 * "-----BEGIN ML-DSA-65 SIGNATURE-----", is of our own naming.
 *
 * Sources: FIPS 204, section 5.2 "ML-DSA Signing", for the context; RFC 9881, section 4 "Subject
 * Public Key Fields", and RFC 7468, section 13, for the key.
 */
#ifndef MEASURE_VERIFY_SIGNATURE_MLDSA_H
#define MEASURE_VERIFY_SIGNATURE_MLDSA_H

#include <stdbool.h>
#include <stddef.h>

#include "measure/lib/hash.h"
#include "measure/lib/span.h"
#include "measure/rampart.h"
#include "measure/verify/signature/signkey.h"

#define MLDSA_BEGIN	"-----BEGIN ML-DSA-65 SIGNATURE-----"
#define MLDSA_KEY_BEGIN "-----BEGIN PUBLIC KEY-----"

/*
 * The PEM of a key. ret_fingerprint: SHA-256 of the DER. -EBADMSG; -ENOTSUP a key of another algorithm;
 * outputs untouched then.
 */
int mldsa_key_parse(const char *text, size_t len, struct signkey *ret_key,
		    struct digest *ret_fingerprint, struct rampart_error *error);

/* The form of a signature; it does not say by which key it is. -EBADMSG, -EFBIG; ret untouched then. */
int mldsa_parse(const char *text, size_t len, uint8_t ret[static SIGNKEY_MLDSA65_SIG_LEN],
		struct rampart_error *error);

#endif
