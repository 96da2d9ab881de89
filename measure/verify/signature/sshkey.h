/* SPDX-License-Identifier: MIT */
/*
 * Public keys of OpenSSH, of the two types that sign here: ssh-ed25519 and ecdsa-sha2-nistp256.
 * Sources: RFC 4253, section 6.6 "Public Key Algorithms"; RFC 5656, section 3.1 "Key Format";
 * RFC 8709, section 4 "Public Key Format"; sshd(8), "AUTHORIZED_KEYS FILE FORMAT", for the line.
 */
#ifndef MEASURE_VERIFY_SIGNATURE_SSHKEY_H
#define MEASURE_VERIFY_SIGNATURE_SSHKEY_H

#include <stdbool.h>
#include <stddef.h>

#include "measure/lib/hash.h"
#include "measure/lib/span.h"
#include "measure/rampart.h"
#include "measure/verify/signature/signkey.h"

/* A length of 32 bits and as many bytes: RFC 4251, section 5, "string". As span_take(). */
int ssh_string(struct span *s, struct span *ret_string);

/* Whether the bytes are those of text. */
bool ssh_is(struct span string, const char *text);

/*
 * A key as signatures and lines carry it. ret_fingerprint: SHA-256 of the blob, what `ssh-keygen
 * -l` prints as base64. -EBADMSG, -ENOTSUP another type, -EPROTO no key; outputs untouched then.
 */
int sshkey_read(struct span blob, struct signkey *ret_key, struct digest *ret_fingerprint,
		struct rampart_error *error);

/*
 * The one key of a text, as ssh-keygen reads a .pub file, as sshkey_read(): a line "TYPE BASE64[
 * COMMENT]", among lines that are empty or begin with "#". TYPE must be that of the blob. Before it
 * may be words that do not matter to signatures: a principal, "restrict". -ENOTSUP for options that
 * would narrow down what the key signs, or say that it is not for signing: "cert-authority" and all
 * with a value. -EFBIG over 4096 characters before the comment.
 */
int sshkey_parse(const char *text, size_t len, struct signkey *ret_key,
		 struct digest *ret_fingerprint, struct rampart_error *error);

#endif
