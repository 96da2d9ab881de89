/* SPDX-License-Identifier: MIT */
/* sums_next(): names ascend, none leads out, and what was read is the text again. */
#include "measure/cmd/sums.h"
#include "fuzz.h"

static bool leads_out(const char *name)
{
	char path[SUMS_NAME_MAX + 3];

	snprintf(path, sizeof(path), "/%s/", name);
	return strstr(path, "//") || strstr(path, "/./") || strstr(path, "/../");
}

static void is_written(const struct sum *sum, struct span line)
{
	char hex[HASH_HEX_MAX], text[HASH_HEX_MAX + SUMS_NAME_MAX + 4];

	digest_hex(&sum->sha256, hex);
	snprintf(text, sizeof(text), "%s  %s\n", hex, sum->name);
	require(is_same(span_of(text, strlen(text)), line));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = span_of(data, size), before = text;
	struct sum sum, last = { .name = "" };
	const char *what = NULL;
	int r;

	memset(&sum, FRESH, sizeof(sum));
	while ((r = sums_next(&text, last.name, &sum, &what)) > 0) {
		require(!what && strcmp(last.name, sum.name) < 0 && !leads_out(sum.name));
		is_written(&sum, span_of(before.p, before.left - text.left));
		before = text;
		last = sum;
		memset(&sum, FRESH, sizeof(sum));
	}
	require(is_same(before, text) && is_fresh(&sum, sizeof(sum)));
	require(r < 0 ? what && is_line(what) : !what && text.left == 0);
	return 0;
}
