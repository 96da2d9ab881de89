/* SPDX-License-Identifier: MIT */
#include "measure/lib/ipv4.h"

bool ipv4_parse(const char *text, size_t len, uint32_t *ret)
{
	const char *end = text + len;
	uint32_t ip = 0;

	for (int part = 0; part < 4; part++) {
		const char *start = part ? text + 1 : text;
		uint32_t value = 0;

		if (part && (text == end || *text != '.'))
			return false;
		for (text = start; text < end && *text >= '0' && *text <= '9'; text++)
			if (text - start < 3)
				value = 10 * value + (uint32_t)(*text - '0');
		if (text == start || text - start > 3 || value > 255 ||
		    (*start == '0' && text - start > 1))
			return false;
		ip = ip << 8 | value;
	}
	if (text != end)
		return false;
	*ret = ip;
	return true;
}
