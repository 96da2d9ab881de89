/* SPDX-License-Identifier: MIT */
/*
 * rampart_verify(): whatever a machine says, it holds only if the AK that the policy trusts has
 * signed this very quote, for this very connection. The input is changes to the evidence of the
 * machine in tests/fuzz/machine, one after the other: a byte that says which field, two bytes of
 * length, the new bytes. No change at all must hold.
 */
#include "measure/lib/quote.h"
#include "measure/rampart.h"
#include "tests/fuzz/machine.h"

#include <openssl/x509.h>

static struct rampart_policy *policy;
static struct rampart_evidence *good;
static struct rampart_connection connection;

static void start(void)
{
	const uint8_t *p;
	unsigned char *spki = NULL;
	X509 *cert;
	int len;

	policy = machine_policy();
	good = machine_evidence();
	p = good->certificate.p;
	cert = d2i_X509(NULL, &p, (long)good->certificate.left);
	require(cert != NULL);
	len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(cert), &spki);
	require(len > 0);
	X509_free(cert);
	connection = (struct rampart_connection){ spki, (size_t)len, good->nonce, good->exporter };
}

static void set_32(uint8_t *to, struct span bytes)
{
	memcpy(to, bytes.p, bytes.left < BINDING_LEN ? bytes.left : BINDING_LEN);
}

/* Index and size in a byte each, then the siblings. */
static void set_path(struct merkle_path *path, struct span bytes)
{
	uint8_t index = 0, size = 0;

	(void)span_u8(&bytes, &index);
	(void)span_u8(&bytes, &size);
	path->index = index;
	path->size = size;
	for (path->n = 0; path->n < MERKLE_PATH_MAX && bytes.left >= MERKLE_LEN; path->n++) {
		memcpy(path->sibling[path->n].bytes, bytes.p, MERKLE_LEN);
		(void)span_skip(&bytes, MERKLE_LEN);
	}
}

/* Of one bank, its number first. */
static void set_values(struct pcrs *values, struct span bytes)
{
	uint8_t alg = 0;

	(void)span_u8(&bytes, &alg);
	alg %= _HASH_MAX;
	values->bank[alg] = true;
	for (size_t i = 0; i < EVIDENCE_PCRS; i++) {
		size_t len = hash_len((enum hash_alg)alg);

		values->value[alg][i].alg = (enum hash_alg)alg;
		if (bytes.left < len)
			continue;
		memcpy(values->value[alg][i].bytes, bytes.p, len);
		(void)span_skip(&bytes, len);
	}
}

/* The first one replaces what was there. */
static void add_cert(struct evidence_certs *certs, struct span bytes, size_t number)
{
	if (number >= EVIDENCE_CERTS_MAX)
		return;
	certs->der[number] = bytes;
	certs->n = number + 1;
}

static void change(struct rampart_evidence *ev, uint8_t field, struct span bytes,
		   size_t n_certs[static 2])
{
	struct span *const spans[] = { &ev->ak,		 &ev->certificate, &ev->firmware_log,
				       &ev->runtime_log, &ev->quote,	   &ev->signature };

	switch (field) {
	case 'n':
		set_32(ev->nonce, bytes);
		break;
	case 'x':
		set_32(ev->exporter, bytes);
		break;
	case 'p':
		set_path(&ev->path, bytes);
		break;
	case 'v':
		set_values(&ev->values, bytes);
		break;
	case 'a':
		add_cert(&ev->ak_certs, bytes, n_certs[0]++);
		break;
	case 'e':
		add_cert(&ev->ek_certs, bytes, n_certs[1]++);
		break;
	default:
		*spans[field % (sizeof(spans) / sizeof(spans[0]))] = bytes;
	}
}

static void change_all(struct rampart_evidence *ev, struct span input)
{
	size_t n_certs[2] = { 0 };
	uint8_t field;
	uint16_t len;

	while (span_u8(&input, &field) == 0) {
		struct span bytes = input;

		if (span_u16be(&input, &len) == 0 && span_take(&input, len, &bytes) == 0)
			change(ev, field, bytes, n_certs);
		else
			input = span_of(NULL, 0);
	}
}

