/* SPDX-License-Identifier: MIT */
#include "measure/lib/plantext.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "tests/lib/tap.h"

static const char *write_text(const char *value)
{
	static char *text; /* exactly what it needs, for the sanitizer */

	free(text);
	text = malloc(PLANTEXT_MAX(strlen(value)));
	if (text)
		plantext_write(value, text);
	return text;
}

static int read_text(const char *text, const char **ret_value, const char **ret_why)
{
	static char *copy;

	free(copy);
	copy = strdup(text);
	*ret_value = copy;
	return copy ? plantext_read(copy, ret_why) : -ENOMEM;
}

static const struct {
	const char *value, *text;
} both[] = {
	{ "", "\\&" },
	{ "/bin/server", "/bin/server" },
	{ "two words, \"quoted\" ~", "two words, \"quoted\" ~" },
	{ "\\&", "\\\\&" },
	{ "\\", "\\\\" },
	{ "\\n", "\\\\n" },
	{ "a\nb", "a\\nb" },
	{ "\n", "\\n" },
	{ "a\tb", "a\\tb" },
	{ "a\rb", "a\\x0db" },
	{ "\x01\x7f\x80\xff", "\\x01\\x7f\\x80\\xff" },
	{ "mod\xc3\xa8le", "mod\\xc3\\xa8le" },
	{ " ", "\\x20" },
	{ "  ", "\\x20\\x20" },
	{ "   ", "\\x20 \\x20" },
	{ " a ", "\\x20a\\x20" },
	{ "A= ", "A=\\x20" },
	{ "a \n", "a \\n" },
};

static void test_both(void)
{
	for (size_t i = 0; i < sizeof(both) / sizeof(both[0]); i++) {
		const char *value, *why;

		is_str(write_text(both[i].value), both[i].text, both[i].text);
		is_int(read_text(both[i].text, &value, &why), 0, "  is read");
		is_str(value, both[i].value, "  and is what it was");
	}
}

static void test_refused(void)
{
	static const struct {
		const char *text;
		bool escape;
	} bad[] = {
		{ "\\", true },	      { "a\\", true },	  { "\\x", true },    { "\\x0", true },
		{ "\\x0g", true },    { "\\xA0", true },  { "\\x00", true },  { "a\\x00b", true },
		{ "\\a", true },      { "\\r", true },	  { "\\N", true },    { "\\012", true },
		{ "a\\&", true },     { "\\&a", true },	  { "\\&\\&", true }, { "\\x0a", false },
		{ "\\x09", false },   { "\\x41", false }, { "\\x5c", false }, { "\\x7e", false },
		{ "a\\x20b", false }, { " a", false },	  { "a ", false },    { "a\tb", false },
		{ "a\x80", false },   { "a\nb", false },  { "a\x7f", false },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const char *value, *why = "";

		is_int(read_text(bad[i].text, &value, &why), -EPROTO, bad[i].text);
		is_str(why,
		       bad[i].escape
			       ? "a backslash that begins none of \\\\ \\n \\t \\xHH"
			       : "a character that is written in another way (\\n, \\t, \\xHH or itself)",
		       "  and why");
	}
}

/* Every byte, at each place, is printable and comes back. */
static void test_bytes(void)
{
	size_t good = 0;

	for (int c = 1; c < 256; c++)
		for (size_t at = 0; at < 3; at++) {
			char value[] = "abc";
			const char *text, *back, *why;

			value[at] = (char)c;
			text = write_text(value);
			good += text &&
				text[strspn(
					text,
					" !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~")] ==
					'\0' &&
				read_text(text, &back, &why) == 0 && !strcmp(back, value);
		}
	is_int((int64_t)good, 3 * 255, "every byte but NUL, anywhere: printable, and back");
}

int main(void)
{
	test_both();
	test_refused();
	test_bytes();
	return tap_done();
}
