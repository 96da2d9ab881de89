/* SPDX-License-Identifier: MIT */
/* Who signed a text, of those whom a policy names. */
#ifndef MEASURE_VERIFY_SIGNATURE_SIGNERS_H
#define MEASURE_VERIFY_SIGNATURE_SIGNERS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "measure/lib/hash.h"
#include "measure/lib/span.h"
#include "measure/rampart.h"
#include "measure/verify/signature/minisig.h"
#include "measure/verify/signature/signkey.h"

#define SIGNERS_MAX	  64
#define SIGNERS_TEXT_MAX  512
#define NAMESPACE_GOLDEN  "rampart-golden"  /* of golden.json */
#define NAMESPACE_RELEASE "rampart-release" /* of a release's sha256sums */

/* One key of the policy's "signers". A signer is a name, and may have several keys. */
struct signer {
	const char *name; /* borrowed from the policy's rules */
	size_t first;	  /* index of the first key of this name, which stands for it */
	bool is_minisign; /* it signs in that format only; ML-DSA-65 as mldsa.h, the others as SSH */
	uint8_t id[MINISIG_ID_LEN]; /* if is_minisign */
	struct signkey key;
	struct digest fingerprint;
	bool is_revoked; /* set by whoever knows what is revoked */
};

/* What a quantum computer forges, and what it does not. */
enum sign_kind { SIGN_CLASSIC, SIGN_POST_QUANTUM, _SIGN_KIND_MAX };

struct signers {
	struct signer *key; /* owned */
	size_t n;
	size_t n_names;
	size_t threshold; /* names that must have signed; 0 only if there are no signers */
	bool both;	  /* so many by keys of each kind */
};

/*
 * "signers", "threshold" and "signature_kinds" of rules, whose texts must live as long as ret_signers. -EPROTO and so
 * on, with the entry, and -ENOMEM; ret_signers untouched then.
 */
int signers_read(const json_t *rules, struct signers *ret_signers, struct rampart_error *error);

/* What the signatures over a text come to. */
struct signed_by {
	bool by[SIGNERS_MAX];			   /* at the first key of each name that signed */
	size_t n;				   /* names */
	bool by_kind[_SIGN_KIND_MAX][SIGNERS_MAX]; /* the same, of each kind of key */
	size_t n_kind[_SIGN_KIND_MAX];
	char why_not[SIGNERS_TEXT_MAX]; /* "" if these are enough; else who is missing, and what is
					 * wrong with each signature that does not count
					 */
};

/*
 * Looks at every signature. One that does not count, by whatever fault, takes nothing away from the
 * others. -ENOMEM only; ret_by untouched then.
 */
int signers_check(const struct signers *signers, const char *namespace, struct span bytes,
		  const struct rampart_signature *signature, size_t n, struct signed_by *ret_by);

/* The names in by, "alice, bob", cut to what fits. */
void signers_print(const struct signers *signers, const bool by[static SIGNERS_MAX],
		   char ret_text[static SIGNERS_TEXT_MAX]);

#endif
