/* SPDX-License-Identifier: MIT */
/* sums_next(): names ascend, none leads out, and what was read is what the text says. */
#include "measure/cmd/release/sums.h"
#include "tests/fuzz/fuzz.h"

static bool leads_out(const char *name)
{
	char path[SUMS_NAME_MAX + 3];

	snprintf(path, sizeof(path), "/%s/", name);
	return strstr(path, "//") || strstr(path, "/./") || strstr(path, "/../");
}

/* The last line of what was read, in other spellings of digits, mark and end. */
static void is_written(const struct sum *sum, struct span lines)
{
	char hex[HASH_HEX_MAX];
	size_t len;

	while (lines.left > 0 &&
	       (lines.p[lines.left - 1] == '\n' || lines.p[lines.left - 1] == '\r'))
		lines.left--;
	len = strlen(sum->name);
	digest_hex(&sum->sha256, hex);
	require(lines.left >= strlen(hex) + 2 + len);
	lines = span_of(lines.p + lines.left - strlen(hex) - 2 - len, strlen(hex) + 2 + len);
	for (size_t i = 0; i < strlen(hex); i++)
		require((lines.p[i] >= 'A' && lines.p[i] <= 'F' ? lines.p[i] | 0x20 : lines.p[i]) ==
			(uint8_t)hex[i]);
	require(!memcmp(lines.p + strlen(hex), "  ", 2) || !memcmp(lines.p + strlen(hex), " *", 2));
	require(!memcmp(lines.p + strlen(hex) + 2, sum->name, len));
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
	require(is_inside(text, before) && is_fresh(&sum, sizeof(sum)));
	require(r < 0 ? what && is_line(what) : !what && text.left == 0);
	return 0;
}
