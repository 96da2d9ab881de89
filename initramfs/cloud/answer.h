/* SPDX-License-Identifier: MIT */
/*
 * The answer of one of the host's HTTP servers, read whole: the strict head and framing of
 * measure/lib, and nothing behind it. Pure.
 */
#ifndef CLOUD_ANSWER_H
#define CLOUD_ANSWER_H

#include <stdbool.h>
#include <stddef.h>

#include "measure/lib/span.h"

struct answer {
	unsigned status;
	struct span head;    /* for http_field() */
	struct span content; /* out of its framing; empty unless the status is 200 to 299 */
	bool open; /* only the end of the connection ended it: what is there may be cut off */
};

/*
 * Reads what came so far, in place: the content is moved together behind the head. -EAGAIN: more of
 * it has to come (ended: it cannot); -EBADMSG: it is no answer, or more than one. ret_answer borrows
 * the bytes and is untouched on failure.
 */
int answer_read(char *bytes, size_t len, bool ended, struct answer *ret_answer);

#endif
