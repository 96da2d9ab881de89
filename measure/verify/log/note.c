/* SPDX-License-Identifier: MIT */
#include "measure/verify/log/note.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure/lib/base64.h"
#include "measure/lib/hash.h"
#include "measure/record/error.h"
#include "measure/record/text.h"

#define KEY_LEN	 (1 + SIGNKEY_ED25519_LEN) /* the type, the point */
#define KEY_TEXT 44			   /* its base64 */
#define SIG_MAX	 8192			   /* bytes of a signature that is looked at */

/* ---- keys ---- */

static bool is_name(const char *name, size_t len)
{
	if (len == 0 || len > NOTE_NAME_MAX)
		return false;
	for (size_t i = 0; i < len; i++)
		if ((uint8_t)name[i] <= 0x20 || name[i] == 0x7f || name[i] == '+')
			return false;
	return true;
}

/* The ID is of the name, a newline, the type and the point. */
static void fill_id(struct note_key *key)
{
	const uint8_t between[] = { '\n', (uint8_t)key->type };
	struct hash_ctx ctx;
	struct digest d;

	hash_init(&ctx, HASH_SHA256);
	hash_update(&ctx, key->name, strlen(key->name));
	hash_update(&ctx, between, sizeof(between));
	hash_update(&ctx, key->key.bytes, SIGNKEY_ED25519_LEN);
	hash_final(&ctx, &d);
	memcpy(key->id, d.bytes, NOTE_ID_LEN);
}

int note_key_make(const char *name, size_t len, enum note_type type,
		  const uint8_t public_key[static SIGNKEY_ED25519_LEN], struct note_key *ret,
		  struct rampart_error *error)
{
	struct note_key key = { .type = type, .key.type = SIGNKEY_ED25519 };
	int r;

	if (!is_name(name, len))
		return error_set(
			error, -EPROTO,
			"a name of 1 to %d bytes without blanks and \"+\" is needed, such as example.org/log",
			NOTE_NAME_MAX);
	memcpy(key.name, name, len);
	memcpy(key.key.bytes, public_key, SIGNKEY_ED25519_LEN);
	r = signkey_check(&key.key, error);
	if (r < 0)
		return r;
	fill_id(&key);
	*ret = key;
	return 0;
}

static void print_id(const struct note_key *key, char ret_hex[static 2 * NOTE_ID_LEN + 1])
{
	for (size_t i = 0; i < NOTE_ID_LEN; i++)
		snprintf(ret_hex + 2 * i, 3, "%02x", key->id[i]);
}

int note_key_parse(const char *text, size_t len, struct note_key *ret, struct rampart_error *error)
{
	const char *id = memchr(text, '+', len);
	size_t name_len = id ? (size_t)(id - text) : 0, n;
	uint8_t bytes[KEY_LEN + 3];
	char hex[2 * NOTE_ID_LEN + 1];
	struct note_key key;
	int r;

	/* "+" is a character of base64 as well; the ID has none. */
	if (!id || len - name_len < 1 + 2 * NOTE_ID_LEN + 1 || id[1 + 2 * NOTE_ID_LEN] != '+' ||
	    base64_decode(id + 2 + 2 * NOTE_ID_LEN, len - name_len - 2 - 2 * NOTE_ID_LEN, bytes,
			  sizeof(bytes), &n) < 0 ||
	    n == 0)
		return error_set(error, -EBADMSG,
				 "not a verifier key of signed notes, NAME+ID+BASE64");
	if ((bytes[0] != NOTE_ED25519 && bytes[0] != NOTE_COSIGNATURE) || n != KEY_LEN)
		return error_set(
			error, -ENOTSUP,
			"a verifier key of type 0x%02x; only 0x01 and 0x04, both Ed25519, are supported",
			bytes[0]);
	r = note_key_make(text, name_len, bytes[0], bytes + 1, &key, error);
	if (r < 0)
		return r;
	print_id(&key, hex);
	if (memcmp(hex, id + 1, 2 * NOTE_ID_LEN) != 0)
		return error_set(error, -EPROTO, "the ID of this verifier key would be %s", hex);
	*ret = key;
	return 0;
}

void note_key_print(const struct note_key *key, char ret_text[static NOTE_KEY_TEXT_MAX])
{
	char hex[2 * NOTE_ID_LEN + 1], base64[KEY_TEXT + 1];
	uint8_t bytes[KEY_LEN] = { (uint8_t)key->type };

	memcpy(bytes + 1, key->key.bytes, SIGNKEY_ED25519_LEN);
	base64_encode(bytes, sizeof(bytes), base64);
	print_id(key, hex);
	snprintf(ret_text, NOTE_KEY_TEXT_MAX, "%s+%s+%s", key->name, hex, base64);
}

/* ---- notes ---- */

