/* SPDX-License-Identifier: MIT */
/* sshsig_parse(): what is refused leaves no trace, and what is read is in its bounds. */
#include "measure/verify/signature/sshsig.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rampart_error error = { "" };
	struct sshsig sig;

	memset(&sig, FRESH, sizeof(sig));
	if (sshsig_parse((const char *)data, size, &sig, &error) < 0) {
		require(error.text[0] && is_line(error.text));
		require(is_fresh(&sig, sizeof(sig)));
		return 0;
	}
	require(size <= SSHSIG_SIZE_MAX);
	require(memchr(sig.namespace, 0, sizeof(sig.namespace)) && is_line(sig.namespace));
	require(sig.hash == HASH_SHA256 || sig.hash == HASH_SHA512);
	require(signkey_check(&sig.key, NULL) == 0);
	/* Nobody can sign what the fuzzer does not know to be signed. */
	require(sshsig_verify(&sig, sig.namespace, span_of("other", 5), &error) < 0);
	require(sshsig_verify(&sig, "rampart-golden", span_of("other", 5), &error) < 0);
	require(is_line(error.text));
	return 0;
}
