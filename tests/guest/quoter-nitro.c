/* SPDX-License-Identifier: MIT */
/*
 * The quoter with a NitroTPM (tests/lib/nitrotpm.h): the command as it is on the wire, documents in
 * place of quotes, and what it does when there are none. What it sends a verifier takes.
 * seen: aws: the TPM's command is played between quoter and swtpm
 */
#define _GNU_SOURCE
#include <unistd.h>

#include "measure/verify/tpm/document.h"
#include "tests/lib/nitrotpm.h"
#include "tests/lib/quoterworld.h"
#include "tests/lib/tap.h"

static struct document document;
static uint8_t bytes[8192];

/* "holds", or what is wrong with the document for a root of these bytes. */
static const char *document_of(uint8_t fill)
{
	uint8_t extra[BINDING_LEN];
	struct merkle_hash root;
	json_t *json;
	size_t len;

	memset(root.bytes, fill, sizeof(root.bytes));
	ask(QUOTING_QUOTE, root.bytes, sizeof(root.bytes));
	hear_quoter();
	json = members(QUOTING_QUOTE);
	len = decode(json_object_get(json, "document"), bytes, sizeof(bytes));
	json_decref(json);
	if (len == 0)
		return "there is none";
	if (document_parse(span_of(bytes, len), &document, NULL) < 0)
		return "it is malformed";
	if (document_check_signature(&document, nitrotpm.pkey) != QUOTE_HOLDS)
		return "it is not signed";
	binding_extra(&root, extra);
	if (document.nonce.left != BINDING_LEN || memcmp(document.nonce.p, extra, BINDING_LEN) != 0)
		return "it is for another root";
	return nitrotpm.wrong ? nitrotpm.wrong : "holds";
}

static void start(const char *program, enum nitrotpm_mood mood)
{
	nitrotpm.mood = mood;
	quoter_start(program);
}

static void end(const char *want, const char *name)
{
	close(tpmworld.gateway);
	is_str(quoter_end(), want, name);
}

static json_t *hear_members(void)
{
	hear_quoter();
	return members(QUOTING_HELLO);
}

static void test_hello(void)
{
	json_t *hello, *values;
	char hex[HASH_HEX_MAX];

	start(CHECKED_QUOTER, NITROTPM_SIGNS);
	hello = hear_members();
	ok(!strncmp(answer.text, "\"schema\":\"rampart-evidence/2\",\"pcrs\":{\"sha384\":[", 48) &&
		   json_object_size(hello) == 2,
	   "hello: the second edition, with the bank that a document proves and no key");
	is_str(document_of(1), "holds", "a document holds");
	values = json_object_get(json_object_get(hello, "pcrs"), "sha384");
	digest_hex(&document.pcr[4], hex);
	is_str(json_string_value(json_array_get(values, 4)), hex, "of the PCR values of hello");
	json_decref(hello);
	for (int i = 2; i < 20; i++)
		(void)document_of((uint8_t)i);
	is_str(document_of(20), "holds", "twenty leave nothing behind in the TPM");
	ask(QUOTING_ACTIVATE, "credential", 10);
	hear_quoter();
	ok(answer.kind == QUOTING_REFUSED && strstr(answer.text, "proves itself by documents"),
	   "a credential is refused, in words");
	is_str(document_of(21), "holds", "which ends nothing");
	end("", "when the gateway ends, it ends and has nothing to say");
	run("test $(tpm2_getcap handles-transient | wc -l) = 0; test $(tpm2_getcap handles-loaded-session | wc -l) = 0");
}

static void test_confined(void)
{
	start(CONFINED_QUOTER, NITROTPM_SIGNS);
	json_decref(hear_members());
	is_str(document_of(1), "holds", "as it is in the guest, behind its filter");
	end("", "and it ends");
}

/* What another boot, or anybody before, left at the index. */
static void test_left(void)
{
	run("tpm2_nvundefine 0x1800052 -C o || true; tpm2_nvdefine 0x1800052 -C o -s 16 -a 'authread|authwrite' -p secret");
	start(CHECKED_QUOTER, NITROTPM_SIGNS);
	json_decref(hear_members());
	is_str(document_of(3), "holds", "an index with somebody's password is defined anew");
	end("", "left: end");
}

