/* SPDX-License-Identifier: MIT */
#include "measure/predict/secureboot.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/bytes.h"
#include "tests/lib/tap.h"

#define ENTRY_LEN 48 /* owner and a SHA-256 */
#define LIST_LEN  (28 + 2 * ENTRY_LEN)

/* A list of two hashes, as UEFI's section "Signature Database" draws it. */
static void put_list(uint8_t p[static LIST_LEN])
{
	static const uint8_t sha256[16] = { 0x26, 0x16, 0xc4, 0xc1, 0x4c, 0x50, 0x92, 0x40,
					    0xac, 0xa9, 0x41, 0xf9, 0x36, 0x93, 0x43, 0x28 };

	memcpy(p, sha256, 16);
	set_le(p + 16, LIST_LEN, 4);
	set_le(p + 20, 0, 4);
	set_le(p + 24, ENTRY_LEN, 4);
	memset(p + 28, 0xaa, ENTRY_LEN);
	memset(p + 28 + ENTRY_LEN, 0xbb, ENTRY_LEN);
}

/* All but one variable as they should be, and that one with these bytes; its copy ends where they end. */
static int check_with(enum secureboot_variable variable, const uint8_t *bytes, size_t len)
{
	uint8_t list[LIST_LEN], *copy = malloc(len ? len : 1);
	struct secureboot keys;
	enum secureboot_variable which = SECUREBOOT_STATE;
	int r;

	must(copy);
	if (len > 0)
		memcpy(copy, bytes, len);
	put_list(list);
	for (size_t i = 0; i < _SECUREBOOT_MAX; i++)
		keys.list[i] = i == variable ? span_of(copy, len) : span_of(list, LIST_LEN);
	r = secureboot_check(&keys, &which);
	if (r < 0 && which != variable)
		r = -EINVAL;
	free(copy);
	return r;
}

static void test_lists(void)
{
	uint8_t list[2 * LIST_LEN + 28];
	bool refused = true;

	put_list(list);
	put_list(list + LIST_LEN);
	is_int(check_with(SECUREBOOT_DB, list, 2 * LIST_LEN), 0, "lists: two of them in a row");
	for (size_t n = 1; n < 2 * LIST_LEN; n++)
		if (n != LIST_LEN && check_with(SECUREBOOT_DB, list, n) != -EBADMSG)
			refused = false;
	ok(refused, "lists: cut short anywhere they are bad messages");
	for (size_t i = SECUREBOOT_PK; i < _SECUREBOOT_MAX; i++)
		is_int(check_with((enum secureboot_variable)i, list, 0),
		       i == SECUREBOOT_DBX ? 0 : -EPROTO, "lists: only dbx may be empty");
	set_le(list + 2 * LIST_LEN + 16, 28, 4);
	set_le(list + 2 * LIST_LEN + 20, 0, 4);
	set_le(list + 2 * LIST_LEN + 24, ENTRY_LEN, 4);
	is_int(check_with(SECUREBOOT_DB, list, sizeof(list)), 0,
	       "lists: one without entries is one");
	is_int(check_with(SECUREBOOT_DB, list + 2 * LIST_LEN, 28), -EPROTO,
	       "lists: nothing but that is as good as none");
}

static void test_fields(void)
{
	static const struct {
		size_t at;
		uint64_t value;
		const char *what;
	} wrong[] = {
		{ 16, 27, "a list shorter than its header" },
		{ 16, LIST_LEN + 1, "a list longer than the variable" },
		{ 16, LIST_LEN - 1, "a list that is no multiple of its entries" },
		{ 16, 0xffffffff, "a list of 4 GiB" },
		{ 20, 0xffffffff, "a header of 4 GiB" },
		{ 20, 2 * ENTRY_LEN + 1, "a header longer than the list" },
		{ 24, 0, "entries without bytes" },
		{ 24, 16, "entries of an owner alone" },
		{ 24, 0xffffffff, "entries of 4 GiB" },
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		uint8_t list[LIST_LEN];

		put_list(list);
		set_le(list + wrong[i].at, wrong[i].value, 4);
		is_int(check_with(SECUREBOOT_KEK, list, LIST_LEN), -EBADMSG, wrong[i].what);
	}
}

/* From the log of a real boot (tests/fixtures/ovmf-q35.bin): PK, absent. */
static void test_head(void)
{
	static const uint8_t want[] = { 0x61, 0xdf, 0xe4, 0x8b, 0xca, 0x93, 0xd2, 0x11, 0xaa,
					0x0d, 0x00, 0xe0, 0x98, 0x03, 0x2b, 0x8c, 2,	0,
					0,    0,    0,	  0,	0,    0,    0,	  0,	0,
					0,    0,    0,	  0,	0,    'P',  0,	  'K',	0 };
	uint8_t head[SECUREBOOT_HEAD_MAX];

	is_int((int64_t)secureboot_head(SECUREBOOT_PK, 0, head), sizeof(want),
	       "head: GUID, two lengths, the name without a NUL");
	ok(!memcmp(head, want, sizeof(want)), "head: as firmware logs it");
	is_int((int64_t)secureboot_head(SECUREBOOT_STATE, 1, head), SECUREBOOT_HEAD_MAX,
	       "head: the longest name fits");
	(void)secureboot_head(SECUREBOOT_DBX, 0x0102030405060708, head);
	is_int(head[0], 0xcb, "head: db and dbx have the other GUID");
	ok(head[24] == 8 && head[31] == 1, "head: lengths are little-endian");
}

int main(void)
{
	test_lists();
	test_fields();
	test_head();
	return tap_done();
}
