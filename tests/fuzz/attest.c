/* SPDX-License-Identifier: MIT */
/* quote_parse() and quote_parse_signature(): what is read says everything that the bytes say. */
#include "measure/lib/quote_check.h"
#include "tests/fuzz/fuzz.h"
#include "tests/lib/tpmbytes.h"

static struct bytes again;

static void write_quote(const struct quote *q)
{
	again.len = 0;
	put_be(&again, q->magic, 4);
	put_be(&again, q->type, 2);
	put_2b(&again, q->signer.p, q->signer.left);
	put_2b(&again, q->extra.p, q->extra.left);
	put_be(&again, q->clock_ms, 8);
	put_be(&again, q->reset_count, 4);
	put_be(&again, q->restart_count, 4);
	put_be(&again, q->safe, 1);
	put_be(&again, q->firmware_version, 8);
	put_be(&again, q->n_banks, 4);
	for (size_t i = 0; i < q->n_banks; i++) {
		put_be(&again, hash_tpm_alg(q->bank[i].alg), 2);
		put_be(&again, 3, 1);
		put_le(&again, q->bank[i].pcrs, 3);
	}
	put_2b(&again, q->pcr_digest.p, q->pcr_digest.left);
}

/* The questions that a verifier asks, for the sake of the sanitizers. */
static void check_quote(const struct quote *q)
{
	static struct pcrs values;
	static const struct tpm_scheme scheme = { TPM_SCHEME_ECDSA, HASH_SHA256 };
	static const bool bank[_HASH_MAX] = { [HASH_SHA256] = true };

	pcrs_init(&values, bank);
	require(quote_check_measured(bank, &values, NULL) == QUOTE_PCR_ZEROS);
	(void)quote_check_digest(q, &scheme, bank, &values);
	if (quote_check_selection(q, bank) == QUOTE_HOLDS)
		require(q->n_banks == 1 && q->bank[0].pcrs == QUOTE_PCRS);
	if (quote_check_header(q) == QUOTE_HOLDS)
		require(q->magic == QUOTE_MAGIC_VALUE && q->type == QUOTE_TYPE_VALUE);
}

static void fuzz_quote(struct span input)
{
	struct diag diag = { .off = SIZE_MAX };
	struct quote q;

	memset(&q, FRESH, sizeof(q));
	if (quote_parse(input, &q, &diag) < 0) {
		require(is_fresh(&q, sizeof(q)) && diag.what && diag.off <= input.left);
		return;
	}
	require(is_same(q.bytes, input));
	check_quote(&q);
	if (q.type != QUOTE_TYPE_VALUE)
		return;
	write_quote(&q);
	require(is_same(input, span_of(again.p, again.len)));
}

static uint16_t scheme_id(enum tpm_scheme_alg alg)
{
	switch (alg) {
	case TPM_SCHEME_RSASSA:
		return ALG_RSASSA;
	case TPM_SCHEME_RSAPSS:
		return ALG_RSAPSS;
	case TPM_SCHEME_ECDSA:
		return ALG_ECDSA;
	case TPM_SCHEME_NULL:
		break;
	}
	return ALG_NULL;
}

static void fuzz_signature(struct span input)
{
	struct diag diag = { .off = SIZE_MAX };
	struct quote_signature sig;
	bool ecdsa;

	memset(&sig, FRESH, sizeof(sig));
	if (quote_parse_signature(input, &sig, &diag) < 0) {
		require(is_fresh(&sig, sizeof(sig)) && diag.what && diag.off <= input.left);
		return;
	}
	ecdsa = sig.scheme.alg == TPM_SCHEME_ECDSA;
	again.len = 0;
	put_signature(&again, scheme_id(sig.scheme.alg), hash_tpm_alg(sig.scheme.hash),
		      ecdsa ? sig.r.p : sig.rsa.p, ecdsa ? sig.r.left : sig.rsa.left, sig.s.p,
		      sig.s.left);
	require(is_same(input, span_of(again.p, again.len)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span input = span_of(data, size);

	fuzz_quote(input);
	fuzz_signature(input);
	return 0;
}
