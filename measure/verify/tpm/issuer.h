/* SPDX-License-Identifier: MIT */
/*
 * The certificates above one: where its authority says that they are, and what is found there.
 *
 * Sources: RFC 5280, section 4.2.2.1 "Authority Information Access": id-ad-caIssuers, by HTTP a
 * certificate as DER or a "certs-only" message of CMS (PKCS #7); some authorities serve PEM.
 */
#ifndef MEASURE_VERIFY_TPM_ISSUER_H
#define MEASURE_VERIFY_TPM_ISSUER_H

#include <openssl/types.h>
#include <stdbool.h>
#include <stddef.h>

#include "measure/rampart.h"

#define ISSUER_URL_MAX	 512
#define ISSUER_CERTS_MAX 16 /* of one answer */

/* The first http:// URL of its caIssuers; false: it names none that fits and is ASCII. */
bool issuer_url(X509 *cert, char ret_url[static ISSUER_URL_MAX]);

/* Whether one certificate is signed by the other's key and for its name. */
bool issuer_signed(X509 *issuer, X509 *cert);

/*
 * Certificates of an answer, DER, PEM or PKCS #7 (DER or PEM), each a reference of its own for
 * X509_free(). -EBADMSG: neither of these, or none is in it; -EFBIG; -ENOMEM.
 */
int issuer_read(const void *bytes, size_t len, X509 *ret_cert[static ISSUER_CERTS_MAX],
		size_t *ret_n, struct rampart_error *error);

#endif
