/* SPDX-License-Identifier: MIT */
/* SSH signatures: those of ssh-keygen hold, and nothing that is not exactly one does. */
#include "measure/verify/signature/sshsig.h"

#include <errno.h>

#include "measure/lib/base64.h"
#include "measure/verify/signature/sshkey.h"
#include "tests/lib/signatures.h"

#define GOLDEN "rampart-golden"

static struct fixture text;
static struct rampart_error error;

static int parse(const void *p, size_t len, struct sshsig *ret_sig)
{
	char *copy = (char *)exact_copy(p, len);
	int r;

	error.text[0] = 0;
	r = sshsig_parse(copy, len, ret_sig, &error);
	free(copy);
	return r;
}

/* Form and signature, over the text of the fixtures. */
static int check(const void *p, size_t len)
{
	struct sshsig sig;
	int r = parse(p, len, &sig);

	return r < 0 ? r : sshsig_verify(&sig, GOLDEN, bytes_of(&text), &error);
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
	is_int(check_fixture("ed25519.sig"), 0, "an Ed25519 signature of ssh-keygen holds");
	is_int(check_fixture("ed25519-sha256.sig"), 0, "also over a SHA-256");
	is_int(check_fixture("ecdsa.sig"), 0, "and one of ECDSA P-256");
	refused(check_fixture("rsa.sig"), -ENOTSUP, &error, "an RSA key", "one of RSA is refused");
	refused(check_fixture("ed25519-release.sig"), -EPROTO, &error,
		"for \"rampart-release\", and not for \"rampart-golden\"",
		"one of another namespace does not count");
	text.text[3] ^= 1;
	refused(check_fixture("ed25519.sig"), -EPROTO, &error, "not one of these bytes",
		"one over other bytes does not hold");
	is_int(check_fixture("ecdsa.sig"), -EPROTO, "of whatever key");
	text.text[3] ^= 1;
}

static void test_key(void)
{
	struct fixture sig_text = fixture("ed25519.sig"), line = fixture("ed25519.pub");
	struct digest fingerprint;
	struct signkey key;
	struct sshsig sig;

	is_int(sshkey_parse(line.text, line.len, &key, &fingerprint, &error), 0,
	       "the line of a key is read");
	is_int(parse(sig_text.text, sig_text.len, &sig), 0, "and a signature");
	ok(signkey_equal(&sig.key, &key), "which is by that key");
	ok(digest_equal(&sig.fingerprint, &fingerprint), "with its fingerprint");
	free(line.text);
	line = fixture("ecdsa.pub");
	is_int(sshkey_parse(line.text, line.len, &key, &fingerprint, &error), 0,
	       "so is that of a P-256 key");
	ok(!signkey_equal(&sig.key, &key), "which is another");
	free(line.text);
	free(sig_text.text);
}

static void test_prefixes(void)
{
	struct fixture f = fixture("ecdsa.sig");
	bool held = true;

	for (size_t n = 0; n + 1 < f.len; n++) {
		struct sshsig sig, before;

		memset(&sig, 0xa5, sizeof(sig));
		before = sig;
		held &= parse(f.text, n, &sig) == -EBADMSG && !memcmp(&sig, &before, sizeof(sig));
	}
	ok(held, "no prefix is a signature, and nothing is touched");
	is_int(check(f.text, f.len - 1), 0, "only the last newline may be missing");
	free(f.text);
}

/* ---- signatures made by hand ---- */

static const char armor_end[] = "\n-----END SSH SIGNATURE-----\n";

static int check_blob(const void *p, size_t len)
{
	size_t n = strlen(SSHSIG_BEGIN), at;
	char *base64 = alloc(base64_len(len) + 1);
	static struct bytes b;
	int r;

	base64_encode(p, len, base64);
	b.len = 0;
	put(&b, SSHSIG_BEGIN "\n", n + 1);
	for (at = 0; at < strlen(base64); at += 70) {
		if (at > 0)
			put(&b, "\n", 1);
		put(&b, base64 + at, strlen(base64 + at) < 70 ? strlen(base64 + at) : 70);
	}
	put(&b, armor_end, strlen(armor_end));
	r = check(b.p, b.len);
	free(base64);
	return r;
}