/* The verdict is what the checks say. */
static void check_report(const struct rampart_report *report)
{
	enum rampart_outcome want = RAMPART_HOLDS;
	char *json = rampart_report_json(report);

	require(json != NULL);
	free(json);
	for (size_t i = 0; i < report->n_checks; i++) {
		const struct rampart_check *check = &report->check[i];

		require(is_line(check->id) && check->text && is_line(check->text));
		if (!strcmp(check->id, "ak.certificate") || !strncmp(check->id, "ek.", 3))
			continue;
		if (check->outcome == RAMPART_FAILS ||
		    (check->outcome == RAMPART_UNSURE && want == RAMPART_HOLDS))
			want = check->outcome;
	}
	require(report->verdict == want && (want == RAMPART_HOLDS) == !report->reason[0]);
	require((want == RAMPART_HOLDS) == !report->decided_by);
	require(!report->decided_by || report->decided_by->outcome == want);
	for (size_t i = 0; i < report->n_warnings; i++)
		require(is_line(report->warning[i]));
	for (size_t i = 0; i < report->n_differences; i++) {
		const struct rampart_difference *diff = &report->difference[i];

		require(!strcmp(diff->kind, rampart_difference_name(diff->how)));
		require((diff->how == RAMPART_MISSING) == !diff->got);
		require((diff->how == RAMPART_EXTRA) == !diff->expected);
		require(!diff->got || (is_line(diff->got_type) && is_line(diff->got_what)));
	}
}

/* Whom the verifier would ask to activate a credential, and that a wrong answer is none. */
static void check_credential(const struct rampart_evidence *ev)
{
	static const char guess[] = "a guess, and not the secret.....";
	struct rampart_error error = { "" };
	struct rampart_credential *credential = NULL;
	struct rampart_activation *activation = NULL;
	size_t len = 0;

	if (!rampart_credential_wanted(policy, ev, MACHINE_TIME))
		return;
	if (rampart_credential_make(policy, ev, MACHINE_TIME, &credential, &error) < 0) {
		require(credential == NULL && error.text[0] && is_line(error.text));
		return;
	}
	require(rampart_credential_bytes(credential, &len) && len > 0 && len <= 2048);
	require(rampart_credential_check(credential, guess, 32, &activation, &error) < 0 &&
		activation == NULL);
	rampart_credential_free(credential);
}

static bool verify(const struct rampart_evidence *ev, const struct rampart_connection *over)
{
	struct rampart_error error = { "" };
	struct rampart_report *report;
	bool holds;

	require(rampart_verify(policy, ev, over, NULL, MACHINE_TIME, &report, &error) == 0);
	check_report(report);
	holds = report->verdict == RAMPART_HOLDS;
	rampart_report_free(report);
	return holds;
}

/* The r of a signature by ECDSA, which with key and text leaves s no choice but its sign. */
static struct span r_of(struct span signature)
{
	struct quote_signature sig;

	require(quote_parse_signature(signature, &sig, NULL) == 0);
	while (sig.r.left > 0 && sig.r.p[0] == 0)
		(void)span_skip(&sig.r, 1);
	return sig.r;
}

/* What no liar can change. */
static void require_quoted(const struct rampart_evidence *ev)
{
	require(is_same(ev->quote, good->quote) && is_same(ev->ak, good->ak));
	require(is_same(r_of(ev->signature), r_of(good->signature)));
	require(!memcmp(&ev->values, &good->values, sizeof(ev->values)));
	require(!memcmp(ev->nonce, good->nonce, sizeof(ev->nonce)) &&
		!memcmp(ev->exporter, good->exporter, sizeof(ev->exporter)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rampart_evidence ev;

	if (!policy) {
		start();
		require(verify(good, &connection) && verify(good, NULL));
	}
	ev = *good;
	change_all(&ev, span_of(data, size));
	if (verify(&ev, &connection))
		require_quoted(&ev);
	if (verify(&ev, NULL))
		require_quoted(&ev);
	check_credential(&ev);
	return 0;
}
