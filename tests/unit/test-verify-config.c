/* SPDX-License-Identifier: MIT */
/* What golden values accept of instance configurations, and what is said of the machine's. */
#include <stdlib.h>

#include "tests/lib/lies.h"
#include "tests/lib/tap.h"

/* The machine has this configuration: its second event is another then. */
static void configure(const char *text)
{
	struct instance_fault fault;
	struct instance instance;
	struct event event;

	must(instance_parse(text, strlen(text), INSTANCE_ALL, &instance, &fault) == 0);
	must(event_config(&instance, &event) == 0);
	machine.runtime[1] = event;
}

static void start(const char *text)
{
	machine_start(&machine);
	configure(text);
}

/* Golden values of the machine as it is, which say this of configurations; NULL: nothing. */
static json_t *golden_with(json_t *config)
{
	json_t *golden;

	machine_boot(&machine);
	golden = golden_of(&machine);
	if (config)
		json_object_set_new(golden, "config", config);
	return golden;
}

/* The event of config without digests, and PCR 8 without a value. */
static json_t *left_open(json_t *golden)
{
	json_t *event, *values;
	const char *bank;
	size_t i, n = 0;

	json_array_foreach(json_object_get(golden, "events"), i, event)
	{
		if (json_integer_value(json_object_get(event, "pcr")) != 8 || ++n != 2)
			continue;
		json_object_del(event, "sha1");
		json_object_del(event, "sha256");
		json_object_del(event, "sha384");
	}
	json_object_foreach(json_object_get(golden, "pcrs"), bank, values)
		json_object_set_new(json_object_get(values, "8"), "value", json_null());
	return golden;
}

static void judge(struct rampart_policy *with, const char *text, const char *ids,
		  const char *config, const char *name)
{
	struct rampart_report *report;

	start(text);
	boot_rest();
	connect_to(machine.tls);
	report = verify(with, &connection);
	if (!is_str(failing(report), ids, name))
		print_failing(report);
	is_str(report->golden ? report->golden->config : NULL, config, "what is said of it");
	rampart_report_free(report);
}

static void test_unsaid(void)
{
	struct rampart_report *report;

	start("");
	policy = policy_accepting(golden_with(NULL), NULL);
	boot_rest();
	connect_to(machine.tls);
	report = verify(policy, &connection);
	is_str(failing(report), "", "an image that takes no configuration");
	ok(!report->golden->config, "nothing is said of one");
	rampart_report_free(report);
	start("mtu = 1400");
	boot_rest();
	lie("golden.values", "one that has one all the same");
	rampart_policy_free(policy);
}

static void test_none(void)
{
	struct rampart_policy *p;

	start("");
	p = policy_accepting(golden_with(json_pack("{s:s}", "accepted", "none")), NULL);
	judge(p, "", "", "none", "none is accepted");
	judge(p, "mtu = 1400", "golden.values", "none", "and nothing else");
	rampart_policy_free(p);
}

static void test_exact(void)
{
	static const char words[] = "exactly address=10.1.2.3/24, mtu=1400";
	struct rampart_policy *p;

	start("address = 10.1.2.3/24\nmtu = 1400");
	p = policy_accepting(
		golden_with(json_pack("{s:s, s:{s:s, s:s}}", "accepted", "exact", "values", "mtu",
				      "1400", "address", "10.1.2.3/24")),
		NULL);
	judge(p, "mtu = 1400\n\naddress=10.1.2.3/24", "", words, "exactly that one is accepted");
	judge(p, "address = 10.1.2.4/24\nmtu = 1400", "golden.values", words, "no other value");
	judge(p, "address = 10.1.2.3/24", "golden.values", words, "no key less");
	judge(p, "", "golden.values", words, "not none");
	rampart_policy_free(p);
}

