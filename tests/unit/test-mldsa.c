/* SPDX-License-Identifier: MIT */
/* Signers with keys of ML-DSA-65 beside classic ones, and a policy that wants both kinds. */
#include "measure/verify/signature/mldsa.h"

#include <errno.h>
#include <openssl/core_names.h>
#include <openssl/params.h>
#include <openssl/pem.h>

#include "measure/lib/base64.h"
#include "measure/verify/signature/signers.h"
#include "tests/lib/signatures.h"

#define GOLDEN "rampart-golden"

static EVP_PKEY *key[2];
static char pem[2][4096];
static struct fixture text, ssh_key, p256_key, ssh_sig, p256_sig;
static char sig[2][8192]; /* by both, of text */

static void write_pem(EVP_PKEY *pkey, char *ret, size_t size)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *p;
	long len;

	must(bio && PEM_write_bio_PUBKEY(bio, pkey) == 1);
	len = BIO_get_mem_data(bio, &p);
	must(len > 0 && (size_t)len < size);
	memcpy(ret, p, (size_t)len);
	ret[len] = '\0';
	BIO_free(bio);
}

/* As `openssl pkeyutl -sign -rawin -pkeyopt context-string:CONTEXT`, in our armor. */
static void sign(EVP_PKEY *pkey, const char *context, struct span bytes, char *ret)
{
	const OSSL_PARAM params[] = {
		OSSL_PARAM_construct_octet_string(OSSL_SIGNATURE_PARAM_CONTEXT_STRING,
						  (void *)(uintptr_t)context, strlen(context)),
		OSSL_PARAM_construct_end(),
	};
	uint8_t raw[SIGNKEY_MLDSA65_SIG_LEN];
	char base64[2 * SIGNKEY_MLDSA65_SIG_LEN];
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	size_t len = sizeof(raw), n = 0;

	must(EVP_DigestSignInit_ex(ctx, NULL, NULL, NULL, NULL, pkey, params) == 1 &&
	     EVP_DigestSign(ctx, raw, &len, bytes.p, bytes.left) == 1 && len == sizeof(raw));
	EVP_MD_CTX_free(ctx);
	base64_encode(raw, len, base64);
	n += (size_t)sprintf(ret, "%s\n", MLDSA_BEGIN);
	for (size_t i = 0; base64[i]; i += 64)
		n += (size_t)sprintf(ret + n, "%.64s\n", base64 + i);
	strcpy(ret + n, "-----END ML-DSA-65 SIGNATURE-----\n");
}

/* Signers by their keys' texts, as a policy has them. */
static json_t *rules_of(const char *const names[], const char *const keys[], size_t n,
			int threshold, const char *kinds)
{
	json_t *list = json_array(), *rules;

	for (size_t i = 0; i < n; i++)
		json_array_append_new(list,
				      json_pack("{s:s, s:s}", "name", names[i], "key", keys[i]));
	rules = json_pack("{s:o, s:i}", "signers", list, "threshold", threshold);
	if (kinds)
		json_object_set_new(rules, "signature_kinds", json_string(kinds));
	return rules;
}

static void bad(json_t *rules, int want, const char *why, const char *name)
{
	struct rampart_error error = { "" };
	struct signers signers;

	refused(signers_read(rules, &signers, &error), want, &error, why, name);
	json_decref(rules);
}

static void test_keys(void)
{
	const char *const names[] = { "alice", "bob" };
	const char *const classic[] = { ssh_key.text, p256_key.text };
	const char *const mixed[] = { ssh_key.text, pem[0] };
	const char *const twice[] = { pem[0], pem[0] };
	EVP_PKEY *other = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	struct rampart_error error;
	struct digest fingerprint;
	struct signkey parsed;
	char wrong[4096];
	const char *const unknown[] = { wrong };
	int held = 1;

	is_int(mldsa_key_parse(pem[0], strlen(pem[0]), &parsed, &fingerprint, &error), 0,
	       "a key in PEM, as OpenSSL writes it");
	for (size_t n = 0; n < strlen(pem[0]) - 1; n++) { /* but for its last newline */
		char *copy = (char *)exact_copy(pem[0], n);

		held &= mldsa_key_parse(copy, n, &parsed, &fingerprint, NULL) == -EBADMSG;
		free(copy);
	}
	ok(held, "a prefix of it is none");
	write_pem(other, wrong, sizeof(wrong));
	EVP_PKEY_free(other);
	bad(rules_of(names, unknown, 1, 1, NULL), -ENOTSUP, "not of ML-DSA-65",
	    "a key of another kind in PEM");
	bad(rules_of(names, twice, 2, 1, NULL), -EPROTO,
	    "entry 2: the same key as that of \"alice\"", "a key that is there twice");
	bad(rules_of(names, classic, 2, 1, "both"), -EPROTO,
	    "only 0 signers have an ML-DSA-65 key (the threshold is 1)",
	    "both kinds, of signers with one");
	bad(rules_of(names, mixed, 2, 2, "both"), -EPROTO, "only 1 signers have a classic key",
	    "or of too few with each");
	bad(rules_of(names, mixed, 2, 1, "all"), -EPROTO, "neither \"any\" nor \"both\"",
	    "another word");
	bad(json_pack("{s:s}", "signature_kinds", "any"), -EPROTO,
	    "signature_kinds: there are no \"signers\"", "kinds without signers");
}

static struct signers signers;

static struct signed_by check(const char *namespace, const char *const texts[], size_t n)
{
	struct rampart_signature list[4];
	struct signed_by by;

