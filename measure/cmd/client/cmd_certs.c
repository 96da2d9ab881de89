/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "measure/cmd/client/attest.h"
#include "measure/cmd/client/fetch.h"
#include "measure/cmd/cmd.h"
#include "measure/cmd/instant.h"
#include "measure/cmd/show.h"
#include "measure/cmd/wholefile.h"
#include "measure/verify/tpm/chain.h"
#include "measure/verify/tpm/issuer.h"

#define FETCHES_MAX   8 /* for one chain: CHAIN_MAX certificates are between */
#define EVIDENCE_MAX  (4 << 20)
#define CERT_FILE_MAX (1 << 20)

const char certs_help[] =
	"usage: rampart certs CERTIFICATE --policy FILE|--roots FILE --into FOLDER [OPTION...]\n"
	"       rampart certs --evidence FILE --policy FILE|--roots FILE --into FOLDER [OPTION...]\n"
	"\n"
	"Fetches what is missing between the certificate of a TPM's key and a pinned root: from where\n"
	"each certificate says that its issuer's is (Authority Information Access, by HTTP). What is\n"
	"fetched is kept, as FOLDER/<sha256>.pem for --certs, only if the chain then leads to a pinned\n"
	"root.\n"
	"\n"
	"  CERTIFICATE     of an attestation or endorsement key (PEM, DER)\n"
	"  --evidence FILE those in evidence that `rampart verify --save` has kept\n"
	"  --policy FILE   a policy with \"roots\"\n"
	"  --roots FILE    trust the self-signed certificates in it as roots of TPMs\n"
	"  --certs FILE    certificates that are there already\n"
	"  --into FOLDER   where they go; it is made\n"
	"  --allow-host HOST  ask this host though it is not on the public internet; repeatable\n"
	"  --at TIME       when certificates have to be valid; default: now\n"
	"  --timeout S     seconds for everything; default: 60\n"
	"\n"
	"Exit code: 0 every chain leads to a pinned root, 1 one does not, 2 could not tell.\n";

struct certs_options {
	struct trust_options trust;
	struct option_list hosts;
	const char *path, *evidence, *into, *at, *timeout;
	int64_t time, deadline;
	unsigned timeout_s;
};

/* A chain on its way, and what was fetched for it. */
struct climbing {
	const struct certs_options *options;
	struct rampart_policy *policy;
	struct certs certs; /* of the machine */
	X509 *fetched[FETCHES_MAX];
	size_t n_fetched;
	const char *allowed[OPTION_LIST_MAX + 1]; /* hosts that the user named; NULL ends them */
};

/* ---- a chain ---- */

/* A certificate whose key signed this one, of all that are known; NULL: there is none. */
static X509 *find_issuer(const struct climbing *c, X509 *cert)
{
	for (size_t i = 0; i < c->certs.n; i++)
		if (c->certs.cert[i].x509 && issuer_signed(c->certs.cert[i].x509, cert))
			return c->certs.cert[i].x509;
	for (size_t i = 0; i < c->policy->n_certs; i++)
		if (issuer_signed(c->policy->cert[i].x509, cert))
			return c->policy->cert[i].x509;
	return NULL;
}

/* Keeps of an answer what signed cert, for the policy too; false: nothing did. */
static bool keep_issuer(struct climbing *c, X509 *cert, X509 *const *answer, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		unsigned char *der = NULL;
		int len;

		if (!issuer_signed(answer[i], cert))
			continue;
		len = i2d_X509(answer[i], &der);
		if (len <= 0 ||
		    rampart_policy_add_root(c->policy, der, (size_t)len, false, NULL) < 0 ||
		    !X509_up_ref(answer[i])) {
			OPENSSL_free(der);
			return false;
		}
		OPENSSL_free(der);
		c->fetched[c->n_fetched++] = answer[i];
		return true;
	}
	return false;
}

