/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "tests/lib/nitrotpm.h"

#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "measure/lib/array.h"

#define MESSAGE_MAX 4096
#define NV_LEN	    8192
#define SWTPM_NV    2048 /* libtpms has no larger index */

/* TCG TPM 2.0 Library, Part 2, TPM_CC. */
enum {
	NV_DEFINE = 0x12a,
	NV_WRITE = 0x137,
	NV_READ = 0x14e,
	NV_READ_PUBLIC = 0x169,
	RSA_ENCRYPT = 0x174,
	START_SESSION = 0x176,
	GET_CAPABILITY = 0x17a,
	VENDOR = 0x20000001,
};

struct nitrotpm nitrotpm;

/* One connection. */
static struct talk {
	int quoter, tpm;
	uint8_t message[MESSAGE_MAX];
	size_t len;
	uint32_t index;	    /* of 8192 bytes; 0: not defined yet */
	uint8_t nv[NV_LEN]; /* what is in it, as the hypervisor left it */
	bool answered;	    /* else it holds what was written */
	uint8_t salt[64], mine[64], its[64], name[66];
	size_t salt_len, mine_len, its_len, name_len;
	uint32_t session;
} talk;

static uint32_t be(const uint8_t *p, size_t len)
{
	uint32_t v = 0;

	while (len-- > 0)
		v = v << 8 | *p++;
	return v;
}

static void wrong(const char *what)
{
	nitrotpm.wrong = what;
}

static void require(bool holds, const char *what)
{
	if (!holds)
		wrong(what);
}

/* A command or an answer into message; false: the end. */
static bool hear(int fd)
{
	size_t size = 10;

	for (talk.len = 0; talk.len < size;) {
		ssize_t n = read(fd, talk.message + talk.len, size - talk.len);

		if (n <= 0)
			return false;
		talk.len += (size_t)n;
		if (talk.len == 10)
			size = be(talk.message + 2, 4);
		if (size > MESSAGE_MAX)
			return false;
	}
	return true;
}

static bool say(int fd, const void *bytes, size_t len)
{
	return write(fd, bytes, len) == (ssize_t)len;
}

static void answer_code(uint32_t code)
{
	uint8_t answer[10] = { 0x80, 1, 0, 0, 0, 10 };

	set_be(answer + 6, code, 4);
	(void)say(talk.quoter, answer, sizeof(answer));
}

/* ---- what the test knows from listening ---- */

/* The data of a TPM2B; what is behind it. */
static const uint8_t *take_2b(const uint8_t *at, uint8_t *ret, size_t max, size_t *ret_len)
{
	size_t len = be(at, 2);

	if (len > max)
		die("a TPM2B");
	memcpy(ret, at + 2, len);
	*ret_len = len;
	return at + 2 + len;
}

static void note_command(uint32_t code)
{
	const uint8_t *m = talk.message;

	if (code == NV_DEFINE && be(m + talk.len - 2, 2) == NV_LEN) {
		/* TPM2B_AUTH behind handle and password, then TPM2B_NV_PUBLIC */
		talk.index = be(m + talk.len - 14, 4);
		set_be(talk.message + talk.len - 2, SWTPM_NV, 2);
	}
	if (code == NV_WRITE && be(m + 14, 4) == talk.index) {
		size_t at = 22 + be(m + 18, 4), len = be(m + at, 2);

		memset(talk.nv, 0xff, sizeof(talk.nv));
		memcpy(talk.nv, m + at + 2, len);
		talk.answered = false;
	}
	if (code == RSA_ENCRYPT)
		(void)take_2b(m + 14, talk.salt, sizeof(talk.salt), &talk.salt_len);
	if (code == START_SESSION)
		(void)take_2b(m + 18, talk.mine, sizeof(talk.mine), &talk.mine_len);
}

