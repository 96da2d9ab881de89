/* SPDX-License-Identifier: MIT */
/*
 * The talk with the quoter (quoting.h), which does one thing at a time. All requests for evidence
 * that wait when it is free share one quote: the root of a Merkle tree over them is what it quotes,
 * and each gets its path to that root (merkle.h). Credentials are opened one by one, in turn with
 * quotes, with a rest after each, and first those of whoever has waited longest since his last one. No source can fill a
 * quote, or the queue of credentials, so that others wait for the next one.
 */
#ifndef GATEWAY_QUOTES_H
#define GATEWAY_QUOTES_H

#include "initramfs/gateway/conn.h"
#include "initramfs/gateway/identity.h"

/*
 * Waits for the quoter's hello. 0 and its text, the caller's to free(); or negative errno: -EPIPE
 * if the quoter is gone, -EPROTO if it says something else.
 */
int quotes_hello(char **ret_text, size_t *ret_len);

/* Watches the quoter. machine: evidence_machine()'s text; both must last. 0 or negative errno. */
int quotes_start(const struct identity *identity, struct span machine);

/* Puts a request for conn->evidence in its queue; it is woken with the answer. */
void quotes_add(struct conn *conn);

/* The same with conn->credential (SOURCE_ACTIVATIONS). False, and nothing done, when too many wait,
 * of all or of its source. */
#define QUOTES_ACTIVATIONS_MAX	 16
#define QUOTES_ACTIVATIONS_SHARE 4
bool quotes_activate(struct conn *conn);

/* Asks the quoter for what waits, if it is free. At the end of a turn, so that those who came
 * together wait together. Milliseconds until it is to be called again in any case; -1: it is not. */
int quotes_ask(void);

#endif
