/* SPDX-License-Identifier: MIT */
/*
 * Whose path the target of a request has: the gateway's own are HTTP_PREFIX and what is below it.
 * Pure. Sources: RFC 8615 "Well-Known URIs"; RFC 3986, section 6.2.2 "Syntax-Based Normalization".
 */
#ifndef GATEWAY_TARGET_H
#define GATEWAY_TARGET_H

#include <stdbool.h>

#include "measure/lib/span.h"

#define TARGET_PREFIX "/.well-known/rampart"

enum target_owner {
	TARGET_OTHER,
	TARGET_OURS,
	TARGET_MASKED /* some program might read one of ours in it: nobody gets it */
};

/*
 * path: of a target, without its query, as it was written; at most HTTP_HEAD_MAX bytes. One of ours
 * may have its unreserved characters percent-encoded, which makes no other path (section 6.2.2.2).
 * Everything else that leads to ours when it is decoded (more than once, too), when slashes are
 * merged or turned, when dot segments are resolved, when case or what follows a semicolon does not
 * count, is masked.
 */
enum target_owner target_owner(struct span path);

/* The byte that s begins with, percent-encoded; -1 if it does not begin so. */
int target_encoded(struct span s);

/* Whether it is this path, unreserved characters decoded. */
bool target_is(struct span path, const char *own);

/*
 * Whether every program reads the path alike, so that rules (rules.h) can be about it: no empty and
 * no dot segment, no backslash, and no byte percent-encoded that need not be or that separates
 * (a slash, a backslash, a percent sign, a control character).
 */
bool target_is_plain(struct span path);

#endif
