/* SPDX-License-Identifier: MIT */
/* What the gateway answers itself: its identity, evidence, activation, and what it refuses. The
 * test is the quoter. */
#define _GNU_SOURCE
#include <jansson.h>
#include <openssl/sha.h>
#include <openssl/x509v3.h>
#include <signal.h>
#include <stdbool.h>
#include <time.h>
#include <unistd.h>

#include "measure/lib/base64.h"
#include "measure/lib/binding.h"
#include "measure/lib/merkle.h"
#include "tests/lib/gatewayworld.h"
#include "tests/lib/httpclient.h"
#include "tests/lib/tap.h"

#define HOST	 "host: r\r\n"
#define AT	 "/.well-known/rampart"
#define EVIDENCE "/.well-known/rampart/evidence"
#define ACTIVATE "/.well-known/rampart/activate"
#define QUOTE	 "\"quote\":\"cXVvdGU=\",\"signature\":\"c2ln\""

/* The answer to a request on a connection of its own, and whether it then ended. */
static const struct response *answer_to(const char *request, size_t len, bool *ret_ended)
{
	SSL *ssl = client("");
	const struct response *r;

	client_send(ssl, request, len);
	r = response(ssl);
	if (ret_ended) {
		*ret_ended = r->status != 0 && strstr(r->head, "connection: close\r\n");
		if (*ret_ended)
			*ret_ended = receive(ssl, 1)[0] == '\0' && ended_well(ssl);
	}
	client_close(ssl);
	return r;
}

static void test_identity(void)
{
	SSL *ssl = client("");
	X509 *x = SSL_get1_peer_certificate(ssl);
	uint8_t *spki = NULL, digest[SHA256_DIGEST_LENGTH];
	int len = i2d_PUBKEY(X509_get0_pubkey(x), &spki);
	char hex[256] = "identity ", name[64];
	uint64_t serial = 0, want = 0;

	for (int i = 0; i < len && len <= 91; i++)
		sprintf(hex + strlen(hex), "%02x", spki[i]);
	is_str(hex, world.spki_hex, "the reported key is that of the certificate");
	SHA256(spki, (size_t)len, digest);
	for (int i = 0; i < 8; i++)
		want = want << 8 | digest[i];
	ok(ASN1_INTEGER_get_uint64(&serial, X509_get0_serialNumber(x)) == 1 &&
		   serial == (want & INT64_MAX),
	   "the serial number follows from the key");
	is_str(X509_NAME_oneline(X509_get_subject_name(x), name, sizeof(name)), "/CN=rampart",
	       "its subject");
	is_str(X509_NAME_oneline(X509_get_issuer_name(x), name, sizeof(name)), "/CN=rampart",
	       "its issuer");
	is_int(X509_check_host(x, "rampart", 0, 0, NULL), 1, "its name");
	is_int(X509_verify(x, X509_get0_pubkey(x)), 1, "it signs itself");
	is_str((const char *)X509_get0_notBefore(x)->data, "700101000000Z", "it begins in 1970");
	is_str((const char *)X509_get0_notAfter(x)->data, "99991231235959Z", "and never ends");
	is_str(SSL_get_version(ssl), "TLSv1.3", "TLS 1.3 is spoken");
	is_str(SSL_get0_group_name(ssl), "X25519MLKEM768", "with the group that is first here");
	OPENSSL_free(spki);
	X509_free(x);
	client_close(ssl);
}

/* A handshake with one thing about the client changed. */
static SSL *changed(void (*change)(SSL *ssl))
{
	SSL *ssl = SSL_new(client_context());
	int fd = client_connect();

	change(ssl);
	SSL_set_fd(ssl, fd);
	if (SSL_connect(ssl) == 1)
		return ssl;
	SSL_free(ssl);
	close(fd);
	return NULL;
}

static void old_version(SSL *ssl)
{
	SSL_set_max_proto_version(ssl, TLS1_2_VERSION);
}

static void classic_group(SSL *ssl)
{
	SSL_set1_groups_list(ssl, "X25519");
}

static void other_group(SSL *ssl)
{
	SSL_set1_groups_list(ssl, "P-256");
}

/* Its share is of X25519 alone, but it can do both. */
static void late_group(SSL *ssl)
{
	SSL_set1_groups_list(ssl, "*X25519:X25519MLKEM768");
}

