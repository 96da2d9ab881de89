/* SPDX-License-Identifier: MIT */
/*
 * Signed notes, and the keys that sign them. Sources: c2sp.org/signed-note, "Format", "Signatures",
 * "Ed25519 signatures" and "Verifier keys"; c2sp.org/tlog-cosignature, "Format" and "Ed25519 signed
 * message", for the timestamped signatures of witnesses.
 *
 *	text, of lines that each end in a newline
 *	an empty line
 *	"— NAME BASE64", once for each signature; BASE64 is of a key ID of 4 bytes and the signature
 *
 * The text means nothing before a key that is known has signed it.
 */
#ifndef MEASURE_VERIFY_LOG_NOTE_H
#define MEASURE_VERIFY_LOG_NOTE_H

#include <stddef.h>
#include <stdint.h>

#include "measure/lib/span.h"
#include "measure/rampart.h"
#include "measure/verify/signature/signkey.h"

#define NOTE_SIZE_MAX 262144 /* bytes; post-quantum signatures of 16 witnesses have some 110 KB */
#define NOTE_NAME_MAX 255
#define NOTE_ID_LEN   4
#define NOTE_BEGIN    "\xe2\x80\x94 " /* U+2014 */

enum note_type {
	NOTE_ED25519 = 0x01,	/* signs the text: a log */
	NOTE_COSIGNATURE = 0x04 /* signs a time and the text: a witness */
};

struct note_key {
	char name[NOTE_NAME_MAX + 1];
	enum note_type type;
	uint8_t id[NOTE_ID_LEN];
	struct signkey key; /* Ed25519 */
};

/*
 * A key of name, with its ID. -EPROTO: the name is empty, too long, or has blanks, control
 * characters or "+". ret untouched then.
 */
int note_key_make(const char *name, size_t len, enum note_type type,
		  const uint8_t public_key[static SIGNKEY_ED25519_LEN], struct note_key *ret,
		  struct rampart_error *error);

/* "NAME+ID+BASE64", a verifier key. -EBADMSG, -EPROTO another ID, -ENOTSUP another type. */
int note_key_parse(const char *text, size_t len, struct note_key *ret, struct rampart_error *error);

/* The same as text. */
#define NOTE_KEY_TEXT_MAX (NOTE_NAME_MAX + 1 + 8 + 1 + 44 + 1)
void note_key_print(const struct note_key *key, char ret_text[static NOTE_KEY_TEXT_MAX]);

struct note {
	struct span text;	/* with its last newline; borrowed */
	struct span signatures; /* the lines after the empty one; borrowed */
};

/* The form of it, UTF-8 without control characters. -EBADMSG, -EFBIG; ret untouched then. */
int note_parse(const void *bytes, size_t len, struct note *ret, struct rampart_error *error);

/*
 * Whether the key signed the note. Every signature by its name and ID has to hold. -ENOENT it did
 * not sign, -EPROTO it did not sign this, -EBADMSG, -ENOMEM. ret_time, which may be NULL: when a
 * witness did, in Unix seconds, the last time if several; untouched otherwise.
 */
int note_signed_by(const struct note *note, const struct note_key *key, uint64_t *ret_time,
		   struct rampart_error *error);

/*
 * What a key of this type signs: the text alone, or behind the two lines of a cosignature. free()
 * it; NULL if memory ran out.
 */
uint8_t *note_message(enum note_type type, uint64_t time, struct span text, size_t *ret_len);

#endif
