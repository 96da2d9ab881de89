/* SPDX-License-Identifier: MIT */
/* The codes of checks are a promise: rampart-checks(7) explains each of them, and no other. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure/rampart.h"
#include "tests/lib/tap.h"

#define PAGE "measure/man/rampart-checks.7.scd"

/* The page, without what scdoc wants escaped. */
static char *read_page(void)
{
	FILE *file = fopen(PAGE, "r");
	char *page = calloc(1, 1 << 16), *to = page;
	size_t len;

	must(file && page);
	len = fread(page, 1, (1 << 16) - 1, file);
	must(len > 0 && fclose(file) == 0);
	for (const char *from = page; *from; from++)
		if (*from != '\\')
			*to++ = *from;
	*to = 0;
	return page;
}

static bool is_code(const char *name, size_t len)
{
	for (const char *const *code = rampart_check_codes(); *code; code++)
		if (strlen(*code) == len && !strncmp(*code, name, len))
			return true;
	return false;
}

int main(void)
{
	char *page = read_page(), *end = strstr(page, "\n# OF A RELEASE\n"), entry[96];

	must(end != NULL);
	*end = 0;
	for (const char *const *code = rampart_check_codes(); *code; code++) {
		snprintf(entry, sizeof(entry), "\n*%s*\n\t", *code);
		ok(strstr(page, entry) != NULL, *code);
	}
	for (char *at = page; (at = strstr(at, "\n*")); at++) {
		size_t len = strcspn(at + 2, "*\n");

		if (!strncmp(at + 2 + len, "*\n\t", 3) && !is_code(at + 2, len))
			ok(0, at);
	}
	ok(1, "and nothing else");
	free(page);
	return tap_done();
}
