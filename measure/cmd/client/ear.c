/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "measure/cmd/client/ear.h"

#include <jansson.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure/cmd/cmd.h"
#include "measure/lib/base64.h"
#include "measure/lib/hash.h"

#define PROFILE "tag:github.com,2023:veraison/ear"
#define PEM_MAX 65536
#define SIG_MAX 128

/* Checks whose names begin so, and what they come to. */
struct aspect {
	const char *claim;
	const char *const *begins;
	int holds, fails;
};

static const struct aspect aspects[] = {
	{ "configuration", (const char *const[]){ "policy.", NULL }, 2, 96 },
	{ "executables",
	  (const char *const[]){ "firmware_log.", "runtime", "logs.", "golden.", NULL }, 3, 33 },
	{ "hardware",
	  (const char *const[]){ "evidence.", "certificate.", "connection.", "ak.", "quote.",
				 "pcr15", NULL },
	  2, 99 },
};

/* ak.trust sums up the certificate of the AK; one that fails alone is no fault. */
static bool counts(const struct aspect *aspect, const char *id)
{
	for (size_t i = 0; aspect->begins[i] && strcmp(id, "ak.certificate") != 0; i++)
		if (!strncmp(id, aspect->begins[i], strlen(aspect->begins[i])))
			return true;
	return false;
}

static int value_of(const struct aspect *aspect, const struct rampart_report *report)
{
	bool holds = false, unsure = false;

	for (size_t i = 0; i < report->n_checks; i++) {
		const struct rampart_check *check = &report->check[i];

		if (!counts(aspect, check->id))
			continue;
		if (check->outcome == RAMPART_FAILS)
			return aspect->fails;
		holds |= check->outcome == RAMPART_HOLDS;
		unsure |= check->outcome == RAMPART_UNSURE;
	}
	return holds && !unsure ? aspect->holds : 0;
}

static json_t *appraisal(const struct rampart_report *report)
{
	static const char *const tiers[] = { "affirming", "contraindicated", "none", "none" };
	json_t *vector = json_object();

	for (size_t i = 0; i < sizeof(aspects) / sizeof(aspects[0]); i++)
		(void)json_object_set_new(vector, aspects[i].claim,
					  json_integer(value_of(&aspects[i], report)));
	return json_pack("{s:s, s:o}", "ear.status", tiers[report->verdict],
			 "ear.trustworthiness-vector", vector);
}

/* This very program: "sha256:HEX". false after an error line. */
static bool print_build(const char *command, char ret[static 7 + HASH_HEX_MAX])
{
	AUTO_FREE uint8_t *self = NULL;
	struct digest digest;
	size_t len;

	if (read_file("/proc/self/exe", 256 << 20, &self, &len) < 0) {
		(void)fail(command,
			   "/proc/self/exe: cannot be read, and a result says who made it");
		return false;
	}
	hash_bytes(HASH_SHA256, self, len, &digest);
	strcpy(ret, "sha256:");
	digest_hex(&digest, ret + 7);
	return true;
}

static char *claims(const char *command, const struct rampart_report *report)
{
	char build[7 + HASH_HEX_MAX], *text = NULL;
	json_t *json;

	if (!print_build(command, build))
		return NULL;
	json = json_pack("{s:s, s:I, s:{s:s, s:s}, s:{s:o}}", "eat_profile", PROFILE, "iat",
			 (json_int_t)report->time, "ear.verifier-id", "build", build, "developer",
			 "rampart", "submods", "rampart", appraisal(report));
	if (json)
		text = json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS);
	json_decref(json);
	if (!text)
		(void)fail(command, "out of memory");
	return text;
}

/* ---- signed ---- */

/* RFC 7515, section 2, "Base64url Encoding". */
static char *base64url(const void *bytes, size_t len)
{
	char *text = malloc(base64_len(len) + 1);

	if (!text)
		return NULL;
	base64_encode(bytes, len, text);
	for (char *c = text; *c; c++)
		*c = (char)(*c == '+' ? '-' : *c == '/' ? '_' : *c);
	text[strcspn(text, "=")] = 0;
	return text;
}

static EVP_PKEY *load_key(const char *command, const char *path)
{
	AUTO_FREE uint8_t *text = NULL;
	EVP_PKEY *key;
	size_t len;
	BIO *bio;
	int r = read_file(path, PEM_MAX, &text, &len);

	if (r < 0) {
		(void)fail_parse(command, path, r, NULL);
		return NULL;
	}
	bio = BIO_new_mem_buf(text, (int)len);
	key = bio ? PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL) : NULL;
	BIO_free(bio);
	OPENSSL_cleanse(text, len);
	if (key && (EVP_PKEY_is_a(key, "ED25519") ||
		    (EVP_PKEY_is_a(key, "EC") && EVP_PKEY_get_bits(key) == 256)))
		return key;
	EVP_PKEY_free(key);
	(void)fail(command, "%s: no private key of P-256 or Ed25519 in PEM", path);
	return NULL;
}

/* ES256 is r || s, of 32 bytes each: RFC 7518, section 3.4. */
static size_t plain_ecdsa(const uint8_t *der, size_t len, uint8_t ret[static 64])
{
	ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &der, (long)len);
	bool ok = sig && BN_bn2binpad(ECDSA_SIG_get0_r(sig), ret, 32) == 32 &&
		  BN_bn2binpad(ECDSA_SIG_get0_s(sig), ret + 32, 32) == 32;

	ECDSA_SIG_free(sig);
	return ok ? 64 : 0;
}

static size_t sign(EVP_PKEY *key, const char *text, uint8_t ret[static SIG_MAX])
{
	bool is_ec = EVP_PKEY_is_a(key, "EC");
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	uint8_t der[SIG_MAX];
	size_t len = sizeof(der);
	bool ok = ctx &&
		  EVP_DigestSignInit(ctx, NULL, is_ec ? EVP_sha256() : NULL, NULL, key) > 0 &&
		  EVP_DigestSign(ctx, der, &len, (const uint8_t *)text, strlen(text)) > 0;

	EVP_MD_CTX_free(ctx);
	if (ok && is_ec)
		return plain_ecdsa(der, len, ret);
	if (ok)
		memcpy(ret, der, len);
	return ok ? len : 0;
}

static char *sign_claims(const char *command, const char *text, const char *path)
{
	EVP_PKEY *key = load_key(command, path);
	AUTO_FREE char *head = NULL, *body = NULL, *tail = NULL, *input = NULL;
	char header[64], *token = NULL;
	uint8_t sig[SIG_MAX];
	size_t len = 0;

	if (!key)
		return NULL;
	snprintf(header, sizeof(header), "{\"alg\":\"%s\",\"typ\":\"JWT\"}",
		 EVP_PKEY_is_a(key, "EC") ? "ES256" : "EdDSA");
	head = base64url(header, strlen(header));
	body = base64url(text, strlen(text));
	if (head && body && asprintf(&input, "%s.%s", head, body) < 0)
		input = NULL;
	if (input)
		len = sign(key, input, sig);
	EVP_PKEY_free(key);
	if (len > 0)
		tail = base64url(sig, len);
	if (!tail || asprintf(&token, "%s.%s", input, tail) < 0) {
		(void)fail(command, "%s: cannot sign with it", path);
		return NULL;
	}
	return token;
}

char *ear_print(const char *command, const struct rampart_report *report, const char *key)
{
	char *text = claims(command, report), *token;

	if (!text || !key)
		return text;
	token = sign_claims(command, text, key);
	free(text);
	return token;
}
