/* SPDX-License-Identifier: MIT */
/* The members of the evidence that are the TPM's to give. MEASUREMENTS.md, "Evidence". */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <tss2/tss2_mu.h>

#include "binding.h"
#include "quote_check.h"
#include "quoter.h"
#include "reason.h"

/* Certificates of the EK, ascending: RSA 2048, ECC P-256, and of the high range ECC P-384. */
static const TPMI_RH_NV_INDEX ek_certs[] = { 0x01c00002, 0x01c0000a, 0x01c00016 };

static int fits(const struct text *text)
{
	return text->full ? because(-ENOSPC, "what the TPM gives does not fit a message") : 0;
}

/* One more string of a list; nothing if there is no such certificate. */
static int add_certificate(struct tpm *tpm, TPMI_RH_NV_INDEX index, bool *first, struct text *text)
{
	uint8_t der[NV_BYTES_MAX];
	size_t len;
	int r = nv_read_certificate(tpm, index, der, &len);

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	text_put(text, *first ? "\"" : ",\"");
	text_base64(text, der, len);
	text_put(text, "\"");
	*first = false;
	return 0;
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
	uint8_t public[sizeof(TPMT_PUBLIC)];
	bool first = true;
	size_t len;
	int r = ak_marshal(ak, public, &len);

	if (r < 0)
		return r;
	text_put(text, "\"ak\":{\"public\":\"");
	text_base64(text, public, len);
	text_put(text, "\",\"certificates\":[");
	if (ak->cert_index)
		r = add_certificate(tpm, ak->cert_index, &first, text);
	text_put(text, "]},\"ek\":{\"certificates\":[");
	first = true;
	for (size_t i = 0; r == 0 && i < sizeof(ek_certs) / sizeof(ek_certs[0]); i++)
		r = add_certificate(tpm, ek_certs[i], &first, text);
	text_put(text, "]},\"pcrs\":{");
	for (size_t i = 0; r == 0 && i < tpm->n_banks; i++) {
		text_put(text, i == 0 ? "" : ",");
		r = add_bank(tpm, tpm->banks[i], text);
	}
	text_put(text, "}");
	return r < 0 ? r : fits(text);
}

static int take_quote(struct tpm *tpm, const struct ak *ak, const TPM2B_DATA *extra,
		      TPM2B_ATTEST *ret_quote, TPMT_SIGNATURE *ret_signature)
{
	static const char command[] = "TPM2_Quote";
	const TSS2L_SYS_AUTH_COMMAND auths = { .count = 1, .auths = { empty_password } };
	const TPMT_SIG_SCHEME of_the_key = { .scheme = TPM2_ALG_NULL };
	TPML_PCR_SELECTION pcrs = { .count = (UINT32)tpm->n_banks };
	TSS2_RC rc;
	int r;

	for (size_t i = 0; i < tpm->n_banks; i++)
		pcrs.pcrSelections[i] = (TPMS_PCR_SELECTION){ .hash = hash_tpm_alg(tpm->banks[i]),
							      .sizeofSelect = 3,
							      .pcrSelect = { 0xff, 0xff, 0 } };
	rc = Tss2_Sys_Quote_Prepare(tpm->sys, ak->handle, extra, &of_the_key, &pcrs);
	if (!rc)
		rc = Tss2_Sys_SetCmdAuths(tpm->sys, &auths);
	if (rc)
		return tpm_unusable(command, rc);
	r = tpm_execute(tpm, command, NULL);
	if (r < 0)
		return r;
	ret_quote->size = 0;
	rc = Tss2_Sys_Quote_Complete(tpm->sys, ret_quote, ret_signature);
	return rc ? tpm_unusable(command, rc) : 0;
}

/* A quote that no verifier would take is not worth sending. */
static int check_quote(const struct tpm *tpm, struct span bytes, const TPM2B_DATA *extra,
		       struct quote_clock *clock)
{
	bool banks[_HASH_MAX] = { false };
	enum quote_reason why;
	struct quote quote;

	if (quote_parse(bytes, &quote, NULL) < 0)
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
	if (clock->known && (clock->reset_count != quote.reset_count ||
			     clock->restart_count != quote.restart_count))
		return because(-EPROTO, "TPM failed: it was reset");
	*clock = (struct quote_clock){ true, quote.reset_count, quote.restart_count };
	return 0;
}

int quote_text(struct tpm *tpm, const struct ak *ak, const uint8_t root[static 32],
	       struct quote_clock *clock, struct text *text)
{
	TPM2B_DATA extra = { .size = BINDING_LEN };
	uint8_t signature[sizeof(TPMT_SIGNATURE)];
	struct merkle_hash hash;
	TPMT_SIGNATURE sig;
	TPM2B_ATTEST quote;
	size_t len = 0;
	TSS2_RC rc;
	int r;

	memcpy(hash.bytes, root, sizeof(hash.bytes));
	binding_extra(&hash, extra.buffer);
	r = take_quote(tpm, ak, &extra, &quote, &sig);
	if (r == 0)
		r = check_quote(tpm, span_of(quote.attestationData, quote.size), &extra, clock);
	if (r < 0)
		return r;
	rc = Tss2_MU_TPMT_SIGNATURE_Marshal(&sig, signature, sizeof(signature), &len);
	if (rc)
		return tpm_unusable("TPM2_Quote", rc);
	text_put(text, "\"quote\":\"");
	text_base64(text, quote.attestationData, quote.size);
	text_put(text, "\",\"signature\":\"");
	text_base64(text, signature, len);
	text_put(text, "\"");
	return fits(text);
}
