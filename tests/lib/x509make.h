/* SPDX-License-Identifier: MIT */
/* Certificates for tests: of CAs, of TPMs' keys, and of anything that should be refused. */
#ifndef TESTS_LIB_X509MAKE_H
#define TESTS_LIB_X509MAKE_H

#include <openssl/x509.h>
#include <stdbool.h>

#include "tests/lib/tpmsign.h"

#define NOW    1800000000 /* when tests verify: January 2027 */
#define DAY    86400

#define EKU_EK "2.23.133.8.1"
#define EKU_AK "2.23.133.8.3"

struct cert_recipe {
	const char *name; /* common name; NULL: an empty subject, as of EK certificates */
	EVP_PKEY *pkey;
	X509 *issuer; /* NULL: signed by itself */
	EVP_PKEY *issuer_pkey;
	bool ca;
	const char *usage, *extended_usage; /* as in openssl's configuration; NULL: none */
	long from, to;			    /* seconds from NOW; both 0: a year around it */
	bool tpm_names;		      /* critical subjectAltName and attributes, as EKs have */
	const char *unknown_critical; /* an object identifier */
	const char *md;		      /* of the signature; NULL: sha256 */
};

/* X509_free() it; the recipe's keys and issuer stay the caller's. */
X509 *make_cert(const struct cert_recipe *r);

/* Of a CA, for a hundred years, signed by issuer or (NULL) by itself. */
X509 *make_ca(const char *name, EVP_PKEY *pkey, X509 *issuer, EVP_PKEY *issuer_pkey);

/* The DER of a certificate behind what is in b. */
void put_cert(struct bytes *b, X509 *cert);

#endif
