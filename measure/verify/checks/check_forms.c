/* SPDX-License-Identifier: MIT */
/* Whether the parts of the evidence can be read at all. */
#include <errno.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include "measure/record/error.h"
#include "measure/verify/verifying.h"

/* What is wrong with the gateway's certificate, or NULL. */
static const char *bad_certificate(X509 *cert)
{
	EVP_PKEY *pkey = X509_get0_pubkey(cert);
	char group[32];
	size_t len;

	if (!pkey || !EVP_PKEY_is_a(pkey, "EC") ||
	    EVP_PKEY_get_group_name(pkey, group, sizeof(group), &len) != 1 ||
	    OBJ_txt2nid(group) != NID_X9_62_prime256v1)
		return "its key is not one of P-256";
	if (X509_verify(cert, pkey) != 1)
		return "it is not signed by its own key";
	return NULL;
}

static X509 *read_certificate(struct span der)
{
	const unsigned char *p = der.p;
	X509 *cert = d2i_X509(NULL, &p, (long)der.left);

	if (cert && p == der.p + der.left)
		return cert;
	X509_free(cert);
	return NULL;
}

/* The SubjectPublicKeyInfo as DER, in the report's memory. */
static struct span spki_of(struct verifying *v)
{
	X509_PUBKEY *spki = X509_get_X509_PUBKEY(v->certificate);
	int len = i2d_X509_PUBKEY(spki, NULL);
	unsigned char *der = len > 0 ? pool_get(&v->report->pool, (size_t)len) : NULL, *p = der;

	return der ? span_of(der, (size_t)i2d_X509_PUBKEY(spki, &p)) : span_of(NULL, 0);
}

static void check_certificate(struct verifying *v)
{
	const char *what;

	ERR_set_mark();
	v->certificate = read_certificate(v->ev->certificate);
	what = v->certificate ? bad_certificate(v->certificate) : "not an X.509 certificate";
	if (v->certificate)
		v->own_spki = spki_of(v);
	ERR_pop_to_mark();
	if (what)
		found(v, CHECK_CERTIFICATE_FORM, RAMPART_FAILS, "the gateway's certificate: %s",
		      what);
	else
		found(v, CHECK_CERTIFICATE_FORM, RAMPART_HOLDS, "P-256, signed by its own key");
	v->has_spki = v->connection || v->own_spki.left > 0;
	if (!v->has_spki)
		return;
	v->spki =
		v->connection ? span_of(v->connection->spki, v->connection->spki_len) : v->own_spki;
	hash_bytes(HASH_SHA256, v->spki.p, v->spki.left, &v->spki_sha256);
}

/* "at byte 12: why" of the part that id is about. */
static void report_parse(struct verifying *v, enum check_id id, const char *name, int error,
			 const struct diag *diag)
{
	struct rampart_error text;

	(void)error_parse(&text, error, name, diag);
	found(v, id, RAMPART_FAILS, "%s", text.text);
}

static void check_key(struct verifying *v)
{
	struct diag diag = { 0 };
	int r = tpmkey_parse(v->ev->ak, &v->key, &diag);

	v->has_key = r == 0;
	if (r < 0)
		report_parse(v, CHECK_AK_FORM, "ak.public", r, &diag);
	else
		found(v, CHECK_AK_FORM, RAMPART_HOLDS, "%s",
		      v->key.type == TPMKEY_RSA	   ? "an RSA key"
		      : v->key.type == TPMKEY_P256 ? "a key of P-256"
						   : "a key of P-384");
}

static void check_quote(struct verifying *v)
{
	struct diag diag = { 0 };
	const char *name = "quote";
	int r = quote_parse(v->ev->quote, &v->quote, &diag);

	if (r == 0) {
		name = "signature";
		r = quote_parse_signature(v->ev->signature, &v->signature, &diag);
	}
	v->has_quote = r == 0;
	if (r < 0)
		report_parse(v, CHECK_QUOTE_FORM, name, r, &diag);
	else
		found(v, CHECK_QUOTE_FORM, RAMPART_HOLDS, "a TPMS_ATTEST and its signature");
}

static void check_firmware_log(struct verifying *v)
{
	struct diag diag = { 0 };
	struct eventlog_event ev;
	struct eventlog log;
	int r;

	v->log_absent = v->ev->firmware_log.left == 0;
	r = eventlog_open(v->ev->firmware_log.p, v->ev->firmware_log.left, &v->firmware, &diag);

	if (r == 0) {
		log = v->firmware;
		do {
			r = eventlog_next(&log, &ev, &diag);
		} while (r > 0);
	}
	v->has_firmware = r == 0;
	if (r < 0)
		report_parse(v, CHECK_FIRMWARE_LOG_FORM, "firmware_log", r, &diag);
	else
		found(v, CHECK_FIRMWARE_LOG_FORM, RAMPART_HOLDS, "%zu events", log.n_read);
}

static void check_runtime_log(struct verifying *v)
{
	struct rampart_error error;
	int r = runtime_events((const char *)v->ev->runtime_log.p, v->ev->runtime_log.left,
			       &v->runtime, &error);

	v->has_runtime = r == 0;
	if (r < 0)
		found(v, CHECK_RUNTIME_LOG_FORM, r == -ENOMEM ? RAMPART_UNSURE : RAMPART_FAILS,
		      "runtime_log: %s", error.text);
	else
		found(v, CHECK_RUNTIME_LOG_FORM, RAMPART_HOLDS, "%zu records", v->runtime.n);
}

void check_forms(struct verifying *v)
{
	found(v, CHECK_EVIDENCE_FORM, RAMPART_HOLDS, "rampart-evidence/%d",
	      v->ev->has_document ? 2 : 1);
	check_certificate(v);
	if (v->ev->has_document) {
		check_document_form(v);
	} else {
		check_key(v);
		check_quote(v);
	}
	check_firmware_log(v);
	check_runtime_log(v);
}
