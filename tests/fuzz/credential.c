/* SPDX-License-Identifier: MIT */
/* credential_parse() of the quoter: the TPM gets what was posted, cut up and not changed. */
#include "initramfs/quoter/credential.h"
#include "tests/fuzz/fuzz.h"
#include "tests/lib/tpmbytes.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct bytes again;
	static struct credential c;
	struct span input = span_of(data, size);

	memset(&c, FRESH, sizeof(c));
	if (credential_parse(input, &c) < 0) {
		require(is_fresh(&c, sizeof(c)));
		return 0;
	}
	require(c.object.size <= sizeof(c.object.credential) &&
		c.secret.size <= sizeof(c.secret.secret));
	require(c.hash_len == 32 || c.hash_len == 48);
	require(c.rsa_len == 0 || c.rsa_len == c.secret.size);
	require((c.rsa_len > 0) ==
		(c.secret.size == 8 * c.hash_len || (c.hash_len == 48 && c.secret.size == 512)));
	again.len = 0;
	put_be(&again, 0xbadcc0de, 4);
	put_be(&again, 1, 4);
	put_2b(&again, c.object.credential, c.object.size);
	put_2b(&again, c.secret.secret, c.secret.size);
	require(is_same(input, span_of(again.p, again.len)));
	return 0;
}