static void both_protocols(SSL *ssl)
{
	SSL_set_alpn_protos(ssl, (const unsigned char *)"\x02h2\x08http/1.1", 12);
}

static void other_protocol(SSL *ssl)
{
	SSL_set_alpn_protos(ssl, (const unsigned char *)"\x02h2", 3);
}

static void test_tls(void)
{
	const unsigned char *protocol;
	unsigned len;
	SSL *ssl;

	ok(!changed(old_version), "TLS 1.2 is refused");
	ssl = changed(classic_group);
	ok(ssl && !strcmp(SSL_get0_group_name(ssl), "x25519"), "X25519 alone is accepted");
	client_close(ssl);
	ok(!changed(other_group), "P-256 alone is refused");
	ssl = changed(late_group);
	ok(ssl && !strcmp(SSL_get0_group_name(ssl), "X25519MLKEM768"),
	   "who can do X25519MLKEM768 is asked for it");
	client_close(ssl);
	ssl = changed(both_protocols);
	SSL_get0_alpn_selected(ssl, &protocol, &len);
	ok(len == 8 && !memcmp(protocol, "http/1.1", 8), "of h2 and http/1.1 the latter is chosen");
	client_close(ssl);
	ok(!changed(other_protocol), "h2 alone is refused");
}

static void ask_evidence(SSL *ssl, const char *nonce)
{
	char request[256];
	int len = snprintf(request, sizeof(request),
			   "GET " EVIDENCE "?nonce=%s HTTP/1.1\r\nhost: rampart\r\n\r\n", nonce);

	client_send(ssl, request, (size_t)len);
}

static bool member(const json_t *object, const char *key, uint8_t bytes[static BINDING_LEN])
{
	const char *text = json_string_value(json_object_get(object, key));
	size_t len;

	return text && base64_decode(text, strlen(text), bytes, BINDING_LEN, &len) == 0 &&
	       len == BINDING_LEN;
}

static bool read_path(const json_t *object, struct merkle_path *path)
{
	const json_t *siblings = json_object_get(object, "siblings"), *value;
	size_t i, len;

	path->size = (uint32_t)json_integer_value(json_object_get(object, "size"));
	path->index = (uint32_t)json_integer_value(json_object_get(object, "index"));
	path->n = json_array_size(siblings);
	if (path->n > MERKLE_PATH_MAX)
		return false;
	json_array_foreach(siblings, i, value)
	{
		const char *text = json_string_value(value);

		if (base64_decode(text, strlen(text), path->sibling[i].bytes, MERKLE_LEN, &len) < 0)
			return false;
	}
	return true;
}

/* Whether evidence is bound to the client's own nonce, key and connection, and to this root. */
static bool is_bound(SSL *ssl, const uint8_t nonce[static BINDING_LEN], const json_t *evidence,
		     const uint8_t *root, uint32_t size)
{
	uint8_t exporter[BINDING_LEN], said_nonce[BINDING_LEN], said_exporter[BINDING_LEN];
	X509 *x = SSL_get0_peer_certificate(ssl);
	uint8_t *spki = NULL;
	int len = i2d_PUBKEY(X509_get0_pubkey(x), &spki);
	struct merkle_path path;
	struct merkle_hash hash, climbed;
	struct binding_leaf leaf;

	SSL_export_keying_material(ssl, exporter, sizeof(exporter), "EXPORTER-Channel-Binding", 24,
				   (const unsigned char *)"", 0, 1);
	binding_leaf(nonce, span_of(spki, (size_t)len), exporter, &leaf);
	merkle_leaf(leaf.bytes, sizeof(leaf.bytes), &hash);
	OPENSSL_free(spki);
	return member(evidence, "nonce", said_nonce) && !memcmp(said_nonce, nonce, BINDING_LEN) &&
	       member(evidence, "exporter", said_exporter) &&
	       !memcmp(said_exporter, exporter, BINDING_LEN) &&
	       read_path(json_object_get(evidence, "path"), &path) && path.size == size &&
	       merkle_climb(&hash, &path, &climbed) == 0 &&
	       !memcmp(climbed.bytes, root, MERKLE_LEN);
}

