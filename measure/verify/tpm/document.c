/* SPDX-License-Identifier: MIT */
/*
 * tinycbor becomes a part of this file, as yyjson does of jsonparse.c. It allocates nothing, and
 * nothing here goes further down than into a list of the payload.
 */
#include "measure/verify/tpm/document.h"

#include <cborparser.c>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <stdlib.h>

#include "measure/lib/array.h"
#include "measure/verify/signature/ecdsa.h"

#define TAG_SIGN1  18 /* RFC 9052, section 4.2 */
#define HEADER_ALG 1
#define ALG_ES384  (-35)
#define FIELD_MAX  1024 /* bytes of public_key, user_data, nonce: the User Guide */
#define MODULE_MAX 256
#define PCR_LEN	   48

/* Bytes that hold one item of CBOR. The functions below return whether all went well; the first
 * fault stays. */
struct reader {
	CborParser parser;
	const uint8_t *first; /* of the whole document */
	int error;
	struct diag diag;
};

static bool fail(struct reader *r, const CborValue *at, int error, const char *what)
{
	if (r->error == 0) {
		r->error = error;
		r->diag = (struct diag){ .off = (size_t)(at->source.ptr - r->first), .what = what };
	}
	return false;
}

static bool well(struct reader *r, const CborValue *at, CborError error)
{
	return error == CborNoError || fail(r, at, -EBADMSG, "malformed CBOR");
}

static bool open_item(struct reader *r, struct span bytes, CborValue *ret)
{
	CborValue none = { .source.ptr = bytes.p };

	return (bytes.left > 0 || fail(r, &none, -EBADMSG, "it is empty")) &&
	       well(r, &none, cbor_parser_init(bytes.p, bytes.left, 0, &r->parser, ret));
}

/* That the item was all that the bytes held. */
static bool close_item(struct reader *r, const CborValue *it, struct span bytes)
{
	return it->source.ptr == bytes.p + bytes.left || fail(r, it, -EPROTO, "something follows");
}

/* A string, whose length must be said. */
static bool take_string(struct reader *r, CborValue *it, CborType type, const char *what,
			struct span *ret)
{
	size_t len = 0;

	if (cbor_value_get_type(it) != type || !cbor_value_is_length_known(it))
		return fail(r, it, -EPROTO, what);
	if (!well(r, it, cbor_value_get_string_length(it, &len)) ||
	    !well(r, it, cbor_value_advance(it)))
		return false;
	*ret = span_of(it->source.ptr - len, len);
	return true;
}

static bool take_bytes(struct reader *r, CborValue *it, const char *what, struct span *ret)
{
	return take_string(r, it, CborByteStringType, what, ret);
}

static bool take_int(struct reader *r, CborValue *it, const char *what, int64_t *ret)
{
	if (!cbor_value_is_integer(it) || cbor_value_get_int64_checked(it, ret) != CborNoError)
		return fail(r, it, -EPROTO, what);
	return well(r, it, cbor_value_advance_fixed(it));
}

/* Into a list or map, whose length must be said. */
static bool enter(struct reader *r, const CborValue *it, CborType type, const char *what,
		  CborValue *ret)
{
	if (cbor_value_get_type(it) != type || !cbor_value_is_length_known(it))
		return fail(r, it, -EPROTO, what);
	return well(r, it, cbor_value_enter_container(it, ret));
}

/* ---- the payload ---- */

static bool is_text(struct span text, const char *want)
{
	return text.left == strlen(want) && memcmp(text.p, want, text.left) == 0;
}

static bool take_module(struct reader *r, CborValue *it, struct document *d)
{
	const CborValue at = *it;

	if (!take_string(r, it, CborTextStringType, "module_id is no text", &d->module_id))
		return false;
	if (d->module_id.left == 0 || d->module_id.left > MODULE_MAX)
		return fail(r, &at, -EPROTO, "module_id is not 1 to 256 bytes long");
	for (size_t i = 0; i < d->module_id.left; i++)
		if (d->module_id.p[i] <= ' ' || d->module_id.p[i] > '~')
			return fail(r, &at, -EPROTO, "module_id is not printable");
	return true;
}

