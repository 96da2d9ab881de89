/* SPDX-License-Identifier: MIT */
/*
 * Credentials for the quoter, by tpm2_makecredential and by our own verifier, good ones and others.
 */
#define _GNU_SOURCE
#include <openssl/pem.h>
#include <unistd.h>

#include "measure/verify/tpm/makecredential.h"
#include "tests/lib/quoterworld.h"
#include "tests/lib/tap.h"

#define FILE_MAX 1024

static struct hello hello;
static const uint8_t secret[MAKECREDENTIAL_SECRET_LEN] = { 1, 2, 3 };

/* A credential as a client posts it. */
struct file {
	uint8_t bytes[FILE_MAX];
	size_t len;
};
static struct file rsa, ecc;

static void name_hex(char ret_hex[static 2 * TPMKEY_NAME_MAX + 1])
{
	struct tpmkey_name name;

	tpmkey_name(&hello.ak, &name);
	for (size_t i = 0; i < name.len; i++)
		sprintf(ret_hex + 2 * i, "%02x", name.bytes[i]);
}

static struct file read_file(const char *name)
{
	char path[64];
	struct file file = { .len = 0 };
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", tpmworld.dir, name);
	f = fopen(path, "r");
	if (!f || (file.len = fread(file.bytes, 1, sizeof(file.bytes), f)) == 0)
		die(path);
	fclose(f);
	return file;
}

/* By tpm2_makecredential, for the EK in this file. */
static struct file by_tools(const char *ek, const char *kind, const char *text)
{
	char name[2 * TPMKEY_NAME_MAX + 1];

	name_hex(name);
	run("printf %%s '%s' >secret; tpm2_makecredential -T none -u %s -G %s -s secret -n %s -o credential",
	    text, ek, kind, name);
	return read_file("credential");
}

/* By our verifier, for the EK in this file. */
static struct file by_us(const char *ek)
{
	struct tpmkey_name name;
	struct file file = { .len = 0 };
	EVP_PKEY *pkey;
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", tpmworld.dir, ek);
	f = fopen(path, "r");
	pkey = f ? PEM_read_PUBKEY(f, NULL, NULL, NULL) : NULL;
	tpmkey_name(&hello.ak, &name);
	if (!pkey || makecredential(pkey, &name, secret, file.bytes, &file.len) < 0)
		die(path);
	fclose(f);
	EVP_PKEY_free(pkey);
	return file;
}

static bool opens_to(const struct file *file, const void *want, size_t len)
{
	ask(QUOTING_ACTIVATE, file->bytes, file->len);
	hear_quoter();
	return answer.kind == QUOTING_ACTIVATE && answer.len == 1 + len &&
	       !memcmp(answer.text, want, len);
}

static bool opens(const struct file *file)
{
	return opens_to(file, secret, sizeof(secret));
}

static bool refused(const struct file *file)
{
	ask(QUOTING_ACTIVATE, file->bytes, file->len);
	hear_quoter();
	return answer.kind == QUOTING_REFUSED && answer.len > 10 && !strchr(answer.text, '\n');
}

/* ---- */

/* The public parts of both EKs, out of the TPM and its certificate. */
static void prepare(void)
{
	run("tpm2_nvread 0x1c00002 | openssl x509 -inform der -noout -pubkey >rsa.pem; tpm2_createek -G ecc -c ek.ctx -f pem -u ecc.pem");
}

static void test_good(void)
{
	struct file file;

	file = by_tools("rsa.pem", "rsa", "x");
	ok(opens_to(&file, "x", 1), "RSA: tpm2_makecredential's, of a byte");
	file = by_tools("rsa.pem", "rsa", "thirty-two bytes, no more, no le");
	ok(opens_to(&file, "thirty-two bytes, no more, no le", 32), "RSA: and of 32");
	file = by_tools("ecc.pem", "ecc", "sixteen bytes...");
	ok(opens_to(&file, "sixteen bytes...", 16), "P-256: tpm2_makecredential's");
	rsa = by_us("rsa.pem");
	ok(opens(&rsa), "RSA: our verifier's");
	ecc = by_us("ecc.pem");
	ok(opens(&ecc), "P-256: our verifier's");
}

/* More than there are places for keys, and for sessions. */
static void test_many(void)
{
	int good = 0;

	for (int i = 0; i < 80; i++)
		good += opens(i % 8 == 0 ? &rsa : &ecc);
	is_int(good, 80, "eighty credentials one after the other");
	is_str(quote_of(&hello, 1), "holds", "and quotes between them");
}

static void test_flipped(const struct file *good, const char *name)
{
	int n = 0;

	for (size_t i = 0; i < good->len; i++) {
		struct file file = *good;

		file.bytes[i] ^= 1 << i % 8;
		n += refused(&file);
	}
	is_int(n, (int64_t)good->len, name);
}

