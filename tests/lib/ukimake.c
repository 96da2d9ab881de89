/* SPDX-License-Identifier: MIT */
#include "tests/lib/ukimake.h"

void put_uki(struct bytes *b, const struct part *part, size_t n)
{
	b->len = 0;
	put_fill(b, 0, UKI_HEADERS_LEN);
	memcpy(b->p, "MZ", 2);
	set_le(b->p + 60, 64, 4);
	memcpy(b->p + 64, "PE\0", 4);
	set_le(b->p + 64 + 6, n, 2);
	set_le(b->p + 64 + 20, 240, 2);
	set_le(b->p + 88, 0x20b, 2);
	set_le(b->p + 88 + 60, UKI_HEADERS_LEN, 4);
	set_le(b->p + 88 + 108, 16, 4);
	for (size_t i = 0; i < n; i++) {
		uint8_t *header = b->p + UKI_TABLE_OFF + 40 * i;
		size_t len = strlen(part[i].text), padding = -len & 15;

		memcpy(header, part[i].name, strlen(part[i].name));
		set_le(header + 8, len, 4);
		set_le(header + 12, 0x1000 * (i + 1), 4);
		set_le(header + 16, len + padding, 4);
		set_le(header + 20, b->len, 4);
		put(b, part[i].text, len);
		put_fill(b, 0, padding);
	}
}
