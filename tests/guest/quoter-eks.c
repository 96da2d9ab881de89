/* SPDX-License-Identifier: MIT */
/*
 * EKs of every kind, as makers provide them: of both ranges, with a nonce or a template of their
 * own, with certificates above theirs. tpm2-tools make the keys, openssl their certificates;
 * credentials are our verifier's and tpm2_makecredential's.
 */
#define _GNU_SOURCE
#include <openssl/pem.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <unistd.h>

#include "measure/verify/tpm/makecredential.h"
#include "tests/lib/quoterworld.h"
#include "tests/lib/tap.h"

#define LOW  "fixedtpm|fixedparent|sensitivedataorigin|adminwithpolicy|restricted|decrypt"
#define HIGH LOW "|userwithauth"

/* PolicyA and PolicyB of the EK Credential Profile, as its tables have them. */
#define A_256 "837197674484b3f81a90cc8d46a5d724fd52d76e06520b64f2a1da1b331469aa"
#define B_256 "ca3d0a99a2b93906f7a3342414efcfb3a385d44cd1fd459089d19b5071c0b7a0"
#define B_384                                                              \
	"b26e7d28d11a50bc53d882bcf5fd3a1a074148bb35d3b4e4cb1c0ad9bde419ca" \
	"cb47ba09699646150f9fc000f3f80e12"

#define CREATE_PRIMARY 0x131
#define CONTEXT_LOAD   0x161
#define CONTEXT_SAVE   0x162

static struct hello hello;
static const uint8_t secret[MAKECREDENTIAL_SECRET_LEN] = { 4, 5, 6 };

/* ---- between the quoter and its TPM ---- */

static int ends[2]; /* the quoter's and swtpm's */
static atomic_int n_made;
static atomic_uint refused; /* the code of a command that the TPM does not know; 0: none */

/* A command or an answer; its code. 0: the end. */
static uint32_t read_message(int fd, uint8_t message[static 4096], size_t *ret_len)
{
	size_t len = 0, size = 10;

	while (len < size) {
		ssize_t n = read(fd, message + len, size - len);

		if (n <= 0)
			return 0;
		len += (size_t)n;
		if (len == 10)
			size = (size_t)message[4] << 8 | message[5];
	}
	*ret_len = len;
	return (uint32_t)message[8] << 8 | message[9];
}

/* Counts the primary keys that are made, and can be a TPM that saves no key, or loads none. */
static void *listen_in(void *arg)
{
	static const uint8_t unknown[] = { 0x80, 1, 0, 0, 0, 10, 0, 0, 1, 0x43 };
	const int quoter = ends[0], tpm = ends[1];
	uint8_t message[4096];
	uint32_t code;
	size_t len;

	while ((code = read_message(quoter, message, &len)) != 0) {
		n_made += code == CREATE_PRIMARY;
		if (code == refused) {
			(void)!write(quoter, unknown, sizeof(unknown));
			continue;
		}
		if (write(tpm, message, len) != (ssize_t)len)
			break;
		(void)read_message(tpm, message, &len);
		if (write(quoter, message, len) != (ssize_t)len)
			break;
	}
	close(quoter);
	close(tpm);
	return arg;
}

static int listen_between(int tpm)
{
	int pair[2];
	pthread_t thread;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		die("socketpair");
	n_made = 0;
	ends[0] = pair[1];
	ends[1] = tpm;
	if (pthread_create(&thread, NULL, listen_in, NULL) != 0 || pthread_detach(thread) != 0)
		die("thread");
	return pair[0];
}

/* ---- */

static void write_policies(void)
{
	run("hex() { perl -e 'print pack(\"H*\", shift)' $1; }; hex " A_256 " >a256; hex " B_256
	    " >b256; hex " B_384 " >b384");
	run("openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -subj /CN=ca -out ca.pem; openssl x509 -in ca.pem -outform der -out ca.der");
}

