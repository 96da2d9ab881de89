/* SPDX-License-Identifier: MIT */
/* document_parse(), and the signature of what was read, by any key. */
#include "measure/verify/tpm/document.h"
#include "tests/fuzz/fuzz.h"

#include <openssl/ec.h>
#include <openssl/evp.h>

static void check_spans(const struct document *d, struct span all)
{
	const struct span fields[] = { d->header, d->payload, d->signature, d->module_id };
	const struct span optional[] = { d->public_key, d->user_data, d->nonce };

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		require(is_inside(fields[i], all));
	for (size_t i = 0; i < sizeof(optional) / sizeof(optional[0]); i++)
		require(!optional[i].p ||
			(is_inside(optional[i], d->payload) && optional[i].left <= 1024));
	require(d->certs.n >= 1 && d->certs.n <= EVIDENCE_CERTS_MAX);
	for (size_t i = 0; i < d->certs.n; i++)
		require(is_inside(d->certs.der[i], d->payload));
	require(d->signature.left == DOCUMENT_SIGNATURE_LEN && d->module_id.left >= 1 &&
		d->module_id.left <= 256);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static EVP_PKEY *key;
	struct span input = span_of(data, size);
	struct diag diag = { .off = SIZE_MAX };
	struct document document;

	memset(&document, FRESH, sizeof(document));
	if (document_parse(input, &document, &diag) < 0) {
		require(is_fresh(&document, sizeof(document)) && diag.what && diag.off <= size);
		return 0;
	}
	check_spans(&document, input);
	if (!key)
		key = EVP_EC_gen("P-384");
	require(document_check_signature(&document, key) == QUOTE_SIGNATURE);
	return 0;
}
