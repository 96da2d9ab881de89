/* SPDX-License-Identifier: MIT */
#include "tests/lib/vectors.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "measure/lib/array.h"
#include "tests/lib/bytes.h"
#include "tests/lib/tap.h"

static const char *folder(void)
{
	const char *const tries[] = { getenv("VECTORS"), "/mnt/vectors", "../shared/vectors" };

	for (size_t i = 0; i < ARRAY_SIZE(tries); i++)
		if (tries[i] && access(tries[i], X_OK) == 0)
			return tries[i];
	return NULL;
}

bool vectors_found(void)
{
	return folder() != NULL;
}

uint8_t *vectors_load(const char *name, size_t *ret_len)
{
	char path[512];
	uint8_t *file;

	snprintf(path, sizeof(path), "%s/%s", folder(), name);
	file = slurp(path, ret_len);
	if (!file)
		die(path);
	return file;
}
