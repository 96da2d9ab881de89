/* SPDX-License-Identifier: MIT */
/* sha256sums of a release: one spelling, and no name that leads out. */
#include "measure/cmd/release/sums.h"

#include <errno.h>

#include "tests/lib/bytes.h"
#include "tests/lib/tap.h"

#define HEX "e6c596b17f8ffefba5c300f714cfb1260c6028704ecf7becc4ab5018efb00e95"

static const char *what;

/* Lines that are read; negative errno if one is refused. */
static int read_all(const char *text, size_t len)
{
	uint8_t *copy = exact_copy(text, len);
	struct span rest = span_of(copy, len);
	struct sum sum, next;
	int n = 0, r;

	what = "";
	while ((r = sums_next(&rest, n > 0 ? sum.name : NULL, &next, &what)) > 0) {
		sum = next;
		n++;
	}
	free(copy);
	return r < 0 ? r : n;
}

static void refused(const char *text, const char *why, const char *name)
{
	is_int(read_all(text, strlen(text)), -EBADMSG, name);
	if (!ok(strstr(what, why) != NULL, "and it says so"))
		printf("#   got \"%s\"\n", what);
}

#define LINE(name) HEX "  " name "\n"

static const char good[] = LINE("a") LINE("a.b") LINE("a/b") LINE("b/.c/..d/e") LINE("b/x");

static void test_good(void)
{
	struct span text = span_of(LINE("name"), strlen(LINE("name")));
	struct sum sum;
	char hex[HASH_HEX_MAX];

	is_int(read_all(good, strlen(good)), 5, "lines are read");
	is_int(read_all("", 0), 0, "none are none");
	is_int(sums_next(&text, NULL, &sum, &what), 1, "a line has");
	digest_hex(&sum.sha256, hex);
	is_str(hex, HEX, "a digest");
	is_str(sum.name, "name", "and a name");
	is_int(sums_next(&text, sum.name, &sum, &what), 0, "and it is the last");
}

static void test_prefixes(void)
{
	size_t line = 0;
	bool held = true;

	for (size_t n = 0; n < strlen(good); n++) {
		if (n > 0 && good[n - 1] == '\n')
			line = n;
		if (n == line)
			held &= read_all(good, n) >= 0;
		else if (n <= line + strlen(HEX "  "))
			held &= read_all(good, n) == -EBADMSG;
	}
	ok(held, "a prefix is refused, but at the end of a line or in a name");
}

/* What sha256sum reads as well. */
static void test_spellings(void)
{
	static const char upper[] =
		"E6C596B17F8FFEFBA5C300F714CFB1260C6028704ECF7BECC4AB5018EFB00E95";
	char line[128];

	is_int(read_all(HEX "  a", strlen(HEX "  a")), 1, "the last line may have no end");
	is_int(read_all(HEX "  a\r\n" HEX " *b\r\n", 2 * strlen(HEX "  a\r\n")), 2,
	       "lines may end in a carriage return too, and names have a mark");
	is_int(read_all("\n# c\n\r\n" LINE("a") "\n", strlen("\n# c\n\r\n" LINE("a") "\n")), 1,
	       "empty lines and comments are none");
	snprintf(line, sizeof(line), "%s  a\n", upper);
	is_int(read_all(line, strlen(line)), 1, "digits may be upper case");
	refused(LINE("a") HEX " *a\n", "twice", "a mark is no part of the name");
}

static void test_bad(void)
{
	char name[SUMS_NAME_MAX + 2], line[512];

	refused(LINE("/a"), "not below", "an absolute name");
	refused(LINE("../a"), "not below", "one that leads out");
	refused(LINE("a/../../b"), "not below", "in its middle");
	refused(LINE("a/.."), "not below", "or at its end");
	refused(LINE("./a"), "not below", "one that begins with a dot");
	refused(LINE("a//b"), "not below", "an empty part");
	refused(LINE("a/"), "not below", "a folder");
	refused(LINE(""), "empty", "no name");
	refused(LINE(" a"), "printable", "a space");
	refused(LINE("a\\nb"), "printable", "a backslash");
	refused(LINE("a\rb"), "printable", "a control character");
	refused(LINE("\xc3\xa9"), "printable", "a letter beyond ASCII");
	refused(LINE("a") LINE("a"), "twice", "a name given twice");
	refused(LINE("b") LINE("a"), "behind", "names out of order");
	refused(LINE("a/b") LINE("a.b"), "behind", "in the order of their bytes");
	refused(HEX " a\n", "hex digits", "one space");
	refused("\\" LINE("a"), "hex digits", "a name that is escaped");
	refused("E" LINE("a"), "hex digits", "a digit too many");
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = 0;
	snprintf(line, sizeof(line), HEX "  %s\n", name);
	refused(line, "longer than 255", "a name that is too long");
	snprintf(line, sizeof(line), HEX "  %s\n", name + 1);
	is_int(read_all(line, strlen(line)), 1, "(one less is not)");
	memcpy(line, "G6", 2);
	refused(line, "hex digits", "a digit that is none");
	ok(read_all(HEX "  a\0b\n", strlen(HEX) + 6) == -EBADMSG, "a name with a NUL");
}

int main(void)
{
	test_good();
	test_prefixes();
	test_spellings();
	test_bad();
	return tap_done();
}
