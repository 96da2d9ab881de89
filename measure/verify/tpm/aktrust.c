/* SPDX-License-Identifier: MIT */
#include "measure/verify/tpm/aktrust.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "measure/verify/tpm/quote_signature.h"

/* What is wrong with the pair, or NULL. */
static const char *bad_key(const struct tpmkey *ak, X509 *cert, bool *ret_unsure)
{
	EVP_PKEY *pkey = NULL, *own;
	int r = quote_key_to_evp(ak, &pkey);
	bool same;

	*ret_unsure = r == -ENOMEM;
	if (r < 0)
		return r == -ENOMEM ? "memory ran out" : "the AK is no key";
	ERR_set_mark();
	own = X509_get0_pubkey(cert);
	same = own && EVP_PKEY_eq(own, pkey) == 1;
	ERR_pop_to_mark();
	EVP_PKEY_free(pkey);
	return same ? NULL : "its key is not the AK's";
}

struct chain trust_ak(const struct rampart_policy *policy, const struct certs *certs,
		      const struct tpmkey *ak, int64_t time)
{
	struct chain chain = { 0 };

	if (certs->cert[0].x509)
		chain.what = bad_key(ak, certs->cert[0].x509, &chain.unsure);
	return chain.what ? chain : chain_check(policy, certs, 0, CHAIN_AK, time);
}

struct chain trust_ek(const struct rampart_policy *policy, const struct certs *certs, int64_t time,
		      size_t *next, size_t *ret_index)
{
	struct chain first = { .what = "there is none but those of CAs" };
	bool any = false;

	while (*next < certs->n) {
		size_t i = (*next)++;
		struct chain chain;

		if (certs->cert[i].x509 && cert_is_ca(&certs->cert[i]))
			continue;
		chain = chain_check(policy, certs, i, CHAIN_EK, time);
		if (!chain.what) {
			*ret_index = i;
			return chain;
		}
		if (!any)
			first = chain;
		any = true;
	}
	return first;
}