static bool take_timestamp(struct reader *r, CborValue *it, struct document *d)
{
	int64_t ms = -1;

	if (!cbor_value_is_unsigned_integer(it) ||
	    cbor_value_get_int64_checked(it, &ms) != CborNoError)
		return fail(r, it, -EPROTO, "timestamp is no time");
	d->timestamp_ms = (uint64_t)ms;
	return well(r, it, cbor_value_advance_fixed(it));
}

static bool take_digest(struct reader *r, CborValue *it, struct document *d)
{
	struct span text;

	if (!take_string(r, it, CborTextStringType, "digest is no text", &text))
		return false;
	d->is_sha384 = is_text(text, "SHA384");
	return true;
}

static bool take_pcr(struct reader *r, CborValue *it, struct document *d)
{
	const CborValue at = *it;
	struct span value;
	int64_t n;

	if (!take_int(r, it, "the number of a PCR is none", &n) ||
	    !take_bytes(r, it, "a PCR has no value", &value))
		return false;
	if (n < 0 || n >= DOCUMENT_PCRS)
		return fail(r, &at, -EPROTO, "a PCR that there is not");
	if (d->pcrs >> n & 1)
		return fail(r, &at, -EPROTO, "a PCR twice");
	if (value.left != PCR_LEN)
		return fail(r, &at, -EPROTO, "a PCR whose value is not 48 bytes long");
	d->pcrs |= 1u << n;
	d->pcr[n] = (struct digest){ .alg = HASH_SHA384 };
	memcpy(d->pcr[n].bytes, value.p, PCR_LEN);
	return true;
}

static bool take_pcrs(struct reader *r, CborValue *it, struct document *d)
{
	CborValue inside;

	if (!enter(r, it, CborMapType, "the PCRs are no map", &inside))
		return false;
	while (!cbor_value_at_end(&inside))
		if (!take_pcr(r, &inside, d))
			return false;
	return well(r, it, cbor_value_leave_container(it, &inside));
}

static bool take_tpm_pcrs(struct reader *r, CborValue *it, struct document *d)
{
	d->is_tpm = true;
	return take_pcrs(r, it, d);
}

static bool take_certificate(struct reader *r, CborValue *it, struct document *d)
{
	return take_bytes(r, it, "certificate is no bytes", &d->certs.der[0]);
}

static bool take_bundle(struct reader *r, CborValue *it, struct document *d)
{
	CborValue inside;

	if (!enter(r, it, CborArrayType, "cabundle is no list", &inside))
		return false;
	for (d->certs.n = 1; !cbor_value_at_end(&inside); d->certs.n++) {
		if (d->certs.n == EVIDENCE_CERTS_MAX)
			return fail(r, &inside, -EFBIG, "more than 7 certificates above its own");
		if (!take_bytes(r, &inside, "cabundle has an entry that is no bytes",
				&d->certs.der[d->certs.n]))
			return false;
	}
	return well(r, it, cbor_value_leave_container(it, &inside));
}

/* Bytes, or null, which is as good as not there. */
static bool take_field(struct reader *r, CborValue *it, struct span *ret)
{
	const CborValue at = *it;

	if (cbor_value_is_null(it))
		return well(r, it, cbor_value_advance_fixed(it));
	if (!take_bytes(r, it, "public_key, user_data or nonce is neither bytes nor null", ret))
		return false;
	return ret->left <= FIELD_MAX ||
	       fail(r, &at, -EPROTO, "public_key, user_data or nonce is longer than 1024 bytes");
}

static bool take_public_key(struct reader *r, CborValue *it, struct document *d)
{
	return take_field(r, it, &d->public_key);
}

static bool take_user_data(struct reader *r, CborValue *it, struct document *d)
{
	return take_field(r, it, &d->user_data);
}

static bool take_nonce(struct reader *r, CborValue *it, struct document *d)
{
	return take_field(r, it, &d->nonce);
}

