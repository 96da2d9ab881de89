/* SPDX-License-Identifier: MIT */
/*
 * From certificates of AKs and EKs to pinned roots: every way in which there is none.
 * seen: gce: a real chain of an attestation key leads to the root that is pinned
 * seen: azure: a real chain of an attestation key leads to the root that is pinned
 */
#include "measure/verify/tpm/aktrust.h"
#include "measure/verify/tpm/chain.h"

#include <dirent.h>
#include <openssl/pem.h>

#include "measure/lib/array.h"
#include "tests/lib/machine.h"
#include "tests/lib/tap.h"
#include "tests/lib/vectors.h"

static const char no_path[] = "there is no path from it to a pinned root";

/* Certificates as evidence has them. */
struct sent {
	struct bytes bytes[4];
	struct evidence_certs der;
	struct certs certs;
};

static struct sent sent;

static void send_certs(const struct rampart_policy *policy, X509 *const *list, size_t n)
{
	certs_done(&sent.certs);
	sent.der.n = n;
	for (size_t i = 0; i < n; i++) {
		sent.bytes[i].len = 0;
		put_cert(&sent.bytes[i], list[i]);
		sent.der.der[i] = span_of(sent.bytes[i].p, sent.bytes[i].len);
	}
	certs_read(&sent.der, policy, &sent.certs);
}

/* A policy that pins this root; with the certificate, or only by its digest. */
static struct rampart_policy *pinning(X509 *root, bool has_it)
{
	struct rampart_policy *policy = rampart_policy_new();
	static struct bytes der;
	struct digest sha256;

	der.len = 0;
	put_cert(&der, root);
	hash_bytes(HASH_SHA256, der.p, der.len, &sha256);
	must(policy_pin(&policy->pins, &sha256) == 0);
	if (has_it)
		add_root(policy, root, false);
	return policy;
}

/* What chain_check() says of a chain of one, or with the CA between. */
static struct chain check(X509 *first, X509 *middle, enum chain_use use, int64_t time)
{
	struct rampart_policy *policy = pinning(pki.root, true);
	X509 *list[] = { first, middle };
	struct chain chain;

	send_certs(policy, list, middle ? 2 : 1);
	chain = chain_check(policy, &sent.certs, 0, use, time);
	rampart_policy_free(policy);
	return chain;
}

static void holds(struct chain chain, const char *name)
{
	if (!ok(!chain.what, name))
		printf("#   %s\n", chain.what);
}

static void fails(struct chain chain, const char *what, const char *name)
{
	is_str(chain.what, what, name);
}

static const struct cert_recipe ak_recipe = { .name = "ak",
					      .usage = "critical,digitalSignature",
					      .extended_usage = EKU_AK };
static const struct cert_recipe ek_recipe = { .usage = "critical,keyEncipherment",
					      .extended_usage = EKU_EK,
					      .tpm_names = true };

/* A certificate by the CA between, and the verdict on it. */
static struct chain check_at(struct cert_recipe r, enum chain_use use, int64_t time)
{
	struct chain chain;
	X509 *cert;

	r.pkey = use == CHAIN_AK ? pki.ak : pki.ek_pkey;
	r.issuer = pki.middle;
	r.issuer_pkey = pki.middle_pkey;
	cert = make_cert(&r);
	chain = check(cert, pki.middle, use, time);
	X509_free(cert);
	return chain;
}

static struct chain check_recipe(struct cert_recipe r, enum chain_use use)
{
	return check_at(r, use, NOW);
}

static void test_good(void)
{
	struct rampart_policy *by_digest = pinning(pki.root, false);
	X509 *whole[] = { pki.ak_cert, pki.root, pki.middle };
	struct chain chain;

	chain = check(pki.ak_cert, pki.middle, CHAIN_AK, NOW);
	holds(chain, "AK, intermediate, pinned root");
	ok(!chain.expired && policy_is_pinned(&by_digest->pins, &chain.root),
	   "and that is the root");
	holds(check(pki.ek_cert, pki.middle, CHAIN_EK, NOW),
	      "an EK with critical names and attributes of a TPM");
	send_certs(by_digest, whole, 3);
	holds(chain_check(by_digest, &sent.certs, 0, CHAIN_AK, NOW),
	      "the root may come with the evidence, in any order");
	rampart_policy_free(by_digest);
}

