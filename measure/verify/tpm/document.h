/* SPDX-License-Identifier: MIT */
/*
 * What a NitroTPM has instead of a quote: an attestation document, which AWS's hypervisor signs.
 *
 *	COSE_Sign1    [protected: bytes of {1: -35}, unprotected: {}, payload: bytes, signature: 96
 *	              bytes], with or without its tag; -35 is ES384
 *	payload       {module_id: text, timestamp: ms since 1970, digest: "SHA384", nitrotpm_pcrs:
 *	              {number: 48 bytes}, certificate: DER, cabundle: [DER, the root first],
 *	              public_key, user_data, nonce: bytes or null, or not there}
 *
 * An enclave's document is the same but for the name of its PCRs, "pcrs".
 *
 * The bytes are not trusted. They are read once, here, in full, by tinycbor, and refused for: a key
 * that is not known, or there twice; a length that is not said, but of the payload's own map, which
 * the hypervisor writes so; anything behind the end. What was read proves nothing yet:
 * checks/check_document.c.
 *
 * Sources: Amazon EC2 User Guide, "Validate a NitroTPM Attestation Document"; RFC 9052, sections
 * 4.2 "Signing with One Signer" and 4.4 "Signing and Verification Process"; RFC 9053, section 2.1
 * "ECDSA"; RFC 8949.
 */
#ifndef MEASURE_VERIFY_TPM_DOCUMENT_H
#define MEASURE_VERIFY_TPM_DOCUMENT_H

#include <openssl/types.h>
#include <stdbool.h>
#include <stdint.h>

#include "measure/lib/hash.h"
#include "measure/lib/quote_check.h"
#include "measure/lib/span.h"
#include "measure/lib/tpmread.h"
#include "measure/verify/evidence.h"

#define DOCUMENT_PCRS	       32
#define DOCUMENT_SIGNATURE_LEN 96

/* Spans point into the caller's bytes. */
struct document {
	struct span header, payload, signature;
	struct span module_id; /* 1 to 256 bytes of printable ASCII */
	uint64_t timestamp_ms;
	bool is_sha384; /* as its digest says */
	bool is_tpm;	/* and not an enclave's */
	uint32_t pcrs;	/* bit i: PCR i is there */
	struct digest pcr[DOCUMENT_PCRS];
	struct evidence_certs certs;		  /* its own first, then those above it */
	struct span public_key, user_data, nonce; /* p is NULL: not there, or null */
};

/*
 * Reads one. -EBADMSG: it is malformed CBOR; -EPROTO: of another form than above; -ENOTSUP: signed
 * in another way; -EFBIG: more certificates than EVIDENCE_CERTS_MAX. ret_document is untouched then;
 * diag may be NULL.
 */
int document_parse(struct span bytes, struct document *ret_document, struct diag *diag);

/* Whether a key made the signature: of P-384, or QUOTE_KEY_INVALID. */
enum quote_reason document_check_signature(const struct document *document, EVP_PKEY *pkey);

#endif
