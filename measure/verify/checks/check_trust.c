/* SPDX-License-Identifier: MIT */
/* Whether the AK is a TPM's, by its own certificate or by the EK's and an activation. */
#include "measure/lib/quote_check.h"
#include "measure/verify/tpm/aktrust.h"
#include "measure/verify/tpm/credential.h"
#include "measure/verify/verifying.h"

#define EXPIRED_TEXT "a certificate between it and its root has expired; the policy accepts that"

struct ways {
	enum rampart_outcome ak, ek, activation;
	struct digest ak_root, ek_root;
};

static enum rampart_outcome outcome_of(const struct chain *chain)
{
	if (!chain->what)
		return RAMPART_HOLDS;
	return chain->unsure ? RAMPART_UNSURE : RAMPART_FAILS;
}

static enum rampart_outcome skip(struct verifying *v, enum check_id id, const char *why)
{
	found(v, id, RAMPART_SKIPPED, "%s", why);
	return RAMPART_SKIPPED;
}

static enum rampart_outcome tell(struct verifying *v, enum check_id id, const char *name,
				 const struct chain *chain)
{
	if (chain->what)
		found(v, id, outcome_of(chain), "%s: %s", name, chain->what);
	else
		found(v, id, RAMPART_HOLDS, "%s: it leads to a pinned root", name);
	if (chain->expired)
		warn(v, "%s: " EXPIRED_TEXT, name);
	return outcome_of(chain);
}

/* A document has its own chain with it. */
static void check_signer(struct verifying *v, struct ways *ways)
{
	struct chain chain;

	if (!v->has_document) {
		ways->ak = skip(v, CHECK_AK_CERTIFICATE, "the document cannot be read");
		return;
	}
	chain = chain_check(v->policy, &v->signers, 0, CHAIN_DOCUMENT, v->time);
	ways->ak = tell(v, CHECK_AK_CERTIFICATE, "the document's certificate", &chain);
	ways->ak_root = chain.root;
}

static void check_ak(struct verifying *v, struct ways *ways)
{
	struct chain chain;
	struct certs certs;

	ways->ak = RAMPART_SKIPPED;
	if (v->policy->no_certificate) {
		ways->ak = skip(v, CHECK_AK_CERTIFICATE, "the policy does not go by it");
		return;
	}
	if (v->ev->has_document) {
		check_signer(v, ways);
		return;
	}
	if (v->ev->ak_certs.n == 0 || !v->has_key) {
		ways->ak = skip(v, CHECK_AK_CERTIFICATE,
				v->has_key ? "the AK has no certificate" : "the AK cannot be read");
		return;
	}
	certs_read(&v->ev->ak_certs, v->policy, &certs);
	chain = trust_ak(v->policy, &certs, &v->key, v->time);
	ways->ak = tell(v, CHECK_AK_CERTIFICATE, "the AK's certificate", &chain);
	ways->ak_root = chain.root;
	certs_done(&certs);
}

/* The EK certificate that the activation is of, or the first that holds. */
static struct chain find_ek(struct verifying *v, const struct certs *certs, bool *ret_activated)
{
	size_t next = 0, i = 0;
	struct chain chain = trust_ek(v->policy, certs, v->time, &next, &i);

	*ret_activated = false;
	while (!chain.what && v->activation) {
		struct chain other;

		*ret_activated = digest_equal(&certs->cert[i].sha256, &v->activation->ek);
		if (*ret_activated)
			break;
		other = trust_ek(v->policy, certs, v->time, &next, &i);
		if (other.what)
			break;
		chain = other;
	}
	return chain;
}

static enum rampart_outcome check_activation(struct verifying *v, bool of_this_ek)
{
	const struct rampart_activation *activation = v->activation;
	struct span ak;

	if (!activation)
		return skip(v, CHECK_EK_ACTIVATION, "none was made");
	if (!v->has_key)
		return skip(v, CHECK_EK_ACTIVATION, "the AK cannot be read");
	ak = span_of(activation->ak.bytes, activation->ak.len);
	if (quote_check_name(&v->key, ak) != QUOTE_HOLDS)
		found(v, CHECK_EK_ACTIVATION, RAMPART_FAILS, "the activation is of another AK");
	else if (!of_this_ek)
		found(v, CHECK_EK_ACTIVATION, RAMPART_FAILS,
		      "the activation is of an EK that does not lead to a pinned root here");
	else {
		found(v, CHECK_EK_ACTIVATION, RAMPART_HOLDS, "the EK's TPM holds the AK");
		return RAMPART_HOLDS;
	}
	return RAMPART_FAILS;
}