static size_t blob_of(const char *name, uint8_t *ret_blob, size_t size)
{
	struct fixture f = fixture(name);
	size_t begin = strlen(SSHSIG_BEGIN) + 1, n = 0, len = 0;
	char *base64 = alloc(f.len);

	for (size_t i = begin; i + strlen(armor_end) < f.len; i++)
		if (f.text[i] != '\n')
			base64[n++] = f.text[i];
	if (base64_decode(base64, n, ret_blob, size, &len) < 0)
		abort();
	free(base64);
	free(f.text);
	return len;
}

static void test_flips(const char *name, const char *sentence)
{
	uint8_t blob[512];
	size_t len = blob_of(name, blob, sizeof(blob));
	bool held = check_blob(blob, len) == 0;

	for (size_t i = 0; i < len; i++) {
		blob[i] ^= (uint8_t)(1u << i % 8);
		held &= check_blob(blob, len) < 0;
		blob[i] ^= (uint8_t)(1u << i % 8);
	}
	blob[len] = 0;
	held &= check_blob(blob, len + 1) < 0;
	ok(held, sentence);
}

static void put_string(struct bytes *b, const void *p, size_t len)
{
	const uint8_t prefix[4] = { 0, 0, (uint8_t)(len >> 8), (uint8_t)len };

	put(b, prefix, 4);
	put(b, p, len);
}

static void put_words(struct bytes *b, const char *words)
{
	put_string(b, words, strlen(words));
}

/* What a signature is made of; all zero is one whose form is right, but for what a test changes. */
struct recipe {
	const char *type, *curve, *namespace, *reserved, *hash, *signature_type;
	uint8_t version;
	size_t key_len, signature_len;
	struct bytes *signature;
};

static int check_recipe(const struct recipe *r)
{
	static struct bytes b, key, signature;
	const uint8_t version[4] = { 0, 0, 0, r->version ? r->version : 1 };
	uint8_t point[64], blob[512];

	(void)blob_of("ed25519.sig", blob, sizeof(blob));
	memcpy(point, blob + 6 + 4 + 4 + 4 + strlen("ssh-ed25519") + 4, 32);
	memset(point + 32, 0, 32);
	b.len = key.len = signature.len = 0;
	put_words(&key, r->type ? r->type : "ssh-ed25519");
	if (r->curve)
		put_words(&key, r->curve);
	put_string(&key, point, r->key_len ? r->key_len : 32);
	put_words(&signature, r->signature_type ? r->signature_type : "ssh-ed25519");
	put_string(&signature, point, r->signature_len ? r->signature_len : 64);
	put(&b, "SSHSIG", 6);
	put(&b, version, 4);
	put_string(&b, key.p, key.len);
	put_words(&b, r->namespace ? r->namespace : GOLDEN);
	put_words(&b, r->reserved ? r->reserved : "");
	put_words(&b, r->hash ? r->hash : "sha512");
	put_string(&b, signature.p, signature.len);
	return check_blob(b.p, b.len);
}

static void bad(struct recipe recipe, int want, const char *why, const char *name)
{
	refused(check_recipe(&recipe), want, &error, why, name);
}