static void test_roots(void)
{
	struct rampart_policy *none = rampart_policy_new();
	struct rampart_policy *other, *by_middle = pinning(pki.middle, true);
	EVP_PKEY *pkey = EVP_EC_gen("P-256");
	X509 *same_name = make_ca("root", pkey, NULL, NULL);
	X509 *list[] = { pki.ak_cert, pki.middle, pki.root };

	send_certs(none, list, 3);
	fails(chain_check(none, &sent.certs, 0, CHAIN_AK, NOW), "no roots are pinned",
	      "no roots are pinned");
	other = pinning(same_name, true);
	send_certs(other, list, 3);
	fails(chain_check(other, &sent.certs, 0, CHAIN_AK, NOW),
	      "a signature of its chain is false", "another CA of the same name");
	send_certs(by_middle, list, 1);
	holds(chain_check(by_middle, &sent.certs, 0, CHAIN_AK, NOW),
	      "an intermediate that is pinned is an end as well");
	fails(check(pki.ak_cert, NULL, CHAIN_AK, NOW), no_path, "without the intermediate");
	rampart_policy_free(none);
	rampart_policy_free(other);
	rampart_policy_free(by_middle);
	X509_free(same_name);
	EVP_PKEY_free(pkey);
}

static void test_first(void)
{
	struct cert_recipe r;

	fails(check(pki.middle, pki.root, CHAIN_AK, NOW), "it is the certificate of a CA",
	      "a CA is no AK");
	r = ak_recipe;
	r.extended_usage = "serverAuth";
	fails(check_recipe(r, CHAIN_AK), "its extended key usage is not that of an AK",
	      "an AK with the extended usage of a server");
	r.extended_usage = EKU_EK;
	fails(check_recipe(r, CHAIN_AK), "its extended key usage is not that of an AK",
	      "or of an EK");
	r.extended_usage = NULL;
	fails(check_recipe(r, CHAIN_AK), "nothing in its chain says that it is for a key of a TPM",
	      "or with none, by a CA of anything");
	r = ak_recipe;
	r.usage = "critical,keyEncipherment";
	fails(check_recipe(r, CHAIN_AK), "its key usage is not signatures",
	      "an AK that is not for signatures");
	r = ek_recipe;
	r.extended_usage = EKU_AK;
	fails(check_recipe(r, CHAIN_EK), "its extended key usage is not that of an EK",
	      "an EK with the extended usage of an AK");
	r.extended_usage = NULL;
	fails(check_recipe(r, CHAIN_EK), "its extended key usage is not that of an EK",
	      "or with none");
	r.extended_usage = "serverAuth," EKU_EK;
	holds(check_recipe(r, CHAIN_EK), "with others beside it is one");
	r = ek_recipe;
	r.usage = "critical,digitalSignature";
	fails(check_recipe(r, CHAIN_EK), "its key usage is not encryption or agreement of keys",
	      "an EK that is for signatures");
	r = ek_recipe;
	r.unknown_critical = "1.2.3.4.5";
	fails(check_recipe(r, CHAIN_EK), "it has a critical extension that is not known here",
	      "a critical extension that nobody knows");
	r = ek_recipe;
	r.md = "SHA1";
	fails(check_recipe(r, CHAIN_EK),
	      "a key or a signature of its chain is weaker than 112 bits",
	      "a signature with SHA-1");
}

