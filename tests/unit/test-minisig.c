/* SPDX-License-Identifier: MIT */
/* minisign's signatures: those of the real one hold, and nothing that is not exactly one does. */
#include "measure/verify/signature/minisig.h"

#include <errno.h>

#include "measure/lib/base64.h"
#include "tests/lib/signatures.h"

#define GOLDEN "rampart-golden"

static struct fixture text;
static struct minisig_key key;
static struct rampart_error error;

/* Form and signature, over the text of the fixtures. */
static int check(const void *p, size_t len)
{
	char *copy = (char *)exact_copy(p, len);
	struct minisig sig;
	int r;

	error.text[0] = 0;
	r = minisig_parse(copy, len, &sig, &error);
	if (r == 0)
		r = minisig_verify(&sig, &key.key, GOLDEN, bytes_of(&text), &error);
	free(copy);
	return r;
}

static int check_fixture(const char *name)
{
	struct fixture f = fixture(name);
	int r = check(f.text, f.len);

	free(f.text);
	return r;
}

static void test_real(void)
{
	is_int(check_fixture("minisign.minisig"), 0, "a signature of minisign holds");
	is_int(check_fixture("minisign-legacy.minisig"), 0, "also a legacy one");
	refused(check_fixture("minisign-release.minisig"), -EPROTO, &error,
		"does not begin with \"rampart-golden\"", "one for something else does not count");
	refused(check_fixture("minisign-file.minisig"), -EPROTO, &error, "does not begin with",
		"nor one with minisign's own comment");
	text.text[3] ^= 1;
	refused(check_fixture("minisign.minisig"), -EPROTO, &error, "not one of these bytes",
		"one over other bytes does not hold");
	is_int(check_fixture("minisign-legacy.minisig"), -EPROTO, "legacy or not");
	text.text[3] ^= 1;
}

static void test_prefixes(void)
{
	struct fixture f = fixture("minisign.minisig");
	bool held = true;

	for (size_t n = 0; n + 1 < f.len; n++) {
		char *copy = (char *)exact_copy(f.text, n);
		struct minisig sig, before;

		memset(&sig, 0xa5, sizeof(sig));
		before = sig;
		held &= minisig_parse(copy, n, &sig, NULL) == -EBADMSG &&
			!memcmp(&sig, &before, sizeof(sig));
		free(copy);
	}
	ok(held, "no prefix is a signature, and nothing is touched");
	free(f.text);
}

/* Every byte but those of the untrusted comment, and the id, which only helps to find the key. */
static void test_flips(const char *name, const char *sentence)
{
	struct fixture f = fixture(name);
	size_t line = (size_t)(strchr(f.text, '\n') - f.text) + 1;
	bool held = true;

	for (size_t i = line; i < f.len; i++) {
		char was = f.text[i];

		if (i >= line + 2 && i < line + 14)
			continue;
		f.text[i] = was == 'A' ? 'B' : 'A';
		held &= check(f.text, f.len) < 0;
		f.text[i] = was;
	}
	ok(held && check(f.text, f.len) == 0, sentence);
	free(f.text);
}

/* The fixture with one line replaced by another. */
static int with_line(size_t number, const char *line)
{
	struct fixture f = fixture("minisign.minisig");
	static struct bytes b;
	const char *p = f.text;

	b.len = 0;
	for (size_t i = 1; i <= 4; i++) {
		size_t len = strcspn(p, "\n");

		if (i == number)
			put(&b, line, strlen(line));
		else
			put(&b, p, len);
		put(&b, "\n", 1);
		p += len + 1;
	}
	free(f.text);
	return check(b.p, b.len);
}

static void test_lines(void)
{
	struct fixture f = fixture("minisign.minisig");
	static struct bytes b;

	is_int(with_line(1, "untrusted comment: whatever"), 0,
	       "the untrusted comment is anybody's");
	is_int(with_line(1, "comment: whatever"), -EBADMSG, "but it is one");
	refused(with_line(3, "trusted comment: rampart-golden demo 1.3"), -EPROTO, &error,
		"not the one that was signed", "the trusted comment is signed");
	refused(with_line(3, "trusted comment: "), -EPROTO, &error, "not the one that was signed",
		"an empty one too");
	refused(with_line(3, "comment: rampart-golden"), -EBADMSG, &error, "no trusted comment",
		"and it must be there");
	refused(with_line(
			2,
			"UlQm1CSLS2j4WbpJCPdK+YtBhgMloEWivutWaouKC8yCa5gknONlFls9fNc2sNpLYafrFmxLkchjjbXKJnmfpAq2yA4ocx/Brg8="),
		-ENOTSUP, &error, "unknown algorithm", "an unknown algorithm is not supported");
	is_int(with_line(2, "RUQm1CSLS2j4WbpJCPdK"), -EBADMSG, "a short signature");
	is_int(with_line(4, "RUQm1CSLS2j4WbpJCPdK"), -EBADMSG, "a short second one");
	put(&b, f.text, f.len);
	put(&b, "\r\n\n ", 4);
	is_int(check(b.p, b.len), 0, "blanks may follow");
	put(&b, "x", 1);
	is_int(check(b.p, b.len), -EBADMSG, "but nothing else");
	memset(b.p, 'A', sizeof(b.p));
	refused(check(b.p, MINISIG_SIZE_MAX + 1), -EFBIG, &error, "more than 16384",
		"a huge one is not looked at");
	free(f.text);
}

/* The legacy signature is over the file itself, the other over its hash: one is not the other. */
static void test_algorithms(void)
{
	struct fixture f = fixture("minisign.minisig");
	char *line = strchr(f.text, '\n') + 1;

	line[1] = 'W'; /* "RU" is of "ED", "RW" of "Ed" */
	refused(check(f.text, f.len), -EPROTO, &error, "not one of these bytes",
		"a prehashed signature is no legacy one");
	free(f.text);
}

static void key_is(const char *line, int want, const char *name)
{
	char *copy = (char *)exact_copy(line, strlen(line));
	struct digest fingerprint;
	struct minisig_key other;

	is_int(minisig_key_parse(copy, strlen(line), &other, &fingerprint, &error), want, name);
	free(copy);
}

static void test_keys(void)
{
	key_is("", -EBADMSG, "an empty line is no key");
	key_is("RWQm1CSLS2j4WTrLmwumYd2VrpbJdTqrs75MY6hi3sPH+O/7slwcXB5", -EBADMSG,
	       "nor one that is cut short");
	key_is("RUQm1CSLS2j4WTrLmwumYd2VrpbJdTqrs75MY6hi3sPH+O/7slwcXB5R", -EBADMSG,
	       "nor one of an unknown algorithm");
	key_is("RWQm1CSLS2j4WTrLmwumYd2VrpbJdTqrs75MY6hi3sPH+O/7slwcXB5RAAAA", -EBADMSG,
	       "nor one with more behind it");
}

int main(void)
{
	struct fixture line = fixture("minisign.pub");
	struct digest fingerprint;

	text = fixture("text");
	is_int(minisig_key_parse(line.text, line.len, &key, &fingerprint, &error), 0,
	       "the line of a key is read");
	test_real();
	test_prefixes();
	test_flips("minisign.minisig", "no byte of what is trusted may change");
	test_flips("minisign-legacy.minisig", "nor of a legacy one");
	test_lines();
	test_algorithms();
	test_keys();
	free(text.text);
	free(line.text);
	return tap_done();
}
