/* SPDX-License-Identifier: MIT */
/* rampart_version_compare() is an order: no version can be older and newer than another. */
#include "measure/rampart.h"
#include "tests/fuzz/fuzz.h"

static int sign(int n)
{
	return (n > 0) - (n < 0);
}

static int compare(const char *a, const char *b)
{
	return sign(rampart_version_compare(a, b));
}

/* Three versions, with a NUL or a newline between. */
static void split(char *text, size_t len, const char *ret_versions[static 3])
{
	size_t n = 0;

	ret_versions[0] = text;
	ret_versions[1] = ret_versions[2] = text + len;
	for (size_t i = 0; i < len && n < 2; i++)
		if (text[i] == '\n' || text[i] == 0) {
			text[i] = 0;
			ret_versions[++n] = text + i + 1;
		}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = room(size + 1);
	const char *v[3];

	memcpy(text, data, size);
	text[size] = 0;
	split(text, size, v);
	for (size_t i = 0; i < 3; i++) {
		require(compare(v[i], v[i]) == 0);
		for (size_t k = 0; k < 3; k++) {
			size_t other = 3 - i - k;

			require(compare(v[i], v[k]) == -compare(v[k], v[i]));
			if (i == k)
				continue;
			if (compare(v[i], v[k]) <= 0 && compare(v[k], v[other]) <= 0)
				require(compare(v[i], v[other]) <= 0);
			if (compare(v[i], v[k]) < 0 && compare(v[k], v[other]) <= 0)
				require(compare(v[i], v[other]) < 0);
		}
	}
	free(text);
	return 0;
}
