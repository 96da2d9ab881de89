/* SPDX-License-Identifier: MIT */
#include "measure/cmd/client/attest.h"

#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure/lib/base64.h"
#include "measure/record/error.h"

#define EVIDENCE_PATH "/.well-known/rampart/evidence?nonce="
#define ACTIVATE_PATH "/.well-known/rampart/activate"
#define NONCE_TEXT    44 /* base64 of a nonce */

int timeout_parse(const char *command, const char *text, unsigned *ret_s)
{
	size_t n = text ? strspn(text, "0123456789") : 0;
	unsigned long seconds = CHANNEL_TIMEOUT_S;

	if (text) {
		seconds = n > 0 && n < 9 && text[n] == '\0' ? strtoul(text, NULL, 10) : 0;
		if (seconds == 0 || seconds > CHANNEL_TIMEOUT_MAX_S)
			return fail_usage(command, "--timeout %s: not 1 to %d seconds", text,
					  CHANNEL_TIMEOUT_MAX_S);
	}
	*ret_s = (unsigned)seconds;
	return 0;
}

static int ask_evidence(struct attested *a, const uint8_t nonce[static RAMPART_NONCE_LEN])
{
	char text[NONCE_TEXT + 1], path[sizeof(EVIDENCE_PATH) + NONCE_TEXT];

	base64_encode(nonce, RAMPART_NONCE_LEN, text);
	/* '+', '/' and '=' would want escaping in a query: RFC 4648, section 5 "base64url". */
	for (char *c = text; *c; c++)
		*c = (char)(*c == '+' ? '-' : *c == '/' ? '_' : *c);
	text[strcspn(text, "=")] = '\0';
	snprintf(path, sizeof(path), EVIDENCE_PATH "%s", text);
	return channel_request(&a->channel, path, NULL, 0, &a->json, &a->json_len);
}

/*
 * A credential that the machine cannot or will not open leaves no activation; the report judges
 * that, error says why.
 */
static void activate(struct attested *a, const struct rampart_policy *policy, int64_t time)
{
	struct rampart_error *error = &a->channel.error;
	struct rampart_credential *credential = NULL;
	const uint8_t *bytes;
	char *secret = NULL;
	size_t len, secret_len;

	if (rampart_credential_make(policy, a->evidence, time, &credential, error) < 0)
		return;
	bytes = rampart_credential_bytes(credential, &len);
	if (channel_request(&a->channel, ACTIVATE_PATH, bytes, len, &secret, &secret_len) == 0)
		(void)rampart_credential_check(credential, secret, secret_len, &a->activation,
					       error);
	free(secret);
	rampart_credential_free(credential);
}

static int judge(struct attested *a, const struct rampart_policy *policy,
		 const struct rampart_connection *connection,
		 const struct rampart_activation *activation, int64_t time)
{
	return rampart_verify(policy, a->evidence, connection, activation, time, &a->report,
			      &a->channel.error);
}

/* Whether the AK is not trusted, for want of a valid activation. */
static bool lacks_trust(const struct rampart_report *report)
{
	const struct rampart_check *check = rampart_report_check(report, "ak.trust");

	return check && check->outcome != RAMPART_HOLDS;
}

static int judge_online(struct attested *a, const struct rampart_policy *policy,
			const struct rampart_connection *connection,
			const struct attest_known *known, int64_t time)
{
	if (!rampart_credential_wanted(policy, a->evidence, time))
		return judge(a, policy, connection, NULL, time);
	for (size_t i = 0; known && i < known->n; i++) {
		if (judge(a, policy, connection, known->activation[i], time) < 0)
			return -1;
		if (!lacks_trust(a->report))
			return 0;
		rampart_report_free(a->report);
		a->report = NULL;
	}
	activate(a, policy, time);
	return judge(a, policy, connection, a->activation, time);
}

int attest_over(const struct rampart_policy *policy, const struct attest_known *known, int64_t time,
		struct attested *a)
{
	struct rampart_connection connection = { 0 };
	uint8_t nonce[RAMPART_NONCE_LEN];
	struct rampart_error error;

	if (RAND_bytes(nonce, sizeof(nonce)) != 1)
		return error_set(&a->channel.error, -1, "no random numbers for a nonce");
	if (ask_evidence(a, nonce) < 0)
		return -1;
	if (rampart_evidence_parse(a->json, a->json_len, &a->evidence, &error) < 0)
		return rampart_report_refused(&error, time, &a->report, &a->channel.error);
	connection.spki = a->channel.spki;
	connection.spki_len = a->channel.spki_len;
	connection.nonce = nonce;
	connection.exporter = a->channel.exporter;
	return judge_online(a, policy, &connection, known, time);
}

int attest(const struct url *url, const struct rampart_policy *policy,
	   const struct attest_known *known, int64_t time, unsigned timeout_s, struct attested *a)
{
	*a = (struct attested){ .channel.fd = -1 };
	if (channel_open(&a->channel, url, timeout_s) < 0)
		return -1;
	return attest_over(policy, known, time, a);
}

void attested_done(struct attested *a)
{
	channel_close(&a->channel);
	rampart_report_free(a->report);
	rampart_activation_free(a->activation);
	rampart_evidence_free(a->evidence);
	free(a->json);
	a->report = NULL;
	a->activation = NULL;
	a->evidence = NULL;
	a->json = NULL;
}

int attest_file(const char *command, const char *path, const struct rampart_policy *policy,
		int64_t time, struct attested *a)
{
	struct rampart_error error;
	uint8_t *text;
	int r;

	*a = (struct attested){ .channel.fd = -1 };
	r = read_file(path, CHANNEL_BODY_MAX, &text, &a->json_len);
	if (r < 0)
		return fail_parse(command, path, r, NULL);
	a->json = (char *)text;
	if (rampart_evidence_parse(a->json, a->json_len, &a->evidence, &error) < 0)
		r = rampart_report_refused(&error, time, &a->report, &error);
	else
		r = rampart_verify(policy, a->evidence, NULL, NULL, time, &a->report, &error);
	return r < 0 ? fail(command, "%s: %s", path, error.text) : 0;
}
