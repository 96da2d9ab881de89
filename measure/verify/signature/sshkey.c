/* SPDX-License-Identifier: MIT */
#include "measure/verify/signature/sshkey.h"

#include <errno.h>
#include <string.h>

#include "measure/lib/base64.h"
#include "measure/record/error.h"
#include "measure/record/lines.h"

#define LINE_MAX_LEN 4096

int ssh_string(struct span *s, struct span *ret_string)
{
	struct span rest = *s, string;
	uint32_t len;

	if (span_u32be(&rest, &len) < 0 || span_take(&rest, len, &string) < 0)
		return -EBADMSG;
	*s = rest;
	*ret_string = string;
	return 0;
}

bool ssh_is(struct span string, const char *text)
{
	return string.left == strlen(text) && !memcmp(string.p, text, string.left);
}

static bool begins(struct span string, const char *text)
{
	return string.left >= strlen(text) && !memcmp(string.p, text, strlen(text));
}

static bool ends(struct span string, const char *text)
{
	size_t len = strlen(text);

	return string.left >= len && !memcmp(string.p + string.left - len, text, len);
}

/* Why a type is none of ours. */
static int refuse_type(struct span type, struct rampart_error *error)
{
	if (ends(type, "-cert-v01@openssh.com"))
		return error_set(error, -ENOTSUP, "an SSH certificate; give the key itself");
	if (begins(type, "sk-"))
		return error_set(
			error, -ENOTSUP,
			"a key of a security token (sk-); only ssh-ed25519 and ecdsa-sha2-nistp256 keys are supported");
	if (ssh_is(type, "ssh-rsa") || begins(type, "rsa-sha2-"))
		return error_set(
			error, -ENOTSUP,
			"an RSA key; only ssh-ed25519 and ecdsa-sha2-nistp256 keys are supported");
	return error_set(
		error, -ENOTSUP,
		"a key of type \"%.*s\"; only ssh-ed25519 and ecdsa-sha2-nistp256 keys are supported",
		(int)(type.left < 40 ? type.left : 40), (const char *)type.p);
}

static int read_key(struct span blob, struct signkey *ret_key, struct rampart_error *error)
{
	struct signkey key = { 0 };
	struct span type, curve, bytes;
	size_t want = SIGNKEY_ED25519_LEN;

	if (ssh_string(&blob, &type) < 0)
		return error_set(error, -EBADMSG, "the SSH key is malformed");
	if (ssh_is(type, "ecdsa-sha2-nistp256")) {
		key.type = SIGNKEY_P256;
		want = SIGNKEY_P256_LEN;
		if (ssh_string(&blob, &curve) < 0 || !ssh_is(curve, "nistp256"))
			return error_set(error, -EBADMSG, "the SSH key is not of curve nistp256");
	} else if (!ssh_is(type, "ssh-ed25519")) {
		return refuse_type(type, error);
	}
	if (ssh_string(&blob, &bytes) < 0 || bytes.left != want || blob.left > 0 ||
	    (key.type == SIGNKEY_P256 && bytes.p[0] != 0x04))
		return error_set(error, -EBADMSG, "the SSH key is malformed");
	memcpy(key.bytes, bytes.p, want);
	*ret_key = key;
	return 0;
}

int sshkey_read(struct span blob, struct signkey *ret_key, struct digest *ret_fingerprint,
		struct rampart_error *error)
{
	struct signkey key;
	int r = read_key(blob, &key, error);

	if (r == 0)
		r = signkey_check(&key, error);
	if (r < 0)
		return r;
	hash_bytes(HASH_SHA256, blob.p, blob.left, ret_fingerprint);
	*ret_key = key;
	return 0;
}

/*
 * The field at the front of line, which a blank ends that is in no quotes, and the blanks behind.
 */
static struct span take_field(struct span *line)
{
	struct span field = { .p = line->p };
	bool quoted = false;

	while (line->left > 0 && (quoted || !lines_is_blank(*line->p))) {
		quoted ^= *line->p == '"';
		(void)span_skip(line, 1);
		field.left++;
	}
	*line = lines_trim(*line);
	return field;
}

static bool is_type(struct span field)
{
	return begins(field, "ssh-") || begins(field, "ecdsa-sha2-") || begins(field, "sk-");
}

static bool contains(struct span field, const char *text)
{
	for (; field.left >= strlen(text); (void)span_skip(&field, 1))
		if (begins(field, text))
			return true;
	return false;
}

/* What is before a key in authorized_keys and allowed_signers: sshd(8), ssh-keygen(1). */
static int skip_options(struct span *line, struct span *ret_type, struct rampart_error *error)
{
	for (*ret_type = take_field(line); line->left > 0 && !is_type(*ret_type);
	     *ret_type = take_field(line))
		if (contains(*ret_type, "=") || contains(*ret_type, "cert-authority"))
			return error_set(
				error, -ENOTSUP,
				"options before the SSH key (\"%.*s\"), which are not heeded here; give the key without them",
				(int)(ret_type->left < 40 ? ret_type->left : 40),
				(const char *)ret_type->p);
	return 0;
}

static int parse_line(struct span line, struct signkey *ret_key, struct digest *ret_fingerprint,
		      struct rampart_error *error)
{
	uint8_t bytes[LINE_MAX_LEN / 4 * 3];
	struct span type, word, at, named;
	int r = skip_options(&line, &type, error);
	size_t n;

	if (r < 0)
		return r;
	word = take_field(&line);
	if (type.left + word.left > LINE_MAX_LEN)
		return error_set(error, -EFBIG, "an SSH key of more than %d characters",
				 LINE_MAX_LEN);
	if (base64_decode((const char *)word.p, word.left, bytes, sizeof(bytes), &n) < 0)
		return error_set(error, -EBADMSG, "the SSH key is not a type and base64");
	at = span_of(bytes, n);
	if (ssh_string(&at, &named) < 0 || named.left != type.left ||
	    memcmp(named.p, type.p, type.left) != 0)
		return error_set(error, -EBADMSG,
				 "the SSH key is not of the type it is said to be");
	return sshkey_read(span_of(bytes, n), ret_key, ret_fingerprint, error);
}

int sshkey_parse(const char *text, size_t len, struct signkey *ret_key,
		 struct digest *ret_fingerprint, struct rampart_error *error)
{
	struct span rest = span_of(text, len), line, key = { 0 };

	while (lines_next(&rest, &line)) {
		line = lines_trim(line);
		if (line.left == 0 || *line.p == '#')
			continue;
		if (key.left > 0)
			return error_set(error, -EBADMSG,
					 "more than one line with an SSH key; give one");
		key = line;
	}
	return parse_line(key, ret_key, ret_fingerprint, error);
}