static void test_evidence(void)
{
	static const char start[] = "{" HELLO ",\"certificate\":\"";
	static const char order[] =
		"schema ak ek pcrs certificate firmware_log runtime_log nonce exporter path quote signature ";
	uint8_t question[QUOTING_MAX], nonce[BINDING_LEN] = { 0xfb, 0xff }, log[64];
	char text[48], keys[256] = "";
	SSL *ssl = client("");
	const struct response *r;
	const char *key, *runtime_log;
	json_t *evidence, *value;
	size_t len;

	base64_encode(nonce, sizeof(nonce), text);
	ask_evidence(ssl, text);
	ok(quoter_hears(question) == 1 + MERKLE_LEN && question[0] == QUOTING_QUOTE,
	   "a request for evidence makes the quoter quote");
	quoter_says(QUOTING_QUOTE, QUOTE, strlen(QUOTE));
	r = response(ssl);
	is_int(r->status, 200, "and has an answer");
	ok(strstr(r->head, "content-type: application/json\r\n") &&
		   strstr(r->head, "cache-control: no-store\r\n") &&
		   strstr(r->head, "connection: keep-alive\r\n"),
	   "which is JSON, for this client alone");
	ok(!strncmp(r->body, start, strlen(start)), "the machine's part comes first, compact");
	evidence = json_loads(r->body, JSON_REJECT_DUPLICATES, NULL);
	json_object_foreach(evidence, key, value) strcat(strcat(keys, key), " ");
	is_str(keys, order, "the keys are in their order");
	ok(is_bound(ssl, nonce, evidence, question + 1, 1),
	   "one request alone is bound to the quote");
	runtime_log = json_string_value(json_object_get(evidence, "runtime_log"));
	ok(base64_decode(runtime_log, strlen(runtime_log), log, sizeof(log), &len) == 0 &&
		   len == strlen(RUNTIME_LOG) && !memcmp(log, RUNTIME_LOG, len),
	   "the runtime log is in it");
	json_decref(evidence);

	ask_evidence(ssl, "-_8AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
	quoter_hears(question);
	quoter_says(QUOTING_QUOTE, QUOTE, strlen(QUOTE));
	evidence = json_loads(response(ssl)->body, JSON_REJECT_DUPLICATES, NULL);
	ok(is_bound(ssl, nonce, evidence, question + 1, 1),
	   "the same nonce as base64url, on the same connection");
	json_decref(evidence);

	ask_evidence(ssl, "%2B%2f8AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA%3D");
	quoter_hears(question);
	quoter_says(QUOTING_QUOTE, QUOTE, strlen(QUOTE));
	evidence = json_loads(response(ssl)->body, JSON_REJECT_DUPLICATES, NULL);
	ok(is_bound(ssl, nonce, evidence, question + 1, 1), "and percent-encoded");
	json_decref(evidence);

	/* A hypervisor that signs no document now may sign one a little later. */
	ask_evidence(ssl, text);
	quoter_hears(question);
	quoter_says(QUOTING_REFUSED, "no document: ask again", 22);
	r = response(ssl);
	is_int(r->status, 503, "a quoter that has no quote this time refuses the request");
	ok(strstr(r->head, "retry-after: ") && strstr(r->body, "no document: ask again"),
	   "with its reason, and when to ask again");
	ask_evidence(ssl, text);
	quoter_hears(question);
	quoter_says(QUOTING_QUOTE, QUOTE, strlen(QUOTE));
	evidence = json_loads(response(ssl)->body, JSON_REJECT_DUPLICATES, NULL);
	ok(is_bound(ssl, nonce, evidence, question + 1, 1), "and the next one has a quote");
	json_decref(evidence);
	client_close(ssl);
}

/* Returns when the gateway has looked at everything that was sent before. */
static void catch_up(void)
{
	static const char request[] = "GET /.well-known/rampart HTTP/1.1\r\nhost: r\r\n\r\n";

	if (answer_to(request, sizeof(request) - 1, NULL)->status != 200)
		die("no index");
}

/* While the quoter works for a first client, others come; they share the next quote. */
static void test_batch(void)
{
	enum { N = 11 };
	uint8_t question[QUOTING_MAX], nonce[N][BINDING_LEN] = { 0 };
	SSL *clients[N], *first = client(""), *gone = client("");
	char text[48];
	int good = 0;

	base64_encode(nonce[0], BINDING_LEN, text);
	ask_evidence(first, text);
	quoter_hears(question);
	ask_evidence(gone, text);
	for (int i = 0; i < N; i++) {
		nonce[i][0] = (uint8_t)i;
		base64_encode(nonce[i], BINDING_LEN, text);
		clients[i] = client("");
		ask_evidence(clients[i], text);
	}
	client_close(gone);
	catch_up();
	quoter_says(QUOTING_QUOTE, QUOTE, strlen(QUOTE));
	is_int(response(first)->status, 200, "the first one does not wait for the others");
	is_int((int64_t)quoter_hears(question), 1 + MERKLE_LEN, "those make one question");
	quoter_says(QUOTING_QUOTE, QUOTE, strlen(QUOTE));
	for (int i = 0; i < N; i++) {
		json_t *evidence = json_loads(response(clients[i])->body, 0, NULL);

		good += is_bound(clients[i], nonce[i], evidence, question + 1, N);
		json_decref(evidence);
		client_close(clients[i]);
	}
	is_int(good, N, "and each of them, without one who left, is bound to its quote");
	client_close(first);
}

#define SHORT_NONCE "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

static void test_nonces(void)
{
	static const char *const bad[] = {
		"?nonce=",
		"?nonce=" SHORT_NONCE,
		"?nonce=" SHORT_NONCE "AAA==",
		"?nonce=" SHORT_NONCE "AAB=", /* bits that no byte has */
		"?nonce=" SHORT_NONCE "AAAA",
		"?nonce=" SHORT_NONCE "AAA%3",
		"?nonce=" SHORT_NONCE "AAA%3D%3D",
		"?nonce%3D" SHORT_NONCE "AAA=",
		"?nonce=" SHORT_NONCE "A_A=",
		"?nonce=" SHORT_NONCE "A+A",
		"?nonce=" SHORT_NONCE "AA\xc3",
		"?nonce=" SHORT_NONCE "AAA=&nonce=" SHORT_NONCE "AAA=",
		"?Nonce=" SHORT_NONCE "AAA=",
		"?x=1&nonce=" SHORT_NONCE "AAA=",
		"?",
		"",
	};
	SSL *ssl = client("");
	char request[512];

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const struct response *r;
		bool is_text = !strchr(bad[i], '\xc3');
		int len = snprintf(request, sizeof(request),
				   "GET " EVIDENCE "%s HTTP/1.1\r\nhost: r\r\n\r\n", bad[i]);

		if (is_text) { /* on one connection: a bad nonce does not end it */
			client_send(ssl, request, (size_t)len);
			r = response(ssl);
		} else {
			r = answer_to(request, (size_t)len, NULL);
		}
		snprintf(request, sizeof(request), "refused: \"%s\"",
			 is_text ? bad[i] : "no ASCII");
		ok(r->status == 400 && !strncmp(r->body, "{\"error\":{\"message\":\"", 21) &&
			   strchr(r->body, '\n') == r->body + r->len - 1,
		   request);
	}
	client_close(ssl);
}

