/* SPDX-License-Identifier: MIT */
#include "tests/lib/planedit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/tap.h"

const char *plan_edit(const char *text, const char *from, const char *to)
{
	static char edited[PLAN_SIZE_MAX];
	const char *hit = strstr(text, from);

	if (!hit)
		die(from);
	snprintf(edited, sizeof(edited), "%.*s%s%s", (int)(hit - text), text, to,
		 hit + strlen(from));
	return edited;
}

int plan_parse_copy(const char *text, size_t len, struct plan *ret_plan, struct diag *ret_diag)
{
	static char *copy;

	free(copy);
	copy = malloc(len ? len : 1);
	if (!copy)
		return -ENOMEM;
	memcpy(copy, text, len);
	return plan_parse(copy, len, ret_plan, ret_diag);
}

int plan_parse_text(const char *text, struct plan *ret_plan, struct diag *ret_diag)
{
	return plan_parse_copy(text, strlen(text), ret_plan, ret_diag);
}
