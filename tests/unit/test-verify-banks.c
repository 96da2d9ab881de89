/* SPDX-License-Identifier: MIT */
/* TPMs that have other active banks than golden values, or than the policy wants. */
#include <errno.h>

#include "tests/lib/lies.h"
#include "tests/lib/tap.h"

static const enum hash_alg sha256[] = { HASH_SHA256 }, sha384[] = { HASH_SHA384 },
			   both[] = { HASH_SHA256, HASH_SHA384 },
			   weak[] = { HASH_SHA1, HASH_SHA384 };

#define BANKS(list) list, sizeof(list) / sizeof(*(list))

/* Changes to the machine come between these. */
static void start(const enum hash_alg *bank, size_t n)
{
	machine_start(&machine);
	memcpy(machine.bank, bank, n * sizeof(*bank));
	machine.n_banks = n;
}

static void boot(const enum hash_alg *bank, size_t n)
{
	start(bank, n);
	boot_rest();
}

static json_t *golden_in(const enum hash_alg *bank, size_t n)
{
	boot(bank, n);
	return golden_of(&machine);
}

/* Takes over golden, from which the policy is made. rules: of it, or NULL. */
static void accept(json_t *golden, const char *rules)
{
	rampart_policy_free(policy);
	policy = policy_accepting(golden, rules);
}

static void says(const char *check, const char *want, const char *name)
{
	struct rampart_report *report = verify(policy, &connection);

	is_str(rampart_report_check(report, check)->text, want, name);
	rampart_report_free(report);
}

static void test_sha384_alone(void)
{
	accept(golden_in(BANKS(sha384)), NULL);
	boot(BANKS(sha384));
	lie("", "a TPM that has sha384 alone holds by golden values of that");
	says("logs.banks", "of the same banks, sha384 among them", "and the report says so");
	for (unsigned i = 0; i < machine.n_firmware; i++) {
		if (machine.firmware[i].type == EV_NO_ACTION)
			continue;
		start(BANKS(sha384));
		machine.firmware[i].data = "another";
		boot_rest();
		lie("golden.values", "and does not with another event of the firmware");
	}
	start(BANKS(sha384));
	machine_boot(&machine);
	machine.values.value[HASH_SHA384][4].bytes[47] ^= 1;
	rest();
	lie("logs.replay golden.values", "or with a value that no log leads to");
	boot(BANKS(both));
	lie("", "one that has sha256 as well holds");
	boot(BANKS(weak));
	lie("", "or sha1 as well");
	boot(BANKS(sha256));
	lie("golden.values", "one that has sha256 alone does not");

	accept(second_edition(golden_in(BANKS(sha384))), NULL);
	boot(BANKS(sha384));
	lie("", "the same of the second edition");
	boot(BANKS(sha256));
	lie("golden.values", "and there, too, no other bank will do");
}

/* Whoever lists values in sha256 wants that bank: a firmware may know no other. */
static void test_demanded(void)
{
	for (unsigned edition = 1; edition <= 2; edition++) {
		json_t *golden = golden_in(BANKS(both));

		accept(edition == 1 ? golden : second_edition(golden), NULL);
		boot(BANKS(both));
		lie("", "golden values in both banks, and a TPM that has both");
		boot(BANKS(sha384));
		lie("golden.values", "a bank that is hidden is missed");
		says("golden.values",
		     "the machine has no bank sha256, and the nearest golden values (test 1.2, golden.json) have",
		     "which the report says");
	}
	accept(golden_in(BANKS(sha256)), NULL);
	boot(BANKS(sha384));
	lie("golden.values", "golden values in sha256, and a TPM that has sha384 alone");
}

static void test_policy(void)
{
	static const char wants[] = "{\"schema\": \"rampart-policy/1\", \"banks\": [\"sha256\"]}";
	static const char wants_both[] =
		"{\"schema\": \"rampart-policy/1\", \"banks\": [\"sha384\", \"sha256\"]}";

	accept(golden_in(BANKS(sha384)), wants);
	boot(BANKS(both));
	lie("golden.values", "a policy that wants sha256, golden values without");
	says("golden.values",
	     "the policy wants values of the bank sha256, and the nearest golden ones (test 1.2, golden.json) have none",
	     "which the report says");
	boot(BANKS(sha384));
	lie("golden.values", "and a machine without as well");
	accept(golden_in(BANKS(both)), wants);
	boot(BANKS(both));
	lie("", "all have it");
	accept(second_edition(golden_in(BANKS(both))), wants_both);
	boot(BANKS(sha256));
	lie("golden.values", "a policy that wants both, a machine that has one");
	boot(BANKS(both));
	lie("", "and one that has them");
}

/* Values of a PCR that are listed in one bank alone. */
static void test_listed(void)
{
	char hex[2][HASH_HEX_MAX];
	struct rampart_error error;
	struct rampart_policy *other = rampart_policy_new();
	json_t *golden = second_edition(golden_in(BANKS(sha384)));
	json_t *events = json_object_get(golden, "events"), *pcr;
	char *text;

	boot(BANKS(both));
	digest_hex(&machine.values.value[HASH_SHA256][1], hex[0]);
	digest_hex(&machine.values.value[HASH_SHA384][1], hex[1]);
	for (size_t i = json_array_size(events); i > 0; i--)
		if (json_integer_value(json_object_get(json_array_get(events, i - 1), "pcr")) == 1)
			json_array_remove(events, i - 1);
	pcr = json_object_get(json_object_get(json_object_get(golden, "pcrs"), "sha384"), "1");
	json_object_set_new(pcr, "value", json_null());
	json_object_set_new(pcr, "values", json_pack("[s]", hex[1]));
	json_object_set_new(golden, "rules",
			    json_pack("{s:{s:{s:[s]}}}", "1", "values", "sha384", hex[1]));
	accept(json_incref(golden), NULL);
	boot(BANKS(sha384));
	lie("", "values that are listed in sha384");
	start(BANKS(sha384));
	machine.firmware[3].data = "other tables";
	boot_rest();
	lie("golden.values", "are compared");
	json_object_set_new(golden, "rules",
			    json_pack("{s:{s:{s:[s]}}}", "1", "values", "sha256", hex[0]));
	json_object_set_new(pcr, "values", json_array());
	text = json_dumps(golden, 0);
	is_int(rampart_policy_add_golden(other, "x", text, strlen(text), &error), -EPROTO,
	       "listed in another bank than is compared");
	ok(strstr(error.text, "\"values\" of a PCR without any of sha384") != NULL,
	   "they are refused, and why");
	free(text);
	json_decref(golden);
	rampart_policy_free(other);
}

int main(void)
{
	make_pki();
	test_sha384_alone();
	test_demanded();
	test_policy();
	test_listed();
	machine_done(&machine);
	rampart_policy_free(policy);
	free_pki();
	return tap_done();
}
