/* SPDX-License-Identifier: MIT */
/*
 * Signatures over files as minisign writes them, prehashed ("ED") and legacy ("Ed"), and its public
 * keys. Source: minisign's documentation, "Minisign signature format" and "Minisign public key
 * format".
 *
 * A minisign signature says nothing about what its file is for. So here its trusted comment, which
 * is signed too, must begin with the namespace (`minisign -S -t "NAMESPACE ..."`): a signature for
 * one kind of file is none for another.
 */
#ifndef MEASURE_VERIFY_SIGNATURE_MINISIG_H
#define MEASURE_VERIFY_SIGNATURE_MINISIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "measure/lib/hash.h"
#include "measure/lib/span.h"
#include "measure/rampart.h"
#include "measure/verify/signature/signkey.h"

#define MINISIG_BEGIN	 "untrusted comment: "
#define MINISIG_SIZE_MAX 16384 /* bytes of the text; minisign's own limits add up to less */
#define MINISIG_ID_LEN	 8

struct minisig_key {
	struct signkey key;
	uint8_t id[MINISIG_ID_LEN]; /* random; only helps to find the key */
};

/* Whether a text can be a key of minisign and of nobody else: its last line is one word. */
bool minisig_is_key(const char *text, size_t len);

/*
 * A .pub file, which is a comment and the line "RW...", or that line alone. ret_fingerprint:
 * SHA-256 of the 42 bytes that its base64 stands for. -EBADMSG, -EPROTO; outputs untouched then.
 */
int minisig_key_parse(const char *text, size_t len, struct minisig_key *ret_key,
		      struct digest *ret_fingerprint, struct rampart_error *error);

struct minisig {
	bool prehashed;
	uint8_t id[MINISIG_ID_LEN]; /* of the key that it is said to be by */
	uint8_t signature[SIGNKEY_SIG_LEN];
	struct span comment;		 /* the trusted one; borrowed from the text */
	uint8_t global[SIGNKEY_SIG_LEN]; /* over signature and comment */
};

/*
 * The form of it: four lines, of which the last may have no end, and behind them only blanks.
 * -EBADMSG, -ENOTSUP, -EFBIG; ret_sig untouched then.
 */
int minisig_parse(const char *text, size_t len, struct minisig *ret_sig,
		  struct rampart_error *error);

/*
 * Whether both signatures are by this key, over these bytes and over the comment, and the comment
 * begins with the word namespace. -EPROTO: no. -ENOMEM.
 */
int minisig_verify(const struct minisig *sig, const struct signkey *key, const char *namespace,
		   struct span bytes, struct rampart_error *error);

#endif
