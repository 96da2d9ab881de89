/* SPDX-License-Identifier: MIT */
/* The list sha256sums of a release: paths that stay below its folder, each of them found again. */
#include "measure/cmd/sums.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = room(size + 1);
	struct sums sums;
	size_t line;

	memcpy(text, data, size);
	text[size] = 0;
	memset(&sums, FRESH, sizeof(sums));
	if (sums_parse(text, size, &sums, &line) < 0) {
		require(is_fresh(&sums, sizeof(sums)));
		require(line > 0);
		free(text);
		return 0;
	}
	require(sums.n > 0);
	for (size_t i = 0; i < sums.n; i++) {
		require(sums.file[i].path[0] != '/');
		require(strncmp(sums.file[i].path, "../", 3) != 0);
		require(!strstr(sums.file[i].path, "/../"));
		require(sums_find(&sums, sums.file[i].path) == &sums.file[i]);
	}
	sums_done(&sums);
	return 0;
}
