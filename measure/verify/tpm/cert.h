/* SPDX-License-Identifier: MIT */
/*
 * Certificates of TPMs, read with libcrypto. Thread-safe; the calling thread's queue of OpenSSL
 * errors is left as it was.
 *
 * Sources: RFC 5280; TCG EK Credential Profile for TPM Family 2.0 (version 2.5), section "X.509
 * Certificate"; TCG OID Registry: 2.23.133.8.1 tcg-kp-EKCertificate, 2.23.133.8.3
 * tcg-kp-AIKCertificate.
 */
#ifndef MEASURE_VERIFY_TPM_CERT_H
#define MEASURE_VERIFY_TPM_CERT_H

#include <openssl/types.h>
#include <stdbool.h>

#include "measure/lib/hash.h"
#include "measure/lib/span.h"

#define CERT_EK 0x1 /* bits of cert_uses() */
#define CERT_AK 0x2

struct cert {
	X509 *x509;	      /* a reference; NULL: it cannot be read */
	struct digest sha256; /* of the DER */
};

/* Reads one, whose digest is known; nothing may follow it. x509 is NULL if it is none, or memory
 * ran out. */
void cert_read(struct span der, const struct digest *sha256, struct cert *ret_cert);
void cert_done(struct cert *cert);

/*
 * What the certificate's key may be used for by its extendedKeyUsage: CERT_*, 0 if for neither, and
 * -1 if there is no such extension. A malformed one is for nothing.
 */
int cert_uses(const struct cert *cert);

bool cert_is_ca(const struct cert *cert);

/* Whether keyUsage, if there is one, has one of these KU_* of <openssl/x509v3.h>. */
bool cert_may(const struct cert *cert, uint32_t usage);

/*
 * The first critical extension that is neither understood by libcrypto nor harmless here
 * (subjectDirectoryAttributes, which EK certificates have), or false.
 */
bool cert_has_unknown_critical(const struct cert *cert);

#endif
