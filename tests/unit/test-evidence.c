/* SPDX-License-Identifier: MIT */
/* The form of evidence: what is not exactly that is refused, with the key named. */

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "tests/lib/machine.h"
#include "tests/lib/tap.h"

static struct machine m;

/* Parses; the error's text, or "" if it is taken. */
static const char *parse(const char *text, size_t len, int *ret)
{
	static struct rampart_error error;
	struct rampart_evidence *evidence = NULL;
	char *copy = (char *)exact_copy(text, len);

	error.text[0] = 0;
	*ret = rampart_evidence_parse(copy, len, &evidence, &error);
	if (*ret < 0 && evidence)
		ok(0, "an error leaves the output untouched");
	rampart_evidence_free(evidence);
	free(copy);
	return error.text;
}

static void refused_text(const char *text, size_t len, int want, const char *why, const char *name)
{
	const char *got;
	int r;

	got = parse(text, len, &r);
	is_int(r, want, name);
	if (!ok(strstr(got, why) != NULL, "and the error says so"))
		printf("#   got \"%s\"\n", got);
}

/* The evidence as m.json is now. */
static void refused(int want, const char *why, const char *name)
{
	char *text = json_dumps(m.json, 0);

	refused_text(text, strlen(text), want, why, name);
	free(text);
}

static void test_good(void)
{
	char *text;
	int r;

	machine_whole(&m);
	text = json_dumps(m.json, JSON_INDENT(2));
	is_str(parse(text, strlen(text), &r), "", "evidence is read");
	is_int(r, 0, "without an error");
	free(text);
}

/* Every key is needed, and none twice, and no other. */
static void test_keys(void)
{
	static const char *const paths[][2] = {
		{ "", "schema" },
		{ "", "ak" },
		{ "", "ek" },
		{ "", "pcrs" },
		{ "", "certificate" },
		{ "", "firmware_log" },
		{ "", "runtime_log" },
		{ "", "nonce" },
		{ "", "exporter" },
		{ "", "path" },
		{ "", "quote" },
		{ "", "signature" },
		{ "ak", "public" },
		{ "ak", "certificates" },
		{ "ek", "certificates" },
		{ "path", "size" },
		{ "path", "index" },
		{ "path", "siblings" },
	};
	int missing = 1, extra = 1, null = 1;

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		const char *in = paths[i][0], *key = paths[i][1], *error;
		json_t *object;
		char *text;
		int r;

		machine_whole(&m);
		object = *in ? json_object_get(m.json, in) : m.json;
		json_object_set_new(object, key, json_null());
		text = json_dumps(m.json, 0);
		error = parse(text, strlen(text), &r);
		null &= r < 0 && strstr(error, key) != NULL;
		free(text);
		json_object_del(object, key);
		text = json_dumps(m.json, 0);
		error = parse(text, strlen(text), &r);
		missing &= r < 0 && strstr(error, key) != NULL;
		free(text);
		machine_whole(&m);
		object = *in ? json_object_get(m.json, in) : m.json;
		json_object_set_new(object, "another", json_true());
		text = json_dumps(m.json, 0);
		error = parse(text, strlen(text), &r);
		extra &= r == -EPROTO && strstr(error, "another: unknown key") != NULL;
		free(text);
	}
	ok(missing, "a key that is missing is named");
	ok(null, "so is one without a value");
	ok(extra, "and one that nobody knows");
}

/* Escaped quotes end no string, escaped backslashes before a quote do. */
#define ESCAPED "{\"a\\\"[[[[[[[[\\\\\\\"[[[[[[[[\": 1}"
#define PAIRS	"[\"\\\\\",\n[[[[[[[["
#define OPEN	"[\"[[[[[[[[\\\""

