/* SPDX-License-Identifier: MIT */
/* Whether the evidence is for the connection at hand. */
#include <string.h>

#include "measure/verify/verifying.h"

static void check_key(struct verifying *v)
{
	if (!v->connection)
		found(v, CHECK_CONNECTION_KEY, RAMPART_SKIPPED, "offline");
	else if (v->own_spki.left == 0)
		found(v, CHECK_CONNECTION_KEY, RAMPART_SKIPPED,
		      "the certificate in the evidence cannot be read");
	else if (v->own_spki.left != v->spki.left ||
		 memcmp(v->own_spki.p, v->spki.p, v->spki.left) != 0)
		found(v, CHECK_CONNECTION_KEY, RAMPART_FAILS,
		      "the connection ends in another key than the evidence is for");
	else
		found(v, CHECK_CONNECTION_KEY, RAMPART_HOLDS,
		      "the connection ends in the key of the evidence");
}

static void check_nonce(struct verifying *v)
{
	if (!v->connection) {
		found(v, CHECK_CONNECTION_NONCE, RAMPART_SKIPPED, "offline");
		warn(v,
		     "offline: nothing shows when this evidence was made, nor that the machine is still as it says");
	} else if (memcmp(v->connection->nonce, v->ev->nonce, BINDING_LEN) != 0) {
		found(v, CHECK_CONNECTION_NONCE, RAMPART_FAILS,
		      "the evidence is for another nonce: it was not made for this request");
	} else {
		found(v, CHECK_CONNECTION_NONCE, RAMPART_HOLDS, "it was made for this request");
	}
}

static void check_channel(struct verifying *v)
{
	bool optional = v->policy->channel_optional;

	if (!v->connection) {
		found(v, CHECK_CONNECTION_CHANNEL, RAMPART_SKIPPED, "offline");
	} else if (!v->connection->exporter) {
		found(v, CHECK_CONNECTION_CHANNEL, optional ? RAMPART_SKIPPED : RAMPART_FAILS,
		      "channel binding is not available, so whoever holds the TLS key may relay%s",
		      optional ? "; the policy accepts that" : "");
		if (optional)
			warn(v,
			     "channel binding is not available: whoever holds the TLS key may relay this connection");
	} else if (memcmp(v->connection->exporter, v->ev->exporter, BINDING_LEN) != 0) {
		found(v, CHECK_CONNECTION_CHANNEL, RAMPART_FAILS,
		      "the evidence is for another connection: somebody relays this one");
	} else {
		found(v, CHECK_CONNECTION_CHANNEL, RAMPART_HOLDS,
		      "the machine is the other end of this very connection");
	}
}

void check_connection(struct verifying *v)
{
	check_key(v);
	check_nonce(v);
	check_channel(v);
}
