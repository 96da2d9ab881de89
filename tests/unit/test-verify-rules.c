/* SPDX-License-Identifier: MIT */
/* Golden values of the second edition: PCRs with several values, rules, or none; no firmware log. */
#include "measure/record/golden.h"
#include "tests/lib/lies.h"

#define UUID	"UUID: 12345678-1234-1234-1234-123456789abc"
#define MASK	"555549443a20........................................................................"
#define FAILURE "Exit Boot Services Returned with Failure"
#define EXIT	20 /* of the machine's firmware events: what FAILURE comes before */

static struct rampart_policy *with;

/* The golden values of the machine as it was booted, as the second edition has them. */
static json_t *second(void)
{
	return second_edition(golden_of(&machine));
}

static json_t *value_of(json_t *golden, const char *pcr)
{
	return json_object_get(json_object_get(json_object_get(golden, "pcrs"), "sha256"), pcr);
}

/* What stands at "value" becomes null, and this stands beside it. */
static void set_value(json_t *golden, const char *pcr, const char *key, json_t *value)
{
	json_object_set_new(value_of(golden, pcr), "value", json_null());
	json_object_set_new(value_of(golden, pcr), key, value);
}

/* Takes the events of a PCR out. */
static void drop_events(json_t *golden, int pcr)
{
	json_t *events = json_object_get(golden, "events");

	for (size_t i = json_array_size(events); i > 0; i--)
		if (json_integer_value(json_object_get(json_array_get(events, i - 1), "pcr")) ==
		    pcr)
			json_array_remove(events, i - 1);
}

static void set_rule(json_t *golden, const char *pcr, json_t *rule)
{
	json_t *rules = json_object_get(golden, "rules");

	if (!rules) {
		rules = json_object();
		json_object_set_new(golden, "rules", rules);
	}
	json_object_set_new(rules, pcr, rule);
}

/* A PCR of the firmware that is left open. */
static void leave_open(json_t *golden, int pcr, const char *why)
{
	char name[4];

	snprintf(name, sizeof(name), "%d", pcr);
	drop_events(golden, pcr);
	set_rule(golden, name, json_pack("{s:s}", "unchecked", why));
	set_value(golden, name, "unchecked", json_string(why));
}

/* Takes over golden; a policy with it alone. */
static void accept(json_t *golden, const char *rules)
{
	rampart_policy_free(with);
	with = policy_accepting(golden, rules);
}

static void judge(const char *ids, const char *name)
{
	connect_to(machine.tls);
	expect(with, ids, name);
}

/* Boots the machine again with one event as data, or a new one at its place. */
static void boot_changed(size_t i, const char *data)
{
	machine_start(&machine);
	machine.firmware[i].data = data;
	boot_rest();
}

static void insert(size_t at, unsigned pcr, uint32_t type, const char *data)
{
	add_firmware(&machine, pcr, type, data);
	for (size_t i = machine.n_firmware - 1; i > at; i--) {
		struct measured moved = machine.firmware[i - 1];

		machine.firmware[i - 1] = machine.firmware[i];
		machine.firmware[i] = moved;
	}
}

static void test_exact(void)
{
	machine_whole(&machine);
	accept(second(), NULL);
	judge("", "of the second edition, all as it is");
	boot_changed(0, "another version");
	judge("golden.values", "another firmware");
}

static void test_unchecked(void)
{
	struct rampart_report *report;
	char *json;
	json_t *golden;

	machine_whole(&machine);
	golden = second();
	leave_open(golden, 1, "it is about devices");
	accept(golden, NULL);
	judge("", "a PCR that is not checked");
	boot_changed(3, "other tables");
	judge("", "whatever it holds");
	connect_to(machine.tls);
	report = verify(with, &connection);
	is_int((int64_t)report->n_unchecked, 1, "the report has it");
	is_int(report->unchecked[0].pcr, 1, "and which one");
	is_str(report->unchecked[0].why, "it is about devices", "and why");
	is_str(rampart_report_check(report, "policy.unchecked")->text,
	       "PCR 1 is not checked, which is accepted: it is about devices",
	       "and so does a check");
	is_str(report->pcr[1].rule, "NOT CHECKED", "its row says so");
	ok(!report->pcr[1].golden && report->pcr[1].equal, "and has no golden value");
	json = rampart_report_json(report);
	ok(strstr(json, "\"why\": \"it is about devices\"") != NULL, "and so does the JSON");
	free(json);
	rampart_report_free(report);
	boot_changed(0, "another version");
	judge("golden.values", "other PCRs are checked all the same");

	machine_whole(&machine);
	golden = second();
	leave_open(golden, 1, "it is about devices");
	accept(golden, "{\"schema\": \"rampart-policy/1\", \"unchecked\": \"forbid\"}");
	judge("policy.unchecked", "which a policy can forbid");
	machine_whole(&machine);
	accept(second(), "{\"schema\": \"rampart-policy/1\", \"unchecked\": \"forbid\"}");
	judge("", "and then wants every PCR compared");
}

