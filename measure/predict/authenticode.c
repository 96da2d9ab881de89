/* SPDX-License-Identifier: MIT */
#include "measure/predict/authenticode.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/pkcs7.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#define CERT_REVISION	 0x0200 /* WIN_CERT_REVISION_2_0 */
#define CERT_PKCS7	 0x0002 /* WIN_CERT_TYPE_PKCS_SIGNED_DATA */
#define CERT_HEADER_LEN	 8
#define INDIRECT_DATA_ID "1.3.6.1.4.1.311.2.1.4" /* SPC_INDIRECT_DATA_OBJID */

int authenticode_hash(const struct pe *pe, struct digest *ret_digest)
{
	struct span pieces[PE_PIECES_MAX];
	struct hash_ctx ctx;
	size_t n;
	int r = pe_authenticode(pe, pieces, &n);

	if (r < 0)
		return r;
	hash_init(&ctx, HASH_SHA256);
	for (size_t i = 0; i < n; i++)
		hash_update(&ctx, pieces[i].p, pieces[i].left);
	hash_final(&ctx, ret_digest);
	return 0;
}

/* What stands inside the first element of der: its bytes without tag and length. */
static int enter(struct span der, struct span *ret_inside, struct span *ret_rest)
{
	const unsigned char *p = der.p;
	int tag, class;
	long len;

	if (der.left > INT_MAX ||
	    (ASN1_get_object(&p, &len, &tag, &class, (long)der.left) & 0x81) != 0 || len < 0 ||
	    (size_t)len > der.left - (size_t)(p - der.p))
		return -EBADMSG;
	*ret_inside = span_of(p, (size_t)len);
	*ret_rest = span_of(p + len, der.left - (size_t)(p - der.p) - (size_t)len);
	return 0;
}

/*
 * SpcIndirectDataContent is SEQUENCE { data, messageDigest DigestInfo }. What a signature covers is
 * the content without the sequence's own tag and length (PKCS #7).
 */
static int read_content(PKCS7 *p7, struct span *ret_signed, struct digest *ret_digest)
{
	PKCS7 *contents = PKCS7_type_is_signed(p7) ? p7->d.sign->contents : NULL;
	const ASN1_TYPE *any = contents ? contents->d.other : NULL;
	const ASN1_OCTET_STRING *octets;
	struct span inside, data, info;
	const X509_ALGOR *alg;
	const unsigned char *p;
	X509_SIG *sig;
	char id[64];
	int r = 0;

	if (!any || any->type != V_ASN1_SEQUENCE ||
	    OBJ_obj2txt(id, sizeof(id), contents->type, 1) <= 0 || strcmp(id, INDIRECT_DATA_ID))
		return -ENOENT;
	if (enter(span_of(any->value.sequence->data, (size_t)any->value.sequence->length), &inside,
		  &info) < 0 ||
	    enter(inside, &data, &info) < 0)
		return -EBADMSG;
	p = info.p;
	sig = d2i_X509_SIG(NULL, &p, (long)info.left);
	if (!sig)
		return -EBADMSG;
	X509_SIG_get0(sig, &alg, &octets);
	if (OBJ_obj2nid(alg->algorithm) != NID_sha256 ||
	    (size_t)ASN1_STRING_length(octets) != hash_len(HASH_SHA256))
		r = -ENOENT;
	*ret_signed = inside;
	*ret_digest = (struct digest){ .alg = HASH_SHA256 };
	if (r == 0)
		memcpy(ret_digest->bytes, ASN1_STRING_get0_data(octets), hash_len(HASH_SHA256));
	X509_SIG_free(sig);
	return r;
}

/* Whether the signature is right and leads to the certificate, as EDK2's Pkcs7Verify() says. */
static int verify(PKCS7 *p7, struct span content, struct span certificate)
{
	const unsigned char *p = certificate.p;
	X509 *x509 = certificate.left > INT_MAX ? NULL : d2i_X509(NULL, &p, (long)certificate.left);
	BIO *data = BIO_new_mem_buf(content.p, (int)content.left);
	X509_STORE *store = X509_STORE_new();
	int r = x509 ? -ENOMEM : -EBADMSG;

	if (x509 && store && data && X509_STORE_add_cert(store, x509) == 1) {
		(void)X509_STORE_set_flags(store,
					   X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_NO_CHECK_TIME);
		(void)X509_STORE_set_purpose(store, X509_PURPOSE_ANY);
		r = PKCS7_verify(p7, NULL, store, data, NULL, PKCS7_BINARY) == 1 ? 0 : -ENOENT;
	}
	X509_STORE_free(store);
	BIO_free(data);
	X509_free(x509);
	return r;
}

int authenticode_signature(const struct pe *pe, size_t n, struct span *ret_der)
{
	struct span table, der;
	uint16_t revision, type;
	uint32_t len;

	if (n >= AUTHENTICODE_SIGNATURES_MAX ||
	    span_at(&pe->file, pe->file.left - pe->cert_len, pe->cert_len, &table) < 0)
		return -EBADMSG;
	for (;; n--) {
		size_t fill;

		if (table.left == 0)
			return -ENOENT;
		if (span_u32le(&table, &len) < 0 || span_u16le(&table, &revision) < 0 ||
		    span_u16le(&table, &type) < 0 || len < CERT_HEADER_LEN ||
		    span_take(&table, len - CERT_HEADER_LEN, &der) < 0)
			return -EBADMSG;
		if (n == 0)
			break;
		fill = (8 - len % 8) % 8; /* each begins at a multiple of 8 */
		(void)span_skip(&table, fill < table.left ? fill : table.left);
	}
	*ret_der = revision == CERT_REVISION && type == CERT_PKCS7 ? der : span_of(NULL, 0);
	return 0;
}

int authenticode_signed_by(const struct digest *hash, struct span signature,
			   struct span certificate)
{
	const unsigned char *p = signature.p;
	struct span content;
	struct digest digest;
	PKCS7 *p7;
	int r;

	if (signature.left == 0)
		return -ENOENT;
	p7 = signature.left > INT_MAX ? NULL : d2i_PKCS7(NULL, &p, (long)signature.left);
	r = p7 ? read_content(p7, &content, &digest) : -EBADMSG;
	if (r == 0)
		r = digest_equal(&digest, hash) ? verify(p7, content, certificate) : -ENOENT;
	PKCS7_free(p7);
	ERR_clear_error();
	return r;
}
