/* SPDX-License-Identifier: MIT */
/*
 * What gateway and quoter say to each other, over a SOCK_SEQPACKET pair that init makes. A message
 * is one byte for its type, and its content:
 *
 *	'H'  quoter, once, when it can quote: text, the members of the evidence that stay the same,
 *	     as JSON without braces ("schema":...,"ak":...,"ek":...,"pcrs":...; MEASUREMENTS.md, "Evidence")
 *	'Q'  gateway: 32 bytes, the root of the Merkle tree over the waiting requests (binding.h)
 *	     quoter: text, the members for a quote of it, as JSON without braces
 *	     ("quote":...,"signature":..., or "document":...)
 *	'A'  gateway: a credential, as a client posted it (credential.h of the quoter says the form)
 *	     quoter: the secret in it
 *	'R'  quoter, instead of 'A': text, one line, why the TPM does not open that credential;
 *	     instead of 'Q': why there is no document this time, which may be another the next
 *
 * The gateway asks one thing at a time and waits for the answer; the quoter speaks unasked only
 * once. Neither trusts the other: a message of another length or type ends the receiver. When one
 * end closes, the other ends as well.
 */
#ifndef GUEST_QUOTING_H
#define GUEST_QUOTING_H

enum { QUOTING_HELLO = 'H', QUOTING_QUOTE = 'Q', QUOTING_ACTIVATE = 'A', QUOTING_REFUSED = 'R' };

#define QUOTING_MAX	       65536 /* bytes of a message, the first one included */
#define QUOTING_CREDENTIAL_MAX 2048  /* bytes of a credential */
#define QUOTING_SECRET_MAX     64    /* bytes of a secret: at most a digest */

#endif