static void test_values(void)
{
	char hex[2][HASH_HEX_MAX];
	json_t *golden;

	boot_changed(0, "a third version");
	digest_hex(&machine.values.value[HASH_SHA256][0], hex[0]);
	machine_whole(&machine);
	digest_hex(&machine.values.value[HASH_SHA256][0], hex[1]);
	golden = second();
	drop_events(golden, 0);
	set_rule(golden, "0", json_pack("{s:{s:[s, s]}}", "values", "sha256", hex[0], hex[1]));
	set_value(golden, "0", "values", json_pack("[s, s]", hex[0], hex[1]));
	accept(golden, NULL);
	judge("", "one of several values");
	boot_changed(0, "a third version");
	judge("", "the other one");
	boot_changed(0, "a fourth version");
	judge("golden.values", "a value that is not among them");
}

/* An event that may come once before the machine leaves boot services. */
static void test_times(void)
{
	char hex[2][HASH_HEX_MAX];
	json_t *golden, *event, *events;

	machine_start(&machine);
	insert(EXIT, 5, EV_EFI_ACTION, FAILURE);
	boot_rest();
	digest_hex(&machine.values.value[HASH_SHA256][5], hex[1]);
	golden = second();
	machine_whole(&machine);
	digest_hex(&machine.values.value[HASH_SHA256][5], hex[0]);
	events = json_object_get(golden, "events");
	event = json_array_get(events, EXIT);
	is_str(json_string_value(json_object_get(event, "type")), "EV_EFI_ACTION",
	       "it is the event");
	json_object_set_new(event, "times", json_pack("[i, i]", 0, 1));
	set_value(golden, "5", "values", json_pack("[s, s]", hex[0], hex[1]));
	accept(golden, NULL);
	judge("", "an event that may come, and does not");
	machine_start(&machine);
	insert(EXIT, 5, EV_EFI_ACTION, FAILURE);
	boot_rest();
	judge("", "and does");
	machine.firmware[EXIT].type = EV_IPL;
	relog(write_firmware_log);
	judge("golden.types", "as an event of another type");
	machine_start(&machine);
	insert(EXIT, 5, EV_EFI_ACTION, FAILURE);
	insert(EXIT, 5, EV_EFI_ACTION, FAILURE);
	boot_rest();
	judge("golden.values", "and does twice");
}

static void start_with_uuid(const char *data)
{
	machine_start(&machine);
	insert(10, 6, EV_COMPACT_HASH, data);
	boot_rest();
}

static void test_events(void)
{
	json_t *golden, *event;

	start_with_uuid(UUID);
	golden = second();
	event = json_array_get(json_object_get(golden, "events"), 10);
	json_object_del(event, "sha256");
	json_object_set_new(event, "digest", json_string("data"));
	json_object_set_new(event, "data", json_string(MASK));
	set_value(golden, "6", "by", json_string("events"));
	json_object_set_new(golden, "log", json_string("may be absent"));
	accept(golden, NULL);
	judge("", "an event whose data may be any of a form");
	start_with_uuid("UUID: 87654321-1234-1234-1234-123456789abc");
	judge("", "of another machine");
	start_with_uuid("UUID: none");
	judge("golden.values", "not of that form");
	start_with_uuid(UUID);
	machine.firmware[10].data = "UUID: 87654321-1234-1234-1234-123456789abc";
	relog(write_firmware_log);
	judge("logs.replay", "and not as the log says");
	start_with_uuid(UUID);
	machine.firmware_log.len = 0;
	rest();
	judge("firmware_log.form golden.values", "without a log it cannot be told");
}

