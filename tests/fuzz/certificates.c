/* SPDX-License-Identifier: MIT */
/*
 * Certificates of strangers: rampart_policy_add_root() reads the input as it is, and chain_check()
 * looks for a chain from each of the certificates in it, one behind the other, to the root of the
 * machine in tests/fuzz/machine. Only the keys that its CA has certified may have one.
 */
#include "measure/verify/tpm/chain.h"
#include "tests/fuzz/machine.h"

#include <openssl/evp.h>
#include <openssl/x509.h>

static struct rampart_policy *policy;
static EVP_PKEY *ak, *ek; /* the keys that are certified, as such */

static EVP_PKEY *key_of(struct span der)
{
	const uint8_t *p = der.p;
	X509 *cert = d2i_X509(NULL, &p, (long)der.left);
	EVP_PKEY *key = X509_get_pubkey(cert);

	require(key != NULL);
	X509_free(cert);
	return key;
}

static void start(void)
{
	struct rampart_evidence *evidence = machine_evidence();

	policy = machine_policy();
	require(evidence->ak_certs.n > 0 && evidence->ek_certs.n > 0);
	ak = key_of(evidence->ak_certs.der[0]);
	ek = key_of(evidence->ek_certs.der[0]);
	rampart_evidence_free(evidence);
}

/* Cuts at the lengths that the outermost SEQUENCEs say; what is no SEQUENCE is one certificate. */
static void split(struct span input, struct evidence_certs *certs)
{
	for (certs->n = 0; certs->n < EVIDENCE_CERTS_MAX && input.left > 0; certs->n++) {
		size_t len = input.left;

		if (len > 4 && input.p[0] == 0x30 && input.p[1] == 0x82)
			len = 4 + ((size_t)input.p[2] << 8 | input.p[3]);
		if (len > input.left)
			len = input.left;
		(void)span_take(&input, len, &certs->der[certs->n]);
	}
}

static void check_chain(const struct certs *certs, size_t first, enum chain_use use)
{
	struct chain chain = chain_check(policy, certs, first, use, MACHINE_TIME);
	const EVP_PKEY *want = use == CHAIN_AK ? ak : ek;

	require(!chain.unsure);
	if (chain.what) {
		require(chain.what[0] && is_line(chain.what));
		return;
	}
	require(policy_is_pinned(&policy->pins, &chain.root) && !chain.expired);
	require(EVP_PKEY_eq(X509_get0_pubkey(certs->cert[first].x509), want) == 1);
}

static void fuzz_chains(struct span input)
{
	struct evidence_certs der;
	struct certs certs;

	split(input, &der);
	certs_read(&der, policy, &certs);
	for (size_t i = 0; i < certs.n; i++) {
		check_chain(&certs, i, CHAIN_AK);
		check_chain(&certs, i, CHAIN_EK);
	}
	certs_done(&certs);
}

static void fuzz_root(struct span input, bool pin)
{
	struct rampart_policy *own = rampart_policy_new();
	struct rampart_error error = { "" };

	require(own != NULL);
	if (rampart_policy_add_root(own, input.p, input.left, pin, &error) < 0)
		require(error.text[0] && is_line(error.text) && own->n_certs == 0 &&
			own->pins.n == 0);
	else
		require(own->n_certs > 0 && (own->pins.n > 0) == pin);
	rampart_policy_free(own);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span input = span_of(data, size);

	if (!policy)
		start();
	fuzz_root(input, false);
	fuzz_root(input, true);
	fuzz_chains(input);
	return 0;
}
