/* SPDX-License-Identifier: MIT */
#include "tests/lib/documentmake.h"

#include <openssl/ecdsa.h>

void put_cbor(struct bytes *b, unsigned major, uint64_t value)
{
	size_t len = value < 24 ? 0 : value < 0x100 ? 1 : value < 0x10000 ? 2 : value >> 32 ? 8 : 4;
	unsigned more = len == 0   ? (unsigned)value
			: len == 1 ? 24
			: len == 2 ? 25
			: len == 4 ? 26
				   : 27;

	put_be(b, major << 5 | more, 1);
	put_be(b, value, len);
}

void put_cbor_text(struct bytes *b, const char *text)
{
	put_cbor(b, 3, strlen(text));
	put(b, text, strlen(text));
}

void put_cbor_bytes(struct bytes *b, const void *p, size_t len)
{
	put_cbor(b, 2, len);
	put(b, p, len);
}

static void put_open(struct bytes *b, unsigned major)
{
	put_be(b, major << 5 | 31, 1);
}

static void put_break(struct bytes *b)
{
	put_be(b, 0xff, 1);
}

void document_start(struct document_recipe *r, EVP_PKEY *pkey, X509 *cert, const uint8_t *nonce)
{
	*r = (struct document_recipe){ .module = "i-0123456789abcdef0-tpm0000000000000000",
				       .digest = "SHA384",
				       .pcrs = "nitrotpm_pcrs",
				       .timestamp = 1000ull * NOW,
				       .has = 0xffff,
				       .cert = { cert },
				       .n_certs = 1,
				       .nonce = nonce,
				       .nonce_len = 32,
				       .pkey = pkey };
	for (size_t i = 0; i < 24; i++)
		r->pcr[i].alg = HASH_SHA384;
}

static void put_pcrs(struct bytes *b, const struct document_recipe *r)
{
	static const uint8_t other[48] = { 1 };
	size_t n = (size_t)__builtin_popcount(r->has) + (r->lie == DOCUMENT_PCR_TWICE) +
		   (r->lie == DOCUMENT_PCR_HIGH);

	if (r->lie == DOCUMENT_OPEN_PCRS)
		put_open(b, 5);
	else
		put_cbor(b, 5, n);
	for (size_t i = 0; i < 24; i++) {
		if (!(r->has >> i & 1))
			continue;
		put_cbor(b, 0, i);
		put_cbor_bytes(b, r->pcr[i].bytes,
			       r->lie == DOCUMENT_PCR_SHORT && i == 7 ? 32 : 48);
	}
	if (r->lie == DOCUMENT_PCR_TWICE || r->lie == DOCUMENT_PCR_HIGH) {
		put_cbor(b, 0, r->lie == DOCUMENT_PCR_TWICE ? 4 : 32);
		put_cbor_bytes(b, other, 48);
	}
	if (r->lie == DOCUMENT_OPEN_PCRS)
		put_break(b);
}

static void put_der(struct bytes *b, X509 *cert, bool open)
{
	struct bytes *der = alloc(sizeof(*der));

	put_cert(der, cert);
	if (open)
		put_open(b, 2);
	put_cbor_bytes(b, der->p, der->len);
	if (open)
		put_break(b);
	free(der);
}

static void put_certs(struct bytes *b, const struct document_recipe *r)
{
	size_t n = r->n_certs - 1;

	put_cbor_text(b, "certificate");
	put_der(b, r->cert[0], r->lie == DOCUMENT_OPEN_STRING);
	put_cbor_text(b, "cabundle");
	if (r->lie == DOCUMENT_OPEN_LIST)
		put_open(b, 4);
	else
		put_cbor(b, 4, r->lie == DOCUMENT_MANY_CERTS ? 8 : n);
	for (size_t i = 0; i < (r->lie == DOCUMENT_MANY_CERTS ? 8 : n); i++)
		put_der(b, r->cert[n == 0 ? 0 : 1 + i % n], false);
	if (r->lie == DOCUMENT_OPEN_LIST)
		put_break(b);
}

static void put_field(struct bytes *b, const char *name, const uint8_t *p, size_t len)
{
	put_cbor_text(b, name);
	if (p)
		put_cbor_bytes(b, p, len);
	else
		put_be(b, 0xf6, 1);
}

static void put_odd_keys(struct bytes *b, const struct document_recipe *r)
{
	if (r->lie == DOCUMENT_KEY_TWICE)
		put_field(b, "nonce", r->nonce, r->nonce_len);
	if (r->lie == DOCUMENT_KEY_UNKNOWN)
		put_field(b, "hint", r->nonce, r->nonce_len);
	if (r->lie == DOCUMENT_KEY_NUMBER) {
		put_cbor(b, 0, 1);
		put_cbor(b, 0, 1);
	}
	if (r->lie == DOCUMENT_BOTH_PCRS) {
		put_cbor_text(b, "pcrs");
		put_pcrs(b, r);
	}
}

