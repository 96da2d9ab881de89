/* SPDX-License-Identifier: MIT */
#include "measure/lib/quote_check.h"

#include <errno.h>
#include <string.h>

#include "measure/lib/array.h"

#define FIRMWARE_PCRS 8 /* 0 to 7 */

static const char *const texts[_QUOTE_REASON_MAX] = {
	[QUOTE_HOLDS] = "holds",
	[QUOTE_UNSURE] = "could not be checked: out of memory",
	[QUOTE_KEY_NAME_ALG] = "attestation key: its nameAlg is not sha256",
	[QUOTE_KEY_UNRESTRICTED] =
		"attestation key: not restricted, so it signs whatever its user made up",
	[QUOTE_KEY_NOT_SIGNING] = "attestation key: not a key for signing",
	[QUOTE_KEY_DECRYPTS] = "attestation key: it decrypts as well",
	[QUOTE_KEY_NOT_FIXED_TPM] = "attestation key: not fixedTPM, so it may leave its TPM",
	[QUOTE_KEY_NOT_FIXED_PARENT] =
		"attestation key: not fixedParent, so it may move to another parent",
	[QUOTE_KEY_IMPORTED] =
		"attestation key: not sensitiveDataOrigin, so it was made outside the TPM",
	[QUOTE_KEY_NO_SCHEME] = "attestation key: it does not fix its signature scheme",
	[QUOTE_KEY_NAME] = "attestation key: its Name is not that of the certified key",
	[QUOTE_KEY_INVALID] = "attestation key: the numbers of its public part are no key",
	[QUOTE_SIGNATURE_SCHEME] = "signature: its scheme or hash is not the key's",
	[QUOTE_SIGNATURE] = "signature: not made by the attestation key over this quote",
	[QUOTE_MAGIC] = "quote: its magic is not TPM_GENERATED_VALUE, so no TPM made it",
	[QUOTE_TYPE] = "quote: its type is not TPM_ST_ATTEST_QUOTE",
	[QUOTE_PATH_SIZE] = "Merkle path: a tree of no leaves, or of more than 4096",
	[QUOTE_PATH_INDEX] = "Merkle path: the leaf's index is outside the tree",
	[QUOTE_PATH_LEN] = "Merkle path: longer or shorter than the way to the root",
	[QUOTE_EXTRA] = "quote: its extraData is not for this nonce, TLS key and connection",
	[QUOTE_BANK_MISSING] = "PCR selection: a bank that was asked for is not quoted",
	[QUOTE_BANK_UNASKED] = "PCR selection: a bank is quoted that was not asked for",
	[QUOTE_BANK_ORDER] = "PCR selection: the banks are not in ascending order",
	[QUOTE_PCR_MISSING] = "PCR selection: a PCR that must be quoted is not",
	[QUOTE_PCR_UNASKED] = "PCR selection: a PCR is quoted that must not be",
	[QUOTE_VALUES_MISSING] = "PCR values: none for a bank that was asked for",
	[QUOTE_DIGEST_LEN] = "quote: its pcrDigest is not of the signature's hash",
	[QUOTE_DIGEST] = "PCR values: they are not those of the quote's pcrDigest",
	[QUOTE_PCR_ZEROS] = "PCR values: all zeros in PCR 0-7, so the firmware did not measure",
	[QUOTE_PCR_ONES] = "PCR values: all ones in PCR 0-7, so the firmware did not measure",
};

const char *quote_reason_text(enum quote_reason reason)
{
	return texts[reason];
}

enum quote_reason quote_check_key(const struct tpmkey *key)
{
	static const struct {
		uint32_t bit, want;
		enum quote_reason reason;
	} rules[] = {
		{ TPMKEY_RESTRICTED, TPMKEY_RESTRICTED, QUOTE_KEY_UNRESTRICTED },
		{ TPMKEY_SIGN, TPMKEY_SIGN, QUOTE_KEY_NOT_SIGNING },
		{ TPMKEY_DECRYPT, 0, QUOTE_KEY_DECRYPTS },
		{ TPMKEY_FIXED_TPM, TPMKEY_FIXED_TPM, QUOTE_KEY_NOT_FIXED_TPM },
		{ TPMKEY_FIXED_PARENT, TPMKEY_FIXED_PARENT, QUOTE_KEY_NOT_FIXED_PARENT },
		{ TPMKEY_SENSITIVE_DATA_ORIGIN, TPMKEY_SENSITIVE_DATA_ORIGIN, QUOTE_KEY_IMPORTED },
	};

