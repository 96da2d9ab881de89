/* SPDX-License-Identifier: MIT */
#include "measure/record/goldenform.h"

#include "measure/lib/event.h"

const char *golden_from(unsigned pcr)
{
	static const char *const from[GOLDEN_PCRS] = {
		"platform", "platform", "platform", "platform", "image",    "image",
		"platform", "platform", "plan",	    "image",	"constant", "image",
		"constant", "plan",	"plan",	    "identity",
	};

	return pcr < GOLDEN_PCRS ? from[pcr] : NULL;
}

bool golden_is_platform(unsigned pcr)
{
	return pcr <= 3 || pcr == 6 || pcr == 7;
}

bool golden_is_code(unsigned pcr)
{
	return pcr == 0 || pcr == 2;
}

enum hash_alg golden_bank(const struct golden *golden)
{
	return golden->bank[HASH_SHA256] ? HASH_SHA256 : HASH_SHA384;
}

struct golden_event *golden_find_open(const struct golden *g)
{
	for (size_t i = 0; i < g->n_events; i++)
		if (g->event[i].open)
			return &g->event[i];
	return NULL;
}

bool golden_is_open(const struct golden *golden, unsigned pcr)
{
	return pcr == EVENT_PCR_PLAN && golden_find_open(golden);
}