static void test_times(void)
{
	struct cert_recipe r = ak_recipe;

	r.from = -10l * DAY;
	r.to = 10l * DAY;
	holds(check_at(r, CHAIN_AK, NOW), "within its time it holds");
	fails(check_at(r, CHAIN_AK, NOW + 11l * DAY), "it has expired", "after it, it does not");
	fails(check_at(r, CHAIN_AK, NOW - 11l * DAY), "it is not valid yet", "nor before it");
}

/* What is said of an AK by a CA that has expired, by a policy that accepts that, or not. */
static void test_expired_middle(void)
{
	struct cert_recipe old = { .name = "old",
				   .pkey = pki.middle_pkey,
				   .issuer = pki.root,
				   .issuer_pkey = pki.root_pkey,
				   .ca = true,
				   .usage = "critical,keyCertSign",
				   .from = -100l * DAY,
				   .to = -1l * DAY };
	struct rampart_policy *policy = pinning(pki.root, true);
	X509 *middle = make_cert(&old), *list[2];
	struct cert_recipe r = ak_recipe;
	struct chain chain;

	r.from = -300l * DAY;
	r.to = 10l * DAY;
	r.pkey = pki.ak;
	r.issuer = middle;
	r.issuer_pkey = pki.middle_pkey;
	list[0] = make_cert(&r);
	list[1] = middle;
	send_certs(policy, list, 2);
	fails(chain_check(policy, &sent.certs, 0, CHAIN_AK, NOW),
	      "a certificate above it has expired", "an intermediate that has expired");
	policy->accept_expired = true;
	chain = chain_check(policy, &sent.certs, 0, CHAIN_AK, NOW);
	holds(chain, "unless the policy accepts that");
	ok(chain.expired, "and then it is told");
	fails(chain_check(policy, &sent.certs, 0, CHAIN_AK, NOW + 20l * DAY), "it has expired",
	      "that is no excuse for the AK's own certificate");
	fails(chain_check(policy, &sent.certs, 0, CHAIN_AK, NOW - 120l * DAY),
	      "a certificate above it is not valid yet", "nor for one that is not valid yet");
	rampart_policy_free(policy);
	X509_free(list[0]);
	X509_free(middle);
}

/* Two CAs that vouch for each other, and one that is its own child. */
static void test_loops(void)
{
	EVP_PKEY *a = EVP_EC_gen("P-256"), *b = EVP_EC_gen("P-256");
	struct rampart_policy *policy = pinning(pki.root, true);
	X509 *a_self = make_ca("a", a, NULL, NULL), *b_self = make_ca("b", b, NULL, NULL);
	X509 *a_by_b = make_ca("a", a, b_self, b), *b_by_a = make_ca("b", b, a_self, a);
	struct cert_recipe r = ak_recipe;
	X509 *list[4];

	r.pkey = pki.ak;
	r.issuer = a_by_b;
	r.issuer_pkey = a;
	list[0] = make_cert(&r);
	list[1] = a_by_b;
	list[2] = b_by_a;
	list[3] = a_self;
	send_certs(policy, list, 3);
	fails(chain_check(policy, &sent.certs, 0, CHAIN_AK, NOW), no_path, "a chain that loops");
	send_certs(policy, list, 4);
	fails(chain_check(policy, &sent.certs, 0, CHAIN_AK, NOW), no_path,
	      "or that ends in a root of its own");
	rampart_policy_free(policy);
	X509_free(list[0]);
	X509_free(a_self);
	X509_free(b_self);
	X509_free(a_by_b);
	X509_free(b_by_a);
	EVP_PKEY_free(a);
	EVP_PKEY_free(b);
}

