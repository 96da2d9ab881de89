/* SPDX-License-Identifier: MIT */
/* One AK, seen more than once: a machine that was started anew, or a TPM that was copied or put
 * back. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "measure/rampart.h"
#include "tests/lib/tap.h"

static struct rampart_sightings *sightings;
static const char *why;

static const char *name_of(enum rampart_sighting sighting)
{
	static const char *const names[] = { "first",  "same",	   "rebooted",
					     "cloned", "restored", "reset" };

	return names[sighting];
}

/* What becomes of a quote with these numbers, asked for at that moment. */
static const char *add_at(uint64_t moment, const char *ak, const char *identity, uint32_t resets,
			  uint32_t restarts, uint64_t clock_ms)
{
	const struct rampart_report report = { .verdict = RAMPART_HOLDS,
					       .ak = ak,
					       .identity = identity,
					       .has_clock = true,
					       .clock = { clock_ms, resets, restarts, true } };
	enum rampart_sighting sighting;

	if (rampart_sightings_add(sightings, &report, moment, &sighting, &why) < 0)
		return "refused";
	if ((why != NULL) != (sighting >= RAMPART_SIGHTING_CLONED))
		return "without a reason";
	return name_of(sighting);
}

static const char *add(const char *ak, const char *identity, uint32_t resets, uint32_t restarts,
		       uint64_t clock_ms)
{
	return add_at(rampart_sightings_now(sightings), ak, identity, resets, restarts, clock_ms);
}

static void start(void)
{
	rampart_sightings_free(sightings);
	sightings = rampart_sightings_new();
}

static void test_one_machine(void)
{
	start();
	is_str(add("a", "1", 5, 0, 1000), "first", "an AK is new once");
	is_str(add("a", "1", 5, 0, 1000), "same", "the same quote may answer two requests");
	is_str(add("a", "1", 5, 0, 2000), "same", "and its clock goes on");
	is_str(add("a", "2", 6, 0, 2500), "rebooted", "a reset in between makes another identity");
	is_str(add("a", "3", 6, 1, 2600), "rebooted", "so does a restart");
	is_str(add("a", "4", 9, 0, 100), "rebooted", "whatever the clock says then");
	is_str(add("b", "4", 9, 0, 100), "first", "another AK is another machine");
}

static void test_clones(void)
{
	start();
	(void)add("a", "1", 5, 0, 1000);
	is_str(add("a", "2", 5, 0, 2000), "cloned",
	       "two identities without a reset are two machines");
	is_str(add("a", "1", 5, 0, 2100), "cloned", "each time that the other is seen");
	start();
	(void)add("a", "1", 5, 0, 1000);
	is_str(add_at(0, "a", "2", 5, 0, 900), "cloned", "in whatever order they were asked");

	start();
	(void)add("a", "1", 5, 0, 9000);
	is_str(add("a", "1", 5, 0, 8999), "restored", "a clock that goes back is a copy's");
	is_str(add("a", "1", 5, 0, 9500), "same", "the first one is none");
	is_str(add("a", "1", 5, 0, 9100), "restored", "and the copy is still one");
	start();
	(void)add("a", "1", 5, 0, 1000);
	(void)add("a", "2", 6, 0, 2000);
	is_str(add("a", "1", 5, 0, 1500), "restored", "so is one that is back in its boot before");

	start();
	(void)add("a", "1", 5, 0, 1000);
	is_str(add("a", "1", 6, 0, 2000), "reset",
	       "no machine of ours survives a reset of its TPM");
	start();
	(void)add("a", "1", 5, 0, 1000);
	is_str(add("a", "1", 5, 1, 2000), "reset", "nor that it is resumed");
}

/* Two proofs at once: their answers come in any order. */
static void test_at_once(void)
{
	uint64_t before;

	start();
	before = rampart_sightings_now(sightings);
	(void)add("a", "1", 5, 0, 2000);
	is_str(add_at(before, "a", "1", 5, 0, 1900), "same",
	       "an answer that comes late is no earlier state");
	is_str(add("a", "1", 5, 0, 1950), "restored", "but nothing later is as early");
	start();
	before = rampart_sightings_now(sightings);
	(void)add("a", "2", 6, 0, 2000);
	is_str(add_at(before, "a", "1", 5, 0, 1000), "rebooted", "nor of the boot before");
}

/* A key outside of the endorsement hierarchy has a constant added to both counters. */
static void test_wrap(void)
{
	start();
	(void)add("a", "1", UINT32_MAX, 7, 1000);
	is_str(add("a", "2", 0, 7, 2000), "rebooted", "counters may wrap");
	is_str(add("a", "1", UINT32_MAX, 7, 1000), "restored", "forwards only");
}

static void test_refused(void)
{
	struct rampart_report report = {
		.verdict = RAMPART_FAILS, .ak = "a", .identity = "1", .has_clock = true
	};
	enum rampart_sighting sighting = RAMPART_SIGHTING_CLONED;

	start();
	is_int(rampart_sightings_add(sightings, &report, 0, &sighting, &why), -EPROTO,
	       "what does not hold is not remembered");
	report.verdict = RAMPART_HOLDS;
	report.has_clock = false;
	is_int(rampart_sightings_add(sightings, &report, 0, &sighting, &why), -EPROTO,
	       "nor what has no clock");
	ok(sighting == RAMPART_SIGHTING_CLONED, "and nothing is touched");
	is_str(add("a", "1", 5, 0, 1000), "first", "so it is new afterwards");
}

static void test_many(void)
{
	char ak[16];

	start();
	for (unsigned i = 0; i < 256; i++) {
		snprintf(ak, sizeof(ak), "%u", i);
		(void)add(ak, "1", 5, 0, 1000);
	}
	(void)add("0", "1", 5, 0, 1000);
	is_str(add("another", "1", 5, 0, 1000), "first", "of more than 256 AKs one is forgotten");
	is_str(add("0", "2", 5, 0, 1000), "cloned", "which is not one that was seen again");
	is_str(add("1", "2", 5, 0, 1000), "first", "but the one that was not for longest");
}

int main(void)
{
	test_one_machine();
	test_clones();
	test_at_once();
	test_wrap();
	test_refused();
	test_many();
	rampart_sightings_free(sightings);
	rampart_sightings_free(NULL);
	return tap_done();
}
