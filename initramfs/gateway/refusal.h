/* SPDX-License-Identifier: MIT */
/* Why the gateway answers a request that is not its own in place of the container. */
#ifndef GATEWAY_REFUSAL_H
#define GATEWAY_REFUSAL_H

enum refusal {
	REFUSAL_MALFORMED,
	REFUSAL_AMBIGUOUS,  /* programs may read the path in different ways */
	REFUSAL_NO_CONTENT, /* or the content */
	REFUSAL_KEY,
	REFUSAL_UPGRADE,
	REFUSAL_PATH,
	REFUSAL_METHOD,
	REFUSAL_CONTENT, /* too large */
	REFUSAL_RATE,	 /* over the plan's rate */
	REFUSAL_SHARE,	 /* its source has its share of those that wait */
	REFUSAL_HEAD,	 /* too large */
	REFUSAL_SILENT,	 /* the container gave no answer */
	REFUSAL_ANSWER,	 /* or no proper one */
	REFUSAL_QUEUE,	 /* too many wait */
	REFUSAL_MEMORY,	 /* too many large requests */
	REFUSAL_UNAVAILABLE,
	REFUSAL_NOT_READY, /* the gateway does not serve yet (ready.h) */
	_REFUSALS
};

/* What answer_error() says; fields: more lines of the head. */
struct refusal_words {
	int status;
	const char *code, *text, *fields;
};

extern const struct refusal_words refusals[_REFUSALS];

#endif
