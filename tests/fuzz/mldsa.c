/* SPDX-License-Identifier: MIT */
/* mldsa_key_parse() and mldsa_parse(): what is refused leaves no trace; a key that is read is a key. */
#include "measure/verify/signature/mldsa.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t signature[SIGNKEY_MLDSA65_SIG_LEN];
	struct rampart_error error = { "" };
	struct digest fingerprint;
	struct signkey key;

	memset(&key, FRESH, sizeof(key));
	memset(&fingerprint, FRESH, sizeof(fingerprint));
	memset(signature, FRESH, sizeof(signature));
	if (mldsa_key_parse((const char *)data, size, &key, &fingerprint, &error) < 0) {
		require(error.text[0] && is_line(error.text));
		require(is_fresh(&key, sizeof(key)) && is_fresh(&fingerprint, sizeof(fingerprint)));
	} else {
		require(key.type == SIGNKEY_MLDSA65 && signkey_check(&key, NULL) == 0);
	}
	error.text[0] = 0;
	if (mldsa_parse((const char *)data, size, signature, &error) < 0) {
		require(error.text[0] && is_line(error.text));
		require(is_fresh(signature, sizeof(signature)));
	}
	return 0;
}