static int fetch_issuer(struct climbing *c, X509 *cert)
{
	char url[ISSUER_URL_MAX];
	X509 *answer[ISSUER_CERTS_MAX];
	struct rampart_error error;
	uint8_t *bytes;
	size_t len, n;
	bool kept;
	int r;

	if (!issuer_url(cert, url)) {
		(void)fail(
			"certs",
			"a certificate names no place of its issuer's by http: give that one with --certs");
		return EXIT_DIFFERS;
	}
	fprintf(stderr, "fetching %s\n", url);
	if (fetch(url, c->options->evidence ? c->allowed : NULL, c->options->deadline, &bytes, &len,
		  &error) < 0)
		return fail("certs", "%s: %s", url, error.text);
	r = issuer_read(bytes, len, answer, &n, &error);
	free(bytes);
	if (r < 0)
		return fail("certs", "%s: %s", url, error.text);
	kept = keep_issuer(c, cert, answer, n);
	for (size_t i = 0; i < n; i++)
		X509_free(answer[i]);
	if (kept)
		return 0;
	(void)fail("certs", "%s: not the certificate of the issuer", url);
	return EXIT_DIFFERS;
}

/* Climbs until the chain of a certificate of the machine holds. */
static int complete(struct climbing *c, size_t first, enum chain_use use)
{
	X509 *cert = c->certs.cert[first].x509;
	struct chain chain = chain_check(c->policy, &c->certs, first, use, c->options->time);
	int r = 0;

	for (size_t steps = 0; cert && chain.no_path && steps < CHAIN_MAX && r == 0; steps++) {
		X509 *issuer = find_issuer(c, cert);

		if (X509_self_signed(cert, 0) == 1)
			break;
		if (!issuer && c->n_fetched < FETCHES_MAX)
			r = fetch_issuer(c, cert);
		cert = issuer ? issuer : find_issuer(c, cert);
		chain = chain_check(c->policy, &c->certs, first, use, c->options->time);
	}
	if (r || !chain.what)
		return r;
	(void)fail("certs", "%s: %s",
		   use == CHAIN_AK ? "the AK's certificate" : "the EK's certificate", chain.what);
	return chain.unsure ? EXIT_UNSURE : EXIT_DIFFERS;
}

/* ---- files ---- */

/* A chain that was fetched before stays whole, whatever happens. */
static int write_pem(const char *path, X509 *cert)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *text = NULL;
	long len = bio && PEM_write_bio_X509(bio, cert) == 1 ? BIO_get_mem_data(bio, &text) : 0;
	int r = len > 0 ? wholefile_write(AT_FDCWD, path, text, (size_t)len, 0644) : -ENOMEM;

	BIO_free(bio);
	return r;
}

static int keep_file(const char *folder, X509 *cert)
{
	unsigned char *der = NULL;
	int len = i2d_X509(cert, &der), r;
	char hex[HASH_HEX_MAX], path[4096];
	struct digest sha256;

	if (len <= 0)
		return fail("certs", "out of memory");
	hash_bytes(HASH_SHA256, der, (size_t)len, &sha256);
	OPENSSL_free(der);
	digest_hex(&sha256, hex);
	if ((size_t)snprintf(path, sizeof(path), "%s/%s.pem", folder, hex) >= sizeof(path))
		return fail("certs", "%s: the path is too long", folder);
	r = write_pem(path, cert);
	if (r < 0)
		return fail("certs", "%s: %s", path, strerror(-r));
	puts(path);
	return 0;
}

static int keep_files(const struct climbing *c)
{
	int r = 0;

	if (c->n_fetched > 0 && mkdir(c->options->into, 0755) < 0 && errno != EEXIST)
		return fail("certs", "%s: %s", c->options->into, strerror(errno));
	for (size_t i = 0; i < c->n_fetched && r == 0; i++)
		r = keep_file(c->options->into, c->fetched[i]);
	return r;
}

/* ---- where certificates are from ---- */

/* The certificates of one key: climbs, and keeps what it took. */
static int climb(struct climbing *c, const struct evidence_certs *der, bool is_known, bool is_ek)
{
	int r = EXIT_UNSURE;
	size_t first = 0;

	c->n_fetched = 0;
	certs_read(der, c->policy, &c->certs);
	while (first + 1 < c->certs.n && c->certs.cert[first].x509 &&
	       cert_is_ca(&c->certs.cert[first]))
		first++;
	if (!c->certs.cert[first].x509) {
		(void)fail("certs", "not an X.509 certificate");
	} else {
		int uses = cert_uses(&c->certs.cert[first]);

		is_ek = is_known ? is_ek : uses > 0 && (uses & CERT_EK);
		r = complete(c, first, is_ek ? CHAIN_EK : CHAIN_AK);
	}
	if (r == 0)
		r = keep_files(c);
	for (size_t i = 0; i < c->n_fetched; i++)
		X509_free(c->fetched[i]);
	certs_done(&c->certs);
	return r;
}