/* A leaf that signs, and a signature that is not the issuer's. */
static void test_forged(void)
{
	struct rampart_policy *policy = pinning(pki.root, true);
	EVP_PKEY *pkey = EVP_EC_gen("P-256");
	struct cert_recipe leaf = {
		.name = "leaf", .pkey = pkey, .issuer = pki.middle, .issuer_pkey = pki.middle_pkey
	};
	struct cert_recipe r = ak_recipe;
	X509 *by_leaf = make_cert(&leaf), *list[3];
	struct chain chain;

	r.pkey = pki.ak;
	r.issuer = by_leaf;
	r.issuer_pkey = pkey;
	list[0] = make_cert(&r);
	list[1] = by_leaf;
	list[2] = pki.middle;
	send_certs(policy, list, 3);
	chain = chain_check(policy, &sent.certs, 0, CHAIN_AK, NOW);
	ok(chain.what != NULL, "a certificate that is none of a CA certifies nothing");
	X509_free(list[0]);
	r.issuer = pki.middle;
	list[0] = make_cert(&r); /* signed by another key than middle's */
	send_certs(policy, (X509 *[]){ list[0], pki.middle }, 2);
	chain = chain_check(policy, &sent.certs, 0, CHAIN_AK, NOW);
	is_str(chain.what, "a signature of its chain is false", "a forged signature");
	X509_free(list[0]);
	X509_free(by_leaf);
	EVP_PKEY_free(pkey);
	rampart_policy_free(policy);
}

static void test_bytes(void)
{
	struct rampart_policy *policy = pinning(pki.root, true);
	struct evidence_certs none = { .n = 1, .der = { span_of("no", 2) } };

	certs_done(&sent.certs);
	certs_read(&none, policy, &sent.certs);
	fails(chain_check(policy, &sent.certs, 0, CHAIN_AK, NOW), "it is not an X.509 certificate",
	      "bytes that are no certificate");
	rampart_policy_free(policy);
}

/* ---- real chains ---- */

/* The certificates of a file, PEM or DER, behind those that are there. */
static size_t load_certs(const char *name, X509 **list, size_t n)
{
	size_t len;
	uint8_t *file = vectors_load(name, &len);
	const unsigned char *p = file;
	X509 *cert;
	BIO *bio;

	bio = BIO_new_mem_buf(file, (int)len);
	if (len > 0 && file[0] == 0x30)
		list[n++] = d2i_X509(NULL, &p, (long)len);
	else
		while ((cert = PEM_read_bio_X509(bio, NULL, NULL, NULL)))
			list[n++] = cert;
	BIO_free(bio);
	free(file);
	return n;
}

/* The chain of an AK at a cloud, and the policy in measure/policies that is made for it. */
static const struct real_chain {
	const char *policy;
	const char *files[4];
	int64_t time, late; /* when it is valid, and when not any more */
	const char *late_what;
} real_chains[] = {
	/* July 2025; December 2025, when the intermediate has expired as well. */
	{ "azure.json",
	  { "evidence/azure/cert_chain.pem" },
	  1751328000,
	  1764547200,
	  "a certificate above it has expired" },
	/* January 2027; 2060. */
	{ "google.json",
	  { "evidence/gcp/ak_cert_ecc.crt", "evidence/gcp/ak_intermediate_ca.crt",
	    "evidence/gcp/gcp_ak_root_ca.crt" },
	  NOW,
	  2840140800,
	  "it has expired" },
};

static struct rampart_policy *shipped(const char *name)
{
	struct rampart_policy *policy = rampart_policy_new();
	struct rampart_error error;
	char path[128];
	uint8_t *text;
	size_t len;

	snprintf(path, sizeof(path), "measure/policies/%s", name);
	text = slurp(path, &len);
	if (!text)
		die(path);
	if (!ok(rampart_policy_read(policy, (const char *)text, len, &error) == 0, name))
		printf("#   %s\n", error.text);
	free(text);
	return policy;
}

