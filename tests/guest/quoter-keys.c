/* SPDX-License-Identifier: MIT */
/*
 * Which AK and which certificates the quoter finds in a TPM. The RSA EK's certificate stands for
 * any other: what is in it is the verifier's to judge.
 */
#define _GNU_SOURCE
#include <string.h>
#include <unistd.h>

#include "tests/lib/quoterworld.h"
#include "tests/lib/tap.h"

#define AK_ATTRIBUTES "fixedtpm|fixedparent|sensitivedataorigin|userwithauth|noda|sign"

static json_t *ek_certificate; /* of the RSA key, as a string */

/* An index of size bytes that holds a file. */
static void put(const char *index, const char *attributes, size_t size, const char *file)
{
	run("tpm2_nvdefine %s -C o -s %zu -a '%s|ownerwrite'; tpm2_nvwrite %s -C o -i %s", index,
	    size, attributes, index, file);
}

static void drop(const char *index)
{
	run("tpm2_nvundefine %s -C o", index);
}

static void persist(const char *algorithm, const char *attributes, const char *handle)
{
	run("tpm2_createprimary -C e -G %s -a '%s' -c key.ctx; tpm2_evictcontrol -C o -c key.ctx %s; tpm2_flushcontext -t",
	    algorithm, attributes, handle);
}

static void evict(const char *handle)
{
	run("tpm2_evictcontrol -C o -c %s", handle);
}

/* Starts a quoter and says what AK it has: "P-256", "RSA with the certificate", ... */
static const char *ak(struct hello *hello)
{
	static const char *const types[] = { "RSA", "P-256", "P-384" };
	static char text[64];
	const json_t *certificates;

	quoter_start(CHECKED_QUOTER);
	if (!hear_hello(hello))
		return "none";
	certificates = find(hello->json, "ak", "certificates");
	snprintf(text, sizeof(text), "%s%s", types[hello->ak.type],
		 json_array_size(certificates) == 0 ? ""
		 : json_equal(json_array_get(certificates, 0), ek_certificate)
			 ? " with the certificate"
			 : " with something");
	return text;
}

static void end(struct hello *hello)
{
	hello_done(hello);
	close(tpmworld.gateway);
	(void)quoter_end();
}

static void is_ak(const char *want, const char *name)
{
	struct hello hello;

	is_str(ak(&hello), want, name);
	is_str(quote_of(&hello, 7), "holds", "and its quote holds");
	end(&hello);
}

static void take_certificate(void)
{
	struct hello hello;

	is_str(ak(&hello), "P-256", "a TPM without AK: the quoter makes one");
	ek_certificate = json_incref(json_array_get(find(hello.json, "ek", "certificates"), 0));
	end(&hello);
	run("tpm2_nvread 0x1c00002 >cert.der; echo garbage >garbage");
	run("cat cert.der /dev/zero | head -c 2048 >padded.der");
	run("head -c 900 cert.der >cut.der");
}

static void test_azure(void)
{
	struct hello hello;

	persist("rsa2048:rsassa-sha256:null", AK_ATTRIBUTES "|restricted", "0x81000003");
	is_ak("P-256", "Azure: a key without a certificate is passed over");
	put("0x1c101d0", "authread", 64, "garbage");
	is_ak("P-256", "Azure: a key with garbage for a certificate is passed over");
	drop("0x1c101d0");
	put("0x1c101d0", "authread", 900, "cut.der");
	is_ak("P-256", "Azure: a key with half a certificate is passed over");
	drop("0x1c101d0");
	put("0x1c101d0", "authread", 2048, "padded.der");
	is_ak("RSA with the certificate", "Azure: a key, and a certificate with padding");

	(void)ak(&hello);
	tpm_reset(true);
	(void)quote_of(&hello, 1);
	is_int((int64_t)answer.len, 0, "Azure: a reset leaves the key, but there is no quote");
	hello_done(&hello);
	is_str(quoter_end(), "TPM failed: it was reset", "Azure: and the reset is said");

	evict("0x81000003");
	is_ak("P-256", "Azure: a certificate without a key is passed over");
	persist("rsa2048:rsassa-sha256:null", AK_ATTRIBUTES, "0x81000003");
	is_ak("P-256", "Azure: an unrestricted key is passed over");
	evict("0x81000003");
	persist("rsa2048:aes128cfb",
		"fixedtpm|fixedparent|sensitivedataorigin|userwithauth|restricted|decrypt",
		"0x81000003");
	is_ak("P-256", "Azure: a key for decryption is passed over");
	evict("0x81000003");
	drop("0x1c101d0");
}