/* A key of these properties, whose public part is NAME.pem and NAME.pub. */
static void make_ek(const char *name, const char *algorithm, const char *hash, const char *policy,
		    const char *attributes, const char *more)
{
	tpm_clear();
	run("tpm2_createprimary -C e -G %s -g %s -L %s -a '%s' -c %s.ctx %s; tpm2_flushcontext -t",
	    algorithm, hash, policy, attributes, name, more);
	run("tpm2_readpublic -c %s.ctx -f pem -o %s.pem; tpm2_readpublic -c %s.ctx -f tss -o %s.pub; tpm2_flushcontext -t",
	    name, name, name, name);
}

static void drop(const char *index)
{
	run("tpm2_nvundefine %s -C o || true", index);
}

static void put(const char *index, const char *file)
{
	drop(index);
	run("tpm2_nvdefine %s -C o -s $(stat -c %%s %s) -a 'authread|ownerread|ownerwrite'; tpm2_nvwrite %s -C o -i %s",
	    index, file, index, file);
}

/* A certificate of that key, at this index. */
static void certify(const char *index, const char *name)
{
	run("openssl req -new -newkey rsa:2048 -nodes -keyout req.key -subj /CN=ek -out req.pem; openssl x509 -req -in req.pem -CA ca.pem -CAkey ca.key -set_serial 7 -force_pubkey %s.pem -outform der -out %s.der",
	    name, name);
	run("cp %s.der certificate", name);
	put(index, "certificate");
}

static struct file {
	uint8_t bytes[MAKECREDENTIAL_MAX];
	size_t len;
} file;

static void by_us(const char *name)
{
	struct tpmkey_name ak;
	EVP_PKEY *pkey;
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s.pem", tpmworld.dir, name);
	f = fopen(path, "r");
	pkey = f ? PEM_read_PUBKEY(f, NULL, NULL, NULL) : NULL;
	tpmkey_name(&hello.ak, &ak);
	if (!pkey || makecredential(pkey, &ak, secret, file.bytes, &file.len) < 0)
		die(path);
	fclose(f);
	EVP_PKEY_free(pkey);
}

/* tpm2_makecredential, which takes hash and cipher from the public area. */
static void by_tools(const char *name)
{
	char hex[2 * TPMKEY_NAME_MAX + 1], path[64];
	struct tpmkey_name ak;
	FILE *f;

	tpmkey_name(&hello.ak, &ak);
	for (size_t i = 0; i < ak.len; i++)
		sprintf(hex + 2 * i, "%02x", ak.bytes[i]);
	run("printf '\\004\\005\\006' >secret; head -c 29 /dev/zero >>secret; tpm2_makecredential -T none -e %s.pub -s secret -n %s -o credential",
	    name, hex);
	snprintf(path, sizeof(path), "%s/credential", tpmworld.dir);
	f = fopen(path, "r");
	file.len = f ? fread(file.bytes, 1, sizeof(file.bytes), f) : 0;
	if (file.len == 0)
		die(path);
	fclose(f);
}

static bool opens(void)
{
	ask(QUOTING_ACTIVATE, file.bytes, file.len);
	hear_quoter();
	return answer.kind == QUOTING_ACTIVATE && answer.len == 1 + sizeof(secret) &&
	       !memcmp(answer.text, secret, sizeof(secret));
}

static void start(void)
{
	quoter_start(CHECKED_QUOTER);
	if (!hear_hello(&hello))
		die("hello");
}

static void end(void)
{
	hello_done(&hello);
	close(tpmworld.gateway);
	is_str(quoter_end(), "", "(and the quoter lives on)");
}

/* Credentials of both makers for the key of this name. */
static void both_open(const char *name, const char *sentence)
{
	by_us(name);
	if (!ok(opens(), sentence))
		printf("#   %c %s\n", answer.kind, answer.text);
	by_tools(name);
	if (!ok(opens(), "and tpm2_makecredential's"))
		printf("#   %c %s\n", answer.kind, answer.text);
}

static void refuses(const char *name, const char *why, const char *sentence)
{
	by_us(name);
	ok(!opens(), sentence);
	if (!ok(answer.kind == QUOTING_REFUSED && strstr(answer.text, why), "and says why"))
		printf("#   got \"%s\"\n", answer.text);
}

