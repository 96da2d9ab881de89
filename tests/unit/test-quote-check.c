/* SPDX-License-Identifier: MIT */
/*
 * One lie at a time: all checks run, and exactly the lie's own reason must come out.
 */
#include "measure/lib/quote_check.h"

#include "tests/lib/quotemake.h"

static void test_attributes(void)
{
	static const struct {
		uint32_t flip;
		enum quote_reason reason;
		const char *name;
	} cases[] = {
		{ 1u << 16, QUOTE_KEY_UNRESTRICTED, "key: an unrestricted one" },
		{ 1u << 18, QUOTE_KEY_NOT_SIGNING, "key: one that is not for signing" },
		{ 1u << 17, QUOTE_KEY_DECRYPTS, "key: one that decrypts" },
		{ 1u << 1, QUOTE_KEY_NOT_FIXED_TPM, "key: one that can leave the TPM" },
		{ 1u << 4, QUOTE_KEY_NOT_FIXED_PARENT, "key: one that can move" },
		{ 1u << 5, QUOTE_KEY_IMPORTED, "key: one that was imported" },
		{ 1u << 6 | 1u << 7 | 1u << 10, QUOTE_HOLDS, "key: authorization is its owner's" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		start(&p256);
		ak.attributes ^= cases[i].flip;
		seal(&p256);
		only(cases[i].reason, cases[i].name);
	}
	start(&p256);
	ak.name_alg = ALG_SHA384;
	seal(&p256);
	only(QUOTE_KEY_NAME_ALG, "key: one with another nameAlg");
	start(&p256);
	ak.scheme = ALG_NULL;
	seal(&p256);
	is_int(quote_check_key(&evidence.key), QUOTE_KEY_NO_SCHEME, "key: one without a scheme");
	is_int(quote_check_signature(&evidence.quote, &evidence.sig, &evidence.key),
	       QUOTE_KEY_NO_SCHEME, "key: ... which signs nothing for us");
}

static void test_names(void)
{
	struct tpmkey_name name;

	start(&p256);
	seal(&p256);
	name = evidence.name;
	for (size_t i = 0; i < name.len; i += name.len - 1) {
		evidence.name = name;
		evidence.name.bytes[i] ^= 1;
		only(QUOTE_KEY_NAME, "name: of another key");
	}
	evidence.name = name;
	evidence.name.len--;
	only(QUOTE_KEY_NAME, "name: cut short");
	evidence.name.len = name.len + 1;
	only(QUOTE_KEY_NAME, "name: with something after it");
	evidence.name.len = 0;
	only(QUOTE_KEY_NAME, "name: none");
	evidence.name = name;
	evidence.key_bytes.p[5] ^= 0x02;
	must(parse() == 0);
	is_int(quote_check_name(&evidence.key, span_of(name.bytes, name.len)), QUOTE_KEY_NAME,
	       "name: attributes are part of it");
}

static void test_headers(void)
{
	start(&p256);
	quote.magic = 0x58585858;
	seal(&p256);
	only(QUOTE_MAGIC, "header: bytes that no TPM made, signed (CVE-2024-29038)");
	for (unsigned type = 0x8014; type <= 0x801d; type++) {
		start(&p256);
		quote.type = (uint16_t)type;
		seal(&p256);
		if (type != 0x8018)
			is_int(quote_check_header(&evidence.quote), QUOTE_TYPE,
			       "header: another attestation than a quote");
	}
}

static void test_bindings(void)
{
	start(&p256);
	seal(&p256);
	is_int(quote_check_extra(&evidence.quote, quote.extra), QUOTE_HOLDS,
	       "extra: what was asked for");
	evidence.quote.extra.left = 31;
	only(QUOTE_EXTRA, "extra: cut short");
	evidence.quote.extra.left = 33;
	only(QUOTE_EXTRA, "extra: with something after it");
	evidence.quote.extra.left = 0;
	only(QUOTE_EXTRA, "extra: none, as whoever replays a quote of no nonce would have it");
	quote.extra[31] ^= 1;
	seal(&p256);
	only(QUOTE_EXTRA, "extra: another, signed");

	start(&p256);
	seal(&p256);
	evidence.leaf.bytes[0] ^= 1;
	only(QUOTE_EXTRA, "binding: a replayed nonce, another key or connection");
	start(&p256);
	seal(&p256);
	evidence.path.sibling[1].bytes[7] ^= 1;
	only(QUOTE_EXTRA, "binding: another path");
	start(&p256);
	seal(&p256);
	evidence.path.index = 3;
	only(QUOTE_EXTRA, "binding: another place in the tree");
	evidence.path.index = 5;
	only(QUOTE_PATH_INDEX, "binding: a place outside the tree");
	evidence.path.index = 2;
	evidence.path.size = 0;
	only(QUOTE_PATH_SIZE, "binding: a tree of none");
	evidence.path.size = 4097;
	only(QUOTE_PATH_SIZE, "binding: a tree over the limit");
	evidence.path.size = 5;
	evidence.path.n--;
	only(QUOTE_PATH_LEN, "binding: a path that is too short");
	evidence.path.n += 2;
	only(QUOTE_PATH_LEN, "binding: a path that is too long");
}

/* The digest is always the good one over PCR 0 to 15 of sha256: a selection is a lie by itself. */
static void test_selections(void)
{
	static const struct {
		uint32_t pcrs;
		enum quote_reason reason;
		const char *name;
	} cases[] = {
		{ 0x00ff, QUOTE_PCR_MISSING, "selection: 8 of 16, the first" },
		{ 0xff00, QUOTE_PCR_MISSING, "selection: 8 of 16, the last" },
		{ 0xfffe, QUOTE_PCR_MISSING, "selection: without PCR 0" },
		{ 0x7fff, QUOTE_PCR_MISSING, "selection: without PCR 15" },
		{ 0x0000, QUOTE_PCR_MISSING, "selection: of no PCR" },
		{ 0x1ffff, QUOTE_PCR_UNASKED, "selection: PCR 16, which can be reset, as well" },
		{ 0x80ffff, QUOTE_PCR_UNASKED, "selection: PCR 23, which can be reset, as well" },
		{ 0xffffff, QUOTE_PCR_UNASKED, "selection: all 24" },
		{ 0xfffeff, QUOTE_PCR_MISSING, "selection: PCR 16 in the place of 8" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		start(&p256);
		quote.bank[0].pcrs = cases[i].pcrs;
		seal(&p256);
		only(cases[i].reason, cases[i].name);
	}
	start(&p256);
	quote.bank[0].alg = ALG_SHA384;
	seal(&p256);
	only(QUOTE_BANK_MISSING, "selection: another bank");
	start(&p256);
	quote.n_banks = 2;
	quote.bank[1].alg = ALG_SHA1;
	quote.bank[1].pcrs = 0xffff;
	seal(&p256);
	only(QUOTE_BANK_UNASKED, "selection: one more bank");
	start(&p256);
	seal(&p256);
	quote = (struct quote_recipe)SAMPLE_QUOTE;
	evidence.quote.n_banks = 0;
	only(QUOTE_BANK_MISSING, "selection: none");
}

static void add_sha384(void)
{
	evidence.values.bank[HASH_SHA384] = evidence.bank[HASH_SHA384] = true;
	for (size_t i = 0; i < PCRS_N; i++)
		memset(evidence.values.value[HASH_SHA384][i].bytes, 0x60 + (int)i, 48);
}

static void test_banks(void)
{
	static const enum hash_alg order[] = { HASH_SHA256, HASH_SHA384 };

	start(&p256);
	add_sha384();
	quote.n_banks = 2;
	quote.bank[1].alg = ALG_SHA384;
	quote.bank[1].pcrs = 0xffff;
	digest_values(order, 2, 0xffff, ALG_SHA256);
	seal(&p256);
	only(QUOTE_HOLDS, "banks: sha256 and sha384");
	quote.bank[1].pcrs = 0xfeff;
	seal(&p256);
	only(QUOTE_PCR_MISSING, "banks: a PCR is missing in the second");
	quote.bank[1].pcrs = 0x1ffff;
	seal(&p256);
	only(QUOTE_PCR_UNASKED, "banks: one too many in the second");
	quote.bank[0].alg = ALG_SHA384;
	quote.bank[1].alg = ALG_SHA256;
	quote.bank[1].pcrs = 0xffff;
	seal(&p256);
	only(QUOTE_BANK_ORDER, "banks: reordered");
	quote.n_banks = 1;
	quote.bank[0].alg = ALG_SHA256;
	seal(&p256);
	only(QUOTE_BANK_MISSING, "banks: one of two");
}

/* Nothing holds when nothing is asked for, however the quote looks. */
static void test_no_bank(void)
{
	start(&p256);
	seal(&p256);
	evidence.bank[HASH_SHA256] = false;
	is_int(quote_check_selection(&evidence.quote, evidence.bank), QUOTE_BANK_UNASKED,
	       "banks: none asked for, one quoted");
	evidence.quote.n_banks = 0;
	is_int(quote_check_selection(&evidence.quote, evidence.bank), QUOTE_BANK_MISSING,
	       "banks: none asked for, none quoted");
	is_int(quote_check_digest(&evidence.quote, &evidence.key.scheme, evidence.bank,
				  &evidence.values),
	       QUOTE_VALUES_MISSING, "banks: none asked for, so no values");
	is_int(quote_check_measured(evidence.bank, &evidence.values, NULL), QUOTE_VALUES_MISSING,
	       "banks: none asked for, so nothing was measured");
}

static void test_digests(void)
{
	static const enum hash_alg sha256 = HASH_SHA256;
	int held = 1;

	start(&p256);
	quote.digest[31] ^= 1;
	seal(&p256);
	only(QUOTE_DIGEST, "digest: another, signed");
	start(&p256);
	digest_values(&sha256, 1, 0xffff, ALG_SHA384);
	seal(&p256);
	only(QUOTE_DIGEST_LEN, "digest: made with another hash than the signature's");
	for (size_t pcr = 0; pcr < 16; pcr++) {
		start(&p256);
		seal(&p256);
		evidence.values.value[HASH_SHA256][pcr].bytes[pcr] ^= 1;
		held &= lies() == BIT(QUOTE_DIGEST);
	}
	ok(held, "digest: any value of PCR 0 to 15 counts");
	start(&p256);
	seal(&p256);
	evidence.values.value[HASH_SHA256][16].bytes[0] ^= 1;
	only(QUOTE_HOLDS, "digest: PCR 16 does not");
	evidence.values.bank[HASH_SHA256] = false;
	is_int(quote_check_digest(&evidence.quote, &evidence.key.scheme, evidence.bank,
				  &evidence.values),
	       QUOTE_VALUES_MISSING, "digest: no values for the bank");
	only(QUOTE_VALUES_MISSING, "values: none for a bank that was asked for");
	start(&p256);
	ak.scheme = ALG_NULL;
	digest_values(&sha256, 1, 0xffff, ALG_SHA1);
	seal(&p256);
	only(QUOTE_KEY_NO_SCHEME, "digest: a key without a scheme has no hash for it, nor SHA-1");
}

/* A bank that is active and that the firmware did not extend: values signed as they are. */
static void test_measured(void)
{
	static const struct {
		unsigned pcr;
		int fill, last;
		enum quote_reason reason;
		const char *name;
	} cases[] = {
		{ 0, 0x00, 0x00, QUOTE_PCR_ZEROS, "measured: PCR 0 is zero" },
		{ 0, 0x00, 0x03, QUOTE_PCR_ZEROS, "measured: PCR 0 is only its locality, 3" },
		{ 0, 0x00, 0x04, QUOTE_PCR_ZEROS, "measured: PCR 0 is only its locality, 4" },
		{ 0, 0x00, 0x05, QUOTE_HOLDS, "measured: a value that no reset leaves" },
		{ 1, 0x00, 0x03, QUOTE_HOLDS, "measured: other PCRs have no locality" },
		{ 7, 0x00, 0x00, QUOTE_PCR_ZEROS, "measured: PCR 7 is zero" },
		{ 3, 0xff, 0xff, QUOTE_PCR_ONES, "measured: PCR 3 is all ones" },
		{ 3, 0xff, 0xfe, QUOTE_HOLDS, "measured: but for one bit" },
		{ 8, 0x00, 0x00, QUOTE_HOLDS, "measured: PCR 8 is not the firmware's" },
		{ 15, 0xff, 0xff, QUOTE_HOLDS, "measured: PCR 15 is not either" },
	};
	static const enum hash_alg sha256 = HASH_SHA256;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct quote_where where = { HASH_SHA512, 4711 };
		uint8_t *value = evidence.values.value[HASH_SHA256][cases[i].pcr].bytes;
		int held = cases[i].reason == QUOTE_HOLDS;

		start(&p256);
		memset(value, cases[i].fill, 32);
		value[31] = (uint8_t)cases[i].last;
		digest_values(&sha256, 1, 0xffff, ALG_SHA256);
		seal(&p256);
		only(cases[i].reason, cases[i].name);
		quote_check_measured(evidence.bank, &evidence.values, &where);
		ok(where.pcr == (held ? 4711 : cases[i].pcr) &&
			   where.bank == (held ? HASH_SHA512 : HASH_SHA256),
		   "measured: ... and it is said where");
	}
	start(&p256);
	add_sha384();
	memset(evidence.values.value[HASH_SHA384][2].bytes, 0, 48);
	is_int(quote_check_measured(evidence.bank, &evidence.values, NULL), QUOTE_PCR_ZEROS,
	       "measured: the second bank is looked at too");
}

/*
 * The attack of the field notes (BlindLlama, finding 1; CVE-2024-29039): the machine boots evil
 * code, which extends PCR 8 to 15, free until then, to what PCR 0 to 7 should hold, has its TPM
 * quote these, and presents them under the names of others: tpm2_checkquote 5.4 took the numbers of
 * the PCRs from a file beside the quote. Signature, digest over the quote's own selection, and
 * binding are all good.
 */
static void test_edited_selection(void)
{
	static const enum hash_alg sha256 = HASH_SHA256;
	struct digest *value = evidence.values.value[HASH_SHA256];
	struct pcrs tpm;

	start(&p256);
	memcpy(value + 8, value, 8 * sizeof(*value));
	digest_values(&sha256, 1, 0xff00, ALG_SHA256);
	quote.bank[0].pcrs = 0xff00;
	seal(&p256);
	tpm = evidence.values;
	memset(tpm.value[HASH_SHA256], 0xee, 8 * sizeof(*value));
	ok(quote_check_signature(&evidence.quote, &evidence.sig, &evidence.key) == QUOTE_HOLDS &&
		   quote_check_header(&evidence.quote) == QUOTE_HOLDS &&
		   quote_check_binding(&evidence.quote, &evidence.leaf, &evidence.path) ==
			   QUOTE_HOLDS &&
		   quote_check_digest_of(&evidence.quote, &evidence.key.scheme, evidence.bank,
					 0xff00, &tpm) == QUOTE_HOLDS,
	   "attack: an evil TPM's PCR 8 to 15, well signed");
	ok(quote_check_digest_of(&evidence.quote, &evidence.key.scheme, evidence.bank, 0x00ff,
				 &evidence.values) == QUOTE_HOLDS,
	   "attack: ... are good values for PCR 0 to 7, if only the digest is looked at");
	is_int(quote_check_selection(&evidence.quote, evidence.bank), QUOTE_PCR_MISSING,
	       "attack: ... and the selection that was signed says that they are not");
	is_int(quote_check_digest(&evidence.quote, &evidence.key.scheme, evidence.bank,
				  &evidence.values),
	       QUOTE_DIGEST, "attack: neither is the digest one over 16");
	evidence.quote_bytes.p[AT_BITMAP] = 0xff;
	must(parse() == 0);
	ok(quote_check_selection(&evidence.quote, evidence.bank) == QUOTE_HOLDS &&
		   quote_check_signature(&evidence.quote, &evidence.sig, &evidence.key) ==
			   QUOTE_SIGNATURE,
	   "attack: a selection edited in the quote itself is not signed");
}

static void test_texts(void)
{
	int held = 1;

	for (size_t i = 0; i < _QUOTE_REASON_MAX; i++) {
		const char *text = quote_reason_text((enum quote_reason)i);

		held &= text && strlen(text) > 0 && strlen(text) <= 80 && !strchr(text, '\n');
		for (size_t k = 0; held && k < i; k++)
			held &= strcmp(text, quote_reason_text((enum quote_reason)k)) != 0;
	}
	ok(held, "reasons: each has a line of its own");
}

int main(void)
{
	make_signers();
	test_attributes();
	test_names();
	test_headers();
	test_bindings();
	test_selections();
	test_banks();
	test_no_bank();
	test_digests();
	test_measured();
	test_edited_selection();
	test_texts();
	free_signers();
	return tap_done();
}
