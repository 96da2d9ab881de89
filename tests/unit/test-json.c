/* SPDX-License-Identifier: MIT */
/* The two readers of JSON: each case is given to both, and they must say the same of it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "measure/record/jsonparse.h"
#include "measure/record/jsonread.h"
#include "measure/record/jsonwire.h"
#include "tests/lib/bytes.h"
#include "tests/lib/tap.h"

#define DEPTH 4

struct test {
	const char *text;
	size_t len; /* 0: all of text */
	int want;
	const char *line; /* how the error begins */
	const char *name;
};

static const struct test tests[] = {
	{ "{\"a\":[1,-2,0,1.5e3,true,false,null,{}],\"b\":\"\\u00e9\\ud83d\\ude00\"}", 0, 0, "",
	  "all kinds of values" },
	{ " \t\r\n[ ]\n", 0, 0, "", "blanks around" },
	{ "[\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"]", 0, 0, "", "UTF-8" },
	{ "{\"\":1,\"a\":{\"a\":2}}", 0, 0, "", "the same key in another object" },
	{ "[9223372036854775807,-9223372036854775808,-0]", 0, 0, "", "whole numbers of 64 bits" },
	{ "[[[[1]]]]", 0, 0, "", "as deep as can be" },
	{ "[[[\n[[1]]]]]", 0, -EFBIG, "line 2: nested deeper", "deeper" },
	{ "[[[[[", 0, -EFBIG, "line 1: nested deeper", "deeper, and not JSON" },
	{ "", 0, -EBADMSG, "line 1: not JSON", "nothing" },
	{ " ", 0, -EBADMSG, "line 1: not JSON", "a blank" },
	{ "\"text\"", 0, -EBADMSG, "line 1: not JSON", "a text alone" },
	{ "1", 0, -EBADMSG, "line 1: not JSON", "a number alone" },
	{ "\xef\xbb\xbf[]", 0, -EBADMSG, "line 1: not JSON", "a byte order mark" },
	{ "{\"a\":1,\n\"b\":2,\n\"a\":3}", 0, -EBADMSG, "line 3: not JSON: duplicate",
	  "a key given twice" },
	{ "[{\"a\":1,\"\\u0061\":3}]", 0, -EBADMSG, "line 1: not JSON: duplicate",
	  "twice, if escaped" },
	{ "[1,\n\"a\\u0000b\"]", 0, -EBADMSG, "line 2: not JSON", "an escaped NUL in a text" },
	{ "{\n\"a\\u0000b\":1}", 0, -EBADMSG, "line 2: not JSON", "an escaped NUL in a key" },
	{ "[\"a\0b\"]", 7, -EBADMSG, "line 1: not JSON", "a NUL in a text" },
	{ "[\n12\0]", 6, -EBADMSG, "line 2: not JSON", "a NUL behind a number" },
	{ "[]\0", 3, -EBADMSG, "line 1: not JSON", "a NUL at the end" },
	{ "[]\n{}", 0, -EBADMSG, "line 2: not JSON", "a second value" },
	{ "[1,]", 0, -EBADMSG, "line 1: not JSON", "a comma too many" },
	{ "{\"a\":1,}", 0, -EBADMSG, "line 1: not JSON", "a comma too many in an object" },
	{ "[1 /* */]", 0, -EBADMSG, "line 1: not JSON", "a comment" },
	{ "['a']", 0, -EBADMSG, "line 1: not JSON", "other quotes" },
	{ "{a:1}", 0, -EBADMSG, "line 1: not JSON", "a key without quotes" },
	{ "{1:1}", 0, -EBADMSG, "line 1: not JSON", "a number as key" },
	{ "[NaN]", 0, -EBADMSG, "line 1: not JSON", "no number" },
	{ "[-Infinity]", 0, -EBADMSG, "line 1: not JSON", "infinity" },
	{ "[True]", 0, -EBADMSG, "line 1: not JSON", "another literal" },
	{ "[01]", 0, -EBADMSG, "line 1: not JSON", "a leading zero" },
	{ "[+1]", 0, -EBADMSG, "line 1: not JSON", "a plus" },
	{ "[1.]", 0, -EBADMSG, "line 1: not JSON", "no digit behind the point" },
	{ "[.5]", 0, -EBADMSG, "line 1: not JSON", "none before it" },
	{ "[1e]", 0, -EBADMSG, "line 1: not JSON", "no exponent" },
	{ "[0x10]", 0, -EBADMSG, "line 1: not JSON", "hex" },
	{ "[\n\"\\ud800\"]", 0, -EBADMSG, "line 2: not JSON", "half a surrogate pair" },
	{ "[\"\\udc00\\ud800\"]", 0, -EBADMSG, "line 1: not JSON", "one the wrong way round" },
	{ "[\"\xed\xa0\x80\"]", 0, -EBADMSG, "line 1: not JSON", "a surrogate in UTF-8" },
	{ "[\"\xc0\xaf\"]", 0, -EBADMSG, "line 1: not JSON", "overlong UTF-8" },
	{ "[\"\xf4\x90\x80\x80\"]", 0, -EBADMSG, "line 1: not JSON", "past the end of Unicode" },
	{ "[\"\xe2\x82\"]", 0, -EBADMSG, "line 1: not JSON", "UTF-8 cut short" },
	{ "[\"\x80\"]", 0, -EBADMSG, "line 1: not JSON", "no UTF-8" },
	{ "[\"\t\"]", 0, -EBADMSG, "line 1: not JSON", "a control character in a text" },
	{ "[\"\\x41\"]", 0, -EBADMSG, "line 1: not JSON", "an unknown escape" },
	{ "[\"\\u12g4\"]", 0, -EBADMSG, "line 1: not JSON", "a malformed escape" },
	{ "[\f1]", 0, -EBADMSG, "line 1: not JSON", "another blank" },
	{ "[1", 0, -EBADMSG, "line 1: not JSON", "a list without an end" },
	{ "[1}", 0, -EBADMSG, "line 1: not JSON", "one that ends as an object" },
};

