/* SPDX-License-Identifier: MIT */
/*
 * For tests of the verifier's judgement: a machine, a policy that accepts it, and a connection to
 * it. Lies, one at a time: each is found by the check that is there for it, and by no other than
 * those that it must show in.
 */
#ifndef TESTS_VERIFYING_H
#define TESTS_VERIFYING_H

#include "tests/lib/machine.h"

static struct machine m;
static struct rampart_policy *policy;

/* How the verifier sees the connection; changed by lies about it. */
static struct rampart_connection connection;
static uint8_t nonce[32], exporter[32];
static struct bytes spki;

static inline void connect_to(X509 *cert)
{
	put_spki(&spki, cert);
	memcpy(nonce, m.nonce, 32);
	memcpy(exporter, m.exporter, 32);
	connection = (struct rampart_connection){ spki.p, spki.len, nonce, exporter };
}

static inline struct rampart_report *verify(const struct rampart_policy *with,
					    const struct rampart_connection *over)
{
	char *text = json_dumps(m.json, 0);
	struct rampart_evidence *evidence;
	struct rampart_report *report;
	struct rampart_error error;

	if (rampart_evidence_parse(text, strlen(text), &evidence, &error) < 0)
		must(rampart_report_refused(&error, NOW, &report, NULL) == 0);
	else {
		must(rampart_verify(with, evidence, over, NULL, NOW, &report, &error) == 0);
		rampart_evidence_free(evidence);
	}
	free(text);
	return report;
}

/* "a b": the checks that do not hold, those that ak.trust sums up left out. */
static inline const char *failing(const struct rampart_report *report)
{
	static char text[2048];

	text[0] = 0;
	for (size_t i = 0; i < report->n_checks; i++) {
		const struct rampart_check *check = &report->check[i];

		if (check->outcome != RAMPART_FAILS && check->outcome != RAMPART_UNSURE)
			continue;
		if (!strcmp(check->id, "ak.certificate") || !strncmp(check->id, "ek.", 3))
			continue;
		if (text[0])
			strcat(text, " ");
		strcat(text, check->id);
	}
	return text;
}

static inline void print_failing(const struct rampart_report *report)
{
	for (size_t i = 0; i < report->n_checks; i++)
		if (report->check[i].outcome != RAMPART_HOLDS)
			printf("#   %s %s: %s\n", report->check[i].id,
			       rampart_outcome_name(report->check[i].outcome),
			       report->check[i].text);
}

/* That exactly these checks fail, and with them the whole. */
static inline void expect(const struct rampart_policy *with, const char *ids, const char *name)
{
	struct rampart_report *report = verify(with, &connection);

	if (!is_str(failing(report), ids, name))
		print_failing(report);
	if ((report->verdict == RAMPART_HOLDS) != !*ids)
		ok(0, "the verdict follows from the checks");
	rampart_report_free(report);
}

static inline void rest(void)
{
	machine_quote(&m);
	machine_seal(&m);
}

static inline void boot_rest(void)
{
	machine_boot(&m);
	rest();
}

/* Logs that differ from what was measured; write says which one. */
static inline void relog(void (*write)(struct machine *machine))
{
	write(&m);
	rest();
}

/* Connects to the machine and says what fails. */
static inline void lie(const char *ids, const char *name)
{
	connect_to(m.tls);
	expect(policy, ids, name);
}

#endif