static void test_length(const struct file *good, const char *name)
{
	struct file file = *good;
	int n = 0;

	for (file.len = 1; file.len < good->len; file.len++)
		n += refused(&file);
	for (file.len = good->len + 1; file.len < good->len + 9; file.len++)
		n += refused(&file);
	is_int(n, (int64_t)good->len + 7, name);
}

static void test_bad(void)
{
	struct file file = rsa;

	file.len = FILE_MAX;
	ok(refused(&file), "bad: with much after it");
	file = rsa;
	memset(file.bytes + file.len - 256, 0xff, 256);
	ok(refused(&file), "bad: a number that is larger than the EK's modulus");
	file = ecc;
	memset(file.bytes + file.len - 32, 0, 32);
	ok(refused(&file), "bad: a point that is not on the curve");
	file = ecc;
	memset(file.bytes + file.len - 68, 0, 68);
	ok(refused(&file), "bad: no point at all");
}

/* A credential for another AK, and one for another TPM. */
static void test_others(void)
{
	struct file file;
	uint8_t y = hello.public[hello.ak.bytes.left - 1];

	hello.public[hello.ak.bytes.left - 1] ^= 1;
	file = by_us("rsa.pem");
	ok(refused(&file), "bad: for another AK (RSA)");
	file = by_us("ecc.pem");
	ok(refused(&file), "bad: for another AK (P-256)");
	hello.public[hello.ak.bytes.left - 1] = y;
	run("openssl genrsa 2048 | openssl pkey -pubout >other-rsa.pem; openssl ecparam -genkey -name prime256v1 -noout | openssl pkey -pubout >other-ecc.pem");
	file = by_us("other-rsa.pem");
	ok(refused(&file), "bad: for another EK (RSA)");
	file = by_us("other-ecc.pem");
	ok(refused(&file), "bad: for another EK (P-256)");
}

static void test_all(const char *program)
{
	printf("# %s\n", program);
	quoter_start(program);
	ok(hear_hello(&hello), "hello");
	test_good();
	test_flipped(&rsa, "RSA: a bit flipped in each byte is refused");
	test_flipped(&ecc, "P-256: a bit flipped in each byte is refused");
	test_length(&rsa, "RSA: any other length is refused");
	test_length(&ecc, "P-256: any other length is refused");
	test_bad();
	test_others();
	test_many();
	hello_done(&hello);
	close(tpmworld.gateway);
	is_str(quoter_end(), "", "end");
}

/* Good credentials of before the reset; the AK that they are for is gone. */
static void test_reset(bool start, const char *name)
{
	const char *why;

	quoter_start(CHECKED_QUOTER);
	ok(hear_hello(&hello) && opens(&rsa) && opens(&ecc), "a reset: before it");
	tpm_reset(start);
	ask(QUOTING_ACTIVATE, ecc.bytes, ecc.len);
	is_int((int64_t)hear_quoter()->len, 0, "a reset: no answer any more");
	hello_done(&hello);
	why = quoter_end();
	ok(why && !strncmp(why, "TPM failed: TPM2_", 17), name);
	run("tpm2_startup -c || true");
}

/*
 * Where a TPM keeps its EK is another key of that kind, or none; the EK is what the template gives.
 */
static void test_places(void)
{
	run("tpm2_evictcontrol -C o -c 0x81010001");
	quoter_start(CHECKED_QUOTER);
	ok(hear_hello(&hello) && opens(&rsa), "RSA: an EK that the TPM does not keep");
	hello_done(&hello);
	close(tpmworld.gateway);
	(void)quoter_end();

	tpm_clear();
	run("tpm2_createprimary -C e -G rsa2048:aes128cfb -c decoy.ctx; tpm2_evictcontrol -C o -c decoy.ctx 0x81010001");
	tpm_clear();
	run("tpm2_createek -G ecc -c 0x8101000a -u kept.pub");
	quoter_start(CHECKED_QUOTER);
	ok(hear_hello(&hello) && opens(&rsa), "RSA: another key where the EK would be");
	ok(opens(&ecc), "P-256: an EK that the TPM keeps");
	hello_done(&hello);
	close(tpmworld.gateway);
	(void)quoter_end();
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	tpm_start("sha256");
	prepare();
	test_all(CHECKED_QUOTER);
	if (geteuid() == 0)
		test_all(CONFINED_QUOTER);
	else
		tap_skip("confined", "only root can give up root");
	test_reset(false, "a reset: is said");
	test_reset(true, "a reset and a new start: is said");
	test_places();
	tpm_end();
	return tap_done();
}
