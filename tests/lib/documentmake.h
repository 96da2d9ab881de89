/* SPDX-License-Identifier: MIT */
/*
 * Attestation documents as AWS's hypervisor signs them, and in every form that should be refused.
 * The keys are on P-384, if the test says nothing else.
 */
#ifndef TESTS_LIB_DOCUMENTMAKE_H
#define TESTS_LIB_DOCUMENTMAKE_H

#include "measure/lib/hash.h"
#include "tests/lib/x509make.h"

#define DOCUMENT_CERTS 4

/* One thing that is wrong with its form. */
enum document_lie {
	DOCUMENT_TRUE,
	DOCUMENT_KEY_TWICE,	 /* nonce */
	DOCUMENT_PCR_TWICE,	 /* PCR 4, the second time with another value */
	DOCUMENT_BOTH_PCRS,	 /* pcrs beside nitrotpm_pcrs */
	DOCUMENT_KEY_UNKNOWN,	 /* "hint" */
	DOCUMENT_KEY_MISSING,	 /* digest */
	DOCUMENT_KEY_NUMBER,	 /* a key that is a number */
	DOCUMENT_OPEN_STRING,	 /* the certificate, in chunks whose number is not said */
	DOCUMENT_OPEN_PCRS,	 /* a map of PCRs of no length */
	DOCUMENT_OPEN_LIST,	 /* cabundle */
	DOCUMENT_OPEN_OUTSIDE,	 /* the list of four */
	DOCUMENT_PAYLOAD_TRAILS, /* a byte behind the payload's map */
	DOCUMENT_TRAILS,	 /* a byte behind it all */
	DOCUMENT_TAG,		 /* tagged as COSE_Mac0 */
	DOCUMENT_OTHER_ALG,	 /* -7, ES256 */
	DOCUMENT_NO_ALG,	 /* an empty protected header */
	DOCUMENT_MORE_HEADER,	 /* a key identifier beside the algorithm */
	DOCUMENT_UNPROTECTED,	 /* and in the header that nobody signs */
	DOCUMENT_FIVE,		 /* members of the list */
	DOCUMENT_PCR_SHORT,	 /* PCR 7 of 32 bytes */
	DOCUMENT_PCR_HIGH,	 /* PCR 32 */
	DOCUMENT_SIGNATURE_SHORT,
	DOCUMENT_MANY_CERTS, /* eight above its own */
	DOCUMENT_LONG_FIELD, /* user_data of 1025 bytes */
	_DOCUMENT_LIES
};

struct document_recipe {
	const char *module, *digest, *pcrs; /* pcrs: the name of their map */
	uint64_t timestamp;
	uint32_t has; /* bit i: pcr[i] is in it */
	struct digest pcr[24];
	X509 *cert[DOCUMENT_CERTS]; /* its own first */
	size_t n_certs;
	const uint8_t *nonce, *user_data; /* NULL: null */
	size_t nonce_len, user_data_len;
	EVP_PKEY *pkey;
	bool tagged, definite; /* definite: the payload's map says its length */
	enum document_lie lie;
};

/* Of a machine's TPM, PCR 0 to 15 zero, nonce of 32 bytes. */
void document_start(struct document_recipe *r, EVP_PKEY *pkey, X509 *cert, const uint8_t *nonce);

/* In place of what is in b. */
void put_document(struct bytes *b, const struct document_recipe *r);

/* Heads and strings of CBOR, behind what is in b; major: 0 to 7. */
void put_cbor(struct bytes *b, unsigned major, uint64_t value);
void put_cbor_text(struct bytes *b, const char *text);
void put_cbor_bytes(struct bytes *b, const void *p, size_t len);

#endif
