/* SPDX-License-Identifier: MIT */
/*
 * The machine's identity towards its clients: a key of ECDSA P-256, made at each start and never
 * outside of this process, and a certificate of it that it signs itself. Nobody shall believe the
 * certificate; what a client believes is the quote, which names the key (PCR 15, binding.h).
 */
#ifndef GATEWAY_IDENTITY_H
#define GATEWAY_IDENTITY_H

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stddef.h>
#include <stdint.h>

#define IDENTITY_SPKI_LEN 91 /* of a P-256 key, uncompressed: RFC 5480, section 2 */

struct identity {
	EVP_PKEY *key;
	X509 *certificate;
	uint8_t spki[IDENTITY_SPKI_LEN]; /* SubjectPublicKeyInfo, DER */
	uint8_t *der;			 /* the certificate */
	size_t der_len;
};

/*
 * Makes both, for as long as the process lives. The certificate says version 3, CN=rampart for
 * subject and issuer, DNS name rampart, a serial number that follows from the key, and 1970 to
 * 9999, since the machine has no clock that it could trust (RFC 5280, section 4.1.2.5 "Validity").
 * -EIO if OpenSSL fails; there is nothing to clean up then but the process.
 */
int identity_make(struct identity *ret_identity);

#endif
