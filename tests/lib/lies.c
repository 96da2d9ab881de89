/* SPDX-License-Identifier: MIT */
#include "tests/lib/lies.h"

#include "tests/lib/tap.h"

struct machine machine;
struct rampart_policy *policy;
struct rampart_connection connection;
uint8_t nonce[32], exporter[32];
static struct bytes spki;

void connect_to(X509 *cert)
{
	put_spki(&spki, cert);
	memcpy(nonce, machine.nonce, 32);
	memcpy(exporter, machine.exporter, 32);
	connection = (struct rampart_connection){ spki.p, spki.len, nonce, exporter };
}

struct rampart_report *verify(const struct rampart_policy *with,
			      const struct rampart_connection *over)
{
	char *text = json_dumps(machine.json, 0);
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

const char *failing(const struct rampart_report *report)
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

void print_failing(const struct rampart_report *report)
{
	for (size_t i = 0; i < report->n_checks; i++)
		if (report->check[i].outcome != RAMPART_HOLDS)
			printf("#   %s %s: %s\n", report->check[i].id,
			       rampart_outcome_name(report->check[i].outcome),
			       report->check[i].text);
}

void expect(const struct rampart_policy *with, const char *ids, const char *name)
{
	struct rampart_report *report = verify(with, &connection);

	if (!is_str(failing(report), ids, name))
		print_failing(report);
	if ((report->verdict == RAMPART_HOLDS) != !*ids)
		ok(0, "the verdict follows from the checks");
	rampart_report_free(report);
}

void rest(void)
{
	machine_quote(&machine);
	machine_seal(&machine);
}

void boot_rest(void)
{
	machine_boot(&machine);
	rest();
}

void relog(void (*write)(struct machine *m))
{
	write(&machine);
	rest();
}

void lie(const char *ids, const char *name)
{
	connect_to(machine.tls);
	expect(policy, ids, name);
}
