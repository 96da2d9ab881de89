/* SPDX-License-Identifier: MIT */
/*
 * The endorsement key (EK): the TPM's own, which its maker certifies, and which opens credentials.
 * Each kind has a place for its certificate, and with it those for a template and a nonce that the
 * maker used instead of the standard ones. The EK is then the key whose public part stands in that
 * certificate: a persistent one, or one made anew from the template, which gives the same key.
 * Without a certificate it is the first of these that there is. An RSA key takes a TPM seconds, so
 * each is made once: it is saved (object.h), and loaded while it is used, since a TPM has few
 * places.
 *
 * Sources: TCG EK Credential Profile for TPM Family 2.0 (version 2.5), sections "NV Indices" and
 * "EK Nonce", annex B, "EK Templates", L-1, L-2, H-1, H-2, H-3, H-6, and "Policy NV Indices"; TCG
 * TPM v2.0 Provisioning Guidance, section "Reserved Handles"; tpm2-tools and swtpm for the handles
 * of other keys.
 */
#ifndef QUOTER_EK_H
#define QUOTER_EK_H

#include <stdbool.h>
#include <stddef.h>

#include "initramfs/quoter/object.h"

enum ek_kind {
	EK_RSA_2048,	  /* L-1 */
	EK_P256,	  /* L-2 */
	EK_RSA_2048_HIGH, /* H-1 */
	EK_P256_HIGH,	  /* H-2 */
	EK_P384,	  /* H-3 */
	EK_RSA_3072,	  /* H-6 */
	_EK_KINDS
};

/* One of each kind; zero-initialised: nothing is known of it yet. */
struct ek {
	TPM2_HANDLE handle; /* where the TPM keeps it, or while it is open; 0: not now */
	bool made;	    /* and so it takes one of the TPM's few places while it is open */
	bool high; /* its policy has another way in beside the endorsement hierarchy's password */
	TPMI_ALG_HASH name_alg;
	TPMS_CONTEXT saved;    /* of one that was made; an empty contextBlob: not saved */
	signed char certified; /* 1, or -1: there is none; 0: not known yet */
	char why_not[160];     /* in one line, why there is none; "": nobody has found that */
};

/* Where the certificate of this kind is. */
TPMI_RH_NV_INDEX ek_certificate_index(enum ek_kind kind);

/* Whether its key is one of RSA. */
static inline bool ek_is_rsa(enum ek_kind kind)
{
	return kind == EK_RSA_2048 || kind == EK_RSA_2048_HIGH || kind == EK_RSA_3072;
}

/* Bytes of a digest of its nameAlg. */
static inline size_t ek_hash_len(enum ek_kind kind)
{
	return kind == EK_P384 || kind == EK_RSA_3072 ? 48 : 32;
}

/* Whether it is of the low range, whose key has a place in every TPM. */
static inline bool ek_is_low(enum ek_kind kind)
{
	return kind == EK_RSA_2048 || kind == EK_P256;
}

/*
 * Has the EK of this kind in the TPM until ek_close(). ek: those of all kinds. -EREMOTEIO, with no
 * reason noted: there is none, as why_not of its own says. Other errors: the TPM failed, and the
 * reason is noted.
 */
int ek_open(struct tpm *tpm, struct ek ek[static _EK_KINDS], enum ek_kind kind);

/* Gives its place back. */
int ek_close(struct tpm *tpm, struct ek *ek);

/* Whether ek_open() makes no key, which takes long. */
static inline bool ek_is_at_hand(const struct ek *ek)
{
	return ek->handle || ek->saved.contextBlob.size > 0 || ek->why_not[0];
}

/* Whether the TPM has a certificate of this kind. 1, 0, or an error with the reason noted. It is
 * looked up once. */
int ek_is_certified(struct tpm *tpm, struct ek ek[static _EK_KINDS], enum ek_kind kind);

#endif
