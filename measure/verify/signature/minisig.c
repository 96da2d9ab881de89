/* SPDX-License-Identifier: MIT */
#include "measure/verify/signature/minisig.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "measure/lib/base64.h"
#include "measure/record/error.h"
#include "measure/record/lines.h"

#define COMMENT	    "trusted comment: "
#define ALG_LEN	    2 /* "Ed", "ED" */
#define KEY_LEN	    (ALG_LEN + MINISIG_ID_LEN + SIGNKEY_ED25519_LEN)
#define SIG_LEN	    (ALG_LEN + MINISIG_ID_LEN + SIGNKEY_SIG_LEN)
#define BLAKE2B_LEN 64

/* base64 of exactly len bytes. */
static int take_base64(struct span text, uint8_t *ret_bytes, size_t len)
{
	size_t n = 0;

	if (text.left != base64_len(len) ||
	    base64_decode((const char *)text.p, text.left, ret_bytes, len, &n) < 0 || n != len)
		return -EBADMSG;
	return 0;
}

/* The last line of a text that is more than blanks, and how many there are. */
static struct span last_line(struct span text, size_t *ret_n)
{
	struct span last = { 0 }, line;

	*ret_n = 0;
	while (lines_next(&text, &line)) {
		line = lines_trim(line);
		if (line.left == 0)
			continue;
		last = line;
		++*ret_n;
	}
	return last;
}

bool minisig_is_key(const char *text, size_t len)
{
	size_t n;
	struct span line = last_line(span_of(text, len), &n);

	return line.left > 0 && !memchr(line.p, ' ', line.left) && !memchr(line.p, '\t', line.left);
}

int minisig_key_parse(const char *text, size_t len, struct minisig_key *ret_key,
		      struct digest *ret_fingerprint, struct rampart_error *error)
{
	struct minisig_key key = { .key.type = SIGNKEY_ED25519 };
	size_t n_lines;
	struct span line = last_line(span_of(text, len), &n_lines);
	uint8_t bytes[KEY_LEN];
	int r;

	if (n_lines > 2 || take_base64(line, bytes, KEY_LEN) < 0 ||
	    memcmp(bytes, "Ed", ALG_LEN) != 0)
		return error_set(error, -EBADMSG, "not the line \"RW...\" of a minisign key");
	memcpy(key.id, bytes + ALG_LEN, MINISIG_ID_LEN);
	memcpy(key.key.bytes, bytes + ALG_LEN + MINISIG_ID_LEN, SIGNKEY_ED25519_LEN);
	r = signkey_check(&key.key, error);
	if (r < 0)
		return r;
	hash_bytes(HASH_SHA256, bytes, KEY_LEN, ret_fingerprint);
	*ret_key = key;
	return 0;
}

static int malformed(const char *what, struct rampart_error *error)
{
	return error_set(error, -EBADMSG, "malformed minisign signature: %s", what);
}

/* The next line that begins with prefix, and what follows it. */
static int take_line(struct span *text, const char *prefix, struct span *ret_rest)
{
	struct span line, start;

	if (!lines_next(text, &line) || span_take(&line, strlen(prefix), &start) < 0 ||
	    memcmp(start.p, prefix, strlen(prefix)) != 0)
		return -EBADMSG;
	*ret_rest = line;
	return 0;
}

static int take_signature(struct span line, struct minisig *sig, struct rampart_error *error)
{
	uint8_t bytes[SIG_LEN];

	if (take_base64(line, bytes, SIG_LEN) < 0)
		return malformed("its second line is no signature", error);
	sig->prehashed = !memcmp(bytes, "ED", ALG_LEN);
	if (!sig->prehashed && memcmp(bytes, "Ed", ALG_LEN) != 0)
		return error_set(error, -ENOTSUP, "a minisign signature of an unknown algorithm");
	memcpy(sig->id, bytes + ALG_LEN, MINISIG_ID_LEN);
	memcpy(sig->signature, bytes + ALG_LEN + MINISIG_ID_LEN, SIGNKEY_SIG_LEN);
	return 0;
}

int minisig_parse(const char *text, size_t len, struct minisig *ret_sig,
		  struct rampart_error *error)
{
	struct span rest = span_of(text, len), untrusted, line;
	struct minisig sig = { 0 };
	int r;

	if (len > MINISIG_SIZE_MAX)
		return error_set(error, -EFBIG, "a minisign signature of more than %d bytes",
				 MINISIG_SIZE_MAX);
	if (take_line(&rest, MINISIG_BEGIN, &untrusted) < 0 || take_line(&rest, "", &line) < 0)
		return malformed("it is cut short", error);
	r = take_signature(line, &sig, error);
	if (r < 0)
		return r;
	if (take_line(&rest, COMMENT, &sig.comment) < 0)
		return malformed("no trusted comment", error);
	if (take_line(&rest, "", &line) < 0 || lines_trim(rest).left > 0 ||
	    take_base64(line, sig.global, SIGNKEY_SIG_LEN) < 0)
		return malformed("its fourth and last line is no signature", error);
	*ret_sig = sig;
	return 0;
}

static bool is_for(struct span comment, const char *namespace)
{
	size_t len = strlen(namespace);

	return comment.left >= len && !memcmp(comment.p, namespace, len) &&
	       (comment.left == len || comment.p[len] == ' ' || comment.p[len] == '\t');
}

static int verify_bytes(const struct minisig *sig, const struct signkey *key, struct span bytes,
			struct rampart_error *error)
{
	uint8_t hash[BLAKE2B_LEN];
	size_t len = 0;

	if (sig->prehashed) {
		if (EVP_Q_digest(NULL, "BLAKE2B-512", NULL, bytes.p, bytes.left, hash, &len) != 1 ||
		    len != BLAKE2B_LEN)
			return error_memory(error);
		bytes = span_of(hash, len);
	}
	return signkey_verify(key, "", bytes, sig->signature, error);
}

static int verify_comment(const struct minisig *sig, const struct signkey *key,
			  struct rampart_error *error)
{
	size_t len = SIGNKEY_SIG_LEN + sig->comment.left;
	uint8_t *signed_bytes = malloc(len);
	int r;

	if (!signed_bytes)
		return error_memory(error);
	memcpy(signed_bytes, sig->signature, SIGNKEY_SIG_LEN);
	if (sig->comment.left > 0)
		memcpy(signed_bytes + SIGNKEY_SIG_LEN, sig->comment.p, sig->comment.left);
	r = signkey_verify(key, "", span_of(signed_bytes, len), sig->global, NULL);
	free(signed_bytes);
	if (r == -EPROTO)
		return error_set(error, r, "its trusted comment is not the one that was signed");
	return r < 0 ? error_memory(error) : 0;
}

int minisig_verify(const struct minisig *sig, const struct signkey *key, const char *namespace,
		   struct span bytes, struct rampart_error *error)
{
	int r = verify_bytes(sig, key, bytes, error);

	if (r == 0)
		r = verify_comment(sig, key, error);
	if (r == 0 && !is_for(sig->comment, namespace))
		r = error_set(
			error, -EPROTO,
			"a minisign signature whose trusted comment does not begin with \"%s\"",
			namespace);
	return r;
}
