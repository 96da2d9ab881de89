/* SPDX-License-Identifier: MIT */
#include "measure/verify/tpm/credential.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

#include "measure/record/error.h"
#include "measure/verify/evidence.h"
#include "measure/verify/tpm/aktrust.h"
#include "measure/verify/tpm/makecredential.h"

struct rampart_credential {
	struct rampart_activation of; /* what an answer shows */
	uint8_t secret[MAKECREDENTIAL_SECRET_LEN];
	uint8_t bytes[MAKECREDENTIAL_MAX];
	size_t len;
};

/* Whether the AK's own certificate is enough. */
static bool ak_is_trusted(const struct rampart_policy *policy,
			  const struct rampart_evidence *evidence, int64_t time)
{
	struct certs certs;
	struct tpmkey ak;
	bool trusted;

	if (policy->no_certificate || evidence->ak_certs.n == 0 ||
	    tpmkey_parse(evidence->ak, &ak, NULL) < 0)
		return false;
	certs_read(&evidence->ak_certs, policy, &certs);
	trusted = !trust_ak(policy, &certs, &ak, time).what;
	certs_done(&certs);
	return trusted;
}

bool rampart_credential_wanted(const struct rampart_policy *policy,
			       const struct rampart_evidence *evidence, int64_t time)
{
	return !policy->no_activation && evidence->ek_certs.n > 0 &&
	       !ak_is_trusted(policy, evidence, time);
}

/* The first EK that leads to a pinned root and is of a kind that credentials are made for. */
static const struct cert *find_ek(const struct rampart_policy *policy, const struct certs *certs,
				  int64_t time, const char **ret_what)
{
	bool other_kind = false;
	struct chain chain;
	size_t next = 0, i = 0;

	for (;;) {
		chain = trust_ek(policy, certs, time, &next, &i);
		if (chain.what)
			break;
		if (makecredential_can(X509_get0_pubkey(certs->cert[i].x509)))
			return &certs->cert[i];
		other_kind = true;
	}
	*ret_what =
		other_kind ? "neither RSA 2048, 3072 or 4096 nor ECC P-256 or P-384" : chain.what;
	return NULL;
}

static int fill(struct rampart_credential *c, const struct cert *ek, const struct tpmkey *ak,
		struct rampart_error *error)
{
	c->of.ek = ek->sha256;
	tpmkey_name(ak, &c->of.ak);
	if (RAND_priv_bytes(c->secret, sizeof(c->secret)) != 1 ||
	    makecredential(X509_get0_pubkey(ek->x509), &c->of.ak, c->secret, c->bytes, &c->len) < 0)
		return error_set(error, -ENOMEM, "the credential cannot be made");
	return 0;
}

int rampart_credential_make(const struct rampart_policy *policy,
			    const struct rampart_evidence *evidence, int64_t time,
			    struct rampart_credential **ret_credential, struct rampart_error *error)
{
	struct rampart_credential *c;
	struct diag diag = { 0 };
	const struct cert *ek;
	const char *what = NULL;
	struct certs certs;
	struct tpmkey ak;
	int r = tpmkey_parse(evidence->ak, &ak, &diag);

	if (r < 0)
		return error_parse(error, r, "ak.public", &diag);
	if (evidence->ek_certs.n == 0)
		return error_set(error, -EPROTO, "the EK has no certificate");
	c = calloc(1, sizeof(*c));
	if (!c)
		return error_memory(error);
	certs_read(&evidence->ek_certs, policy, &certs);
	ek = find_ek(policy, &certs, time, &what);
	r = ek ? fill(c, ek, &ak, error)
	       : error_set(error, -EPROTO, "the EK's certificate: %s", what);
	certs_done(&certs);
	if (r < 0)
		rampart_credential_free(c);
	else
		*ret_credential = c;
	return r;
}

void rampart_credential_free(struct rampart_credential *credential)
{
	if (!credential)
		return;
	OPENSSL_cleanse(credential, sizeof(*credential));
	free(credential);
}

const uint8_t *rampart_credential_bytes(const struct rampart_credential *credential,
					size_t *ret_len)
{
	*ret_len = credential->len;
	return credential->bytes;
}

int rampart_credential_check(const struct rampart_credential *credential, const void *secret,
			     size_t len, struct rampart_activation **ret_activation,
			     struct rampart_error *error)
{
	struct rampart_activation *activation;

	if (len != sizeof(credential->secret) ||
	    CRYPTO_memcmp(credential->secret, secret, len) != 0)
		return error_set(error, -EPROTO, "the answer is not the secret of this credential");
	activation = malloc(sizeof(*activation));
	if (!activation)
		return error_memory(error);
	*activation = credential->of;
	*ret_activation = activation;
	return 0;
}

void rampart_activation_free(struct rampart_activation *activation)
{
	free(activation);
}