/* Of pcrs and nitrotpm_pcrs there is one. */
static const struct {
	const char *name;
	unsigned bit;
	bool (*take)(struct reader *r, CborValue *it, struct document *d);
} fields[] = {
	{ "module_id", 0x01, take_module },
	{ "timestamp", 0x02, take_timestamp },
	{ "digest", 0x04, take_digest },
	{ "nitrotpm_pcrs", 0x08, take_tpm_pcrs },
	{ "pcrs", 0x08, take_pcrs },
	{ "certificate", 0x10, take_certificate },
	{ "cabundle", 0x20, take_bundle },
	{ "public_key", 0x100, take_public_key },
	{ "user_data", 0x200, take_user_data },
	{ "nonce", 0x400, take_nonce },
};
#define FIELDS_NEEDED 0x3fu

static bool take_one(struct reader *r, CborValue *it, struct document *d, unsigned *seen)
{
	const CborValue at = *it;
	struct span name;

	if (!take_string(r, it, CborTextStringType, "a key of the payload is no text", &name))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		if (!is_text(name, fields[i].name))
			continue;
		if (*seen & fields[i].bit)
			return fail(r, &at, -EPROTO, "a key of the payload twice");
		*seen |= fields[i].bit;
		return fields[i].take(r, it, d);
	}
	return fail(r, &at, -EPROTO, "a key of the payload that is not known");
}

static bool take_payload(struct reader *r, struct document *d)
{
	CborValue it, inside;
	unsigned seen = 0;

	if (!open_item(r, d->payload, &it))
		return false;
	if (!cbor_value_is_map(&it))
		return fail(r, &it, -EPROTO, "the payload is no map");
	/* Of this map alone the length may be left open: the hypervisor does that. */
	if (!well(r, &it, cbor_value_enter_container(&it, &inside)))
		return false;
	while (!cbor_value_at_end(&inside))
		if (!take_one(r, &inside, d, &seen))
			return false;
	if ((seen & FIELDS_NEEDED) != FIELDS_NEEDED)
		return fail(r, &it, -EPROTO, "a key of the payload is missing");
	return well(r, &it, cbor_value_leave_container(&it, &inside)) &&
	       close_item(r, &it, d->payload);
}

/* ---- around it ---- */

static bool take_header(struct reader *r, struct span header)
{
	CborValue it, inside;
	int64_t key, alg;

	if (!open_item(r, header, &it) ||
	    !enter(r, &it, CborMapType, "the protected header is no map", &inside))
		return false;
	if (cbor_value_at_end(&inside) || !cbor_value_is_integer(&inside))
		return fail(r, &inside, -EPROTO, "the protected header has no algorithm");
	if (!take_int(r, &inside, "the protected header has no algorithm", &key) ||
	    !take_int(r, &inside, "the algorithm is no number", &alg))
		return false;
	if (key != HEADER_ALG || !cbor_value_at_end(&inside))
		return fail(r, &inside, -EPROTO, "the protected header is more than an algorithm");
	if (alg != ALG_ES384)
		return fail(r, &it, -ENOTSUP, "it is signed in another way than by ES384");
	return well(r, &it, cbor_value_leave_container(&it, &inside)) && close_item(r, &it, header);
}

static bool take_tag(struct reader *r, CborValue *it)
{
	CborTag tag = 0;

	if (!cbor_value_is_tag(it))
		return true;
	(void)cbor_value_get_tag(it, &tag);
	return (tag == TAG_SIGN1 || fail(r, it, -EPROTO, "tagged as something else")) &&
	       well(r, it, cbor_value_advance_fixed(it));
}

