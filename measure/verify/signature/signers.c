/* SPDX-License-Identifier: MIT */
#include "measure/verify/signature/signers.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "measure/record/error.h"
#include "measure/verify/signature/mldsa.h"
#include "measure/verify/signature/sshsig.h"

/* A text that is cut to what fits. */
struct words {
	char *text; /* SIGNERS_TEXT_MAX bytes */
	size_t len;
};

static void add(struct words *w, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add(struct words *w, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(w->text + w->len, SIGNERS_TEXT_MAX - w->len, format, args);
	va_end(args);
	if (n > 0)
		w->len += (size_t)n;
	if (w->len > SIGNERS_TEXT_MAX - 1)
		w->len = SIGNERS_TEXT_MAX - 1;
}

/* Those whose place in by is wanted. */
static void add_names(struct words *w, const struct signers *signers, const bool *by, bool wanted)
{
	const char *comma = "";

	for (size_t i = 0; i < signers->n; i++) {
		if (signers->key[i].first != i || by[i] != wanted)
			continue;
		add(w, "%s%s", comma, signers->key[i].name);
		comma = ", ";
	}
}

void signers_print(const struct signers *signers, const bool by[static SIGNERS_MAX],
		   char ret_text[static SIGNERS_TEXT_MAX])
{
	struct words w = { .text = ret_text };

	ret_text[0] = 0;
	add_names(&w, signers, by, true);
}

/* A signature that is good by this key, if the key still is. */
static int count(const struct signer *signer, struct signed_by *by, struct rampart_error *error)
{
	enum sign_kind kind =
		signer->key.type == SIGNKEY_MLDSA65 ? SIGN_POST_QUANTUM : SIGN_CLASSIC;

	if (signer->is_revoked)
		return error_set(error, -EPROTO, "the key of %s that it is by is revoked",
				 signer->name);
	by->n += !by->by[signer->first];
	by->by[signer->first] = true;
	by->n_kind[kind] += !by->by_kind[kind][signer->first];
	by->by_kind[kind][signer->first] = true;
	return 0;
}

static int check_ssh(const struct signers *signers, const char *namespace, struct span bytes,
		     const struct rampart_signature *signature, struct signed_by *by,
		     struct rampart_error *error)
{
	char hex[HASH_HEX_MAX];
	struct sshsig sig;
	int r = sshsig_parse(signature->text, signature->len, &sig, error);

	for (size_t i = 0; i < signers->n && r == 0; i++) {
		const struct signer *signer = &signers->key[i];

		if (signer->is_minisign || !signkey_equal(&signer->key, &sig.key))
			continue;
		r = sshsig_verify(&sig, namespace, bytes, error);
		return r < 0 ? r : count(signer, by, error);
	}
	if (r < 0)
		return r;
	digest_hex(&sig.fingerprint, hex);
	return error_set(error, -EPROTO, "by a key of no signer, sha256:%s", hex);
}

static int check_minisign(const struct signers *signers, const char *namespace, struct span bytes,
			  const struct rampart_signature *signature, struct signed_by *by,
			  struct rampart_error *error)
{
	struct minisig sig;
	int r = minisig_parse(signature->text, signature->len, &sig, error);

	if (r < 0)
		return r;
	r = error_set(error, -EPROTO, "by a key of no signer");
	for (size_t i = 0; i < signers->n; i++) {
		const struct signer *signer = &signers->key[i];

		if (!signer->is_minisign || memcmp(signer->id, sig.id, sizeof(sig.id)) != 0)
			continue;
		r = minisig_verify(&sig, &signer->key, namespace, bytes, error);
		if (r != -EPROTO)
			return r < 0 ? r : count(signer, by, error);
	}
	return r;
}

static int check_mldsa(const struct signers *signers, const char *namespace, struct span bytes,
		       const struct rampart_signature *signature, struct signed_by *by,
		       struct rampart_error *error)
{
	uint8_t sig[SIGNKEY_MLDSA65_SIG_LEN];
	int r = mldsa_parse(signature->text, signature->len, sig, error);

	if (r < 0)
		return r;
	for (size_t i = 0; i < signers->n; i++) {
		const struct signer *signer = &signers->key[i];

		if (signer->key.type != SIGNKEY_MLDSA65)
			continue;
		r = signkey_verify(&signer->key, namespace, bytes, sig, error);
		if (r != -EPROTO)
			return r < 0 ? r : count(signer, by, error);
	}
	return error_set(error, -EPROTO,
			 "by no signer's ML-DSA-65 key, of other bytes, or not for \"%s\"",
			 namespace);
}

static bool begins(const struct rampart_signature *signature, const char *text)
{
	size_t len = strlen(text);

	return signature->len >= len && !memcmp(signature->text, text, len);
}

static int check_one(const struct signers *signers, const char *namespace, struct span bytes,
		     const struct rampart_signature *signature, struct signed_by *by,
		     struct rampart_error *error)
{
	if (begins(signature, SSHSIG_BEGIN))
		return check_ssh(signers, namespace, bytes, signature, by, error);
	if (begins(signature, MINISIG_BEGIN))
		return check_minisign(signers, namespace, bytes, signature, by, error);
	if (begins(signature, MLDSA_BEGIN))
		return check_mldsa(signers, namespace, bytes, signature, by, error);
	return error_set(error, -EBADMSG,
			 "neither an SSH signature nor one of minisign or ML-DSA-65");
}

static void explain(const struct signers *signers, const char *faults, struct signed_by *by)
{
	static const char *const kinds[] = { "classic keys", "post-quantum keys" };
	struct words w = { .text = by->why_not };

	for (size_t kind = 0; kind < (signers->both ? _SIGN_KIND_MAX : 1); kind++) {
		const bool *names = signers->both ? by->by_kind[kind] : by->by;

		if (signers->both && by->n_kind[kind] >= signers->threshold)
			continue;
		add(&w, "%ssigned by ", w.len > 0 ? "; " : "");
		if ((signers->both ? by->n_kind[kind] : by->n) == 0)
			add(&w, "no signer");
		else
			add_names(&w, signers, names, true);
		if (signers->both)
			add(&w, " with %s", kinds[kind]);
		add(&w, ", and %zu %s needed; missing: ", signers->threshold,
		    signers->threshold == 1 ? "is" : "are");
		add_names(&w, signers, names, false);
	}
	add(&w, "%s", faults);
}

int signers_check(const struct signers *signers, const char *namespace, struct span bytes,
		  const struct rampart_signature *signature, size_t n, struct signed_by *ret_by)
{
	char faults[SIGNERS_TEXT_MAX] = "";
	struct words w = { .text = faults };
	struct signed_by by = { 0 };

	for (size_t i = 0; i < n; i++) {
		struct rampart_error error;
		int r = check_one(signers, namespace, bytes, &signature[i], &by, &error);

		if (r == -ENOMEM)
			return r;
		if (r < 0)
			add(&w, "; %s: %s", signature[i].name, error.text);
	}
	if (signers->both ? by.n_kind[SIGN_CLASSIC] < signers->threshold ||
				    by.n_kind[SIGN_POST_QUANTUM] < signers->threshold
			  : by.n < signers->threshold)
		explain(signers, faults, &by);
	*ret_by = by;
	return 0;
}
