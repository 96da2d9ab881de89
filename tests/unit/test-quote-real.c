/* SPDX-License-Identifier: MIT */
/*
 * Quotes of machines at Azure and Google, from VECTORS (tests/lib/vectors.h), where other projects have published them. This file is also the converter of
 * their JSON: to the TPM's structures, and from a certificate's key to the public area of an AK,
 * which these documents leave out.
 * seen: gce: a real quote is verified
 * seen: azure: a real quote is verified
 */
#include <jansson.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "measure/lib/base64.h"
#include "measure/lib/quote_check.h"
#include "measure/verify/tpm/quote_signature.h"
#include "tests/lib/tap.h"
#include "tests/lib/tpmsign.h"
#include "tests/lib/vectors.h"

/* What a document holds, and the key that belongs to it. */
struct real {
	struct bytes quote_bytes, sig_bytes, key_bytes;
	struct quote quote;
	struct quote_signature sig;
	struct tpmkey key;
	struct pcrs values;
};

static struct real real;
static const bool sha256[_HASH_MAX] = { [HASH_SHA256] = true };

static json_t *load_json(const char *name)
{
	size_t len;
	uint8_t *text = vectors_load(name, &len);
	json_t *json = json_loadb((const char *)text, len, 0, NULL);

	must(json != NULL);
	free(text);
	return json;
}

/* Bytes as a list of numbers, as 64 hex digits, or as base64. */
static void put_json(struct bytes *b, const json_t *json)
{
	const char *text = json_string_value(json);
	struct digest d;
	size_t len = 0;

	b->len = 0;
	for (size_t i = 0; i < json_array_size(json); i++)
		put_be(b, (uint64_t)json_integer_value(json_array_get(json, i)), 1);
	if (!text)
		return;
	if (digest_from_hex(HASH_SHA256, text, strlen(text), &d) == 0)
		put(b, d.bytes, 32);
	else if (base64_decode(text, strlen(text), b->p, sizeof(b->p), &len) == 0)
		b->len = len;
}

static void convert(const json_t *quote)
{
	json_t *bank = json_object_get(quote, "pcr_data"), *value;
	const char *slot;
	struct bytes b;

	put_json(&real.quote_bytes, json_object_get(quote, "message"));
	put_json(&real.sig_bytes, json_object_get(quote, "signature"));
	pcrs_init(&real.values, sha256);
	bank = json_array_get(json_array_get(json_object_get(bank, "data"), 0), 1);
	json_object_foreach(json_object_get(bank, "bank"), slot, value)
	{
		unsigned pcr = (unsigned)strtoul(slot + strlen("Slot"), NULL, 10);

		put_json(&b, value);
		must(pcr < PCRS_N && b.len == 32);
		memcpy(real.values.value[HASH_SHA256][pcr].bytes, b.p, 32);
	}
}

/* Of a certificate, the first of a PEM file or as DER. */
static EVP_PKEY *load_key(const char *name)
{
	size_t len;
	uint8_t *file = vectors_load(name, &len);
	const unsigned char *der = file;
	BIO *bio = BIO_new_mem_buf(file, (int)len);
	EVP_PKEY *pkey;
	X509 *cert;

	cert = PEM_read_bio_X509(bio, NULL, NULL, NULL);
	if (!cert)
		cert = d2i_X509(NULL, &der, (long)len);
	pkey = X509_get_pubkey(cert);
	must(pkey != NULL);
	X509_free(cert);
	BIO_free(bio);
	free(file);
	return pkey;
}

static int parse(void)
{
	return quote_parse(span_of(real.quote_bytes.p, real.quote_bytes.len), &real.quote, NULL) ||
	       quote_parse_signature(span_of(real.sig_bytes.p, real.sig_bytes.len), &real.sig,
				     NULL);
}

static void take_key(EVP_PKEY *pkey)
{
	struct key_recipe recipe;
	EVP_PKEY *own = NULL;

	recipe_of(pkey, EVP_PKEY_is_a(pkey, "RSA") ? ALG_RSASSA : ALG_ECDSA, ALG_SHA256, &recipe);
	real.key_bytes.len = 0;
	put_key(&real.key_bytes, &recipe);
	must(tpmkey_parse(span_of(real.key_bytes.p, real.key_bytes.len), &real.key, NULL) == 0);
	ok(quote_key_to_evp(&real.key, &own) == 0 && EVP_PKEY_eq(own, pkey) == 1,
	   "the key is that of the certificate");
	EVP_PKEY_free(own);
}

