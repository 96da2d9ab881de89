/* SPDX-License-Identifier: MIT */
#include "measure/cmd/distance.h"

#include <string.h>

static unsigned min2(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

unsigned distance(const char *a, const char *b)
{
	unsigned d[DISTANCE_MAX + 1][DISTANCE_MAX + 1];
	size_t la = strnlen(a, DISTANCE_MAX), lb = strnlen(b, DISTANCE_MAX);

	for (unsigned i = 0; i <= la; i++)
		d[i][0] = i;
	for (unsigned j = 0; j <= lb; j++)
		d[0][j] = j;
	for (size_t i = 1; i <= la; i++)
		for (size_t j = 1; j <= lb; j++) {
			d[i][j] = min2(min2(d[i - 1][j], d[i][j - 1]) + 1,
				       d[i - 1][j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				d[i][j] = min2(d[i][j], d[i - 2][j - 2] + 1);
		}
	return d[la][lb];
}