static void test_any(void)
{
	struct rampart_policy *p;

	start("");
	p = policy_accepting(left_open(golden_with(json_pack("{s:s, s:[s, s]}", "accepted", "any",
							     "keys", "address", "gateway"))),
			     NULL);
	judge(p, "address = 10.1.2.3/24", "",
	      "none, or any values of address, gateway; this machine has address=10.1.2.3/24",
	      "any values of these keys are accepted");
	judge(p, "gateway = 10.9.9.1\naddress = 10.9.9.3/32", "",
	      "none, or any values of address, gateway; this machine has address=10.9.9.3/32, gateway=10.9.9.1",
	      "and others");
	judge(p, "", "", "none, or any values of address, gateway; this machine has none",
	      "and none");
	judge(p, "address = 10.1.2.3/24\nmtu = 1400", "golden.values",
	      "none, or any values of address, gateway", "but no other key");
	judge(p, "hostname = a", "golden.values", "none, or any values of address, gateway",
	      "none alone either");

	start("address = 10.1.2.3/24");
	machine_boot(&machine);
	configure("address = 10.1.2.4/24");
	relog(write_runtime_log);
	policy = p;
	lie("logs.replay golden.values", "a log that says another than was measured");

	start("address = 10.1.2.3/24");
	machine.runtime[machine.n_runtime++] = machine.runtime[1];
	boot_rest();
	lie("runtime.ready golden.values", "a second one, after ready");

	start("address = 10.1.2.3/24");
	memmove(&machine.runtime[2], &machine.runtime[1],
		(machine.n_runtime - 1) * sizeof(machine.runtime[0]));
	machine.n_runtime++;
	boot_rest();
	lie("golden.values", "the same twice");

	start("address = 10.1.2.3/24");
	memcpy(strstr(machine.runtime[1].line, "10.1.2.3"), "10.1.2.x", 8);
	boot_rest();
	lie("runtime.events golden.values", "a line that is no configuration's");
	rampart_policy_free(p);
}

/* A golden value that this is said of, with a machine that has mtu = 1400. */
static void refuse(bool open, json_t *config, const char *name)
{
	struct rampart_policy *p = rampart_policy_new();
	json_t *golden;

	start("mtu = 1400");
	golden = golden_with(config);
	if (open)
		left_open(golden);
	ok(!add_golden(p, "golden.json", golden), name);
	json_decref(golden);
	rampart_policy_free(p);
}

static void test_golden(void)
{
	json_t *golden;

	refuse(false, json_pack("{}"), "refused: nothing said");
	refuse(false, json_string("any"), "a text");
	refuse(false, json_pack("{s:s}", "accepted", "none"), "none, and an event of one");
	refuse(false, json_pack("{s:s}", "accepted", "all"), "a word that there is not");
	refuse(false, json_pack("{s:s}", "accepted", "exact"), "exact, without values");
	refuse(false, json_pack("{s:s, s:{}}", "accepted", "exact", "values"), "no values");
	refuse(false, json_pack("{s:s, s:{s:s}}", "accepted", "exact", "values", "mtu", "1401"),
	       "other values");
	refuse(false, json_pack("{s:s, s:{s:i}}", "accepted", "exact", "values", "mtu", 1400),
	       "a number");
	refuse(false, json_pack("{s:s, s:{s:s}}", "accepted", "exact", "values", "mtu", "\n1400"),
	       "a value with a line");
	refuse(false,
	       json_pack("{s:s, s:{s:s}, s:i}", "accepted", "exact", "values", "mtu", "1400", "x",
			 1),
	       "another member");
	refuse(false, json_pack("{s:s, s:[s]}", "accepted", "any", "keys", "mtu"),
	       "any, and an event with digests");
	refuse(true, json_pack("{s:s, s:[]}", "accepted", "any", "keys"), "any of no keys");
	refuse(true, json_pack("{s:s, s:[s]}", "accepted", "any", "keys", "wifi"),
	       "a key that there is not");
	refuse(true, json_pack("{s:s, s:[s, s]}", "accepted", "any", "keys", "mtu", "mtu"),
	       "a key twice");
	refuse(true, json_pack("{s:s, s:s}", "accepted", "any", "keys", "mtu"), "keys as a text");
	refuse(true, NULL, "an open event of which nothing is said");
	refuse(true, json_pack("{s:s}", "accepted", "none"), "an open event, and none accepted");

	start("mtu = 1400");
	golden =
		left_open(golden_with(json_pack("{s:s, s:[s]}", "accepted", "any", "keys", "mtu")));
	json_object_set_new(
		json_object_get(json_object_get(json_object_get(golden, "pcrs"), "sha256"), "8"),
		"value",
		json_string("00000000000000000000000000000000000000000000000000000000000000aa"));
	policy = rampart_policy_new();
	ok(!add_golden(policy, "golden.json", golden), "a value of PCR 8 beside an open event");
	json_decref(golden);
	rampart_policy_free(policy);
}

int main(void)
{
	make_pki();
	test_unsaid();
	test_none();
	test_exact();
	test_any();
	test_golden();
	machine_done(&machine);
	free_pki();
	return tap_done();
}
