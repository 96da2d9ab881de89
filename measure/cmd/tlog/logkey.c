/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "measure/cmd/tlog/logkey.h"

#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure/cmd/cmd.h"
#include "measure/lib/base64.h"

#define PEM_MAX	 65536
#define TIME_LEN 8 /* of a cosignature, big-endian */

int logkey_load(const char *command, const char *path, const char *name, enum note_type type,
		struct logkey *ret)
{
	AUTO_FREE uint8_t *text = NULL;
	uint8_t point[SIGNKEY_ED25519_LEN];
	struct rampart_error error;
	size_t len, n = sizeof(point);
	BIO *bio;
	int r;

	*ret = (struct logkey){ 0 };
	r = read_file(path, PEM_MAX, &text, &len);
	if (r < 0)
		return fail_parse(command, path, r, NULL);
	bio = BIO_new_mem_buf(text, (int)len);
	ret->private = bio ? PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL) : NULL;
	BIO_free(bio);
	OPENSSL_cleanse(text, len);
	if (!ret->private || !EVP_PKEY_is_a(ret->private, "ED25519") ||
	    EVP_PKEY_get_raw_public_key(ret->private, point, &n) != 1)
		return fail(
			command,
			"%s: no private Ed25519 key in PEM; openssl genpkey -algorithm ed25519 makes one",
			path);
	if (note_key_make(name, strlen(name), type, point, &ret->public, &error) < 0)
		return fail(command, "%s: %s", name, error.text);
	return 0;
}

void logkey_done(struct logkey *key)
{
	EVP_PKEY_free(key->private);
	key->private = NULL;
}

char *logkey_sign(const char *command, const struct logkey *key, struct span text, uint64_t time)
{
	uint8_t bytes[NOTE_ID_LEN + TIME_LEN + SIGNKEY_SIG_LEN], *at = bytes + NOTE_ID_LEN;
	char base64[4 * sizeof(bytes) / 3 + 4], *line = NULL;
	AUTO_FREE uint8_t *message = NULL;
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	size_t len, n = SIGNKEY_SIG_LEN;

	memcpy(bytes, key->public.id, NOTE_ID_LEN);
	for (int shift = 56; key->public.type == NOTE_COSIGNATURE && shift >= 0; shift -= 8)
		*at++ = (uint8_t)(time >> shift);
	message = note_message(key->public.type, time, text, &len);
	if (message && ctx && EVP_DigestSignInit(ctx, NULL, NULL, NULL, key->private) > 0 &&
	    EVP_DigestSign(ctx, at, &n, message, len) > 0) {
		base64_encode(bytes, (size_t)(at - bytes) + n, base64);
		if (asprintf(&line, NOTE_BEGIN "%s %s\n", key->public.name, base64) < 0)
			line = NULL;
	}
	EVP_MD_CTX_free(ctx);
	if (!line)
		(void)fail(command, "cannot sign with the key of %s", key->public.name);
	return line;
}
