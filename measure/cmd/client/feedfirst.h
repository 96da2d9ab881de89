/* SPDX-License-Identifier: MIT */
/*
 * Somebody who pins a newer root of a feed is no new client of it: what was kept since an older one was
 * pinned still counts, if the feed's own roots lead from that to the new one.
 */
#ifndef MEASURE_CMD_CLIENT_FEEDFIRST_H
#define MEASURE_CMD_CLIENT_FEEDFIRST_H

#include <stddef.h>
#include <stdint.h>

#include "measure/cmd/client/feedstate.h"
#include "measure/cmd/client/web.h"

struct feedfirst {
	char *bytes; /* owned: the older root, from which all begins; NULL: the pinned one */
	size_t len;
	char pinned[32]; /* the name of the pinned one among the kept: "3.root.json" */
};

/*
 * state: of the pinned root, len bytes. A folder that has nothing yet looks for an older root whose folder
 * has, from the one before downwards, and remembers which it was. A feed that does not show its older roots
 * leads to none. 0, or a negative errno; ret->bytes is the caller's to free().
 */
int feedfirst(const struct feedstate *state, struct web *web, const void *root, size_t len,
	      int64_t now, struct feedfirst *ret, struct rampart_error *error);

#endif
