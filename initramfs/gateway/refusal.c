/* SPDX-License-Identifier: MIT */
#include "initramfs/gateway/refusal.h"

#define LATER "retry-after: 1\r\n"

/* The codes of OpenAI's API where it has one. The fields of REFUSAL_METHOD and REFUSAL_RATE depend
 * on the request. */
const struct refusal_words refusals[_REFUSALS] = {
	[REFUSAL_MALFORMED] = { 400, "malformed", "malformed request", "" },
	[REFUSAL_AMBIGUOUS] = { 400, "ambiguous_path", "this path can be read in several ways",
				"" },
	[REFUSAL_NO_CONTENT] = { 400, "ambiguous_content",
				 "a request with this method has no content here", "" },
	[REFUSAL_KEY] = { 401, "invalid_api_key", "a key that this machine knows is missing",
			  "www-authenticate: Bearer\r\n" },
	[REFUSAL_UPGRADE] = { 403, "upgrade_refused", "this path does not become another protocol",
			      "" },
	[REFUSAL_PATH] = { 404, "unknown_url", "there is no such path", "" },
	[REFUSAL_METHOD] = { 405, "method_not_allowed", "this path has another method", "" },
	[REFUSAL_CONTENT] = { 413, "content_too_large", "the content of this request is too large",
			      "" },
	[REFUSAL_RATE] = { 429, "rate_limit_exceeded", "too many requests: ask again later", "" },
	[REFUSAL_SHARE] = { 429, "rate_limit_exceeded",
			    "too many requests from one address wait for their turn", LATER },
	[REFUSAL_HEAD] = { 431, "head_too_large", "the head of a request has at most 65536 bytes",
			   "" },
	[REFUSAL_SILENT] = { 502, "bad_answer", "the container gave no answer", "" },
	[REFUSAL_ANSWER] = { 502, "bad_answer", "the container gave no proper answer", "" },
	[REFUSAL_QUEUE] = { 503, "busy", "too many requests wait for their turn", LATER },
	[REFUSAL_MEMORY] = { 503, "busy", "too many large requests at once", LATER },
	[REFUSAL_UNAVAILABLE] = { 503, "unavailable",
				  "the container does not accept connections; it may be restarting",
				  LATER },
	[REFUSAL_NOT_READY] = { 503, "not_ready",
				"the machine has not started yet: /.well-known/rampart/status says "
				"how far it is",
				"retry-after: 5\r\n" },
};