/* All that needs no key. pcrs is what this machine quotes, instead of 0 to 15. */
static void test_unsigned(uint32_t pcrs, enum quote_reason selection)
{
	struct tpm_scheme scheme = { TPM_SCHEME_RSASSA, HASH_SHA256 };
	const uint8_t extra[BINDING_LEN] = { 0 };
	int held = 1;

	is_int(quote_check_header(&real.quote), QUOTE_HOLDS, "a TPM made it, as a quote");
	is_int(quote_check_selection_of(&real.quote, sha256, pcrs), QUOTE_HOLDS, "its selection");
	is_int(quote_check_selection(&real.quote, sha256), selection,
	       "which is not that of a machine of ours");
	is_int(quote_check_digest_of(&real.quote, &scheme, sha256, pcrs, &real.values), QUOTE_HOLDS,
	       "its digest");
	is_int(quote_check_measured(sha256, &real.values, NULL), QUOTE_HOLDS, "it was measured");
	is_int(quote_check_extra(&real.quote, extra), QUOTE_EXTRA, "it is not for a nonce of ours");
	for (size_t pcr = 0; pcr < PCRS_N; pcr++) {
		uint8_t *value = real.values.value[HASH_SHA256][pcr].bytes;
		enum quote_reason want = pcrs >> pcr & 1 ? QUOTE_DIGEST : QUOTE_HOLDS;

		value[pcr] ^= 1;
		held &= quote_check_digest_of(&real.quote, &scheme, sha256, pcrs, &real.values) ==
			want;
		value[pcr] ^= 1;
	}
	ok(held, "any bit of a PCR that it quotes counts");
}

static int refused(void)
{
	return parse() != 0 ||
	       quote_check_signature(&real.quote, &real.sig, &real.key) != QUOTE_HOLDS;
}

static void test_signed(EVP_PKEY *pkey)
{
	int held = 1;

	take_key(pkey);
	is_int(quote_check_signature(&real.quote, &real.sig, &real.key), QUOTE_HOLDS,
	       "its signature");
	for (size_t i = 0; i < real.quote_bytes.len; i++) {
		real.quote_bytes.p[i] ^= 0x80;
		held &= refused();
		real.quote_bytes.p[i] ^= 0x80;
	}
	ok(held, "it is not one for any other quote");
	for (size_t i = 0; i < real.sig_bytes.len; i++) {
		real.sig_bytes.p[i] ^= 0x01;
		held &= refused();
		real.sig_bytes.p[i] ^= 0x01;
	}
	ok(held, "nor is any other signature");
}

/* key: NULL if the folder has none for it. */
static void test_document(const char *name, const char *key, uint32_t pcrs,
			  enum quote_reason selection)
{
	json_t *json = load_json(name), *quote = json_object_get(json, "quote");
	EVP_PKEY *pkey = key ? load_key(key) : NULL;

	printf("# %s\n", name);
	convert(quote ? quote : json);
	is_int(parse(), 0, "a quote and its signature are read");
	test_unsigned(pcrs, selection);
	if (pkey)
		test_signed(pkey);
	EVP_PKEY_free(pkey);
	json_decref(json);
}

/* Google's quote is signed by an RSA key; the certificate beside it is of an ECC key. */
static void test_other_key(void)
{
	json_t *json = load_json("evidence/gcp/gcp_quote.json");
	EVP_PKEY *pkey = load_key("evidence/gcp/ak_cert_ecc.crt");

	convert(json);
	must(parse() == 0 && pkey);
	take_key(pkey);
	is_int(quote_check_signature(&real.quote, &real.sig, &real.key), QUOTE_SIGNATURE_SCHEME,
	       "google: another AK of theirs has not signed it");
	EVP_PKEY_free(pkey);
	json_decref(json);
}

static void test_bad_quote(void)
{
	json_t *json = load_json("evidence/gcp/bad_quote.json");
	struct quote_signature sig;

	convert(json);
	is_int(quote_parse(span_of(real.quote_bytes.p, real.quote_bytes.len), &real.quote, NULL), 0,
	       "bad_quote: is one by its form");
	is_int(quote_check_header(&real.quote), QUOTE_MAGIC, "bad_quote: no TPM made it");
	ok(quote_parse_signature(span_of(real.sig_bytes.p, real.sig_bytes.len), &sig, NULL) < 0,
	   "bad_quote: its signature is a bare number");
	json_decref(json);
}

int main(void)
{
	if (!vectors_found()) {
		tap_skip("quotes of real machines", NO_VECTORS);
		return tap_done();
	}
	test_document("evidence/azure/trusted_launch_attestation_document.json",
		      "evidence/azure/cert_chain.pem", 0xffffff, QUOTE_PCR_UNASKED);
	test_document("evidence/gcp/gcp_quote.json", NULL, 0xff, QUOTE_PCR_MISSING);
	test_other_key();
	test_bad_quote();
	return tap_done();
}
