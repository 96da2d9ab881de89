/* SPDX-License-Identifier: MIT */
/*
 * The Names come from a script that packs the same public areas with Python's struct and hashes
 * them:
 *
 *	head = struct.pack('>HHIHH', type, nameAlg, 0x00050472, 0, 0x10)
 *	rsa = struct.pack('>HHHIH', 0x14, 0xb, 2048, 0, 256) + b'\xc1' + bytes(254) + b'\x0f'
 *	ecc = struct.pack('>HHHH', 0x18, 0xb, 3, 0x10)
 *	ecc += b'\0\x20\x11\x12' + bytes(30) + b'\0\x20\x21\x22' + bytes(30)
 *	name = struct.pack('>H', nameAlg) + hashlib.new(hash, head + parameters).digest()
 */
#include "measure/lib/tpmkey.h"

#include <errno.h>

#include "tests/lib/tap.h"
#include "tests/lib/tpmbytes.h"

static const struct key_recipe rsa = SAMPLE_KEY_RSA, ecc = SAMPLE_KEY_ECC;

static int parse(struct bytes *b, const struct key_recipe *recipe, struct tpmkey *ret_key)
{
	b->len = 0;
	put_key(b, recipe);
	return tpmkey_parse(span_of(b->p, b->len), ret_key, NULL);
}

static void test_rsa(void)
{
	struct key_recipe recipe = rsa;
	struct tpmkey key = { 0 };
	struct bytes b;

	is_int(parse(&b, &recipe, &key), 0, "tpmkey: an RSA key is read");
	ok(key.type == TPMKEY_RSA && key.name_alg == HASH_SHA256 &&
		   key.attributes == AK_ATTRIBUTES && key.scheme.alg == TPM_SCHEME_RSASSA &&
		   key.scheme.hash == HASH_SHA256,
	   "tpmkey: type, nameAlg, attributes and scheme");
	ok(key.n.left == 256 && key.n.p[0] == 0xc1 && key.n.p[255] == 0x0f && key.x.left == 0,
	   "tpmkey: the modulus");
	ok(key.bytes.p == b.p && key.bytes.left == b.len, "tpmkey: the Name is over all of it");
	is_int((int64_t)tpmkey_coord_len(key.type), 0, "tpmkey: an RSA key has no coordinates");
	recipe.exponent = 65537;
	is_int(parse(&b, &recipe, &key), 0, "tpmkey: the exponent may be written out");
	recipe.scheme = ALG_NULL;
	ok(parse(&b, &recipe, &key) == 0 && key.scheme.alg == TPM_SCHEME_NULL,
	   "tpmkey: a key without a scheme is read, to be refused by name");
	recipe.scheme = ALG_RSAPSS;
	recipe.hash = ALG_SHA512;
	recipe.bits = 4096;
	recipe.n_len = 512;
	recipe.n[511] = 1;
	recipe.policy_len = 32;
	ok(parse(&b, &recipe, &key) == 0 && key.scheme.alg == TPM_SCHEME_RSAPSS &&
		   key.scheme.hash == HASH_SHA512 && key.n.left == 512,
	   "tpmkey: RSAPSS, 4096 bits, with a policy");
}

static void test_ecc(void)
{
	struct key_recipe recipe = ecc;
	struct tpmkey key = { 0 };
	struct bytes b;

	is_int(parse(&b, &recipe, &key), 0, "tpmkey: an ECC key is read");
	ok(key.type == TPMKEY_P256 && key.scheme.alg == TPM_SCHEME_ECDSA && key.x.left == 32 &&
		   key.x.p[0] == 0x11 && key.y.left == 32 && key.y.p[0] == 0x21 && key.n.left == 0,
	   "tpmkey: curve, scheme and point");
	is_int((int64_t)tpmkey_coord_len(key.type), 32, "tpmkey: a coordinate of P-256");
	recipe.n_len = 31;
	recipe.y_len = 1;
	ok(parse(&b, &recipe, &key) == 0 && key.x.left == 31 && key.y.left == 1,
	   "tpmkey: a TPM may leave out leading zeros of a coordinate");
	recipe.bits = 0x0004;
	recipe.n_len = recipe.y_len = 48;
	ok(parse(&b, &recipe, &key) == 0 && key.type == TPMKEY_P384 && key.x.left == 48 &&
		   tpmkey_coord_len(key.type) == 48,
	   "tpmkey: P-384");
}

static int name_is(const struct tpmkey_name *name, const char *hex)
{
	char text[2 * TPMKEY_NAME_MAX + 1];

	for (size_t i = 0; i < name->len; i++)
		snprintf(text + 2 * i, 3, "%02x", name->bytes[i]);
	return !strcmp(text, hex);
}

static void test_names(void)
{
	struct key_recipe recipe = ecc;
	struct tpmkey_name name;
	struct tpmkey key;
	struct bytes b;

	parse(&b, &rsa, &key);
	tpmkey_name(&key, &name);
	ok(name_is(&name, "000b6b3b5ef33540c204613648e3788411975ebae629f867770d3da4f7853af10b94"),
	   "tpmkey: the Name of an RSA key");
	parse(&b, &ecc, &key);
	tpmkey_name(&key, &name);
	ok(name_is(&name, "000ba00a0fcc75037fb5591a1c89f173af3fd74f0e6b91dffbdad681922d23fa7260"),
	   "tpmkey: the Name of an ECC key");
	recipe.name_alg = ALG_SHA384;
	parse(&b, &recipe, &key);
	tpmkey_name(&key, &name);
	ok(name_is(&name,
		   "000c70f03c25208d5f7e9f67809f251ff1a7afa27fe12e12f9006961613ec41b7526cdfc660aa8348ea4304261c633a07bc5"),
	   "tpmkey: the Name with another hash");
}

