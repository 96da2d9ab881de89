/* SPDX-License-Identifier: MIT */
/*
 * What the plan lets through to the container: [gateway] of image.conf. Pure.
 */
#ifndef GATEWAY_RULES_H
#define GATEWAY_RULES_H

#include "measure/lib/http.h"
#include "measure/lib/plan.h"

enum rules_verdict {
	RULES_PASS,
	RULES_AMBIGUOUS, /* programs may read the path in different ways: 400 */
	RULES_UPGRADE,	 /* to another protocol, which this path has not: 403 */
	RULES_NO_PATH,	 /* 404 */
	RULES_NO_METHOD, /* the path, but with another method: 405 */
	RULES_CONTENT,	 /* of GET or HEAD, which some programs do not read: 400 */
	RULES_TOO_LARGE	 /* the content: 413 */
};

/* Of who asks, and how often, nothing (keys.h, rate.h). GET allows HEAD as well, which tells no
 * more. The query does not count. */
enum rules_verdict rules_judge(const struct plan *plan, const struct http_request *request);

/* How large content may be; for chunks, whose sizes come one by one. */
uint64_t rules_content_max(const struct plan *plan);

/* The methods that the path has, as the value of Allow; cut off if they are many. */
#define RULES_METHODS_MAX 200
void rules_methods(const struct plan *plan, struct span path,
		   char ret_methods[static RULES_METHODS_MAX]);

#endif
