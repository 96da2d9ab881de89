/* SPDX-License-Identifier: MIT */
#include "tests/lib/signatures.h"

#include "tests/lib/bytes.h"
#include "tests/lib/tap.h"

struct fixture fixture(const char *name)
{
	struct fixture f = { 0 };
	char path[128];

	snprintf(path, sizeof(path), SIGNATURES "%s", name);
	f.text = (char *)slurp(path, &f.len);
	if (!f.text)
		abort();
	if (strstr(name, ".pub"))
		f.len--;
	f.text[f.len] = 0;
	return f;
}

struct span bytes_of(const struct fixture *f)
{
	return span_of(f->text, f->len);
}

void refused(int got, int want, const struct rampart_error *error, const char *why,
	     const char *name)
{
	is_int(got, want, name);
	if (!ok(strstr(error->text, why) != NULL, "and the error says so"))
		printf("#   got \"%s\"\n", error->text);
}
