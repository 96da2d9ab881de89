/* SPDX-License-Identifier: MIT */
#include "measure/verify/tpm/chain.h"

#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <time.h>

/* Security level 2 of SSL_CTX_set_security_level(3): 112 bits; no SHA-1, no RSA below 2048 bits. */
#define STRENGTH 2

void certs_read(const struct evidence_certs *der, const struct rampart_policy *policy,
		struct certs *ret_certs)
{
	ret_certs->n = der->n;
	for (size_t i = 0; i < der->n; i++) {
		struct cert *cert = &ret_certs->cert[i];
		const struct cert *same = NULL;
		struct digest sha256;

		hash_bytes(HASH_SHA256, der->der[i].p, der->der[i].left, &sha256);
		for (size_t k = 0; k < policy->n_certs && !same; k++)
			if (digest_equal(&policy->cert[k].sha256, &sha256))
				same = &policy->cert[k];
		if (same && X509_up_ref(same->x509))
			*cert = *same;
		else
			cert_read(der->der[i], &sha256, cert);
	}
}

void certs_done(struct certs *certs)
{
	for (size_t i = 0; i < certs->n; i++)
		cert_done(&certs->cert[i]);
	certs->n = 0;
}

/* What the verification tells and is told, by its callback. */
struct state {
	const struct rampart_policy *policy;
	const struct policy_pins *pins;
	const struct certs *certs;
	const char *what;
	bool expired;
};

static bool is_no_path(int error)
{
	return error == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT ||
	       error == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY ||
	       error == X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE ||
	       error == X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT ||
	       error == X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN ||
	       error == X509_V_ERR_CERT_CHAIN_TOO_LONG;
}

static const char *text_of(int error, bool first)
{
	if (is_no_path(error))
		return "there is no path from it to a pinned root";
	switch (error) {
	case X509_V_ERR_CERT_HAS_EXPIRED:
		return first ? "it has expired" : "a certificate above it has expired";
	case X509_V_ERR_CERT_NOT_YET_VALID:
		return first ? "it is not valid yet" : "a certificate above it is not valid yet";
	case X509_V_ERR_CERT_SIGNATURE_FAILURE:
		return "a signature of its chain is false";
	case X509_V_ERR_INVALID_CA:
		return "a certificate above it is not one of a CA";
	case X509_V_ERR_CA_MD_TOO_WEAK:
	case X509_V_ERR_CA_KEY_TOO_SMALL:
	case X509_V_ERR_EE_KEY_TOO_SMALL:
		return "a key or a signature of its chain is weaker than 112 bits";
	default:
		return X509_verify_cert_error_string(error);
	}
}

/* The first certificate is looked at by bad_first(), those above must have nothing unknown. */
static bool critical_is_known(X509_STORE_CTX *ctx)
{
	struct cert cert = { .x509 = X509_STORE_CTX_get_current_cert(ctx) };

	return cert.x509 && !cert_has_unknown_critical(&cert);
}

static int on_result(int ok, X509_STORE_CTX *ctx)
{
	struct state *state = X509_STORE_CTX_get_app_data(ctx);
	int error = X509_STORE_CTX_get_error(ctx), depth = X509_STORE_CTX_get_error_depth(ctx);
	int last = sk_X509_num(X509_STORE_CTX_get0_chain(ctx)) - 1;

	if (ok)
		return 1;
	if (error == X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION && critical_is_known(ctx))
		return 1;
	if (error == X509_V_ERR_CERT_HAS_EXPIRED && depth > 0 && depth < last &&
	    state->policy->accept_expired) {
		state->expired = true;
		return 1;
	}
	if (!state->what)
		state->what = text_of(error, depth == 0);
	return 0;
}

/* Pinned ones are where a chain may end, the others what it may be built of. */
static bool sort_cert(const struct state *state, const struct cert *cert, X509_STORE *ends,
		      STACK_OF(X509) * others)
{
	if (!cert->x509)
		return true;
	if (policy_is_pinned(state->pins, &cert->sha256) && cert_is_ca(cert))
		return X509_STORE_add_cert(ends, cert->x509);
	return sk_X509_push(others, cert->x509) > 0;
}

static bool sort_certs(const struct state *state, X509_STORE *ends, STACK_OF(X509) * others)
{
	const struct rampart_policy *policy = state->policy;
	bool sorted = ends && others;

	for (size_t i = 0; i < state->certs->n && sorted; i++)
		sorted = sort_cert(state, &state->certs->cert[i], ends, others);
	for (size_t i = 0; i < policy->n_certs && sorted; i++)
		sorted = sort_cert(state, &policy->cert[i], ends, others);
	return sorted;
}

