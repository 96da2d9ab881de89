/* SPDX-License-Identifier: MIT */
/*
 * minisig_parse() and minisig_key_parse(): what is refused leaves no trace, the rest is in bounds.
 */
#include "measure/verify/signature/minisig.h"
#include "tests/fuzz/fuzz.h"

static void try_key(const uint8_t *data, size_t size)
{
	struct rampart_error error = { "" };
	struct digest fingerprint;
	struct minisig_key key;

	memset(&key, FRESH, sizeof(key));
	memset(&fingerprint, FRESH, sizeof(fingerprint));
	if (minisig_key_parse((const char *)data, size, &key, &fingerprint, &error) < 0) {
		require(error.text[0] && is_line(error.text));
		require(is_fresh(&key, sizeof(key)) && is_fresh(&fingerprint, sizeof(fingerprint)));
		return;
	}
	require(size >= 56 && signkey_check(&key.key, NULL) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct signkey key = { .type = SIGNKEY_ED25519, .bytes = { 9 } };
	struct rampart_error error = { "" };
	struct minisig sig;

	try_key(data, size);
	memset(&sig, FRESH, sizeof(sig));
	if (minisig_parse((const char *)data, size, &sig, &error) < 0) {
		require(error.text[0] && is_line(error.text));
		require(is_fresh(&sig, sizeof(sig)));
		return 0;
	}
	require(size <= MINISIG_SIZE_MAX && is_inside(sig.comment, span_of(data, size)));
	require(minisig_verify(&sig, &key, "rampart-golden", span_of("other", 5), &error) < 0);
	return 0;
}
