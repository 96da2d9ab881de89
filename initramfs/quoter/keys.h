/* SPDX-License-Identifier: MIT */
/*
 * The TPM's keys that the quoter uses. Functions return 0, or negative errno with the reason noted
 * (reason.h) unless they say otherwise; the quoter then ends.
 *
 * The attestation key (AK) is the first of these that there is:
 *
 *	Azure   a key at the persistent handle 0x81000003, its certificate in NV 0x01C101D0
 *	Google  the template of a primary key in NV 0x01C10003 (ECC) or 0x01C10001 (RSA), its
 *	        certificate in NV 0x01C10002 or 0x01C10000
 *	own     a primary key on P-256 for ECDSA with SHA-256, without a certificate
 *
 * All are in the endorsement hierarchy or made by the cloud for it, so they are the same at each
 * boot. What is found must be restricted to signing what its TPM made (quote_check_key()): anybody
 * who ran on the machine before may have put another key there, and that one is passed over.
 *
 * The endorsement key (EK) is the TPM's own, which its maker certifies, and which opens
 * credentials. Each kind has a place for its certificate, and with it those for a template and a
 * nonce that the maker used instead of the standard ones. The EK is then the key whose public part
 * stands in that certificate: a persistent one, or one made anew from the template, which gives the
 * same key. Without a certificate it is the first of these that there is. An RSA key takes a TPM
 * seconds, so each is made once: it is saved, and loaded while it is used, since a TPM has few
 * places.
 *
 * Sources: Microsoft, "Design of guest attestation for confidential VMs" (the handle and the index,
 * which holds 4096 bytes, padded); google/go-tpm-tools, client/handles.go; TCG EK Credential
 * Profile for TPM Family 2.0 (version 2.5), sections "NV Indices" and "EK Nonce", annex B, "EK
 * Templates", L-1, L-2, H-1, H-2, H-3, H-6, H-7, "Policy NV Indices" and the tables of policies; TCG TPM
 * v2.0 Provisioning Guidance, section "Reserved Handles"; tpm2-tools and swtpm for the handles of
 * other keys; TCG TPM 2.0 Library, Part 3 "Commands" (revision 01.59), sections
 * "TPM2_CreatePrimary", "TPM2_ReadPublic", "TPM2_ContextSave", "TPM2_ContextLoad",
 * "TPM2_FlushContext", "TPM2_PolicySecret" and "TPM2_PolicyOR".
 */
#ifndef QUOTER_KEYS_H
#define QUOTER_KEYS_H

#include <stdbool.h>
#include <stddef.h>

#include "initramfs/common/tpm.h"

struct ak {
	TPM2_HANDLE handle;
	uint8_t public[sizeof(TPMT_PUBLIC)]; /* TPMT_PUBLIC as the TPM writes it */
	size_t public_len;
	TPMI_RH_NV_INDEX certificate; /* where it is; 0: there is none */
};

/*
 * Finds or makes the AK. An error, with the reason noted, if the TPM fails or makes no key that may
 * be one; ret_ak is untouched then.
 */
int ak_find(struct tpm *tpm, struct ak *ret_ak);

enum ek_kind {
	EK_RSA_2048,	  /* L-1 */
	EK_P256,	  /* L-2 */
	EK_RSA_2048_HIGH, /* H-1 */
	EK_P256_HIGH,	  /* H-2 */
	EK_P384,	  /* H-3 */
	EK_RSA_3072,	  /* H-6 */
	EK_RSA_4096,	  /* H-7 */
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

/* Bytes of its modulus; 0: it is one of ECC. */
static inline size_t ek_rsa_len(enum ek_kind kind)
{
	if (kind == EK_RSA_4096)
		return 512;
	if (kind == EK_RSA_3072)
		return 384;
	return kind == EK_RSA_2048 || kind == EK_RSA_2048_HIGH ? 256 : 0;
}

/* Bytes of a digest of its nameAlg. */
static inline size_t ek_hash_len(enum ek_kind kind)
{
	return kind == EK_P384 || kind == EK_RSA_3072 || kind == EK_RSA_4096 ? 48 : 32;
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

/* Fulfils its policy in a policy session of its name_alg. */
int ek_satisfy_policy(struct tpm *tpm, const struct ek *ek, TPMI_SH_POLICY session);

/* Frees the place of a key that was made or loaded, or of a session. */
int key_flush(struct tpm *tpm, TPM2_HANDLE handle);

#endif