static void test_refusals(void)
{
	static const struct {
		const char *what, *request;
		int status;
		bool ends;
	} cases[] = {
		{ "the index", "GET " AT " HTTP/1.1\r\n" HOST "\r\n", 200, false },
		{ "metrics, which are off", "GET " AT "/metrics HTTP/1.1\r\n" HOST "\r\n", 404,
		  false },
		{ "the index, with a query", "GET " AT "?x HTTP/1.1\r\n" HOST "\r\n", 200, false },
		{ "HTTP/1.0", "GET " AT " HTTP/1.0\r\n\r\n", 200, true },
		{ "HTTP/1.0 that keeps alive",
		  "GET " AT " HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", 200, false },
		{ "connection: close",
		  "GET " AT " HTTP/1.1\r\n" HOST "connection: x, Close\r\n\r\n", 200, true },
		{ "an unknown path", "GET " AT "/x HTTP/1.1\r\n" HOST "\r\n", 404, false },
		{ "a slash too many", "GET " AT "/ HTTP/1.1\r\n" HOST "\r\n", 404, false },
		{ "GET of activate", "GET " ACTIVATE " HTTP/1.1\r\n" HOST "\r\n", 405, false },
		{ "POST of evidence",
		  "POST " EVIDENCE " HTTP/1.1\r\n" HOST "content-length: 0\r\n\r\n", 405, true },
		{ "POST of an unknown path", "POST " AT "/x HTTP/1.1\r\n" HOST "\r\n", 404, true },
		{ "POST without a length", "POST " ACTIVATE " HTTP/1.1\r\n" HOST "\r\n", 411,
		  true },
		{ "POST in chunks",
		  "POST " ACTIVATE " HTTP/1.1\r\n" HOST "transfer-encoding: chunked\r\n\r\n", 411,
		  true },
		{ "POST of nothing",
		  "POST " ACTIVATE " HTTP/1.1\r\n" HOST "content-length: 0\r\n\r\n", 400, true },
		{ "POST of too much",
		  "POST " ACTIVATE " HTTP/1.1\r\n" HOST "content-length: 2049\r\n\r\n", 413, true },
		{ "a length and chunks",
		  "POST " ACTIVATE " HTTP/1.1\r\n" HOST
		  "content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n",
		  400, true },
		{ "two lengths",
		  "POST " ACTIVATE " HTTP/1.1\r\n" HOST
		  "content-length: 5\r\nContent-Length: 5\r\n\r\n",
		  400, true },
		{ "GET with content", "GET " AT " HTTP/1.1\r\n" HOST "content-length: 5\r\n\r\n",
		  400, true },
		{ "a folded line", "GET " AT " HTTP/1.1\r\n" HOST "x: y\r\n z\r\n\r\n", 400, true },
		{ "no host", "GET " AT " HTTP/1.1\r\n\r\n", 400, true },
		{ "another version", "GET " AT " HTTP/2.0\r\n" HOST "\r\n", 400, true },
		{ "an expectation that nobody knows",
		  "POST " ACTIVATE " HTTP/1.1\r\n" HOST "expect: x\r\ncontent-length: 5\r\n\r\n",
		  417, true },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *request = cases[i].request;
		char name[128];
		bool ended = false;
		const struct response *r =
			answer_to(request, strlen(request), cases[i].ends ? &ended : NULL);

		snprintf(name, sizeof(name), "%s: %d%s", cases[i].what, cases[i].status,
			 cases[i].ends ? ", and the end" : "");
		ok(r->status == cases[i].status && ended == cases[i].ends &&
			   (cases[i].ends || strstr(r->head, "connection: keep-alive\r\n")),
		   name);
	}
}

