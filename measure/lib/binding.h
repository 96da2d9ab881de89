/* SPDX-License-Identifier: MIT */
/*
 * What binds a quote to a request: how the quoter computes the quote's extraData from requests, and
 * how the client, which knows its own nonce and connection, computes the same.
 *
 *	leaf      = SHA-256(nonce || SHA-256(SPKI) || exporter)
 *	root      = of the Merkle tree (merkle.h) over the leaves of all requests that share a quote
 *	extraData = SHA-256("rampart-quote/1" || root)
 *
 *	nonce     32 bytes that the client drew for this request
 *	SPKI      the SubjectPublicKeyInfo of the server's TLS key, as DER (RFC 5280, 4.1.2.7
 *	          "Subject Public Key Info")
 *	exporter  32 bytes of this very connection: "EXPORTER-Channel-Binding" with an empty context
 *	          (RFC 9266, section 2 "The 'tls-exporter' Channel Binding Type"); all zero when the
 *	          client's TLS library cannot give it, which the client then reports
 *
 * All parts of a leaf have a fixed length, so no two requests have the same bytes. The label has 15
 * bytes, no NUL. All functions are pure and cannot fail. DESIGN.md, section 9.
 */
#ifndef MEASURE_BINDING_H
#define MEASURE_BINDING_H

#include <stdint.h>

#include "measure/lib/merkle.h"
#include "measure/lib/span.h"

#define BINDING_LEN 32 /* bytes of a nonce, an exporter, a leaf, and of extraData */

/* One request. Not yet a node of the tree: that is merkle_leaf() over these bytes. */
struct binding_leaf {
	uint8_t bytes[BINDING_LEN];
};

void binding_leaf(const uint8_t nonce[static BINDING_LEN], struct span spki,
		  const uint8_t exporter[static BINDING_LEN], struct binding_leaf *ret_leaf);

void binding_extra(const struct merkle_hash *root, uint8_t ret_extra[static BINDING_LEN]);

#endif