static void test_moods(void)
{
	struct hello hello;

	start(CHECKED_QUOTER, NITROTPM_BUSY);
	json_decref(hear_members());
	is_str(document_of(1), "holds", "a TPM that asks for the command again gets it");
	end("", "busy: end");
	start(CONFINED_QUOTER, NITROTPM_ONCE);
	json_decref(hear_members());
	is_str(document_of(1), "holds", "an error of the hypervisor's is not the end");
	end("", "once: end");
	start(CHECKED_QUOTER, NITROTPM_UNKNOWN);
	ok(hear_hello(&hello) && !strcmp(quote_of(&hello, 1), "holds"),
	   "a TPM that does not know the command quotes");
	is_int(nitrotpm.n_commands, 1, "and is asked once");
	hello_done(&hello);
	end("", "unknown: end");
	start(CHECKED_QUOTER, NITROTPM_OF_OTHERS);
	ok(hear_hello(&hello) && !strcmp(quote_of(&hello, 1), "holds"),
	   "one that another made quotes");
	is_int(nitrotpm.n_commands, 0, "and is never sent a command of AWS's");
	hello_done(&hello);
	end("", "others: end");
}

static void test_failures(void)
{
	start(CHECKED_QUOTER, NITROTPM_ERRS);
	is_int((int64_t)hear_quoter()->len, 0, "errors without end: no hello");
	is_str(quoter_end(), "TPM failed: it makes no document", "and it ends, with the reason");
	start(CHECKED_QUOTER, NITROTPM_CUT);
	is_int((int64_t)hear_quoter()->len, 0, "an answer that is cut off: no hello");
	is_str(quoter_end(), "TPM failed: it makes no document", "and it ends, with the reason");
	start(CHECKED_QUOTER, NITROTPM_REFUSES);
	is_int((int64_t)hear_quoter()->len, 0, "a command that is refused: no hello");
	is_str(quoter_end(), "TPM failed: the command for documents got error 0x00000101",
	       "and it ends, with the code");
	start(CHECKED_QUOTER, NITROTPM_SIGNS);
	json_decref(hear_members());
	run("swtpm_ioctl --unix $PWD/tpm.sock.ctrl -i");
	(void)document_of(1);
	is_int((int64_t)answer.len, 0, "a TPM that was reset: no document any more");
	ok(strstr(quoter_end(), "TPM failed: ") != NULL, "and it ends");
	tpm_kill();
	swtpm_start();
}

/* A hypervisor that is asked too often refuses for a while: no fault of the machine's. */
static void test_limited(void)
{
	static const enum nitrotpm_mood moods[] = { NITROTPM_ERRS, NITROTPM_REFUSES };
	static const uint8_t root[MERKLE_LEN] = { 9 };

	start(CONFINED_QUOTER, NITROTPM_SIGNS);
	json_decref(hear_members());
	for (size_t i = 0; i < sizeof(moods) / sizeof(*moods); i++) {
		nitrotpm.mood = moods[i];
		ask(QUOTING_QUOTE, root, sizeof(root));
		hear_quoter();
		ok(answer.kind == QUOTING_REFUSED &&
			   strstr(answer.text, "makes no document at the moment: ask again later"),
		   "ten refusals one after the other are told to whoever asked");
		nitrotpm.mood = NITROTPM_SIGNS;
		is_str(document_of(1), "holds", "and the next one has a document");
	}
	run("swtpm_ioctl --unix $PWD/tpm.sock.ctrl -i");
	(void)document_of(1);
	ok(strstr(quoter_end(), "TPM failed: TPM2_") != NULL,
	   "when the TPM itself fails later, that is the reason, and not the refusals of before");
	tpm_kill();
	swtpm_start();
}

/* Without the bank that AWS signs there is nothing to sign. */
static void test_bank(void)
{
	struct hello hello;

	tpm_end();
	tpm_start("sha256");
	start(CHECKED_QUOTER, NITROTPM_SIGNS);
	ok(hear_hello(&hello) && !strcmp(quote_of(&hello, 1), "holds"),
	   "a NitroTPM without the bank sha384 quotes");
	hello_done(&hello);
	end("", "bank: end");
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	nitrotpm.pkey = EVP_EC_gen("P-384");
	nitrotpm.cert[0] = make_cert(&(struct cert_recipe){ .name = "i", .pkey = nitrotpm.pkey });
	nitrotpm.n_certs = 1;
	tpmworld.between = nitrotpm_between;
	tpm_start("sha256,sha384");
	test_hello();
	test_confined();
	test_left();
	test_moods();
	test_failures();
	test_limited();
	test_bank();
	tpm_end();
	return tap_done();
}