static void note_answer(uint32_t code, const uint8_t *command)
{
	uint8_t *m = talk.message;

	if (be(m + 6, 4) != 0)
		return;
	if (code == GET_CAPABILITY && be(command + 10, 4) == 6 && be(command + 14, 4) == 0x105 &&
	    nitrotpm.mood != NITROTPM_OF_OTHERS)
		set_be(m + 23, 0x414d5a4e, 4);
	if (code == START_SESSION) {
		talk.session = be(m + 10, 4);
		(void)take_2b(m + 14, talk.its, sizeof(talk.its), &talk.its_len);
	}
	if (code == NV_READ_PUBLIC && be(command + 10, 4) == talk.index) {
		size_t len = be(m + 10, 2);

		(void)take_2b(m + 12 + len, talk.name, sizeof(talk.name), &talk.name_len);
		set_be(m + 12 + len - 2, NV_LEN, 2);
	}
}

/* ---- the command ---- */

static void hmac(const uint8_t *key, size_t key_len, const struct bytes *data, uint8_t ret[64])
{
	unsigned len = 64;

	must(HMAC(EVP_sha512(), key, (int)key_len, data->p, data->len, ret, &len) != NULL);
}

/* Part 1, "sessionKey Creation": KDFa of the salt, label and both nonces, 512 bits. */
static void session_key(uint8_t ret[64])
{
	struct bytes *b = alloc(sizeof(*b));

	put_be(b, 1, 4);
	put(b, "ATH", 4);
	put(b, talk.its, talk.its_len);
	put(b, talk.mine, talk.mine_len);
	put_be(b, 512, 4);
	hmac(talk.salt, talk.salt_len, b, ret);
	free(b);
}

/* Its bytes, one by one; and the HMAC over cpHash and nonces. */
static void check_command(void)
{
	const uint8_t *m = talk.message, *at = m + 22;
	uint8_t key[64], want[64], nonce[64], mac[64];
	struct bytes *b = alloc(sizeof(*b));
	size_t nonce_len, mac_len;
	uint8_t attributes;

	require(be(m, 2) == 0x8002, "the command has no session");
	require(be(m + 10, 4) == talk.index && be(m + 14, 4) == talk.index,
		"the handles are not the index, twice");
	require(be(m + 22, 4) == talk.session && be(m + 18, 4) == talk.len - 22,
		"it is not all a session");
	at = take_2b(m + 26, nonce, sizeof(nonce), &nonce_len);
	attributes = *at++;
	at = take_2b(at, mac, sizeof(mac), &mac_len);
	require(at == m + talk.len, "there are parameters");
	require(nonce_len >= 16 && mac_len == 64, "nonce or HMAC are of another length");
	session_key(key);
	put_be(b, VENDOR, 4);
	put(b, talk.name, talk.name_len);
	put(b, talk.name, talk.name_len);
	SHA512(b->p, b->len, want);
	b->len = 0;
	put(b, want, 64);
	put(b, nonce, nonce_len);
	put(b, talk.its, talk.its_len);
	put(b, &attributes, 1);
	hmac(key, 64, b, want);
	require(memcmp(want, mac, 64) == 0, "the HMAC is another");
	require(talk.name_len == 66 && be(talk.name, 2) == 0x000d, "the Name is not of SHA-512");
	free(b);
}

/* What was asked: the nonce, and nothing else. */
static const uint8_t *asked_nonce(void)
{
	static const char head[] = "\xa1\x6b"
				   "Attestation"
				   "\xa3\x69"
				   "user_data"
				   "\xf6\x65"
				   "nonce"
				   "\x58\x20";
	static const char tail[] = "\x6a"
				   "public_key"
				   "\xf6\xff";

	require(!talk.answered && memcmp(talk.nv, head, sizeof(head) - 1) == 0 &&
			memcmp(talk.nv + sizeof(head) - 1 + 32, tail, sizeof(tail) - 1) == 0,
		"the request is another");
	return talk.nv + sizeof(head) - 1;
}

/* PCR 0 to 15 and 16, 23 of swtpm, eight at a time. */
static void read_pcrs(struct document_recipe *r)
{
	for (unsigned first = 0; first < 24; first += 8) {
		uint8_t read[20] = { 0x80, 1, 0, 0, 0, 20, 0, 0, 1, 0x7e, 0, 0, 0, 1, 0, 0x0c, 3 };

		read[17 + first / 8] = 0xff;
		if (!say(talk.tpm, read, sizeof(read)) || !hear(talk.tpm) ||
		    be(talk.message + 28, 2) != 48)
			die("PCR_Read");
		for (unsigned i = 0; i < 8; i++)
			memcpy(r->pcr[first + i].bytes, talk.message + 30 + 50 * i, 48);
	}
	r->has = 0x81ffff;
}