static int read_by_jansson(const char *text, size_t len, struct rampart_error *error)
{
	json_t *json = NULL;
	int r = jsonread(text, len, DEPTH, &json, error);

	if ((r == 0) != (json != NULL))
		ok(0, "an error leaves the output untouched");
	json_decref(json);
	return r;
}

static int read_by_yyjson(const char *text, size_t len, struct rampart_error *error)
{
	yyjson_doc *doc = NULL;
	int r = jsonwire(text, len, DEPTH, &doc, error);

	if ((r == 0) != (doc != NULL))
		ok(0, "an error leaves the output untouched");
	yyjson_doc_free(doc);
	return r;
}

static void test_one(const struct test *t,
		     int (*read)(const char *text, size_t len, struct rampart_error *error),
		     const char *reader)
{
	size_t len = t->len ? t->len : strlen(t->text);
	char *copy = (char *)exact_copy(t->text, len), name[128];
	struct rampart_error error = { "" };
	int r = read(copy, len, &error);

	(void)snprintf(name, sizeof(name), "%s: %s", reader, t->name);
	is_int(r, t->want, name);
	if (!ok(!strncmp(error.text, t->line, strlen(t->line)), name))
		printf("#   got \"%s\"\n", error.text);
	free(copy);
}

/* Every prefix of good JSON is bad. */
static void test_prefixes(void)
{
	const char *text = tests[0].text;
	struct rampart_error error;
	int held = 1;

	for (size_t n = 0; n < strlen(text); n++) {
		char *copy = (char *)exact_copy(text, n);

		held &= read_by_jansson(copy, n, &error) == -EBADMSG;
		held &= read_by_yyjson(copy, n, &error) == -EBADMSG;
		free(copy);
	}
	ok(held, "both: every prefix is an error");
}

