/* SPDX-License-Identifier: MIT */
/* How far a word is from a known one, to suggest what was meant. */
#ifndef MEASURE_CMD_DISTANCE_H
#define MEASURE_CMD_DISTANCE_H

#define DISTANCE_MAX 64 /* characters that are compared */

/* How many slips: characters that were inserted, left out or replaced, and neighbours that were swapped. */
unsigned distance(const char *a, const char *b);

#endif