static void answer_document(void)
{
	static const char head[] = "\xa1\x6b"
				   "Attestation"
				   "\xa1\x68"
				   "document";
	struct bytes *document = alloc(sizeof(*document)), *b = alloc(sizeof(*b));
	struct document_recipe r;
	uint8_t nonce[32];

	memcpy(nonce, asked_nonce(), sizeof(nonce));
	document_start(&r, nitrotpm.pkey, nitrotpm.cert[0], nonce);
	memcpy(r.cert, nitrotpm.cert, sizeof(r.cert));
	r.n_certs = nitrotpm.n_certs;
	read_pcrs(&r);
	put_document(document, &r);
	put(b, head, sizeof(head) - 1);
	put_cbor_bytes(b, document->p, document->len);
	must(b->len <= NV_LEN);
	memset(talk.nv, 0xff, NV_LEN);
	memcpy(talk.nv, b->p, b->len);
	if (nitrotpm.mood == NITROTPM_CUT)
		set_be(talk.nv + sizeof(head), NV_LEN, 2);
	free(document);
	free(b);
}

static void answer_error(void)
{
	static const char error[] = "\xa1\x65"
				    "Error"
				    "\x6d"
				    "InternalError";

	(void)asked_nonce();
	memset(talk.nv, 0xff, NV_LEN);
	memcpy(talk.nv, error, sizeof(error) - 1);
}

static void serve_vendor(void)
{
	static const uint8_t done[] = {
		0x80, 2, 0, 0, 0, 19, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0
	};
	int n = ++nitrotpm.n_commands;
	enum nitrotpm_mood mood = nitrotpm.mood;

	check_command();
	if (mood == NITROTPM_UNKNOWN || mood == NITROTPM_REFUSES ||
	    (mood == NITROTPM_BUSY && n == 1)) {
		answer_code(mood == NITROTPM_UNKNOWN ? 0x143
			    : mood == NITROTPM_BUSY  ? 0x922
						     : 0x101);
		return;
	}
	if (mood == NITROTPM_ERRS || (mood == NITROTPM_ONCE && n % 2 == 1))
		answer_error();
	else
		answer_document();
	talk.answered = true;
	(void)say(talk.quoter, done, sizeof(done));
}

/* NV_Read of the index, once there is an answer: size and offset are at the end. */
static void serve_read(void)
{
	struct bytes *b = alloc(sizeof(*b));
	size_t len = be(talk.message + talk.len - 4, 2), off = be(talk.message + talk.len - 2, 2);

	if (off + len > NV_LEN) {
		answer_code(0x146);
	} else {
		put_be(b, 0x8002, 2);
		put_be(b, 10 + 4 + 2 + len + 5, 4);
		put_be(b, 0, 4);
		put_be(b, 2 + len, 4);
		put_2b(b, talk.nv + off, len);
		put_be(b, 0x0000010000, 5);
		(void)say(talk.quoter, b->p, b->len);
	}
	free(b);
}

static void *serve(void *arg)
{
	while (hear(talk.quoter)) {
		uint32_t code = be(talk.message + 6, 4);
		uint8_t command[64];

		memcpy(command, talk.message, sizeof(command));
		if (code == VENDOR) {
			serve_vendor();
			continue;
		}
		if (code == NV_READ && talk.answered && be(talk.message + 14, 4) == talk.index) {
			serve_read();
			continue;
		}
		note_command(code);
		if (!say(talk.tpm, talk.message, talk.len) || !hear(talk.tpm))
			break;
		note_answer(code, command);
		if (!say(talk.quoter, talk.message, talk.len))
			break;
	}
	close(talk.quoter);
	close(talk.tpm);
	return arg;
}

int nitrotpm_between(int tpm)
{
	pthread_t thread;
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		die("socketpair");
	talk = (struct talk){ .quoter = pair[1], .tpm = tpm };
	nitrotpm.n_commands = 0;
	nitrotpm.wrong = NULL;
	if (pthread_create(&thread, NULL, serve, NULL) != 0 || pthread_detach(thread) != 0)
		die("thread");
	return pair[0];
}
