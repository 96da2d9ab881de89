/* SPDX-License-Identifier: MIT */
#include "measure/cmd/release/sums.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "measure/record/lines.h"

#define HEX_LEN 64

/* Parts of a path that lead nowhere, back, or to where something else begins. */
static bool leads_out(const char *name)
{
	for (;;) {
		size_t len = strcspn(name, "/");

		if (len == 0 || (len == 1 && name[0] == '.') ||
		    (len == 2 && name[0] == '.' && name[1] == '.'))
			return true;
		if (!name[len])
			return false;
		name += len + 1;
	}
}

static bool is_printable(struct span name)
{
	for (size_t i = 0; i < name.left; i++)
		if (name.p[i] <= 0x20 || name.p[i] >= 0x7f || name.p[i] == '\\')
			return false;
	return true;
}

/* The name of a line; what is wrong with it, or NULL. */
static const char *read_name(struct span bytes, const char *before, struct sum *sum)
{
	int order;

	if (bytes.left == 0 || bytes.left > SUMS_NAME_MAX)
		return "a name that is empty or longer than 255 bytes";
	if (!is_printable(bytes))
		return "a name with a character that is not printable, a space or a backslash";
	memcpy(sum->name, bytes.p, bytes.left);
	sum->name[bytes.left] = 0;
	if (leads_out(sum->name))
		return "a name that is not below the folder: absolute, or with an empty, \".\" or \"..\" part";
	order = before ? strcmp(before, sum->name) : -1;
	if (order == 0)
		return "a file that is listed twice";
	return order > 0 ? "a name that is not behind the one before it" : NULL;
}

static const char *read_line(struct span line, const char *before, struct sum *sum)
{
	struct span hex, gap;
	char lower[HEX_LEN];

	if (span_take(&line, HEX_LEN, &hex) < 0 || span_take(&line, 2, &gap) < 0 ||
	    (memcmp(gap.p, "  ", 2) != 0 && memcmp(gap.p, " *", 2) != 0))
		return "not 64 hex digits, two spaces and a name";
	for (size_t i = 0; i < HEX_LEN; i++)
		lower[i] = (char)(hex.p[i] >= 'A' && hex.p[i] <= 'F' ? hex.p[i] | 0x20 : hex.p[i]);
	if (digest_from_hex(HASH_SHA256, lower, HEX_LEN, &sum->sha256) < 0)
		return "not 64 hex digits, two spaces and a name";
	return read_name(line, before, sum);
}

int sums_next(struct span *text, const char *before, struct sum *ret_sum, const char **ret_what)
{
	struct span rest = *text, line = { 0 };
	const char *what;
	struct sum sum;

	do {
		*text = rest;
		if (!lines_next(&rest, &line))
			return 0;
	} while (line.left == 0 || *line.p == '#');
	what = read_line(line, before, &sum);
	if (what) {
		*ret_what = what;
		return -EBADMSG;
	}
	*ret_sum = sum;
	*text = rest;
	return 1;
}
