/* SPDX-License-Identifier: MIT */
/*
 * An answer that the gateway gives itself, as the bytes that go to the client. A long part that is
 * the same in every answer is borrowed and not copied. Pure.
 */
#ifndef GATEWAY_ANSWER_H
#define GATEWAY_ANSWER_H

#include <stdbool.h>
#include <stddef.h>

#include "measure/lib/span.h"

struct answer_content {
	const char *type;   /* media type; NULL: there is no content, and the head says none */
	struct span shared; /* comes first; must outlast the answer; may be empty */
	struct span own;    /* comes last; is copied */
};

struct answer {
	struct span shared;
	size_t head_len, own_len;
	size_t sent; /* bytes of all three: head, shared, own */
	unsigned status;
	bool keep_alive;
	bool interim; /* the one that follows comes after the request's content */
	char text[];  /* head, then own */
};

/* The caller's to answer_free(); NULL: no memory. fields: further lines of the head, each with its
 * CR LF. */
struct answer *answer_new(int status, const char *fields, const struct answer_content *content,
			  bool keep_alive);

/*
 * {"error":{"message":"<text>","type":"...","code":"<code>"}} and a newline, as clients of OpenAI's
 * API read it. type follows from the status, and so does code if it is NULL. Of text, printable
 * ASCII is kept, at most ANSWER_ERROR_MAX.
 */
#define ANSWER_ERROR_MAX 500
struct answer *answer_error(int status, const char *fields, const char *code, struct span text,
			    bool keep_alive);

/* To HEAD: the same head, nothing behind it. */
void answer_without_content(struct answer *answer);

/* Leave to send the content; no answer yet. */
struct answer *answer_continue(void);

/* Nothing of it stays in memory. May be NULL. */
void answer_free(struct answer *answer);

/* The bytes to send next; none at the end. */
struct span answer_rest(const struct answer *answer);

#endif
