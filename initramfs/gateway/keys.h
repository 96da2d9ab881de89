/* SPDX-License-Identifier: MIT */
/*
 * Whose request it is: bearer tokens, whose hashes are in the plan. Pure. Source: RFC 6750 "The
 * OAuth 2.0 Authorization Framework: Bearer Token Usage", section 2.1.
 */
#ifndef GATEWAY_KEYS_H
#define GATEWAY_KEYS_H

#include "measure/lib/http.h"
#include "measure/lib/plan.h"

/*
 * The number of the client: that of the first of plan->token[] with the name of the token that the
 * request shows. -EACCES: it shows none that is known, or several. How long it takes does not
 * depend on how much of a hash fits, nor on which does.
 */
int keys_client(const struct plan *plan, const struct http_request *request);

#endif
