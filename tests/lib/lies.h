/* SPDX-License-Identifier: MIT */
/*
 * For tests of the verifier's judgement: a machine, a policy that accepts it, and a connection to
 * it. Lies, one at a time: each is found by the check that is there for it, and by no other than
 * those that it must show in. The test makes the policy and frees it.
 */
#ifndef TESTS_LIB_LIES_H
#define TESTS_LIB_LIES_H

#include "tests/lib/machine.h"

extern struct machine machine;
extern struct rampart_policy *policy;

/* How the verifier sees the connection; connection points to the others. Changed by lies. */
extern struct rampart_connection connection;
extern uint8_t nonce[32], exporter[32];

/* The connection of this certificate's owner, with the machine's nonce and exporter. */
void connect_to(X509 *cert);

/* What remains to be done after machine_boot(), or after machine_start(). */
void rest(void);
void boot_rest(void);

/* Logs that differ from what was measured; write says which one. */
void relog(void (*write)(struct machine *m));

/* The report about the machine's JSON as it is now; rampart_report_free() it. */
struct rampart_report *verify(const struct rampart_policy *with,
			      const struct rampart_connection *over);

/*
 * "a b": the checks that do not hold, without those that ak.trust sums up. Good until the next
 * call. print_failing() prints them with what they say.
 */
const char *failing(const struct rampart_report *report);
void print_failing(const struct rampart_report *report);

/* A check: that exactly these fail, and with them the whole. lie() connects to the machine first. */
void expect(const struct rampart_policy *with, const char *ids, const char *name);
void lie(const char *ids, const char *name);

#endif
