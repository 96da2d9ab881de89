/* SPDX-License-Identifier: MIT */
/* Machines that take turns at one address. */
#include "measure/cmd/client/pins.h"

#include "tests/lib/tap.h"

static struct pins pins;
static struct pin *pin;
static struct rampart_activation *dropped;

static enum pin_news note(const char *ak, const char *identity)
{
	return pins_note(&pins, ak, identity, &pin, &dropped);
}

static void test_turns(void)
{
	pins = (struct pins){ 0 };
	is_int(note("ak-a", "key-a"), PIN_FIRST, "the first machine");
	is_int(note("ak-a", "key-a"), PIN_KNOWN, "is known when it comes again");
	is_int(note("ak-b", "key-b"), PIN_ANOTHER, "a second one is news");
	is_int(note("ak-a", "key-a"), PIN_KNOWN, "the first one still is known");
	is_int(note("ak-b", "key-b"), PIN_KNOWN, "so is the second, however often they take turns");
	is_int(note("ak-a", "key-c"), PIN_STARTED_ANEW, "the first one with another key");
	is_int(note("ak-b", "key-b"), PIN_KNOWN, "is nothing new of the second");
	is_int(note("ak-a", "key-c"), PIN_KNOWN, "and is told once");
	is_int(note("ak-a", "key-a"), PIN_STARTED_ANEW, "a key that it had before is told again");
	is_int(note("ak-c", "key-b"), PIN_ANOTHER, "a key does not make a machine known");
	is_int(pins.n, 3, "three machines are three");
}

static void test_places(void)
{
	struct rampart_activation *activation = (void *)&pins; /* only ever passed on */
	char ak[PINS_AK_MAX];

	pins = (struct pins){ 0 };
	for (int i = 0; i < PINS_MAX; i++) {
		snprintf(ak, sizeof(ak), "ak-%d", i);
		(void)note(ak, "key");
		pin->activation = i == 1 ? activation : NULL;
	}
	is_int(note("ak-0", "key"), PIN_KNOWN, "as many as there are places are known");
	ok(!dropped && !pin->activation, "and none is forgotten for one of them");
	is_int(note("ak-1", "key"), PIN_KNOWN, "whose activation stays");
	ok(pin->activation == activation, "its own");
	for (int i = 2; i < PINS_MAX; i++) {
		snprintf(ak, sizeof(ak), "ak-%d", i);
		(void)note(ak, "key");
	}
	is_int(note("one more", "key"), PIN_ANOTHER, "one more");
	is_int(note("ak-1", "key"), PIN_KNOWN, "takes the place of the one longest not seen");
	is_int(note("ak-0", "key"), PIN_ANOTHER, "which is then forgotten");
	for (int i = 3; i < PINS_MAX; i++) {
		snprintf(ak, sizeof(ak), "ak-%d", i);
		(void)note(ak, "key");
	}
	(void)note("one more", "key");
	is_int(note("yet another", "key"), PIN_ANOTHER, "whoever it is");
	ok(dropped == activation, "its activation is handed back");
	ok(!pin->activation, "and is not another's");
}

int main(void)
{
	test_turns();
	test_places();
	return tap_done();
}