/* Those of more than 64 bits are JSON on the wire, and whole numbers nowhere. */
static void test_large_numbers(void)
{
	static const char *const text[] = { "[18446744073709551616]", "[-9223372036854775809]",
					    "[123456789012345678901234567890]", "[1e999]" };
	struct rampart_error error;

	for (size_t i = 0; i < sizeof(text) / sizeof(text[0]); i++) {
		yyjson_doc *doc = NULL;
		yyjson_val *value;
		char *printed;

		is_int(read_by_jansson(text[i], strlen(text[i]), &error), -EBADMSG,
		       "jsonread: has no room for larger numbers");
		must(jsonwire(text[i], strlen(text[i]), DEPTH, &doc, &error) == 0);
		value = yyjson_arr_get_first(yyjson_doc_get_root(doc));
		printed = jsonparse_print(yyjson_doc_get_root(doc));
		ok(yyjson_is_raw(value) && !yyjson_is_int(value) && !yyjson_is_num(value),
		   "jsonwire: takes one for no number");
		is_str(printed, text[i], "and prints it as it was");
		free(printed);
		yyjson_doc_free(doc);
	}
}

/* n keys, or with twice the last one again. */
static char *object_of(size_t n, int twice)
{
	char *text = alloc(16 * n + 32), *end = text;

	for (size_t i = 0; i < n; i++)
		end += sprintf(end, "%s\"k%zu\":1\n", i > 0 ? "," : "{", i);
	if (twice)
		end += sprintf(end, ",\"k%zu\":1", n - 1);
	(void)sprintf(end, "}");
	return text;
}

static void test_many_keys(void)
{
	static const struct {
		size_t n;
		int twice, want;
		const char *line;
	} cases[] = {
		{ JSONWIRE_KEYS_MAX, 0, 0, "" },
		{ JSONWIRE_KEYS_MAX - 1, 1, -EBADMSG, "line 64: not JSON: duplicate" },
		{ JSONWIRE_KEYS_MAX + 1, 0, -EFBIG, "line 65: an object of too many keys" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *text = object_of(cases[i].n, cases[i].twice);
		struct rampart_error error = { "" };

		is_int(read_by_yyjson(text, strlen(text), &error), cases[i].want,
		       "jsonwire: as many keys as can be, and one more");
		ok(!strncmp(error.text, cases[i].line, strlen(cases[i].line)), "with its line");
		free(text);
	}
}

/* The same rules of keys, and the same words. */
static void test_keys(void)
{
	static const char *const keys[] = { "a", "b", NULL };
	static const char *const text[] = { "{\"a\":1}", "{\"b\":1,\"a\":1}",
					    "{\"b\":1}", "{\"a\":1,\"c\":1}",
					    "[]",	 "{}" };
	static const char *const names[] = { "", "outer" };

	for (size_t i = 0; i < 2 * sizeof(text) / sizeof(text[0]); i++) {
		struct rampart_error read_error = { "" }, wire_error = { "" };
		const char *in = text[i / 2], *name = names[i % 2];
		yyjson_doc *doc = NULL;
		json_t *json = NULL;
		int want = i < 4 ? 0 : -EPROTO;

		must(jsonread(in, strlen(in), DEPTH, &json, &read_error) == 0);
		must(jsonwire(in, strlen(in), DEPTH, &doc, &wire_error) == 0);
		is_int(jsonread_keys(json, name, keys, 1, &read_error), want, in);
		is_int(jsonwire_keys(yyjson_doc_get_root(doc), name, keys, 1, &wire_error), want,
		       in);
		is_str(wire_error.text, read_error.text, "keys: both say the same");
		ok((read_error.text[0] != 0) == (want < 0), "keys: and why");
		json_decref(json);
		yyjson_doc_free(doc);
	}
	is_int(jsonwire_keys(NULL, "x", keys, 1, NULL), -EPROTO, "keys: nothing is no object");
}

int main(void)
{
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		test_one(&tests[i], read_by_jansson, "jsonread");
		test_one(&tests[i], read_by_yyjson, "jsonwire");
	}
	test_prefixes();
	test_large_numbers();
	test_many_keys();
	test_keys();
	return tap_done();
}
