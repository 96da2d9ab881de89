/* SPDX-License-Identifier: MIT */
#include "initramfs/quoter/attest.h"

#include <errno.h>
#include <string.h>
#include <tss2/tss2_mu.h>

#include "initramfs/common/reason.h"
#include "initramfs/quoter/nv.h"
#include "measure/lib/base64.h"
#include "measure/lib/hash.h"
#include "measure/lib/quote_check.h"

#define CERTIFICATES_MAX 8 /* of an EK: measure/verify/evidence.h */
#define CHAIN_FIRST	 0x01c00100
#define CHAIN_LAST	 0x01c001ff
#define CHAIN_MAX	 8192 /* bytes; two or three certificates of some 1,500 are usual */

void text_clear(struct text *text)
{
	text->len = 0;
	text->full = false;
}

/* Room for len characters and a NUL, or NULL. */
static char *room(struct text *text, size_t len)
{
	if (text->full || len >= sizeof(text->buf) - text->len) {
		text->full = true;
		return NULL;
	}
	text->len += len;
	return text->buf + text->len - len;
}

void text_put(struct text *text, const char *string)
{
	size_t len = strlen(string);
	char *to = room(text, len);

	if (to)
		memcpy(to, string, len);
}

static void put_base64(struct text *text, const void *bytes, size_t len)
{
	char *to = room(text, base64_len(len));

	if (to)
		base64_encode(bytes, len, to);
}

static int end_text(const struct text *text)
{
	return text->full ? because(-ENOSPC, "what the TPM gives does not fit a message") : 0;
}

/* One more string of a list of n. */
static void put_certificate(struct span der, size_t *n, struct text *text)
{
	text_put(text, *n == 0 ? "\"" : ",\"");
	put_base64(text, der.p, der.left);
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

int attest_hello(struct tpm *tpm, const struct ak *ak, struct text *text)
{
	size_t n = 0;
	int r = 0;

	text_put(text, "\"schema\":\"rampart-evidence/1\",\"ak\":{\"public\":\"");
	put_base64(text, ak->public, ak->public_len);
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
	return r < 0 ? r : end_text(text);
}

int attest_hello_document(struct tpm *tpm, struct text *text)
{
	int r;

	text_put(text, "\"schema\":\"rampart-evidence/2\",\"pcrs\":{");
	r = add_bank(tpm, HASH_SHA384, text);
	text_put(text, "}");
	return r < 0 ? r : end_text(text);
}

static int take_quote(struct tpm *tpm, const struct ak *ak, const TPM2B_DATA *extra,
		      TPM2B_ATTEST *ret_quote, TPMT_SIGNATURE *ret_signature)
{
	static const char command[] = "TPM2_Quote";
	const TPMT_SIG_SCHEME of_the_key = { .scheme = TPM2_ALG_NULL };
	TPML_PCR_SELECTION pcrs = { .count = (UINT32)tpm->n_banks };
	TSS2_RC rc;
	int r;

	for (size_t i = 0; i < tpm->n_banks; i++)
		pcrs.pcrSelections[i] = (TPMS_PCR_SELECTION){ .hash = hash_tpm_alg(tpm->banks[i]),
							      .sizeofSelect = 3,
							      .pcrSelect = { 0xff, 0xff, 0 } };
	rc = Tss2_Sys_Quote_Prepare(tpm->sys, ak->handle, extra, &of_the_key, &pcrs);
	r = tpm_execute(tpm, command, tpm_authorize(tpm, rc));
	if (r < 0)
		return r;
	rc = Tss2_Sys_Quote_Complete(tpm->sys, ret_quote, ret_signature);
	return rc ? tpm_unusable(command, rc) : 0;
}

static int check_reset(struct attest_clock *clock, uint32_t resets, uint32_t restarts)
{
	bool reset =
		clock->known && (clock->reset_count != resets || clock->restart_count != restarts);

	*clock = (struct attest_clock){ true, resets, restarts };
	return reset ? because(-EPROTO, "TPM failed: it was reset") : 0;
}

/* A quote that no verifier would take is not worth sending. */
static int check_quote(const struct tpm *tpm, struct span bytes, struct span signature,
		       const TPM2B_DATA *extra, struct attest_clock *clock)
{
	struct quote_signature its_signature;
	bool banks[_HASH_MAX] = { false };
	enum quote_reason why;
	struct quote quote;

	if (quote_parse(bytes, &quote, NULL) < 0 ||
	    quote_parse_signature(signature, &its_signature, NULL) < 0)
		return because(-EBADMSG, "TPM failed: its quote cannot be read");
	for (size_t i = 0; i < tpm->n_banks; i++)
		banks[tpm->banks[i]] = true;
	why = quote_check_header(&quote);
	if (why == QUOTE_HOLDS)
		why = quote_check_extra(&quote, extra->buffer);
	if (why == QUOTE_HOLDS)
		why = quote_check_selection(&quote, banks);
	if (why != QUOTE_HOLDS)
		return because(-EPROTO, "TPM failed: its quote: %s", quote_reason_text(why));
	return check_reset(clock, quote.reset_count, quote.restart_count);
}

int attest_quote(struct tpm *tpm, const struct ak *ak, const struct merkle_hash *root,
		 struct attest_clock *clock, struct text *text)
{
	TPM2B_DATA extra = { .size = BINDING_LEN };
	uint8_t bytes[sizeof(TPMT_SIGNATURE)];
	TPMT_SIGNATURE signature = { 0 };
	TPM2B_ATTEST quote = { 0 };
	size_t len = 0;
	TSS2_RC rc;
	int r;

	binding_extra(root, extra.buffer);
	r = take_quote(tpm, ak, &extra, &quote, &signature);
	if (r < 0)
		return r;
	rc = Tss2_MU_TPMT_SIGNATURE_Marshal(&signature, bytes, sizeof(bytes), &len);
	if (rc)
		return tpm_unusable("TPM2_Quote", rc);
	r = check_quote(tpm, span_of(quote.attestationData, quote.size), span_of(bytes, len),
			&extra, clock);
	if (r < 0)
		return r;
	text_put(text, "\"quote\":\"");
	put_base64(text, quote.attestationData, quote.size);
	text_put(text, "\",\"signature\":\"");
	put_base64(text, bytes, len);
	text_put(text, "\"");
	return end_text(text);
}

/* A document does not say whether the TPM was reset. */
static int check_clock(struct tpm *tpm, struct attest_clock *clock)
{
	static const char command[] = "TPM2_ReadClock";
	TPMS_TIME_INFO info = { 0 };
	TSS2_RC rc = Tss2_Sys_ReadClock_Prepare(tpm->sys);
	int r = tpm_execute(tpm, command, rc);

	if (r < 0)
		return r;
	rc = Tss2_Sys_ReadClock_Complete(tpm->sys, &info);
	if (rc)
		return tpm_unusable(command, rc);
	return check_reset(clock, info.clockInfo.resetCount, info.clockInfo.restartCount);
}

int attest_document(struct tpm *tpm, struct ek ek[static _EK_KINDS], const struct nitro *nitro,
		    const struct merkle_hash *root, struct attest_clock *clock, struct text *text)
{
	uint8_t extra[BINDING_LEN], buf[NV_BYTES_MAX];
	struct span document;
	int r;

	binding_extra(root, extra);
	r = nitro_document(tpm, ek, nitro, extra, buf, &document);
	if (r == 0)
		r = check_clock(tpm, clock);
	if (r < 0)
		return r;
	text_put(text, "\"document\":\"");
	put_base64(text, document.p, document.left);
	text_put(text, "\"");
	return end_text(text);
}
