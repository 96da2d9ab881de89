/* SPDX-License-Identifier: MIT */
/*
 * Which requests on the local port may go to the machine. Any web page can make a browser on this
 * computer send requests: to 127.0.0.1, or to a name of the page's own that resolves to it (DNS
 * rebinding). With each, a browser says which host it believes it is talking to (Host), and which
 * page asks (Origin, Sec-Fetch-Site). So each request must be for this port, and not come from a
 * page of another origin, unless the user allows that origin. Pure.
 *
 * Sources: RFC 9110, section 7.2 "Host and :authority"; RFC 6454, section 7 "The HTTP Origin Header
 * Field"; W3C Fetch Metadata Request Headers, section 2.3 "The Sec-Fetch-Site HTTP Request Header".
 */
#ifndef MEASURE_CMD_CLIENT_GATE_H
#define MEASURE_CMD_CLIENT_GATE_H

#include "measure/cmd/cmd.h"
#include "measure/lib/http.h"

#define GATE_ORIGIN_MAX 255 /* characters of an origin that may be allowed */
#define GATE_WHY_MAX	640

struct gate {
	bool is_open;		   /* a Unix socket, which no web page reaches */
	uint16_t port;		   /* of 127.0.0.1 */
	struct option_list origin; /* foreign origins that may ask, none of them refused */
};

/* NULL if a browser may send this as an Origin: "null", or scheme://host[:port] without the
 * scheme's own port. Otherwise why not; a static string. */
const char *gate_refuses_origin(const char *text);

enum gate_verdict {
	GATE_PASSES,
	GATE_REFUSED,
	GATE_PREFLIGHT /* of an allowed origin: cors.h has the answer */
};

/*
 * Judges one request, whose head was parsed. ret_origin is the allowed foreign origin that asks,
 * which its answer must name, or NULL; it belongs to the gate. why is set when the request is
 * refused: what is wrong and what to do, one line of any characters.
 */
enum gate_verdict gate_check(const struct gate *gate, struct span head,
			     const struct http_request *request, const char **ret_origin,
			     char why[static GATE_WHY_MAX]);

/* How many fields of a parsed head have this name; *ret_value is the value of the last. */
size_t gate_field(struct span head, const char *name, struct span *ret_value);

#endif
