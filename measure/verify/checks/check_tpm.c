/* SPDX-License-Identifier: MIT */
/* Whether the quote proves the PCR values that the evidence reports: quote_check.h, all of it. */
#include "measure/lib/quote_check.h"

#include "measure/verify/tpm/quote_signature.h"
#include "measure/verify/verifying.h"

void judge(struct verifying *v, enum check_id id, enum quote_reason reason, const char *holds)
{
	if (reason == QUOTE_HOLDS)
		found(v, id, RAMPART_HOLDS, "%s", holds);
	else
		found(v, id, reason == QUOTE_UNSURE ? RAMPART_UNSURE : RAMPART_FAILS, "%s",
		      quote_reason_text(reason));
}

void skip_unread(struct verifying *v, enum check_id id, const char *what)
{
	found(v, id, RAMPART_SKIPPED, "%s cannot be read", what);
}

static void check_key(struct verifying *v)
{
	if (v->has_key)
		judge(v, CHECK_AK_CLAIMS, quote_check_key(&v->key),
		      "as the evidence says: restricted to sign what its TPM made, and never left it");
	else
		skip_unread(v, CHECK_AK_CLAIMS, "the AK");
}

/* What needs the key besides the quote. */
static void check_signed(struct verifying *v)
{
	if (!v->has_key || !v->has_quote) {
		skip_unread(v, CHECK_QUOTE_SIGNATURE, v->has_key ? "the quote" : "the AK");
		skip_unread(v, CHECK_QUOTE_DIGEST, v->has_key ? "the quote" : "the AK");
		return;
	}
	judge(v, CHECK_QUOTE_SIGNATURE, quote_check_signature(&v->quote, &v->signature, &v->key),
	      "made by the AK");
	judge(v, CHECK_QUOTE_DIGEST,
	      v->key.scheme.alg == TPM_SCHEME_NULL
		      ? QUOTE_KEY_NO_SCHEME
		      : quote_check_digest(&v->quote, &v->key.scheme, v->ev->values.bank,
					   &v->ev->values),
	      "over the PCR values of the evidence");
}

void request_leaf(const struct verifying *v, struct binding_leaf *ret_leaf)
{
	const struct rampart_connection *c = v->connection;

	binding_leaf(c ? c->nonce : v->ev->nonce, v->spki,
		     c && c->exporter ? c->exporter : v->ev->exporter, ret_leaf);
}

static void check_binding(struct verifying *v)
{
	struct binding_leaf leaf;

	if (!v->has_spki) {
		skip_unread(v, CHECK_QUOTE_BINDING, "the gateway's certificate");
		return;
	}
	request_leaf(v, &leaf);
	judge(v, CHECK_QUOTE_BINDING, quote_check_binding(&v->quote, &leaf, &v->ev->path),
	      "for this nonce, TLS key and connection");
}

static void check_quote(struct verifying *v)
{
	if (!v->has_quote) {
		skip_unread(v, CHECK_QUOTE_HEADER, "the quote");
		skip_unread(v, CHECK_QUOTE_BINDING, "the quote");
		skip_unread(v, CHECK_QUOTE_SELECTION, "the quote");
		return;
	}
	judge(v, CHECK_QUOTE_HEADER, quote_check_header(&v->quote), "a TPM made it, as a quote");
	check_binding(v);
	judge(v, CHECK_QUOTE_SELECTION, quote_check_selection(&v->quote, v->ev->values.bank),
	      "exactly PCR 0 to 15 of each bank");
}

static void check_measured(struct verifying *v)
{
	struct quote_where where;
	enum quote_reason reason = quote_check_measured(v->ev->values.bank, &v->ev->values, &where);

	if (reason == QUOTE_PCR_ZEROS || reason == QUOTE_PCR_ONES)
		found(v, CHECK_QUOTE_MEASURED, RAMPART_FAILS, "%s: PCR %u, bank %s",
		      quote_reason_text(reason), where.pcr, hash_name(where.bank));
	else
		judge(v, CHECK_QUOTE_MEASURED, reason, "the firmware measured into every bank");
}

/*
 * restartCount is that of the quote, in which the TPM counts how often it was resumed or restarted
 * since its last reset: TCG TPM 2.0 Library, Part 1 "Architecture", section "Timing Components".
 */
static void check_restarts(struct verifying *v)
{
	const struct rampart_policy *policy = v->policy;
	uint32_t n = v->quote.restart_count;

	if (v->has_quote && n > 0 && !policy->has_restarts)
		warn(v,
		     "the TPM was resumed or restarted since its last reset, %u times by its own count: its PCRs may be of a boot before (see tpm_restarts in the policy)",
		     n);
	if (!policy->has_restarts)
		found(v, CHECK_POLICY_RESTARTS, RAMPART_SKIPPED,
		      "the policy does not limit the TPM's restarts");
	else if (!v->has_quote)
		skip_unread(v, CHECK_POLICY_RESTARTS, "the quote");
	else
		found(v, CHECK_POLICY_RESTARTS,
		      n > policy->restarts ? RAMPART_FAILS : RAMPART_HOLDS,
		      "by its own count the TPM was resumed or restarted %u times since its last reset, and the policy accepts %u",
		      n, policy->restarts);
}

void check_tpm(struct verifying *v)
{
	check_measured(v);
	if (v->ev->has_document) {
		check_document(v);
		return;
	}
	check_key(v);
	check_signed(v);
	check_quote(v);
	check_restarts(v);
}
