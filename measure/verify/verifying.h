/* SPDX-License-Identifier: MIT */
/*
 * A verification on its way: what was given, what was read of it so far, and the checks. Each group
 * of checks is a file with a function over this; verify.c calls them in order.
 */
#ifndef MEASURE_VERIFY_VERIFYING_H
#define MEASURE_VERIFY_VERIFYING_H

#include <openssl/x509.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "measure/lib/quote.h"
#include "measure/lib/quote_check.h"
#include "measure/lib/tpmkey.h"
#include "measure/rampart.h"
#include "measure/record/eventlog.h"
#include "measure/record/records.h"
#include "measure/record/runtime.h"
#include "measure/verify/evidence.h"
#include "measure/verify/policy/policy.h"
#include "measure/verify/pool.h"
#include "measure/verify/tpm/chain.h"
#include "measure/verify/tpm/document.h"

/* In the order of rampart.h. */
enum check_id {
	CHECK_EVIDENCE_FORM,
	CHECK_CERTIFICATE_FORM,
	CHECK_CONNECTION_KEY,
	CHECK_CONNECTION_NONCE,
	CHECK_CONNECTION_CHANNEL,
	CHECK_AK_FORM,
	CHECK_AK_CLAIMS,
	CHECK_QUOTE_FORM,
	CHECK_QUOTE_SIGNATURE,
	CHECK_QUOTE_HEADER,
	CHECK_QUOTE_BINDING,
	CHECK_QUOTE_SELECTION,
	CHECK_QUOTE_DIGEST,
	CHECK_QUOTE_MEASURED,
	CHECK_FIRMWARE_LOG_FORM,
	CHECK_RUNTIME_LOG_FORM,
	CHECK_LOGS_BANKS,
	CHECK_LOGS_REPLAY,
	CHECK_RUNTIME_EVENTS,
	CHECK_RUNTIME_ERROR,
	CHECK_RUNTIME_IDENTITY,
	CHECK_RUNTIME_READY,
	CHECK_PCR15,
	CHECK_GOLDEN_VALUES,
	CHECK_GOLDEN_TYPES,
	CHECK_POLICY_SIGNERS, /* this and those up to current: in the order of accept.h */
	CHECK_POLICY_LOG,
	CHECK_POLICY_REVOKED,
	CHECK_POLICY_DEBUG,
	CHECK_POLICY_IMAGE,
	CHECK_POLICY_VERSION,
	CHECK_POLICY_PLATFORM,
	CHECK_POLICY_SHAPE,
	CHECK_POLICY_UNCHECKED,
	CHECK_POLICY_CURRENT,
	CHECK_POLICY_RESTARTS,
	CHECK_AK_CERTIFICATE,
	CHECK_EK_CERTIFICATE,
	CHECK_EK_ACTIVATION,
	CHECK_AK_TRUST,
	_CHECK_MAX
};

/* The report as the library has it. */
struct report {
	struct rampart_report public; /* first: the caller's pointer is to it */
	struct pool pool;
	struct rampart_check check[_CHECK_MAX];
	const char *warning[24];
};

struct verifying {
	const struct rampart_policy *policy;
	const struct rampart_evidence *ev;
	const struct rampart_connection *connection; /* NULL: offline */
	const struct rampart_activation *activation; /* may be NULL */
	int64_t time;
	struct report *report;

	/* By check_forms(): what can be read, for the checks that have something to look at. */
	X509 *certificate;    /* owned; NULL: cannot be read */
	struct span own_spki; /* of certificate; empty: cannot be read */
	bool has_key, has_quote, has_document, has_firmware, has_runtime;
	struct tpmkey key;
	struct quote quote;
	struct quote_signature signature;
	struct document document; /* in place of key and quote: evidence.h */
	struct certs signers;	  /* of the document, its own first; owned */
	bool log_absent;	  /* the machine has no firmware log: it is empty */
	struct eventlog firmware; /* freshly opened, and read through once */
	struct runtime_events runtime;

	/* The key of the TLS connection; offline, of the certificate in the evidence. */
	bool has_spki;
	struct span spki;
	struct digest spki_sha256;

	/* By check_logs() */
	bool has_replay;
	struct pcrs replayed;
	struct digest pcr15[_HASH_MAX]; /* identity and ready; if has_spki */

	/* By find_golden(): those that match, or the nearest; NULL: there are none. */
	bool has_records; /* golden values of the second edition are there, and both logs */
	struct records records;
	const struct policy_golden *golden;
	struct golden values;	/* a copy of golden's, configured (golden_configure()) */
	struct instance config; /* the machine's, if they leave that open */
	const char *unsettled;	/* why they do not accept that; NULL: they do */
	bool golden_matches;
	size_t n_differing; /* PCRs */
};

void check_forms(struct verifying *v);
void check_document_form(struct verifying *v); /* part of it, where there is a document */
void check_connection(struct verifying *v);
void check_tpm(struct verifying *v);
void check_document(struct verifying *v); /* the same of a document */
void check_logs(struct verifying *v);
void find_golden(struct verifying *v); /* before check_logs() */
void check_golden(struct verifying *v);
void check_trust(struct verifying *v);

/* Skips a check for want of what it looks at; and says what quote_check.h found, or holds. */
void skip_unread(struct verifying *v, enum check_id id, const char *what);
void judge(struct verifying *v, enum check_id id, enum quote_reason reason, const char *holds);

/* Of the request at hand, for a quote's extraData; v->has_spki. */
void request_leaf(const struct verifying *v, struct binding_leaf *ret_leaf);

/* What a check found, with a text as of printf. Each check says so once. */
void found(struct verifying *v, enum check_id id, enum rampart_outcome outcome, const char *format,
	   ...) __attribute__((format(printf, 4, 5)));

/* The same, and what of it: a detail that rampart_check_codes() has with this check. */
void found_detail(struct verifying *v, enum check_id id, enum rampart_outcome outcome,
		  const char *detail, const char *text);

void warn(struct verifying *v, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The rest of the report, from what was found: report.c. */
struct report *report_new(void); /* NULL if memory ran out. No check has been made. */
void report_fill(struct verifying *v);

/* Its name: see rampart.h. Static. */
const char *check_name(enum check_id id);

#endif
