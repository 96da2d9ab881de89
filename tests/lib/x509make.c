/* SPDX-License-Identifier: MIT */
#include "tests/lib/x509make.h"

#include <openssl/x509v3.h>

static void add_ext(X509 *cert, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *ext;

	X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
	X509V3_set_ctx_nodb(&ctx);
	ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	must(ext && X509_add_ext(cert, ext, -1));
	X509_EXTENSION_free(ext);
}

static void add_raw(X509 *cert, const char *oid, const uint8_t *der, int len)
{
	ASN1_OBJECT *object = OBJ_txt2obj(oid, 1);
	ASN1_OCTET_STRING *bytes = ASN1_OCTET_STRING_new();
	X509_EXTENSION *ext;

	must(object && bytes && ASN1_OCTET_STRING_set(bytes, der, len));
	ext = X509_EXTENSION_create_by_OBJ(NULL, object, 1, bytes);
	must(ext && X509_add_ext(cert, ext, -1));
	X509_EXTENSION_free(ext);
	ASN1_OCTET_STRING_free(bytes);
	ASN1_OBJECT_free(object);
}

/* TCG EK Credential Profile: manufacturer, model, version in a directoryName; TPM specification. */
static void add_tpm_names(X509 *cert)
{
	static const uint8_t attributes[] = {
		0x30, 0x19, 0x30, 0x17, 0x06, 0x05, 0x67, 0x81, 0x05, 0x02, 0x10, 0x31, 0x0e, 0x30,
		0x0c, 0x0c, 0x03, 0x32, 0x2e, 0x30, 0x02, 0x01, 0x00, 0x02, 0x02, 0x00, 0xa4,
	};
	GENERAL_NAMES *names = sk_GENERAL_NAME_new_null();
	GENERAL_NAME *name = GENERAL_NAME_new();
	X509_NAME *dir = X509_NAME_new();

	must(names && name && dir &&
	     X509_NAME_add_entry_by_txt(dir, "2.23.133.2.1", MBSTRING_UTF8,
					(const unsigned char *)"id:00001014", -1, -1, 0));
	name->type = GEN_DIRNAME;
	name->d.directoryName = dir;
	must(sk_GENERAL_NAME_push(names, name) > 0 &&
	     X509_add1_ext_i2d(cert, NID_subject_alt_name, names, 1, 0) == 1);
	GENERAL_NAMES_free(names);
	add_raw(cert, "2.5.29.9", attributes, sizeof(attributes));
}

X509 *make_cert(const struct cert_recipe *r)
{
	static long serial;
	X509 *cert = X509_new();
	X509_NAME *name = X509_NAME_new();

	must(cert && name && X509_set_version(cert, 2) &&
	     ASN1_INTEGER_set(X509_get_serialNumber(cert), ++serial));
	if (r->name)
		must(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
						(const unsigned char *)r->name, -1, -1, 0));
	must(X509_set_subject_name(cert, name) &&
	     X509_set_issuer_name(cert, r->issuer ? X509_get_subject_name(r->issuer) : name) &&
	     X509_set_pubkey(cert, r->pkey) &&
	     ASN1_TIME_set(X509_getm_notBefore(cert), NOW + (r->from ? r->from : -180 * DAY)) &&
	     ASN1_TIME_set(X509_getm_notAfter(cert), NOW + (r->to ? r->to : 180 * DAY)));
	add_ext(cert, r->issuer ? r->issuer : cert, NID_basic_constraints,
		r->ca ? "critical,CA:TRUE" : "critical,CA:FALSE");
	if (r->usage)
		add_ext(cert, cert, NID_key_usage, r->usage);
	if (r->extended_usage)
		add_ext(cert, cert, NID_ext_key_usage, r->extended_usage);
	if (r->tpm_names)
		add_tpm_names(cert);
	if (r->unknown_critical)
		add_raw(cert, r->unknown_critical, (const uint8_t *)"\x05", 2);
	must(X509_sign(cert, r->issuer_pkey ? r->issuer_pkey : r->pkey,
		       EVP_get_digestbyname(r->md ? r->md : "SHA256")) > 0);
	X509_NAME_free(name);
	return cert;
}

X509 *make_ca(const char *name, EVP_PKEY *pkey, X509 *issuer, EVP_PKEY *issuer_pkey)
{
	struct cert_recipe r = { .name = name,
				 .pkey = pkey,
				 .issuer = issuer,
				 .issuer_pkey = issuer_pkey,
				 .ca = true,
				 .usage = "critical,keyCertSign",
				 .from = -3650l * DAY,
				 .to = 36500l * DAY };

	return make_cert(&r);
}

void put_cert(struct bytes *b, X509 *cert)
{
	unsigned char *der = NULL;
	int len = i2d_X509(cert, &der);

	must(len > 0);
	put(b, der, (size_t)len);
	OPENSSL_free(der);
}
