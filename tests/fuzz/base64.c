/* SPDX-License-Identifier: MIT */
/* base64_decode() is strict: what it takes is what base64_encode() writes, and the other way. */
#include "measure/lib/base64.h"
#include "tests/fuzz/fuzz.h"

static void decode(const char *text, size_t len)
{
	size_t size = len / 4 * 3, n = SIZE_MAX, fits = SIZE_MAX;
	uint8_t *bytes = room(size + 1);
	char *again = room(base64_len(size) + 1);

	if (base64_decode(text, len, bytes, size, &n) < 0) {
		require(n == SIZE_MAX);
	} else {
		require(n <= size && base64_len(n) == len);
		base64_encode(bytes, n, again);
		require(!memcmp(again, text, len) && again[len] == 0);
		require(base64_decode(text, len, bytes, n, &fits) == 0 && fits == n);
		if (n > 0)
			require(base64_decode(text, len, bytes, n - 1, &fits) < 0 && fits == n);
	}
	free(again);
	free(bytes);
}

static void encode(const uint8_t *data, size_t size)
{
	size_t len = base64_len(size), n;
	char *text = room(len + 1);
	uint8_t *bytes = room(size + 1);

	base64_encode(data, size, text);
	require(strlen(text) == len);
	require(base64_decode(text, len, bytes, size, &n) == 0 && n == size);
	require(is_same(span_of(bytes, n), span_of(data, size)));
	free(bytes);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	decode((const char *)data, size);
	encode(data, size);
	return 0;
}