/* Data that the host chooses is as unchecked as a PCR. */
static void test_free(void)
{
	static const char forbid[] =
		"{\"schema\": \"rampart-policy/1\", \"unchecked\": \"forbid\"}";
	static const struct {
		const char *digest, *data, *name;
		bool is_free;
	} cases[] = {
		{ "any", NULL, "any digest", true },
		{ "data", NULL, "the hash of any data", true },
		{ "data", MASK, "data of a form", true },
		{ "data", "61626364", "the hash of data that is given", false },
	};
	struct rampart_report *report;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		json_t *golden, *event;

		start_with_uuid(cases[i].is_free ? UUID : "abcd");
		golden = second();
		event = json_array_get(json_object_get(golden, "events"), 10);
		json_object_del(event, "sha256");
		json_object_set_new(event, "digest", json_string(cases[i].digest));
		json_object_set_new(event, "what", json_string("the machine's UUID"));
		if (cases[i].data)
			json_object_set_new(event, "data", json_string(cases[i].data));
		set_value(golden, "6", "by", json_string("events"));
		accept(json_incref(golden), forbid);
		judge(cases[i].is_free ? "policy.unchecked" : "", cases[i].name);
		connect_to(machine.tls);
		report = verify(with, &connection);
		is_str(rampart_report_check(report, "policy.unchecked")->text,
		       cases[i].is_free
			       ? "PCR 6 is not wholly checked, which the policy forbids: the host is free to choose data of EV_COMPACT_HASH \"the machine's UUID\""
			       : "every PCR is compared",
		       "the check names PCR and event");
		rampart_report_free(report);
		accept(golden, NULL);
		judge("", "which is accepted without that rule");
		connect_to(machine.tls);
		report = verify(with, &connection);
		is_int((int64_t)report->n_unchecked, cases[i].is_free, "and said in the report");
		if (cases[i].is_free)
			is_str(report->unchecked[0].why,
			       "the host is free to choose data of EV_COMPACT_HASH \"the machine's UUID\"",
			       "with what it is");
		rampart_report_free(report);
	}
}

/* More such events than a line has room for. */
static void test_many_free(void)
{
	struct rampart_report *report;
	json_t *golden, *events, *event;
	char what[300];

	memset(what, 'x', sizeof(what));
	what[sizeof(what) - 1] = 0;
	start_with_uuid(UUID);
	golden = second();
	events = json_object_get(golden, "events");
	event = json_array_get(events, 10);
	json_object_del(event, "sha256");
	json_object_set_new(event, "digest", json_string("any"));
	json_object_set_new(event, "times", json_pack("[i, i]", 0, 1));
	json_object_set_new(event, "what", json_string(what));
	for (size_t i = 0; i < 2; i++)
		must(json_array_insert_new(events, 10, json_deep_copy(event)) == 0);
	set_value(golden, "6", "by", json_string("events"));
	accept(golden, NULL);
	connect_to(machine.tls);
	report = verify(with, &connection);
	is_int((int64_t)report->n_unchecked, 1, "three events are one PCR");
	ok(strstr(report->unchecked[0].why, "x\" and 2 more") != NULL,
	   "and those without room are counted");
	rampart_report_free(report);
}

static void test_no_log(void)
{
	struct rampart_report *report;
	json_t *golden;

	machine_whole(&machine);
	machine.firmware_log.len = 0;
	rest();
	golden = second();
	accept(golden, NULL);
	judge("firmware_log.form", "a machine without a firmware log");
	golden = second();
	json_object_set_new(golden, "log", json_string("may be absent"));
	leave_open(golden, 7, "no log shows the keys");
	accept(golden, NULL);
	judge("", "where golden values go without");
	connect_to(machine.tls);
	report = verify(with, &connection);
	is_str(rampart_report_check(report, "logs.replay")->text,
	       "the runtime log leads to the values of PCR 8, 13, 14, 15; the others are not replayed, for want of a firmware log",
	       "the report says what is not replayed");
	is_str(report->warning[0],
	       "there is no firmware log: PCR 0 to 7 and 9 to 12 are compared as values, and no event shows what they are of",
	       "and warns");
	is_int((int64_t)report->n_unchecked, 1, "and says what is not checked");
	rampart_report_free(report);

	for (size_t i = 14; i < 18; i += 3) { /* an image, and a section of the UKI */
		machine_start(&machine);
		machine.firmware[i].data = "another";
		machine_boot(&machine);
		machine.firmware_log.len = 0;
		rest();
		judge("firmware_log.form golden.values", "the image is checked all the same");
	}
	machine_whole(&machine);
	judge("", "a machine that has a log");
	machine.firmware[0].data = "another version";
	relog(write_firmware_log);
	judge("logs.replay", "has to have the right one");

	machine_start(&machine);
	machine_boot(&machine);
	machine.firmware_log.len = 0;
	machine.n_runtime--;
	relog(write_runtime_log);
	judge("logs.replay runtime.ready", "a runtime log that lacks an event");
}

/* A machine with a bank less than golden values have, or with one more. */
static void test_banks(void)
{
	static struct machine both;
	json_t *golden;

	machine_start(&both);
	both.bank[1] = HASH_SHA384;
	both.n_banks = 2;
	machine_boot(&both);
	golden = golden_of(&both);
	machine_whole(&machine);
	judge("", "golden values of one bank");
	accept(second_edition(golden), NULL);
	judge("", "of the second edition have more than a machine shows");
	machine_done(&both);
}

int main(void)
{
	make_pki();
	test_exact();
	test_unchecked();
	test_values();
	test_times();
	test_events();
	test_free();
	test_many_free();
	test_no_log();
	test_banks();
	machine_done(&machine);
	rampart_policy_free(with);
	free_pki();
	return tap_done();
}
