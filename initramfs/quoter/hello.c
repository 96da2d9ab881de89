/* SPDX-License-Identifier: MIT */
#include "initramfs/quoter/hello.h"

#include <errno.h>
#include <string.h>

#include "initramfs/quoter/ek.h"
#include "initramfs/quoter/nv.h"
#include "measure/lib/hash.h"

#define CERTIFICATES_MAX 8 /* of an EK: measure/verify/evidence.h */
#define CHAIN_FIRST	 0x01c00100
#define CHAIN_LAST	 0x01c001ff
#define CHAIN_MAX	 8192 /* bytes; two or three certificates of some 1,500 are usual */

/* One more string of a list of n. */
static void put_certificate(struct span der, size_t *n, struct text *text)
{
	text_put(text, *n == 0 ? "\"" : ",\"");
	text_base64(text, der.p, der.left);
	text_put(text, "\"");
	++*n;
}

/* Nothing if there is no such certificate. */
static int add_certificate(struct tpm *tpm, TPMI_RH_NV_INDEX index, size_t *n, struct text *text)
{
	uint8_t der[NV_BYTES_MAX];
	size_t len;
	int r = nv_read_certificate(tpm, index, der, &len);

	if (r == 0)
		put_certificate(span_of(der, len), n, text);
	return r == -ENOENT ? 0 : r;
}

/* The bytes of the chain: a certificate may begin at one index and end at the next. */
static int read_chain(struct tpm *tpm, uint8_t ret_chain[static CHAIN_MAX], size_t *ret_len)
{
	uint8_t bytes[NV_BYTES_MAX];
	size_t len;
	int r = 0;

	*ret_len = 0;
	for (TPMI_RH_NV_INDEX index = CHAIN_FIRST; r == 0 && index <= CHAIN_LAST; index++) {
		r = nv_read(tpm, index, bytes, &len);
		if (r == 0 && len > CHAIN_MAX - *ret_len)
			break; /* those before are worth having */
		if (r == 0)
			memcpy(ret_chain + *ret_len, bytes, len);
		*ret_len += r == 0 ? len : 0;
	}
	return r == -ENOENT ? 0 : r;
}

static int add_chain(struct tpm *tpm, size_t *n, struct text *text)
{
	uint8_t chain[CHAIN_MAX];
	struct span rest, der;
	size_t len;
	int r = read_chain(tpm, chain, &len);

	rest = span_of(chain, len);
	while (r == 0 && *n < CERTIFICATES_MAX && nv_take_certificate(&rest, &der) == 0)
		put_certificate(der, n, text);
	return r;
}

static int add_eks(struct tpm *tpm, struct text *text)
{
	size_t n = 0;
	int r = 0;

	for (enum ek_kind kind = 0; r == 0 && kind < _EK_KINDS; kind++)
		r = add_certificate(tpm, ek_certificate_index(kind), &n, text);
	return r == 0 && n > 0 ? add_chain(tpm, &n, text) : r;
}

static int add_bank(struct tpm *tpm, enum hash_alg bank, struct text *text)
{
	struct digest pcrs[TPM_PCRS_N];
	int r = tpm_read(tpm, bank, pcrs);

	if (r < 0)
		return r;
	text_put(text, "\"");
	text_put(text, hash_name(bank));
	text_put(text, "\":[");
	for (size_t i = 0; i < TPM_PCRS_N; i++) {
		char hex[HASH_HEX_MAX];

		digest_hex(&pcrs[i], hex);
		text_put(text, i == 0 ? "\"" : ",\"");
		text_put(text, hex);
		text_put(text, "\"");
	}
	text_put(text, "]");
	return 0;
}

int hello_text(struct tpm *tpm, const struct ak *ak, struct text *text)
{
	size_t n = 0;
	int r = 0;

	text_put(text, "\"ak\":{\"public\":\"");
	text_base64(text, ak->public, ak->public_len);
	text_put(text, "\",\"certificates\":[");
	if (ak->certificate)
		r = add_certificate(tpm, ak->certificate, &n, text);
	text_put(text, "]},\"ek\":{\"certificates\":[");
	if (r == 0)
		r = add_eks(tpm, text);
	text_put(text, "]},\"pcrs\":{");
	for (size_t i = 0; r == 0 && i < tpm->n_banks; i++) {
		text_put(text, i == 0 ? "" : ",");
		r = add_bank(tpm, tpm->banks[i], text);
	}
	text_put(text, "}");
	return r < 0 ? r : text_end(text);
}
