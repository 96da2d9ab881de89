/* SPDX-License-Identifier: MIT */
#ifndef MEASURE_LIB_ARRAY_H
#define MEASURE_LIB_ARRAY_H

/* Of an array, not a pointer. */
#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

#endif