/* swtpm_setup's own: RSA 2048 of the low range, P-384 of the high one. */
static void test_swtpm(void)
{
	run("tpm2_nvread 0x1c00002 | openssl x509 -inform der -noout -pubkey >own-rsa.pem; tpm2_nvread 0x1c00016 | openssl x509 -inform der -noout -pubkey >own-p384.pem");
	start();
	by_us("own-p384");
	ok(opens(), "H-3: the EK on P-384 that swtpm_setup certifies");
	by_us("own-rsa");
	ok(opens(), "L-1: and its RSA key");
	end();
}

/* Clients that ask for two kinds in turn, of which the TPM keeps neither. */
static int n_opened_in_turn(void)
{
	int n = 0;

	for (int i = 0; i < 8; i++) {
		by_us(i % 2 == 0 ? "h1" : "h2");
		n += opens();
	}
	return n;
}

static void test_in_turn(void)
{
	tpmworld.between = listen_between;
	start();
	is_int(n_made, 1, "in turn: the quoter makes an AK,");
	is_int(n_opened_in_turn(), 8, "in turn: eight credentials for H-1 and H-2");
	is_int(n_made, 3, "in turn: and each EK once");
	is_str(quote_of(&hello, 5), "holds", "in turn: the AK has kept its place");
	end();
	refused = CONTEXT_SAVE;
	start();
	is_int(n_opened_in_turn(), 8, "a TPM that saves no key: opens them all the same,");
	is_int(n_made, 9, "and makes the EK each time");
	end();
	refused = CONTEXT_LOAD;
	start();
	is_int(n_opened_in_turn(), 8, "one that loads none that it saved: the same,");
	is_int(n_made, 9, "and they are made again");
	end();
	refused = 0;
	tpmworld.between = NULL;
}

static void test_high(void)
{
	make_ek("h1", "rsa2048:aes128cfb", "sha256", "b256", HIGH, "");
	make_ek("h2", "ecc256:aes128cfb", "sha256", "b256", HIGH, "");
	make_ek("h3", "ecc384:aes256cfb", "sha384", "b384", HIGH, "");
	certify("0x1c00012", "h1");
	certify("0x1c00014", "h2");
	run("cmp h3.pem own-p384.pem"); /* which swtpm_setup has certified */
	start();
	both_open("h1", "H-1: RSA 2048");
	both_open("h2", "H-2: ECC P-256");
	both_open("h3", "H-3: ECC P-384");
	by_us("own-rsa");
	ok(opens(), "L-1: one of the same size beside it");
	end();
	test_in_turn();
	drop("0x1c00012");
	drop("0x1c00014");
}

static void test_3072(void)
{
	make_ek("h6", "rsa3072:aes256cfb", "sha384", "b384", HIGH, "");
	certify("0x1c0001c", "h6");
	start();
	both_open("h6", "H-6: RSA 3072");
	end();
	drop("0x1c0001c");
}

static bool lists(const char *name)
{
	const json_t *list = find(hello.json, "ek", "certificates");
	uint8_t want[4096], got[4096];
	size_t len;
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", tpmworld.dir, name);
	f = fopen(path, "r");
	len = f ? fread(want, 1, sizeof(want), f) : 0;
	if (f)
		fclose(f);
	for (size_t i = 0; i < json_array_size(list); i++)
		if (decode(json_array_get(list, i), got, sizeof(got)) == len &&
		    !memcmp(want, got, len))
			return len > 0;
	return false;
}

/* swtpm's TPM makes no such key: its certificate is sent, and a credential for it is not opened, in words. */
static void test_4096(void)
{
	run("openssl genrsa 4096 2>/dev/null | openssl rsa -pubout -out h7.pem 2>/dev/null");
	certify("0x1c0001e", "h7");
	start();
	ok(lists("certificate"), "H-7: the certificate of an RSA key of 4096 bits");
	refuses("h7",
		"the EK H-7 (RSA 4096), whose certificate would be in NV 0x01c0001e, cannot be had: the TPM makes no key of its template",
		"H-7: a credential for a key that this TPM does not make");
	end();
	drop("0x1c0001e");
}

/*
 * The maker's nonce is the beginning of x, and its certificate is of the key that this makes. That
 * key is tpm2_createek's, which wants a template in NV as well.
 */
