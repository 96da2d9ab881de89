/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

#include "measure/record/error.h"
#include "measure/record/lines.h"
#include "measure/verify/policy/policy.h"

#define CERTS_MAX 64	    /* of one call */
#define BYTES_MAX (1 << 20) /* for as many certificates */

/* Certificates of one call, until all of them are known to be good. */
struct found {
	struct cert cert[CERTS_MAX];
	size_t n;
};

static int take_der(struct found *found, struct span der, struct rampart_error *error)
{
	struct digest sha256;

	if (found->n == CERTS_MAX)
		return error_set(error, -EFBIG, "more than %d certificates", CERTS_MAX);
	hash_bytes(HASH_SHA256, der.p, der.left, &sha256);
	cert_read(der, &sha256, &found->cert[found->n]);
	if (!found->cert[found->n].x509)
		return error_set(error, -EBADMSG, "certificate %zu: not an X.509 certificate",
				 found->n + 1);
	found->n++;
	return 0;
}

/*
 * As openssl(1) reads it: whatever follows the certificate, a line end or what "TRUSTED
 * CERTIFICATE" says of its use, is no part of it.
 */
static struct span without_rest(struct span der)
{
	const unsigned char *p = der.p;
	X509 *x509 = d2i_X509(NULL, &p, (long)der.left);

	if (x509)
		der.left = (size_t)(p - der.p);
	X509_free(x509);
	return der;
}

static bool is_certificate(const char *name)
{
	return !strcmp(name, PEM_STRING_X509) || !strcmp(name, PEM_STRING_X509_OLD) ||
	       !strcmp(name, PEM_STRING_X509_TRUSTED);
}

static int take_pem(struct found *found, BIO *bio, struct rampart_error *error)
{
	char *name, *header;
	unsigned char *der;
	int r = 0;
	long len;

	while (r == 0 && PEM_read_bio(bio, &name, &header, &der, &len) == 1) {
		if (is_certificate(name))
			r = take_der(found, without_rest(span_of(der, (size_t)len)), error);
		OPENSSL_free(name);
		OPENSSL_free(header);
		OPENSSL_free(der);
	}
	if (r == 0 && ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
		r = error_set(error, -EBADMSG, "malformed PEM after certificate %zu", found->n);
	if (r == 0 && found->n == 0)
		r = error_set(error, -EBADMSG, "neither a certificate nor PEM with one");
	return r;
}

static int take_bytes(struct found *found, const void *bytes, size_t len,
		      struct rampart_error *error)
{
	struct span text = span_of(bytes, len);
	BIO *bio;
	int r;

	if (len > BYTES_MAX)
		return error_set(error, -EFBIG, "more than %d bytes", BYTES_MAX);
	lines_skip_bom(&text);
	ERR_set_mark();
	/* A SEQUENCE of more than 127 bytes; the text before PEM may begin with a zero. */
	if (text.left > 1 && text.p[0] == 0x30 && text.p[1] > 0x80) {
		r = take_der(found, without_rest(text), error);
	} else {
		bio = BIO_new_mem_buf(text.p, (int)text.left);
		r = bio ? take_pem(found, bio, error) : error_memory(error);
		BIO_free(bio);
	}
	ERR_pop_to_mark();
	return r;
}

static int pin(struct rampart_policy *policy, const struct found *found,
	       struct rampart_error *error)
{
	size_t n = 0;

	for (size_t i = 0; i < found->n; i++) {
		if (X509_self_signed(found->cert[i].x509, 1) != 1)
			continue;
		if (policy_pin(&policy->pins, &found->cert[i].sha256) < 0)
			return error_memory(error);
		n++;
	}
	return n > 0 ? 0 : error_set(error, -EPROTO, "no certificate signed by itself");
}

int rampart_policy_add_root(struct rampart_policy *policy, const void *bytes, size_t len,
			    bool pinned, struct rampart_error *error)
{
	struct found found = { 0 };
	struct cert *more = NULL;
	int r = take_bytes(&found, bytes, len, error);

	if (r == 0) {
		more = realloc(policy->cert, (policy->n_certs + found.n) * sizeof(*more));
		if (more)
			policy->cert = more;
		else
			r = error_memory(error);
	}
	if (r == 0 && pinned)
		r = pin(policy, &found, error);
	for (size_t i = 0; i < found.n; i++) {
		if (r == 0)
			more[policy->n_certs++] = found.cert[i];
		else
			cert_done(&found.cert[i]);
	}
	return r;
}