/* What is wrong with the first certificate itself, or NULL. */
static const char *bad_first(const struct cert *cert, enum chain_use use)
{
	int uses = cert_uses(cert);

	if (cert_is_ca(cert))
		return "it is the certificate of a CA";
	if (cert_has_unknown_critical(cert))
		return "it has a critical extension that is not known here";
	if (use == CHAIN_EK && (uses < 0 || !(uses & CERT_EK)))
		return "its extended key usage is not that of an EK";
	if (use == CHAIN_AK && uses >= 0 && !(uses & CERT_AK))
		return "its extended key usage is not that of an AK";
	if (use == CHAIN_DOCUMENT && uses > 0)
		return "its extended key usage is that of a key of a TPM";
	if (!cert_may(cert, use == CHAIN_EK ? KU_KEY_ENCIPHERMENT | KU_KEY_AGREEMENT
					    : KU_DIGITAL_SIGNATURE))
		return use == CHAIN_EK ? "its key usage is not encryption or agreement of keys"
				       : "its key usage is not signatures";
	return NULL;
}

/*
 * An AK's certificate that does not say what it is: then one above it must be for TPMs only. Above a
 * document's there must be none.
 */
static const char *bad_uses(const struct cert *first, STACK_OF(X509) * chain, enum chain_use use)
{
	bool is_tpms = false;

	if (use == CHAIN_EK || (use == CHAIN_AK && cert_uses(first) >= 0))
		return NULL;
	for (int i = 1; i < sk_X509_num(chain); i++) {
		struct cert above = { .x509 = sk_X509_value(chain, i) };

		is_tpms |= cert_uses(&above) > 0;
	}
	if (is_tpms == (use == CHAIN_AK))
		return NULL;
	return is_tpms ? "a certificate above it is for keys of TPMs"
		       : "nothing in its chain says that it is for a key of a TPM";
}

static const struct cert *find_cert(const struct cert *list, size_t n, const X509 *x509)
{
	for (size_t i = 0; i < n; i++)
		if (list[i].x509 == x509)
			return &list[i];
	return NULL;
}

/* Where the chain ended; pinned, as must be, or the verification is not what it should be. */
static bool take_root(const struct state *state, STACK_OF(X509) * chain, struct digest *ret_root)
{
	const X509 *root = sk_X509_value(chain, sk_X509_num(chain) - 1);
	const struct cert *cert = find_cert(state->policy->cert, state->policy->n_certs, root);

	if (!cert)
		cert = find_cert(state->certs->cert, state->certs->n, root);
	if (!root || !cert || !policy_is_pinned(state->pins, &cert->sha256))
		return false;
	*ret_root = cert->sha256;
	return true;
}

static struct chain verify(X509_STORE_CTX *ctx, struct state *state, const struct cert *first,
			   enum chain_use use, int64_t time)
{
	X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(ctx);
	struct chain result = { 0 };
	STACK_OF(X509) * chain;

	X509_VERIFY_PARAM_set_time(param, (time_t)time);
	X509_VERIFY_PARAM_set_depth(param, CHAIN_MAX);
	X509_VERIFY_PARAM_set_auth_level(param, STRENGTH);
	(void)X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN);
	X509_STORE_CTX_set_verify_cb(ctx, on_result);
	(void)X509_STORE_CTX_set_app_data(ctx, state);
	if (X509_verify_cert(ctx) != 1) {
		result.unsure = X509_STORE_CTX_get_error(ctx) == X509_V_ERR_OUT_OF_MEM;
		result.no_path = is_no_path(X509_STORE_CTX_get_error(ctx));
		result.what = state->what ? state->what : "it cannot be verified";
		return result;
	}
	chain = X509_STORE_CTX_get0_chain(ctx);
	result.what = bad_uses(first, chain, use);
	if (!result.what && !take_root(state, chain, &result.root))
		result.what = "there is no path from it to a pinned root";
	result.expired = state->expired;
	return result;
}

struct chain chain_check(const struct rampart_policy *policy, const struct certs *certs,
			 size_t first, enum chain_use use, int64_t time)
{
	struct chain result = { .what = "memory ran out", .unsure = true };
	const struct cert *cert = &certs->cert[first];
	struct state state = { .policy = policy,
			       .pins = use == CHAIN_DOCUMENT ? &policy->document_pins
							     : &policy->pins,
			       .certs = certs };
	STACK_OF(X509) * others;
	X509_STORE_CTX *ctx;
	X509_STORE *ends;

	if (state.pins->n == 0)
		return (struct chain){ .what = "no roots are pinned" };
	if (!cert->x509)
		return (struct chain){ .what = "it is not an X.509 certificate" };
	ERR_set_mark();
	state.what = bad_first(cert, use);
	if (state.what) {
		ERR_pop_to_mark();
		return (struct chain){ .what = state.what };
	}
	ends = X509_STORE_new();
	others = sk_X509_new_null();
	ctx = X509_STORE_CTX_new();
	if (ctx && sort_certs(&state, ends, others) &&
	    X509_STORE_CTX_init(ctx, ends, cert->x509, others) == 1)
		result = verify(ctx, &state, cert, use, time);
	X509_STORE_CTX_free(ctx);
	sk_X509_free(others);
	X509_STORE_free(ends);
	ERR_pop_to_mark();
	return result;
}