static void test_recipes(void)
{
	char name[SSHSIG_NAMESPACE_MAX + 2];

	bad((struct recipe){ .version = 1 }, -EPROTO, "not one of these bytes",
	    "one made by hand has the form, and nothing else");
	bad((struct recipe){ .version = 2 }, -ENOTSUP, "version 2", "version 2 is not supported");
	bad((struct recipe){ .type = "sk-ssh-ed25519@openssh.com" }, -ENOTSUP, "security token",
	    "nor keys of security tokens");
	bad((struct recipe){ .type = "ssh-ed25519-cert-v01@openssh.com" }, -ENOTSUP, "certificate",
	    "nor certificates");
	bad((struct recipe){ .type = "ecdsa-sha2-nistp384" }, -ENOTSUP, "\"ecdsa-sha2-nistp384\"",
	    "nor other curves");
	bad((struct recipe){ .type = "ssh-dss" }, -ENOTSUP, "\"ssh-dss\"", "nor DSA");
	bad((struct recipe){ .hash = "sha1" }, -ENOTSUP, "hash", "nor SHA-1");
	bad((struct recipe){ .reserved = "x" }, -ENOTSUP, "reserved",
	    "nor anything in the reserved field");
	bad((struct recipe){ .key_len = 33 }, -EBADMSG, "malformed", "a key that is too long");
	bad((struct recipe){ .signature_len = 63 }, -EBADMSG, "64 bytes", "a short signature");
	bad((struct recipe){ .signature_type = "ecdsa-sha2-nistp256" }, -EBADMSG, "key's type",
	    "a signature of another type than its key");
	bad((struct recipe){ .type = "ecdsa-sha2-nistp256", .curve = "nistp384" }, -EBADMSG,
	    "nistp256", "a key that names two curves");
	bad((struct recipe){ .namespace = "a\nb" }, -EBADMSG, "printable",
	    "a namespace of two lines");
	bad((struct recipe){ .namespace = "rampart-golde" }, -EPROTO, "and not for",
	    "a namespace that is a prefix");
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = 0;
	bad((struct recipe){ .namespace = name }, -EPROTO, "long namespace",
	    "a namespace without an end");
}

/* ECDSA's two numbers, in other spellings of the same value, and at their ends. */
static void test_numbers(void)
{
	static const struct {
		const char *r, *what;
		size_t len;
	} rows[] = {
		{ "\0\1", "with a zero too many", 2 },
		{ "\x81", "that is negative", 1 },
		{ "", "that is empty", 0 },
		{ "\0", "zero", 1 },
		{ "\1aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "that is too long", 33 },
	};
	uint8_t blob[512];
	size_t len = blob_of("ecdsa.sig", blob, sizeof(blob));

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		static struct bytes b, whole, numbers;
		char name[64];
		size_t at = len;

		/* Everything before the signature, which is the last string. */
		while (memcmp(blob + at, "\0\0\0\023ecdsa", 9) != 0)
			at--;
		b.len = whole.len = numbers.len = 0;
		put_string(&numbers, rows[i].r, rows[i].len);
		put_string(&numbers, "\1", 1);
		put_words(&whole, "ecdsa-sha2-nistp256");
		put_string(&whole, numbers.p, numbers.len);
		put(&b, blob, at - 4);
		put_string(&b, whole.p, whole.len);
		snprintf(name, sizeof(name), "a number %s", rows[i].what);
		refused(check_blob(b.p, b.len), -EBADMSG, &error, "two numbers", name);
	}
}