/* The AK with the key of the first certificate, and another. */
static void test_real_key(const struct rampart_policy *policy, X509 *first, int64_t time)
{
	EVP_PKEY *pkey = X509_get0_pubkey(first);
	struct key_recipe recipe;
	struct bytes *b = alloc(sizeof(*b));
	struct tpmkey key;

	recipe_of(pkey, EVP_PKEY_is_a(pkey, "RSA") ? ALG_RSASSA : ALG_ECDSA, ALG_SHA256, &recipe);
	put_key(b, &recipe);
	must(tpmkey_parse(span_of(b->p, b->len), &key, NULL) == 0);
	holds(trust_ak(policy, &sent.certs, &key, time), "the AK is that of its certificate");
	recipe_of(pki.ak, ALG_ECDSA, ALG_SHA256, &recipe);
	b->len = 0;
	put_key(b, &recipe);
	must(tpmkey_parse(span_of(b->p, b->len), &key, NULL) == 0);
	fails(trust_ak(policy, &sent.certs, &key, time), "its key is not the AK's",
	      "another AK is not");
	free(b);
}

/* Any byte of a real chain, changed. */
static void test_broken_twins(const struct rampart_policy *policy, int64_t time)
{
	struct certs twins;
	int held = 1;

	for (size_t i = 0; i < sent.der.n; i++)
		for (size_t k = 0; k < sent.der.der[i].left; k += 13) {
			uint8_t *byte = &sent.bytes[i].p[k];

			*byte ^= 0x10;
			certs_read(&sent.der, policy, &twins);
			held &= chain_check(policy, &twins, 0, CHAIN_AK, time).what != NULL;
			certs_done(&twins);
			*byte ^= 0x10;
		}
	ok(held, "no byte of it may be another");
}

/* Sends the chain of it; n certificates, which the caller frees. */
static size_t send_real(const struct rampart_policy *policy, const struct real_chain *real,
			X509 **list)
{
	size_t n = 0;

	for (size_t i = 0; real->files[i]; i++)
		n = load_certs(real->files[i], list, n);
	send_certs(policy, list, n);
	return n;
}

static void test_real(const struct real_chain *real)
{
	struct rampart_policy *policy = shipped(real->policy), *other;
	X509 *list[8];
	size_t n = send_real(policy, real, list);

	holds(chain_check(policy, &sent.certs, 0, CHAIN_AK, real->time),
	      "its AK leads to its root");
	fails(chain_check(policy, &sent.certs, 0, CHAIN_EK, real->time),
	      "its extended key usage is not that of an EK", "and is no EK");
	fails(chain_check(policy, &sent.certs, 0, CHAIN_AK, real->late), real->late_what,
	      "later it does not");
	policy->accept_expired = true;
	fails(chain_check(policy, &sent.certs, 0, CHAIN_AK, real->late), "it has expired",
	      "nor if intermediates may have expired");
	policy->accept_expired = false;
	test_real_key(policy, list[0], real->time);
	test_broken_twins(policy, real->time);
	for (size_t i = 0; i < ARRAY_SIZE(real_chains); i++) {
		if (&real_chains[i] == real)
			continue;
		other = shipped(real_chains[i].policy);
		send_certs(other, list, n);
		fails(chain_check(other, &sent.certs, 0, CHAIN_AK, real->time), no_path,
		      "which does not accept it");
		rampart_policy_free(other);
	}
	while (n > 0)
		X509_free(list[--n]);
	rampart_policy_free(policy);
}

/* No policy is shipped that no real chain was tried with. */
static void test_shipped(void)
{
	DIR *dir = opendir("measure/policies");
	const struct dirent *entry;
	size_t n = 0;

	must(dir != NULL);
	while ((entry = readdir(dir)))
		n += strstr(entry->d_name, ".json") != NULL;
	closedir(dir);
	/* That of AWS's documents is tried in test-document.c. */
	is_int((int64_t)n, (int64_t)ARRAY_SIZE(real_chains) + 1, "each policy has a real chain");
	if (!vectors_found()) {
		tap_skip("chains of real machines", NO_VECTORS);
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(real_chains); i++)
		test_real(&real_chains[i]);
}

int main(void)
{
	make_pki();
	test_good();
	test_roots();
	test_first();
	test_times();
	test_expired_middle();
	test_loops();
	test_forged();
	test_bytes();
	test_shipped();
	certs_done(&sent.certs);
	free_pki();
	return tap_done();
}