/* TPMT_PUBLIC with these attributes: RSA 2048, RSASSA with SHA-256; ECC P-384, ECDSA with it. */
static void write_templates(uint8_t high)
{
	const uint8_t rsa[] = { 0, 1,  0, 11, 0, high, 4, 0x72, 0, 0, 0, 16,
				0, 20, 0, 11, 8, 0,    0, 0,	0, 0, 0, 0 };
	const uint8_t ecc[] = { 0, 35, 0, 11, 0, high, 4, 0x72, 0, 0, 0, 16,
				0, 24, 0, 11, 0, 4,    0, 16,	0, 0, 0, 0 };
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "%s/rsa", tpmworld.dir);
	file = fopen(path, "w");
	if (!file || fwrite(rsa, sizeof(rsa), 1, file) != 1 || fclose(file) != 0)
		die(path);
	snprintf(path, sizeof(path), "%s/ecc", tpmworld.dir);
	file = fopen(path, "w");
	if (!file || fwrite(ecc, sizeof(ecc), 1, file) != 1 || fclose(file) != 0)
		die(path);
}

static void test_google(void)
{
	write_templates(5);
	put("0x1c10001", "authread", 64, "rsa");
	is_ak("P-256", "Google: a template without a certificate is passed over");
	put("0x1c10000", "authread", 2048, "padded.der");
	is_ak("RSA with the certificate", "Google: a template for RSA, and a certificate");
	put("0x1c10003", "authread", 24, "ecc");
	put("0x1c10002", "ownerread", 1200, "cert.der");
	is_ak("P-384 with the certificate", "Google: one for ECC goes before it");

	write_templates(4);
	drop("0x1c10003");
	put("0x1c10003", "authread", 24, "ecc");
	is_ak("RSA with the certificate", "Google: one for an unrestricted key is passed over");
	drop("0x1c10003");
	put("0x1c10003", "authread", 24, "garbage");
	is_ak("RSA with the certificate", "Google: and garbage");
	drop("0x1c10001");
	drop("0x1c10003");
	write_templates(6); /* restricted, and neither for signing nor for decryption */
	put("0x1c10001", "authread", 24, "rsa");
	is_ak("P-256", "Google: what the TPM makes no key of is passed over");
	for (int i = 0; i < 3; i++)
		run("tpm2_nvundefine 0x1c1000%d -C o", i);
}

/* Those of the EK, one letter each: r the RSA key's, e another. */
static const char *ek_certificates(void)
{
	static char text[16];
	struct hello hello;
	const json_t *list;

	(void)ak(&hello);
	list = find(hello.json, "ek", "certificates");
	memset(text, 0, sizeof(text));
	for (size_t i = 0; i < json_array_size(list) && i < sizeof(text) - 1; i++)
		text[i] = json_equal(json_array_get(list, i), ek_certificate) ? 'r' : 'e';
	end(&hello);
	return text;
}

static void test_ek_certificates(void)
{
	put("0x1c0000a", "ownerread", 2048, "padded.der");
	is_str(ek_certificates(), "rre", "EK: certificates in the order of their indices");
	drop("0x1c0000a");
	run("tpm2_nvdefine 0x1c0000a -C o -s 1016 -a 'authread|ownerwrite' -p secret; tpm2_nvwrite 0x1c0000a -C o -i cert.der");
	is_str(ek_certificates(), "re", "EK: one behind a password is none");
	drop("0x1c0000a");
	run("tpm2_nvdefine 0x1c0000a -C o -s 1016 -a 'authread|ownerwrite'");
	is_str(ek_certificates(), "re", "EK: one that was never written is none");
	drop("0x1c0000a");
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	tpm_start("sha256");
	take_certificate();
	test_azure();
	test_google();
	test_ek_certificates();
	json_decref(ek_certificate);
	tpm_end();
	return tap_done();
}