	if (key->name_alg != HASH_SHA256)
		return QUOTE_KEY_NAME_ALG;
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++)
		if ((key->attributes & rules[i].bit) != rules[i].want)
			return rules[i].reason;
	return key->scheme.alg == TPM_SCHEME_NULL ? QUOTE_KEY_NO_SCHEME : QUOTE_HOLDS;
}

static bool bytes_equal(struct span span, const void *want, size_t len)
{
	return span.left == len && !memcmp(span.p, want, len);
}

enum quote_reason quote_check_name(const struct tpmkey *key, struct span name)
{
	struct tpmkey_name own;

	tpmkey_name(key, &own);
	return bytes_equal(name, own.bytes, own.len) ? QUOTE_HOLDS : QUOTE_KEY_NAME;
}

enum quote_reason quote_check_header(const struct quote *quote)
{
	if (quote->magic != QUOTE_MAGIC_VALUE)
		return QUOTE_MAGIC;
	return quote->type == QUOTE_TYPE_VALUE ? QUOTE_HOLDS : QUOTE_TYPE;
}

enum quote_reason quote_check_extra(const struct quote *quote,
				    const uint8_t want[static BINDING_LEN])
{
	return bytes_equal(quote->extra, want, BINDING_LEN) ? QUOTE_HOLDS : QUOTE_EXTRA;
}

enum quote_reason quote_check_binding(const struct quote *quote, const struct binding_leaf *leaf,
				      const struct merkle_path *path)
{
	struct merkle_hash hash, root;
	uint8_t extra[BINDING_LEN];

	merkle_leaf(leaf->bytes, BINDING_LEN, &hash);
	switch (merkle_climb(&hash, path, &root)) {
	case 0:
		break;
	case -EFBIG:
		return QUOTE_PATH_SIZE;
	case -EPROTO:
		return QUOTE_PATH_INDEX;
	default:
		return QUOTE_PATH_LEN;
	}
	binding_extra(&root, extra);
	return quote_check_extra(quote, extra);
}

/* Which banks: exactly these, ascending. */
static enum quote_reason check_banks(const struct quote *quote, const bool bank[static _HASH_MAX])
{
	bool quoted[_HASH_MAX] = { 0 };

	for (size_t i = 0; i < quote->n_banks; i++)
		quoted[quote->bank[i].alg] = true;
	for (size_t i = 0; i < _HASH_MAX; i++)
		if (bank[i] && !quoted[i])
			return QUOTE_BANK_MISSING;
	for (size_t i = 0; i < _HASH_MAX; i++)
		if (quoted[i] && !bank[i])
			return QUOTE_BANK_UNASKED;
	for (size_t i = 1; i < quote->n_banks; i++)
		if (quote->bank[i].alg <= quote->bank[i - 1].alg)
			return QUOTE_BANK_ORDER;
	return quote->n_banks > 0 ? QUOTE_HOLDS : QUOTE_BANK_MISSING;
}

enum quote_reason quote_check_selection_of(const struct quote *quote,
					   const bool bank[static _HASH_MAX], uint32_t pcrs)
{
	enum quote_reason reason = check_banks(quote, bank);

	if (reason != QUOTE_HOLDS)
		return reason;
	for (size_t i = 0; i < quote->n_banks; i++)
		if (pcrs & ~quote->bank[i].pcrs)
			return QUOTE_PCR_MISSING;
	for (size_t i = 0; i < quote->n_banks; i++)
		if (quote->bank[i].pcrs & ~pcrs)
			return QUOTE_PCR_UNASKED;
	return QUOTE_HOLDS;
}