static int refused(const uint8_t *p, size_t len, int error, const char **ret_what)
{
	uint8_t *copy = exact_copy(p, len);
	struct tpmkey key, before;
	struct diag diag = { 0 };
	int r;

	memset(&key, 0xa5, sizeof(key));
	memset(&before, 0xa5, sizeof(before));
	r = tpmkey_parse(span_of(copy, len), &key, &diag);
	free(copy);
	*ret_what = diag.what;
	return r == error && diag.what && diag.off <= len && !memcmp(&key, &before, sizeof(key));
}

static void test_prefixes(const struct key_recipe *recipe, const char *name)
{
	struct bytes b = { .len = 0 };
	const char *what;
	int held = 1;

	put_key(&b, recipe);
	for (size_t len = 0; len < b.len; len++)
		held &= refused(b.p, len, -EBADMSG, &what);
	put_fill(&b, 0, 1);
	held &= refused(b.p, b.len, -EBADMSG, &what);
	ok(held, name);
	is_str(what, "bytes after the structure", "tpmkey: ... the latter for that reason");
}

static void expect(const struct key_recipe *recipe, int error, const char *what)
{
	struct bytes b = { .len = 0 };
	const char *got = NULL;

	put_key(&b, recipe);
	ok(refused(b.p, b.len, error, &got), "tpmkey: a twin is refused, its output untouched");
	is_str(got, what, "tpmkey: ... for its own reason");
}

/* The same key with one field changed. */
#define EXPECT(sample, field, value, error, what) \
	do {                                      \
		struct key_recipe twin = sample;  \
		twin.field = value;               \
		expect(&twin, error, what);       \
	} while (0)

static void test_twins(void)
{
	EXPECT(ecc, type, 0x0008, -ENOTSUP, "a key that is neither RSA nor ECC");
	EXPECT(ecc, name_alg, ALG_NULL, -ENOTSUP, "a hash algorithm that is not known here");
	EXPECT(ecc, attributes, AK_ATTRIBUTES | 1, -EPROTO, "reserved attributes are set");
	EXPECT(ecc, attributes, AK_ATTRIBUTES | 8, -EPROTO, "reserved attributes are set");
	EXPECT(ecc, attributes, AK_ATTRIBUTES | 0x1000, -EPROTO, "reserved attributes are set");
	EXPECT(ecc, attributes, AK_ATTRIBUTES | 1u << 31, -EPROTO, "reserved attributes are set");
	EXPECT(ecc, policy_len, 20, -EPROTO, "a policy that is no digest of the key's hash");
	EXPECT(ecc, policy_len, 65, -EFBIG, "a sized buffer larger than its kind may be");
	EXPECT(ecc, symmetric, 0x0006, -ENOTSUP, "a storage key: it has a symmetric algorithm");
	EXPECT(ecc, scheme, 0x001a, -ENOTSUP, "a signature scheme that is not known here");
	EXPECT(ecc, hash, ALG_SHA1, -ENOTSUP, "a signature over SHA-1");
	EXPECT(ecc, scheme, ALG_RSAPSS, -EPROTO, "an ECC key with a scheme of RSA");
	EXPECT(ecc, scheme, ALG_RSASSA, -EPROTO, "an ECC key with a scheme of RSA");
	EXPECT(ecc, bits, 0x0001, -ENOTSUP, "a curve other than P-256 and P-384");
	EXPECT(ecc, bits, 0x0020, -ENOTSUP, "a curve other than P-256 and P-384");
	EXPECT(ecc, n_len, 0, -EPROTO, "an ECC point without a coordinate");
	EXPECT(ecc, y_len, 0, -EPROTO, "an ECC point without a coordinate");
	EXPECT(ecc, n_len, 33, -EFBIG, "a sized buffer larger than its kind may be");
	EXPECT(ecc, y_len, 33, -EFBIG, "a sized buffer larger than its kind may be");
	EXPECT(rsa, scheme, ALG_ECDSA, -EPROTO, "an RSA key with a scheme of ECC");
	EXPECT(rsa, bits, 1024, -ENOTSUP, "an RSA key of other than 2048, 3072, 4096 bits");
	EXPECT(rsa, bits, 2056, -ENOTSUP, "an RSA key of other than 2048, 3072, 4096 bits");
	EXPECT(rsa, exponent, 3, -ENOTSUP, "an RSA exponent other than 65537");
	EXPECT(rsa, bits, 4096, -EPROTO, "an RSA modulus not of the key's size");
	EXPECT(rsa, n_len, 255, -EPROTO, "an RSA modulus not of the key's size");
	EXPECT(rsa, n_len, 257, -EPROTO, "an RSA modulus not of the key's size");
	EXPECT(rsa, n_len, 0, -EPROTO, "an RSA modulus not of the key's size");
	EXPECT(rsa, n[0], 0x7f, -EPROTO, "an RSA modulus not of the key's size");
	EXPECT(rsa, n[255], 0x10, -EPROTO, "an even RSA modulus");
}

/* The key derivation of an ECC key, which the recipe does not have. */
static void test_kdf(void)
{
	struct bytes b = { .len = 0 };
	const char *what = NULL;

	put_key(&b, &ecc);
	set_be(b.p + 18, 0x0022, 2);
	ok(refused(b.p, b.len, -ENOTSUP, &what), "tpmkey: a key derivation is refused");
	is_str(what, "a key derivation, which no key for signing has", "tpmkey: ... as such");
}

int main(void)
{
	test_rsa();
	test_ecc();
	test_names();
	test_prefixes(&rsa, "tpmkey: every prefix of an RSA key and a byte more are refused");
	test_prefixes(&ecc, "tpmkey: every prefix of an ECC key and a byte more are refused");
	test_twins();
	test_kdf();
	return tap_done();
}