static void test_json(void)
{
	char *text, *twice, *huge = alloc((4 << 20) + 1);
	char deep[64];

	machine_whole(&m);
	text = json_dumps(m.json, 0);
	twice = alloc(strlen(text) + 64);
	sprintf(twice, "{\"quote\":\"\",%s", text + 1);
	refused_text(twice, strlen(twice), -EBADMSG, "duplicate", "a key given twice");
	sprintf(twice, "%s{}", text);
	refused_text(twice, strlen(twice), -EBADMSG, "not JSON", "something after it");
	refused_text(text, strlen(text) / 2, -EBADMSG, "not JSON", "half of it");
	memset(deep, '[', sizeof(deep));
	refused_text(deep, sizeof(deep), -EFBIG, "nested deeper", "deep nesting");
	refused_text(ESCAPED, strlen(ESCAPED), -ENOTSUP, "schema", "nesting in a string is none");
	refused_text(PAIRS, strlen(PAIRS), -EFBIG, "line 2: nested deeper", "but behind one it is");
	refused_text(OPEN, strlen(OPEN), -EBADMSG, "not JSON", "nor in a string without an end");
	memset(huge, ' ', (4 << 20) + 1);
	refused_text(huge, (4 << 20) + 1, -EFBIG, "more than", "more than 4 MiB");
	refused_text("", 0, -EBADMSG, "not JSON", "nothing");
	refused_text("[]", 2, -ENOTSUP, "schema", "a list");
	json_object_set_new(m.json, "schema", json_string("rampart-evidence/3"));
	refused(-ENOTSUP, "schema", "another version");
	json_object_set_new(m.json, "schema", json_string("rampart-evidence/2"));
	refused(-EPROTO, "ak: unknown key", "the second edition with a key of the first");
	free(huge);
	free(twice);
	free(text);
}

/* In how many strings and numbers two values differ; many if their keys and lists do. */
static size_t count_differing(const json_t *a, const json_t *b)
{
	enum { MANY = 1000 };
	const char *key;
	json_t *value;
	size_t i, n = 0;

	if (json_typeof(a) != json_typeof(b) || json_object_size(a) != json_object_size(b) ||
	    json_array_size(a) != json_array_size(b))
		return MANY;
	json_object_foreach((json_t *)(uintptr_t)a, key, value)
	{
		const json_t *other = json_object_get(b, key);

		n += other ? count_differing(value, other) : MANY;
	}
	json_array_foreach(a, i, value)
	{
		n += count_differing(value, json_array_get(b, i));
	}
	return json_is_object(a) || json_is_array(a) ? n : !json_equal(a, b);
}

/* Whether text is the machine's evidence but for one string or one number. */
static bool is_one_value_away(const char *text, size_t len)
{
	json_t *json = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
	bool is = json && count_differing(m.json, json) <= 1;

	json_decref(json);
	return is;
}

/*
 * Every prefix, and bytes changed: each is refused, or is evidence as it is written, in which one
 * string is another (base64 of other bytes, another digit of a PCR, a number of the path).
 */
static void test_mutations(void)
{
	bool held = true, read = true, same = true;
	const char *why;
	int r;
	size_t len;
	char *text;

	machine_whole(&m);
	text = json_dumps(m.json, 0);
	len = strlen(text);
	for (size_t n = 0; n < len; n += n < 600 ? 1 : 97) {
		parse(text, n, &r);
		held &= r < 0;
	}
	ok(held, "a prefix is refused");
	for (size_t i = 0; i < len; i += 7) {
		char kept = text[i];

		text[i] = (char)(kept ^ 0x15);
		why = parse(text, len, &r);
		read &= r == 0 || (r < 0 && *why && !strchr(why, '\n'));
		same &= r < 0 || is_one_value_away(text, len);
		text[i] = kept;
	}
	ok(read, "a changed byte is read, or refused in one line that says why");
	ok(same, "and where it is read, one value is another");
	free(text);
}

