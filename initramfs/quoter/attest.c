/* SPDX-License-Identifier: MIT */
#include "initramfs/quoter/attest.h"

#include <errno.h>
#include <string.h>
#include <tss2/tss2_mu.h>

#include "initramfs/common/reason.h"
#include "measure/lib/quote_check.h"

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

static bool was_reset(const struct quote *quote, struct attest_clock *clock)
{
	bool reset = clock->known && (clock->reset_count != quote->reset_count ||
				      clock->restart_count != quote->restart_count);

	*clock = (struct attest_clock){ true, quote->reset_count, quote->restart_count };
	return reset;
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
	return was_reset(&quote, clock) ? because(-EPROTO, "TPM failed: it was reset") : 0;
}

int attest_text(struct tpm *tpm, const struct ak *ak, const struct merkle_hash *root,
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
	text_base64(text, quote.attestationData, quote.size);
	text_put(text, "\",\"signature\":\"");
	text_base64(text, bytes, len);
	text_put(text, "\"");
	return text_end(text);
}
