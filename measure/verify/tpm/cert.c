/* SPDX-License-Identifier: MIT */
#include "measure/verify/tpm/cert.h"

#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/x509v3.h>
#include <string.h>

void cert_read(struct span der, const struct digest *sha256, struct cert *ret_cert)
{
	const unsigned char *p = der.p;
	X509 *x509 = NULL;

	ERR_set_mark();
	if (der.left > 0)
		x509 = d2i_X509(NULL, &p, (long)der.left);
	/* The second call fills what libcrypto keeps of the extensions, before threads share it. */
	if (x509 && (p != der.p + der.left || X509_check_purpose(x509, -1, 0) != 1)) {
		X509_free(x509);
		x509 = NULL;
	}
	ERR_pop_to_mark();
	*ret_cert = (struct cert){ .x509 = x509, .sha256 = *sha256 };
}

void cert_done(struct cert *cert)
{
	X509_free(cert->x509);
	cert->x509 = NULL;
}

static int use_of(const ASN1_OBJECT *object)
{
	char oid[32];

	(void)OBJ_obj2txt(oid, sizeof(oid), object, 1);
	if (!strcmp(oid, "2.23.133.8.1"))
		return CERT_EK;
	return !strcmp(oid, "2.23.133.8.3") ? CERT_AK : 0;
}

int cert_uses(const struct cert *cert)
{
	int critical, uses = 0;
	EXTENDED_KEY_USAGE *list;

	ERR_set_mark();
	list = X509_get_ext_d2i(cert->x509, NID_ext_key_usage, &critical, NULL);
	ERR_pop_to_mark();
	if (!list)
		return critical == -1 ? -1 : 0;
	for (int i = 0; i < sk_ASN1_OBJECT_num(list); i++)
		uses |= use_of(sk_ASN1_OBJECT_value(list, i));
	EXTENDED_KEY_USAGE_free(list);
	return uses;
}

bool cert_is_ca(const struct cert *cert)
{
	return X509_check_ca(cert->x509) == 1;
}

bool cert_may(const struct cert *cert, uint32_t usage)
{
	return X509_get_key_usage(cert->x509) & usage; /* all bits are set if there is none */
}

bool cert_has_unknown_critical(const struct cert *cert)
{
	for (int i = 0; i < X509_get_ext_count(cert->x509); i++) {
		X509_EXTENSION *ext = X509_get_ext(cert->x509, i);

		if (X509_EXTENSION_get_critical(ext) && !X509_supported_extension(ext) &&
		    OBJ_obj2nid(X509_EXTENSION_get_object(ext)) != NID_subject_directory_attributes)
			return true;
	}
	return false;
}