static void test_base64(void)
{
	char big[24 * 1024];

	machine_whole(&m);
	json_object_set_new(m.json, "quote", json_string("QUJ"));
	refused(-EPROTO, "quote: not base64", "base64 without its padding");
	machine_whole(&m);
	json_object_set_new(m.json, "quote", json_string("QUJD\nQUJD"));
	refused(-EPROTO, "quote: not base64", "base64 with a newline");
	machine_whole(&m);
	json_object_set_new(m.json, "nonce", json_string("QUJD"));
	refused(-EPROTO, "nonce: not 32 bytes", "a nonce that is too short");
	machine_whole(&m);
	memset(big, 'A', sizeof(big));
	json_object_set_new(m.json, "certificate", json_stringn(big, sizeof(big)));
	refused(-EFBIG, "certificate: more than", "a certificate that is too long");
	machine_whole(&m);
	json_object_set_new(m.json, "exporter", json_integer(1));
	refused(-EPROTO, "exporter: not a string", "a number in place of text");
}

static void test_pcrs(void)
{
	json_t *bank;

	machine_whole(&m);
	bank = json_object_get(json_object_get(m.json, "pcrs"), "sha256");
	json_array_remove(bank, 15);
	refused(-EPROTO, "pcrs.sha256: not a list of 16", "15 PCRs");
	json_array_append_new(bank, json_string("00"));
	refused(-EPROTO, "pcrs.sha256: a value", "a value that is too short");
	json_array_set_new(
		bank, 15,
		json_string("000000000000000000000000000000000000000000000000000000000000000A"));
	refused(-EPROTO, "pcrs.sha256: a value", "hex in upper case");
	machine_whole(&m);
	json_object_set_new(json_object_get(m.json, "pcrs"), "sha1", json_array());
	refused(-EPROTO, "ascending", "banks in another order");
	machine_whole(&m);
	json_object_set_new(json_object_get(m.json, "pcrs"), "sm3_256", json_array());
	refused(-EPROTO, "unknown bank", "an unknown bank");
	machine_whole(&m);
	json_object_clear(json_object_get(m.json, "pcrs"));
	refused(-EPROTO, "pcrs: not an object", "no bank");
}

static void test_lists(void)
{
	json_t *list;

	machine_whole(&m);
	list = json_object_get(json_object_get(m.json, "ak"), "certificates");
	for (size_t i = 0; i < 8; i++)
		json_array_append_new(list, json_string("QUJD"));
	refused(-EFBIG, "ak.certificates: more than 8", "too many certificates");
	machine_whole(&m);
	list = json_object_get(json_object_get(m.json, "path"), "siblings");
	for (size_t i = 0; i < 12; i++)
		json_array_append(list, json_array_get(list, 0));
	refused(-EFBIG, "path.siblings: more than 12", "too long a path");
	machine_whole(&m);
	json_object_set_new(json_object_get(m.json, "path"), "index", json_integer(-1));
	refused(-EPROTO, "path.index", "an index below zero");
	machine_whole(&m);
	json_object_set_new(json_object_get(m.json, "path"), "size", json_integer(1ll << 32));
	refused(-EPROTO, "path.size", "a size of 33 bits");
	machine_whole(&m);
	json_object_set_new(json_object_get(m.json, "path"), "size", json_real(5));
	refused(-EPROTO, "path.size", "a size with a point");
}

/* Numbers that wrap, or are rounded, when a reader has no room for them. */
static void test_large_numbers(void)
{
	static const char *const sizes[] = { "18446744073709551616",
					     "18446744073709551621",
					     "9223372036854775809",
					     "-18446744073709551611",
					     "5e0",
					     "1e999" };

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		char *text, *lie, *at;

		machine_whole(&m);
		json_object_set_new(json_object_get(m.json, "path"), "size", json_integer(123456));
		text = json_dumps(m.json, 0);
		at = strstr(text, "123456");
		must(at);
		lie = alloc(strlen(text) + 32);
		(void)sprintf(lie, "%.*s%s%s", (int)(at - text), text, sizes[i], at + 6);
		refused_text(lie, strlen(lie), -EPROTO, "path.size", "a size past all bounds");
		free(lie);
		free(text);
	}
}

int main(void)
{
	make_pki();
	test_good();
	test_keys();
	test_json();
	test_mutations();
	test_base64();
	test_pcrs();
	test_lists();
	test_large_numbers();
	machine_done(&m);
	free_pki();
	return tap_done();
}