static bool take_sign1(struct reader *r, struct span bytes, struct document *d)
{
	CborValue it, four, none;
	size_t n = 0;

	if (!open_item(r, bytes, &it) || !take_tag(r, &it) ||
	    !enter(r, &it, CborArrayType, "it is no list", &four))
		return false;
	if (cbor_value_get_array_length(&it, &n) != CborNoError || n != 4)
		return fail(r, &it, -EPROTO, "it is not a list of four");
	if (!take_bytes(r, &four, "the protected header is no bytes", &d->header) ||
	    !enter(r, &four, CborMapType, "the unprotected header is no map", &none))
		return false;
	if (!cbor_value_at_end(&none))
		return fail(r, &none, -EPROTO, "the unprotected header is not empty");
	if (!well(r, &four, cbor_value_leave_container(&four, &none)) ||
	    !take_bytes(r, &four, "the payload is no bytes", &d->payload) ||
	    !take_bytes(r, &four, "the signature is no bytes", &d->signature))
		return false;
	if (d->signature.left != DOCUMENT_SIGNATURE_LEN)
		return fail(r, &it, -EPROTO, "the signature is not 96 bytes long");
	return well(r, &it, cbor_value_leave_container(&it, &four)) && close_item(r, &it, bytes);
}

int document_parse(struct span bytes, struct document *ret_document, struct diag *diag)
{
	struct reader r = { .first = bytes.p };
	struct document d = { 0 };

	if (!take_sign1(&r, bytes, &d) || !take_header(&r, d.header) || !take_payload(&r, &d))
		return diag_at(diag, r.diag.off, r.diag.what, r.error);
	*ret_document = d;
	return 0;
}

/* ---- the signature ---- */

#define HEAD_MAX 5

/* The shortest head of a string, whose length is below 4 GiB. */
static size_t put_head(uint8_t major, size_t len, uint8_t ret_head[static HEAD_MAX])
{
	size_t n = len < 24 ? 0 : len < 0x100 ? 1 : len < 0x10000 ? 2 : 4;

	ret_head[0] = (uint8_t)(major | (n == 0 ? len : n == 4 ? 26 : 23 + n));
	for (size_t i = 0; i < n; i++)
		ret_head[1 + i] = (uint8_t)(len >> 8 * (n - 1 - i));
	return 1 + n;
}

static bool sign_bytes(EVP_MD_CTX *ctx, struct span bytes)
{
	uint8_t head[HEAD_MAX];
	size_t n = put_head(0x40, bytes.left, head);

	return EVP_DigestVerifyUpdate(ctx, head, n) > 0 &&
	       EVP_DigestVerifyUpdate(ctx, bytes.p, bytes.left) > 0;
}

/* What was signed: ["Signature1", header, "", payload]. */
static bool sign_all(EVP_MD_CTX *ctx, const struct document *d)
{
	static const uint8_t start[] = "\x84\x6aSignature1";

	return EVP_DigestVerifyUpdate(ctx, start, sizeof(start) - 1) > 0 &&
	       sign_bytes(ctx, d->header) && sign_bytes(ctx, span_of("", 0)) &&
	       sign_bytes(ctx, d->payload);
}

static bool is_p384(EVP_PKEY *pkey)
{
	char group[32];
	size_t len;

	return pkey && EVP_PKEY_is_a(pkey, "EC") &&
	       EVP_PKEY_get_group_name(pkey, group, sizeof(group), &len) == 1 &&
	       OBJ_txt2nid(group) == NID_secp384r1;
}

enum quote_reason document_check_signature(const struct document *document, EVP_PKEY *pkey)
{
	struct span r = document->signature, s;
	enum quote_reason reason = QUOTE_UNSURE;
	uint8_t der[ECDSA_DER_MAX];
	EVP_MD_CTX *ctx;
	size_t len;

	if (!is_p384(pkey))
		return QUOTE_KEY_INVALID;
	s = span_of(r.p + ECDSA_NUMBER_MAX, ECDSA_NUMBER_MAX);
	len = ecdsa_der(span_of(r.p, ECDSA_NUMBER_MAX), s, der);
	ERR_set_mark();
	ctx = EVP_MD_CTX_new();
	if (len > 0 && ctx &&
	    EVP_DigestVerifyInit_ex(ctx, NULL, "SHA384", NULL, NULL, pkey, NULL) > 0 &&
	    sign_all(ctx, document))
		reason = EVP_DigestVerifyFinal(ctx, der, len) == 1 ? QUOTE_HOLDS : QUOTE_SIGNATURE;
	EVP_MD_CTX_free(ctx);
	ERR_pop_to_mark();
	return reason;
}
