/* SPDX-License-Identifier: MIT */
/*
 * A whole machine in memory, with a TPM of libcrypto's, for tests of the verifier:
 *
 *	machine_start()		what it measures; its keys and certificates
 *	machine_boot()		the TPM's values and the logs
 *	machine_quote()		the request is bound, the quote's recipe is filled in
 *	machine_seal()		signed, and put together as JSON
 *
 * A lie is one change between two of these. make_pki() comes first. What cannot be made ends the
 * program.
 */
#ifndef TESTS_LIB_MACHINE_H
#define TESTS_LIB_MACHINE_H

#include <jansson.h>

#include "measure/lib/event.h"
#include "measure/rampart.h"
#include "measure/record/eventlog.h"
#include "tests/lib/x509make.h"

/* What every test verifies with: keys, and certificates of one CA. */
extern struct pki {
	EVP_PKEY *ak, *other_ak, *tls, *other_tls, *root_pkey, *middle_pkey, *ek_pkey;
	X509 *tls_cert, *other_tls_cert, *root, *middle, *ak_cert, *ek_cert;
} pki;

void make_pki(void);
void free_pki(void);

#define EVENTS_MAX 40

/* The plan that it measures. */
extern const char machine_plan[];

struct measured {
	unsigned pcr;
	uint32_t type;
	const char *data; /* hashed without its NUL; lives as long as the machine */
};

struct machine {
	enum hash_alg bank[4];
	size_t n_banks;
	size_t n_listed; /* more of bank[], which only the header of the firmware's log has */
	struct measured firmware[EVENTS_MAX];
	struct event runtime[EVENTS_MAX];
	size_t n_firmware, n_runtime;
	struct pcrs values;
	struct bytes firmware_log, runtime_log;

	EVP_PKEY *ak_pkey, *tls_pkey; /* of pki, or the test's own */
	X509 *tls;
	struct key_recipe ak;
	struct quote_recipe quote;
	uint8_t nonce[32], exporter[32];
	struct merkle_path path;
	json_t *ak_certs, *ek_certs, *json; /* machine_done() drops them */
};

/* A machine is zeroed before its first start; a later start drops what the one before had. */
void machine_start(struct machine *m);
void machine_boot(struct machine *m);
void machine_quote(struct machine *m);
void machine_seal(struct machine *m);
void machine_whole(struct machine *m); /* the four, without a lie */
void machine_done(struct machine *m);

/* Parts of these, for lies in between. Events go behind those that there are. */
void add_firmware(struct machine *m, unsigned pcr, uint32_t type, const char *data);
void drop_firmware(struct machine *m, size_t i);
void add_runtime(struct machine *m, const struct event *event);
void start_runtime(struct machine *m); /* all of them, of a right boot */
void write_firmware_log(struct machine *m);
void write_runtime_log(struct machine *m);
void digest_quoted(struct machine *m, uint32_t pcrs); /* of the quote, over these bits' PCRs */

/* The event of a certificate's key, and the key: its SubjectPublicKeyInfo, in place of what b has. */
void event_of_key(X509 *cert, struct event *ret_event);
void put_spki(struct bytes *b, X509 *cert);

/* Strings in base64; new references. */
json_t *text_of(const void *p, size_t len);
json_t *text_of_cert(X509 *cert);

/* golden.json of a machine that was booted; a new reference. */
json_t *golden_of(const struct machine *m);

/* The same as the second edition has it; takes it over. */
json_t *second_edition(json_t *golden);

/* Adds it to a policy; false, and the reason is printed, if it is refused. */
bool add_golden(struct rampart_policy *policy, const char *name, json_t *golden);
void add_root(struct rampart_policy *policy, X509 *root, bool pin);

/* With these golden values, which it takes over, the root of pki, and these rules, unless NULL. */
struct rampart_policy *policy_accepting(json_t *golden, const char *rules);

/* A policy that accepts machine_whole(); rampart_policy_free() it. */
struct rampart_policy *policy_of_whole(void);

#endif
