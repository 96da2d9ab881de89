/* SPDX-License-Identifier: MIT */
/*
 * Finds where the content of an HTTP/1 message ends, as its bytes go by; none is kept or copied. As
 * strict as http.h: a chunk's size is hexadecimal digits, and blanks behind them only where an
 * extension follows; lines end in CR LF; what is not content (blanks, chunk extensions, trailers)
 * has limits. Pure. Source: RFC 9112, sections 6 "Message Body" and 7.1
 * "Chunked Transfer Coding".
 */
#ifndef MEASURE_FRAMING_H
#define MEASURE_FRAMING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "measure/lib/span.h"

#define FRAMING_EXTENSION_MAX 1024 /* bytes of one chunk's extensions */
#define FRAMING_SLACK	      4096 /* of all extensions together, beside one for each byte of content */
#define FRAMING_TRAILERS_MAX  8192

/* Zero-initialized: no content. */
struct framing {
	uint8_t state, digits;
	uint32_t line;	    /* bytes of extensions, or of all trailers */
	uint64_t left;	    /* of the content, or of the chunk */
	uint64_t slack;	    /* what extensions may still have */
	uint64_t announced; /* bytes of content that the framing has told of so far */
};

void framing_length(struct framing *framing, uint64_t length);
void framing_chunked(struct framing *framing);
void framing_until_end(struct framing *framing); /* never whole */

/*
 * Looks at what comes next. The first *ret_len bytes belong to the content or its framing; those
 * after them belong to the next message. 0, or -EBADMSG: what follows these bytes is not valid
 * content.
 */
int framing_take(struct framing *framing, struct span bytes, size_t *ret_len);

/* The same up to the end of the first bytes of the content itself, which are *ret_data; there may be
 * none. */
int framing_data(struct framing *framing, struct span bytes, size_t *ret_len,
		 struct span *ret_data);

/* Whether all of it was seen. */
bool framing_whole(const struct framing *framing);

/* Whether only the end of the connection ends it. */
bool framing_is_open(const struct framing *framing);

/* How many of the next max bytes belong to the content or, for chunks, may belong to it. */
size_t framing_room(const struct framing *framing, size_t max);

#endif
