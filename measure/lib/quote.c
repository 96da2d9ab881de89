/* SPDX-License-Identifier: MIT */
#include "measure/lib/quote.h"

#include <errno.h>

#define NAME_MAX_LEN  (2 + HASH_LEN_MAX)
#define EXTRA_MAX_LEN (2 + HASH_LEN_MAX) /* TPM2B_DATA: as large as a TPMT_HA */
#define SELECT_LEN    3			 /* bytes of a bitmap: 24 PCRs, as every PC has */
#define RSA_LEN_MAX   512
#define ECC_LEN_MAX   48

/*
 * A key's Name is a hash with its algorithm before it. (A hierarchy's is a handle: no key signed.)
 */
static int take_signer(struct tpmread *r, struct span *ret)
{
	struct span name, rest;
	enum hash_alg alg;
	uint16_t id;

	if (tpmread_2b(r, NAME_MAX_LEN, &name) < 0)
		return r->error;
	rest = name;
	if (span_u16be(&rest, &id) < 0 || hash_from_tpm_alg(id, &alg) < 0 ||
	    rest.left != hash_len(alg))
		return tpmread_refuse(r, -EPROTO, "the signer is not the Name of a key");
	*ret = name;
	return 0;
}

static int take_clock(struct tpmread *r, struct quote *q)
{
	uint8_t safe;

	if (tpmread_u64(r, &q->clock_ms) < 0 || tpmread_u32(r, &q->reset_count) < 0 ||
	    tpmread_u32(r, &q->restart_count) < 0 || tpmread_u8(r, &safe) < 0)
		return r->error;
	if (safe > 1)
		return tpmread_refuse(r, -EPROTO, "neither yes nor no");
	q->safe = safe;
	return tpmread_u64(r, &q->firmware_version);
}

static int take_bank(struct tpmread *r, struct quote *q)
{
	struct span bitmap;
	enum hash_alg alg;
	uint8_t len;

	if (tpmread_hash(r, &alg) < 0)
		return r->error;
	for (size_t i = 0; i < q->n_banks; i++)
		if (q->bank[i].alg == alg)
			return tpmread_refuse(r, -EPROTO, "a bank is selected twice");
	if (tpmread_u8(r, &len) < 0)
		return r->error;
	if (len != SELECT_LEN)
		return tpmread_refuse(r, -EPROTO, "a bitmap of other than 24 PCRs");
	if (tpmread_bytes(r, SELECT_LEN, &bitmap) < 0)
		return r->error;
	q->bank[q->n_banks].alg = alg;
	for (size_t i = 0; i < SELECT_LEN; i++)
		q->bank[q->n_banks].pcrs |= (uint32_t)bitmap.p[i] << (8 * i);
	q->n_banks++;
	return 0;
}

static int take_selection(struct tpmread *r, struct quote *q)
{
	uint32_t n;

	if (tpmread_u32(r, &n) < 0)
		return r->error;
	if (n == 0)
		return tpmread_refuse(r, -EPROTO, "no bank is selected");
	if (n > _HASH_MAX) /* they cannot all be different and known */
		return tpmread_refuse(r, -EFBIG, "more banks than there are");
	while (n-- > 0)
		if (take_bank(r, q) < 0)
			return r->error;
	return 0;
}

static int take_pcr_digest(struct tpmread *r, struct span *ret)
{
	struct span digest;

	if (tpmread_2b(r, HASH_LEN_MAX, &digest) < 0)
		return r->error;
	for (size_t i = 0; i < _HASH_MAX; i++)
		if (digest.left == hash_len((enum hash_alg)i)) {
			*ret = digest;
			return 0;
		}
	return tpmread_refuse(r, -EPROTO, "a PCR digest as long as no hash is");
}

int quote_parse(struct span bytes, struct quote *ret_quote, struct diag *diag)
{
	struct quote q = { .bytes = bytes };
	struct tpmread r;

	tpmread_init(&r, bytes, diag);
	if (tpmread_u32(&r, &q.magic) < 0 || tpmread_u16(&r, &q.type) < 0)
		return r.error;
	if (q.type == QUOTE_TYPE_VALUE) {
		if (take_signer(&r, &q.signer) < 0 || tpmread_2b(&r, EXTRA_MAX_LEN, &q.extra) < 0 ||
		    take_clock(&r, &q) < 0 || take_selection(&r, &q) < 0 ||
		    take_pcr_digest(&r, &q.pcr_digest) < 0 || tpmread_end(&r) < 0)
			return r.error;
	}
	*ret_quote = q;
	return 0;
}

static int take_rsa(struct tpmread *r, struct span *ret)
{
	struct span number;

	if (tpmread_2b(r, RSA_LEN_MAX, &number) < 0)
		return r->error;
	if (number.left != 256 && number.left != 384 && number.left != 512)
		return tpmread_refuse(r, -EPROTO,
				      "an RSA signature of other than 2048, 3072, 4096 bits");
	*ret = number;
	return 0;
}

/* r or s. */
static int take_ecdsa(struct tpmread *r, struct span *ret)
{
	struct span number;

	if (tpmread_2b(r, ECC_LEN_MAX, &number) < 0)
		return r->error;
	if (number.left == 0)
		return tpmread_refuse(r, -EPROTO, "an ECDSA signature without a number");
	*ret = number;
	return 0;
}

int quote_parse_signature(struct span bytes, struct quote_signature *ret_signature,
			  struct diag *diag)
{
	struct quote_signature sig = { 0 };
	struct tpmread r;

	tpmread_init(&r, bytes, diag);
	if (tpmread_scheme(&r, &sig.scheme) < 0)
		return r.error;
	if (sig.scheme.alg == TPM_SCHEME_NULL)
		return tpmread_refuse(&r, -ENOTSUP, "no signature at all");
	if (sig.scheme.alg == TPM_SCHEME_ECDSA) {
		if (take_ecdsa(&r, &sig.r) < 0 || take_ecdsa(&r, &sig.s) < 0)
			return r.error;
	} else if (take_rsa(&r, &sig.rsa) < 0) {
		return r.error;
	}
	if (tpmread_end(&r) < 0)
		return r.error;
	*ret_signature = sig;
	return 0;
}
