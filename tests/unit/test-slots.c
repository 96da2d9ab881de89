/* SPDX-License-Identifier: MIT */
#include "measure/cmd/update/slots.h"

#include <errno.h>
#include <string.h>

#include "tests/lib/tap.h"

static void test_names(void)
{
	static const struct {
		const char *name;
		uint32_t number;
		bool counted;
		uint32_t left, done;
	} good[] = {
		{ "rampart.efi", 1, false, 0, 0 },
		{ "rampart2.efi", 2, false, 0, 0 },
		{ "rampart999999.efi", 999999, false, 0, 0 },
		{ "rampart+3.efi", 1, true, 3, 0 },
		{ "rampart12+2-1.efi", 12, true, 2, 1 },
		{ "rampart2+0-999.efi", 2, true, 0, 999 },
	};
	static const char *const bad[] = {
		"",
		"rampart",
		"rampart.new",
		"rampart1.efi",
		"rampart0.efi",
		"rampart02.efi",
		"rampart1000000.efi",
		"rampart-2.efi",
		"rampart2.efi.x",
		"rampart2+.efi",
		"rampart2+3-.efi",
		"rampart2+03.efi",
		"rampart2+1000.efi",
		"rampart2+1-1000.efi",
		"rampart2+1-1-1.efi",
		"ramparts.efi",
		"rampart2+-1.efi",
		"rampart99999999999999999999.efi",
	};

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		char name[FAT_NAME_MAX + 1];
		struct slot slot;

		must(slot_parse(good[i].name, &slot) == 0);
		ok(slot.number == good[i].number && slot.is_counted == good[i].counted &&
			   slot.left == good[i].left && slot.done == good[i].done,
		   good[i].name);
		slot_name(&slot, name);
		is_str(name, good[i].name, "and the same name is made of it");
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct slot slot = { .number = 77 };

		is_int(slot_parse(bad[i], &slot), -EPROTO, bad[i]);
		is_int(slot.number, 77, "and nothing is told of it");
	}
	{
		struct slot slot;

		is_int(slot_parse("RAMPART2+2-1.EFI", &slot), 0,
		       "case counts for nothing, as on FAT");
		is_str(slot.name, "rampart2+2-1.efi", "so it is told in one of them");
	}
}

static void test_release(void)
{
	static const char text[] = "ID=rampart\nIMAGE_ID=llm\nXIMAGE_VERSION=9\nIMAGE_VERSION=1.2";
	struct slot slot = { 0 };
	bool refused = true;
	char longer[128];

	is_int(slot_release(span_of(text, strlen(text)), &slot), 0, "os-release is read");
	is_str(slot.image, "llm", "its image");
	is_str(slot.version, "1.2", "its version, in the last line without an end");
	for (size_t n = 0; n < strlen(text) - 2; n++)
		if (slot_release(span_of(text, n), &slot) != -EPROTO)
			refused = false;
	ok(refused, "without one of them it is refused");
	is_str(slot.version, "1.2", "and nothing is changed");
	memset(longer, '1', sizeof(longer));
	memcpy(longer, "IMAGE_ID=a\nIMAGE_VERSION=", 25);
	is_int(slot_release(span_of(longer, 25 + SLOT_RELEASE_MAX - 1), &slot), 0,
	       "a version as long as there is room for");
	is_int(slot_release(span_of(longer, 25 + SLOT_RELEASE_MAX), &slot), -EPROTO,
	       "a longer one is refused");
}

static void test_order(void)
{
	static const struct {
		const char *a, *b;
		uint32_t number_a, number_b;
		int r;
		bool before;
	} cases[] = {
		{ "1.10", "1.9", 1, 2, 0, true },     { "1.9", "1.10", 2, 1, 0, false },
		{ "1.0.1", "1.0", 1, 2, 0, true },    { "1.0", "1.0", 2, 1, 0, true },
		{ "1.0", "1.0", 1, 2, 0, false },     { "1.0-x", "1.0-x", 2, 1, 0, true },
		{ "1.0-x", "1.0", 2, 1, -EPROTO, 0 }, { "1.0", "1.0~rc", 2, 1, -EPROTO, 0 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct slot a = { .number = cases[i].number_a, .image = "llm" };
		struct slot b = { .number = cases[i].number_b, .image = "llm" };
		bool before = !cases[i].before;

		memcpy(a.version, cases[i].a, strlen(cases[i].a) + 1);
		memcpy(b.version, cases[i].b, strlen(cases[i].b) + 1);
		is_int(slot_is_before(&a, &b, &before), cases[i].r, cases[i].a);
		ok(cases[i].r < 0 || before == cases[i].before, cases[i].b);
		memcpy(b.image, "test", 5);
		is_int(slot_is_before(&a, &b, &before), -EPROTO, "not of two images");
	}
}

int main(void)
{
	test_names();
	test_release();
	test_order();
	return tap_done();
}