static void test_nonce(void)
{
	tpm_clear();
	run("tpm2_createek -G ecc -c l2.ctx -f tss -u standard.pub; tpm2_flushcontext -t; (tail -c +3 standard.pub | head -c 54; for i in x y; do printf '\\000\\040'; head -c 32 /dev/zero; done) >template; head -c 20 /dev/urandom >nonce");
	put("0x1c0000c", "template");
	put("0x1c0000b", "nonce");
	tpm_clear();
	run("tpm2_createek -G ecc -t -c l2.ctx -f tss -u l2.pub; tpm2_flushcontext -t; ! cmp l2.pub standard.pub; tpm2_print -t TPM2B_PUBLIC -f pem l2.pub >l2.pem");
	certify("0x1c0000a", "l2");
	drop("0x1c0000b");
	tpmworld.between = listen_between;
	start();
	refuses("l2",
		"the EK L-2 (ECC P-256), whose certificate would be in NV 0x01c0000a, cannot be had: the key that the TPM makes of its template is not that of its certificate",
		"L-2: without its nonce it is another key");
	ok(!opens(), "L-2: also the second time");
	is_int(n_made, 2, "L-2: for which that key, and the AK, were made once");
	end();
	tpmworld.between = NULL;
	put("0x1c0000b", "nonce");
	start();
	both_open("l2", "L-2: with its nonce it is the one of its certificate");
	end();
	drop("0x1c0000c");
	start();
	both_open("l2", "L-2: also with the profile's template");
	end();
	tpm_clear();
	run("tpm2_createek -G ecc -c 0x8101000a -u standard.pub");
	start();
	by_us("l2");
	ok(opens(), "L-2: what the TPM keeps of that kind without the nonce is not it");
	end();
	run("tpm2_evictcontrol -C o -c 0x8101000a");
	drop("0x1c0000b");
}

/* A template of the maker's: TPM2B_PUBLIC is what tpm2-tools write, NV holds TPMT_PUBLIC. */
static void test_template(void)
{
	make_ek("own", "ecc256:aes128cfb", "sha256", "a256", LOW "|noda", "");
	run("tail -c +3 own.pub | head -c 54 >template; printf '\\000\\000\\000\\000' >>template");
	certify("0x1c0000a", "own");
	put("0x1c0000c", "template");
	start();
	both_open("own", "L-2: of a template in NV");
	end();
	run("(head -c 4 template; printf '\\000\\006\\000\\162'; tail -c +9 template) >other");
	put("0x1c0000c", "other");
	start();
	refuses("own", "its template is for other ways to use it",
		"L-2: a template of no EK is named");
	end();
	drop("0x1c0000c");
	drop("0x1c0000a");
}

static size_t n_listed(void)
{
	size_t n;

	start();
	n = n_certificates(&hello, "ek");
	end();
	return n;
}

static void test_chain(void)
{
	size_t n = n_listed();

	run("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout r.key -subj /CN=root -outform der -out root.der; cat ca.der root.der >chain; head -c 1000 chain >chain1; tail -c +1001 chain >chain2");
	put("0x1c00100", "chain1");
	put("0x1c00101", "chain2");
	start();
	is_int((int64_t)n_certificates(&hello, "ek"), (int64_t)n + 2,
	       "chain: what the TPM keeps above its EK is there too");
	ok(lists("ca.der") && lists("root.der"), "chain: whole, wherever an index ends");
	end();
	drop("0x1c00101");
	is_int((int64_t)n_listed(), (int64_t)n + 1, "chain: half a certificate is none");
	run("for i in 1 2 3 4; do cat root.der; done >many");
	put("0x1c00100", "many");
	put("0x1c00101", "many");
	is_int((int64_t)n_listed(), 8, "chain: no more than a verifier reads");
	drop("0x1c00100");
	drop("0x1c00101");
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	tpm_start("sha256");
	write_policies();
	test_swtpm();
	test_high();
	test_nonce();
	test_template();
	test_chain();
	test_3072();
	test_4096();
	tpm_end();
	return tap_done();
}
