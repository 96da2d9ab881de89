/* SPDX-License-Identifier: MIT */
/*
 * Signatures over files as `ssh-keygen -Y sign -n NAMESPACE` writes them: base64 in armor.
 * Source: OpenSSH, PROTOCOL.sshsig ("SSH Signature format"), version 1.
 *
 * Read strictly: nothing before, between or behind, one spelling of every number, and a "reserved"
 * field that is empty, since nobody knows yet what one means.
 */
#ifndef MEASURE_VERIFY_SIGNATURE_SSHSIG_H
#define MEASURE_VERIFY_SIGNATURE_SSHSIG_H

#include <stddef.h>
#include <stdint.h>

#include "measure/lib/hash.h"
#include "measure/rampart.h"
#include "measure/verify/signature/armor.h"
#include "measure/verify/signature/signkey.h"

#define SSHSIG_BEGIN	     "-----BEGIN SSH SIGNATURE-----"
#define SSHSIG_SIZE_MAX	     ARMOR_SIZE_MAX /* bytes of the text */
#define SSHSIG_NAMESPACE_MAX 64		    /* bytes */

struct sshsig {
	struct signkey key; /* of whoever signed: this says nothing about who may */
	struct digest fingerprint;
	char namespace[SSHSIG_NAMESPACE_MAX + 1]; /* printable */
	enum hash_alg hash;			  /* HASH_SHA256, HASH_SHA512 */
	uint8_t signature[SIGNKEY_SIG_LEN];
};

/*
 * The form of it. -EBADMSG malformed, -ENOTSUP a type of key, hash or version that is not
 * supported, -EPROTO, -EFBIG; ret_sig untouched then.
 */
int sshsig_parse(const char *text, size_t len, struct sshsig *ret_sig, struct rampart_error *error);

/*
 * Whether it is of this namespace (at most SSHSIG_NAMESPACE_MAX bytes), and by its key over these
 * bytes. -EPROTO: it is not. -ENOMEM.
 */
int sshsig_verify(const struct sshsig *sig, const char *namespace, struct span bytes,
		  struct rampart_error *error);

#endif
