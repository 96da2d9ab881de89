/* SPDX-License-Identifier: MIT */
#include "initramfs/gateway/identity.h"

#include <errno.h>
#include <openssl/asn1.h>
#include <openssl/ec.h>
#include <openssl/objects.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <string.h>

#include "measure/lib/hash.h"

#define NAME "rampart"

/* SubjectAltName: a SEQUENCE of one dNSName, which is [2] (RFC 5280, section 4.2.1.6). */
static uint8_t alt_name[] = { 0x30, 9, 0x82, 7, 'r', 'a', 'm', 'p', 'a', 'r', 't' };

static bool take_spki(struct identity *id)
{
	uint8_t *p = id->spki;

	return i2d_PUBKEY(id->key, NULL) == IDENTITY_SPKI_LEN &&
	       i2d_PUBKEY(id->key, &p) == IDENTITY_SPKI_LEN;
}

/* Positive, as RFC 5280, section 4.1.2.2 "Serial Number" wants it, and another one for each key. */
static bool set_serial(struct identity *id)
{
	struct digest digest;
	uint64_t serial = 0;

	hash_bytes(HASH_SHA256, id->spki, sizeof(id->spki), &digest);
	for (size_t i = 0; i < sizeof(serial); i++)
		serial = serial << 8 | digest.bytes[i];
	serial &= INT64_MAX;
	if (serial == 0)
		serial = 1;
	return ASN1_INTEGER_set_uint64(X509_get_serialNumber(id->certificate), serial) == 1;
}

static bool set_names(X509 *x)
{
	X509_NAME *name = X509_get_subject_name(x);

	return X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_ASC,
					  (const unsigned char *)NAME, -1, -1, 0) == 1 &&
	       X509_set_issuer_name(x, name) == 1;
}

static bool set_alt_name(X509 *x)
{
	ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
	X509_EXTENSION *extension = NULL;
	bool good = value && ASN1_OCTET_STRING_set(value, alt_name, sizeof(alt_name)) == 1 &&
		    X509_EXTENSION_create_by_NID(&extension, NID_subject_alt_name, 0, value) &&
		    X509_add_ext(x, extension, -1) == 1;

	X509_EXTENSION_free(extension);
	ASN1_OCTET_STRING_free(value);
	return good;
}

static bool certify(struct identity *id)
{
	X509 *x = X509_new();

	id->certificate = x;
	return x && X509_set_version(x, X509_VERSION_3) == 1 && set_serial(id) && set_names(x) &&
	       ASN1_TIME_set_string_X509(X509_getm_notBefore(x), "19700101000000Z") == 1 &&
	       ASN1_TIME_set_string_X509(X509_getm_notAfter(x), "99991231235959Z") == 1 &&
	       X509_set_pubkey(x, id->key) == 1 && set_alt_name(x) &&
	       X509_sign(x, id->key, EVP_sha256()) > 0;
}

int identity_make(struct identity *ret_identity)
{
	struct identity id = { .key = EVP_EC_gen("P-256") };
	int len;

	if (!id.key || !take_spki(&id) || !certify(&id))
		return -EIO;
	len = i2d_X509(id.certificate, &id.der);
	if (len <= 0)
		return -EIO;
	id.der_len = (size_t)len;
	*ret_identity = id;
	return 0;
}