static void check_ek(struct verifying *v, struct ways *ways)
{
	bool activated = false;
	struct chain chain;
	struct certs certs;

	ways->ek = ways->activation = RAMPART_SKIPPED;
	if (v->policy->no_activation || v->ev->ek_certs.n == 0) {
		const char *why = v->policy->no_activation ? "the policy does not go by it"
							   : "the EK has no certificate";

		ways->ek = skip(v, CHECK_EK_CERTIFICATE, why);
		ways->activation = skip(v, CHECK_EK_ACTIVATION, why);
		return;
	}
	certs_read(&v->ev->ek_certs, v->policy, &certs);
	chain = find_ek(v, &certs, &activated);
	ways->ek = tell(v, CHECK_EK_CERTIFICATE, "the EK's certificate", &chain);
	ways->ek_root = chain.root;
	ways->activation = check_activation(v, activated);
	certs_done(&certs);
}

static void trust_by(struct verifying *v, enum rampart_trust way, const struct digest *root,
		     const char *text)
{
	v->report->public.trusted_by = way;
	v->report->public.trust = way == RAMPART_TRUST_CERTIFICATE ? "certificate" : "activation";
	v->report->public.root = pool_digest(&v->report->pool, root);
	found(v, CHECK_AK_TRUST, RAMPART_HOLDS, "%s", text);
}

/* Only a Name holds the attributes of a key; a certificate of it certifies its numbers. */
static void tell_claims(struct verifying *v, bool of_name)
{
	if (v->report->check[CHECK_AK_CLAIMS].outcome != RAMPART_HOLDS)
		return;
	found(v, CHECK_AK_CLAIMS, RAMPART_HOLDS, "%s",
	      of_name ? "restricted to sign what its TPM made, and never left it: the activation is of just this public area"
		      : "as the evidence says: restricted to sign what its TPM made, and never left it; the AK's certificate is of its key, whatever its attributes");
}

void check_trust(struct verifying *v)
{
	struct ways ways = { 0 };

	check_ak(v, &ways);
	check_ek(v, &ways);
	tell_claims(v, ways.ek == RAMPART_HOLDS && ways.activation == RAMPART_HOLDS);
	if (ways.ak == RAMPART_HOLDS)
		trust_by(
			v, RAMPART_TRUST_CERTIFICATE, &ways.ak_root,
			v->ev->has_document
				? "by the document's certificate: AWS vouches for the TPM"
				: "by the AK's certificate, of its key; its attributes are as the evidence says");
	else if (ways.ek == RAMPART_HOLDS && ways.activation == RAMPART_HOLDS)
		trust_by(v, RAMPART_TRUST_ACTIVATION, &ways.ek_root,
			 "by the EK's certificate and activation");
	else if ((v->ev->has_document ? &v->policy->document_pins : &v->policy->pins)->n == 0)
		found(v, CHECK_AK_TRUST, RAMPART_FAILS, "no roots are pinned");
	else if (ways.ek == RAMPART_HOLDS && ways.activation == RAMPART_SKIPPED)
		found(v, CHECK_AK_TRUST, RAMPART_UNSURE,
		      "the EK is a TPM's, but no activation shows that the AK is there too");
	else if (ways.ak == RAMPART_UNSURE || ways.ek == RAMPART_UNSURE)
		found(v, CHECK_AK_TRUST, RAMPART_UNSURE, "memory ran out");
	else
		found(v, CHECK_AK_TRUST, RAMPART_FAILS, "nothing shows that the AK is a TPM's: %s",
		      v->report
			      ->check[ways.ak != RAMPART_SKIPPED ? CHECK_AK_CERTIFICATE
				      : ways.ek != RAMPART_HOLDS ? CHECK_EK_CERTIFICATE
								 : CHECK_EK_ACTIVATION]
			      .text);
}