static void put_payload(struct bytes *b, const struct document_recipe *r)
{
	static const uint8_t much[1025];
	bool is_long = r->lie == DOCUMENT_LONG_FIELD;

	if (r->definite)
		put_cbor(b, 5, 9);
	else
		put_open(b, 5);
	put_cbor_text(b, "module_id");
	put_cbor_text(b, r->module);
	if (r->lie != DOCUMENT_KEY_MISSING) {
		put_cbor_text(b, "digest");
		put_cbor_text(b, r->digest);
	}
	put_cbor_text(b, "timestamp");
	put_cbor(b, 0, r->timestamp);
	put_cbor_text(b, r->pcrs);
	put_pcrs(b, r);
	put_certs(b, r);
	put_field(b, "public_key", NULL, 0);
	put_field(b, "user_data", is_long ? much : r->user_data,
		  is_long ? sizeof(much) : r->user_data_len);
	put_field(b, "nonce", r->nonce, r->nonce_len);
	put_odd_keys(b, r);
	if (!r->definite)
		put_break(b);
	if (r->lie == DOCUMENT_PAYLOAD_TRAILS)
		put_be(b, 0xf6, 1);
}

static void put_header(struct bytes *b, const struct document_recipe *r)
{
	bool more = r->lie == DOCUMENT_MORE_HEADER;

	put_cbor(b, 5, r->lie == DOCUMENT_NO_ALG ? 0 : more ? 2 : 1);
	if (r->lie == DOCUMENT_NO_ALG)
		return;
	put_cbor(b, 0, 1);
	put_cbor(b, 1, r->lie == DOCUMENT_OTHER_ALG ? 6 : 34); /* -1 - n */
	if (more)
		put_field(b, "kid", r->nonce, r->nonce_len);
}

/* Both numbers of the signature over what COSE has signed; RFC 9052, section 4.4. */
static void sign(const struct document_recipe *r, const struct bytes *header,
		 const struct bytes *payload, uint8_t ret_signature[static 96])
{
	struct bytes *b = alloc(sizeof(*b));
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	uint8_t der[256];
	const uint8_t *p = der;
	size_t len = sizeof(der);
	ECDSA_SIG *sig;

	put_cbor(b, 4, 4);
	put_cbor_text(b, "Signature1");
	put_cbor_bytes(b, header->p, header->len);
	put_cbor_bytes(b, "", 0);
	put_cbor_bytes(b, payload->p, payload->len);
	must(EVP_DigestSignInit_ex(ctx, NULL, "SHA384", NULL, NULL, r->pkey, NULL) > 0 &&
	     EVP_DigestSign(ctx, der, &len, b->p, b->len) > 0);
	sig = d2i_ECDSA_SIG(NULL, &p, (long)len);
	must(sig && BN_bn2binpad(ECDSA_SIG_get0_r(sig), ret_signature, 48) == 48 &&
	     BN_bn2binpad(ECDSA_SIG_get0_s(sig), ret_signature + 48, 48) == 48);
	ECDSA_SIG_free(sig);
	EVP_MD_CTX_free(ctx);
	free(b);
}

void put_document(struct bytes *b, const struct document_recipe *r)
{
	struct bytes *header = alloc(sizeof(*header)), *payload = alloc(sizeof(*payload));
	uint8_t signature[96];

	b->len = 0;
	put_header(header, r);
	put_payload(payload, r);
	sign(r, header, payload, signature);
	if (r->tagged || r->lie == DOCUMENT_TAG)
		put_cbor(b, 6, r->lie == DOCUMENT_TAG ? 17 : 18);
	if (r->lie == DOCUMENT_OPEN_OUTSIDE)
		put_open(b, 4);
	else
		put_cbor(b, 4, r->lie == DOCUMENT_FIVE ? 5 : 4);
	put_cbor_bytes(b, header->p, header->len);
	put_cbor(b, 5, r->lie == DOCUMENT_UNPROTECTED);
	if (r->lie == DOCUMENT_UNPROTECTED)
		put_field(b, "kid", r->nonce, r->nonce_len);
	put_cbor_bytes(b, payload->p, payload->len);
	put_cbor_bytes(b, signature, r->lie == DOCUMENT_SIGNATURE_SHORT ? 95 : 96);
	if (r->lie == DOCUMENT_FIVE)
		put_be(b, 0xf6, 1);
	if (r->lie == DOCUMENT_OPEN_OUTSIDE)
		put_break(b);
	if (r->lie == DOCUMENT_TRAILS)
		put_be(b, 0, 1);
	free(header);
	free(payload);
}