enum quote_reason quote_check_selection(const struct quote *quote,
					const bool bank[static _HASH_MAX])
{
	return quote_check_selection_of(quote, bank, QUOTE_PCRS);
}

/* Whether there are values for all banks asked for, of which there must be one. */
static bool have_values(const bool bank[static _HASH_MAX], const struct pcrs *values)
{
	size_t n = 0;

	for (size_t i = 0; i < _HASH_MAX; i++) {
		if (bank[i] && !values->bank[i])
			return false;
		n += bank[i];
	}
	return n > 0;
}

enum quote_reason quote_check_digest_of(const struct quote *quote, const struct tpm_scheme *scheme,
					const bool bank[static _HASH_MAX], uint32_t pcrs,
					const struct pcrs *values)
{
	struct hash_ctx ctx;
	struct digest own;

	if (!have_values(bank, values))
		return QUOTE_VALUES_MISSING;
	if (scheme->alg == TPM_SCHEME_NULL)
		return QUOTE_KEY_NO_SCHEME;
	if (quote->pcr_digest.left != hash_len(scheme->hash))
		return QUOTE_DIGEST_LEN;
	hash_init(&ctx, scheme->hash);
	for (size_t i = 0; i < _HASH_MAX; i++)
		for (size_t pcr = 0; bank[i] && pcr < PCRS_N; pcr++)
			if (pcrs >> pcr & 1)
				hash_update(&ctx, values->value[i][pcr].bytes,
					    hash_len((enum hash_alg)i));
	hash_final(&ctx, &own);
	if (!bytes_equal(quote->pcr_digest, own.bytes, hash_len(scheme->hash)))
		return QUOTE_DIGEST;
	return QUOTE_HOLDS;
}

enum quote_reason quote_check_digest(const struct quote *quote, const struct tpm_scheme *scheme,
				     const bool bank[static _HASH_MAX], const struct pcrs *values)
{
	return quote_check_digest_of(quote, scheme, bank, QUOTE_PCRS, values);
}

static bool all_are(const uint8_t *p, size_t len, uint8_t c)
{
	while (len > 0 && p[len - 1] == c)
		len--;
	return len == 0;
}

/* As a reset leaves it. PCR 0 starts with the locality of TPM2_Startup() in its last byte. */
static enum quote_reason check_extended(enum hash_alg alg, unsigned pcr, const struct digest *value)
{
	size_t len = hash_len(alg);
	uint8_t last = value->bytes[len - 1];

	if (all_are(value->bytes, len, 0xff))
		return QUOTE_PCR_ONES;
	if (all_are(value->bytes, len - 1, 0) &&
	    (last == 0 || (pcr == 0 && (last == 3 || last == 4))))
		return QUOTE_PCR_ZEROS;
	return QUOTE_HOLDS;
}

/* The first PCR of the firmware in a bank that it did not extend. */
static enum quote_reason check_bank_measured(enum hash_alg alg, const struct pcrs *values,
					     struct quote_where *ret_where)
{
	for (unsigned pcr = 0; pcr < FIRMWARE_PCRS; pcr++) {
		enum quote_reason reason = check_extended(alg, pcr, &values->value[alg][pcr]);

		if (reason == QUOTE_HOLDS)
			continue;
		if (ret_where)
			*ret_where = (struct quote_where){ .bank = alg, .pcr = pcr };
		return reason;
	}
	return QUOTE_HOLDS;
}

enum quote_reason quote_check_measured(const bool bank[static _HASH_MAX], const struct pcrs *values,
				       struct quote_where *ret_where)
{
	if (!have_values(bank, values))
		return QUOTE_VALUES_MISSING;
	for (size_t i = 0; i < _HASH_MAX; i++) {
		enum quote_reason reason = QUOTE_HOLDS;

		if (bank[i])
			reason = check_bank_measured((enum hash_alg)i, values, ret_where);
		if (reason != QUOTE_HOLDS)
			return reason;
	}
	return QUOTE_HOLDS;
}