static void test_heads(void)
{
	static const char start[] = "GET " AT " HTTP/1.1\r\n" HOST "x: ";
	static const char nul[] = "GET " AT " HTTP/1.1\r\n" HOST "x: \0\r\n\r\n";
	static char head[8193];
	bool ended;
	SSL *ssl;

	is_int(answer_to(nul, sizeof(nul) - 1, &ended)->status, 400, "a NUL in the head");
	memset(head, 'x', sizeof(head));
	memcpy(head, start, sizeof(start) - 1);
	memcpy(head + 8188, "\r\n\r\n", 4);
	is_int(answer_to(head, 8192, NULL)->status, 200, "a head of 8 KiB");
	memcpy(head + 8188, "xxxx", 4);
	ok(answer_to(head, 8192, &ended)->status == 431 && ended, "a head that is longer");

	ssl = client("GET /.well-known/ramp");
	is_str(receive(ssl, 1), "", "a request that comes too slowly is ended");
	client_close(ssl);
}

/* The gateway's own requests do not lose what comes behind them. */
static void test_pipeline(void)
{
	static const char requests[] = "GET " AT " HTTP/1.1\r\n" HOST "\r\n"
				       "GET " AT "/x HTTP/1.1\r\n" HOST "\r\n"
				       "GET /.well-known/rampartx HTTP/1.1\r\n" HOST "\r\n"
				       "GET " AT " HTTP/1.1\r\n" HOST "\r\n";
	static const char one[] = "GET " AT " HTTP/1.1\r\n" HOST "\r\n";
	SSL *ssl = client(requests);

	is_int(response(ssl)->status, 200, "of four requests in one go the first is answered,");
	is_int(response(ssl)->status, 404, "and the second,");
	is_str(response(ssl)->body, "GET /.well-known/rampartx HTTP/1.1 0",
	       "and the third is the container's,");
	ok(strstr(response(ssl)->body, "rampart/1") != NULL, "and the fourth is not");
	client_close(ssl);

	ssl = client("");
	for (size_t i = 0; i < sizeof(one) - 1; i++)
		client_send(ssl, &one[i], 1);
	is_int(response(ssl)->status, 200, "a request may come byte by byte");
	client_close(ssl);
}