static void test_armor(void)
{
	struct fixture f = fixture("ed25519.sig");
	static struct bytes b;

	put(&b, " ", 1);
	put(&b, f.text, f.len);
	is_int(check(b.p, b.len), -EBADMSG, "nothing may be before the armor");
	is_int(check(b.p + 1, b.len - 1), 0, "(it was all right)");
	put(&b, " \r\n\n", 4);
	is_int(check(b.p + 1, b.len - 1), 0, "blanks may be behind it");
	put(&b, "x", 1);
	is_int(check(b.p + 1, b.len - 1), -EBADMSG, "but nothing else");
	b.len = 0;
	put(&b, SSHSIG_BEGIN "\r\n", strlen(SSHSIG_BEGIN) + 2);
	put(&b, f.text + strlen(SSHSIG_BEGIN), f.len - strlen(SSHSIG_BEGIN));
	is_int(check(b.p, b.len), 0, "and within it");
	b.len = 0;
	put(&b, SSHSIG_BEGIN "x", strlen(SSHSIG_BEGIN) + 1);
	put(&b, f.text + strlen(SSHSIG_BEGIN), f.len - strlen(SSHSIG_BEGIN));
	refused(check(b.p, b.len), -EBADMSG, &error, "first line", "but not in its first line");
	b.len = 0;
	put(&b, f.text, f.len);
	*(char *)memchr(b.p + 40, '\n', b.len - 40) = ' ';
	is_int(check(b.p, b.len), 0, "lines are of any length");
	memset(b.p, 'A', sizeof(b.p));
	refused(check(b.p, SSHSIG_SIZE_MAX + 1), -EFBIG, &error, "more than 8192",
		"a huge one is not looked at");
	free(f.text);
}

static void line_is(const char *line, int want, const char *why, const char *name)
{
	char *copy = (char *)exact_copy(line, strlen(line));
	struct digest fingerprint;
	struct signkey key;

	error.text[0] = 0;
	refused(sshkey_parse(copy, strlen(line), &key, &fingerprint, &error), want, &error, why,
		name);
	free(copy);
}

static void test_lines(void)
{
	struct fixture f = fixture("ed25519.pub"), rsa = fixture("rsa.pub");
	char line[8192];

	snprintf(line, sizeof(line), "%s a comment", f.text);
	line_is(line, 0, "", "a key may have a comment");
	snprintf(line, sizeof(line), "ecdsa-sha2-nistp256 %s", f.text + strlen("ssh-ed25519 "));
	line_is(line, -EBADMSG, "of the type it is said to be", "but no other type");
	snprintf(line, sizeof(line), "\n# of ours\r\n  %s\r\n\n", f.text);
	line_is(line, 0, "", "it may be a whole file");
	snprintf(line, sizeof(line), "a@b,c %s\ta comment", f.text);
	line_is(line, 0, "", "a principal may be before it");
	snprintf(line, sizeof(line), "from=\"a b\" %s", f.text);
	line_is(line, -ENOTSUP, "options", "but no option with a value");
	snprintf(line, sizeof(line), "a no-pty,cert-authority %s", f.text);
	line_is(line, -ENOTSUP, "options", "nor is it an authority's");
	snprintf(line, sizeof(line), "%s\n%s", f.text, f.text);
	line_is(line, -EBADMSG, "more than one", "nor two keys");
	line_is("a b c", -EBADMSG, "the SSH key", "nor three words");
	line_is(rsa.text, -ENOTSUP, "an RSA key", "an RSA key is refused");
	line_is("", -EBADMSG, "the SSH key", "an empty line is no key");
	line_is("ssh-ed25519", -EBADMSG, "the SSH key", "nor is a type");
	line_is("ssh-ed25519 AAAA", -EBADMSG, "the SSH key", "nor four zeros");
	snprintf(line, sizeof(line), "%.*sA", (int)f.len - 1, f.text);
	line[30] = '!';
	line_is(line, -EBADMSG, "base64", "nor what is no base64");
	memset(line, 'A', 5000);
	line[11] = ' ';
	line[5000] = 0;
	line_is(line, -EFBIG, "4096", "nor a huge one");
	line_is("ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
		-EPROTO, "not a point", "nor a point that is not on the curve");
	line_is("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		-EPROTO, "anybody", "nor one of small order, for which anybody can sign");
	free(f.text);
	free(rsa.text);
}

int main(void)
{
	text = fixture("text");
	test_real();
	test_key();
	test_prefixes();
	test_flips("ed25519.sig", "no bit of an Ed25519 signature may change");
	test_flips("ecdsa.sig", "nor of one of ECDSA");
	test_recipes();
	test_numbers();
	test_armor();
	test_lines();
	free(text.text);
	return tap_done();
}