/* One "— NAME BASE64\n" off the front of s; the name's span, and base64's. */
static bool take_signature(struct span *s, struct span *ret_name, struct span *ret_base64)
{
	const size_t begin = strlen(NOTE_BEGIN);
	const uint8_t *end = s->left ? memchr(s->p, '\n', s->left) : NULL, *space;
	size_t len = end ? (size_t)(end - s->p) : 0;

	if (len <= begin || memcmp(s->p, NOTE_BEGIN, begin) != 0)
		return false;
	space = memchr(s->p + begin, ' ', len - begin);
	if (!space || space == s->p + begin || space + 1 == end)
		return false;
	*ret_name = span_of(s->p + begin, (size_t)(space - s->p) - begin);
	*ret_base64 = span_of(space + 1, (size_t)(end - space) - 1);
	return span_skip(s, len + 1) == 0;
}

/* UTF-8, of which newlines are the only control characters. */
static bool is_text(const char *bytes, size_t len)
{
	char copy[5];
	size_t n;

	for (size_t at = 0; at < len; at += n) {
		size_t left = len - at < 4 ? len - at : 4;

		memcpy(copy, bytes + at, left);
		copy[left] = 0;
		n = copy[0] == '\n' ? 1 : copy[0] ? text_char_len(copy) : 0;
		if (n == 0)
			return false;
	}
	return true;
}

/* The last empty line of the note ends its text. */
static const uint8_t *find_gap(const uint8_t *bytes, size_t len)
{
	for (size_t at = len; at >= 3; at--)
		if (bytes[at - 1] == '\n' && bytes[at - 2] == '\n')
			return bytes + at - 2;
	return NULL;
}

int note_parse(const void *bytes, size_t len, struct note *ret, struct rampart_error *error)
{
	const uint8_t *gap;
	struct span left, name, base64;
	struct note note;

	if (len > NOTE_SIZE_MAX)
		return error_set(error, -EFBIG, "a signed note of more than %d bytes",
				 NOTE_SIZE_MAX);
	if (!is_text(bytes, len))
		return error_set(error, -EBADMSG,
				 "malformed signed note: not UTF-8, or with control characters");
	gap = find_gap(bytes, len);
	if (!gap)
		return error_set(
			error, -EBADMSG,
			"malformed signed note: no empty line between text and signatures");
	note.text = span_of(bytes, (size_t)(gap - (const uint8_t *)bytes) + 1);
	note.signatures = span_of(gap + 2, len - note.text.left - 1);
	left = note.signatures;
	if (left.left == 0)
		return error_set(error, -EBADMSG, "malformed signed note: nobody signed it");
	while (left.left > 0)
		if (!take_signature(&left, &name, &base64))
			return error_set(error, -EBADMSG,
					 "malformed signed note: a line that is no signature");
	*ret = note;
	return 0;
}

uint8_t *note_message(enum note_type type, uint64_t time, struct span text, size_t *ret_len)
{
	char head[64] = "";
	uint8_t *message;
	size_t n;

	if (type == NOTE_COSIGNATURE)
		snprintf(head, sizeof(head), "cosignature/v1\ntime %" PRIu64 "\n", time);
	n = strlen(head);
	message = malloc(n + text.left + 1);
	if (!message)
		return NULL;
	memcpy(message, head, n);
	memcpy(message + n, text.p, text.left);
	*ret_len = n + text.left;
	return message;
}

static int verify(const struct note *note, const struct note_key *key, struct span sig,
		  uint64_t *ret_time, struct rampart_error *error)
{
	uint64_t time = 0;
	uint8_t *message;
	size_t len;
	int r;

	if (key->type == NOTE_COSIGNATURE && span_u64be(&sig, &time) < 0)
		sig.left = 0;
	if (sig.left != SIGNKEY_SIG_LEN || time > INT64_MAX)
		return error_set(error, -EBADMSG, "the signature of %s has a wrong form",
				 key->name);
	message = note_message(key->type, time, note->text, &len);
	if (!message)
		return error_memory(error);
	r = signkey_verify(&key->key, "", span_of(message, len), sig.p, error);
	free(message);
	if (r == -EPROTO)
		return error_set(error, r, "the signature of %s is not one of this text",
				 key->name);
	if (r == 0 && ret_time && time >= *ret_time)
		*ret_time = time;
	return r;
}

int note_signed_by(const struct note *note, const struct note_key *key, uint64_t *ret_time,
		   struct rampart_error *error)
{
	struct span left = note->signatures, name, base64;
	uint8_t bytes[SIG_MAX];
	uint64_t time = 0;
	bool found = false;
	size_t n;

	while (left.left > 0 && take_signature(&left, &name, &base64)) {
		int r;

		if (name.left != strlen(key->name) || memcmp(name.p, key->name, name.left) != 0 ||
		    base64_decode((const char *)base64.p, base64.left, bytes, sizeof(bytes), &n) <
			    0 ||
		    n < NOTE_ID_LEN || memcmp(bytes, key->id, NOTE_ID_LEN) != 0)
			continue;
		r = verify(note, key, span_of(bytes + NOTE_ID_LEN, n - NOTE_ID_LEN), &time, error);
		if (r < 0)
			return r;
		found = true;
	}
	if (!found)
		return error_set(error, -ENOENT, "%s did not sign it", key->name);
	if (ret_time)
		*ret_time = time;
	return 0;
}