static void post(SSL *ssl, const char *fields, const char *content)
{
	char request[512];
	int len = snprintf(request, sizeof(request),
			   "POST " ACTIVATE " HTTP/1.1\r\n" HOST "%scontent-length: 5\r\n\r\n%s",
			   fields, content);

	client_send(ssl, request, (size_t)len);
}

static void test_activation(void)
{
	static const uint8_t secret[4] = { 0, 1, 0xfe, 0xff };
	uint8_t question[QUOTING_MAX];
	SSL *ssl = client("");
	const struct response *r;

	post(ssl, "", "cr");
	client_send(ssl, "edx", 3);
	is_int((int64_t)quoter_hears(question), 6, "a credential goes to the quoter");
	ok(!memcmp(question, "Acredx", 6), "whole and as it is");
	quoter_says(QUOTING_ACTIVATE, secret, sizeof(secret));
	r = response(ssl);
	ok(r->status == 200 && r->len == sizeof(secret) && !memcmp(r->body, secret, r->len) &&
		   strstr(r->head, "content-type: application/octet-stream\r\n"),
	   "the secret comes back");
	post(ssl, "", "credx");
	is_int(response(ssl)->status, 503, "a connection has one credential opened, and no more");
	client_close(ssl);
	ssl = client("");
	post(ssl, "", "credy");
	quoter_hears(question);
	quoter_says(QUOTING_REFUSED, "not \"this\" TPM\\", 15);
	r = response(ssl);
	is_int(r->status, 422, "what the TPM does not open is refused");
	is_str(r->body,
	       "{\"error\":{\"message\":\"not \\\"this\\\" TPM\\\\\","
	       "\"type\":\"invalid_request_error\",\"code\":\"unprocessable_content\"}}\n",
	       "with the quoter's reason");
	client_close(ssl);
	ssl = client("");
	post(ssl, "expect: 100-continue\r\n", "");
	is_int(response(ssl)->status, 100, "who wants leave to send the content gets it");
	client_send(ssl, "credz", 5);
	quoter_hears(question);
	ok(!memcmp(question, "Acredz", 6), "and the content is taken");
	quoter_says(QUOTING_ACTIVATE, secret, 1);
	is_int(response(ssl)->status, 200, "and answered");
	client_close(ssl);
}

static int64_t now_ms(void)
{
	struct timespec t;

	must(clock_gettime(CLOCK_MONOTONIC, &t) == 0);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Credentials wait, one of which takes the TPM long: it rests from them, and has time for quotes. */
static void test_turns(void)
{
	enum { N = 2, TAKES_MS = 300 };
	char kinds[N + 2] = "", text[48];
	uint8_t question[QUOTING_MAX], nonce[BINDING_LEN] = { 0 };
	SSL *posts[N], *gets[N];
	int64_t since = 0;

	base64_encode(nonce, sizeof(nonce), text);
	for (int i = 0; i < N; i++) {
		posts[i] = client("");
		post(posts[i], "", "credx");
	}
	for (int i = 0; i < N; i++)
		gets[i] = client("");
	for (int i = 0; i < N + 1; i++) {
		quoter_hears(question);
		kinds[i] = (char)question[0];
		if (i == 0) {
			usleep(TAKES_MS * 1000);
			since = now_ms();
			ask_evidence(gets[0], text);
			catch_up();
		}
		if (i == N)
			ok(now_ms() - since >= 2 * TAKES_MS - 1,
			   "after a credential it rests for twice as long as that took");
		quoter_says(kinds[i], kinds[i] == QUOTING_QUOTE ? QUOTE : "secret",
			    kinds[i] == QUOTING_QUOTE ? strlen(QUOTE) : 6);
	}
	is_str(kinds, "AQA", "and a quote does not wait for the next one");
	for (int i = 0; i < N; i++) {
		client_close(posts[i]);
		client_close(gets[i]);
	}
}

static void test_end(void)
{
	close(world.quoter);
	is_str(reported(), "cannot go on without its quoter: Broken pipe",
	       "the gateway says that the quoter is gone");
	ok(gateway_ended(), "and ends");
}

int main(void)
{
	if (!is_root())
		return 0;
	gateway_lines = "";
	serve_world();
	test_identity();
	test_tls();
	test_evidence();
	test_batch();
	test_nonces();
	test_refusals();
	test_heads();
	test_pipeline();
	test_activation();
	test_turns();
	test_end();
	kill(world.server, SIGKILL);
	return tap_done();
}