static int climb_evidence(struct climbing *c, const char *path)
{
	struct rampart_evidence *evidence;
	struct rampart_error error;
	AUTO_FREE uint8_t *text = NULL;
	size_t len;
	int r = read_file(path, EVIDENCE_MAX, &text, &len);

	if (r < 0)
		return fail_parse("certs", path, r, NULL);
	if (rampart_evidence_parse((const char *)text, len, &evidence, &error) < 0)
		return fail("certs", "%s: %s", path, error.text);
	if (evidence->ak_certs.n == 0 && evidence->ek_certs.n == 0)
		r = fail("certs", "%s: neither AK nor EK has a certificate", path);
	if (r == 0 && evidence->ak_certs.n > 0)
		r = climb(c, &evidence->ak_certs, true, false);
	if (r == 0 && evidence->ek_certs.n > 0)
		r = climb(c, &evidence->ek_certs, true, true);
	rampart_evidence_free(evidence);
	return r;
}

static int climb_file(struct climbing *c, const char *path)
{
	X509 *cert[ISSUER_CERTS_MAX];
	struct evidence_certs list = { .n = 0 };
	struct rampart_error error;
	AUTO_FREE uint8_t *text = NULL;
	unsigned char *der[ISSUER_CERTS_MAX] = { NULL };
	size_t len, n;
	int r = read_file(path, CERT_FILE_MAX, &text, &len);

	if (r < 0)
		return fail_parse("certs", path, r, NULL);
	if (issuer_read(text, len, cert, &n, &error) < 0)
		return fail("certs", "%s: %s", path, error.text);
	for (size_t i = 0; i < n && i < EVIDENCE_CERTS_MAX; i++) {
		int der_len = i2d_X509(cert[i], &der[i]);

		if (der_len > 0)
			list.der[list.n++] = span_of(der[i], (size_t)der_len);
	}
	r = list.n > 0 ? climb(c, &list, false, false) : fail("certs", "out of memory");
	for (size_t i = 0; i < n; i++) {
		X509_free(cert[i]);
		OPENSSL_free(der[i]);
	}
	return r;
}

/* ---- options ---- */

static int parse_options(int argc, char **argv, struct certs_options *o)
{
	const struct option_spec options[] = {
		{ "--policy", &o->trust.policy, NULL, NULL },
		{ "--roots", NULL, NULL, &o->trust.roots },
		{ "--certs", NULL, NULL, &o->trust.certs },
		{ "--evidence", &o->evidence, NULL, NULL },
		{ "--into", &o->into, NULL, NULL },
		{ "--allow-host", NULL, NULL, &o->hosts },
		{ "--at", &o->at, NULL, NULL },
		{ "--timeout", &o->timeout, NULL, NULL },
		{ NULL, NULL, NULL, NULL },
	};
	int r = parse_args(argc, argv, options, &o->path, 1);

	if (r)
		return r;
	if (!o->path == !o->evidence || !o->into)
		return fail_usage(
			"certs", "a certificate or --evidence FILE, and --into FOLDER, are needed");
	o->time = instant_now();
	if (o->at && instant_parse(o->at, &o->time) < 0)
		return fail_usage("certs", "--at %s: not a time such as 2026-01-31T12:00:00Z",
				  o->at);
	r = timeout_parse("certs", o->timeout, &o->timeout_s);
	o->deadline = instant_ms() + (int64_t)o->timeout_s * 1000;
	return r;
}

int cmd_certs(int argc, char **argv)
{
	struct certs_options o = { .path = NULL };
	struct climbing c = { .options = &o };
	int r = parse_options(argc, argv, &o);

	if (!r)
		r = trust_load_roots("certs", &o.trust, &c.policy);
	if (r)
		return r;
	for (size_t i = 0; i < o.hosts.n; i++)
		c.allowed[i] = o.hosts.v[i];
	r = o.evidence ? climb_evidence(&c, o.evidence) : climb_file(&c, o.path);
	rampart_policy_free(c.policy);
	return show_end("certs", true, r);
}
