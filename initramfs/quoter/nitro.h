/* SPDX-License-Identifier: MIT */
/*
 * A NitroTPM, AWS's: no certificate vouches for a key of its, so a quote of it proves nothing. What
 * proves something is a document, which the hypervisor makes and signs: PCR values of the bank
 * sha384 and the nonce that it was asked with (measure/verify/tpm/document.h).
 *
 * A request and its answer are CBOR in an NV index, and a command of the vendor has the hypervisor
 * read the one and write the other:
 *
 *	TPM_ST_SESSIONS, size, 0x20000001, the index (for its authorization), the index; one HMAC
 *	session of SHA-512, salted with the EK of RSA 2048; no parameters
 *
 *	{"Attestation": {"user_data": null, "nonce": 32 bytes, "public_key": null}}
 *	{"Attestation": {"document": bytes}}, or {"Error": text}; what follows is padding
 *
 * The index is the owner's, with an empty password, of 8192 bytes: the TPM has one user, this
 * process. It stays over boots, so it is defined anew at each start.
 *
 * Not yet seen on the real machine. Sources: aws/NitroTPM-Tools, nitro-tpm-attest, and
 * Dstack-TEE/dstack, dstack-attest/src/aws_nitro_tpm.rs, which do this; aws-nitro-enclaves-nsm-api,
 * src/api, for requests and answers; TCG TPM 2.0 Library (revision 01.59), Part 1 "Architecture",
 * sections "Session-Based Authorizations", "sessionKey Creation" and "Authorization HMAC".
 */
#ifndef QUOTER_NITRO_H
#define QUOTER_NITRO_H

#include "initramfs/quoter/keys.h"
#include "initramfs/quoter/nv.h"
#include "measure/lib/span.h"

#define NITRO_INDEX	0x01800052
#define NITRO_NONCE_LEN 32
#define NITRO_SALT_LEN	32

struct nitro {
	uint8_t salt[NITRO_SALT_LEN];
	TPM2B_ENCRYPTED_SECRET encrypted; /* the salt, for the EK */
};

/*
 * Makes it ready for documents. -ENOENT, with no reason noted: the TPM is none, or does not know the
 * command, or has no active bank sha384. Other errors: it failed, and the reason is noted.
 */
int nitro_find(struct tpm *tpm, struct ek ek[static _EK_KINDS], struct nitro *ret_nitro);

/*
 * A document for this nonce, in buf. An error, with the reason noted: the TPM failed; or -EAGAIN, the
 * hypervisor made none in ten tries, a second apart. It limits how many it makes for all machines of
 * an owner, so that is no fault of this one.
 */
int nitro_document(struct tpm *tpm, struct ek ek[static _EK_KINDS], const struct nitro *nitro,
		   const uint8_t nonce[static NITRO_NONCE_LEN], uint8_t buf[static NV_BYTES_MAX],
		   struct span *ret_document);

#endif