	for (size_t i = 0; i < n; i++)
		list[i] = (struct rampart_signature){ .name = "s",
						      .text = texts[i],
						      .len = strlen(texts[i]) };
	must(signers_check(&signers, namespace, bytes_of(&text), list, n, &by) == 0);
	return by;
}

static void holds(const char *one, const char *two, const char *name)
{
	const char *const texts[] = { one, two };
	struct signed_by by = check(GOLDEN, texts, two ? 2 : 1);

	is_str(by.why_not, "", name);
}

static void fails(const char *one, const char *two, const char *why, const char *name)
{
	const char *const texts[] = { one, two };
	struct signed_by by = check(GOLDEN, texts, two ? 2 : 1);

	if (!ok(strstr(by.why_not, why) != NULL, name))
		printf("#   got \"%s\"\n", by.why_not);
}

static void use(json_t *rules)
{
	static json_t *kept;

	free(signers.key);
	json_decref(kept);
	kept = rules;
	must(signers_read(kept, &signers, NULL) == 0);
}

static void test_signatures(void)
{
	const char *const names[] = { "alice" };
	const char *const keys[] = { pem[0] };
	const char *const texts[] = { sig[0] };
	char broken[8192];
	char *letter, *armor_end;

	use(rules_of(names, keys, 1, 1, NULL));
	holds(sig[0], NULL, "a signature of ML-DSA-65");
	fails(sig[1], NULL, "by no signer's ML-DSA-65 key", "one by another key");
	sign(key[0], "rampart-release", bytes_of(&text), broken);
	fails(broken, NULL, "or not for \"rampart-golden\"", "one for something else");
	sign(key[0], "", bytes_of(&text), broken);
	fails(broken, NULL, "or not for \"rampart-golden\"", "one for nothing");
	ok(check("rampart-release", texts, 1).why_not[0] != '\0', "nor is it one for a release");
	text.text[3] ^= 1;
	fails(sig[0], NULL, "of other bytes", "one of other bytes");
	text.text[3] ^= 1;
	strcpy(broken, sig[0]);
	/* Another letter of base64: the signature is a new one at every run. */
	letter = &broken[strlen(MLDSA_BEGIN) + 30];
	*letter = *letter == 'A' ? 'B' : 'A';
	fails(broken, NULL, "by no signer's ML-DSA-65 key", "one that was changed");
	/* Four characters fewer, and the armor around the rest. */
	strcpy(broken, sig[0]);
	armor_end = strstr(broken, "-----END");
	memmove(armor_end - 5, armor_end - 1, strlen(armor_end) + 2);
	fails(broken, NULL, "not 3309 bytes", "one that is cut short inside its armor");
	for (size_t n = 0; n < strlen(sig[0]) - 1; n += n < 100 ? 1 : 97) {
		strcpy(broken, sig[0]);
		broken[n] = '\0';
		if (check(GOLDEN, (const char *const[]){ broken }, 1).n != 0)
			ok(0, "a prefix of a signature is none");
	}
	fails(ssh_sig.text, NULL, "by a key of no signer", "a classic one by nobody");
}

static void test_both(void)
{
	const char *const names[] = { "alice", "alice", "bob", "carol" };
	const char *const keys[] = { ssh_key.text, pem[0], pem[1], p256_key.text };

	use(rules_of(names, keys, 4, 1, "any"));
	holds(ssh_sig.text, NULL, "any kind: a classic one will do");
	holds(sig[0], NULL, "and one of ML-DSA-65");
	use(rules_of(names, keys, 4, 1, "both"));
	fails(ssh_sig.text, NULL, "signed by no signer with post-quantum keys, and 1 is needed",
	      "both kinds: a classic one alone does not do");
	fails(ssh_sig.text, p256_sig.text, "signed by no signer with post-quantum keys",
	      "nor do two");
	fails(sig[0], sig[1], "signed by no signer with classic keys, and 1 is needed",
	      "nor those of ML-DSA-65 alone");
	holds(ssh_sig.text, sig[0], "one of each, by one signer");
	holds(p256_sig.text, sig[1], "or by two");
	use(rules_of(names, keys, 4, 2, "any"));
	holds(ssh_sig.text, sig[1], "two signers, by any kind");
	fails(ssh_sig.text, sig[0], "signed by alice, and 2 are needed",
	      "two keys of one are one signer");
	use(rules_of(names, keys, 4, 2, "both"));
	fails(ssh_sig.text, sig[1],
	      "signed by alice with classic keys, and 2 are needed; missing: bob, carol; signed by bob with post-quantum keys",
	      "two of each kind are more than two");
}

int main(void)
{
	for (size_t i = 0; i < 2; i++) {
		key[i] = EVP_PKEY_Q_keygen(NULL, NULL, "ML-DSA-65");
		must(key[i] != NULL);
		write_pem(key[i], pem[i], sizeof(pem[i]));
	}
	text = fixture("text");
	ssh_key = fixture("ed25519.pub");
	p256_key = fixture("ecdsa.pub");
	ssh_sig = fixture("ed25519.sig");
	p256_sig = fixture("ecdsa.sig");
	for (size_t i = 0; i < 2; i++)
		sign(key[i], GOLDEN, bytes_of(&text), sig[i]);
	test_keys();
	test_signatures();
	test_both();
	use(json_object());
	for (size_t i = 0; i < 2; i++)
		EVP_PKEY_free(key[i]);
	free(text.text);
	free(ssh_key.text);
	free(p256_key.text);
	free(ssh_sig.text);
	free(p256_sig.text);
	return tap_done();
}
