/* SPDX-License-Identifier: MIT */
/*
 * Whether an attestation document proves the PCR values that the evidence reports: the checks of
 * check_tpm.c, of what AWS's hypervisor signs in place of a TPM. Its nonce is what extraData is in a
 * quote, and it holds the values themselves, of the bank sha384.
 */
#include "measure/record/error.h"
#include "measure/verify/verifying.h"

static const char unread[] = "the document";

void check_document_form(struct verifying *v)
{
	struct rampart_error text;
	struct diag diag = { 0 };
	int r = document_parse(v->ev->document, &v->document, &diag);

	v->has_document = r == 0;
	if (r < 0) {
		(void)error_parse(&text, r, unread + strlen("the "), &diag);
		found(v, CHECK_QUOTE_FORM, RAMPART_FAILS, "%s", text.text);
		skip_unread(v, CHECK_AK_FORM, unread);
		return;
	}
	found(v, CHECK_QUOTE_FORM, RAMPART_HOLDS, "a COSE_Sign1 of an attestation document");
	certs_read(&v->document.certs, v->policy, &v->signers);
	if (v->signers.cert[0].x509)
		found(v, CHECK_AK_FORM, RAMPART_HOLDS, "that of the document's certificate");
	else
		found(v, CHECK_AK_FORM, RAMPART_FAILS,
		      "the document's certificate is not an X.509 certificate");
}

static void check_signature(struct verifying *v)
{
	X509 *x509 = v->signers.cert[0].x509;

	if (!x509)
		skip_unread(v, CHECK_QUOTE_SIGNATURE, "the document's certificate");
	else
		judge(v, CHECK_QUOTE_SIGNATURE,
		      document_check_signature(&v->document, X509_get0_pubkey(x509)),
		      "made by the key of the document's certificate");
}

static void check_header(struct verifying *v)
{
	if (!v->document.is_tpm)
		found(v, CHECK_QUOTE_HEADER, RAMPART_FAILS,
		      "the document is of an enclave and not of a machine's TPM");
	else if (!v->document.is_sha384)
		found(v, CHECK_QUOTE_HEADER, RAMPART_FAILS,
		      "the document's PCR values are of another bank than sha384");
	else
		found(v, CHECK_QUOTE_HEADER, RAMPART_HOLDS, "of a machine's TPM, its bank sha384");
}

static void check_binding(struct verifying *v)
{
	const struct quote as_of_a_quote = { .extra = v->document.nonce };
	struct binding_leaf leaf;

	if (!v->has_spki) {
		skip_unread(v, CHECK_QUOTE_BINDING, "the gateway's certificate");
		return;
	}
	request_leaf(v, &leaf);
	judge(v, CHECK_QUOTE_BINDING, quote_check_binding(&as_of_a_quote, &leaf, &v->ev->path),
	      "for this nonce, TLS key and connection");
}

static void check_selection(struct verifying *v)
{
	enum quote_reason reason = QUOTE_HOLDS;

	for (enum hash_alg bank = 0; bank < _HASH_MAX; bank++)
		if (v->ev->values.bank[bank] && bank != HASH_SHA384)
			reason = QUOTE_BANK_MISSING;
	if (!v->ev->values.bank[HASH_SHA384])
		reason = QUOTE_BANK_UNASKED;
	if ((v->document.pcrs & QUOTE_PCRS) != QUOTE_PCRS)
		reason = QUOTE_PCR_MISSING;
	judge(v, CHECK_QUOTE_SELECTION, reason, "PCR 0 to 15 of the bank sha384");
}

static void check_digest(struct verifying *v)
{
	const struct pcrs *values = &v->ev->values;

	for (unsigned pcr = 0; pcr < EVIDENCE_PCRS; pcr++)
		if (!values->bank[HASH_SHA384] || !(v->document.pcrs >> pcr & 1) ||
		    !digest_equal(&v->document.pcr[pcr], &values->value[HASH_SHA384][pcr])) {
			found(v, CHECK_QUOTE_DIGEST, RAMPART_FAILS,
			      "PCR values: PCR %u of the bank sha384 is not that of the document",
			      pcr);
			return;
		}
	found(v, CHECK_QUOTE_DIGEST, RAMPART_HOLDS, "with the PCR values of the evidence");
}

void check_document(struct verifying *v)
{
	found(v, CHECK_AK_CLAIMS, RAMPART_SKIPPED,
	      "no key of a TPM signs a document: whoever certifies its key vouches for it");
	if (v->policy->has_restarts)
		found(v, CHECK_POLICY_RESTARTS, RAMPART_FAILS,
		      "a document does not say how often its TPM was resumed or restarted, and the policy limits that");
	else
		found(v, CHECK_POLICY_RESTARTS, RAMPART_SKIPPED,
		      "the policy does not limit the TPM's restarts");
	if (!v->has_document) {
		skip_unread(v, CHECK_QUOTE_SIGNATURE, unread);
		skip_unread(v, CHECK_QUOTE_HEADER, unread);
		skip_unread(v, CHECK_QUOTE_BINDING, unread);
		skip_unread(v, CHECK_QUOTE_SELECTION, unread);
		skip_unread(v, CHECK_QUOTE_DIGEST, unread);
		return;
	}
	check_signature(v);
	check_header(v);
	check_binding(v);
	check_selection(v);
	check_digest(v);
}
