/* SPDX-License-Identifier: MIT */
/*
 * From the certificate of an AK or EK to a pinned root.
 *
 * A chain holds if every signature in it is good and of at least 112 bits of strength, every
 * certificate is valid at the given time, those above the first are of CAs, and the last one is
 * pinned: its SHA-256 is in the policy, which is all that makes a root. (A pinned certificate need
 * not be signed by itself; of an intermediate that is pinned, nothing above it is looked at.) The
 * certificates between may come from the evidence or from the policy, in any order, and more of
 * them than needed do no harm. No system trust, no network, and no revocation lists: whoever finds
 * out that a key was taken unpins its root, or waits until it expires.
 *
 * What the first one must be:
 *
 *	EK	for keys of CERT_EK by its extendedKeyUsage; not a CA; by its keyUsage for
 *		encryption of keys (RSA) or agreement on them (ECC)
 *	AK	for keys of CERT_AK; or without extendedKeyUsage, if one above it is for certifying
 *		keys of TPMs (as Google's are); not a CA; by its keyUsage for signatures
 *	document	not a CA; by its keyUsage for signatures; and nothing in its chain is for keys
 *		of TPMs, which would sign anything that looks like a document
 *
 * Chains of documents end at pins of their own: whoever vouches for TPMs need not vouch for what
 * another says of one.
 *
 * Sources: as of cert.h; RFC 5280, section 6 "Certification Path Validation".
 */
#ifndef MEASURE_VERIFY_TPM_CHAIN_H
#define MEASURE_VERIFY_TPM_CHAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "measure/verify/evidence.h"
#include "measure/verify/policy/policy.h"
#include "measure/verify/tpm/cert.h"

#define CHAIN_MAX 8 /* certificates between the first and the root; real chains have one or two */

enum chain_use { CHAIN_AK, CHAIN_EK, CHAIN_DOCUMENT };

/* Certificates of evidence, read. */
struct certs {
	struct cert cert[EVIDENCE_CERTS_MAX];
	size_t n;
};

/* Those that the policy has as well are not read again. */
void certs_read(const struct evidence_certs *der, const struct rampart_policy *policy,
		struct certs *ret_certs);
void certs_done(struct certs *certs);

struct chain {
	const char *what;   /* what is wrong, static, without a subject: "it has expired"; NULL: it
			       holds */
	bool unsure;	    /* what: memory ran out */
	bool no_path;	    /* what: no issuer of a certificate is known, or none that is pinned */
	bool expired;	    /* it holds, but a certificate between has expired, which is accepted */
	struct digest root; /* if it holds */
};

/* The chain from certs->cert[first] at that time (Unix seconds). Takes any first below n. */
struct chain chain_check(const struct rampart_policy *policy, const struct certs *certs,
			 size_t first, enum chain_use use, int64_t time);

#endif
