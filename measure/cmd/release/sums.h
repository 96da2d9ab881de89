/* SPDX-License-Identifier: MIT */
/*
 * sha256sums of a release, as sha256sum(1) writes and reads them for names without newline and
 * backslash: "<64 hex digits>  <name>" a line, or "*" in place of the second space, which marks a
 * file read as binary. Lines may end in "\r\n", the last one in nothing; those that are empty or
 * begin with "#" are passed over. Source: coreutils' manual, "md5sum invocation", for the form.
 *
 * Names are read strictly, so that none leads anywhere but below its folder: they are relative,
 * without empty, "." or ".." parts, printable, and in ascending order of their bytes, which also
 * shows what is listed twice.
 */
#ifndef MEASURE_CMD_RELEASE_SUMS_H
#define MEASURE_CMD_RELEASE_SUMS_H

#include <stddef.h>

#include "measure/lib/hash.h"
#include "measure/lib/span.h"

#define SUMS_SIZE_MAX (1 << 20) /* bytes of the text */
#define SUMS_NAME_MAX 255	/* bytes */

struct sum {
	struct digest sha256;
	char name[SUMS_NAME_MAX + 1];
};

/*
 * Cuts the next line off text. before: the name of the line before it, or NULL. 1 and ret_sum; 0 at
 * the end; -EBADMSG, and in ret_what (static) what is wrong with the line, and
 * text is at that line then. Outputs are otherwise untouched.
 */
int sums_next(struct span *text, const char *before, struct sum *ret_sum, const char **ret_what);

#endif
