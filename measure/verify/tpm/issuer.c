/* SPDX-License-Identifier: MIT */
#include "measure/verify/tpm/issuer.h"

#include <errno.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs7.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "measure/record/error.h"

/* http, and nothing in it that could end a line of a request. */
static bool is_plain(const ASN1_STRING *uri)
{
	const char *text = (const char *)ASN1_STRING_get0_data(uri);
	int len = ASN1_STRING_length(uri);

	if (len < 8 || len >= ISSUER_URL_MAX || strncmp(text, "http://", 7) != 0)
		return false;
	for (int i = 0; i < len; i++)
		if (text[i] <= 0x20 || text[i] >= 0x7f)
			return false;
	return true;
}

bool issuer_url(X509 *cert, char ret_url[static ISSUER_URL_MAX])
{
	AUTHORITY_INFO_ACCESS *list;
	bool found = false;

	ERR_set_mark();
	list = X509_get_ext_d2i(cert, NID_info_access, NULL, NULL);
	ERR_pop_to_mark();
	for (int i = 0; i < sk_ACCESS_DESCRIPTION_num(list) && !found; i++) {
		const ACCESS_DESCRIPTION *entry = sk_ACCESS_DESCRIPTION_value(list, i);
		const ASN1_STRING *uri = entry->location->d.uniformResourceIdentifier;

		found = OBJ_obj2nid(entry->method) == NID_ad_ca_issuers &&
			entry->location->type == GEN_URI && is_plain(uri);
		if (found) {
			size_t len = (size_t)ASN1_STRING_length(uri);

			memcpy(ret_url, ASN1_STRING_get0_data(uri), len);
			ret_url[len] = '\0';
		}
	}
	AUTHORITY_INFO_ACCESS_free(list);
	return found;
}

bool issuer_signed(X509 *issuer, X509 *cert)
{
	EVP_PKEY *pkey = X509_get0_pubkey(issuer);
	bool is;

	ERR_set_mark();
	is = pkey && X509_check_issued(issuer, cert) == X509_V_OK && X509_verify(cert, pkey) == 1;
	ERR_pop_to_mark();
	return is;
}

/* The certificates of a list, as references of their own. */
static bool take_list(const STACK_OF(X509) * list, X509 **ret_cert, size_t *n)
{
	for (int i = 0; i < sk_X509_num(list); i++) {
		X509 *cert = sk_X509_value(list, i);

		if (*n == ISSUER_CERTS_MAX)
			return false;
		if (X509_up_ref(cert))
			ret_cert[(*n)++] = cert;
	}
	return true;
}

static bool take_pkcs7(PKCS7 *message, X509 **ret_cert, size_t *n)
{
	bool fits = true;

	if (message && PKCS7_type_is_signed(message) && message->d.sign)
		fits = take_list(message->d.sign->cert, ret_cert, n);
	PKCS7_free(message);
	return fits;
}

static bool take_pem(BIO *bio, X509 **ret_cert, size_t *n)
{
	X509 *cert;

	while ((cert = PEM_read_bio_X509(bio, NULL, NULL, NULL))) {
		if (*n == ISSUER_CERTS_MAX) {
			X509_free(cert);
			return false;
		}
		ret_cert[(*n)++] = cert;
	}
	if (*n > 0)
		return true;
	(void)BIO_reset(bio);
	return take_pkcs7(PEM_read_bio_PKCS7(bio, NULL, NULL, NULL), ret_cert, n);
}

static bool take(const uint8_t *bytes, size_t len, X509 **ret_cert, size_t *n)
{
	const unsigned char *p = bytes;
	X509 *cert = d2i_X509(NULL, &p, (long)len);
	BIO *bio;
	bool fits;

	if (cert) {
		ret_cert[(*n)++] = cert;
		return true;
	}
	p = bytes;
	fits = take_pkcs7(d2i_PKCS7(NULL, &p, (long)len), ret_cert, n);
	if (*n > 0 || !fits)
		return fits;
	bio = BIO_new_mem_buf(bytes, (int)len);
	fits = bio && take_pem(bio, ret_cert, n);
	BIO_free(bio);
	return fits;
}

int issuer_read(const void *bytes, size_t len, X509 *ret_cert[static ISSUER_CERTS_MAX],
		size_t *ret_n, struct rampart_error *error)
{
	size_t n = 0;
	bool fits;

	if (len == 0 || len > INT32_MAX)
		return error_set(error, -EBADMSG, "it is empty, or too large");
	ERR_set_mark();
	fits = take(bytes, len, ret_cert, &n);
	ERR_pop_to_mark();
	if (fits && n > 0) {
		*ret_n = n;
		return 0;
	}
	for (size_t i = 0; i < n; i++)
		X509_free(ret_cert[i]);
	if (!fits)
		return error_set(error, -EFBIG, "more than %d certificates", ISSUER_CERTS_MAX);
	return error_set(error, -EBADMSG, "neither a certificate nor PKCS #7 with one");
}
