/* SPDX-License-Identifier: MIT */
#include "measure/record/goldenform.h"

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
